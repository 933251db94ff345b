"""Any order of holding, paying, expiring and cancelling leaves the cells as a plain dictionary says."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from app.booking_rules import HOLD_TIME, TRANSFER_TIME, deposit_of, fee_percent, share_of
from app.db import transaction
from app.errors import SeatsUnavailableError, StaleStateError
from app.models import Booking, BookingStatus, Payment, PaymentStatus, SeatCell
from app.providers.payments import BankTransfer, Provider, Sandbox
from app.queries.bookings import balance_of, find_seat_drift, get_booking, list_cancellations
from app.services import bookings, cancellations, payments
from app.services.payments import Arrival
from tests.make import NOON, Make, shanghai

CAPACITIES = (1, 3, 8)
PRICE_FEN = 15657


@dataclasses.dataclass
class Expected:
    """What the model knows of one booking."""

    status: BookingStatus
    seats: dict[uuid.UUID, int]
    held_at: dt.datetime
    expires_at: dt.datetime
    transfer_id: uuid.UUID | None = None
    owed_fen: int = 0

    @property
    def price_fen(self) -> int:
        return sum(self.seats.values()) * PRICE_FEN if self.is_live else 0

    @property
    def is_live(self) -> bool:
        return self.status in (BookingStatus.HELD, BookingStatus.CONFIRMED)


class Bookings(RuleBasedStateMachine):
    """Compares the services with a dictionary, step by step."""

    connection: Connection
    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.undo = self.connection.begin_nested()
        self.session = Session(
            bind=self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        make = Make(self.session)
        membership = make.membership()
        self.merchant_id, self.member_id = membership.merchant_id, membership.user_id
        self.project_id = make.project(merchant_id=membership.merchant_id).id
        event = make.event(booking_closes_at=shanghai(13, 0))
        self.capacity = {
            make.seat_cell(
                slot=make.slot(event=event, starts_at=shanghai(11, number * 4)),
                capacity=capacity,
                price_fen=PRICE_FEN,
            ).id: capacity
            for number, capacity in enumerate(CAPACITIES)
        }
        self.cell_ids = list(self.capacity)
        self.now = NOON
        self.expected: dict[uuid.UUID, Expected] = {}

    def teardown(self) -> None:
        self.session.close()
        self.undo.rollback()

    def taken(self) -> dict[uuid.UUID, int]:
        sums = dict.fromkeys(self.cell_ids, 0)
        for booking in self.expected.values():
            if booking.is_live:
                for cell_id, seats in booking.seats.items():
                    sums[cell_id] += seats
        return sums

    @rule(
        target=known,
        wish=st.dictionaries(
            st.integers(0, len(CAPACITIES) - 1), st.integers(1, 4), min_size=1, max_size=len(CAPACITIES)
        ),
    )
    def hold(self, wish: dict[int, int]) -> uuid.UUID | None:
        cells = {self.cell_ids[number]: seats for number, seats in wish.items()}
        taken = self.taken()
        short = {
            cell_id for cell_id, seats in cells.items() if taken[cell_id] + seats > self.capacity[cell_id]
        }
        try:
            with transaction(self.session):
                booking = bookings.hold_seats(
                    self.session,
                    merchant_id=self.merchant_id,
                    project_id=self.project_id,
                    cells=cells,
                    actor_user_id=self.member_id,
                    now=self.now,
                    wall_now=self.now,
                )
        except SeatsUnavailableError as refusal:
            refused = {cell_id for cell_id, _wanted, _left in refusal.cells}
        else:
            refused = set()
        assert refused == short
        if refused:
            return None
        self.expected[booking.id] = Expected(
            status=BookingStatus.HELD,
            seats=cells,
            held_at=self.now,
            expires_at=self.now + HOLD_TIME,
        )
        return booking.id

    def pay(self, booking_id: uuid.UUID, provider: Provider) -> Payment | None:
        booking = self.expected[booking_id]
        may = booking.status is BookingStatus.HELD and booking.expires_at > self.now
        try:
            with transaction(self.session):
                payment = payments.start_deposit(
                    self.session,
                    merchant_id=self.merchant_id,
                    booking_id=booking_id,
                    provider=provider,
                    actor_user_id=self.member_id,
                    now=self.now,
                    wall_now=self.now,
                )
        except StaleStateError:
            assert not may
            return None
        assert may
        return payment

    @rule(booking_id=known)
    def pay_with_play_money(self, booking_id: uuid.UUID | None) -> None:
        if booking_id and self.pay(booking_id, Sandbox()):
            self.expected[booking_id].status = BookingStatus.CONFIRMED

    @rule(booking_id=known)
    def choose_a_transfer(self, booking_id: uuid.UUID | None) -> None:
        if booking_id and (payment := self.pay(booking_id, BankTransfer())):
            booking = self.expected[booking_id]
            if booking.transfer_id is None:
                booking.expires_at = booking.held_at + TRANSFER_TIME
            booking.transfer_id = payment.id

    @rule(booking_id=known)
    def money_arrives(self, booking_id: uuid.UUID | None) -> None:
        if booking_id is None or (payment_id := self.expected[booking_id].transfer_id) is None:
            return
        booking = self.expected[booking_id]
        was_paid = self.session.scalars(select(Payment.status).where(Payment.id == payment_id)).one()
        with transaction(self.session):
            arrival = payments.confirm_arrival(
                self.session, payment_id, actor_user_id=None, now=self.now, wall_now=self.now
            )
        if was_paid is PaymentStatus.PAID:
            assert arrival is Arrival.KNOWN
        elif booking.status is BookingStatus.HELD:
            assert arrival is Arrival.CONFIRMED
            booking.status = BookingStatus.CONFIRMED
        elif booking.status is BookingStatus.EXPIRED and self.has_room(booking.seats):
            assert arrival is Arrival.REVIVED
            booking.status = BookingStatus.CONFIRMED
        else:
            assert arrival is Arrival.REFUND_DUE

    def has_room(self, seats: dict[uuid.UUID, int]) -> bool:
        taken = self.taken()
        return all(taken[cell_id] + number <= self.capacity[cell_id] for cell_id, number in seats.items())

    @rule(booking_id=known, number=st.integers(0, len(CAPACITIES) - 1), seats=st.integers(1, 4))
    def cancel(self, booking_id: uuid.UUID | None, number: int, seats: int) -> None:
        if booking_id is None:
            return
        booking, cell_id = self.expected[booking_id], self.cell_ids[number]
        if cell_id not in booking.seats:
            return
        may = booking.is_live and 0 < seats <= booking.seats[cell_id]
        read = get_booking(self.session, booking_id, merchant_id=self.merchant_id)
        (line_id,) = [line.id for line in read.lines if line.seat_cell_id == cell_id]
        try:
            with transaction(self.session):
                cancellations.cancel_seats(
                    self.session,
                    merchant_id=self.merchant_id,
                    booking_id=booking_id,
                    seats={line_id: seats},
                    shown_fee_fen=10**9,
                    actor_user_id=self.member_id,
                    now=self.now,
                    wall_now=self.now,
                )
        except StaleStateError:
            assert not may
            return
        assert may
        was_paid, deposit = booking.status is BookingStatus.CONFIRMED, deposit_of(booking.price_fen)
        booking.seats = {**booking.seats, cell_id: booking.seats[cell_id] - seats}
        if not any(booking.seats.values()):
            booking.status = BookingStatus.CANCELLED
        if was_paid:
            fee = share_of(seats * PRICE_FEN, fee_percent(starts_at=shanghai(11, number * 4), now=self.now))
            freed = deposit - deposit_of(booking.price_fen)
            booking.owed_fen = max(0, booking.owed_fen + fee - freed)

    @rule(minutes=st.sampled_from([1, 20, 31, 60 * 24]))
    def time_passes(self, minutes: int) -> None:
        # Never as far as the first shift: what begins cannot be cancelled, which has its own tests.
        self.now = min(self.now + dt.timedelta(minutes=minutes), shanghai(10, 0))

    @rule(limit=st.integers(1, 5))
    def holds_run_out(self, limit: int) -> None:
        due = [
            booking
            for booking in self.expected.values()
            if booking.status is BookingStatus.HELD and booking.expires_at <= self.now
        ]
        rounds = 0
        while True:
            with transaction(self.session):
                expired = bookings.expire_due_holds(
                    self.session, now=self.now, wall_now=self.now, limit=limit
                )
            rounds += expired
            if expired < limit:
                break
        assert rounds == len(due)
        for booking in due:
            booking.status = BookingStatus.EXPIRED

    @invariant()
    def cells_agree(self) -> None:
        rows = self.session.execute(select(SeatCell.id, SeatCell.taken))
        assert {row.id: row.taken for row in rows} == self.taken()
        assert find_seat_drift(self.session) == []

    @invariant()
    def bookings_agree(self) -> None:
        rows = self.session.execute(select(Booking.id, Booking.status))
        assert {row.id: row.status for row in rows} == {
            booking_id: booking.status for booking_id, booking in self.expected.items()
        }

    @invariant()
    def money_agrees(self) -> None:
        """For every booking: paid + owed = fees + refunds + deposit on the seats that are paid for.

        `paid` is all that came, `refunds` all that went or will go back, `owed` the part of the fees that no
        money covers; the balance is what is booked beyond its deposit, and `owed`.
        """
        for booking_id, expected in self.expected.items():
            booking = get_booking(self.session, booking_id, merchant_id=self.merchant_id)
            cancelled = list_cancellations(self.session, booking_id)
            balance = balance_of(booking, cancelled)
            price = expected.price_fen
            paid = sum(one.amount_fen for one in booking.payments if one.status is PaymentStatus.PAID)
            refunds = -sum(one.amount_fen for one in booking.payments if one.amount_fen < 0)
            fees = sum(one.fee_fen for one in cancelled)
            held = 0 if expected.status is BookingStatus.HELD else deposit_of(price)
            assert paid + expected.owed_fen == fees + refunds + held
            assert balance == price - held + expected.owed_fen
            if expected.status is BookingStatus.HELD:
                assert booking.deposit_fen == deposit_of(price)
                waiting = [one for one in booking.payments if one.status is PaymentStatus.PENDING]
                assert all(one.amount_fen == booking.deposit_fen for one in waiting)
            if expected.status is BookingStatus.EXPIRED:
                assert balance == 0
            if not cancelled and expected.status is BookingStatus.CONFIRMED:
                assert balance == price - booking.deposit_fen
        paid_back = self.session.scalars(
            select(func.coalesce(func.sum(Payment.amount_fen), 0)).where(Payment.amount_fen < 0)
        ).one()
        came = self.session.scalars(
            select(func.coalesce(func.sum(Payment.amount_fen), 0)).where(
                Payment.amount_fen > 0, Payment.status == PaymentStatus.PAID
            )
        ).one()
        assert came + paid_back >= 0


@pytest.fixture
def machine(app: Flask, connection: Connection) -> type[Bookings]:
    Bookings.connection = connection
    return Bookings


def test_any_order_of_steps_agrees_with_a_dictionary(machine: type[Bookings]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
