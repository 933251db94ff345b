"""A merchant's bookings: hold, pay, look, cancel."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.booking_rules import FEE_LADDER, TRANSFER_TIME, fee_percent
from app.db import db, transaction
from app.errors import BookingClosedError, SeatsUnavailableError, SlotStartedError, StaleStateError
from app.models import Booking, BookingLine, BookingStatus, Payment, PaymentProvider, PaymentStatus
from app.permissions import Permission
from app.providers.payments import Provider, available_providers
from app.queries import bookings as booking_queries
from app.queries import seat_covers
from app.queries.seat_covers import OwnCover
from app.services import bookings, cancellations, payments
from app.web.access import requires
from app.web.i18n import locale_code
from app.web.identity import the_actor
from app.web.merchants import bp, merchant_id
from app.web.merchants.basket import read_basket, read_seats
from app.web.merchants.forms import SERVICE_LINES
from app.web.merchants.season import SeasonPage, project_in, read_page, show_review
from app.web.merchants.staffing import read_staffing
from app.words import moment_text, money_text


@bp.get("/bookings")
@requires(Permission.BOOKING_READ)
def list_bookings() -> ResponseReturnValue:
    summaries = booking_queries.list_bookings(db.session, merchant_id=merchant_id())
    return render_template(
        "merchants/list_bookings.html",
        summaries=summaries,
        waiting=sum(one.booking.status is BookingStatus.HELD for one in summaries),
        confirmed_seats=sum(one.seats for one in summaries if one.booking.status is BookingStatus.CONFIRMED),
        BookingStatus=BookingStatus,
    )


@bp.post("/bookings")
@requires(Permission.BOOKING_CREATE)
def create_booking() -> ResponseReturnValue:
    """Hold the basket's seats: all of them or none."""
    page = read_page(project_in(request.form.get("project")))
    if page is None:
        return redirect(url_for("merchants.show_season"))
    basket = read_basket(request.form, cells=page.cells, now=page.now)
    if not basket.lines:
        return show_review(page, basket, refused=_("篮子是空的。请先在表格里勾选班次。"))
    if any(line.seats is None for line in basket.lines):
        return show_review(page, basket, refused=_("有的席数不是 1 以上的整数，一席也没有占。"))
    try:
        with transaction(db.session):
            booking = bookings.hold_seats(
                db.session,
                merchant_id=merchant_id(),
                project_id=page.project.id,
                cells=basket.seats,
                actor_user_id=the_actor().user_id,
                now=page.now,
                wall_now=clock.wall_now(),
            )
    except (SeatsUnavailableError, SlotStartedError, BookingClosedError) as error:
        return _show_refused(page, error)
    flash(_("坐席占住了。请在 %(until)s 前付定金。", until=_moment(booking.hold_expires_at)))
    return redirect(url_for("merchants.show_booking", booking_id=booking.id))


@bp.get("/bookings/<uuid:booking_id>")
@requires(Permission.BOOKING_READ)
def show_booking(booking_id: uuid.UUID) -> ResponseReturnValue:
    booking = booking_queries.get_booking(db.session, booking_id, merchant_id=merchant_id())
    cancelled = booking_queries.list_cancellations(db.session, booking.id)
    covers = _covers(booking)
    return render_template(
        "merchants/show_booking.html",
        booking=booking,
        lines=sorted(booking.lines, key=lambda line: (line.seat_cell.slot.starts_at, line.id)),
        cancellations=cancelled,
        staffing=read_staffing(db.session, booking),
        cancelled_lines={line.id: line for line in booking.lines},
        payments=sorted(booking.payments, key=lambda payment: payment.reference),
        transfer=_waiting_transfer(booking),
        has_used_transfer=payments.has_used_transfer(booking),
        seats=sum(line.seats for line in booking.lines),
        total_fen=sum(line.seats * line.price_fen for line in booking.lines),
        balance_fen=booking_queries.balance_of(booking, cancelled),
        covers=covers,
        covers_reckoned_at=min((cover.reckoned_at for cover in covers.values()), default=None),
        whole_percent=seat_covers.whole_percent,
        minutes_left=_minutes_left(booking),
        can_cancel=_can_cancel(booking),
        providers=_providers(),
        bank_account=current_app.config["BANK_ACCOUNT"],
        transfer_days=TRANSFER_TIME.days,
        service_lines=SERVICE_LINES,
        BookingStatus=BookingStatus,
        PaymentProvider=PaymentProvider,
        PaymentStatus=PaymentStatus,
    )


@bp.post("/bookings/<uuid:booking_id>/pay")
@requires(Permission.BOOKING_CREATE)
def pay_booking(booking_id: uuid.UUID) -> ResponseReturnValue:
    named = _provider_named(request.form.get("provider", ""))
    provider = _providers().get(named) if named else None
    if provider is None:
        raise StaleStateError
    with transaction(db.session):
        payment = payments.start_deposit(
            db.session,
            merchant_id=merchant_id(),
            booking_id=booking_id,
            provider=provider,
            actor_user_id=the_actor().user_id,
            now=clock.utc_now(),
            wall_now=clock.wall_now(),
        )
    if payment.status is PaymentStatus.PAID:
        flash(_("定金到账，预订已确认。"))
    else:
        flash(_("请转账，并在附言里写 %(reference)s。", reference=payment.reference))
    return redirect(url_for("merchants.show_booking", booking_id=booking_id))


