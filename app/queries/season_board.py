"""Operations' season at a glance: for every slot what is booked, staffed, short, standing by and on offer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import Subquery, and_, func, select
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.models import (
    LIVE_STATUSES,
    Agent,
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Availability,
    Booking,
    BookingLine,
    BookingStatus,
    Merchant,
    PlannedSeat,
    Project,
    SeatCell,
    ServiceLine,
    ShiftSlot,
)
from app.queries.columns import Rows


@dataclasses.dataclass(frozen=True, kw_only=True)
class SlotFigures:
    """One slot: seats booked and staffed, standbys, and how many certified people offered this time."""

    slot_id: uuid.UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    booked: int
    staffed: int
    standbys: int
    available: int

    @property
    def short(self) -> int:
        return self.booked - self.staffed

    @property
    def day(self) -> dt.date:
        return self.starts_at.astimezone(BUSINESS_ZONE).date()

    @property
    def hours(self) -> tuple[int, int]:
        """Local start and end hour; an end at midnight is 24."""
        end = self.ends_at.astimezone(BUSINESS_ZONE).hour
        return self.starts_at.astimezone(BUSINESS_ZONE).hour, end or 24


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProjectFigures:
    """One project in one slot."""

    project_id: uuid.UUID
    project: str
    merchant: str
    booked: int
    staffed: int

    @property
    def short(self) -> int:
        return self.booked - self.staffed


def list_slots(
    session: Session,
    event_id: uuid.UUID,
    *,
    run_id: uuid.UUID | None,
    line: ServiceLine | None = None,
) -> list[SlotFigures]:
    """Return a season's slots in order of time, in four statements.

    Seats count as staffed by live shifts, and by what `run_id` planned and nobody was offered yet.
    """
    seats = _seats(event_id, run_id=run_id, line=line).subquery()
    slots = session.execute(
        select(ShiftSlot.id, ShiftSlot.starts_at, ShiftSlot.ends_at)
        .where(ShiftSlot.event_id == event_id)
        .order_by(ShiftSlot.starts_at, ShiftSlot.id)
    ).all()
    figures = {
        row.slot_id: row
        for row in session.execute(
            select(
                seats.c.slot_id,
                func.sum(seats.c.booked).label("booked"),
                func.sum(seats.c.staffed).label("staffed"),
            ).group_by(seats.c.slot_id)
        )
    }
    standbys = {
        row.slot_id: row.people for row in session.execute(_standbys(event_id, run_id=run_id, line=line))
    }
    spans = session.execute(_offered_time(event_id)).all()
    return [
        SlotFigures(
            slot_id=slot.id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            booked=int(figures[slot.id].booked) if slot.id in figures else 0,
            staffed=int(figures[slot.id].staffed) if slot.id in figures else 0,
            standbys=int(standbys.get(slot.id, 0)),
            available=sum(
                span.people
                for span in spans
                if span.starts_at <= slot.starts_at and slot.ends_at <= span.ends_at
            ),
        )
        for slot in slots
    ]


def list_projects_of_slot(
    session: Session, event_id: uuid.UUID, slot_id: uuid.UUID, *, run_id: uuid.UUID | None, limit: int = 50
) -> Sequence[ProjectFigures]:
    """Return the projects with seats in a slot, those with most empty seats first."""
    seats = _seats(event_id, run_id=run_id, slot_id=slot_id).subquery()
    rows = session.execute(
        select(Project.id, Project.name, Merchant.name.label("merchant"), seats.c.booked, seats.c.staffed)
        .join(seats, seats.c.project_id == Project.id)
        .join(Merchant, Merchant.id == Project.merchant_id)
        .order_by((seats.c.booked - seats.c.staffed).desc(), seats.c.booked.desc(), Project.name, Project.id)
        .limit(limit)
    )
    return [
        ProjectFigures(
            project_id=row.id,
            project=row.name,
            merchant=row.merchant,
            booked=int(row.booked),
            staffed=int(row.staffed),
        )
        for row in rows
    ]


def _seats(
    event_id: uuid.UUID,
    *,
    run_id: uuid.UUID | None,
    line: ServiceLine | None = None,
    slot_id: uuid.UUID | None = None,
) -> Rows:
    """Select project, slot, booked seats and staffed seats; more people than seats staff no more than all."""
    booked = (
        select(Booking.project_id, SeatCell.slot_id, func.sum(BookingLine.seats).label("seats"))
        .select_from(BookingLine)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .where(Booking.event_id == event_id, Booking.status == BookingStatus.CONFIRMED, BookingLine.seats > 0)
        .group_by(Booking.project_id, SeatCell.slot_id)
    )
    if line is not None:
        booked = booked.where(SeatCell.service_line == line)
    if slot_id is not None:
        booked = booked.where(SeatCell.slot_id == slot_id)
    wanted = booked.subquery()
    live = _live_seats(event_id)
    planned = _planned_seats(run_id)
    filled = func.coalesce(live.c.people, 0) + func.coalesce(planned.c.people, 0)
    return (
        select(
            wanted.c.project_id,
            wanted.c.slot_id,
            wanted.c.seats.label("booked"),
            func.least(wanted.c.seats, filled).label("staffed"),
        )
        .outerjoin(live, and_(live.c.project_id == wanted.c.project_id, live.c.slot_id == wanted.c.slot_id))
        .outerjoin(
            planned,
            and_(planned.c.project_id == wanted.c.project_id, planned.c.slot_id == wanted.c.slot_id),
        )
    )


def _live_seats(event_id: uuid.UUID) -> Subquery:
    return (
        select(Assignment.project_id, Assignment.slot_id, func.count().label("people"))
        .join(Agent, Agent.id == Assignment.agent_id)
        .where(
            Assignment.event_id == event_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.status != AssignmentStatus.MISSING,
            Agent.status != AgentStatus.LEFT,
        )
        .group_by(Assignment.project_id, Assignment.slot_id)
        .subquery()
    )


def _planned_seats(run_id: uuid.UUID | None) -> Subquery:
    offered = select(Assignment.id).where(Assignment.id == PlannedSeat.id).exists()
    return (
        select(PlannedSeat.project_id, PlannedSeat.slot_id, func.count().label("people"))
        .where(PlannedSeat.run_id == run_id, PlannedSeat.is_standby.is_(False), ~offered)
        .group_by(PlannedSeat.project_id, PlannedSeat.slot_id)
        .subquery()
    )


def _standbys(event_id: uuid.UUID, *, run_id: uuid.UUID | None, line: ServiceLine | None) -> Rows:
    """Select how many people stand by in each slot, or would as planned."""
    offered = select(Assignment.id).where(Assignment.id == PlannedSeat.id).exists()
    live = (
        select(Assignment.slot_id, Assignment.project_id)
        .join(Agent, Agent.id == Assignment.agent_id)
        .where(
            Assignment.event_id == event_id,
            Assignment.kind == AssignmentKind.STANDBY,
            Assignment.status.in_(LIVE_STATUSES),
            Agent.status != AgentStatus.LEFT,
        )
    )
    planned = select(PlannedSeat.slot_id, PlannedSeat.project_id).where(
        PlannedSeat.run_id == run_id, PlannedSeat.is_standby.is_(True), ~offered
    )
    both = live.union_all(planned).subquery()
    statement = select(both.c.slot_id, func.count().label("people")).group_by(both.c.slot_id)
    if line is not None:
        statement = statement.join(Project, Project.id == both.c.project_id).where(
            Project.service_line == line
        )
    return statement


def _offered_time(event_id: uuid.UUID) -> Rows:
    """Select the stretches of time that certified people offered, each with how many of them did.

    Many people offer the same stretches: a few hundred rows stand for half a million.
    """
    first = select(func.min(ShiftSlot.starts_at)).where(ShiftSlot.event_id == event_id).scalar_subquery()
    last = select(func.max(ShiftSlot.ends_at)).where(ShiftSlot.event_id == event_id).scalar_subquery()
    return (
        select(Availability.starts_at, Availability.ends_at, func.count().label("people"))
        .join(Agent, Agent.id == Availability.agent_id)
        .where(
            Agent.status == AgentStatus.CERTIFIED,
            Availability.ends_at > first,
            Availability.starts_at < last,
        )
        .group_by(Availability.starts_at, Availability.ends_at)
    )
