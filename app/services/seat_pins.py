"""Put a person on a seat before a run, and let them go again."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError, PinRefusedError, StaleStateError
from app.models import Agent, Project, SeatPin, ShiftSlot
from app.queries.rota_records import Planned, read_with_pins
from app.queries.seat_pins import is_open
from app.services import audit
from app.services.seat_lock import lock_people, lock_seats
from scheduling.matching.checker import check, run_of_days_is_not_too_short

SHORT_RUN = run_of_days_is_not_too_short.__name__


def pin_person(
    session: Session,
    *,
    agent_id: uuid.UUID,
    project_id: uuid.UUID,
    slot_id: uuid.UUID,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> SeatPin:
    """Put a person on a seat: every run from now on keeps them there, and publishing makes the offer.

    The independent checker looks at it as at a published rota, but for one thing: pins are made one by one,
    so a run of days may be shorter than the person wants until its other days are pinned too. Runs leave it
    out until then: see `stands_alone`. Raises PinRefusedError with the rules that it would break,
    StaleStateError when the shift has begun, and NotFoundError for what is not there.
    """
    slot = session.get(ShiftSlot, slot_id)
    if slot is None or session.get(Project, project_id) is None or session.get(Agent, agent_id) is None:
        raise NotFoundError(f"seat {project_id}/{slot_id} or agent {agent_id}")
    if slot.starts_at <= now:
        raise StaleStateError
    lock_seats(session, project_id=project_id, slot_id=slot_id)
    lock_people(session, [agent_id])
    # A pin that ran its course makes room for a new one.
    session.execute(
        delete(SeatPin).where(SeatPin.agent_id == agent_id, SeatPin.slot_id == slot_id, ~is_open())
    )
    others = session.execute(
        select(SeatPin.agent_id, SeatPin.project_id, SeatPin.slot_id, ShiftSlot.starts_at, ShiftSlot.ends_at)
        .join(ShiftSlot, ShiftSlot.id == SeatPin.slot_id)
        .where(
            is_open(),
            (SeatPin.agent_id == agent_id)
            | ((SeatPin.project_id == project_id) & (SeatPin.slot_id == slot_id)),
        )
        .order_by(SeatPin.id)
    )
    wanted = Planned(agent_id, project_id, slot_id, False, slot.starts_at, slot.ends_at)
    pinned = [
        Planned(row.agent_id, row.project_id, row.slot_id, False, row.starts_at, row.ends_at)
        for row in others
    ]
    if wanted in pinned:
        raise PinRefusedError(rules=("already_pinned",))
    season, pairs = read_with_pins(session, slot.event_id, [*pinned, wanted])
    own = {str(agent_id), None}
    broken = [
        violation
        for violation in check(season, pairs)
        if violation.agent_id in own and violation.rule != SHORT_RUN
    ]
    if broken:
        raise PinRefusedError(rules=tuple(dict.fromkeys(violation.rule for violation in broken)))
    pin = SeatPin(
        id=uuid.uuid4(),
        event_id=slot.event_id,
        agent_id=agent_id,
        project_id=project_id,
        slot_id=slot_id,
        pinned_by=actor_user_id,
        pinned_at=now,
    )
    session.add(pin)
    _record(session, "seat_pin.made", pin, actor_user_id=actor_user_id, now=now)
    return pin


def stands_alone(session: Session, pin: SeatPin) -> bool:
    """Say whether a pin makes too few days in a row for its person, so that runs leave it out for now."""
    pins = session.execute(
        select(SeatPin.agent_id, SeatPin.project_id, SeatPin.slot_id, ShiftSlot.starts_at, ShiftSlot.ends_at)
        .join(ShiftSlot, ShiftSlot.id == SeatPin.slot_id)
        .where(is_open(), SeatPin.event_id == pin.event_id, SeatPin.agent_id == pin.agent_id)
        .order_by(SeatPin.id)
    )
    planned = [
        Planned(row.agent_id, row.project_id, row.slot_id, False, row.starts_at, row.ends_at) for row in pins
    ]
    season, pairs = read_with_pins(session, pin.event_id, planned)
    own = str(pin.agent_id), f"{pin.project_id}/{pin.slot_id}"
    return any(
        violation.agent_id == own[0] and own[1] in violation.demand_ids
        for violation in check(season, pairs)
        if violation.rule == SHORT_RUN
    )


def unpin_person(session: Session, pin_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime) -> None:
    """Let a pinned person go; what a run planned with them stays until the next run. Raises NotFoundError."""
    pin = session.get(SeatPin, pin_id, with_for_update=True)
    if pin is None:
        raise NotFoundError(f"pin {pin_id}")
    _record(session, "seat_pin.removed", pin, actor_user_id=actor_user_id, now=now)
    session.delete(pin)


def _record(
    session: Session, action: str, pin: SeatPin, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> None:
    audit.record(
        session,
        action,
        pin,
        actor_user_id=actor_user_id,
        now=now,
        agent_id=str(pin.agent_id),
        project_id=str(pin.project_id),
        slot_id=str(pin.slot_id),
    )
