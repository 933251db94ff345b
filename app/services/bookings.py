"""Hold, confirm, revive and expire bookings. Cancelling is in cancellations.py, money in payments.py.

Seats are taken by one statement that takes all cells or none (seat_cells.py), with a check constraint behind
it. A cell's `taken` is the sum of the lines of held and confirmed bookings at every commit: `zuoxi audit
seats` proves it from the rows.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app import booking_rules
from app.errors import BookingClosedError, NotFoundError, SlotStartedError, StaleStateError
from app.models import (
    Booking,
    BookingLine,
    BookingStatus,
    Membership,
    NoticeKind,
    PeakEvent,
    Project,
    SeatCell,
    ShiftSlot,
    User,
)
from app.services import audit, notices, seat_cells
from app.words import moment_text, money_text

# Letters and digits that nobody confuses on the phone: no 0 O 1 I L U V.
NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"


def hold_seats(
    session: Session,
    *,
    merchant_id: uuid.UUID,
    project_id: uuid.UUID,
    cells: Mapping[uuid.UUID, int],
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> Booking:
    """Take so many seats of each cell for a project, all or none, and keep them for half an hour.

    Raises NotFoundError for a project of somebody else or cells that are not of its service line and of one
    season, BookingClosedError outside the season's booking time, SlotStartedError for shifts that have begun,
    and SeatsUnavailableError naming each cell with fewer seats left than wanted.
    """
    if not cells or any(seats < 1 for seats in cells.values()):
        raise ValueError("a booking needs at least one cell, and at least one seat in each")
    event = _check_cells(session, merchant_id=merchant_id, project_id=project_id, cell_ids=cells, now=now)
    prices = seat_cells.take_cells(session, cells)
    total = sum(prices[cell_id] * seats for cell_id, seats in cells.items())
    booking = Booking(
        id=uuid.uuid4(),
        merchant_id=merchant_id,
        project_id=project_id,
        event_id=event.id,
        number=new_number(),
        status=BookingStatus.HELD,
        deposit_fen=booking_rules.deposit_of(total),
        created_at=now,
        hold_expires_at=booking_rules.hold_deadline(now),
    )
    session.add(booking)
    session.add_all(
        BookingLine(
            id=uuid.uuid4(),
            booking_id=booking.id,
            seat_cell_id=cell_id,
            seats=seats,
            seats_at_first=seats,
            price_fen=prices[cell_id],
        )
        for cell_id, seats in sorted(cells.items())
    )
    seats = sum(cells.values())
    audit.record(
        session,
        "booking.held",
        booking,
        actor_user_id=actor_user_id,
        now=now,
        number=booking.number,
        seats=seats,
        cells=len(cells),
        total_fen=total,
    )
    tell_members(session, booking, NoticeKind.BOOKING_HELD, seats=seats, now=now, wall_now=wall_now)
    return booking


def lock_booking(session: Session, booking_id: uuid.UUID, *, merchant_id: uuid.UUID | None = None) -> Booking:
    """Return a booking with its lines and payments, locked until the transaction ends.

    With a `merchant_id`, another merchant's booking is not found.
    """
    mine = [Booking.merchant_id == merchant_id] if merchant_id is not None else []
    locked = session.scalar(select(Booking.id).where(Booking.id == booking_id, *mine).with_for_update())
    if locked is None:
        raise NotFoundError(f"booking {booking_id}")
    # Read after the lock: what the row's last change left behind.
    return session.scalars(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(
            selectinload(Booking.lines).joinedload(BookingLine.seat_cell).joinedload(SeatCell.slot),
            selectinload(Booking.payments),
            joinedload(Booking.merchant),
        )
        .execution_options(populate_existing=True)
    ).one()


def confirm_booking(
    session: Session,
    booking: Booking,
    *,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Make a locked hold a booking, when its deposit is here. Its seats are taken already."""
    if booking.status is not BookingStatus.HELD:
        raise StaleStateError
    booking.status = BookingStatus.CONFIRMED
    booking.confirmed_at = now
    _say_confirmed(session, booking, "booking.confirmed", actor_user_id, now=now, wall_now=wall_now)


