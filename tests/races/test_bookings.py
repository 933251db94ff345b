"""Real connections, real commits: seats are never sold twice, whoever comes at the same time.

The control does what the service must not do (read, then write) in a database whose check is dropped. It must
oversell: if it does not, the other tests of this file prove nothing.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, select, text, update
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import SeatsUnavailableError, StaleStateError
from app.models import Booking, BookingStatus, PaymentStatus, SeatCell
from app.providers.payments import BankTransfer
from app.queries.bookings import find_seat_drift
from app.services import bookings, cancellations, payments
from tests.conftest import fresh_database
from tests.make import NOON, Make, shanghai

BUYERS = 16
ATTEMPTS = 200


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A database of its own with a connection for every buyer."""
    with fresh_database() as url:
        engine = create_engine(url, pool_size=BUYERS + 2, max_overflow=0)
        yield engine
        engine.dispose()


class Market:
    """A season with cells, and a shop whose people buy at the same time."""

    def __init__(self, engine: Engine, *, cells: int, capacity: int) -> None:
        self.engine = engine
        with self.session() as session:
            make = Make(session)
            membership = make.membership()
            event = make.event(booking_closes_at=shanghai(13, 0))
            self.merchant_id, self.member_id = membership.merchant_id, membership.user_id
            self.project_id = make.project(merchant_id=membership.merchant_id).id
            self.cell_ids = [
                make.seat_cell(
                    slot=make.slot(event=event, starts_at=shanghai(1 + number // 6, number % 6 * 4)),
                    capacity=capacity,
                ).id
                for number in range(cells)
            ]

    def session(self) -> Session:
        return Session(self.engine, expire_on_commit=False)

    def hold(self, cells: Mapping[uuid.UUID, int]) -> uuid.UUID:
        with self.session() as session, transaction(session):
            return bookings.hold_seats(
                session,
                merchant_id=self.merchant_id,
                project_id=self.project_id,
                cells=cells,
                actor_user_id=self.member_id,
                now=NOON,
                wall_now=NOON,
            ).id

    def taken(self) -> dict[uuid.UUID, int]:
        with self.session() as session:
            return {row.id: row.taken for row in session.execute(select(SeatCell.id, SeatCell.taken))}

    def drift(self) -> int:
        with self.session() as session:
            return len(find_seat_drift(session))


def at_once(work: Sequence[Callable[[], object]]) -> list[object]:
    """Run the pieces of work in BUYERS threads that start together; return results or refusals in order."""
    barrier = threading.Barrier(min(BUYERS, len(work)))
    first = threading.local()

    def run(piece: Callable[[], object]) -> object:
        if not getattr(first, "done", False):
            first.done = True
            barrier.wait(timeout=30)
        try:
            return piece()
        except (SeatsUnavailableError, StaleStateError) as refusal:
            return refusal

    with ThreadPoolExecutor(max_workers=barrier.parties) as pool:
        return list(pool.map(run, work))


def sold(results: Sequence[object]) -> int:
    return sum(not isinstance(result, Exception) for result in results)


def test_without_the_guard_a_cell_is_oversold(engine: Engine) -> None:
    """Shows that the harness can catch the race."""
    market = Market(engine, cells=1, capacity=ATTEMPTS // 2)
    (cell_id,) = market.cell_ids
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE seat_cell DROP CONSTRAINT ck_seat_cell_never_oversold"))
    all_have_read = threading.Barrier(BUYERS)

    def read_then_write() -> None:
        with market.session() as session, transaction(session):
            cell = session.get_one(SeatCell, cell_id)
            if cell.taken >= cell.capacity:
                raise SeatsUnavailableError(cells=[(cell_id, 1, 0)])
            if cell.taken == cell.capacity - 1:
                # The moment of truth is made long enough to be met.
                all_have_read.wait(timeout=30)
            session.execute(update(SeatCell).where(SeatCell.id == cell_id).values(taken=SeatCell.taken + 1))

    with market.session() as session, transaction(session):
        session.execute(update(SeatCell).values(taken=ATTEMPTS // 2 - 1))
    results = at_once([read_then_write] * BUYERS)

    assert sold(results) > 1
    assert market.taken()[cell_id] > ATTEMPTS // 2


def test_one_cell_is_sold_to_the_last_seat_and_no_further(engine: Engine) -> None:
    market = Market(engine, cells=1, capacity=ATTEMPTS // 2)
    (cell_id,) = market.cell_ids

    results = at_once([lambda: market.hold({cell_id: 1})] * ATTEMPTS)

    assert sold(results) == ATTEMPTS // 2
    assert market.taken() == {cell_id: ATTEMPTS // 2}
    assert market.drift() == 0


def test_a_grid_is_never_oversold_and_nobody_gets_half_of_it(engine: Engine) -> None:
    """Buyers want overlapping cells named in any order; a deadlock would fail the test."""
    seed = 20261111
    chance = random.Random(seed)
    market = Market(engine, cells=12, capacity=25)
    wishes = [
        dict.fromkeys(chance.sample(market.cell_ids, chance.randint(2, 8)), chance.randint(1, 3))
        for _ in range(ATTEMPTS)
    ]

    results = at_once([lambda wish=wish: market.hold(wish) for wish in wishes])  # type: ignore[misc]

    taken = dict.fromkeys(market.cell_ids, 0)
    for wish, result in zip(wishes, results, strict=True):
        if isinstance(result, uuid.UUID):
            for cell_id, seats in wish.items():
                taken[cell_id] += seats
        else:
            assert isinstance(result, SeatsUnavailableError)
    assert market.taken() == taken, f"seed {seed}"
    assert max(taken.values()) <= 25
    assert 0 < sold(results) < ATTEMPTS
    assert market.drift() == 0


def test_the_check_stands_behind_the_statement(engine: Engine) -> None:
    market = Market(engine, cells=1, capacity=1)

    with market.session() as session, pytest.raises(Exception, match="never_oversold"):
        session.execute(update(SeatCell).values(taken=2))


def test_several_workers_expire_each_hold_once(engine: Engine) -> None:
    market = Market(engine, cells=3, capacity=60)
    for _ in range(30):
        market.hold(dict.fromkeys(market.cell_ids, 1))
    later = NOON.replace(hour=NOON.hour + 1)

    def expire() -> int:
        with market.session() as session, transaction(session):
            return bookings.expire_due_holds(session, now=later, wall_now=later, limit=4)

    expired = at_once([expire] * 32)

    # Skipped rows are left for the next round; whatever the order, none is done twice.
    assert sum(int(str(number)) for number in expired) + expire_rest(expire) == 30
    assert set(market.taken().values()) == {0}
    assert market.drift() == 0


def expire_rest(expire: Callable[[], int]) -> int:
    rest = 0
    while number := expire():
        rest += number
    return rest


def test_confirm_expire_and_cancel_at_once_agree_on_one_end(engine: Engine) -> None:
    """Whoever comes first decides; the seats are counted once in every case."""
    market = Market(engine, cells=2, capacity=40)
    kept = 0
    for _ in range(12):
        booking_id = market.hold(dict.fromkeys(market.cell_ids, 3))
        payment_id = start_transfer(market, booking_id)
        outcomes = at_once(
            [
                lambda: confirm(market, payment_id),  # noqa: B023 - run before the next round
                lambda: expire_now(market),
                lambda: cancel(market, booking_id),  # noqa: B023
            ]
        )
        with market.session() as session:
            booking = session.get_one(Booking, booking_id)
            # A late transfer revives an expired hold; nothing revives a cancelled one.
            assert booking.status in (BookingStatus.CONFIRMED, BookingStatus.CANCELLED), outcomes
            held = sum(market.taken().values())
        assert market.drift() == 0
        if booking.status is BookingStatus.CANCELLED:
            assert held == kept
        kept = held


def start_transfer(market: Market, booking_id: uuid.UUID) -> uuid.UUID:
    with market.session() as session, transaction(session):
        payment = payments.start_deposit(
            session,
            merchant_id=market.merchant_id,
            booking_id=booking_id,
            provider=BankTransfer(),
            actor_user_id=market.member_id,
            now=NOON,
            wall_now=NOON,
        )
        # Due at once, so that the expiry has something to take.
        payment_id = payment.id
        session.execute(update(Booking).where(Booking.id == booking_id).values(hold_expires_at=NOON))
    return payment_id


def confirm(market: Market, payment_id: uuid.UUID) -> payments.Arrival:
    with market.session() as session, transaction(session):
        return payments.confirm_arrival(
            session, payment_id, actor_user_id=market.member_id, now=NOON, wall_now=NOON
        )


def expire_now(market: Market) -> int:
    with market.session() as session, transaction(session):
        return bookings.expire_due_holds(session, now=NOON, wall_now=NOON, limit=10)


def cancel(market: Market, booking_id: uuid.UUID) -> BookingStatus:
    with market.session() as session, transaction(session):
        locked = bookings.lock_booking(session, booking_id)
        return cancellations.cancel_seats(
            session,
            merchant_id=market.merchant_id,
            booking_id=booking_id,
            seats={line.id: line.seats for line in locked.lines if line.seats},
            shown_fee_fen=10**9,
            actor_user_id=market.member_id,
            now=NOON,
            wall_now=NOON,
        ).status


def test_money_confirmed_by_two_people_counts_once(engine: Engine) -> None:
    market = Market(engine, cells=1, capacity=5)
    payment_id = start_transfer(market, market.hold({market.cell_ids[0]: 2}))

    outcomes = at_once([lambda: confirm(market, payment_id)] * BUYERS)

    assert sorted(str(outcome) for outcome in outcomes) == ["confirmed", *["known"] * (BUYERS - 1)]
    with market.session() as session:
        booking = session.scalars(select(Booking)).one()
        locked = bookings.lock_booking(session, booking.id)
        assert [payment.status for payment in locked.payments] == [PaymentStatus.PAID]
    assert market.drift() == 0


def test_late_money_and_a_new_buyer_never_both_get_the_last_seats(engine: Engine) -> None:
    for _ in range(6):
        market = Market(engine, cells=1, capacity=2)
        cell_id = market.cell_ids[0]
        payment_id = start_transfer(market, market.hold({cell_id: 2}))
        expire_now(market)

        at_once([lambda: confirm(market, payment_id), lambda: market.hold({cell_id: 1})])  # noqa: B023

        assert market.drift() == 0
        assert market.taken()[cell_id] in (1, 2)
