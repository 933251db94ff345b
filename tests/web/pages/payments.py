"""The desk of operations for transfers and refunds."""

from __future__ import annotations

import uuid

from app.models import BookingStatus, Payment, PaymentProvider, PaymentStatus
from app.permissions import Permission
from tests.make import NOON, shanghai
from tests.web.pages import Page, World


def pages(world: World) -> list[Page]:
    slot = world.make.slot(event=world.event, starts_at=shanghai(14, 4))
    cell = world.make.seat_cell(slot=slot, taken=6)

    def payment(status: PaymentStatus, amount_fen: int) -> dict[str, uuid.UUID | str]:
        booking = world.make.booking(
            project=world.project,
            cells={cell.id: 2},
            event_id=world.event.id,
            status=BookingStatus.HELD if status is PaymentStatus.PENDING else BookingStatus.CONFIRMED,
        )
        made = Payment(
            id=uuid.uuid4(),
            booking_id=booking.id,
            provider=PaymentProvider.BANK_TRANSFER,
            status=status,
            amount_fen=amount_fen,
            reference=f"{booking.number}-1",
            created_at=NOON,
            settled_at=NOON if status is PaymentStatus.FAILED else None,
        )
        return {"payment_id": world.make.save(made).id}

    arrives, stays_away = (payment(PaymentStatus.PENDING, 10000) for _ in range(2))
    refund = payment(PaymentStatus.REFUND_DUE, -4000)
    payment(PaymentStatus.FAILED, 7000)
    confirm = Permission.PAYMENT_CONFIRM
    return [
        Page(endpoint="operations.list_payments", access=confirm),
        Page(endpoint="operations.confirm_payment", access=confirm, method="POST", own=arrives, allowed=302),
        Page(endpoint="operations.close_payment", access=confirm, method="POST", own=stays_away, allowed=302),
        Page(endpoint="operations.settle_refund", access=confirm, method="POST", own=refund, allowed=302),
    ]
