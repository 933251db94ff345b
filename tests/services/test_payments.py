from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NotFoundError, StaleStateError, TransferUsedError
from app.models import (
    Booking,
    BookingStatus,
    Notice,
    NoticeKind,
    Payment,
    PaymentProvider,
    PaymentStatus,
    PeakEvent,
    Role,
    SeatCell,
)
from app.providers.payments import BankTransfer, Provider, Sandbox, available_providers
from app.queries.bookings import find_seat_drift
from app.services import bookings, cancellations, payments
from app.services.payments import Arrival
from tests.make import NOON, PEAK, SALE_ENDS, Make, shanghai

MINUTE = dt.timedelta(minutes=1)
LATER = NOON + dt.timedelta(days=4)


class Desk:
    """Holds, pays and confirms as a merchant and operations would, one transaction each."""

    def __init__(self, session: Session, make: Make) -> None:
        membership = make.membership()
        self.session = session
        self.merchant_id = membership.merchant_id
        self.member_id = membership.user_id
        self.operations_id = make.user(role=Role.OPERATIONS).id
        self.project_id = make.project(merchant_id=membership.merchant_id).id
        event = make.event(booking_closes_at=shanghai(13, 0))
        self.cell_id = make.seat_cell(slot=make.slot(event=event), capacity=3, price_fen=20000).id

    def hold(self, seats: int = 2, now: dt.datetime = NOON) -> Booking:
        with transaction(self.session):
            return bookings.hold_seats(
                self.session,
                merchant_id=self.merchant_id,
                project_id=self.project_id,
                cells={self.cell_id: seats},
                actor_user_id=self.member_id,
                now=now,
                wall_now=now,
            )

    def pay(
        self,
        booking: Booking,
        provider: Provider,
        now: dt.datetime = NOON,
        merchant_id: uuid.UUID | None = None,
    ) -> Payment:
        with transaction(self.session):
            return payments.start_deposit(
                self.session,
                merchant_id=merchant_id or self.merchant_id,
                booking_id=booking.id,
                provider=provider,
                actor_user_id=self.member_id,
                now=now,
                wall_now=now,
            )

    def arrive(self, payment: Payment, now: dt.datetime = NOON) -> Arrival:
        with transaction(self.session):
            return payments.confirm_arrival(
                self.session, payment.id, actor_user_id=self.operations_id, now=now, wall_now=now
            )

    def expire(self, now: dt.datetime) -> int:
        with transaction(self.session):
            return bookings.expire_due_holds(self.session, now=now, wall_now=now, limit=10)

    def status(self, booking: Booking) -> BookingStatus:
        return self.session.scalars(select(Booking.status).where(Booking.id == booking.id)).one()

    def taken(self) -> int:
        return self.session.scalars(select(SeatCell.taken)).one()

    def money(self) -> list[tuple[PaymentStatus, int]]:
        rows = self.session.execute(
            select(Payment.status, Payment.amount_fen).order_by(Payment.reference)
        ).all()
        return [(row.status, row.amount_fen) for row in rows]


@pytest.fixture
def desk(session: Session, make: Make) -> Desk:
    return Desk(session, make)


