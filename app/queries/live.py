"""One day of one merchant: seats booked and people present by slot, and how fast contacts were answered."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import (
    ARRAY,
    DateTime,
    ScalarSelect,
    Subquery,
    and_,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.errors import NotFoundError
from app.models import (
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Booking,
    BookingLine,
    BookingStatus,
    Contact,
    Project,
    SeatCell,
    ShiftSlot,
)
from app.queries.live_people import LONGEST_OPEN, PRESENT, Person, Scope, list_people

# The promise of every booking: so much of the contacts gets a first manual reply within so many seconds.
PROMISED_SHARE = 0.98
PROMISED_SECONDS = 30
HALF_HOUR = dt.timedelta(minutes=30)
SLOT_HOURS = 4
SATISFIED_FROM = 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answering:
    """How a group of contacts was answered.

    `decided` contacts have a first manual reply, or an end without one; only they count for the level.
    Seconds are of the contacts that got a manual reply; None when there are none.
    """

    contacts: int = 0
    decided: int = 0
    within_promise: int = 0
    median_seconds: float | None = None
    p90_seconds: float | None = None
    rated: int = 0
    satisfied: int = 0

    @property
    def level(self) -> float | None:
        """Share answered within the promised seconds."""
        return self.within_promise / self.decided if self.decided else None

    @property
    def is_below(self) -> bool:
        """Whether the promise was not kept."""
        return self.level is not None and self.level < PROMISED_SHARE

    @property
    def satisfied_share(self) -> float | None:
        """Share of 4 and 5 among the contacts that were rated."""
        return self.satisfied / self.rated if self.rated else None


@dataclasses.dataclass(frozen=True, kw_only=True)
class SlotLine:
    """One slot of the day: seats booked, people present, and its contacts."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    booked: int
    present: int
    missing: int
    answering: Answering
    minutes_below: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class LiveBoard:
    """The whole board. `now` figures are of the last half hour before `moment`."""

    starts_at: dt.datetime
    moment: dt.datetime
    today: Answering
    last_half_hour: Answering
    half_hours: Sequence[tuple[dt.datetime, Answering]]
    slots: Sequence[SlotLine]
    people: Sequence[Person]
    being_answered: int
    waiting: int
    longest_wait_seconds: int


def list_projects(session: Session, *, merchant_id: uuid.UUID) -> Sequence[tuple[uuid.UUID, str]]:
    """Return a merchant's projects by name."""
    return [
        (project_id, name)
        for project_id, name in session.execute(
            select(Project.id, Project.name)
            .where(Project.merchant_id == merchant_id)
            .order_by(Project.name, Project.id)
        )
    ]


def find_last_day(session: Session, *, merchant_id: uuid.UUID, before: dt.datetime) -> dt.date | None:
    """Return the newest day on which the merchant had contacts, before a moment."""
    newest = session.scalar(
        select(func.max(Contact.started_at)).where(
            Contact.merchant_id == merchant_id, Contact.started_at < before
        )
    )
    return newest.astimezone(BUSINESS_ZONE).date() if newest else None


def get_live_board(
    session: Session,
    *,
    merchant_id: uuid.UUID,
    project_id: uuid.UUID | None,
    day: dt.date,
    moment: dt.datetime,
) -> LiveBoard:
    """Return a day up to a moment. Another merchant's project is not found."""
    if project_id is not None:
        known = session.scalar(
            select(Project.id).where(Project.id == project_id, Project.merchant_id == merchant_id)
        )
        if known is None:
            raise NotFoundError(f"project {project_id}")
    starts_at = dt.datetime.combine(day, dt.time(), BUSINESS_ZONE).astimezone(dt.UTC)
    ends_at = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), BUSINESS_ZONE).astimezone(dt.UTC)
    scope = Scope(merchant_id=merchant_id, project_id=project_id)
    slots = _read_slots(session, scope, starts_at, ends_at)
    groups = _read_contacts(session, scope, starts_at, min(moment, ends_at), [slot[0] for slot in slots])
    half_hours = [(start, answering) for start, answering in groups.half_hours if start < moment]
    lines = [
        SlotLine(
            starts_at=start,
            ends_at=end,
            booked=booked,
            present=present,
            missing=missing,
            answering=groups.slots.get(number, Answering()),
            minutes_below=30 * sum(group.is_below for begin, group in half_hours if start <= begin < end),
        )
        for number, (start, end, booked, present, missing) in enumerate(slots, start=1)
    ]
    return LiveBoard(
        starts_at=starts_at,
        moment=moment,
        today=groups.today,
        last_half_hour=groups.recent,
        half_hours=half_hours,
        slots=lines,
        people=list_people(session, scope, moment),
        being_answered=groups.being_answered,
        waiting=groups.waiting,
        longest_wait_seconds=groups.longest_wait,
    )