def revive_booking(
    session: Session,
    booking: Booking,
    *,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Take an expired hold's seats again, all or none, and confirm it: its deposit came late.

    Raises SeatsUnavailableError when some were sold since, SlotStartedError when a shift has begun, and
    StaleStateError for a booking that has not expired.
    """
    if booking.status is not BookingStatus.EXPIRED:
        raise StaleStateError
    lines = [line for line in booking.lines if line.seats]
    begun = [line.seat_cell_id for line in lines if line.seat_cell.slot.starts_at <= now]
    if begun:
        raise SlotStartedError(cells=begun)
    seat_cells.take_cells(session, {line.seat_cell_id: line.seats for line in lines})
    booking.status = BookingStatus.CONFIRMED
    booking.confirmed_at = now
    _say_confirmed(session, booking, "booking.revived", actor_user_id, now=now, wall_now=wall_now)


def expire_due_holds(session: Session, *, now: dt.datetime, wall_now: dt.datetime, limit: int) -> int:
    """Give back the seats of up to `limit` holds whose time is over; return how many holds that were.

    Several workers may do this at once: each takes bookings that no other has in hand.
    """
    due = session.scalars(
        select(Booking)
        .where(Booking.status == BookingStatus.HELD, Booking.hold_expires_at <= now)
        .order_by(Booking.hold_expires_at, Booking.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    if not due:
        return 0
    lines = session.scalars(
        select(BookingLine)
        .where(BookingLine.booking_id.in_([booking.id for booking in due]))
        .execution_options(populate_existing=True)
    ).all()
    given: Counter[uuid.UUID] = Counter()
    seats_of: Counter[uuid.UUID] = Counter()
    for line in lines:
        given[line.seat_cell_id] += line.seats
        seats_of[line.booking_id] += line.seats
    seat_cells.give_back_cells(session, given)
    for booking in due:
        booking.status = BookingStatus.EXPIRED
        seats = seats_of[booking.id]
        audit.record(
            session,
            "booking.expired",
            booking,
            actor_user_id=None,
            now=now,
            number=booking.number,
            seats=seats,
        )
        tell_members(session, booking, NoticeKind.BOOKING_EXPIRED, seats=seats, now=now, wall_now=wall_now)
    return len(due)


def tell_members(
    session: Session,
    booking: Booking,
    kind: NoticeKind,
    *,
    seats: int,
    now: dt.datetime,
    wall_now: dt.datetime,
    **params: str | int,
) -> None:
    """Send everybody of the booking's merchant a notice, dated by business time."""
    members = session.execute(
        select(User.id, User.locale)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.merchant_id == booking.merchant_id)
        .order_by(User.id)
    ).all()
    for user_id, locale in members:
        notices.notify(
            session,
            user_id=user_id,
            kind=kind,
            now=now,
            wall_now=wall_now,
            number=booking.number,
            seats=seats,
            expires=moment_text(booking.hold_expires_at, locale),
            deposit=money_text(booking.deposit_fen),
            **params,
        )


def new_number() -> str:
    """Return a booking's number, short enough to say on the phone: 7K4Q-M2PX."""
    drawn = "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def _check_cells(
    session: Session,
    *,
    merchant_id: uuid.UUID,
    project_id: uuid.UUID,
    cell_ids: Mapping[uuid.UUID, int],
    now: dt.datetime,
) -> PeakEvent:
    """Return the season of the cells, or refuse; whether seats are left, the taking statement says."""
    rows = session.execute(
        select(PeakEvent, SeatCell.id, ShiftSlot.starts_at)
        .join(SeatCell, SeatCell.event_id == PeakEvent.id)
        .join(ShiftSlot, ShiftSlot.id == SeatCell.slot_id)
        .join(Project, Project.service_line == SeatCell.service_line)
        .where(Project.id == project_id, Project.merchant_id == merchant_id, SeatCell.id.in_(list(cell_ids)))
    ).all()
    events = {row.PeakEvent.id: row.PeakEvent for row in rows}
    if len(rows) != len(cell_ids) or len(events) != 1:
        raise NotFoundError(f"{len(cell_ids)} cells for project {project_id}")
    event: PeakEvent = rows[0].PeakEvent
    if not event.booking_opens_at <= now < event.booking_closes_at:
        raise BookingClosedError
    begun = sorted(row.id for row in rows if row.starts_at <= now)
    if begun:
        raise SlotStartedError(cells=begun)
    return event


def _say_confirmed(
    session: Session,
    booking: Booking,
    action: str,
    actor_user_id: uuid.UUID | None,
    *,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    seats = sum(line.seats for line in booking.lines)
    audit.record(
        session, action, booking, actor_user_id=actor_user_id, now=now, number=booking.number, seats=seats
    )
    tell_members(session, booking, NoticeKind.BOOKING_CONFIRMED, seats=seats, now=now, wall_now=wall_now)
