"""What a run planned and at which prices, as far as an explanation needs it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import MatchPrice, PlannedSeat, Shortage

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


def count_planned(
    session: Session, run_id: uuid.UUID, *, project_ids: Collection[uuid.UUID]
) -> dict[Cell, int]:
    """Return how many people a run planned for each project and slot."""
    rows = session.execute(
        select(PlannedSeat.project_id, PlannedSeat.slot_id, func.count())
        .where(
            PlannedSeat.run_id == run_id,
            PlannedSeat.project_id.in_(project_ids),
            PlannedSeat.is_standby.is_(False),
        )
        .group_by(PlannedSeat.project_id, PlannedSeat.slot_id)
        .order_by(PlannedSeat.project_id, PlannedSeat.slot_id)
    )
    return {(project_id, slot_id): count for project_id, slot_id, count in rows}


def list_prices(
    session: Session, run_id: uuid.UUID, *, project_ids: Collection[uuid.UUID]
) -> dict[Cell, int]:
    """Return the prices of a run in 1/64 points; nothing for a run that kept none."""
    rows = session.execute(
        select(MatchPrice.project_id, MatchPrice.slot_id, MatchPrice.price).where(
            MatchPrice.run_id == run_id, MatchPrice.project_id.in_(project_ids)
        )
    )
    return {(row.project_id, row.slot_id): row.price for row in rows}


def list_cell_shortages(session: Session, run_id: uuid.UUID, *, cell: Cell) -> Sequence[Shortage]:
    """Return the shortages of a project and slot, most seats first."""
    return session.scalars(
        select(Shortage)
        .where(Shortage.run_id == run_id, Shortage.project_id == cell[0], Shortage.slot_id == cell[1])
        .order_by(Shortage.seats.desc(), Shortage.cause)
    ).all()
