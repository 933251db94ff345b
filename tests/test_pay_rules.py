"""What a shift pays, at the edges of each rule; and lines that add up, whatever the shifts."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pay_rules import Shift, add_up, pay_of, surcharge_percent
from tests.make import shanghai

START, END = shanghai(11, 20), shanghai(11, 24)
MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)
SHIFT = Shift(
    starts_at=START,
    ends_at=END,
    is_standby=False,
    pay_fen_an_hour=2600,
    accepted_at=START - dt.timedelta(days=5),
    checked_in_at=START - 3 * MINUTE,
)


def change(**values: object) -> Shift:
    return dataclasses.replace(SHIFT, **values)  # type: ignore[arg-type]


class TestAFormalShift:
    def test_pays_every_minute_from_start_to_end(self) -> None:
        pay = pay_of(SHIFT)

        assert (pay.minutes, pay.basic_fen, pay.total_fen) == (240, 10400, 10400)

    def test_on_time_is_paid_from_the_start(self) -> None:
        assert pay_of(change(checked_in_at=START + 5 * MINUTE)).minutes == 240

    def test_later_than_on_time_is_paid_from_the_check_in(self) -> None:
        pay = pay_of(change(checked_in_at=START + 5 * MINUTE + SECOND))

        assert (pay.minutes, pay.came_late) == (235, True)
        assert pay.basic_fen == 10183  # 235 x 26 / 60 = 101.833 yuan

    def test_to_come_pays_what_it_will_when_all_goes_well(self) -> None:
        assert pay_of(change(checked_in_at=None, accepted_at=None)).total_fen == 10400

    def test_accepted_after_its_start_is_paid_from_the_yes(self) -> None:
        accepted_at = START + 20 * MINUTE

        assert pay_of(change(accepted_at=accepted_at, checked_in_at=START + 35 * MINUTE)).minutes == 220
        assert pay_of(change(accepted_at=accepted_at, checked_in_at=START + 36 * MINUTE)).minutes == 204


class TestAStandby:
    def test_pays_six_yuan_an_hour_without_a_call(self) -> None:
        pay = pay_of(change(is_standby=True, checked_in_at=None))

        assert (pay.minutes, pay.standby_minutes, pay.total_fen) == (0, 240, 2400)

    def test_gets_no_surcharge_for_waiting(self) -> None:
        assert pay_of(change(is_standby=True, surcharge_percent=40)).surcharge_fen == 0

    def test_called_pays_the_wait_and_then_a_formal_shift(self) -> None:
        called_at = START + 10 * MINUTE
        pay = pay_of(change(called_at=called_at, checked_in_at=called_at + 15 * MINUTE))

        assert (pay.standby_minutes, pay.standby_fen) == (10, 100)
        assert (pay.minutes, pay.basic_fen) == (230, 9967)

    def test_called_before_the_start_waits_no_minute(self) -> None:
        pay = pay_of(change(called_at=START - dt.timedelta(hours=1)))

        assert (pay.standby_fen, pay.minutes) == (0, 240)


class TestSurcharges:
    @pytest.mark.parametrize(("demand", "added"), [(599, 0), (600, 30), (799, 30), (800, 40)])
    def test_follow_the_demand_of_the_days(self, demand: int, added: int) -> None:
        assert surcharge_percent(demand) == added

    def test_are_added_to_the_hours_pay(self) -> None:
        pay = pay_of(change(surcharge_percent=40))

        assert (pay.surcharge_fen, pay.total_fen) == (4160, 14560)


class TestLines:
    def test_shifts_that_are_alike_share_a_line(self) -> None:
        late = change(checked_in_at=START + 65 * MINUTE)
        earnings = add_up([SHIFT, change(surcharge_percent=30, phase="Opening"), late])

        assert [(line.shifts, line.minutes, line.came_late, line.fen) for line in earnings.basics] == [
            (2, 240, False, 20800),
            (1, 175, True, 7583),
        ]
        assert [(line.phase, line.percent, line.fen) for line in earnings.surcharges] == [
            ("Opening", 30, 3120)
        ]

    def test_a_called_standby_counts_among_the_standbys(self) -> None:
        called = change(called_at=START + 10 * MINUTE, checked_in_at=START + 12 * MINUTE)
        earnings = add_up([change(is_standby=True), called])

        assert (earnings.standbys, earnings.standby_fen) == (2, 2500)

    def test_nothing_earned_is_nothing(self) -> None:
        earnings = add_up([])

        assert (earnings.total_fen, earnings.basics, earnings.standbys) == (0, [], 0)

    @given(
        st.lists(
            st.builds(
                change,
                is_standby=st.booleans(),
                pay_fen_an_hour=st.integers(1500, 50000),
                surcharge_percent=st.sampled_from([0, 30, 40]),
                called_at=st.none() | st.integers(-120, 230).map(lambda n: START + n * MINUTE),
                checked_in_at=st.none() | st.integers(-30, 239).map(lambda n: START + n * MINUTE),
            ),
            max_size=12,
        )
    )
    def test_always_add_up_and_nothing_is_taken_off(self, shifts: list[Shift]) -> None:
        earnings = add_up(shifts)
        basics = sum(line.fen for line in earnings.basics)
        surcharges = sum(line.fen for line in earnings.surcharges)

        assert basics + surcharges + earnings.standby_fen == earnings.total_fen
        assert all(pay.basic_fen >= 0 and pay.standby_fen >= 0 for pay in earnings.shifts)
        for pay in earnings.shifts:
            assert pay.minutes + pay.standby_minutes <= 240
