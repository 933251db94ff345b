"""Find somebody else for a seat whose holder said no, did not answer, gave it up or did not come."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app import attendance_rules
from app.clock import BUSINESS_ZONE
from app.errors import NoSubstituteError, NotFoundError
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    NoticeKind,
    PeakEvent,
    Project,
    Role,
    User,
)
from app.queries.refusals import Reason, count_reasons
from app.queries.standby_calls import take_standby
from app.queries.substitutes import (
    Substitute,
    Weights,
    count_empty_seats,
    list_held_times,
    list_records,
    list_substitutes,
)
from app.queries.work_steps import find_missing_step
from app.services import audit, notices
from app.services.assignments import tell
from app.services.exchanges import exchange_offers
from app.services.match_certificates import MOST_CONTINUITY_POINTS, POINTS_A_SHIFT_WORKED
from app.services.match_problem import (
    MOST_PRICE_POINTS,
    POINTS_A_PREFERENCE,
    SEAT_POINTS,
)
from app.services.seat_lock import lock_people, lock_seats
from app.services.time_rules import limits_beside, minutes_between, origin_before, season_days
from app.words import moment_text, slot_text
from scheduling.matching.obstacles import Times, obstacles_of_time
from scheduling.workforce.attendance import learn_prior

# So many of the best are looked at first: hardly ever are all of them kept by their limits.
FIRST_LOOK = 30

FALLEN = (
    AssignmentStatus.DECLINED,
    AssignmentStatus.LAPSED,
    AssignmentStatus.RELEASED,
    AssignmentStatus.MISSING,
)


def refill_seat(
    session: Session, assignment_id: uuid.UUID, *, actor_user_id: uuid.UUID | None, now: dt.datetime
) -> Assignment | None:
    """Give a fallen seat to somebody else: a standby when it is urgent, else an offer to the best.

    Where nobody is free and there is time, somebody with an open offer of the same time may be asked instead;
    nobody who has said yes is moved, but for a standby who is called.
    Returns the new holder's assignment; None when the seat needs nobody (it was taken over, it is not
    booked any more, or its time is nearly over). Raises NotFoundError for an unknown seat, and
    NoSubstituteError when nobody may take it.
    """
    place = session.execute(
        select(Assignment.project_id, Assignment.slot_id).where(Assignment.id == assignment_id)
    ).one_or_none()
    if place is None:
        raise NotFoundError(f"assignment {assignment_id}")
    # Two seats of one project may fall at once when only one of them is still booked.
    lock_seats(session, project_id=place.project_id, slot_id=place.slot_id)
    successor = aliased(Assignment)
    seat, taken_over = session.execute(
        select(Assignment, select(successor.id).where(successor.replaces_id == Assignment.id).exists())
        .where(Assignment.id == assignment_id)
        .with_for_update(of=Assignment)
        .execution_options(populate_existing=True)
    ).one()
    if seat.status not in FALLEN or seat.kind is not AssignmentKind.FORMAL:
        return None
    if attendance_rules.is_too_late_to_refill(ends_at=seat.ends_at, now=now):
        return None
    if taken_over or count_empty_seats(session, project_id=seat.project_id, slot_id=seat.slot_id) <= 0:
        return None
    ways = [_offer_to_substitute, _call_standby]
    is_urgent = attendance_rules.is_urgent(starts_at=seat.starts_at, now=now)
    if is_urgent:
        ways.reverse()
    found = ways[0](session, seat, now=now) or ways[1](session, seat, now=now)
    if found is None and not is_urgent:
        found = _move_an_open_offer(session, seat, now=now)
    if found is None:
        raise NoSubstituteError
    audit.record(
        session,
        "assignment.refilled",
        found,
        actor_user_id=actor_user_id,
        now=now,
        replaces=str(seat.id),
        called=found.called_at is not None,
    )
    return found


def report_unstaffed(session: Session, assignment_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Tell operations that nobody could be found for a seat, and why."""
    seat = session.get_one(Assignment, assignment_id)
    project = session.get_one(Project, seat.project_id)
    reasons = count_reasons(session, seat)
    audit.record(session, "assignment.unstaffed", seat, actor_user_id=None, now=now, **reasons)
    operators = session.execute(
        select(User.id, User.locale).where(User.role == Role.OPERATIONS, User.is_active).order_by(User.id)
    )
    for user_id, locale in operators.all():
        notices.notify(
            session,
            user_id=user_id,
            kind=NoticeKind.SEAT_UNSTAFFED,
            now=now,
            project=project.name,
            when=slot_text(seat.starts_at, seat.ends_at, locale),
            reason=unstaffed_text(reasons, locale),
        )


