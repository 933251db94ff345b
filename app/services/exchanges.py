"""When nobody is free for a fallen seat: ask somebody whose offer is still open to take it, and give that
offer's seat to somebody who is free. Nobody who has said yes is moved.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Agent, Assignment, AssignmentStatus, NoticeKind, Project, User
from app.queries.exchanges import list_open_offers
from app.queries.substitutes import Substitute, count_empty_seats
from app.queries.work_steps import find_missing_step
from app.services import audit
from app.services.assignments import tell
from app.services.seat_lock import lock_people, try_lock_seats

Find = Callable[[Assignment], Substitute | None]
Offer = Callable[[Assignment, uuid.UUID], Assignment]


def exchange_offers(
    session: Session, seat: Assignment, *, find: Find, offer: Offer, now: dt.datetime
) -> Assignment | None:
    """Move one open offer of the same time to this seat, if its own seat can then be offered to another.

    The mover's hours stay as they are, so no limit of theirs can break. `find` returns the best who may take
    a seat, and `offer` adds an offer of it. Returns the mover's new offer; None when there is no such pair.
    """
    for open_id, project_id in list_open_offers(session, seat, now=now):
        try:
            # Given up, the savepoint lets seat and people go: who kept them while trying the next offer could
            # meet somebody who keeps those and waits for these.
            with session.begin_nested():
                if not try_lock_seats(session, project_id=project_id, slot_id=seat.slot_id):
                    raise _NotMovedError
                return _move(session, seat, open_id, find=find, offer=offer, now=now)
        except _NotMovedError:
            continue
    return None


class _NotMovedError(Exception):
    """This open offer cannot be moved, or not any more."""


def _move(
    session: Session, seat: Assignment, open_id: uuid.UUID, *, find: Find, offer: Offer, now: dt.datetime
) -> Assignment:
    """Move the offer, whose seat is locked. Raises _NotMovedError."""
    old = session.get_one(Assignment, open_id)
    has_surplus = count_empty_seats(session, project_id=old.project_id, slot_id=old.slot_id) < 0
    other = None if has_surplus else find(old)
    if other is None and not has_surplus:
        raise _NotMovedError
    # The offer's row comes after its person, and nobody waits for it.
    lock_people(session, [old.agent_id, *([other.agent_id] if other else [])])
    is_open = session.scalar(
        select(Assignment.id)
        .where(
            Assignment.id == open_id,
            Assignment.status == AssignmentStatus.OFFERED,
            Assignment.respond_by > now,
        )
        .with_for_update(skip_locked=True)
    )
    if is_open is None or find_missing_step(session, old.agent_id, seat) is not None:
        raise _NotMovedError
    if other:
        # Somebody may have given them a shift before they were locked.
        again = find(old)
        if again is None or again.agent_id != other.agent_id:
            raise _NotMovedError
        if find_missing_step(session, other.agent_id, old) is not None:
            raise _NotMovedError
    old.status, old.responded_at, old.respond_by = AssignmentStatus.LAPSED, now, now
    audit.record(session, "assignment.replaced", old, actor_user_id=None, now=now, seat=str(seat.id))
    # The person's time must be free before it is taken again.
    session.flush()
    moved = offer(seat, old.agent_id)
    if other:
        offer(old, other.agent_id)
    session.flush()
    _tell_of_change(session, old, seat, now=now)
    return moved


def _tell_of_change(session: Session, old: Assignment, seat: Assignment, *, now: dt.datetime) -> None:
    locale = session.scalars(
        select(User.locale).join(Agent, Agent.user_id == User.id).where(Agent.id == old.agent_id)
    ).one()
    project = session.get_one(Project, seat.project_id).name
    change = (
        f"you are asked for {project} instead, at the same time. Please answer anew; this offer is closed."
        if locale == "en"
        else f"改请你上 {project}，时间不变。请重新答复，原来那份邀约已经收回。"
    )
    tell(session, old, NoticeKind.SHIFT_CHANGED, now=now, change=change)