class TestStartDeposit:
    def test_play_money_confirms_at_once(self, desk: Desk) -> None:
        booking = desk.hold()

        payment = desk.pay(booking, Sandbox())

        assert (payment.status, payment.amount_fen) == (PaymentStatus.PAID, 12000)
        assert desk.status(booking) is BookingStatus.CONFIRMED
        assert desk.taken() == 2

    def test_a_transfer_keeps_the_seats_for_three_days(self, desk: Desk) -> None:
        booking = desk.hold()

        payment = desk.pay(booking, BankTransfer(), now=NOON + 10 * MINUTE)

        assert payment.reference == f"{booking.number}-1"
        until = NOON + dt.timedelta(days=3)
        assert desk.session.get_one(Booking, booking.id).hold_expires_at == until
        assert desk.expire(until - MINUTE) == 0
        assert desk.expire(until) == 1

    def test_a_transfer_never_keeps_seats_past_their_shift(self, desk: Desk) -> None:
        booking = desk.hold(now=PEAK - 60 * MINUTE)

        desk.pay(booking, BankTransfer(), now=PEAK - 50 * MINUTE)

        assert desk.session.get_one(Booking, booking.id).hold_expires_at == PEAK

    def test_a_transfer_never_shortens_the_hold(self, desk: Desk) -> None:
        booking = desk.hold(now=PEAK - 10 * MINUTE)

        desk.pay(booking, BankTransfer(), now=PEAK - 9 * MINUTE)

        assert desk.session.get_one(Booking, booking.id).hold_expires_at == PEAK + 20 * MINUTE

    def test_asked_twice_it_is_the_same_transfer(self, desk: Desk) -> None:
        booking = desk.hold()

        first, second = desk.pay(booking, BankTransfer()), desk.pay(booking, BankTransfer())

        assert first.id == second.id

    def test_a_transfer_keeps_the_seats_only_once(self, desk: Desk) -> None:
        booking = desk.hold()
        payment = desk.pay(booking, BankTransfer())
        until = desk.session.get_one(Booking, booking.id).hold_expires_at
        with transaction(desk.session):
            payments.close_unpaid(desk.session, payment.id, actor_user_id=desk.operations_id, now=NOON)

        with pytest.raises(TransferUsedError):
            desk.pay(booking, BankTransfer(), now=until - MINUTE)

        assert desk.session.get_one(Booking, booking.id).hold_expires_at == until
        assert desk.money() == [(PaymentStatus.FAILED, 12000)]
        desk.pay(booking, Sandbox(), now=until - MINUTE)
        assert desk.status(booking) is BookingStatus.CONFIRMED

    def test_operations_are_told(self, desk: Desk) -> None:
        desk.pay(desk.hold(), BankTransfer())

        notice = desk.session.scalars(select(Notice).where(Notice.kind == NoticeKind.PAYMENT_RECEIVED)).one()
        assert notice.user_id == desk.operations_id
        assert notice.params["amount"] == "¥120.00"

    @pytest.mark.parametrize(("late", "refused"), [(-1, False), (0, True)])
    def test_not_once_the_time_is_over(self, desk: Desk, late: int, refused: bool) -> None:
        booking = desk.hold()
        now = booking.hold_expires_at + dt.timedelta(microseconds=late)

        if refused:
            with pytest.raises(StaleStateError):
                desk.pay(booking, Sandbox(), now=now)
        else:
            desk.pay(booking, Sandbox(), now=now)

    def test_not_somebody_elses_booking(self, desk: Desk, make: Make) -> None:
        with pytest.raises(NotFoundError):
            desk.pay(desk.hold(), Sandbox(), merchant_id=make.merchant().id)

    def test_play_money_is_only_there_where_it_is_allowed(self) -> None:
        assert set(available_providers(sandbox=False)) == {PaymentProvider.BANK_TRANSFER}
        assert set(available_providers(sandbox=True)) == set(PaymentProvider)


