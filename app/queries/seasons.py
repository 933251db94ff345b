"""Reads of a season as a merchant sees it: its days, its cells, and why one is sold out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.clock import BUSINESS_ZONE
from app.models import Booking, BookingLine, BookingStatus, PeakEvent, SeatCell, ServiceLine, ShiftSlot


class SoldOut(enum.StrEnum):
    """Why nothing is left: paid for; held, so that seats may come back; or nobody is certified for more."""

    PAID = "paid"
    HELD = "held"
    NOBODY = "nobody"


@dataclasses.dataclass(frozen=True, kw_only=True)
class CellOnSale:
    """One cell of the grid: when it is, what is left, and until when held seats may come back."""

    id: uuid.UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    capacity: int
    left: int
    price_fen: int
    held: int
    held_until: dt.datetime | None

    @property
    def day(self) -> dt.date:
        return self.starts_at.astimezone(BUSINESS_ZONE).date()

    @property
    def hour(self) -> int:
        return self.starts_at.astimezone(BUSINESS_ZONE).hour

    @property
    def is_scarce(self) -> bool:
        """Fewer than ten seats, and fewer than a quarter of what was on sale."""
        return self.left < 10 and self.left * 4 < self.capacity

    @property
    def sold_out(self) -> SoldOut | None:
        if self.left:
            return None
        if not self.capacity:
            return SoldOut.NOBODY
        return SoldOut.HELD if self.held else SoldOut.PAID


def find_season(session: Session, *, today: dt.date) -> PeakEvent | None:
    """Return the season that is on or comes next, with its phases; None when none is planned."""
    return session.scalars(
        select(PeakEvent)
        .where(PeakEvent.ends_on >= today)
        .options(joinedload(PeakEvent.phases))
        .order_by(PeakEvent.starts_on, PeakEvent.id)
    ).first()


def list_cells(
    session: Session,
    *,
    event_id: uuid.UUID,
    service_line: ServiceLine,
    cell_ids: Collection[uuid.UUID] | None = None,
) -> Sequence[CellOnSale]:
    """Return the cells of a service line in the order of time, or those of them that are named."""
    held = (
        select(
            BookingLine.seat_cell_id,
            func.sum(BookingLine.seats).label("seats"),
            func.min(Booking.hold_expires_at).label("until"),
        )
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(Booking.event_id == event_id, Booking.status == BookingStatus.HELD, BookingLine.seats > 0)
        .group_by(BookingLine.seat_cell_id)
        .subquery()
    )
    named = [] if cell_ids is None else [SeatCell.id.in_(list(cell_ids))]
    rows = session.execute(
        select(
            SeatCell.id,
            SeatCell.capacity,
            SeatCell.taken,
            SeatCell.price_fen,
            ShiftSlot.starts_at,
            ShiftSlot.ends_at,
            held.c.seats,
            held.c.until,
        )
        .join(ShiftSlot, ShiftSlot.id == SeatCell.slot_id)
        .outerjoin(held, held.c.seat_cell_id == SeatCell.id)
        .where(SeatCell.event_id == event_id, SeatCell.service_line == service_line, *named)
        .order_by(ShiftSlot.starts_at, SeatCell.id)
    ).all()
    return [
        CellOnSale(
            id=row.id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            capacity=row.capacity,
            left=row.capacity - row.taken,
            price_fen=row.price_fen,
            held=int(row.seats or 0),
            held_until=row.until,
        )
        for row in rows
    ]
