"""Take seats of cells and put them back on sale: the only code that changes how many are taken.

Cells are always locked in the order of their ids, and after the booking's own row, so that no two changes
can wait for each other in a circle.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import SeatsUnavailableError
from app.models import SeatCell

# Locking first and in key order keeps two buyers of the same cells from a deadlock; counting what could be
# locked with enough seats makes the update take all of them or none. Every condition is read again from the
# newest row after waiting for a lock, and the update repeats its own.
_TAKE = text("""
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:seats AS bigint[])) AS wanted (id, seats)
    ), locked AS MATERIALIZED (
        SELECT cell.id, cell.capacity - cell.taken - wanted.seats AS spare
        FROM seat_cell AS cell JOIN wanted ON wanted.id = cell.id
        ORDER BY cell.id
        FOR NO KEY UPDATE OF cell
    )
    UPDATE seat_cell AS cell SET taken = cell.taken + wanted.seats
    FROM wanted
    WHERE cell.id = wanted.id
      AND cell.taken + wanted.seats <= cell.capacity
      AND (SELECT count(*) FROM locked WHERE spare >= 0) = cardinality(CAST(:ids AS uuid[]))
    RETURNING cell.id, cell.price_fen
""")

_GIVE_BACK = text("""
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:seats AS bigint[])) AS given (id, seats)
    ), locked AS MATERIALIZED (
        SELECT cell.id FROM seat_cell AS cell JOIN given ON given.id = cell.id
        ORDER BY cell.id
        FOR NO KEY UPDATE OF cell
    )
    UPDATE seat_cell AS cell SET taken = cell.taken - given.seats
    FROM given
    WHERE cell.id = given.id
      AND (SELECT count(*) FROM locked) = cardinality(CAST(:ids AS uuid[]))
    RETURNING cell.id
""")


def take_cells(session: Session, cells: Mapping[uuid.UUID, int]) -> dict[uuid.UUID, int]:
    """Take so many seats of each cell, all or none; return each cell's price in fen.

    Raises SeatsUnavailableError naming each cell that is short, as (cell id, wanted, left).
    """
    ids = sorted(cells)
    rows = session.execute(_TAKE, {"ids": ids, "seats": [cells[cell_id] for cell_id in ids]}).all()
    if len(rows) == len(ids):
        return {row.id: row.price_fen for row in rows}
    # The statement's locks are still held, so these are the figures it was refused by.
    left: dict[uuid.UUID, int] = {
        row.id: row.left
        for row in session.execute(
            select(SeatCell.id, (SeatCell.capacity - SeatCell.taken).label("left")).where(
                SeatCell.id.in_(ids)
            )
        )
    }
    raise SeatsUnavailableError(
        cells=[
            (cell_id, cells[cell_id], left.get(cell_id, 0))
            for cell_id in ids
            if left.get(cell_id, 0) < cells[cell_id]
        ]
    )


def give_back_cells(session: Session, cells: Mapping[uuid.UUID, int]) -> None:
    """Put seats back on sale."""
    ids = sorted(cell_id for cell_id, seats in cells.items() if seats)
    if not ids:
        return
    rows = session.execute(_GIVE_BACK, {"ids": ids, "seats": [cells[cell_id] for cell_id in ids]}).all()
    if len(rows) != len(ids):
        raise RuntimeError(f"{len(ids) - len(rows)} of {len(ids)} cells are gone: cells are never deleted")
