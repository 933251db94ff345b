"""One slot as operations see it: who is there, who is not, and which seats nobody has."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.clock import BUSINESS_ZONE
from app.models import (
    LIVE_STATUSES,
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Booking,
    BookingLine,
    BookingStatus,
    Merchant,
    PeakEvent,
    Project,
    SeatCell,
    ShiftSlot,
)

# Who left a seat behind, the most urgent first.
LEFT_BEHIND = (
    AssignmentStatus.MISSING,
    AssignmentStatus.RELEASED,
    AssignmentStatus.LAPSED,
    AssignmentStatus.DECLINED,
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProjectLine:
    """The seats of one project in a slot. `expected` said yes and have not checked in; `asked` may say no."""

    project_id: uuid.UUID
    project: str
    merchant: str
    booked: int
    present: int
    expected: int
    asked: int
    missing: int
    standbys: int

    @property
    def empty(self) -> int:
        """Booked seats that nobody has, or whose person did not come."""
        return max(0, self.booked - self.present - self.expected - self.asked)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DayBoard:
    """A slot's projects, those with empty seats first, and the sum of them."""

    lines: Sequence[ProjectLine]
    total: ProjectLine

    @property
    def empty(self) -> int:
        """Empty seats in all: too many people in one project fill no seat of another."""
        return sum(line.empty for line in self.lines)


def find_slot(session: Session, *, slot_id: uuid.UUID | None, now: dt.datetime) -> ShiftSlot | None:
    """Return the slot asked for; else the one that runs; else the next; else the last. None without any."""
    statement = select(ShiftSlot).options(joinedload(ShiftSlot.event))
    if slot_id is not None:
        return session.scalar(statement.where(ShiftSlot.id == slot_id))
    over = ShiftSlot.ends_at <= now
    return session.scalar(
        statement.order_by(
            over,
            # Of those to come the first, of those that are over the last.
            case((over, None), else_=ShiftSlot.starts_at),
            ShiftSlot.starts_at.desc(),
            ShiftSlot.id,
        ).limit(1)
    )


def list_slots_of_day(session: Session, *, event_id: uuid.UUID, day: dt.date) -> Sequence[ShiftSlot]:
    """Return a season's slots that start on a day of the business's zone, in order."""
    start = dt.datetime.combine(day, dt.time(0), tzinfo=BUSINESS_ZONE)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(0), tzinfo=BUSINESS_ZONE)
    return session.scalars(
        select(ShiftSlot)
        .where(ShiftSlot.event_id == event_id, ShiftSlot.starts_at >= start, ShiftSlot.starts_at < end)
        .order_by(ShiftSlot.starts_at, ShiftSlot.id)
    ).all()


def find_slot_on(session: Session, *, event: PeakEvent, day: dt.date, like: dt.datetime) -> uuid.UUID | None:
    """Return the slot of another day that starts at the same hour, or that day's first; None without any."""
    wanted = like.astimezone(BUSINESS_ZONE).time()
    slots = list_slots_of_day(session, event_id=event.id, day=day)
    same = [slot for slot in slots if slot.starts_at.astimezone(BUSINESS_ZONE).time() == wanted]
    found = (same or list(slots))[:1]
    return found[0].id if found else None


