"""Everything the matcher reads, in seven statements whatever the size of the season."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Uuid,
    and_,
    any_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.minor_rules import MOST_DAY_MINUTES, MOST_WEEK_MINUTES
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
    Consent,
    ConsentPurpose,
    Project,
    ProjectApplication,
    SeatCell,
    ServiceLine,
    ShiftSlot,
    TrialShift,
    User,
)
from app.queries.columns import Column, Rows, read_columns
from app.queries.trials import takes_time
from scheduling.matching.units import NO_WEEKEND_LIMIT

# An agent without a row of needs works under these. Weekends that a row leaves open are any number.
DEFAULT_NEEDS = {
    "max_day_minutes": 480,
    "max_stretch_minutes": 480,
    "min_rest_minutes": 660,
    "max_week_minutes": 2400,
    "max_consecutive_days": 6,
    "min_consecutive_days": 1,
    "min_days_off": 1,
    "max_weekends": NO_WEEKEND_LIMIT,
    "max_concurrent": 4,
}
LINES = tuple(ServiceLine)
NO_SLOT = uuid.UUID(int=0)
NEVER_A_MINOR = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

Columns = dict[str, Column]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class MatchInput:
    """What was read, table by table, as columns."""

    agents: Columns
    certificates: Columns
    availability: Columns
    demand: Columns
    live: Columns
    worked: Columns
    blocks: Columns


def read_match_input(
    session: Session,
    event_id: uuid.UUID,
    *,
    since: dt.datetime,
    now: dt.datetime,
    agent_ids: Sequence[uuid.UUID] | None = None,
    project_ids: Sequence[uuid.UUID] | None = None,
    without_run: uuid.UUID | None = None,
) -> MatchInput:
    """Read a season for the matcher: slots that start after `now`, and live shifts from `since` on.

    With `agent_ids` or `project_ids`, only these people, or the seats of these projects, are read; with
    `without_run`, as if that run's offers were not made.
    """
    demand = booked_seats(event_id, now=now)
    return MatchInput(
        agents=read_columns(session, _agents(agent_ids, now=now)),
        certificates=read_columns(session, _certificates(event_id, agent_ids, now=now)),
        availability=read_columns(session, _availability(event_id, agent_ids, now=now)),
        demand=read_columns(session, _only(demand, Booking.project_id, project_ids)),
        live=read_columns(session, _live(agent_ids, since=since, without_run=without_run)),
        worked=read_columns(session, _worked(agent_ids)),
        blocks=read_columns(session, _blocks(agent_ids)),
    )


def needs_in_force() -> Any:
    """Say whether an agent's needs are used: not when the person's last word on that use was a withdrawal."""
    consents = select(Consent.id).where(
        Consent.agent_id == AgentNeeds.agent_id, Consent.purpose == ConsentPurpose.NEEDS_IN_MATCHING
    )
    return or_(
        ~consents.exists(),
        consents.where(Consent.withdrawn_at.is_(None)).exists(),
    )


def is_working_agent() -> Any:
    """Say whether an agent is still with us."""
    return and_(Agent.status != AgentStatus.LEFT, User.is_active)


def may_be_given_shifts() -> Any:
    """Say whether an agent is with us and known: nobody works before their identity is confirmed."""
    return and_(is_working_agent(), Agent.identity_confirmed_at.is_not(None))


def booked_seats(event_id: uuid.UUID, *, now: dt.datetime | None = None) -> Rows:
    """Select the confirmed seats of each project and slot; with `now`, only of slots still to come.

    `price_fen` is the average price a seat, rounded down.
    """
    seats = func.sum(BookingLine.seats)
    statement = (
        select(
            Booking.project_id,
            SeatCell.slot_id,
            Project.merchant_id,
            case({line: place for place, line in enumerate(LINES)}, value=Project.service_line).label("line"),
            Project.concurrent_chats,
            ShiftSlot.starts_at,
            ShiftSlot.ends_at,
            cast(seats, Integer).label("seats"),
            cast(func.sum(BookingLine.seats * BookingLine.price_fen) / seats, BigInteger).label("price_fen"),
        )
        .join(Booking, Booking.id == BookingLine.booking_id)
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .join(ShiftSlot, ShiftSlot.id == SeatCell.slot_id)
        .join(Project, Project.id == Booking.project_id)
        .where(
            Booking.event_id == event_id,
            Booking.status == BookingStatus.CONFIRMED,
            BookingLine.seats > 0,
        )
        .group_by(Booking.project_id, SeatCell.slot_id, Project.id, ShiftSlot.id)
        .order_by(Booking.project_id, ShiftSlot.starts_at, SeatCell.slot_id)
    )
    return statement if now is None else statement.where(ShiftSlot.starts_at > now)


def _agents(agent_ids: Sequence[uuid.UUID] | None, *, now: dt.datetime) -> Rows:
    in_force = needs_in_force()

    def need(name: str) -> Any:
        value = func.coalesce(getattr(AgentNeeds, name), DEFAULT_NEEDS[name])
        return case((in_force, value), else_=DEFAULT_NEEDS[name])

    statement = (
        select(
            Agent.id,
            Agent.standing,
            *(func.least(need(name), _most_of_minors(name, now=now)).label(name) for name in DEFAULT_NEEDS),
            func.coalesce(Agent.minor_until, literal(NEVER_A_MINOR)).label("minor_until"),
            and_(in_force, func.coalesce(AgentNeeds.text_only, False)).label("text_only"),
        )
        .join(User, User.id == Agent.user_id)
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Agent.id)
        .where(may_be_given_shifts())
        .order_by(Agent.id)
    )
    return _only(statement, Agent.id, agent_ids)


def _most_of_minors(name: str, *, now: dt.datetime) -> Any:
    """Return what the law leaves to minors of a limit; NULL, which `least` passes over, for others."""
    most = {"max_day_minutes": MOST_DAY_MINUTES, "max_week_minutes": MOST_WEEK_MINUTES}.get(name)
    return case((Agent.minor_until > now, literal(most, Integer)), else_=None)


def _certificates(event_id: uuid.UUID, agent_ids: Sequence[uuid.UUID] | None, *, now: dt.datetime) -> Rows:
    booked = select(Booking.project_id).where(
        Booking.event_id == event_id, Booking.status == BookingStatus.CONFIRMED
    )
    statement = (
        select(
            Certificate.agent_id,
            Certificate.project_id,
            Certificate.works_from.label("works_from"),
            Certificate.expires_at,
        )
        .where(
            Certificate.project_id.in_(booked), Certificate.revoked_at.is_(None), Certificate.expires_at > now
        )
        .order_by(Certificate.agent_id, Certificate.project_id)
    )
    return _only(statement, Certificate.agent_id, agent_ids)


def _availability(event_id: uuid.UUID, agent_ids: Sequence[uuid.UUID] | None, *, now: dt.datetime) -> Rows:
    last_end = select(func.max(ShiftSlot.ends_at)).where(ShiftSlot.event_id == event_id).scalar_subquery()
    statement = (
        select(Availability.agent_id, Availability.starts_at, Availability.ends_at, Availability.preference)
        .where(Availability.ends_at > now, Availability.starts_at < last_end)
        .order_by(Availability.agent_id, Availability.starts_at)
    )
    return _only(statement, Availability.agent_id, agent_ids)


def _live(
    agent_ids: Sequence[uuid.UUID] | None, *, since: dt.datetime, without_run: uuid.UUID | None
) -> Rows:
    """Select what takes people's time, of whatever season: shifts, and trials, which are no slot's.

    `staffs` says that it fills a booked seat.
    """
    staffs = and_(
        Assignment.kind == AssignmentKind.FORMAL, Assignment.status != AssignmentStatus.MISSING
    ).label("staffs")
    statement = select(
        Assignment.agent_id,
        Assignment.project_id,
        Assignment.slot_id,
        Assignment.starts_at,
        Assignment.ends_at,
        staffs,
    ).where(Assignment.status.in_(LIVE_STATUSES), Assignment.starts_at >= since)
    if without_run is not None:
        statement = statement.where(Assignment.run_id.is_distinct_from(without_run))
    trials = (
        select(
            ProjectApplication.agent_id,
            ProjectApplication.project_id,
            literal(NO_SLOT, Uuid).label("slot_id"),
            TrialShift.starts_at,
            TrialShift.ends_at,
            false().label("staffs"),
        )
        .join(ProjectApplication, ProjectApplication.id == TrialShift.application_id)
        .where(takes_time(), TrialShift.starts_at >= since)
    )
    both = union_all(
        _only(statement, Assignment.agent_id, agent_ids),
        _only(trials, ProjectApplication.agent_id, agent_ids),
    ).subquery()
    return select(both).order_by(both.c.agent_id, both.c.starts_at)


def _worked(agent_ids: Sequence[uuid.UUID] | None) -> Rows:
    """Select how many shifts each agent has worked for each merchant."""
    statement = (
        select(Assignment.agent_id, Project.merchant_id, cast(func.count(), Integer).label("shifts"))
        .join(Project, Project.id == Assignment.project_id)
        .where(Assignment.status == AssignmentStatus.DONE, Assignment.kind == AssignmentKind.FORMAL)
        .group_by(Assignment.agent_id, Project.merchant_id)
        .order_by(Assignment.agent_id, Project.merchant_id)
    )
    return _only(statement, Assignment.agent_id, agent_ids)


def _blocks(agent_ids: Sequence[uuid.UUID] | None) -> Rows:
    statement = select(AgentBlock.agent_id, AgentBlock.merchant_id).order_by(
        AgentBlock.agent_id, AgentBlock.merchant_id
    )
    return _only(statement, AgentBlock.agent_id, agent_ids)


def _only(statement: Rows, column: Any, ids: Sequence[uuid.UUID] | None) -> Rows:
    # One array instead of a parameter for each of thousands of ids.
    return statement if ids is None else statement.where(column == any_(literal(list(ids), ARRAY(Uuid))))
