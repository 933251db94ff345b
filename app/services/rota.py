"""Publish a plan: check it, offer its seats, choose who stands by, tell people, take over from the last."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import DateTime, Uuid, case, column, func, literal, select, update, values
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.attendance_rules import respond_by
from app.errors import StaleStateError
from app.models import (
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Certificate,
    MatchRun,
    MatchStatus,
    NoticeKind,
    PlannedSeat,
    ShiftSlot,
    Shortage,
    Topic,
)
from app.queries.substitutes import certifies
from app.services import audit, outbox
from app.services.matching import FailureKind, fail_run, lock_run, mark_active, tell_operations
from app.services.rota_checks import RotaCheck
from app.services.rota_withdrawals import withdraw_unbooked_offers
from scheduling.matching.checker import Violation

PEOPLE_A_BATCH = 500
VIOLATIONS_KEPT = 100
TAKEN_MEANWHILE = "taken_meanwhile"
CHANGED_MEANWHILE = "changed_meanwhile"


def request_publish(
    session: Session, run_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime, wall_now: dt.datetime
) -> MatchRun:
    """Ask for a run's plan to be published.

    Raises StaleStateError when the run has no unpublished plan, and MatchRunningError while another run of
    the season is active.
    """
    run = lock_run(session, run_id)
    if run.status is not MatchStatus.DONE:
        raise StaleStateError
    mark_active(session, run, MatchStatus.PUBLISHING)
    outbox.promise(session, Topic.PUBLISH_ROTA, now=wall_now, run_id=str(run.id))
    audit.record(session, "rota.publish_asked", run, actor_user_id=actor_user_id, now=now, number=run.number)
    return run


def refuse_rota(
    session: Session, run_id: uuid.UUID, violations: Sequence[Violation], *, now: dt.datetime
) -> None:
    """Mark a run failed because its plan breaks rules, and keep the first hundred of them."""
    fail_run(
        session,
        run_id,
        FailureKind.RULES_BROKEN,
        reason=f"{len(violations)} rules broken, the first is {violations[0].rule}",
        now=now,
        **_report_of(violations),
    )


def _report_of(violations: Sequence[Violation]) -> dict[str, Any]:
    return {
        "violations_total": len(violations),
        "violations": [
            {
                "rule": violation.rule,
                "agent_id": violation.agent_id,
                "shifts": list(violation.demand_ids),
                "detail": violation.detail,
            }
            for violation in violations[:VIOLATIONS_KEPT]
        ],
    }


def list_people_to_offer(session: Session, run_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the people of a plan, in order."""
    return session.scalars(
        select(PlannedSeat.agent_id)
        .where(PlannedSeat.run_id == run_id)
        .distinct()
        .order_by(PlannedSeat.agent_id)
    ).all()


def offer_seats(
    session: Session,
    run: MatchRun,
    people: Sequence[uuid.UUID],
    *,
    now: dt.datetime,
    left_out: Collection[uuid.UUID] = (),
) -> Sequence[Assignment]:
    """Offer these people what the plan has for them, and return the offers that are new.

    `left_out` are planned seats that the check refused. An offer carries its planned row's id, so a second
    call adds nothing. What collides with a shift that the person took meanwhile is left out too: the
    exclusion constraint decides, seat by seat.
    """
    deadlines = _deadlines(session, run.event_id, now=now)
    if not deadlines:
        return []
    answer = (
        values(column("slot_id", Uuid), column("respond_by", DateTime(timezone=True)), name="answer")
        .data(deadlines)
        .alias()
    )
    kind = case(
        (PlannedSeat.is_standby.is_(True), literal(AssignmentKind.STANDBY.value)),
        else_=literal(AssignmentKind.FORMAL.value),
    )
    columns = {
        "id": PlannedSeat.id,
        "event_id": literal(run.event_id),
        "run_id": PlannedSeat.run_id,
        "agent_id": PlannedSeat.agent_id,
        "project_id": PlannedSeat.project_id,
        "slot_id": PlannedSeat.slot_id,
        "kind": kind,
        "status": literal(AssignmentStatus.OFFERED.value),
        "starts_at": ShiftSlot.starts_at,
        "ends_at": ShiftSlot.ends_at,
        "offered_at": literal(now),
        "respond_by": answer.c.respond_by,
    }
    plan = (
        select(*columns.values())
        .join(ShiftSlot, ShiftSlot.id == PlannedSeat.slot_id)
        .join(answer, answer.c.slot_id == PlannedSeat.slot_id)
        .where(
            PlannedSeat.run_id == run.id,
            PlannedSeat.agent_id.in_(people),
            PlannedSeat.id.not_in(left_out),
            # The check may be older than a suspension; these people are locked, so none comes in between.
            select(Certificate.id)
            .where(
                Certificate.agent_id == PlannedSeat.agent_id,
                *certifies(PlannedSeat.project_id, ShiftSlot.starts_at, ShiftSlot.ends_at),
            )
            .exists(),
        )
        # Seats before standbys: where two rows of a plan collided, the seat would win.
        .order_by(PlannedSeat.is_standby, PlannedSeat.id)
    )
    return session.scalars(
        insert(Assignment)
        .from_select(list(columns), plan, include_defaults=False)
        .on_conflict_do_nothing()
        .returning(Assignment)
    ).all()