REASONS_ZH = {
    Reason.NEEDS: "{count} 人因为需要或屏蔽不合适",
    Reason.AWAY: "{count} 人没写这时有空",
    Reason.ASKED: "{count} 人问过了",
    Reason.BUSY: "{count} 人这时有别的班",
    Reason.LIMITS: "{count} 人歇不够、工时满了，或上班的日子不合",
}
REASONS_EN = {
    Reason.NEEDS: "{count} unsuitable by needs or a block",
    Reason.AWAY: "{count} not available then",
    Reason.ASKED: "{count} asked already",
    Reason.BUSY: "{count} on another shift",
    Reason.LIMITS: "{count} short of rest, out of hours or kept by the days they want",
}


def unstaffed_text(reasons: Mapping[Reason, int], locale: str) -> str:
    """Say in words why nobody of those certified takes a seat."""
    total = sum(reasons.values())
    if locale == "en":
        parts = [REASONS_EN[reason].format(count=count) for reason, count in reasons.items()]
        return (
            f"Of {total} people certified: {', '.join(parts)}. No standby."
            if parts
            else ("Nobody is certified for this project, and there is no standby.")
        )
    parts = [REASONS_ZH[reason].format(count=count) for reason, count in reasons.items()]
    return (
        f"有认证的 {total} 人：{'，'.join(parts)}。没有候补。"
        if parts
        else "这个项目没有有认证的人，也没有候补。"
    )


def _call_standby(session: Session, seat: Assignment, *, now: dt.datetime) -> Assignment | None:
    """Turn a standby into the seat's holder: from the call on it is a formal shift in the seat's project."""
    standby = take_standby(session, seat)
    if standby is None:
        return None
    standby.kind = AssignmentKind.FORMAL
    standby.project_id = seat.project_id
    standby.replaces_id = seat.id
    standby.called_at = now
    session.flush()
    come_by = attendance_rules.on_time_until(starts_at=standby.starts_at, called_at=now)
    tell(
        session,
        standby,
        NoticeKind.STANDBY_CALLED,
        now=now,
        come_by=f"{come_by.astimezone(BUSINESS_ZONE):%H:%M}",
    )
    return standby


def find_substitutes(session: Session, seat: Assignment, weights: Weights) -> Iterator[Substitute]:
    """Yield everybody who may take the seat under every hard rule, the most expected points first."""
    seen: set[uuid.UUID] = set()
    event = session.get_one(PeakEvent, seat.event_id)
    for limit in (FIRST_LOOK, None):
        people = list_substitutes(session, seat, event, weights=weights, limit=limit)
        for person in people:
            if person.agent_id in seen or not person.suits:
                continue
            if _has_time(seat, person, _local(seat, person.held), event):
                yield person
        if len(people) != limit:
            return
        seen = {person.agent_id for person in people}


def weigh(session: Session) -> Weights:
    """Return what the matcher counts for a person in a seat, and how sure people are to come.

    What is known of everybody's coming is the ground on which a person's own record is read: somebody new is
    taken to come as often as people do.
    """
    worked, missed, people = np.array(list_records(session), dtype=np.int64).reshape(-1, 3).T
    prior = learn_prior(np.repeat(worked, people), np.repeat(missed, people))
    return Weights(
        seat=SEAT_POINTS,
        most_price=MOST_PRICE_POINTS,
        a_shift_worked=POINTS_A_SHIFT_WORKED,
        most_continuity=MOST_CONTINUITY_POINTS,
        a_preference=POINTS_A_PREFERENCE,
        alpha=prior.alpha,
        weight=prior.weight,
    )


