"""Each rule at its edge: the last moment that is still allowed, and the first that is not."""

from __future__ import annotations

import datetime as dt

import pytest

from app.attendance_rules import check_in_window, is_too_late_to_refill, is_urgent, on_time_until, respond_by
from tests.make import shanghai

START = shanghai(11, 20)
END = shanghai(11, 24)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
MICROSECOND = dt.timedelta(microseconds=1)


class TestRespondBy:
    def test_leaves_two_days_to_think(self) -> None:
        offered_at = START - 60 * HOUR - MINUTE

        assert respond_by(offered_at=offered_at, starts_at=START) == offered_at + 48 * HOUR

    def test_but_ends_half_a_day_before_the_shift(self) -> None:
        offered_at = START - 60 * HOUR + MINUTE

        assert respond_by(offered_at=offered_at, starts_at=START) == START - 12 * HOUR

    def test_the_last_offer_that_waits_until_half_a_day_before(self) -> None:
        assert respond_by(offered_at=START - 24 * HOUR, starts_at=START) == START - 12 * HOUR

    def test_later_offers_wait_for_half_of_what_is_left(self) -> None:
        offered_at = START - 24 * HOUR + MINUTE

        assert respond_by(offered_at=offered_at, starts_at=START) == offered_at + 12 * HOUR - MINUTE / 2

    @pytest.mark.parametrize("before", [20 * MINUTE, MINUTE, -MINUTE, -2 * HOUR])
    def test_ten_minutes_are_the_least_even_after_the_start(self, before: dt.timedelta) -> None:
        assert respond_by(offered_at=START - before, starts_at=START) == START - before + 10 * MINUTE


class TestOnTime:
    def test_five_minutes_after_the_start(self) -> None:
        assert on_time_until(starts_at=START) == START + 5 * MINUTE

    @pytest.mark.parametrize(
        ("called", "until"),
        [(-10 * MINUTE, 5 * MINUTE), (-9 * MINUTE, 6 * MINUTE), (7 * MINUTE, 22 * MINUTE)],
    )
    def test_who_is_called_has_a_quarter_of_an_hour_to_come(
        self, called: dt.timedelta, until: dt.timedelta
    ) -> None:
        assert on_time_until(starts_at=START, called_at=START + called) == START + until

    @pytest.mark.parametrize(
        ("accepted", "until"), [(-10 * MINUTE, 5 * MINUTE), (-9 * MINUTE, 6 * MINUTE), (HOUR, 75 * MINUTE)]
    )
    def test_so_has_who_said_yes_only_then(self, accepted: dt.timedelta, until: dt.timedelta) -> None:
        assert on_time_until(starts_at=START, accepted_at=START + accepted) == START + until


class TestCheckInWindow:
    def test_opens_half_an_hour_before_and_closes_a_quarter_after(self) -> None:
        assert check_in_window(starts_at=START) == (START - 30 * MINUTE, START + 15 * MINUTE)

    def test_who_is_called_long_before_the_start_checks_in_like_everybody(self) -> None:
        window = check_in_window(starts_at=START, called_at=START - 110 * MINUTE)

        assert window == (START - 30 * MINUTE, START + 15 * MINUTE)

    def test_who_is_called_late_has_until_they_count_as_missing(self) -> None:
        assert check_in_window(starts_at=START, called_at=START + HOUR)[1] == START + 75 * MINUTE


def test_a_standby_is_called_from_two_hours_before_the_start() -> None:
    assert not is_urgent(starts_at=START, now=START - 2 * HOUR)
    assert is_urgent(starts_at=START, now=START - 2 * HOUR + MICROSECOND)


def test_nobody_is_looked_for_in_the_last_half_hour() -> None:
    assert not is_too_late_to_refill(ends_at=END, now=END - 30 * MINUTE)
    assert is_too_late_to_refill(ends_at=END, now=END - 30 * MINUTE + MICROSECOND)
