"""The solver against an exact method, the checker and itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scheduling.matching.checker import check, value_of
from scheduling.matching.generate import MIXED, SeasonSize, generate_season
from scheduling.matching.layout import lay_out
from scheduling.matching.problem import Problem
from scheduling.matching.seasons import season_of
from scheduling.matching.solution import Phase, Progress, Solution
from scheduling.matching.solver import solve
from tests.scheduling.matching.oracle import best_value

SMALL = SeasonSize(agents=60, projects=5, days=9, peak_seats=14)


def assert_sound(problem: Problem, solution: Solution) -> None:
    season, pairs = season_of(problem), solution.pairs(problem)
    assert check(season, pairs) == []
    assert value_of(season, pairs) == solution.value
    assert solution.value <= solution.bound
    assert solution.filled == len(pairs) <= solution.seats


class TestAgainstTheExactOptimum:
    @pytest.mark.parametrize("seed", range(4))
    def test_a_small_season_comes_within_a_percent(self, seed: int) -> None:
        problem = generate_season(SeasonSize(agents=14, projects=3, days=8, peak_seats=6), seed=seed)

        solution = solve(problem, effort=200)
        best = best_value(season_of(problem))

        assert_sound(problem, solution)
        assert solution.value <= best <= solution.bound
        assert solution.value >= 0.99 * best

    def test_one_agent_alone_gets_the_best_plan_there_is(self) -> None:
        """With one agent the agent's own plan is the whole problem, so prices of nothing prove it."""
        for seed in range(25):
            size = SeasonSize(
                agents=1, projects=2, days=15, peak_seats=30, openness=0.9, evenness=0.9, slots=MIXED
            )
            problem = generate_season(size, seed=seed)

            solution = solve(problem, effort=12)

            assert solution.value == best_value(season_of(problem)), f"seed {seed}"


