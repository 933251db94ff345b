"""Why seats are empty, and what a report says of a plan."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from scheduling.matching.generate import SeasonSize, generate_season
from scheduling.matching.problem import MINUTES_PER_DAY, NO_DAY_LIMIT, Problem
from scheduling.matching.report import Cause, build_report
from scheduling.matching.solution import Solution
from scheduling.matching.solver import solve

HOUR = 60
Row = tuple[int, int, int, int]
"""Project, start hour, seats, value; four hours long."""


def problem_of(rows: list[Row], *, agents: int = 2, **changes: Any) -> Problem:
    """Return a season of alike agents, certified for project 0, open for a week."""
    everybody = range(agents)
    limits = {"week": 2400, "stretch": 480, "rest": 660, "days": 6, "day": NO_DAY_LIMIT}
    limits |= {name: value for name, value in changes.items() if name in limits}
    columns: dict[str, Any] = {
        "cert_agent": list(everybody),
        "cert_project": [0] * agents,
        "cert_score": [10 * agent for agent in everybody],
        "window_agent": list(everybody),
        "window_start": [0] * agents,
        "window_end": [7 * MINUTES_PER_DAY] * agents,
        "window_preference": [0] * agents,
    }
    columns |= {name: value for name, value in changes.items() if name not in limits}
    return Problem.from_arrays(
        origin=dt.datetime(2026, 11, 2),  # noqa: DTZ001 - a problem's times are local and carry no zone
        agent_ids=[f"a{agent}" for agent in everybody],
        max_week_minutes=[limits["week"]] * agents,
        max_stretch_minutes=[limits["stretch"]] * agents,
        min_rest_minutes=[limits["rest"]] * agents,
        max_consecutive_days=[limits["days"]] * agents,
        max_day_minutes=[limits["day"]] * agents,
        project_ids=["shop", "brand"],
        demand_ids=[f"d{row}" for row in range(len(rows))],
        demand_project=[row[0] for row in rows],
        demand_start=[row[1] * HOUR for row in rows],
        demand_end=[(row[1] + 4) * HOUR for row in rows],
        demand_seats=[row[2] for row in rows],
        demand_value=[row[3] for row in rows],
        **columns,
    )


def causes(problem: Problem) -> list[tuple[str, Cause, int]]:
    report = build_report(problem, solve(problem, effort=20))
    return [(shortage.demand_id, shortage.cause, shortage.seats) for shortage in report.shortages]


class TestShortages:
    def test_nobody_certified_and_nobody_open_are_told_apart_seat_by_seat(self) -> None:
        problem = problem_of([(0, 8, 5, 100)], agents=3, window_end=[24 * HOUR, 24 * HOUR, 4 * HOUR])

        assert causes(problem) == [("d0", Cause.NOBODY_CERTIFIED, 2), ("d0", Cause.NOBODY_AVAILABLE, 1)]

    def test_a_project_without_people(self) -> None:
        assert causes(problem_of([(1, 8, 2, 100)])) == [("d0", Cause.NOBODY_CERTIFIED, 2)]

    @pytest.mark.parametrize(
        ("rows", "limits", "cause"),
        [
            ([(0, 8, 1, 900), (0, 20, 1, 100)], {}, Cause.REST),
            ([(0, 8, 1, 900), (0, 12, 1, 100)], {"stretch": 240}, Cause.STRETCH),
            ([(0, 8, 1, 900), (0, 12, 1, 100)], {"day": 240}, Cause.DAY_LIMIT),
            ([(0, 8, 1, 900), (0, 32, 1, 100)], {"week": 240}, Cause.WEEK_LIMIT),
            ([(0, 8, 1, 900), (0, 32, 1, 100)], {"days": 1}, Cause.DAYS_IN_A_ROW),
            ([(0, 8, 1, 900), (0, 9, 1, 100)], {}, Cause.DEARER_SEATS),
            ([(0, 8, 1, -500)], {}, Cause.NOT_WORTH_IT),
        ],
    )
    def test_people_at_a_limit(self, rows: list[Row], limits: dict[str, int], cause: Cause) -> None:
        problem = problem_of(rows, agents=1, **limits)

        assert causes(problem) == [(f"d{len(rows) - 1}", cause, 1)]

    def test_the_commonest_reason_names_the_cause_and_all_are_counted(self) -> None:
        rows = [(0, 8, 2, 900), (0, 9, 1, 800), (0, 20, 3, 100)]
        problem = problem_of(rows, agents=3, stretch=240)
        report = build_report(problem, solve(problem, effort=20))

        (shortage,) = report.shortages
        assert (shortage.cause, shortage.seats) == (Cause.REST, 3)
        assert (shortage.certified, shortage.available, shortage.working) == (3, 3, 0)
        assert shortage.held_back == {Cause.REST: 3}
        assert report.seats_by_cause() == {Cause.REST: 3}

    def test_the_cause_is_what_keeps_most_people(self) -> None:
        """One has worked too near before; two have worked their week."""
        rows = [(0, 8, 2, 900), (0, 32, 2, 900), (0, 72, 1, 800), (0, 80, 3, 100)]
        problem = problem_of(
            rows,
            agents=3,
            week=480,
            window_agent=[0, 1, 1, 2, 2],
            window_start=[72 * HOUR, 0, 78 * HOUR, 0, 78 * HOUR],
            window_end=[168 * HOUR, 48 * HOUR, 168 * HOUR, 48 * HOUR, 168 * HOUR],
            window_preference=[0] * 5,
        )

        (shortage,) = build_report(problem, solve(problem, effort=20)).shortages

        assert shortage.held_back == {Cause.REST: 1, Cause.WEEK_LIMIT: 2}
        assert (shortage.cause, shortage.seats) == (Cause.WEEK_LIMIT, 3)

    def test_every_empty_seat_of_a_season_has_one_cause(self) -> None:
        problem = generate_season(SeasonSize(agents=40, projects=6, days=9, peak_seats=40), seed=2)
        solution = solve(problem, effort=30)

        report = build_report(problem, solution, peak_mb=123)

        assert sum(shortage.seats for shortage in report.shortages) == report.seats - report.filled > 0
        assert len({shortage.cause for shortage in report.shortages}) >= 3
        plain = report.as_json()
        assert plain["peak_mb"] == 123
        assert plain["gap"] == pytest.approx(solution.gap, abs=1e-8)
        assert sum(plain["shortages_by_cause"].values()) == report.seats - report.filled


def test_gap_of_an_empty_season_is_nothing() -> None:
    problem = problem_of([])
    solution: Solution = solve(problem, effort=5)

    assert (solution.value, solution.bound, solution.gap, solution.seats) == (0, 0, 0.0, 0)
    assert np.array_equal(solution.agent, [])
    assert build_report(problem, solution).shortages == ()
