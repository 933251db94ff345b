"""Reads of payments for operations."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import Booking, Payment, PaymentStatus


@dataclasses.dataclass(frozen=True, kw_only=True)
class PaymentDesk:
    """What waits at the desk: transfers on their way in, refunds on their way out, and what was done last."""

    waiting: Sequence[Payment]
    refunds: Sequence[Payment]
    settled: Sequence[Payment]
    waiting_total: int
    refunds_total: int


def list_desk(session: Session, *, limit: int) -> PaymentDesk:
    """Return up to `limit` payments of each kind with booking, merchant and project, and how many there are.

    What waits comes oldest first, what is settled newest first.
    """
    counts = {
        row.status: row.number
        for row in session.execute(
            select(Payment.status, func.count().label("number"))
            .where(Payment.status.in_((PaymentStatus.PENDING, PaymentStatus.REFUND_DUE)))
            .group_by(Payment.status)
        )
    }
    return PaymentDesk(
        waiting=_list(session, (PaymentStatus.PENDING,), limit=limit),
        refunds=_list(session, (PaymentStatus.REFUND_DUE,), limit=limit),
        settled=_list(
            session,
            (PaymentStatus.PAID, PaymentStatus.REFUNDED, PaymentStatus.FAILED),
            limit=limit,
            newest_first=True,
        ),
        waiting_total=counts.get(PaymentStatus.PENDING, 0),
        refunds_total=counts.get(PaymentStatus.REFUND_DUE, 0),
    )


def get_payment(session: Session, payment_id: uuid.UUID) -> Payment:
    """Return a payment with its booking and merchant."""
    payment = session.scalar(select(Payment).where(Payment.id == payment_id).options(*_WITH_BOOKING))
    if payment is None:
        raise NotFoundError(f"payment {payment_id}")
    return payment


_WITH_BOOKING = (
    joinedload(Payment.booking).joinedload(Booking.merchant),
    joinedload(Payment.booking).joinedload(Booking.project),
)


def _list(
    session: Session, statuses: Sequence[PaymentStatus], *, limit: int, newest_first: bool = False
) -> Sequence[Payment]:
    order = (
        (Payment.settled_at.desc(), Payment.reference)
        if newest_first
        else (Payment.created_at, Payment.reference)
    )
    return session.scalars(
        select(Payment)
        .where(Payment.status.in_(statuses))
        .options(*_WITH_BOOKING)
        .order_by(*order)
        .limit(limit)
    ).all()