def find_next_busy_slot(session: Session, *, after: dt.datetime) -> ShiftSlot | None:
    """Return the next slot that starts after a moment and has confirmed seats."""
    booked = (
        select(BookingLine.id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .where(
            SeatCell.slot_id == ShiftSlot.id,
            Booking.status == BookingStatus.CONFIRMED,
            BookingLine.seats > 0,
        )
        .exists()
    )
    return session.scalar(
        select(ShiftSlot)
        .where(ShiftSlot.starts_at > after, booked)
        .order_by(ShiftSlot.starts_at, ShiftSlot.id)
        .limit(1)
    )


def get_day_board(session: Session, *, slot_id: uuid.UUID) -> DayBoard:
    """Return the seats and people of a slot by project. One statement."""
    booked = (
        select(Booking.project_id, func.sum(BookingLine.seats).label("seats"))
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .where(
            SeatCell.slot_id == slot_id,
            Booking.status == BookingStatus.CONFIRMED,
            BookingLine.seats > 0,
        )
        .group_by(Booking.project_id)
        .subquery()
    )
    formal = Assignment.kind == AssignmentKind.FORMAL
    standby = Assignment.kind == AssignmentKind.STANDBY
    status = Assignment.status
    people = (
        select(
            Assignment.project_id,
            func.count()
            .filter(formal, status.in_((AssignmentStatus.PRESENT, AssignmentStatus.DONE)))
            .label("present"),
            func.count().filter(formal, status == AssignmentStatus.ACCEPTED).label("expected"),
            func.count().filter(formal, status == AssignmentStatus.OFFERED).label("asked"),
            func.count().filter(formal, status == AssignmentStatus.MISSING).label("missing"),
            func.count().filter(standby, status == AssignmentStatus.ACCEPTED).label("standbys"),
        )
        .where(Assignment.slot_id == slot_id, status.in_(LIVE_STATUSES))
        .group_by(Assignment.project_id)
        .subquery()
    )
    figures = [
        func.coalesce(column, 0).label(name)
        for name, column in (
            ("booked", booked.c.seats),
            *((name, people.c[name]) for name in ("present", "expected", "asked", "missing", "standbys")),
        )
    ]
    rows = session.execute(
        select(Project.id, Project.name, Merchant.name.label("merchant"), *figures)
        .join(Merchant, Merchant.id == Project.merchant_id)
        .outerjoin(booked, booked.c.project_id == Project.id)
        .outerjoin(people, people.c.project_id == Project.id)
        .where((booked.c.project_id.is_not(None)) | (people.c.project_id.is_not(None)))
        .order_by(Project.name, Project.id)
    )
    lines = [
        ProjectLine(
            project_id=row.id,
            project=row.name,
            merchant=row.merchant,
            booked=int(row.booked),
            present=row.present,
            expected=row.expected,
            asked=row.asked,
            missing=row.missing,
            standbys=row.standbys,
        )
        for row in rows
    ]
    lines.sort(key=lambda line: -line.empty)
    return DayBoard(lines=lines, total=_total(lines))


def list_empty_seats(session: Session, *, slot_id: uuid.UUID, limit: int) -> Sequence[Assignment]:
    """Return who left a seat of this slot behind that nobody took over: missing people first.

    A project may have more of them than empty seats (some were given back); the caller knows how many count.
    """
    successor = aliased(Assignment)
    return session.scalars(
        select(Assignment)
        .join(Project, Project.id == Assignment.project_id)
        .where(
            Assignment.slot_id == slot_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status.in_(LEFT_BEHIND),
            ~select(successor.id).where(successor.replaces_id == Assignment.id).exists(),
        )
        .options(
            joinedload(Assignment.project).joinedload(Project.merchant),
            joinedload(Assignment.agent).joinedload(Agent.user),
        )
        .order_by(
            case({status: place for place, status in enumerate(LEFT_BEHIND)}, value=Assignment.status),
            Project.name,
            Assignment.id,
        )
        .limit(limit)
    ).all()


def list_people(
    session: Session, *, slot_id: uuid.UUID, project_id: uuid.UUID | None, limit: int, offset: int
) -> Sequence[Assignment]:
    """Return who has a live place in a slot, with person and project: missing first, then by project."""
    statement = select(Assignment).where(Assignment.slot_id == slot_id, Assignment.status.in_(LIVE_STATUSES))
    if project_id is not None:
        statement = statement.where(Assignment.project_id == project_id)
    return session.scalars(
        statement.join(Project, Project.id == Assignment.project_id)
        .options(
            joinedload(Assignment.project).joinedload(Project.merchant),
            joinedload(Assignment.agent).joinedload(Agent.user),
        )
        .order_by(
            (Assignment.status != AssignmentStatus.MISSING), Project.name, Assignment.kind, Assignment.id
        )
        .limit(limit)
        .offset(offset)
    ).all()


def count_people(session: Session, *, slot_id: uuid.UUID, project_id: uuid.UUID | None) -> int:
    """Return how many people `list_people` would list in all."""
    statement = (
        select(func.count())
        .select_from(Assignment)
        .where(Assignment.slot_id == slot_id, Assignment.status.in_(LIVE_STATUSES))
    )
    if project_id is not None:
        statement = statement.where(Assignment.project_id == project_id)
    return session.scalars(statement).one()


def list_successors(session: Session, assignment_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Assignment]:
    """Return who took over from these assignments and still has the seat, with the person."""
    rows = session.scalars(
        select(Assignment)
        .where(Assignment.replaces_id.in_(assignment_ids), Assignment.status.in_(LIVE_STATUSES))
        .options(joinedload(Assignment.agent).joinedload(Agent.user))
        .order_by(Assignment.id)
    )
    return {row.replaces_id: row for row in rows if row.replaces_id is not None}


def _total(lines: Sequence[ProjectLine]) -> ProjectLine:
    names = ("booked", "present", "expected", "asked", "missing", "standbys")
    sums = {name: sum(getattr(line, name) for line in lines) for name in names}
    return ProjectLine(project_id=uuid.UUID(int=0), project="", merchant="", **sums)