def _read_slots(
    session: Session, scope: Scope, starts_at: dt.datetime, ends_at: dt.datetime
) -> list[tuple[dt.datetime, dt.datetime, int, int, int]]:
    """Return the day's slots with seats booked, people present and missing; six of four hours if none."""
    booked = (
        select(func.coalesce(func.sum(BookingLine.seats), 0))
        .join(Booking, Booking.id == BookingLine.booking_id)
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .join(Project, Project.id == Booking.project_id)
        .where(
            SeatCell.slot_id == ShiftSlot.id,
            Booking.status == BookingStatus.CONFIRMED,
            scope.projects(),
        )
        .correlate(ShiftSlot)
        .scalar_subquery()
    )

    def people(*statuses: AssignmentStatus) -> ScalarSelect[int]:
        return (
            select(func.count())
            .select_from(Assignment)
            .join(Project, Project.id == Assignment.project_id)
            .where(
                Assignment.slot_id == ShiftSlot.id,
                Assignment.kind == AssignmentKind.FORMAL,
                Assignment.status.in_(statuses),
                scope.projects(),
            )
            .correlate(ShiftSlot)
            .scalar_subquery()
        )

    rows = session.execute(
        select(
            ShiftSlot.starts_at,
            ShiftSlot.ends_at,
            booked,
            people(*PRESENT),
            people(AssignmentStatus.MISSING),
        )
        .where(ShiftSlot.starts_at >= starts_at, ShiftSlot.starts_at < ends_at)
        .order_by(ShiftSlot.starts_at, ShiftSlot.id)
    ).all()
    if rows:
        return [(start, end, seats, present, missing) for start, end, seats, present, missing in rows]
    length = dt.timedelta(hours=SLOT_HOURS)
    return [
        (starts_at + number * length, starts_at + (number + 1) * length, 0, 0, 0)
        for number in range(24 // SLOT_HOURS)
    ]


@dataclasses.dataclass(kw_only=True)
class _Groups:
    today: Answering = dataclasses.field(default_factory=Answering)
    recent: Answering = dataclasses.field(default_factory=Answering)
    half_hours: list[tuple[dt.datetime, Answering]] = dataclasses.field(default_factory=list)
    slots: dict[int, Answering] = dataclasses.field(default_factory=dict)
    being_answered: int = 0
    waiting: int = 0
    longest_wait: int = 0


def _read_contacts(
    session: Session,
    scope: Scope,
    starts_at: dt.datetime,
    until: dt.datetime,
    slot_starts: Sequence[dt.datetime],
) -> _Groups:
    """Sum the day's contacts up in one statement: by half hour, by slot, by recent or not, and in all."""
    one = _each_contact(scope, starts_at, until, slot_starts)
    statement = (
        select(
            func.grouping(one.c.half_hour, one.c.slot, one.c.is_recent).label("grouping"),
            one.c.half_hour,
            one.c.slot,
            one.c.is_recent,
            func.count().label("contacts"),
            func.count().filter(one.c.is_decided).label("decided"),
            func.count().filter(one.c.reply <= PROMISED_SECONDS).label("within_promise"),
            func.percentile_cont(0.5).within_group(one.c.reply).label("median_seconds"),
            func.percentile_cont(0.9).within_group(one.c.reply).label("p90_seconds"),
            func.count(one.c.satisfaction).label("rated"),
            func.count().filter(one.c.satisfaction >= SATISFIED_FROM).label("satisfied"),
            func.count().filter(one.c.is_in_hand, ~one.c.waits).label("being_answered"),
            func.count().filter(one.c.waits).label("waiting"),
            func.coalesce(func.max(one.c.age_seconds).filter(one.c.waits), 0).label("longest_wait"),
        )
        .group_by(
            func.grouping_sets(
                tuple_(one.c.half_hour), tuple_(one.c.slot), tuple_(one.c.is_recent), text("()")
            )
        )
        .order_by(one.c.half_hour)
    )
    groups = _Groups()
    for row in session.execute(statement):
        answering = Answering(
            contacts=row.contacts,
            decided=row.decided,
            within_promise=row.within_promise,
            median_seconds=row.median_seconds,
            p90_seconds=row.p90_seconds,
            rated=row.rated,
            satisfied=row.satisfied,
        )
        # A bit is set for each column that this row is not grouped by.
        if row.grouping == 0b011:
            groups.half_hours.append((row.half_hour, answering))
        elif row.grouping == 0b101:
            groups.slots[row.slot] = answering
        elif row.grouping == 0b111:
            groups.today = answering
            groups.being_answered = row.being_answered
            groups.waiting = row.waiting
            groups.longest_wait = round(row.longest_wait)
        elif row.is_recent:
            groups.recent = answering
    return groups


def _each_contact(
    scope: Scope, starts_at: dt.datetime, until: dt.datetime, slot_starts: Sequence[dt.datetime]
) -> Subquery:
    """Say of each contact of the day where it belongs and how it stood at `until`."""
    reply = Contact.first_manual_seconds
    age_seconds = func.extract("epoch", literal(until) - Contact.started_at)
    is_open = and_(
        or_(Contact.ended_at.is_(None), Contact.ended_at > until), Contact.started_at > until - LONGEST_OPEN
    )
    thresholds = literal(list(slot_starts), ARRAY(DateTime(timezone=True)))
    return (
        select(
            func.date_bin(HALF_HOUR, Contact.started_at, starts_at).label("half_hour"),
            func.width_bucket(Contact.started_at, thresholds).label("slot"),
            (Contact.started_at >= until - HALF_HOUR).label("is_recent"),
            or_(reply.is_not(None), Contact.ended_at.is_not(None)).label("is_decided"),
            and_(is_open, Contact.agent_id.is_not(None)).label("is_in_hand"),
            # Where a source tells no reply times, an answer shows that nobody waits.
            and_(is_open, or_(reply > age_seconds, and_(reply.is_(None), Contact.messages_out == 0))).label(
                "waits"
            ),
            age_seconds.label("age_seconds"),
            reply.label("reply"),
            Contact.satisfaction,
        )
        .where(scope.contacts(), Contact.started_at >= starts_at, Contact.started_at < until)
        .subquery()
    )
