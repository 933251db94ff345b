"""What a run planned and at which prices, as far as an explanation needs it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import ARRAY, Uuid, any_, exists, func, literal, select
from sqlalchemy.orm import Session, joinedload

from app.models import (
    LIVE_STATUSES,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Availability,
    Booking,
    BookingLine,
    BookingStatus,
    Certificate,
    MatchPrice,
    MatchRun,
    MatchStatus,
    PlannedSeat,
    Project,
    SeatCell,
    ShiftSlot,
    Shortage,
)
from app.queries.columns import Column, read_columns

Cell = tuple[uuid.UUID, uuid.UUID]
"""Project and slot."""


def list_planned(
    session: Session, run_id: uuid.UUID, *, agent_ids: Collection[uuid.UUID]
) -> Sequence[tuple[uuid.UUID, Cell, bool]]:
    """Return what a run planned for these people: agent, project and slot, and whether as a standby."""
    rows = session.execute(
        select(PlannedSeat.agent_id, PlannedSeat.project_id, PlannedSeat.slot_id, PlannedSeat.is_standby)
        .where(PlannedSeat.run_id == run_id, PlannedSeat.agent_id.in_(agent_ids))
        .order_by(PlannedSeat.agent_id, PlannedSeat.slot_id)
    )
    return [(row.agent_id, (row.project_id, row.slot_id), row.is_standby) for row in rows]


def read_planned(
    session: Session, run_id: uuid.UUID, *, project_ids: Collection[uuid.UUID]
) -> dict[str, Column]:
    """Return as columns how many people a run planned for the seats of each project and slot."""
    return read_columns(
        session,
        select(PlannedSeat.project_id, PlannedSeat.slot_id, func.count().label("people"))
        .where(
            PlannedSeat.run_id == run_id,
            PlannedSeat.project_id == any_(literal(list(project_ids), ARRAY(Uuid))),
            PlannedSeat.is_standby.is_(False),
        )
        .group_by(PlannedSeat.project_id, PlannedSeat.slot_id),
    )


def read_prices(
    session: Session, run_id: uuid.UUID, *, project_ids: Collection[uuid.UUID]
) -> dict[str, Column]:
    """Return as columns the prices of a run in 1/64 points; nothing for a run that kept none."""
    return read_columns(
        session,
        select(MatchPrice.project_id, MatchPrice.slot_id, MatchPrice.price).where(
            MatchPrice.run_id == run_id,
            MatchPrice.project_id == any_(literal(list(project_ids), ARRAY(Uuid))),
        ),
    )


def read_seats(
    session: Session,
    run_id: uuid.UUID,
    *,
    agent_ids: Collection[uuid.UUID],
    project_ids: Collection[uuid.UUID],
) -> dict[str, Column]:
    """Return as columns which seats of these projects a run planned for these people."""
    return read_columns(
        session,
        select(PlannedSeat.agent_id, PlannedSeat.project_id, PlannedSeat.slot_id).where(
            PlannedSeat.run_id == run_id,
            PlannedSeat.agent_id == any_(literal(list(agent_ids), ARRAY(Uuid))),
            PlannedSeat.project_id == any_(literal(list(project_ids), ARRAY(Uuid))),
            PlannedSeat.is_standby.is_(False),
        ),
    )


def list_cell_shortages(session: Session, run_id: uuid.UUID, *, cell: Cell) -> Sequence[Shortage]:
    """Return the shortages of a project and slot, most seats first."""
    return session.scalars(
        select(Shortage)
        .where(Shortage.run_id == run_id, Shortage.project_id == cell[0], Shortage.slot_id == cell[1])
        .order_by(Shortage.seats.desc(), Shortage.cause)
    ).all()


def find_published_run(session: Session, event_id: uuid.UUID) -> MatchRun | None:
    """Return the newest run of a season whose plan people were told of, with its season."""
    return session.scalar(
        select(MatchRun)
        .where(MatchRun.event_id == event_id, MatchRun.status == MatchStatus.PUBLISHED)
        .options(joinedload(MatchRun.event))
        .order_by(MatchRun.number.desc())
        .limit(1)
    )


def list_certified_projects(session: Session, agent_ids: Collection[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return the projects that any of these people holds a certificate for."""
    return session.scalars(
        select(Project.id)
        .where(
            exists().where(
                Certificate.project_id == Project.id,
                Certificate.agent_id.in_(agent_ids),
                Certificate.revoked_at.is_(None),
            )
        )
        .order_by(Project.id)
    ).all()


def list_projects(session: Session, project_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Project]:
    """Return projects with their merchants, by id."""
    found = session.scalars(
        select(Project).where(Project.id.in_(project_ids)).options(joinedload(Project.merchant))
    )
    return {project.id: project for project in found}


def list_open_slots(
    session: Session, *, event_id: uuid.UUID, agent_id: uuid.UUID, since: dt.datetime
) -> Sequence[ShiftSlot]:
    """Return the season's slots after a moment that lie in a time which the agent offered, in order."""
    window = exists().where(
        Availability.agent_id == agent_id,
        Availability.starts_at <= ShiftSlot.starts_at,
        Availability.ends_at >= ShiftSlot.ends_at,
    )
    return session.scalars(
        select(ShiftSlot)
        .where(ShiftSlot.event_id == event_id, ShiftSlot.starts_at > since, window)
        .order_by(ShiftSlot.starts_at, ShiftSlot.ends_at, ShiftSlot.id)
    ).all()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Staffing:
    """The seats of a project in a slot: booked, agreed to by people, and offered to people."""

    booked: int
    agreed: int
    offered: int

    @property
    def short(self) -> int:
        return max(0, self.booked - self.agreed - self.offered)


def list_staffing(
    session: Session, *, project_id: uuid.UUID, event_id: uuid.UUID
) -> dict[uuid.UUID, Staffing]:
    """Return by slot how a project's confirmed seats stand; two statements."""
    booked = session.execute(
        select(SeatCell.slot_id, func.sum(BookingLine.seats))
        .join(BookingLine, BookingLine.seat_cell_id == SeatCell.id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(
            Booking.project_id == project_id,
            Booking.event_id == event_id,
            Booking.status == BookingStatus.CONFIRMED,
        )
        .group_by(SeatCell.slot_id)
    ).all()
    is_offer = Assignment.status == AssignmentStatus.OFFERED
    live = {
        row.slot_id: row
        for row in session.execute(
            select(
                Assignment.slot_id,
                func.count().filter(~is_offer).label("agreed"),
                func.count().filter(is_offer).label("offered"),
            )
            .where(
                Assignment.project_id == project_id,
                Assignment.event_id == event_id,
                Assignment.kind == AssignmentKind.FORMAL,
                Assignment.status.in_(LIVE_STATUSES),
                Assignment.status != AssignmentStatus.MISSING,
            )
            .group_by(Assignment.slot_id)
        )
    }
    return {
        slot_id: Staffing(
            booked=int(seats),
            agreed=live[slot_id].agreed if slot_id in live else 0,
            offered=live[slot_id].offered if slot_id in live else 0,
        )
        for slot_id, seats in booked
    }


def list_project_shortages(
    session: Session, run_id: uuid.UUID, *, project_id: uuid.UUID
) -> dict[uuid.UUID, Shortage]:
    """Return by slot the largest shortage that a run left a project."""
    rows = session.scalars(
        select(Shortage)
        .where(Shortage.run_id == run_id, Shortage.project_id == project_id)
        .order_by(Shortage.slot_id, Shortage.seats, Shortage.cause.desc())
    )
    return {shortage.slot_id: shortage for shortage in rows}
