"""Every hard rule: the last plan that passes and the first that does not."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from scheduling.matching.checker import HARD_RULES, Season, Shift, Window, check, value_of
from tests.scheduling.matching.seasons_by_hand import at, season, shift

MINUTE = 1 / 60
EVER = Window(start=dt.datetime.min, end=dt.datetime.max)  # noqa: DTZ901 - local time without a zone


def broken(of: Season, *names: str) -> list[str]:
    """Return the rules that agent a0 breaks by working these shifts."""
    return [violation.rule for violation in check(of, [("a0", name) for name in names])]


def daily(count: int, *, hour: float = 8) -> list[Shift]:
    return [shift(f"d{day}", day, hour) for day in range(count)]


class TestRules:
    def test_an_unknown_agent_or_row(self) -> None:
        of = season(shift("s", 0, 8))

        assert [found.rule for found in check(of, [("nobody", "s")])] == ["plan_names_known_agents_and_rows"]
        assert broken(of, "no such row") == ["plan_names_known_agents_and_rows"]

    def test_a_certificate_for_the_project(self) -> None:
        of = season(shift("own", 0, 8), shift("other", 1, 8, project="elsewhere"))

        assert broken(of, "own") == []
        assert broken(of, "own", "other") == ["agent_is_certified"]

    def test_a_blocked_pair(self) -> None:
        of = season(shift("s", 0, 8), blocked=frozenset({("a0", "shop")}))

        assert broken(of, "s") == ["agent_is_not_blocked"]

    @pytest.mark.parametrize(
        ("windows", "rules"),
        [
            ([(8, 12)], []),
            ([(7, 13)], []),
            ([(8.5, 12)], ["shift_lies_in_one_window"]),
            ([(8, 11.5)], ["shift_lies_in_one_window"]),
            ([(8, 10), (10, 12)], ["shift_lies_in_one_window"]),
            ([], ["shift_lies_in_one_window"]),
        ],
        ids=["just fits", "wider", "late", "early", "two that touch", "none"],
    )
    def test_one_window_holds_the_shift(self, windows: list[tuple[float, float]], rules: list[str]) -> None:
        spans = tuple(Window(start=at(0, start), end=at(0, end)) for start, end in windows)

        assert broken(season(shift("s", 0, 8), windows=spans), "s") == rules

    def test_overlap(self) -> None:
        of = season(shift("early", 0, 8), shift("late", 0, 11), shift("next", 0, 12), rest=0)

        assert broken(of, "early", "next") == []
        assert broken(of, "early", "late") == ["agent_does_one_thing_at_a_time"]

    def test_the_same_row_twice_is_an_overlap(self) -> None:
        assert broken(season(shift("s", 0, 8, seats=2)), "s", "s") == ["agent_does_one_thing_at_a_time"]

    @pytest.mark.parametrize(("hour", "rules"), [(23, []), (22.75, ["agent_rests_between_stretches"])])
    def test_rest(self, hour: float, rules: list[str]) -> None:
        of = season(shift("morning", 0, 8), shift("night", 0, hour))

        assert broken(of, "morning", "night") == rules

    def test_touching_shifts_need_no_rest_and_their_stretch_is_limited(self) -> None:
        of = season(shift("one", 0, 8), shift("two", 0, 12), shift("three", 0, 16))

        assert broken(of, "one", "two") == []
        assert broken(of, "one", "two", "three") == ["stretch_is_not_too_long"]

    def test_a_stretch_runs_over_midnight(self) -> None:
        of = season(shift("one", 0, 16), shift("two", 0, 20), shift("three", 1, 0))

        assert broken(of, "one", "two", "three") == ["stretch_is_not_too_long"]

    def test_the_week_ends_with_sunday_and_counts_by_start(self) -> None:
        week = [shift(f"d{day}", day, 8, 8) for day in range(4)]
        of = season(
            *week, shift("sunday", 6, 20), shift("sunday late", 6, 23.5), shift("monday", 7, 0), week=36 * 60
        )

        assert broken(of, "d0", "d1", "d2", "d3", "sunday") == []
        assert broken(of, "d0", "d1", "d2", "d3", "monday") == []
        assert broken(of, "d0", "d1", "d2", "d3", "sunday", "monday") == []
        assert broken(season(*of.shifts.values(), week=35 * 60), "d0", "d1", "d2", "d3", "sunday late") == [
            "week_is_not_too_long"
        ]

    def test_the_day_counts_by_start(self) -> None:
        shifts = (shift("one", 0, 8), shift("late", 0, 23), shift("next day", 1, 11))

        assert broken(season(*shifts, day=480, rest=0), "one", "late", "next day") == []
        assert broken(season(*shifts, day=479, rest=0), "one", "late") == ["day_is_not_too_long"]
        assert broken(season(*shifts, day=None), "one", "late") == []

    def test_days_in_a_row(self) -> None:
        assert broken(season(*daily(6)), *(f"d{day}" for day in range(6))) == []
        of = season(*daily(9), week=6000)
        assert broken(of, *(f"d{day}" for day in range(7))) == ["agent_gets_a_day_off_in_time"]
        assert broken(of, *(f"d{day}" for day in (0, 1, 2, 4, 5, 6, 7, 8))) == []

    def test_more_people_than_seats(self) -> None:
        of = season(shift("s", 0, 8, seats=2), agents=3)

        assert check(of, [("a0", "s"), ("a1", "s")]) == []
        assert [found.rule for found in check(of, [("a0", "s"), ("a1", "s"), ("a2", "s")])] == [
            "row_has_no_more_people_than_seats"
        ]

    def test_a_pin_that_is_gone(self) -> None:
        of = season(shift("s", 0, 8), pinned=(("a0", "s"),))

        assert broken(of, "s") == []
        assert broken(of) == ["pinned_assignment_stays"]

    def test_every_rule_is_named_as_a_sentence(self) -> None:
        for rule in HARD_RULES:
            assert len(rule.__name__.split("_")) >= 3


class TestByOneMinute:
    """Each limit met exactly, and missed by the least there is: that rule and no other."""

    @pytest.mark.parametrize(
        ("first", "last", "rules"),
        [
            (8, 12, []),
            (8 + MINUTE, 12, ["shift_lies_in_one_window"]),
            (8, 12 - MINUTE, ["shift_lies_in_one_window"]),
        ],
    )
    def test_window(self, first: float, last: float, rules: list[str]) -> None:
        window = Window(start=at(0, first), end=at(0, last))

        assert broken(season(shift("s", 0, 8), windows=(window,)), "s") == rules

    @pytest.mark.parametrize(("rest", "rules"), [(60, []), (61, ["agent_rests_between_stretches"])])
    def test_rest(self, rest: int, rules: list[str]) -> None:
        assert broken(season(shift("s", 0, 8), shift("t", 0, 13), rest=rest), "s", "t") == rules

    def test_rest_of_nothing(self) -> None:
        assert broken(season(shift("s", 0, 8), shift("t", 0, 12 + MINUTE), rest=0), "s", "t") == []

    def test_overlap(self) -> None:
        of = season(shift("s", 0, 8), shift("t", 0, 12 - MINUTE), shift("u", 0, 12), rest=0)

        assert broken(of, "s", "u") == []
        assert broken(of, "s", "t") == ["agent_does_one_thing_at_a_time"]

    def test_a_long_shift_that_overlaps_two_later_ones(self) -> None:
        of = season(shift("long", 0, 8, 8), shift("s", 0, 9, 1), shift("t", 0, 15, 4), shift("u", 0, 16))

        assert broken(of, "long", "s", "t") == ["agent_does_one_thing_at_a_time"] * 2
        assert broken(season(*of.shifts.values(), stretch=780), "long", "s", "u") == [
            "agent_does_one_thing_at_a_time"
        ]

    @pytest.mark.parametrize(("stretch", "rules"), [(480, []), (479, ["stretch_is_not_too_long"])])
    def test_stretch_of_two_projects(self, stretch: int, rules: list[str]) -> None:
        of = season(shift("s", 0, 8), shift("t", 0, 12, project="other"), stretch=stretch)
        of = dataclasses.replace(of, scores={**of.scores, ("a0", "other"): 0})

        assert broken(of, "s", "t") == rules

    @pytest.mark.parametrize(("stretch", "rules"), [(240, []), (239, ["stretch_is_not_too_long"])])
    def test_one_shift_alone_is_a_stretch(self, stretch: int, rules: list[str]) -> None:
        assert broken(season(shift("s", 0, 8), stretch=stretch), "s") == rules

    @pytest.mark.parametrize(("week", "rules"), [(480, []), (479, ["week_is_not_too_long"])])
    def test_week(self, week: int, rules: list[str]) -> None:
        of = season(shift("first", 0, 0), shift("last", 6, 24 - MINUTE), shift("next", 7, 15), week=week)

        assert broken(of, "first", "last", "next") == rules

    def test_week_over_the_end_of_a_year(self) -> None:
        """The week of 28 December 2026 to 3 January 2027 is one."""
        of = season(shift("old", 57, 8), shift("new", 60, 8), week=479, windows=(EVER,))

        assert at(57, 8).year != at(60, 8).year
        assert broken(of, "old", "new") == ["week_is_not_too_long"]

    @pytest.mark.parametrize(("day", "rules"), [(480, []), (479, ["day_is_not_too_long"])])
    def test_day(self, day: int, rules: list[str]) -> None:
        of = season(shift("s", 0, 0), shift("t", 0, 24 - MINUTE), shift("u", 1, 23), day=day)

        assert broken(of, "s", "t", "u") == rules

    @pytest.mark.parametrize(("days", "rules"), [(3, []), (2, ["agent_gets_a_day_off_in_time"])])
    def test_days_in_a_row(self, days: int, rules: list[str]) -> None:
        of = season(*daily(8), days=days, week=7 * 1440)

        assert broken(of, "d0", "d1", "d2", "d4", "d5") == rules

    @pytest.mark.parametrize(("days", "rules"), [(1, []), (0, ["agent_gets_a_day_off_in_time"])])
    def test_one_day_is_a_row_of_one(self, days: int, rules: list[str]) -> None:
        assert broken(season(shift("s", 0, 8), days=days), "s") == rules

    def test_a_night_works_on_the_day_it_begins_only(self) -> None:
        of = season(shift("night", 0, 22, 8), shift("later", 2, 8), days=1)

        assert broken(of, "night", "later") == []

    def test_a_row_without_seats(self) -> None:
        assert broken(season(shift("s", 0, 8, seats=0)), "s") == ["row_has_no_more_people_than_seats"]

    def test_touching_shifts_meet_at_midnight_on_sunday(self) -> None:
        of = season(shift("sunday", 6, 20), shift("monday", 7, 0), week=240, days=2)

        assert broken(of, "sunday", "monday") == []


class TestWhatAViolationSays:
    def test_who_which_rows_and_by_how_much(self) -> None:
        of = season(shift("s", 0, 8), shift("t", 0, 13), rest=90, stretch=200, week=400, day=300, days=0)

        found = check(of, [("a0", "t"), ("a0", "s")])

        assert [(one.rule, one.agent_id, one.demand_ids, one.detail) for one in found] == [
            ("agent_rests_between_stretches", "a0", ("s", "t"), "60 of 90 minutes"),
            ("stretch_is_not_too_long", "a0", ("s",), "240 of 200 minutes"),
            ("stretch_is_not_too_long", "a0", ("t",), "240 of 200 minutes"),
            ("week_is_not_too_long", "a0", ("s", "t"), "480 of 400 minutes"),
            ("day_is_not_too_long", "a0", ("s", "t"), "480 of 300 minutes"),
            ("agent_gets_a_day_off_in_time", "a0", ("s", "t"), "day 1 in a row of at most 0"),
        ]


class TestValue:
    def test_adds_seat_score_and_the_best_preference_around(self) -> None:
        windows = (
            Window(start=at(0, 0), end=at(1, 0), preference=3),
            Window(start=at(0, 6), end=at(0, 14), preference=8),
            Window(start=at(0, 9), end=at(0, 14), preference=50),
        )
        of = season(shift("s", 0, 8), shift("t", 0, 20), windows=windows)

        assert value_of(of, [("a0", "s")]) == 100 + 10 + 8
        assert value_of(of, [("a0", "s"), ("a0", "t")]) == 118 + 113

    def test_counts_nothing_for_what_is_not_allowed(self) -> None:
        assert value_of(season(shift("s", 0, 8, project="elsewhere")), [("a0", "s")]) == 0
        assert value_of(season(shift("s", 0, 8), windows=()), [("a0", "s")]) == 0
