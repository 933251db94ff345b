"""Money of bookings: deposits on their way in, refunds on their way out.

Every change locks the booking first. Confirming the arrival of a payment twice does it once.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import booking_rules
from app.errors import (
    NotFoundError,
    SeatsUnavailableError,
    SlotStartedError,
    StaleStateError,
    TransferUsedError,
)
from app.models import (
    Booking,
    BookingStatus,
    NoticeKind,
    Payment,
    PaymentProvider,
    PaymentStatus,
    Role,
    User,
)
from app.providers.payments import Provider
from app.services import audit, bookings, notices
from app.words import money_text


class Arrival(enum.StrEnum):
    """What the money that arrived did for its booking."""

    CONFIRMED = "confirmed"
    REVIVED = "revived"
    REFUND_DUE = "refund-due"
    KNOWN = "known"


def start_deposit(
    session: Session,
    *,
    merchant_id: uuid.UUID,
    booking_id: uuid.UUID,
    provider: Provider,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> Payment:
    """Begin to pay the deposit of a hold; when the provider has the money at once, the booking is confirmed.

    A bank transfer keeps the seats until booking_rules.transfer_deadline. Asking again by the same provider
    returns the payment that is under way. Raises StaleStateError when the booking is not a hold, or its time
    is over though its seats have not gone back yet, and TransferUsedError for a transfer after one that was
    closed.
    """
    booking = bookings.lock_booking(session, booking_id, merchant_id=merchant_id)
    if booking.status is not BookingStatus.HELD or booking.hold_expires_at <= now:
        raise StaleStateError
    for known in booking.payments:
        if known.provider is provider.kind and known.status is PaymentStatus.PENDING:
            return known
    if provider.kind is PaymentProvider.BANK_TRANSFER and has_used_transfer(booking):
        raise TransferUsedError
    payment = _ask_deposit(session, booking, provider.kind, actor_user_id=actor_user_id, now=now)
    if provider.begin(reference=payment.reference, amount_fen=payment.amount_fen).is_settled:
        _settle(session, payment, actor_user_id=actor_user_id, now=now)
        bookings.confirm_booking(session, booking, actor_user_id=actor_user_id, now=now, wall_now=wall_now)
        return payment
    first_start = min(line.seat_cell.slot.starts_at for line in booking.lines if line.seats)
    booking.hold_expires_at = max(
        booking.hold_expires_at,
        booking_rules.transfer_deadline(held_at=booking.created_at, first_start=first_start),
    )
    _tell_operations(session, booking, payment, now=now, wall_now=wall_now)
    return payment


def has_used_transfer(booking: Booking) -> bool:
    """Tell whether a booking's seats were kept for a bank transfer, whatever became of it."""
    return any(
        known.provider is PaymentProvider.BANK_TRANSFER and known.amount_fen > 0 for known in booking.payments
    )


