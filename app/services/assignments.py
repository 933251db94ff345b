"""Answering offers, checking in, giving up a shift; and what the clock does to those who do none of it."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from app import attendance_rules
from app.errors import (
    CheckInClosedError,
    NotFoundError,
    OfferClosedError,
    StaleStateError,
    WorkStepMissingError,
)
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    NoticeKind,
    Project,
    Topic,
    User,
)
from app.queries.substitutes import count_empty_seats
from app.queries.work_steps import find_missing_step
from app.services import audit, notices, outbox
from app.services.seat_lock import lock_seats
from app.words import slot_text

BATCH = 500


def accept_offer(
    session: Session, assignment_id: uuid.UUID, *, agent_id: uuid.UUID, now: dt.datetime
) -> None:
    """Say yes. Raises OfferClosedError when the offer was answered or its time is over, and
    WorkStepMissingError when the person may not work the shift as things are by now.
    """
    assignment = _lock_offer(session, assignment_id, agent_id=agent_id, now=now)
    _check_steps(session, assignment)
    _answer(session, assignment, AssignmentStatus.ACCEPTED, now=now)


def decline_offer(
    session: Session,
    assignment_id: uuid.UUID,
    *,
    agent_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Say no, which costs nothing; the seat is offered to somebody else. May raise OfferClosedError."""
    assignment = _lock_offer(session, assignment_id, agent_id=agent_id, now=now)
    _answer(session, assignment, AssignmentStatus.DECLINED, now=now)
    promise_refill(session, assignment, wall_now=wall_now)


