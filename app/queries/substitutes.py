"""Who could take one seat now: certified, available, free, not blocked, and not asked before."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Double,
    FromClause,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session, aliased

from app.clock import BUSINESS_ZONE
from app.models import (
    LIVE_STATUSES,
    Agent,
    AgentBlock,
    AgentNeeds,
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Availability,
    Booking,
    BookingLine,
    BookingStatus,
    Certificate,
    PeakEvent,
    Project,
    SeatCell,
    ServiceLine,
    User,
)
from app.queries.match_input import DEFAULT_NEEDS, needs_in_force
from app.queries.trials import list_trial_times

# Rest, days in a row, days off and weeks reach no further than this from a shift; weekends are the season's.
REACH = dt.timedelta(days=15)
LIMITS = tuple(name for name in DEFAULT_NEEDS if name != "max_concurrent")
# Written into the statement: only then does the database see that its small indexes serve it.
FORMAL = literal(AssignmentKind.FORMAL, literal_execute=True)
DONE = literal(AssignmentStatus.DONE, literal_execute=True)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Weights:
    """What makes one person better for a seat than another, in points.

    Expected points are the seat's with its average price in yuan, the person's standing, continuity and
    preference, times the chance that they come: (alpha + shifts worked) / (weight + shifts worked or missed).
    """

    seat: int
    most_price: int
    a_shift_worked: int
    most_continuity: int
    a_preference: int
    alpha: float
    weight: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Substitute:
    """Somebody who may take the seat as far as certificate and time go.

    `suits` says whether the account is open, nothing is blocked and the needs are kept; limits come next.
    `held` are their live shifts and trials around the seat, as start and end in minutes since 1970.
    """

    agent_id: uuid.UUID
    locale: str
    expected_points: float
    suits: bool
    max_day_minutes: int
    max_stretch_minutes: int
    min_rest_minutes: int
    max_week_minutes: int
    max_consecutive_days: int
    min_consecutive_days: int
    min_days_off: int
    max_weekends: int
    held: tuple[tuple[int, int], ...]


def reach_around(moment: dt.datetime, event: PeakEvent) -> tuple[dt.datetime, dt.datetime]:
    """Return between which moments a person's shifts matter for one more at this moment of a season."""
    first, last = (
        dt.datetime.combine(day, dt.time(0), tzinfo=BUSINESS_ZONE) for day in (event.starts_on, event.ends_on)
    )
    # The season may begin on a Sunday or end on a Saturday: the weekend's other day counts too.
    day = dt.timedelta(days=1)
    return min(moment - REACH, first - day), max(moment + REACH, last + 2 * day)


def list_substitutes(
    session: Session, seat: Assignment, event: PeakEvent, *, weights: Weights, limit: int | None
) -> Sequence[Substitute]:
    """Return who might take over this seat of a season, the most expected points first; equals in the order
    of ids.

    Two statements; without a limit, everybody.
    """
    held_since, held_until = reach_around(seat.starts_at, event)
    rows = session.execute(
        _ranked_substitutes(),
        {
            "project_id": seat.project_id,
            "slot_id": seat.slot_id,
            "starts_at": seat.starts_at,
            "ends_at": seat.ends_at,
            "people": limit,
            "held_since": held_since,
            "held_until": held_until,
            **dataclasses.asdict(weights),
        },
    ).all()
    # Few people have trials ahead: one short statement beside the long one, whose plan stays as it is.
    trials = list_trial_times(session, [row.agent_id for row in rows], since=held_since, until=held_until)
    return [
        Substitute(**(row._asdict() | {"held": _held_of(row.held or (), trials.get(row.agent_id, ()))}))
        for row in rows
    ]


