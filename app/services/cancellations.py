"""Give back seats of a booking, for the fee that was shown before."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from app import booking_rules
from app.booking_rules import CancelledSeats, SeatsToCancel
from app.errors import NotFoundError, SlotStartedError, StaleStateError
from app.models import Booking, BookingStatus, Cancellation, NoticeKind
from app.queries.bookings import list_cancellations
from app.services import audit, bookings, payments, seat_cells
from app.words import money_text


def quote_cancellation(
    session: Session, booking: Booking, seats: Mapping[uuid.UUID, int], *, now: dt.datetime
) -> tuple[CancelledSeats, ...]:
    """Return what giving back so many seats of each line costs, without doing it.

    Raises StaleStateError when the booking holds no seats or fewer than that in a line, NotFoundError for a
    line that is not the booking's, and SlotStartedError for shifts that have begun.
    """
    if booking.status not in (BookingStatus.HELD, BookingStatus.CONFIRMED):
        raise StaleStateError
    lines = {line.id: line for line in booking.lines}
    if not seats or any(number < 1 for number in seats.values()):
        raise ValueError("cancelling needs at least one seat of one line")
    if unknown := seats.keys() - lines.keys():
        raise NotFoundError(f"lines {sorted(unknown)} of booking {booking.id}")
    if any(number > lines[line_id].seats for line_id, number in seats.items()):
        raise StaleStateError
    is_paid = booking.status is BookingStatus.CONFIRMED
    begun = [
        lines[line_id].seat_cell_id
        for line_id in seats
        if is_paid and lines[line_id].seat_cell.slot.starts_at <= now
    ]
    if begun:
        raise SlotStartedError(cells=begun)
    wanted = [
        SeatsToCancel(
            line_id=line.id,
            seats=seats[line.id],
            price_fen=line.price_fen,
            starts_at=line.seat_cell.slot.starts_at,
        )
        for line in sorted(booking.lines, key=lambda line: (line.seat_cell.slot.starts_at, line.id))
        if line.id in seats
    ]
    total = sum(line.seats * line.price_fen for line in booking.lines)
    fees = sum(cancelled.fee_fen for cancelled in list_cancellations(session, booking.id))
    return booking_rules.quote_cancellation(
        wanted,
        live_total_fen=total,
        held_fen=payments.money_here(booking) - fees,
        is_paid=is_paid,
        now=now,
    )


def cancel_seats(
    session: Session,
    *,
    merchant_id: uuid.UUID,
    booking_id: uuid.UUID,
    seats: Mapping[uuid.UUID, int],
    shown_fee_fen: int,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> Booking:
    """Give back so many seats of each line (line id -> seats), for the fee that was shown before.

    The seats are on sale again with the commit. People who were given these seats stay in the rota:
    operations see a surplus where a cell's assignments are now more than its seats. A hold asks from now on
    only for the deposit on the seats it still has.

    Raises what `quote_cancellation` does, and StaleStateError when the fee has risen since it was shown.
    """
    booking = bookings.lock_booking(session, booking_id, merchant_id=merchant_id)
    quoted = quote_cancellation(session, booking, seats, now=now)
    fee = sum(item.fee_fen for item in quoted)
    refund = sum(item.refund_fen for item in quoted)
    if fee > shown_fee_fen:
        raise StaleStateError
    lines = {line.id: line for line in booking.lines}
    seat_cells.give_back_cells(session, {lines[item.line_id].seat_cell_id: item.seats for item in quoted})
    for item in quoted:
        lines[item.line_id].seats -= item.seats
        session.add(
            Cancellation(
                id=uuid.uuid4(),
                booking_line_id=item.line_id,
                seats=item.seats,
                fee_fen=item.fee_fen,
                refund_fen=item.refund_fen,
                cancelled_at=now,
                cancelled_by=actor_user_id,
            )
        )
    is_hold = booking.status is BookingStatus.HELD
    if not any(line.seats for line in booking.lines):
        booking.status = BookingStatus.CANCELLED
    if is_hold:
        payments.lower_deposit(session, booking, actor_user_id=actor_user_id, now=now, wall_now=wall_now)
    if refund:
        payments.pay_back(booking, refund, now=now)
    cancelled = sum(item.seats for item in quoted)
    audit.record(
        session,
        "booking.cancelled",
        booking,
        actor_user_id=actor_user_id,
        now=now,
        number=booking.number,
        seats=cancelled,
        seats_left=sum(line.seats for line in booking.lines),
        fee_fen=fee,
        refund_fen=refund,
    )
    bookings.tell_members(
        session,
        booking,
        NoticeKind.BOOKING_CANCELLED,
        seats=cancelled,
        now=now,
        wall_now=wall_now,
        fee=money_text(fee),
        refund=money_text(refund),
    )
    return booking
