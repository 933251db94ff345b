"""The solver between two exact methods: no plan of it is worth more than the best, and no bound less."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from scheduling.matching.checker import Season, check, value_of
from scheduling.matching.generate import MIXED, SeasonSize, generate_season
from scheduling.matching.problem import NO_WEEKEND_LIMIT, Problem
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve
from tests.scheduling.matching.enumeration import best_by_enumeration
from tests.scheduling.matching.hostile import DAY, HOUR, MONDAY, problems
from tests.scheduling.matching.oracle import best_value

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large]
SUNDAY_22 = 6 * DAY + 22 * HOUR
ALWAYS = ((0, 28 * DAY, 0),)


def assert_proven(
    problem: Problem, *, effort: int, exact: Callable[[Season], int] = best_by_enumeration
) -> tuple[int, int]:
    """Solve a season, hold it against the checker and the best there is, and return value and best."""
    solution = solve(problem, effort=effort)
    season, pairs = season_of(problem), solution.pairs(problem)
    best = exact(season)
    assert check(season, pairs) == []
    assert value_of(season, pairs) == solution.value
    assert solution.value <= best <= solution.bound
    assert solution.filled == len(pairs) <= solution.seats
    return solution.value, best


class TestHostileSeasons:
    @settings(max_examples=100, suppress_health_check=UNHURRIED)
    @given(problem=problems())
    def test_value_and_bound_hold_the_best_between_them(self, problem: Problem) -> None:
        assert_proven(problem, effort=15)

    @settings(max_examples=40, suppress_health_check=UNHURRIED)
    @given(problem=problems())
    def test_weeks_paid_for_instead_of_counted_keep_every_rule_and_the_proof(self, problem: Problem) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("scheduling.matching.layout.LARGEST_TABLE", 4)
            assert_proven(problem, effort=5)

    @settings(max_examples=40, suppress_health_check=UNHURRIED)
    @given(problem=problems())
    def test_lengths_counted_in_coarse_units_keep_every_rule_and_the_proof(self, problem: Problem) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("scheduling.matching.layout.LARGEST_TABLE", 60)
            patch.setattr("scheduling.matching.layout.LARGEST_STRETCHES", 12)
            assert_proven(problem, effort=5)

    @settings(max_examples=40, suppress_health_check=UNHURRIED)
    @given(problem=problems())
    def test_two_exact_methods_agree(self, problem: Problem) -> None:
        season = season_of(problem)

        assert best_by_enumeration(season) == best_value(season)

    @pytest.mark.slow
    @settings(max_examples=2000, suppress_health_check=UNHURRIED)
    @given(problem=problems(most_agents=6, most_rows=12))
    def test_many_more_and_larger_ones(self, problem: Problem) -> None:
        assert_proven(problem, effort=30)
        season = season_of(problem)
        assert best_by_enumeration(season) == best_value(season)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Worker:
    """An agent of a season written by hand, certified for every project but those left out."""

    week: int = 7 * DAY
    day: int = 7 * DAY
    stretch: int = 8 * HOUR
    rest: int = 11 * HOUR
    days: int = 6
    run: int = 1
    off: int = 1
    weekends: int = NO_WEEKEND_LIMIT
    score: int = 0
    without: tuple[int, ...] = ()
    windows: tuple[tuple[int, int, int], ...] = ALWAYS


def season_by_hand(
    workers: list[Worker],
    rows: list[tuple[int, int, int]],
    *,
    projects: int = 1,
    seats: int = 1,
    value: int = 100,
    **more: list[int],
) -> Problem:
    """Return a season; each row is (project, start, end)."""
    certs = [
        (agent, project, worker.score)
        for agent, worker in enumerate(workers)
        for project in range(projects)
        if project not in worker.without
    ]
    windows = [(agent, *window) for agent, worker in enumerate(workers) for window in worker.windows]
    columns: dict[str, Any] = {
        "cert_agent": [agent for agent, _, _ in certs],
        "cert_project": [project for _, project, _ in certs],
        "cert_score": [score for _, _, score in certs],
        "window_agent": [window[0] for window in windows],
        "window_start": [window[1] for window in windows],
        "window_end": [window[2] for window in windows],
        "window_preference": [window[3] for window in windows],
    }
    return Problem.from_arrays(
        origin=MONDAY,
        agent_ids=[f"a{agent}" for agent in range(len(workers))],
        max_week_minutes=[worker.week for worker in workers],
        max_day_minutes=[worker.day for worker in workers],
        max_stretch_minutes=[worker.stretch for worker in workers],
        min_rest_minutes=[worker.rest for worker in workers],
        max_consecutive_days=[worker.days for worker in workers],
        min_consecutive_days=[worker.run for worker in workers],
        min_days_off=[worker.off for worker in workers],
        max_weekends=[worker.weekends for worker in workers],
        project_ids=[f"p{project}" for project in range(projects)],
        demand_ids=[f"d{row}" for row in range(len(rows))],
        demand_project=[row[0] for row in rows],
        demand_start=[row[1] for row in rows],
        demand_end=[row[2] for row in rows],
        demand_seats=[seats] * len(rows),
        demand_value=[value] * len(rows),
        **columns,
        **more,
    )


def spans(*times: tuple[int, int]) -> list[tuple[int, int, int]]:
    return [(0, start, end) for start, end in times]


DAILY = spans(*((day * DAY + 9 * HOUR, day * DAY + 13 * HOUR) for day in range(4, 12)))
TENS = spans(*((8 * HOUR + 10 * k, 8 * HOUR + 10 * k + 10) for k in range(9)))
MORNING = spans((8 * HOUR, 12 * HOUR))
BY_HAND: dict[str, tuple[Problem, int]] = {
    "nobody certified": (season_by_hand([Worker(without=(0,))], MORNING), 0),
    "no rows": (season_by_hand([Worker()], []), 0),
    "nobody there": (season_by_hand([], MORNING), 0),
    "no seats": (season_by_hand([Worker()], MORNING, seats=0), 0),
    "more seats than people": (season_by_hand([Worker(), Worker()], MORNING, seats=9), 200),
    "one agent for everything": (
        season_by_hand(
            [Worker(days=9, week=48 * HOUR)],
            [(project, start, end) for project in range(3) for _, start, end in DAILY[:5]],
            projects=3,
        ),
        500,
    ),
    "every seat loses points": (season_by_hand([Worker(score=-101)], MORNING), 0),
    "a loss that joins two wins": (
        season_by_hand(
            [
                Worker(
                    score=-40,
                    stretch=12 * HOUR,
                    windows=((0, 8 * HOUR, 0), (8 * HOUR, 12 * HOUR, -80), (12 * HOUR, DAY, 0)),
                )
            ],
            spans((4 * HOUR, 8 * HOUR), (8 * HOUR, 12 * HOUR), (12 * HOUR, 16 * HOUR)),
        ),
        100,
    ),
    "windows that touch are two": (
        season_by_hand([Worker(windows=((0, 10 * HOUR, 0), (10 * HOUR, DAY, 0)))], MORNING),
        0,
    ),
    "windows that overlap: the best preference": (
        season_by_hand(
            [Worker(windows=((0, DAY, -5), (8 * HOUR, 12 * HOUR, 7), (9 * HOUR, DAY, 50)))], MORNING
        ),
        107,
    ),
    "a night over the week's end counts in the week it began in": (
        season_by_hand(
            [Worker(week=8 * HOUR, rest=0)],
            spans((SUNDAY_22, SUNDAY_22 + 8 * HOUR), (SUNDAY_22 + 9 * HOUR, SUNDAY_22 + 17 * HOUR)),
        ),
        200,
    ),
    "two shifts before the week's end are one week": (
        season_by_hand(
            [Worker(week=8 * HOUR, rest=0)],
            spans((SUNDAY_22 - 9 * HOUR, SUNDAY_22 - HOUR), (SUNDAY_22, SUNDAY_22 + 8 * HOUR)),
        ),
        100,
    ),
    "ten-minute shifts up to the stretch": (season_by_hand([Worker(stretch=50)], TENS), 500),
    "ten-minute shifts without rest": (season_by_hand([Worker(stretch=50, rest=0)], TENS), 800),
    "touching shifts of two projects are one stretch": (
        season_by_hand(
            [Worker(stretch=7 * HOUR)],
            [(0, 8 * HOUR, 12 * HOUR), (1, 12 * HOUR, 16 * HOUR)],
            projects=2,
        ),
        100,
    ),
    "a stretch of one minute too many": (
        season_by_hand([Worker(stretch=8 * HOUR - 1)], spans((8 * HOUR, 12 * HOUR), (12 * HOUR, 16 * HOUR))),
        100,
    ),
    "a stretch to the minute": (
        season_by_hand([Worker()], spans((8 * HOUR, 12 * HOUR), (12 * HOUR, 16 * HOUR))),
        200,
    ),
    "a stretch of three to the minute": (
        season_by_hand([Worker(stretch=33)], spans((0, 7), (7, 20), (20, 33), (33, 40))),
        300,
    ),
    "a stretch of three one minute too long": (
        season_by_hand([Worker(stretch=32)], spans((0, 7), (7, 20), (20, 33), (33, 40))),
        200,
    ),
    "a week of one minute too many in one stretch": (
        season_by_hand([Worker(week=19)], spans((0, 7), (7, 20))),
        100,
    ),
    "a stretch over midnight works on two days in a row": (
        season_by_hand([Worker(days=2)], spans(*((hour * HOUR, (hour + 4) * HOUR) for hour in (20, 24, 56)))),
        200,
    ),
    "an overlap of one minute": (
        season_by_hand([Worker(rest=0)], spans((8 * HOUR, 12 * HOUR), (12 * HOUR - 1, 16 * HOUR))),
        100,
    ),
    "a shift that overlaps one and touches another": (
        season_by_hand([Worker(rest=0)], spans((0, 60), (59, 120), (60, 120))),
        200,
    ),
    "a window that opens a minute late": (
        season_by_hand([Worker(windows=((8 * HOUR + 1, DAY, 0),))], MORNING),
        0,
    ),
    "a window that closes a minute early": (
        season_by_hand([Worker(windows=((0, 12 * HOUR - 1, 0),))], MORNING),
        0,
    ),
    "a day of one minute too many": (
        season_by_hand([Worker(day=8 * HOUR - 1, rest=0)], spans((0, 4 * HOUR), (19 * HOUR, 23 * HOUR))),
        100,
    ),
    "a day counts what begins in it": (
        season_by_hand(
            [Worker(day=4 * HOUR, rest=0)],
            spans(*((hour * HOUR, (hour + 4) * HOUR) for hour in (22, 30, 56, 60))),
        ),
        300,
    ),
    "a shift longer than the day's limit": (season_by_hand([Worker(day=4 * HOUR - 1)], MORNING), 0),
    "a shift longer than the week's limit": (season_by_hand([Worker(week=4 * HOUR - 1)], MORNING), 0),
    "no day may be worked": (season_by_hand([Worker(days=0)], MORNING), 0),
    "a week of one minute too many": (
        season_by_hand([Worker(week=8 * HOUR - 1)], spans((0, 4 * HOUR), (DAY, DAY + 4 * HOUR))),
        100,
    ),
    "each certified for another project": (
        season_by_hand(
            [Worker(without=(0,), score=1), Worker(without=(1,), score=2)],
            [(0, 8 * HOUR, 12 * HOUR), (1, 8 * HOUR, 12 * HOUR), (1, 9 * HOUR, 13 * HOUR)],
            projects=2,
        ),
        203,
    ),
    "a blocked pair": (season_by_hand([Worker()], MORNING, block_agent=[0], block_project=[0]), 0),
    "a pin stays though two others are worth more": (
        season_by_hand(
            [Worker(rest=0)],
            spans((8 * HOUR, 12 * HOUR), (6 * HOUR, 10 * HOUR), (10 * HOUR, 14 * HOUR)),
            pin_agent=[0],
            pin_demand=[0],
        ),
        100,
    ),
    "a pinned seat is not given twice": (
        season_by_hand([Worker(), Worker()], MORNING, pin_agent=[1], pin_demand=[0]),
        100,
    ),
    "a stretch shorter than the shift": (season_by_hand([Worker(stretch=4 * HOUR - 1)], MORNING), 0),
    "every other day": (season_by_hand([Worker(days=1)], DAILY), 400),
    "two days where one in a row is allowed": (season_by_hand([Worker(days=1)], DAILY[:2]), 100),
    "three days where two in a row are allowed": (season_by_hand([Worker(days=2)], DAILY[:3]), 200),
    "two days in a row over the week's end": (season_by_hand([Worker(days=2)], DAILY), 600),
    "a rest to the minute": (
        season_by_hand([Worker(rest=60)], spans((0, 60), (120, 180), (239, 300))),
        200,
    ),
    "all alike": (season_by_hand([Worker()] * 5, DAILY, seats=2), 1600),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_season_by_hand_gets_the_best_plan(name: str) -> None:
    problem, best = BY_HAND[name]

    assert best_by_enumeration(season_of(problem)) == best
    assert assert_proven(problem, effort=30) == (best, best)


@pytest.mark.parametrize("slots", [SeasonSize().slots, MIXED], ids=["grid", "mixed"])
def test_small_seasons_like_life_are_mostly_solved_to_the_optimum(slots: tuple[tuple[int, int], ...]) -> None:
    size = SeasonSize(agents=8, projects=3, days=4, peak_seats=5, slots=slots)
    results = [
        assert_proven(generate_season(size, seed=seed), effort=200, exact=best_value) for seed in range(8)
    ]

    assert sum(value == best for value, best in results) >= 6
    assert sum(value for value, _ in results) >= 0.995 * sum(best for _, best in results)


def test_a_week_begins_on_monday_whatever_the_first_day_is() -> None:
    assert MONDAY.weekday() == 0
    assert (MONDAY + dt.timedelta(minutes=SUNDAY_22)).strftime("%a %H:%M") == "Sun 22:00"