def _offer_to_substitute(session: Session, seat: Assignment, *, now: dt.datetime) -> Assignment | None:
    """Offer the seat to the best person whose limits allow it."""
    for person in find_substitutes(session, seat, weigh(session)):
        offer = _try_offer(session, seat, person, now=now)
        if offer:
            return offer
    return None


def _has_time(seat: Assignment, person: Substitute, held: Sequence[Times], event: PeakEvent) -> bool:
    origin = origin_before(seat.starts_at)
    wanted = minutes_between(origin, seat.starts_at), minutes_between(origin, seat.ends_at)
    return not obstacles_of_time(held, wanted, limits_beside(person, held, season=season_days(event, origin)))


def _local(seat: Assignment, held: Sequence[Times]) -> list[Times]:
    """Count minutes since 1970 from the Monday from which the seat's are counted."""
    before = int(origin_before(seat.starts_at).timestamp()) // 60
    return [(start - before, end - before) for start, end in held]


class _TakenMeanwhileError(Exception):
    """Somebody gave the person a shift, or took their certificate, since these were read."""


def _try_offer(
    session: Session, seat: Assignment, person: Substitute, *, now: dt.datetime
) -> Assignment | None:
    offer = _offer_of(seat, person.agent_id, now=now)
    event = session.get_one(PeakEvent, seat.event_id)
    try:
        # Given up, the savepoint lets the person go: nobody holds two people at once here.
        with session.begin_nested():
            lock_people(session, [person.agent_id])
            origin = origin_before(seat.starts_at)
            held = [
                (minutes_between(origin, start), minutes_between(origin, end))
                for start, end in list_held_times(
                    session, [person.agent_id], around=seat.starts_at, event=event
                ).get(person.agent_id, ())
            ]
            # The certificate was read before the lock too: it may have been suspended since.
            missing = find_missing_step(session, person.agent_id, seat)
            if missing is not None or not _has_time(seat, person, held, event):
                raise _TakenMeanwhileError
            session.add(offer)
    except _TakenMeanwhileError:
        return None
    except IntegrityError as error:
        # Whoever does not lock the person meets the exclusion constraint, which is the last guard.
        if "ex_assignment_agent_time" not in str(error.orig):
            raise
        return None
    respond_by = moment_text(offer.respond_by, person.locale)
    tell(session, offer, NoticeKind.OFFER_MADE, now=now, respond_by=respond_by)
    return offer


def _offer_of(seat: Assignment, agent_id: uuid.UUID, *, now: dt.datetime) -> Assignment:
    return Assignment(
        id=uuid.uuid4(),
        event_id=seat.event_id,
        run_id=seat.run_id,
        agent_id=agent_id,
        project_id=seat.project_id,
        slot_id=seat.slot_id,
        kind=AssignmentKind.FORMAL,
        status=AssignmentStatus.OFFERED,
        starts_at=seat.starts_at,
        ends_at=seat.ends_at,
        offered_at=now,
        respond_by=attendance_rules.respond_by(offered_at=now, starts_at=seat.starts_at),
        replaces_id=seat.id,
    )


def _move_an_open_offer(session: Session, seat: Assignment, *, now: dt.datetime) -> Assignment | None:
    """Ask somebody with an open offer of the same time, and the best free person for that offer's seat."""
    weights = weigh(session)

    def find(other: Assignment) -> Substitute | None:
        return next(find_substitutes(session, other, weights), None)

    def offer(place: Assignment, agent_id: uuid.UUID) -> Assignment:
        made = _offer_of(place, agent_id, now=now)
        session.add(made)
        session.flush()
        locale = session.scalars(
            select(User.locale).join(Agent, Agent.user_id == User.id).where(Agent.id == agent_id)
        ).one()
        respond_by = moment_text(made.respond_by, locale)
        tell(session, made, NoticeKind.OFFER_MADE, now=now, respond_by=respond_by)
        return made

    return exchange_offers(session, seat, find=find, offer=offer, now=now)