class TestSeasons:
    @pytest.mark.parametrize("slots", [SMALL.slots, MIXED], ids=["grid", "mixed"])
    def test_every_rule_is_kept_and_the_gap_is_small(self, slots: tuple[tuple[int, int], ...]) -> None:
        size = SeasonSize(agents=300, projects=12, days=12, peak_seats=50, slots=slots)
        problem = generate_season(size, seed=3)

        solution = solve(problem, effort=150)

        assert_sound(problem, solution)
        assert solution.gap <= 0.003

    def test_far_too_few_people(self) -> None:
        problem = generate_season(SeasonSize(agents=30, projects=8, days=10, peak_seats=60), seed=5)

        solution = solve(problem, effort=150)

        assert_sound(problem, solution)
        assert solution.filled < solution.seats
        assert solution.gap <= 0.01

    def test_lengths_too_fine_for_the_tables_still_give_a_plan_and_a_bound(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("scheduling.matching.layout.LARGEST_TABLE", 500)
        problem = generate_season(
            SeasonSize(agents=12, projects=3, days=8, peak_seats=6, slots=MIXED), seed=2
        )
        layout = lay_out(problem)
        assert (layout.length_low != layout.length_high).any()

        solution = solve(problem, effort=60)

        assert_sound(problem, solution)
        assert solution.value <= best_value(season_of(problem)) <= solution.bound

    def test_pinned_assignments_stay(self) -> None:
        problem = generate_season(SMALL, seed=7)
        first = solve(problem, effort=20, seed=1)
        keep = np.arange(0, first.filled, 3)

        pinned = _with_pins(problem, first.agent[keep], first.demand[keep])
        second = solve(pinned, effort=20, seed=2)

        assert_sound(pinned, second)
        assert {*zip(first.agent[keep].tolist(), first.demand[keep].tolist(), strict=True)} <= {
            *zip(second.agent.tolist(), second.demand.tolist(), strict=True)
        }

    def test_a_whole_pinned_plan_comes_back_unless_more_fits(self) -> None:
        problem = generate_season(SMALL, seed=7)
        first = solve(problem, effort=40)

        second = solve(_with_pins(problem, first.agent, first.demand), effort=10)

        assert second.value >= first.value
        assert second.filled >= first.filled


class TestHowItRuns:
    def test_same_seed_and_effort_give_the_same_plan_with_any_number_of_threads(self) -> None:
        problem = generate_season(SMALL, seed=11)

        one, again, two = (solve(problem, effort=25, seed=4, threads=threads) for threads in (1, 1, 2))

        for other in (again, two):
            assert np.array_equal(one.agent, other.agent)
            assert np.array_equal(one.demand, other.demand)
            assert (one.value, one.bound, one.sweeps, one.chains) == (
                other.value,
                other.bound,
                other.sweeps,
                other.chains,
            )

    def test_parts_give_the_same_plan_with_any_number_of_threads(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("scheduling.matching.parts.AGENTS_FOR_PARTS", ((900, 4),))
        problem = generate_season(SeasonSize(agents=900, projects=20, days=9, peak_seats=90), seed=5)

        one, two = (solve(problem, effort=8, seed=4, threads=threads) for threads in (1, 2))

        assert_sound(problem, one)
        assert np.array_equal(one.agent, two.agent)
        assert np.array_equal(one.demand, two.demand)

    def test_another_seed_searches_elsewhere(self) -> None:
        problem = generate_season(SeasonSize(agents=60, projects=5, days=9, peak_seats=30), seed=11)

        plans = {tuple(solve(problem, effort=8, seed=seed).agent.tolist()) for seed in range(3)}

        assert len(plans) > 1

    def test_progress_tells_bound_and_value_and_ends_at_one(self) -> None:
        steps: list[Progress] = []
        solution = solve(generate_season(SMALL, seed=1), effort=30, progress=steps.append)

        assert [step.share for step in steps] == sorted(step.share for step in steps)
        assert steps[0].phase is Phase.PREPARE
        assert steps[0].bound is None
        assert steps[-1].share == 1.0
        assert (steps[-1].value, steps[-1].bound) == (solution.value, solution.bound)
        assert steps[-1].filled == solution.filled
        bounds = [step.bound for step in steps if step.bound is not None]
        assert bounds == sorted(bounds, reverse=True)

    def test_stops_when_asked_and_still_gives_a_plan_that_keeps_the_rules(self) -> None:
        problem = generate_season(SMALL, seed=1)

        solution = solve(problem, seconds=3600, should_stop=lambda: True)

        assert solution.stopped_early
        assert_sound(problem, solution)
        assert solution.filled > 0

    def test_stops_at_the_gap_asked_for(self) -> None:
        problem = generate_season(SMALL, seed=1)

        loose = solve(problem, effort=60, gap=0.05)
        tight = solve(problem, effort=60)

        assert loose.gap <= 0.05
        assert loose.chains < tight.chains

    @pytest.mark.parametrize(
        "wrong", [{"seconds": 0}, {"effort": 0}, {"seconds": 1, "effort": 1}, {"effort": 1, "threads": 0}]
    )
    def test_refuses_limits_that_make_no_sense(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=list(wrong)[-1]):
            solve(generate_season(SMALL, seed=1), **wrong)


def _with_pins(problem: Problem, agents: np.ndarray, rows: np.ndarray) -> Problem:
    return Problem.from_arrays(
        origin=problem.origin,
        agent_ids=problem.agent_ids,
        max_week_minutes=problem.max_week_minutes,
        max_day_minutes=problem.max_day_minutes,
        max_stretch_minutes=problem.max_stretch_minutes,
        min_rest_minutes=problem.min_rest_minutes,
        max_consecutive_days=problem.max_consecutive_days,
        project_ids=problem.project_ids,
        cert_agent=np.repeat(np.arange(problem.agents), np.diff(problem.cert_first)),
        cert_project=problem.cert_project,
        cert_score=problem.cert_score,
        window_agent=np.repeat(np.arange(problem.agents), np.diff(problem.window_first)),
        window_start=problem.window_start,
        window_end=problem.window_end,
        window_preference=problem.window_preference,
        demand_ids=problem.demand_ids,
        demand_project=problem.demand_project,
        demand_start=problem.demand_start,
        demand_end=problem.demand_end,
        demand_seats=problem.demand_seats,
        demand_value=problem.demand_value,
        pin_agent=agents,
        pin_demand=rows,
    )
