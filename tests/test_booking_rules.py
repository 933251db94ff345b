from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import booking_rules
from app.booking_rules import PricedSeats, SeatsToCancel
from tests.make import NOON, PEAK

DAY = dt.timedelta(days=1)
MICROSECOND = dt.timedelta(microseconds=1)


def to_cancel(
    seats: int = 2, price_fen: int = 15600, starts_at: dt.datetime = PEAK, line_id: uuid.UUID | None = None
) -> SeatsToCancel:
    return SeatsToCancel(
        line_id=line_id or uuid.uuid4(), seats=seats, price_fen=price_fen, starts_at=starts_at
    )


class TestFeePercent:
    @pytest.mark.parametrize(
        ("notice", "percent"),
        [
            (400 * DAY, 0),
            (30 * DAY, 0),
            (30 * DAY - MICROSECOND, 10),
            (14 * DAY, 10),
            (14 * DAY - MICROSECOND, 30),
            (7 * DAY, 30),
            (7 * DAY - MICROSECOND, 50),
            (3 * DAY, 50),
            (3 * DAY - MICROSECOND, 80),
            (MICROSECOND, 80),
        ],
    )
    def test_each_step_begins_exactly_at_its_day(self, notice: dt.timedelta, percent: int) -> None:
        assert booking_rules.fee_percent(starts_at=PEAK, now=PEAK - notice) == percent

    @pytest.mark.parametrize("late", [dt.timedelta(0), MICROSECOND])
    def test_a_shift_that_has_started_cannot_be_cancelled(self, late: dt.timedelta) -> None:
        with pytest.raises(ValueError, match="started"):
            booking_rules.fee_percent(starts_at=PEAK, now=PEAK + late)


class TestShares:
    @pytest.mark.parametrize(
        ("amount", "percent", "share"), [(100, 30, 30), (1, 30, 0), (5, 30, 2), (4, 30, 1), (333, 10, 33)]
    )
    def test_are_rounded_half_up_to_the_fen(self, amount: int, percent: int, share: int) -> None:
        assert booking_rules.share_of(amount, percent) == share


class TestDeadlines:
    def test_a_hold_lasts_thirty_minutes(self) -> None:
        assert booking_rules.hold_deadline(NOON) == NOON + dt.timedelta(minutes=30)

    @pytest.mark.parametrize(
        ("first_start", "until"),
        [
            (NOON + 3 * DAY + MICROSECOND, NOON + 3 * DAY),
            (NOON + 3 * DAY, NOON + 3 * DAY),
            (NOON + 3 * DAY - MICROSECOND, NOON + 3 * DAY - MICROSECOND),
        ],
    )
    def test_a_transfer_has_three_days_but_not_past_the_first_shift(
        self, first_start: dt.datetime, until: dt.datetime
    ) -> None:
        assert booking_rules.transfer_deadline(held_at=NOON, first_start=first_start) == until


class TestQuoteBasket:
    def test_two_seats_and_three_hundred_read_the_same_way(self) -> None:
        small = booking_rules.quote_basket(
            [PricedSeats(seats=2, price_fen=15600, starts_at=PEAK)], now=PEAK - 20 * DAY
        )
        large = booking_rules.quote_basket(
            [PricedSeats(seats=300, price_fen=15600, starts_at=PEAK)], now=PEAK - 20 * DAY
        )

        assert (small.seats, small.total_fen, small.deposit_fen, small.balance_fen) == (2, 31200, 9360, 21840)
        assert large.total_fen == 150 * small.total_fen

    def test_the_ladder_gives_each_step_in_fen_and_what_it_is_now(self) -> None:
        quote = booking_rules.quote_basket(
            [
                PricedSeats(seats=1, price_fen=10000, starts_at=PEAK),
                PricedSeats(seats=1, price_fen=20000, starts_at=PEAK + 10 * DAY),
            ],
            now=PEAK - 10 * DAY,
        )

        assert [line.fee_fen for line in quote.ladder] == [0, 3000, 9000, 15000, 24000]
        assert quote.fee_now_fen == 3000 + 2000

    def test_an_empty_basket_costs_nothing(self) -> None:
        quote = booking_rules.quote_basket([], now=NOON)

        assert (quote.seats, quote.total_fen, quote.deposit_fen) == (0, 0, 0)