def _held_of(
    shifts: Iterable[Sequence[int]], trials: Iterable[tuple[dt.datetime, dt.datetime]]
) -> tuple[tuple[int, int], ...]:
    minutes = [(int(start.timestamp() // 60), int(end.timestamp() // 60)) for start, end in trials]
    return tuple(sorted([*((start, end) for start, end in shifts), *minutes]))


@functools.cache
def _ranked_substitutes() -> Select[Any]:
    """Return the statement.

    Each lateral part is one probe of an index for one person: for a project's hundreds of people that is far
    quicker than the joins of whole tables which the database would choose. What rules out few people is asked
    last, and only of the best.
    """
    project_id = bindparam("project_id", type_=Uuid())
    starts_at = bindparam("starts_at", type_=DateTime(timezone=True))
    ends_at = bindparam("ends_at", type_=DateTime(timezone=True))
    # Windows of one person do not overlap: if one holds the shift, it is the last that starts before.
    window = (
        select(Availability.ends_at, Availability.preference)
        .where(Availability.agent_id == Certificate.agent_id, Availability.starts_at <= starts_at)
        .order_by(Availability.starts_at.desc())
        .limit(1)
        .lateral("available")
    )
    available = (
        select(Certificate.agent_id, window.c.preference)
        .select_from(Certificate)
        .join(window, true())
        .where(*certifies(project_id, starts_at, ends_at), window.c.ends_at >= ends_at)
        .cte("available_people")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    project = project_of_seat(project_id)
    person = (
        select(Agent.user_id, Agent.standing, Agent.shifts_worked, Agent.shifts_missed)
        .where(
            Agent.id == available.c.agent_id,
            Agent.status != AgentStatus.LEFT,
            Agent.identity_confirmed_at.is_not(None),
        )
        .limit(1)
        .lateral("person")
    )
    expected_points = _expected_points(available, person, project).label("expected_points")
    ranked = (
        select(available.c.agent_id, person.c.user_id, expected_points)
        .select_from(available)
        .join(person, true())
        .join(project, true())
        .where(_is_free(available.c.agent_id, starts_at, ends_at))
        .order_by(expected_points.desc(), available.c.agent_id)
        .limit(bindparam("people", type_=Integer()))
        .cte("ranked")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    needs = needs_of(ranked.c.agent_id)
    held = (
        select(
            func.array_agg(
                array([_minute(Assignment.starts_at), _minute(Assignment.ends_at)]),
                type_=ARRAY(Integer, dimensions=2),
            ).label("held")
        )
        .where(
            Assignment.agent_id == ranked.c.agent_id,
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.starts_at > bindparam("held_since", type_=DateTime(timezone=True)),
            Assignment.starts_at < bindparam("held_until", type_=DateTime(timezone=True)),
        )
        .lateral("held_time")
    )
    suits = suits_project(ranked.c.agent_id, project, needs.c.in_force, needs)
    return (
        select(
            ranked.c.agent_id,
            ranked.c.expected_points,
            User.locale,
            and_(User.is_active, *suits).label("suits"),
            *(_need(name, needs.c.in_force, needs).label(name) for name in LIMITS),
            held.c.held,
        )
        .select_from(ranked)
        .join(User, User.id == ranked.c.user_id)
        .join(project, true())
        .outerjoin(needs, true())
        .join(held, true())
        .order_by(ranked.c.expected_points.desc(), ranked.c.agent_id)
    )


def project_of_seat(project_id: Any) -> CTE:
    """Select what matters of the seat's project: one row. `merchants_projects` are all of its merchant."""
    other = aliased(Project)
    return (
        select(
            Project.merchant_id,
            Project.service_line,
            Project.concurrent_chats,
            func.array(
                select(other.id).where(other.merchant_id == Project.merchant_id).scalar_subquery(),
                type_=ARRAY(Uuid),
            ).label("merchants_projects"),
            _seat_price_fen(project_id, bindparam("slot_id", type_=Uuid())).label("seat_price_fen"),
        )
        .where(Project.id == project_id)
        .cte("project_of_seat")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _expected_points(available: FromClause, person: FromClause, project: FromClause) -> ColumnElement[float]:
    other = aliased(Assignment)
    worked = (
        select(func.count())
        .select_from(other)
        .where(
            other.agent_id == available.c.agent_id,
            other.kind == FORMAL,
            other.status == DONE,
            # Not "= ANY": the database would then pass over the index that holds just these shifts.
            func.array_position(project.c.merchants_projects, other.project_id).is_not(None),
        )
        .scalar_subquery()
    )
    weight = {
        name: bindparam(name, type_=Integer())
        for name in ("seat", "most_price", "a_shift_worked", "most_continuity", "a_preference")
    }
    points = (
        weight["seat"]
        + func.least(weight["most_price"], project.c.seat_price_fen.op("/")(100))
        + person.c.standing
        + func.least(weight["most_continuity"], weight["a_shift_worked"] * worked)
        + weight["a_preference"] * available.c.preference
    )
    came: Any = bindparam("alpha", type_=Double()) + person.c.shifts_worked
    asked: Any = bindparam("weight", type_=Double()) + person.c.shifts_worked + person.c.shifts_missed
    expected: ColumnElement[float] = cast(points, Double()) * came / asked
    return expected


def _is_free(agent_id: Any, starts_at: Any, ends_at: Any) -> ColumnElement[bool]:
    """Say that a person has nothing else then, and did not say no to this slot or leave it unanswered."""
    other = aliased(Assignment)
    in_the_way = (
        select(literal(1, literal_execute=True))
        .select_from(other)
        .where(
            other.agent_id == agent_id,
            other.starts_at > starts_at - REACH,
            other.starts_at < ends_at,
            or_(
                and_(other.status.in_(LIVE_STATUSES), other.ends_at > starts_at),
                other.slot_id == bindparam("slot_id", type_=Uuid()),
            ),
        )
        .limit(1)
        .scalar_subquery()
    )
    return in_the_way.is_(None)


def _minute(moment: Any) -> ColumnElement[int]:
    return cast(func.floor(func.extract("epoch", moment) / 60), Integer)


def needs_of(agent_id: Any) -> FromClause:
    """Select a person's needs, and whether they are in force: one row or none."""
    return (
        select(*AgentNeeds.__table__.c, needs_in_force().label("in_force"))
        .where(AgentNeeds.agent_id == agent_id)
        .limit(1)
        .lateral("needs")
    )


def _need(name: str, in_force: Any, needs: FromClause) -> Any:
    """Return a person's need where it is in force, else what the house asks for."""
    return case((in_force, func.coalesce(needs.c[name], DEFAULT_NEEDS[name])), else_=DEFAULT_NEEDS[name])


def certifies(project_id: Any, starts_at: Any, ends_at: Any) -> list[ColumnElement[bool]]:
    """Say that a certificate for the project holds for the whole shift."""
    return [
        Certificate.project_id == project_id,
        Certificate.revoked_at.is_(None),
        Certificate.works_from <= starts_at,
        Certificate.expires_at >= ends_at,
    ]


def suits_project(
    agent_id: Any, project: FromClause, in_force: Any, needs: FromClause
) -> list[ColumnElement[bool]]:
    """Say whether person and project go together: no block, and no more asked than the needs allow."""
    blocked = (
        select(AgentBlock.id)
        .where(AgentBlock.agent_id == agent_id, AgentBlock.merchant_id == project.c.merchant_id)
        .exists()
    )
    is_voice = project.c.service_line == ServiceLine.HOTLINE
    text_only = and_(func.coalesce(in_force, False), func.coalesce(needs.c.text_only, False))
    return [
        ~blocked,
        ~and_(is_voice, text_only),
        # Conversations at the same time are a matter of chat: a call is one call.
        or_(is_voice, _need("max_concurrent", in_force, needs) >= project.c.concurrent_chats),
    ]


def list_held_times(
    session: Session, agent_ids: Sequence[uuid.UUID], *, around: dt.datetime, event: PeakEvent
) -> dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime]]]:
    """Return the live shifts and trials of these people that matter for one then, as start and end."""
    since, until = reach_around(around, event)
    held: dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime]]] = {}
    rows = session.execute(
        select(Assignment.agent_id, Assignment.starts_at, Assignment.ends_at)
        .where(
            Assignment.agent_id.in_(agent_ids),
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.starts_at > since,
            Assignment.starts_at < until,
        )
        .order_by(Assignment.agent_id, Assignment.starts_at)
    )
    for agent_id, starts_at, ends_at in rows:
        held.setdefault(agent_id, []).append((starts_at, ends_at))
    for agent_id, trials in list_trial_times(session, agent_ids, since=since, until=until).items():
        held[agent_id] = sorted([*held.get(agent_id, []), *trials])
    return held


