"""A plan and all it is held against, read as plain records for the checker.

Shares nothing with what the matcher reads (match_input.py): a mistake there must not hide here too.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.models import (
    LIVE_STATUSES,
    Agent,
    AgentBlock,
    AgentNeeds,
    AgentStatus,
    ApplicationStatus,
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
    MatchRun,
    PeakEvent,
    PlannedSeat,
    Project,
    ProjectApplication,
    SeatCell,
    ShiftSlot,
    TrialShift,
    TrialStatus,
    User,
)
from scheduling.matching.checker import SATURDAY, Person, Season, Shift, Window

Pair = tuple[str, str]
# What the law and the house ask for where a person wrote nothing down.
DAY, STRETCH, REST, WEEK, DAYS_IN_A_ROW, CHATS = 480, 480, 660, 2400, 6, 4
LEAST_DAYS_IN_A_ROW = LEAST_DAYS_OFF = 1
LOOK_BACK = dt.timedelta(days=16)
STANDING_BY = "standby:"


class Planned(NamedTuple):
    """A person in a seat, or standing by for it, of whom nobody was told yet."""

    agent_id: uuid.UUID
    project_id: uuid.UUID
    slot_id: uuid.UUID
    is_standby: bool
    starts_at: dt.datetime
    ends_at: dt.datetime


class Live(NamedTuple):
    """A live shift; `fills` says that it takes a booked seat."""

    agent_id: uuid.UUID
    shift_id: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    fills: bool


def read_rota(session: Session, run: MatchRun) -> tuple[Season, list[Pair], set[Pair]]:
    """Return the season's records, every shift there would be, and which of them the plan adds.

    Shifts are (agent id, shift id). Standbys have shifts of their own, so that they fill no booked seat.
    """
    rows = session.execute(
        select(
            PlannedSeat.agent_id,
            PlannedSeat.project_id,
            PlannedSeat.slot_id,
            PlannedSeat.is_standby,
            ShiftSlot.starts_at,
            ShiftSlot.ends_at,
        )
        .join(ShiftSlot, ShiftSlot.id == PlannedSeat.slot_id)
        .outerjoin(Assignment, Assignment.id == PlannedSeat.id)
        .where(PlannedSeat.run_id == run.id, Assignment.id.is_(None))
        .order_by(PlannedSeat.id)
    )
    planned = [Planned(*row) for row in rows]
    people = select(PlannedSeat.agent_id).where(PlannedSeat.run_id == run.id)
    live = [*_live_shifts(session, run.event_id), *_trials(session, run.event_id, people)]
    season, pairs = _make_season(session, run.event_id, planned, live, people, _planned_or_live(people))
    return season, pairs, set(pairs[: len(planned)])


def read_with_pins(
    session: Session, event_id: uuid.UUID, planned: Sequence[Planned]
) -> tuple[Season, list[Pair]]:
    """Return the records of these people and their seats alone, and every shift there would be, `planned`
    first. Of people who share a seat only that shift is among them.
    """
    people = sorted({row.agent_id for row in planned})
    seats = sorted({(row.project_id, row.slot_id) for row in planned})
    live = _live_shifts(
        session,
        event_id,
        or_(
            Assignment.agent_id.in_(people),
            tuple_(Assignment.project_id, Assignment.slot_id).in_(seats),
        ),
    )
    live += _trials(session, event_id, people)
    everybody = sorted({*people, *(shift[0] for shift in live)})
    return _make_season(session, event_id, planned, live, people, Agent.id.in_(everybody))


def _make_season(
    session: Session,
    event_id: uuid.UUID,
    planned: Sequence[Planned],
    live: Sequence[Live],
    people: Any,
    everybody: ColumnElement[bool],
) -> tuple[Season, list[Pair]]:
    projects = {
        row.id: row
        for row in session.execute(
            select(Project.id, Project.merchant_id, Project.service_line, Project.concurrent_chats)
        )
    }
    event = session.get_one(PeakEvent, event_id)
    persons, text_only, chats = _persons(session, everybody)
    valid = _certificates(session, people)
    blocked = set(session.execute(select(AgentBlock.agent_id, AgentBlock.merchant_id)))
    shifts = _booked_shifts(session, event_id)
    scores: dict[Pair, int] = {}
    refused: set[Pair] = set()
    pairs: list[Pair] = []
    for row in planned:
        agent, project = str(row.agent_id), projects[row.project_id]
        shift_id = f"{STANDING_BY if row.is_standby else ''}{row.project_id}/{row.slot_id}"
        # Certificates hold from one moment to another, so each shift counts as a project of its own here.
        shifts.setdefault(
            shift_id,
            _shift(shift_id, row.starts_at, row.ends_at, seats=10**6 if row.is_standby else 0),
        )
        begins, ends = valid.get((row.agent_id, row.project_id), (row.ends_at, row.starts_at))
        too_loud = project.service_line.is_voice and agent in text_only
        too_many = not project.service_line.is_voice and project.concurrent_chats > chats.get(agent, CHATS)
        if begins <= row.starts_at and row.ends_at <= ends and not too_loud and not too_many:
            scores[agent, shift_id] = 0
        if (row.agent_id, project.merchant_id) in blocked:
            refused.add((agent, shift_id))
        pairs.append((agent, shift_id))
    windows = _windows(session, people)
    for agent_id, shift_id, starts_at, ends_at, fills in live:
        agent = str(agent_id)
        # What is agreed already is not the plan's doing: it only takes time, and its seat.
        shifts.setdefault(shift_id, _shift(shift_id, starts_at, ends_at, seats=10**6 if not fills else 0))
        scores[agent, shift_id] = 0
        windows[agent].append(Window(start=_local(starts_at), end=_local(ends_at)))
        pairs.append((agent, shift_id))
    season = Season(
        people=_with_weekends_worked(persons, live, event),
        scores=scores,
        windows=windows,
        shifts=shifts,
        blocked=frozenset(refused),
        # What is agreed excuses a short run and few days off, for it stays; what operations pin does not.
        pinned=tuple(pairs[len(planned) :]),
        horizon=(event.starts_on, event.ends_on),
    )
    return season, pairs


def _with_weekends_worked(
    persons: dict[str, Person], live: Sequence[Live], event: PeakEvent
) -> dict[str, Person]:
    """Return the people with as many weekends in all as keep those of the season as few as they want.

    What they agreed to stays, so live shifts on more of the season's weekends than that are not against it.
    """
    saturdays: dict[str, set[dt.date]] = defaultdict(set)
    for shift in live:
        day = _local(shift.starts_at).date()
        if day.isoweekday() >= SATURDAY:
            saturdays[str(shift.agent_id)].add(day - dt.timedelta(days=day.isoweekday() - SATURDAY))
    found = dict(persons)
    for agent, days in saturdays.items():
        own = persons[agent].max_weekends if agent in persons else None
        if own is not None:
            elsewhere = sum(
                day > event.ends_on or day + dt.timedelta(days=1) < event.starts_on for day in days
            )
            most = max(own + elsewhere, len(days))
            found[agent] = dataclasses.replace(persons[agent], max_weekends=most)
    return found


def _local(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(BUSINESS_ZONE).replace(tzinfo=None)


def _shift(shift_id: str, starts_at: dt.datetime, ends_at: dt.datetime, *, seats: int) -> Shift:
    return Shift(
        id=shift_id, project_id=shift_id, start=_local(starts_at), end=_local(ends_at), seats=seats, value=0
    )


def _live_shifts(session: Session, event_id: uuid.UUID, *conditions: ColumnElement[bool]) -> list[Live]:
    """Return the live shifts of a season and the days before it that fulfil the conditions."""
    first = select(func.min(ShiftSlot.starts_at)).where(ShiftSlot.event_id == event_id).scalar_subquery()
    rows = session.execute(
        select(
            Assignment.agent_id,
            Assignment.project_id,
            Assignment.slot_id,
            Assignment.starts_at,
            Assignment.ends_at,
            Assignment.kind,
            Assignment.status,
        )
        .join(Agent, Agent.id == Assignment.agent_id)
        .where(
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.starts_at >= first - LOOK_BACK,
            Agent.status != AgentStatus.LEFT,
            *conditions,
        )
        .order_by(Assignment.id)
    )
    found = []
    for row in rows:
        fills = row.kind is AssignmentKind.FORMAL and row.status is not AssignmentStatus.MISSING
        prefix = "" if fills else STANDING_BY
        shift_id = f"{prefix}{row.project_id}/{row.slot_id}"
        found.append(Live(row.agent_id, shift_id, row.starts_at, row.ends_at, fills))
    return found


def _trials(session: Session, event_id: uuid.UUID, people: Any) -> list[Live]:
    """Return the trials of these people in a season and the days before it: they take time only."""
    first = select(func.min(ShiftSlot.starts_at)).where(ShiftSlot.event_id == event_id).scalar_subquery()
    agreed = (TrialShift.status == TrialStatus.SCHEDULED) & (
        ProjectApplication.status == ApplicationStatus.TRIAL
    )
    judged = TrialShift.status.in_((TrialStatus.PASSED, TrialStatus.AGAIN, TrialStatus.FAILED))
    rows = session.execute(
        select(
            TrialShift.id,
            TrialShift.starts_at,
            TrialShift.ends_at,
            ProjectApplication.agent_id,
            ProjectApplication.project_id,
        )
        .join(ProjectApplication, ProjectApplication.id == TrialShift.application_id)
        .where(
            ProjectApplication.agent_id.in_(people),
            agreed | judged,
            TrialShift.starts_at >= first - LOOK_BACK,
        )
        .order_by(TrialShift.id)
    )
    return [
        Live(row.agent_id, f"{STANDING_BY}{row.project_id}/{row.id}", row.starts_at, row.ends_at, False)
        for row in rows
    ]


def _persons(
    session: Session, everybody: ColumnElement[bool]
) -> tuple[dict[str, Person], set[str], dict[str, int]]:
    """Return limits, who answers in writing only, and how many conversations each takes."""
    consents = session.execute(
        select(Consent.agent_id, Consent.withdrawn_at).where(
            Consent.purpose == ConsentPurpose.NEEDS_IN_MATCHING
        )
    ).all()
    given = {row.agent_id for row in consents if row.withdrawn_at is None}
    withdrawn = {row.agent_id for row in consents} - given
    needs = {
        row.agent_id: row
        for row in session.execute(
            select(
                AgentNeeds.agent_id,
                AgentNeeds.max_week_minutes,
                AgentNeeds.max_day_minutes,
                AgentNeeds.max_stretch_minutes,
                AgentNeeds.min_rest_minutes,
                AgentNeeds.max_consecutive_days,
                AgentNeeds.min_consecutive_days,
                AgentNeeds.min_days_off,
                AgentNeeds.max_weekends,
                AgentNeeds.max_concurrent,
                AgentNeeds.text_only,
            ).where(AgentNeeds.agent_id.not_in(withdrawn))
        )
    }
    persons: dict[str, Person] = {}
    working = session.scalars(
        select(Agent.id)
        .join(User, User.id == Agent.user_id)
        .where(Agent.status != AgentStatus.LEFT, User.is_active, everybody)
    )
    for agent_id in working:
        own = needs.get(agent_id)
        persons[str(agent_id)] = Person(
            id=str(agent_id),
            max_week_minutes=own.max_week_minutes if own else WEEK,
            max_day_minutes=own.max_day_minutes if own else DAY,
            max_stretch_minutes=own.max_stretch_minutes if own else STRETCH,
            min_rest_minutes=own.min_rest_minutes if own else REST,
            max_consecutive_days=own.max_consecutive_days if own else DAYS_IN_A_ROW,
            min_consecutive_days=own.min_consecutive_days if own else LEAST_DAYS_IN_A_ROW,
            min_days_off=own.min_days_off if own else LEAST_DAYS_OFF,
            max_weekends=own.max_weekends if own else None,
        )
    text_only = {str(agent_id) for agent_id, row in needs.items() if row.text_only}
    chats = {str(agent_id): row.max_concurrent for agent_id, row in needs.items()}
    return persons, text_only, chats


def _planned_or_live(people: Any) -> ColumnElement[bool]:
    live = select(Assignment.agent_id).where(Assignment.status.in_(LIVE_STATUSES))
    return Agent.id.in_(people) | Agent.id.in_(live)


def _certificates(
    session: Session, people: Any
) -> dict[tuple[uuid.UUID, uuid.UUID | None], tuple[dt.datetime, dt.datetime]]:
    rows = session.execute(
        select(
            Certificate.agent_id, Certificate.project_id, Certificate.works_from, Certificate.expires_at
        ).where(
            Certificate.agent_id.in_(people),
            Certificate.project_id.is_not(None),
            Certificate.revoked_at.is_(None),
        )
    )
    return {(row.agent_id, row.project_id): (row.works_from, row.expires_at) for row in rows}


def _booked_shifts(session: Session, event_id: uuid.UUID) -> dict[str, Shift]:
    rows = session.execute(
        select(
            Booking.project_id, SeatCell.slot_id, ShiftSlot.starts_at, ShiftSlot.ends_at, BookingLine.seats
        )
        .select_from(Booking)
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .join(ShiftSlot, ShiftSlot.id == SeatCell.slot_id)
        .where(Booking.event_id == event_id, Booking.status == BookingStatus.CONFIRMED)
    )
    seats: dict[str, int] = defaultdict(int)
    times: dict[str, tuple[dt.datetime, dt.datetime]] = {}
    for row in rows:
        shift_id = f"{row.project_id}/{row.slot_id}"
        seats[shift_id] += row.seats
        times[shift_id] = (row.starts_at, row.ends_at)
    return {shift_id: _shift(shift_id, *times[shift_id], seats=count) for shift_id, count in seats.items()}


def _windows(session: Session, people: Any) -> dict[str, list[Window]]:
    rows = session.execute(
        select(Availability.agent_id, Availability.starts_at, Availability.ends_at).where(
            Availability.agent_id.in_(people)
        )
    )
    windows: dict[str, list[Window]] = defaultdict(list)
    for row in rows:
        windows[str(row.agent_id)].append(Window(start=_local(row.starts_at), end=_local(row.ends_at)))
    return windows
