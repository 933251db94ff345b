"""Money at the desk of operations: transfers that arrive, refunds that leave."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.models import BookingStatus, PaymentProvider, PaymentStatus
from app.permissions import Permission
from app.queries import payments as payment_queries
from app.services import payments
from app.services.payments import Arrival
from app.web.access import requires
from app.web.identity import the_actor
from app.web.operations import bp

PAYMENTS_SHOWN = 100


@bp.get("/payments")
@requires(Permission.PAYMENT_CONFIRM)
def list_payments() -> ResponseReturnValue:
    return render_template(
        "operations/list_payments.html",
        desk=payment_queries.list_desk(db.session, limit=PAYMENTS_SHOWN),
        shown=PAYMENTS_SHOWN,
        BookingStatus=BookingStatus,
        PaymentProvider=PaymentProvider,
        PaymentStatus=PaymentStatus,
    )


@bp.post("/payments/<uuid:payment_id>/confirm")
@requires(Permission.PAYMENT_CONFIRM)
def confirm_payment(payment_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        arrival = payments.confirm_arrival(
            db.session,
            payment_id,
            actor_user_id=the_actor().user_id,
            now=clock.utc_now(),
            wall_now=clock.wall_now(),
        )
    number = payment_queries.get_payment(db.session, payment_id).booking.number
    flash(
        {
            Arrival.CONFIRMED: _("预订 %(number)s 已确认。", number=number),
            Arrival.REVIVED: _("占位过期了，但坐席都还在：预订 %(number)s 重新占好并确认。", number=number),
            Arrival.REFUND_DUE: _("坐席已经放回，预订 %(number)s 的这笔钱要退。退款在下面。", number=number),
            Arrival.KNOWN: _("这笔钱之前就确认过了，没有重复入账。"),
        }[arrival]
    )
    return redirect(url_for("operations.list_payments"))


@bp.post("/payments/<uuid:payment_id>/close")
@requires(Permission.PAYMENT_CONFIRM)
def close_payment(payment_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        payments.close_unpaid(db.session, payment_id, actor_user_id=the_actor().user_id, now=clock.utc_now())
    flash(_("记下了：这笔转账没有到。以后到了仍可确认。"))
    return redirect(url_for("operations.list_payments"))


@bp.post("/payments/<uuid:payment_id>/refund")
@requires(Permission.PAYMENT_CONFIRM)
def settle_refund(payment_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        payments.settle_refund(db.session, payment_id, actor_user_id=the_actor().user_id, now=clock.utc_now())
    flash(_("记下了：退款已付出。"))
    return redirect(url_for("operations.list_payments"))