class TestConfirmArrival:
    def test_confirms_the_hold_once_however_often_it_is_pressed(self, desk: Desk) -> None:
        booking = desk.hold()
        payment = desk.pay(booking, BankTransfer())

        assert [desk.arrive(payment), desk.arrive(payment)] == [Arrival.CONFIRMED, Arrival.KNOWN]

        assert desk.status(booking) is BookingStatus.CONFIRMED
        assert desk.money() == [(PaymentStatus.PAID, 12000)]
        assert desk.taken() == 2

    def test_late_money_takes_the_same_seats_again(self, desk: Desk) -> None:
        booking = desk.hold()
        payment = desk.pay(booking, BankTransfer())
        desk.expire(LATER)

        assert desk.arrive(payment, now=LATER) is Arrival.REVIVED

        assert desk.status(booking) is BookingStatus.CONFIRMED
        assert desk.taken() == 2
        assert find_seat_drift(desk.session) == []

    def test_late_money_is_paid_back_when_a_seat_is_gone(self, desk: Desk) -> None:
        booking = desk.hold()
        payment = desk.pay(booking, BankTransfer())
        desk.expire(LATER)
        desk.pay(desk.hold(seats=2, now=LATER), Sandbox(), now=LATER)

        assert desk.arrive(payment, now=LATER) is Arrival.REFUND_DUE

        assert desk.status(booking) is BookingStatus.EXPIRED
        assert (PaymentStatus.REFUND_DUE, -12000) in desk.money()
        assert desk.taken() == 2
        assert NoticeKind.REFUND_DUE in desk.session.scalars(select(Notice.kind)).all()
        assert desk.arrive(payment, now=LATER) is Arrival.KNOWN

    def test_late_money_is_paid_back_when_the_shift_has_begun(self, desk: Desk) -> None:
        payment = desk.pay(desk.hold(), BankTransfer())
        desk.expire(LATER)

        assert desk.arrive(payment, now=PEAK) is Arrival.REFUND_DUE

    def test_money_for_a_cancelled_hold_is_paid_back(self, desk: Desk) -> None:
        booking = desk.hold()
        payment = desk.pay(booking, BankTransfer())
        with transaction(desk.session):
            locked = bookings.lock_booking(desk.session, booking.id)
            cancellations.cancel_seats(
                desk.session,
                merchant_id=desk.merchant_id,
                booking_id=booking.id,
                seats={line.id: line.seats for line in locked.lines},
                shown_fee_fen=0,
                actor_user_id=desk.member_id,
                now=NOON,
                wall_now=NOON,
            )

        assert desk.arrive(payment) is Arrival.REFUND_DUE
        assert desk.status(booking) is BookingStatus.CANCELLED
        assert desk.taken() == 0

    def test_paid_twice_over_the_second_is_paid_back(self, desk: Desk) -> None:
        booking = desk.hold()
        transfer = desk.pay(booking, BankTransfer())
        desk.pay(booking, Sandbox())

        assert desk.arrive(transfer) is Arrival.REFUND_DUE
        assert desk.status(booking) is BookingStatus.CONFIRMED

    def test_money_that_was_given_up_can_still_come(self, desk: Desk) -> None:
        booking = desk.hold()
        payment = desk.pay(booking, BankTransfer())
        with transaction(desk.session):
            payments.close_unpaid(desk.session, payment.id, actor_user_id=desk.operations_id, now=NOON)

        assert desk.arrive(payment) is Arrival.CONFIRMED
        assert desk.status(booking) is BookingStatus.CONFIRMED

    def test_of_an_unknown_payment_is_not_found(self, desk: Desk) -> None:
        with pytest.raises(NotFoundError), transaction(desk.session):
            payments.confirm_arrival(desk.session, uuid.uuid4(), actor_user_id=None, now=NOON, wall_now=NOON)


class TestSettleRefund:
    def test_is_noted_once(self, desk: Desk) -> None:
        payment = desk.pay(desk.hold(), BankTransfer())
        desk.expire(LATER)
        desk.arrive(payment, now=PEAK)
        refund_id = desk.session.scalars(select(Payment.id).where(Payment.amount_fen < 0)).one()

        for _ in range(2):
            with transaction(desk.session):
                payments.settle_refund(
                    desk.session, refund_id, actor_user_id=desk.operations_id, now=SALE_ENDS
                )

        assert desk.money()[1] == (PaymentStatus.REFUNDED, -12000)

    def test_a_deposit_is_no_refund(self, desk: Desk) -> None:
        payment = desk.pay(desk.hold(), BankTransfer())

        with pytest.raises(StaleStateError), transaction(desk.session):
            payments.settle_refund(desk.session, payment.id, actor_user_id=desk.operations_id, now=NOON)

    def test_a_refund_is_no_deposit(self, desk: Desk) -> None:
        payment = desk.pay(desk.hold(), BankTransfer())
        desk.expire(LATER)
        desk.arrive(payment, now=PEAK)
        refund = desk.session.scalars(select(Payment).where(Payment.amount_fen < 0)).one()

        with pytest.raises(StaleStateError):
            desk.arrive(refund)