def lower_deposit(
    session: Session,
    booking: Booking,
    *,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Ask only for the deposit on the seats that a locked hold still has, after some were given back.

    A transfer that is under way for more is closed, and one for the new amount takes its place, with a
    reference of its own; it keeps the seats no longer. When the old amount comes all the same, what it is
    too much is paid back. Of a hold without seats every arrival is paid back whole, so nothing is replaced.
    """
    total = sum(line.seats * line.price_fen for line in booking.lines)
    booking.deposit_fen = booking_rules.deposit_of(total)
    if not booking.deposit_fen:
        return
    for old in [known for known in booking.payments if known.status is PaymentStatus.PENDING]:
        if old.amount_fen == booking.deposit_fen:
            continue
        _close(session, old, actor_user_id=actor_user_id, now=now)
        new = _ask_deposit(session, booking, old.provider, actor_user_id=actor_user_id, now=now)
        _tell_operations(session, booking, new, now=now, wall_now=wall_now)


def confirm_arrival(
    session: Session,
    payment_id: uuid.UUID,
    *,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> Arrival:
    """Note that a deposit has arrived, and do what it can still do for its booking.

    A hold is confirmed. An expired hold takes its seats again, when all are free and none has begun;
    otherwise, and for a booking that was cancelled or paid otherwise meanwhile, all the money is due back.
    Of a booking that it confirms, what is more than the deposit is due back: seats were given back since.
    Raises NotFoundError for an unknown payment and StaleStateError for one that is no deposit.
    """
    booking, payment = _lock_payment(session, payment_id)
    if payment.status is PaymentStatus.PAID:
        return Arrival.KNOWN
    if payment.status not in (PaymentStatus.PENDING, PaymentStatus.FAILED) or payment.amount_fen < 0:
        raise StaleStateError
    _settle(session, payment, actor_user_id=actor_user_id, now=now)
    if booking.status is BookingStatus.HELD:
        bookings.confirm_booking(session, booking, actor_user_id=actor_user_id, now=now, wall_now=wall_now)
        _owe_back(session, booking, payment, booking.deposit_fen, actor_user_id=actor_user_id, now=now)
        return Arrival.CONFIRMED
    if booking.status is BookingStatus.EXPIRED:
        try:
            bookings.revive_booking(session, booking, actor_user_id=actor_user_id, now=now, wall_now=wall_now)
        except (SeatsUnavailableError, SlotStartedError):
            # The taking statement takes all or nothing, so nothing has to be undone here.
            pass
        else:
            _owe_back(session, booking, payment, booking.deposit_fen, actor_user_id=actor_user_id, now=now)
            return Arrival.REVIVED
    _owe_back(session, booking, payment, 0, actor_user_id=actor_user_id, now=now)
    bookings.tell_members(
        session,
        booking,
        NoticeKind.REFUND_DUE,
        seats=sum(line.seats for line in booking.lines),
        now=now,
        wall_now=wall_now,
        amount=money_text(payment.amount_fen),
    )
    return Arrival.REFUND_DUE


def close_unpaid(
    session: Session, payment_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> None:
    """Note that a transfer did not come. Its hold runs out by itself; later money can be confirmed.

    Raises StaleStateError when the payment is not waiting.
    """
    _booking, payment = _lock_payment(session, payment_id)
    if payment.status is not PaymentStatus.PENDING:
        raise StaleStateError
    _close(session, payment, actor_user_id=actor_user_id, now=now)


def settle_refund(
    session: Session, payment_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> None:
    """Note that money was paid back; doing it twice does it once.

    Raises StaleStateError when the payment is no refund.
    """
    _booking, payment = _lock_payment(session, payment_id)
    if payment.status is PaymentStatus.REFUNDED:
        return
    if payment.status is not PaymentStatus.REFUND_DUE:
        raise StaleStateError
    payment.status, payment.settled_at = PaymentStatus.REFUNDED, now
    audit.record(
        session,
        "payment.refunded",
        payment,
        actor_user_id=actor_user_id,
        now=now,
        reference=payment.reference,
        amount_fen=-payment.amount_fen,
    )


def money_here(booking: Booking) -> int:
    """Return the money that came for a booking less what was or will be paid back, in fen."""
    came = [known.amount_fen for known in booking.payments if known.status is PaymentStatus.PAID]
    # A booking taken over from another system was paid there: its deposit is what came.
    if not came and booking.confirmed_at is not None:
        came = [booking.deposit_fen]
    return sum(came) + sum(
        known.amount_fen
        for known in booking.payments
        if known.status in (PaymentStatus.REFUND_DUE, PaymentStatus.REFUNDED)
    )


def pay_back(
    booking: Booking, amount_fen: int, *, now: dt.datetime, provider: PaymentProvider | None = None
) -> Payment:
    """Add a refund to a locked booking, by the way its deposit came."""
    came_by = [known.provider for known in booking.payments if known.status is PaymentStatus.PAID]
    payment = Payment(
        id=uuid.uuid4(),
        booking_id=booking.id,
        # Bookings taken over from another system have no payment of ours; their refund is a transfer.
        provider=provider or (came_by[-1] if came_by else PaymentProvider.BANK_TRANSFER),
        status=PaymentStatus.REFUND_DUE,
        amount_fen=-amount_fen,
        reference=_next_reference(booking),
        created_at=now,
    )
    booking.payments.append(payment)
    return payment


def _ask_deposit(
    session: Session,
    booking: Booking,
    provider: PaymentProvider,
    *,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> Payment:
    """Add a payment of a locked hold's deposit that is on its way in."""
    payment = Payment(
        id=uuid.uuid4(),
        booking_id=booking.id,
        provider=provider,
        status=PaymentStatus.PENDING,
        amount_fen=booking.deposit_fen,
        reference=_next_reference(booking),
        created_at=now,
    )
    booking.payments.append(payment)
    audit.record(
        session,
        "payment.started",
        payment,
        actor_user_id=actor_user_id,
        now=now,
        reference=payment.reference,
        provider=str(provider),
        amount_fen=payment.amount_fen,
    )
    return payment


def _close(session: Session, payment: Payment, *, actor_user_id: uuid.UUID, now: dt.datetime) -> None:
    payment.status, payment.settled_at = PaymentStatus.FAILED, now
    audit.record(
        session,
        "payment.failed",
        payment,
        actor_user_id=actor_user_id,
        now=now,
        reference=payment.reference,
    )


def _owe_back(
    session: Session,
    booking: Booking,
    payment: Payment,
    kept_fen: int,
    *,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    """Pay back what of a payment is more than `kept_fen`, if anything."""
    if payment.amount_fen <= kept_fen:
        return
    refund = pay_back(booking, payment.amount_fen - kept_fen, now=now, provider=payment.provider)
    audit.record(
        session,
        "payment.refund-due",
        refund,
        actor_user_id=actor_user_id,
        now=now,
        reference=refund.reference,
        amount_fen=-refund.amount_fen,
    )


def _next_reference(booking: Booking) -> str:
    """Return the reference of a locked booking's next payment: its number and a running number."""
    return f"{booking.number}-{len(booking.payments) + 1}"


def _lock_payment(session: Session, payment_id: uuid.UUID) -> tuple[Booking, Payment]:
    """Return a payment and its booking, both read after the booking was locked."""
    booking_id = session.scalar(select(Payment.booking_id).where(Payment.id == payment_id))
    if booking_id is None:
        raise NotFoundError(f"payment {payment_id}")
    booking = bookings.lock_booking(session, booking_id)
    return booking, next(payment for payment in booking.payments if payment.id == payment_id)


def _settle(session: Session, payment: Payment, *, actor_user_id: uuid.UUID | None, now: dt.datetime) -> None:
    payment.status, payment.settled_at = PaymentStatus.PAID, now
    audit.record(
        session,
        "payment.arrived",
        payment,
        actor_user_id=actor_user_id,
        now=now,
        reference=payment.reference,
        amount_fen=payment.amount_fen,
    )


def _tell_operations(
    session: Session, booking: Booking, payment: Payment, *, now: dt.datetime, wall_now: dt.datetime
) -> None:
    readers = session.scalars(
        select(User.id).where(User.role == Role.OPERATIONS, User.is_active).order_by(User.id)
    ).all()
    for user_id in readers:
        notices.notify(
            session,
            user_id=user_id,
            kind=NoticeKind.PAYMENT_RECEIVED,
            now=now,
            wall_now=wall_now,
            number=booking.number,
            merchant=booking.merchant.name,
            amount=money_text(payment.amount_fen),
        )