class TestQuoteCancellation:
    def test_the_fee_comes_out_of_the_deposit_and_the_rest_is_paid_back(self) -> None:
        (line,) = booking_rules.quote_cancellation(
            [to_cancel(seats=1, price_fen=10000)],
            live_total_fen=20000,
            held_fen=6000,
            is_paid=True,
            now=PEAK - 20 * DAY,
        )

        assert (line.percent, line.fee_fen) == (10, 1000)
        assert (line.refund_fen, line.owed_fen) == (2000, 0)

    def test_what_the_deposit_does_not_cover_is_owed(self) -> None:
        (line,) = booking_rules.quote_cancellation(
            [to_cancel(seats=1, price_fen=10000)],
            live_total_fen=20000,
            held_fen=6000,
            is_paid=True,
            now=PEAK - DAY,
        )

        assert (line.fee_fen, line.refund_fen, line.owed_fen) == (8000, 0, 5000)

    def test_an_unpaid_hold_costs_nothing_even_when_its_shift_has_begun(self) -> None:
        (line,) = booking_rules.quote_cancellation(
            [to_cancel()], live_total_fen=31200, held_fen=0, is_paid=False, now=PEAK
        )

        assert (line.fee_fen, line.refund_fen, line.owed_fen) == (0, 0, 0)

    def test_what_came_above_the_deposit_is_paid_back_and_covers_fees_first(self) -> None:
        """A hold of ¥289 gave back ¥133, paid ¥86.70 all the same, then gave back the rest at 30 %."""
        (line,) = booking_rules.quote_cancellation(
            [to_cancel(seats=1, price_fen=15600)],
            live_total_fen=15600,
            held_fen=8670,
            is_paid=True,
            now=PEAK - 10 * DAY,
        )

        assert (line.fee_fen, line.refund_fen, line.owed_fen) == (4680, 3990, 0)

    def test_fees_that_are_owed_are_covered_before_anything_is_paid_back(self) -> None:
        near, far = booking_rules.quote_cancellation(
            [
                to_cancel(seats=1, price_fen=10000),
                to_cancel(seats=1, price_fen=10000, starts_at=PEAK + 40 * DAY),
            ],
            live_total_fen=20000,
            held_fen=6000,
            is_paid=True,
            now=PEAK - DAY,
        )

        assert (near.fee_fen, near.refund_fen, near.owed_fen) == (8000, 0, 2000)
        assert (far.fee_fen, far.refund_fen, far.owed_fen) == (0, 0, 0)

    @given(
        lines=st.lists(
            st.tuples(st.integers(1, 50), st.integers(1, 30000), st.sampled_from([1, 4, 10, 20, 40])),
            min_size=1,
            max_size=8,
        ),
        together=st.integers(1, 8),
        kept=st.integers(0, 10**6),
        excess=st.sampled_from([0, 1, 3990, 10**6]),
    )
    def test_all_that_came_is_fees_refunds_and_the_deposit_on_what_remains(
        self, lines: list[tuple[int, int, int]], together: int, kept: int, excess: int
    ) -> None:
        """paid + owed = fees + refunds + deposit on the seats still booked, after every cancellation.

        `owed`, the part of the fees on the balance, is nothing whenever money goes back.
        """
        live = kept + sum(seats * price for seats, price, _days in lines)
        paid = booking_rules.deposit_of(live) + excess
        fees = refunds = 0
        for start in range(0, len(lines), together):
            wanted = [
                to_cancel(seats=seats, price_fen=price, starts_at=PEAK + days * DAY)
                for seats, price, days in lines[start : start + together]
            ]
            quoted = booking_rules.quote_cancellation(
                wanted, live_total_fen=live, held_fen=paid - refunds - fees, is_paid=True, now=PEAK
            )
            live -= sum(line.amount_fen for line in quoted)
            fees += sum(line.fee_fen for line in quoted)
            refunds += sum(line.refund_fen for line in quoted)
            owed = fees + refunds + booking_rules.deposit_of(live) - paid
            assert owed >= 0
            assert all(0 <= line.owed_fen <= line.fee_fen and line.refund_fen >= 0 for line in quoted)
            if any(line.refund_fen for line in quoted):
                assert owed == 0
                assert not any(line.owed_fen for line in quoted)

    @given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 30000)), min_size=1, max_size=8))
    def test_the_deposits_of_the_parts_add_up_to_the_deposit_of_the_whole(
        self, lines: list[tuple[int, int]]
    ) -> None:
        total = sum(seats * price for seats, price in lines)
        remaining, deposits = total, 0
        for seats, price in lines:
            (line,) = booking_rules.quote_cancellation(
                [to_cancel(seats=seats, price_fen=price)],
                live_total_fen=remaining,
                held_fen=booking_rules.deposit_of(total) - deposits,
                is_paid=True,
                now=PEAK - 40 * DAY,
            )
            deposits += line.refund_fen
            remaining -= seats * price

        assert deposits == booking_rules.deposit_of(total)