def release_shift(
    session: Session,
    assignment_id: uuid.UUID,
    *,
    agent_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Give up an accepted shift before it starts. Raises StaleStateError when it is not accepted any more."""
    assignment = _lock_own(session, assignment_id, agent_id=agent_id)
    if assignment.status is not AssignmentStatus.ACCEPTED or now >= assignment.starts_at:
        raise StaleStateError
    _answer(session, assignment, AssignmentStatus.RELEASED, now=now)
    promise_refill(session, assignment, wall_now=wall_now)


def call_in_sick(
    session: Session,
    assignment_id: uuid.UUID,
    *,
    agent_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Give up an accepted shift because of illness, also after it has begun, so that nobody who is ill counts
    as missing. What follows is what follows a release, and nothing about the illness is written down.

    Raises StaleStateError when the shift is over or not accepted any more.
    """
    assignment = _lock_own(session, assignment_id, agent_id=agent_id)
    if assignment.status is not AssignmentStatus.ACCEPTED or now >= assignment.ends_at:
        raise StaleStateError
    _answer(session, assignment, AssignmentStatus.RELEASED, now=now)
    promise_refill(session, assignment, wall_now=wall_now)


def check_in(session: Session, assignment_id: uuid.UUID, *, agent_id: uuid.UUID, now: dt.datetime) -> None:
    """Be there. Somebody marked missing may still come as long as nobody has the seat instead.

    Raises CheckInClosedError outside the window, StaleStateError when the shift is no longer theirs or is a
    standby that was not called, and WorkStepMissingError when a step before work is missing by now.
    """
    place = session.execute(
        select(Assignment.project_id, Assignment.slot_id).where(
            Assignment.id == assignment_id, Assignment.agent_id == agent_id
        )
    ).one_or_none()
    if place is None:
        raise NotFoundError(f"assignment {assignment_id}")
    # Somebody else may be found for the seat in this very moment.
    lock_seats(session, project_id=place.project_id, slot_id=place.slot_id)
    assignment = _lock_own(session, assignment_id, agent_id=agent_id)
    if assignment.status is AssignmentStatus.PRESENT:
        return
    if assignment.kind is AssignmentKind.STANDBY or assignment.status not in (
        AssignmentStatus.ACCEPTED,
        AssignmentStatus.MISSING,
    ):
        raise StaleStateError
    starts_at, called_at, accepted_at = assignment.starts_at, assignment.called_at, assignment.responded_at
    opens_at, closes_at = attendance_rules.check_in_window(
        starts_at=starts_at, called_at=called_at, accepted_at=accepted_at
    )
    if not opens_at <= now <= closes_at:
        raise CheckInClosedError(opens_at=opens_at, closes_at=closes_at)
    if assignment.status is AssignmentStatus.MISSING and not _is_seat_empty(session, assignment):
        raise StaleStateError
    _check_steps(session, assignment, since=now)
    assignment.status, assignment.checked_in_at = AssignmentStatus.PRESENT, now
    audit.record(
        session,
        "assignment.checked-in",
        assignment,
        actor_user_id=_user_of(session, agent_id),
        now=now,
        on_time=now
        <= attendance_rules.on_time_until(starts_at=starts_at, called_at=called_at, accepted_at=accepted_at),
    )


def lapse_offers(session: Session, *, now: dt.datetime, wall_now: dt.datetime) -> int:
    """Close the offers whose time is over and offer their seats to others; return how many were closed.

    Several workers may do so at once: each takes what the others have not locked.
    """
    late = session.scalars(
        select(Assignment)
        .where(Assignment.status == AssignmentStatus.OFFERED, Assignment.respond_by <= now)
        .options(joinedload(Assignment.project, innerjoin=True))
        .order_by(Assignment.respond_by, Assignment.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Assignment)
    ).all()
    for assignment in late:
        assignment.status, assignment.responded_at = AssignmentStatus.LAPSED, now
        audit.record(session, "assignment.lapsed", assignment, actor_user_id=None, now=now)
        tell(session, assignment, NoticeKind.OFFER_LAPSED, now=now)
        promise_refill(session, assignment, wall_now=wall_now)
    return len(late)


def watch_attendance(session: Session, *, now: dt.datetime, wall_now: dt.datetime) -> int:
    """Mark who has not come and finish what is over; return how many assignments changed.

    A missing person's seat is refilled at once, standbys first. When the shift ends, it counts for or against
    the person's record; a standby that was not called counts for neither.
    """
    on_time_until = func.greatest(
        Assignment.starts_at + attendance_rules.ON_TIME,
        Assignment.called_at + attendance_rules.TIME_TO_COME,
        Assignment.responded_at + attendance_rules.TIME_TO_COME,
    )
    missing = session.scalars(
        select(Assignment)
        .where(
            Assignment.status == AssignmentStatus.ACCEPTED,
            Assignment.kind == AssignmentKind.FORMAL,
            # The same again without the exceptions: this is what the index can find.
            Assignment.starts_at < now - attendance_rules.ON_TIME,
            on_time_until < now,
        )
        .order_by(Assignment.starts_at, Assignment.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for assignment in missing:
        assignment.status = AssignmentStatus.MISSING
        audit.record(session, "assignment.missing", assignment, actor_user_id=None, now=now)
        if now < assignment.ends_at:
            promise_refill(session, assignment, wall_now=wall_now)
    return len(missing) + _finish_shifts(session, now=now) + _finish_standbys(session, now=now)


def _finish_shifts(session: Session, *, now: dt.datetime) -> int:
    """Close shifts that are over: PRESENT becomes DONE; DONE and MISSING are counted once, here."""
    over = session.scalars(
        select(Assignment)
        .where(
            Assignment.status.in_((AssignmentStatus.PRESENT, AssignmentStatus.MISSING)),
            Assignment.counted_at.is_(None),
            Assignment.ends_at <= now,
        )
        .order_by(Assignment.agent_id, Assignment.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for assignment in over:
        worked = assignment.status is AssignmentStatus.PRESENT
        if worked:
            assignment.status = AssignmentStatus.DONE
        assignment.counted_at = now
        counter = Agent.shifts_worked if worked else Agent.shifts_missed
        session.execute(update(Agent).where(Agent.id == assignment.agent_id).values({counter: counter + 1}))
        audit.record(
            session,
            "assignment.done" if worked else "assignment.missed",
            assignment,
            actor_user_id=None,
            now=now,
        )
    return len(over)


def _finish_standbys(session: Session, *, now: dt.datetime) -> int:
    """Close standbys that were not called: they are paid by rule, and no person's record counts them."""
    over = session.scalars(
        select(Assignment)
        .where(
            Assignment.status == AssignmentStatus.ACCEPTED,
            Assignment.kind == AssignmentKind.STANDBY,
            Assignment.ends_at <= now,
            # A shift starts before it ends: this is what the index can find.
            Assignment.starts_at < now,
        )
        .order_by(Assignment.starts_at, Assignment.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for assignment in over:
        assignment.status = AssignmentStatus.DONE
        audit.record(session, "assignment.stood-by", assignment, actor_user_id=None, now=now)
    return len(over)


def tell(
    session: Session, assignment: Assignment, kind: NoticeKind, *, now: dt.datetime, **params: str
) -> None:
    """Send the assignment's agent a notice that names project and time in their language."""
    user_id, locale, project = session.execute(
        select(User.id, User.locale, Project.name)
        .select_from(Agent)
        .join(User, User.id == Agent.user_id)
        .join(Project, Project.id == assignment.project_id)
        .where(Agent.id == assignment.agent_id)
    ).one()
    notices.notify(
        session,
        user_id=user_id,
        kind=kind,
        now=now,
        wall_now=None,
        project=project,
        when=slot_text(assignment.starts_at, assignment.ends_at, locale),
        **params,
    )


def _lock_own(session: Session, assignment_id: uuid.UUID, *, agent_id: uuid.UUID) -> Assignment:
    assignment = session.scalar(
        select(Assignment)
        .where(Assignment.id == assignment_id, Assignment.agent_id == agent_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if assignment is None:
        raise NotFoundError(f"assignment {assignment_id}")
    return assignment


def _lock_offer(
    session: Session, assignment_id: uuid.UUID, *, agent_id: uuid.UUID, now: dt.datetime
) -> Assignment:
    assignment = _lock_own(session, assignment_id, agent_id=agent_id)
    if assignment.status is not AssignmentStatus.OFFERED or now >= assignment.respond_by:
        raise OfferClosedError
    return assignment


def _check_steps(session: Session, assignment: Assignment, *, since: dt.datetime | None = None) -> None:
    """Refuse a shift while a step before it is missing: what held at the offer may not hold any more."""
    step = find_missing_step(session, assignment.agent_id, assignment, since=since)
    if step is not None:
        raise WorkStepMissingError(step=step)


def _is_seat_empty(session: Session, assignment: Assignment) -> bool:
    """Say whether the missing person's seat is still nobody's."""
    return count_empty_seats(session, project_id=assignment.project_id, slot_id=assignment.slot_id) > 0


def _answer(session: Session, assignment: Assignment, status: AssignmentStatus, *, now: dt.datetime) -> None:
    assignment.status, assignment.responded_at = status, now
    audit.record(
        session,
        f"assignment.{status}",
        assignment,
        actor_user_id=_user_of(session, assignment.agent_id),
        now=now,
    )


def promise_refill(session: Session, assignment: Assignment, *, wall_now: dt.datetime) -> None:
    """Ask for a substitute, once for each assignment that falls out. A standby leaves no seat empty."""
    if assignment.kind is AssignmentKind.FORMAL:
        outbox.promise(
            session,
            Topic.REFILL_SEAT,
            now=wall_now,
            dedupe_key=f"refill:{assignment.id}",
            assignment_id=str(assignment.id),
        )


def _user_of(session: Session, agent_id: uuid.UUID) -> uuid.UUID:
    return session.scalars(select(Agent.user_id).where(Agent.id == agent_id)).one()