def list_records(session: Session) -> Sequence[tuple[int, int, int]]:
    """Return how many people have worked and missed so many shifts: (worked, missed, people)."""
    rows = session.execute(
        select(Agent.shifts_worked, Agent.shifts_missed, func.count())
        .where(Agent.shifts_worked + Agent.shifts_missed > literal(0, literal_execute=True))
        .group_by(Agent.shifts_worked, Agent.shifts_missed)
    )
    return [(worked, missed, people) for worked, missed, people in rows]


def count_empty_seats(session: Session, *, project_id: uuid.UUID, slot_id: uuid.UUID) -> int:
    """Return how many booked seats of a project and slot nobody holds; below zero: too many do."""
    booked = _of_booked_lines(func.coalesce(func.sum(BookingLine.seats), 0), project_id, slot_id)
    holding = (
        select(func.count())
        .select_from(Assignment)
        .where(
            Assignment.project_id == project_id,
            Assignment.slot_id == slot_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.status != AssignmentStatus.MISSING,
        )
        .scalar_subquery()
    )
    return session.scalars(select(cast(booked - holding, Integer))).one()


def _seat_price_fen(project_id: Any, slot_id: Any) -> ColumnElement[int]:
    """Return the average price of the booked seats of a project and slot, rounded down; 0 for none."""
    seats = func.sum(BookingLine.seats)
    average = func.sum(BookingLine.seats * BookingLine.price_fen).op("/")(func.nullif(seats, 0))
    return _of_booked_lines(cast(func.coalesce(average, 0), Integer), project_id, slot_id)


def _of_booked_lines(figure: ColumnElement[int], project_id: Any, slot_id: Any) -> ColumnElement[int]:
    """Return a figure over the confirmed lines of a project and slot."""
    return (
        select(figure)
        .select_from(BookingLine)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .where(
            Booking.project_id == project_id,
            SeatCell.slot_id == slot_id,
            Booking.status == BookingStatus.CONFIRMED,
        )
        .scalar_subquery()
    )