@bp.route("/bookings/<uuid:booking_id>/cancel", methods=["GET", "POST"])
@requires(Permission.BOOKING_CREATE)
def cancel_booking(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Choose seats, read fee and refund of each line, then confirm."""
    now = clock.utc_now()
    booking = booking_queries.get_booking(db.session, booking_id, merchant_id=merchant_id())
    if not _can_cancel(booking):
        raise StaleStateError
    typed, problems = _read_cancellation(booking, now=now)
    seats = {line_id: read_seats(text) or 0 for line_id, text in typed.items()}
    wanted = {line_id: number for line_id, number in seats.items() if number}
    is_asked = request.method == "POST" and not problems
    if is_asked and not wanted:
        problems["all"] = _("请至少填一个班次要取消几席")
        is_asked = False
    quoted = {}
    if is_asked:
        costs = cancellations.quote_cancellation(db.session, booking, wanted, now=now)
        quoted = {item.line_id: item for item in costs}
    refused = False
    if quoted and "confirm" in request.form:
        shown = request.form.get("shown_fee", "")
        try:
            with transaction(db.session):
                left = cancellations.cancel_seats(
                    db.session,
                    merchant_id=merchant_id(),
                    booking_id=booking_id,
                    seats=wanted,
                    shown_fee_fen=int(shown) if shown.isdigit() and len(shown) < 16 else -1,
                    actor_user_id=the_actor().user_id,
                    now=now,
                    wall_now=clock.wall_now(),
                )
        except StaleStateError:
            refused = True
            booking = booking_queries.get_booking(db.session, booking_id, merchant_id=merchant_id())
        else:
            flash(_("取消好了，坐席已放回。"))
            if left.status is BookingStatus.HELD:
                flash(_("定金改为 %(deposit)s。多转的钱，到账后退回。", deposit=money_text(left.deposit_fen)))
            return redirect(url_for("merchants.show_booking", booking_id=booking_id))
    page = render_template(
        "merchants/cancel_booking.html",
        booking=booking,
        lines=_cancellable(booking, now=now),
        typed=typed,
        problems=problems,
        quoted=quoted,
        refused=refused,
        is_paid=booking.status is BookingStatus.CONFIRMED,
        percent_of={
            line.id: fee_percent(starts_at=line.seat_cell.slot.starts_at, now=now)
            for line in _cancellable(booking, now=now)
            if line.seat_cell.slot.starts_at > now
        },
        ladder=FEE_LADDER,
    )
    return page, 422 if problems or refused else 200


def _show_refused(
    page: SeasonPage, error: SeatsUnavailableError | SlotStartedError | BookingClosedError
) -> ResponseReturnValue:
    """Show the basket again with the figures of now; each short line says how many are left."""
    fresh = read_page(page.project.id) or page
    basket = read_basket(request.form, cells=fresh.cells, now=fresh.now)
    if isinstance(error, SeatsUnavailableError):
        words = _(
            "有 %(count)s 个班次余席不够，所以一席也没有占。请改席数，或移走这些班次。",
            count=len(error.cells),
        )
    elif isinstance(error, SlotStartedError):
        words = _("有 %(count)s 个班次已经开始，所以一席也没有占。请移走它们。", count=len(error.cells))
    else:
        words = _("现在不在预订期内，一席也没有占。")
    return show_review(fresh, basket, refused=words)


def _read_cancellation(booking: Booking, *, now: dt.datetime) -> tuple[dict[uuid.UUID, str], dict[str, str]]:
    """Return what was typed for each line that can be cancelled, and what is wrong with it."""
    typed: dict[uuid.UUID, str] = {}
    problems: dict[str, str] = {}
    for line in _cancellable(booking, now=now):
        name = f"seats-{line.id}"
        text = request.form.get(name, "").strip()
        if "everything" in request.form:
            text = str(line.seats)
        typed[line.id] = text
        if text in ("", "0"):
            continue
        seats = read_seats(text)
        if seats is None or seats > line.seats:
            problems[name] = _("请填 0 到 %(most)s 的整数", most=line.seats)
    return typed, problems


def _cancellable(booking: Booking, *, now: dt.datetime) -> list[BookingLine]:
    """Return the lines that still hold seats; of a paid booking only those whose shift has not begun."""
    paid = booking.status is BookingStatus.CONFIRMED
    return sorted(
        (line for line in booking.lines if line.seats and (not paid or line.seat_cell.slot.starts_at > now)),
        key=lambda line: (line.seat_cell.slot.starts_at, line.id),
    )


def _can_cancel(booking: Booking) -> bool:
    live = booking.status in (BookingStatus.HELD, BookingStatus.CONFIRMED)
    return live and bool(_cancellable(booking, now=clock.utc_now()))


def _minutes_left(booking: Booking) -> int:
    """Return whole minutes until a hold runs out, rounded up."""
    seconds = (booking.hold_expires_at - clock.utc_now()).total_seconds()
    return max(0, -int(-seconds // 60))


def _covers(booking: Booking) -> Mapping[uuid.UUID, OwnCover]:
    """Return by slot how sure the seats of a confirmed booking's project are."""
    if booking.status is not BookingStatus.CONFIRMED:
        return {}
    return seat_covers.list_own(
        db.session, project_ids=[booking.project_id], event_id=booking.event_id, now=clock.utc_now()
    )


def _waiting_transfer(booking: Booking) -> Payment | None:
    waiting = [
        payment
        for payment in booking.payments
        if payment.status is PaymentStatus.PENDING and payment.provider is PaymentProvider.BANK_TRANSFER
    ]
    return waiting[0] if waiting else None


def _providers() -> Mapping[PaymentProvider, Provider]:
    return available_providers(sandbox=current_app.config["SANDBOX_PAYMENTS"])


def _provider_named(name: str) -> PaymentProvider | None:
    try:
        return PaymentProvider(name)
    except ValueError:
        return None


def _moment(moment: dt.datetime) -> str:
    return moment_text(moment, locale_code())
