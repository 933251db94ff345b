"""Reads of bookings, and the proof that sold seats and counted seats agree."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.errors import NotFoundError
from app.models import (
    Booking,
    BookingLine,
    BookingStatus,
    Cancellation,
    PaymentStatus,
    SeatCell,
    ShiftSlot,
)

# What happened to money: in for deposits (positive) and out for refunds (negative). The rest never moved.
MOVED = (PaymentStatus.PAID, PaymentStatus.REFUND_DUE, PaymentStatus.REFUNDED)
# Bookings whose lines hold seats of their cells.
LIVE = (BookingStatus.HELD, BookingStatus.CONFIRMED)


@dataclasses.dataclass(frozen=True, kw_only=True)
class BookingSummary:
    """A booking as a line of a list: its seats now, their price, and the days they are on."""

    booking: Booking
    seats: int
    total_fen: int
    first_start: dt.datetime | None
    last_start: dt.datetime | None


def get_booking(session: Session, booking_id: uuid.UUID, *, merchant_id: uuid.UUID) -> Booking:
    """Return a booking of this merchant with lines, slots, payments and season; another's is not found."""
    booking = session.scalar(
        select(Booking)
        .where(Booking.id == booking_id, Booking.merchant_id == merchant_id)
        .options(
            joinedload(Booking.project),
            joinedload(Booking.event),
            selectinload(Booking.lines).joinedload(BookingLine.seat_cell).joinedload(SeatCell.slot),
            selectinload(Booking.payments),
        )
    )
    if booking is None:
        raise NotFoundError(f"booking {booking_id}")
    return booking


def list_bookings(
    session: Session, *, merchant_id: uuid.UUID, project_id: uuid.UUID | None = None
) -> Sequence[BookingSummary]:
    """Return a merchant's bookings, or those of one project, newest first."""
    lines = (
        select(
            BookingLine.booking_id,
            func.sum(BookingLine.seats).label("seats"),
            func.sum(BookingLine.seats * BookingLine.price_fen).label("total_fen"),
            func.min(ShiftSlot.starts_at).label("first_start"),
            func.max(ShiftSlot.starts_at).label("last_start"),
        )
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .join(ShiftSlot, ShiftSlot.id == SeatCell.slot_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(Booking.merchant_id == merchant_id)
        .group_by(BookingLine.booking_id)
        .subquery()
    )
    wanted = [Booking.merchant_id == merchant_id]
    if project_id is not None:
        wanted.append(Booking.project_id == project_id)
    rows = session.execute(
        select(Booking, lines.c.seats, lines.c.total_fen, lines.c.first_start, lines.c.last_start)
        .outerjoin(lines, lines.c.booking_id == Booking.id)
        .where(*wanted)
        .options(joinedload(Booking.project), joinedload(Booking.event))
        .order_by(Booking.created_at.desc(), Booking.id)
    ).all()
    return [
        BookingSummary(
            booking=row.Booking,
            seats=int(row.seats or 0),
            total_fen=int(row.total_fen or 0),
            first_start=row.first_start,
            last_start=row.last_start,
        )
        for row in rows
    ]


def list_cancellations(session: Session, booking_id: uuid.UUID) -> Sequence[Cancellation]:
    """Return what was cancelled of a booking, oldest first."""
    return session.scalars(
        select(Cancellation)
        .join(BookingLine, BookingLine.id == Cancellation.booking_line_id)
        .where(BookingLine.booking_id == booking_id)
        .order_by(Cancellation.cancelled_at, Cancellation.id)
    ).all()


def balance_of(booking: Booking, cancellations: Sequence[Cancellation]) -> int:
    """Return what is still to pay, in fen: seats still booked and fees, less the money that stays with us.

    A booking without seats and fees owes nothing, so what it paid shows as a refund and the balance is 0.
    """
    live = booking.status in LIVE
    price = sum(line.seats * line.price_fen for line in booking.lines) if live else 0
    fees = sum(cancellation.fee_fen for cancellation in cancellations)
    moved = sum(payment.amount_fen for payment in booking.payments if payment.status in MOVED)
    return price + fees - moved


@dataclasses.dataclass(frozen=True, kw_only=True)
class SeatDrift:
    """A cell whose counter says something else than its bookings' lines."""

    cell_id: uuid.UUID
    starts_at: dt.datetime
    service_line: str
    capacity: int
    taken: int
    booked: int


def find_seat_drift(session: Session) -> Sequence[SeatDrift]:
    """Return every cell where `taken` is not the sum of its live lines, or is more than its capacity.

    One statement over all rows: it sees one moment, however many bookings are made meanwhile.
    """
    booked = func.coalesce(func.sum(BookingLine.seats).filter(Booking.id.is_not(None)), 0)
    rows = session.execute(
        select(
            SeatCell.id,
            ShiftSlot.starts_at,
            SeatCell.service_line,
            SeatCell.capacity,
            SeatCell.taken,
            booked.label("booked"),
        )
        .join(ShiftSlot, ShiftSlot.id == SeatCell.slot_id)
        .outerjoin(BookingLine, BookingLine.seat_cell_id == SeatCell.id)
        .outerjoin(Booking, and_(Booking.id == BookingLine.booking_id, Booking.status.in_(LIVE)))
        .group_by(SeatCell.id, ShiftSlot.starts_at)
        .having((SeatCell.taken != booked) | (SeatCell.taken > SeatCell.capacity))
        .order_by(ShiftSlot.starts_at, SeatCell.service_line, SeatCell.id)
    ).all()
    return [
        SeatDrift(
            cell_id=row.id,
            starts_at=row.starts_at,
            service_line=str(row.service_line),
            capacity=row.capacity,
            taken=row.taken,
            booked=int(row.booked),
        )
        for row in rows
    ]


def count_seats_sold(session: Session) -> tuple[int, int]:
    """Return how many cells there are and how many seats their live lines hold, for a report."""
    cells = session.scalars(select(func.count()).select_from(SeatCell)).one()
    seats = session.scalars(
        select(func.coalesce(func.sum(BookingLine.seats), 0))
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(Booking.status.in_(LIVE))
    ).one()
    return cells, int(seats)