def _deadlines(
    session: Session, event_id: uuid.UUID, *, now: dt.datetime
) -> list[tuple[uuid.UUID, dt.datetime]]:
    """Return by when an offer of each slot still to come must be answered."""
    slots = session.execute(
        select(ShiftSlot.id, ShiftSlot.starts_at).where(
            ShiftSlot.event_id == event_id, ShiftSlot.starts_at > now
        )
    )
    return [(slot_id, respond_by(offered_at=now, starts_at=starts_at)) for slot_id, starts_at in slots]


def finish_publishing(
    session: Session, run_id: uuid.UUID, checked: RotaCheck, *, now: dt.datetime
) -> dict[str, int]:
    """Mark the rota published, the one before it superseded, and what could not be offered as short.

    Offers without an answer on seats that nobody books any more are taken back.
    """
    run = lock_run(session, run_id)
    counts: dict[str, int] = {
        kind.value: count
        for kind, count in session.execute(
            select(Assignment.kind, func.count()).where(Assignment.run_id == run_id).group_by(Assignment.kind)
        )
    }
    dropped, unwanted = _add_dropped_seats(session, run, checked)
    withdrawn = withdraw_unbooked_offers(session, run.event_id, now=now)
    session.execute(
        update(MatchRun)
        .where(
            MatchRun.event_id == run.event_id,
            MatchRun.id != run.id,
            MatchRun.status.in_((MatchStatus.PUBLISHED, MatchStatus.DONE)),
            MatchRun.number < run.number,
        )
        .values(status=MatchStatus.SUPERSEDED)
    )
    run.status = MatchStatus.PUBLISHED
    run.published_at = now
    run.filled = (run.filled or 0) - dropped
    run.seats = (run.seats or 0) - unwanted
    offers = counts.get(AssignmentKind.FORMAL.value, 0)
    standbys = counts.get(AssignmentKind.STANDBY.value, 0)
    counted = {"offered": offers, "standbys_offered": standbys, "dropped": dropped, "withdrawn": withdrawn}
    run.report = (run.report or {}) | counted | _report_of(checked.found)
    audit.record(
        session,
        "rota.published",
        run,
        actor_user_id=None,
        now=now,
        number=run.number,
        offers=offers,
        standbys=standbys,
        dropped=dropped,
        withdrawn=withdrawn,
    )
    tell_operations(
        session,
        NoticeKind.ROTA_PUBLISHED,
        now=now,
        number=run.number,
        offers=offers,
        standbys=standbys,
        dropped=dropped,
    )
    return {"offers": offers, "standbys": standbys, "dropped": dropped}


def _add_dropped_seats(session: Session, run: MatchRun, checked: RotaCheck) -> tuple[int, int]:
    """Write planned seats that were not offered down as shortages.

    Returns how many seats were not offered, and how many of them nobody books any more: those are not short.
    """
    rows = session.execute(
        select(PlannedSeat.id, PlannedSeat.project_id, PlannedSeat.slot_id)
        .outerjoin(Assignment, Assignment.id == PlannedSeat.id)
        .where(PlannedSeat.run_id == run.id, PlannedSeat.is_standby.is_(False), Assignment.id.is_(None))
    ).all()
    seats: Counter[tuple[uuid.UUID, uuid.UUID, str]] = Counter()
    for row in rows:
        if row.id not in checked.unwanted:
            cause = CHANGED_MEANWHILE if row.id in checked.left_out else TAKEN_MEANWHILE
            seats[row.project_id, row.slot_id, cause] += 1
    session.add_all(
        Shortage(
            id=uuid.uuid4(),
            run_id=run.id,
            project_id=project_id,
            slot_id=slot_id,
            cause=cause,
            seats=count,
            details={},
        )
        for (project_id, slot_id, cause), count in seats.items()
    )
    return len(rows), len(rows) - seats.total()


def group_by_agent(offers: Sequence[Assignment]) -> dict[uuid.UUID, list[Assignment]]:
    """Return offers by person, each person's in order of time."""
    grouped: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for offer in sorted(offers, key=lambda offer: (offer.starts_at, offer.id)):
        grouped[offer.agent_id].append(offer)
    return grouped