class TestCancelSeats:
    def cancel(
        self,
        desk: Desk,
        booking: Booking,
        seats: int,
        *,
        now: dt.datetime,
        shown_fee_fen: int = 10**9,
        merchant_id: uuid.UUID | None = None,
    ) -> Booking:
        with transaction(desk.session):
            (line,) = bookings.lock_booking(desk.session, booking.id).lines
            return cancellations.cancel_seats(
                desk.session,
                merchant_id=merchant_id or desk.merchant_id,
                booking_id=booking.id,
                seats={line.id: seats},
                shown_fee_fen=shown_fee_fen,
                actor_user_id=desk.member_id,
                now=now,
                wall_now=now,
            )

    def test_part_of_a_paid_booking_pays_back_the_deposit_less_the_fee(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.pay(booking, Sandbox())

        self.cancel(desk, booking, 1, now=PEAK - dt.timedelta(days=20))

        assert desk.taken() == 1
        assert desk.status(booking) is BookingStatus.CONFIRMED
        assert desk.money() == [(PaymentStatus.PAID, 12000), (PaymentStatus.REFUND_DUE, -4000)]
        assert find_seat_drift(desk.session) == []

    def test_the_last_seat_cancels_the_booking(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.pay(booking, Sandbox())

        self.cancel(desk, booking, 1, now=NOON)
        self.cancel(desk, booking, 1, now=NOON)

        assert desk.status(booking) is BookingStatus.CANCELLED
        assert desk.taken() == 0

    def test_a_fee_above_the_deposit_pays_nothing_back(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.pay(booking, Sandbox())

        self.cancel(desk, booking, 2, now=PEAK - MINUTE)

        assert desk.money() == [(PaymentStatus.PAID, 12000)]

    def test_a_fee_that_rose_since_it_was_shown_is_not_taken(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.pay(booking, Sandbox())

        with pytest.raises(StaleStateError):
            self.cancel(desk, booking, 2, now=PEAK - dt.timedelta(days=20), shown_fee_fen=3999)
        self.cancel(desk, booking, 2, now=PEAK - dt.timedelta(days=20), shown_fee_fen=4000)

        assert desk.taken() == 0

    def test_a_hold_is_given_back_for_nothing(self, desk: Desk) -> None:
        booking = desk.hold()

        self.cancel(desk, booking, 2, now=NOON, shown_fee_fen=0)

        assert desk.status(booking) is BookingStatus.CANCELLED
        assert desk.taken() == 0
        assert desk.money() == []

    def test_part_of_a_hold_lowers_the_deposit(self, desk: Desk) -> None:
        booking = desk.hold()

        self.cancel(desk, booking, 1, now=NOON)
        desk.pay(booking, Sandbox())

        assert desk.session.get_one(Booking, booking.id).deposit_fen == 6000
        assert desk.money() == [(PaymentStatus.PAID, 6000)]
        self.cancel(desk, booking, 1, now=PEAK - dt.timedelta(days=10))
        # 30 % of ¥200: the fee is all that came.
        assert desk.money() == [(PaymentStatus.PAID, 6000)]

    def test_part_of_a_hold_replaces_the_transfer_that_is_under_way(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.pay(booking, BankTransfer())
        until = booking.hold_expires_at

        self.cancel(desk, booking, 1, now=NOON + MINUTE)

        assert desk.money() == [(PaymentStatus.FAILED, 12000), (PaymentStatus.PENDING, 6000)]
        assert desk.session.get_one(Booking, booking.id).hold_expires_at == until
        notices = desk.session.scalars(select(Notice).where(Notice.kind == NoticeKind.PAYMENT_RECEIVED)).all()
        assert sorted(notice.params["amount"] for notice in notices) == ["¥120.00", "¥60.00"]
        payment = desk.pay(booking, BankTransfer(), now=NOON + MINUTE)
        assert payment.reference == f"{booking.number}-2"
        assert desk.arrive(payment) is Arrival.CONFIRMED
        assert desk.money() == [(PaymentStatus.FAILED, 12000), (PaymentStatus.PAID, 6000)]

    def hold_two_shifts_and_give_back_the_first(self, desk: Desk, make: Make, *, now: dt.datetime) -> Booking:
        first = desk.session.get_one(SeatCell, desk.cell_id)
        slot = make.slot(
            event=desk.session.get_one(PeakEvent, first.event_id), starts_at=PEAK + dt.timedelta(hours=4)
        )
        second = make.seat_cell(slot=slot, price_fen=20000)
        with transaction(desk.session):
            booking = bookings.hold_seats(
                desk.session,
                merchant_id=desk.merchant_id,
                project_id=desk.project_id,
                cells={first.id: 1, second.id: 1},
                actor_user_id=desk.member_id,
                now=now,
                wall_now=now,
            )
        with transaction(desk.session):
            locked = bookings.lock_booking(desk.session, booking.id)
            cancellations.cancel_seats(
                desk.session,
                merchant_id=desk.merchant_id,
                booking_id=booking.id,
                seats={line.id: 1 for line in locked.lines if line.seat_cell_id == first.id},
                shown_fee_fen=0,
                actor_user_id=desk.member_id,
                now=now,
                wall_now=now,
            )
        return booking

    def test_a_shift_given_back_does_not_shorten_what_a_transfer_keeps(self, desk: Desk, make: Make) -> None:
        now = PEAK - 60 * MINUTE
        booking = self.hold_two_shifts_and_give_back_the_first(desk, make, now=now)

        desk.pay(booking, BankTransfer(), now=now)

        assert desk.session.get_one(Booking, booking.id).hold_expires_at == PEAK + dt.timedelta(hours=4)

    def test_a_shift_given_back_does_not_stop_late_money(self, desk: Desk, make: Make) -> None:
        booking = self.hold_two_shifts_and_give_back_the_first(desk, make, now=NOON)
        payment = desk.pay(booking, BankTransfer())
        desk.expire(LATER)

        assert desk.arrive(payment, now=PEAK) is Arrival.REVIVED

    @pytest.mark.parametrize("late", [False, True])
    def test_of_the_old_amount_what_is_too_much_is_paid_back(self, desk: Desk, late: bool) -> None:
        booking = desk.hold()
        old = desk.pay(booking, BankTransfer())
        self.cancel(desk, booking, 1, now=NOON)
        if late:
            desk.expire(LATER)

        arrival = desk.arrive(old, now=LATER if late else NOON)

        assert arrival is (Arrival.REVIVED if late else Arrival.CONFIRMED)
        assert desk.taken() == 1
        assert desk.money() == [
            (PaymentStatus.PAID, 12000),
            (PaymentStatus.PENDING, 6000),
            (PaymentStatus.REFUND_DUE, -6000),
        ]

    def test_what_came_above_the_deposit_is_not_kept(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.pay(booking, Sandbox())
        with transaction(desk.session):
            desk.session.execute(update(Payment).values(amount_fen=15000))

        self.cancel(desk, booking, 2, now=PEAK - dt.timedelta(days=10))

        assert desk.money() == [(PaymentStatus.PAID, 15000), (PaymentStatus.REFUND_DUE, -3000)]

    def test_fees_of_earlier_cancellations_are_covered_first(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.pay(booking, Sandbox())

        self.cancel(desk, booking, 1, now=PEAK - dt.timedelta(days=5))
        self.cancel(desk, booking, 1, now=PEAK - dt.timedelta(days=20))

        # Fees of ¥100 and ¥20 take all of the ¥120, though the second alone would have left ¥40.
        assert desk.money() == [(PaymentStatus.PAID, 12000)]

    def test_a_booking_paid_elsewhere_is_paid_back_by_its_deposit(self, desk: Desk) -> None:
        booking = desk.hold()
        with transaction(desk.session):
            locked = bookings.lock_booking(desk.session, booking.id)
            bookings.confirm_booking(desk.session, locked, actor_user_id=None, now=NOON, wall_now=NOON)

        self.cancel(desk, booking, 1, now=PEAK - dt.timedelta(days=20))
        self.cancel(desk, booking, 1, now=PEAK - dt.timedelta(days=20))

        assert desk.money() == [(PaymentStatus.REFUND_DUE, -4000), (PaymentStatus.REFUND_DUE, -4000)]

    @pytest.mark.parametrize("seats", [3, 10**9])
    def test_not_more_than_is_booked(self, desk: Desk, seats: int) -> None:
        booking = desk.hold()

        with pytest.raises(StaleStateError):
            self.cancel(desk, booking, seats, now=NOON)

    def test_not_twice(self, desk: Desk) -> None:
        booking = desk.hold()
        self.cancel(desk, booking, 2, now=NOON)

        with pytest.raises(StaleStateError):
            self.cancel(desk, booking, 2, now=NOON)
        assert desk.taken() == 0

    def test_not_somebody_elses(self, desk: Desk, make: Make) -> None:
        booking = desk.hold()

        with pytest.raises(NotFoundError):
            self.cancel(desk, booking, 1, now=NOON, merchant_id=make.merchant().id)

    def test_members_read_fee_and_refund(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.pay(booking, Sandbox())
        self.cancel(desk, booking, 1, now=PEAK - dt.timedelta(days=20))

        notice = desk.session.scalars(select(Notice).where(Notice.kind == NoticeKind.BOOKING_CANCELLED)).one()
        assert (notice.params["fee"], notice.params["refund"]) == ("¥20.00", "¥40.00")
