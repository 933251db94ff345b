"""The solver against an exact method, the checker and itself."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
import pytest

from scheduling.matching import search
from scheduling.matching.checker import check, value_of
from scheduling.matching.crew import Budget, Crew
from scheduling.matching.generate import MIXED, SeasonSize, generate_season
from scheduling.matching.layout import LARGEST_TABLE, lay_out
from scheduling.matching.opening import opening_prices
from scheduling.matching.parts import Deal
from scheduling.matching.prices import Pricing
from scheduling.matching.problem import Problem
from scheduling.matching.seasons import season_of
from scheduling.matching.solution import Phase, Progress, Solution
from scheduling.matching.solver import solve
from tests.scheduling.matching.oracle import best_value

MONDAY = dt.datetime(2026, 11, 2)  # noqa: DTZ001 - a problem's times are local and carry no zone
SMALL = SeasonSize(agents=60, projects=5, days=9, peak_seats=14)


def assert_sound(problem: Problem, solution: Solution) -> None:
    season, pairs = season_of(problem), solution.pairs(problem)
    assert check(season, pairs) == []
    assert value_of(season, pairs) == solution.value
    assert solution.value <= solution.bound
    assert solution.filled == len(pairs) <= solution.seats


class TestAgainstTheExactOptimum:
    @pytest.mark.parametrize("seed", range(4))
    def test_a_small_season_ends_next_to_the_best_plan(self, seed: int) -> None:
        problem = generate_season(SeasonSize(agents=14, projects=3, days=8, peak_seats=6), seed=seed)

        solution = solve(problem, effort=200)
        best = best_value(season_of(problem))

        assert_sound(problem, solution)
        assert solution.value <= best <= solution.bound
        assert solution.value >= 0.999 * best

    @pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::8])
    def test_equal_rivals_leave_a_seat_to_none_who_is_worth_less(self, order: tuple[int, ...]) -> None:
        """Two who bring 100 to one project, two who bring 70 to the other, and one who brings 50 to both: at
        the prices nobody has a reason to put the last out.
        """
        problem = _rivals(order)

        values = [solve(problem, effort=20, seed=seed).value for seed in range(3)]

        assert values == [1156 + 100 + 1156 + 70] * 3

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

    def test_more_seats_than_can_be_worked_at_some_hours_are_priced_soon(self) -> None:
        """The prices of whole evenings must fall far, in a season whose mornings are short of seats."""
        size = SeasonSize(agents=150, projects=10, days=20, peak_seats=55, evenness=0.6, certificates=15)
        problem = generate_season(size, seed=3)

        solution = solve(problem, effort=60)

        assert_sound(problem, solution)
        assert solution.filled < solution.seats
        assert solution.gap <= 0.001

    def test_lengths_too_fine_for_the_tables_still_give_a_plan_and_a_bound(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("scheduling.matching.layout.LARGEST_TABLE", 20)
        monkeypatch.setattr("scheduling.matching.layout.LARGEST_STRETCHES", 60)
        problem = generate_season(
            SeasonSize(agents=12, projects=3, days=8, peak_seats=6, slots=MIXED), seed=2
        )
        layout = lay_out(problem)
        assert (layout.length_low != layout.length_high).any()

        solution = solve(problem, effort=60)

        assert_sound(problem, solution)
        assert solution.value <= best_value(season_of(problem)) <= solution.bound

    def test_there_is_room_for_all_shifts_that_rounding_down_lets_into_a_week(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A week has room for two of these shifts at most; rounded down, all five of them fit."""
        monkeypatch.setattr("scheduling.matching.layout.LARGEST_TABLE", 4)
        monkeypatch.setattr("scheduling.matching.layout.LARGEST_STRETCHES", 4)
        problem = _in_a_row([7, 11, 13, 7, 11], most_a_week=17)
        crew = Crew(lay_out(problem), threads=1)
        pricing = Pricing(crew)
        free = np.zeros(problem.rows, dtype=np.int64)

        pricing.renew(free, pricing.everybody)

        assert crew.low.length.max() == 0
        assert pricing.plan_count.tolist() == [5]
        assert len(pricing.plan_row) >= 5
        assert_sound(problem, solve(problem, effort=5))

    @pytest.mark.parametrize("seed", range(3))
    def test_tables_too_large_to_count_weeks_still_give_a_good_plan_and_bound(
        self, monkeypatch: pytest.MonkeyPatch, seed: int
    ) -> None:
        monkeypatch.setattr("scheduling.matching.layout.LARGEST_TABLE", 20)
        problem = generate_season(
            SeasonSize(
                agents=12, projects=3, days=15, peak_seats=12, openness=0.9, evenness=0.9, slots=MIXED
            ),
            seed=seed,
        )
        layout = lay_out(problem)
        assert (layout.length_low == layout.length_high).all()

        solution = solve(problem, effort=60)

        assert_sound(problem, solution)
        assert solution.value <= best_value(season_of(problem)) <= solution.bound
        assert solution.gap <= 0.25

    def test_weeks_of_very_many_short_shifts_are_filled_to_the_limit(self) -> None:
        """Two people, always open, for ten days of ten-minute shifts: counting all of it would need a table
        of 17 million cells a person. A week of 8 hours is 48 shifts; the second has three days of it.
        """
        problem = _grid(agents=2, minutes=10, days=10, week_minutes=480)

        solution = solve(problem, effort=12)

        assert lay_out(problem).table_cells <= LARGEST_TABLE
        assert_sound(problem, solution)
        assert solution.filled == 2 * 2 * 48
        assert solution.gap <= 0.001

    def test_no_seat_stays_free_that_somebody_could_just_take(self) -> None:
        """Plans of equal worth: a chain asks the price of a full seat, and the agent may as well pay it."""
        problem = _ties()

        values = [solve(problem, effort=30, seed=seed).value for seed in range(6)]

        assert values == [600] * 6

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

    def test_a_gap_asked_for_also_ends_the_search_for_prices(self) -> None:
        problem = generate_season(SMALL, seed=1)

        solution = solve(problem, effort=2000, gap=0.05)

        assert solution.gap <= 0.05
        assert solution.sweeps < 500

    def test_hardly_any_time_still_gives_a_plan_and_a_bound(self) -> None:
        problem = generate_season(SMALL, seed=1)

        solution = solve(problem, seconds=0.001)

        assert_sound(problem, solution)
        assert solution.filled > 0
        assert solution.sweeps <= 3

    def test_a_clock_that_runs_out_in_the_first_sample_ends_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The opening asks a sample of agents many times; it must not go on once the time is over."""

        def refuse(*_: object) -> None:
            raise AssertionError("asked a sample after the time was over")

        with Crew(lay_out(generate_season(SMALL, seed=1)), threads=1) as crew:
            pricing = Pricing(crew)
            monkeypatch.setattr(pricing, "renew", refuse)

            scaled, bound = opening_prices(pricing, Budget(seconds=1e-9, steps=0), most=1e6, bend=True)

            assert bound == pricing.bound(scaled)

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


def _grid(*, agents: int, minutes: int, days: int, week_minutes: int) -> Problem:
    """One project, shifts of so many minutes around the clock, everybody open to all of them."""
    shifts = np.arange(0, days * 1440, minutes)
    everybody = range(agents)
    return Problem.from_arrays(
        origin=MONDAY,
        agent_ids=[f"a{agent}" for agent in everybody],
        max_week_minutes=[week_minutes] * agents,
        max_day_minutes=[1440] * agents,
        max_stretch_minutes=[480] * agents,
        min_rest_minutes=[660] * agents,
        max_consecutive_days=[6] * agents,
        project_ids=["p"],
        cert_agent=list(everybody),
        cert_project=[0] * agents,
        cert_score=[10] * agents,
        window_agent=list(everybody),
        window_start=[0] * agents,
        window_end=[days * 1440] * agents,
        window_preference=[1] * agents,
        demand_ids=[f"d{shift}" for shift in range(len(shifts))],
        demand_project=[0] * len(shifts),
        demand_start=shifts.tolist(),
        demand_end=(shifts + minutes).tolist(),
        demand_seats=[agents] * len(shifts),
        demand_value=[100] * len(shifts),
    )


def _rivals(order: tuple[int, ...]) -> Problem:
    """Five people, of whom some are equal, and two projects with one seat each at the same time."""
    kinds = [[(0, 100)], [(0, 100)], [(1, 70)], [(1, 70)], [(0, 50), (1, 50)]]
    certs = [(agent, *cert) for agent, kind in enumerate(order) for cert in kinds[kind]]
    return Problem.from_arrays(
        origin=MONDAY,
        agent_ids=[f"a{agent}" for agent in range(5)],
        max_week_minutes=[2400] * 5,
        max_day_minutes=[480] * 5,
        max_stretch_minutes=[480] * 5,
        min_rest_minutes=[660] * 5,
        max_consecutive_days=[6] * 5,
        project_ids=["p0", "p1"],
        cert_agent=[cert[0] for cert in certs],
        cert_project=[cert[1] for cert in certs],
        cert_score=[cert[2] for cert in certs],
        window_agent=list(range(5)),
        window_start=[20000] * 5,
        window_end=[25000] * 5,
        window_preference=[0] * 5,
        demand_ids=["d0", "d1"],
        demand_project=[0, 1],
        demand_start=[21600] * 2,
        demand_end=[21840] * 2,
        demand_seats=[1] * 2,
        demand_value=[1156] * 2,
    )


def _in_a_row(lengths: list[int], *, most_a_week: int) -> Problem:
    """One person and shifts of these minutes that touch, one seat each."""
    ends = list(itertools.accumulate(lengths))
    return Problem.from_arrays(
        origin=MONDAY,
        agent_ids=["a0"],
        max_week_minutes=[most_a_week],
        max_day_minutes=[1440],
        max_stretch_minutes=[1440],
        min_rest_minutes=[0],
        max_consecutive_days=[6],
        project_ids=["p0"],
        cert_agent=[0],
        cert_project=[0],
        cert_score=[0],
        window_agent=[0],
        window_start=[0],
        window_end=[1440],
        window_preference=[0],
        demand_ids=[f"d{number}" for number in range(len(lengths))],
        demand_project=[0] * len(lengths),
        demand_start=[0, *ends[:-1]],
        demand_end=ends,
        demand_seats=[1] * len(lengths),
        demand_value=[100] * len(lengths),
    )


def _ties() -> Problem:
    """Three people, eight shifts, every seat worth the same; 600 is the best there is."""
    return Problem.from_arrays(
        origin=MONDAY,
        agent_ids=["a0", "a1", "a2"],
        max_week_minutes=[499, 10080, 10080],
        max_day_minutes=[249, 320, 139],
        max_stretch_minutes=[10080] * 3,
        min_rest_minutes=[2100, 1, 2350],
        max_consecutive_days=[3, 6, 6],
        project_ids=["p0", "p1", "p2"],
        cert_agent=[0, 0, 0, 1, 1, 1, 2, 2, 2],
        cert_project=[0, 1, 2] * 3,
        cert_score=[0] * 9,
        window_agent=[0, 1, 2],
        window_start=[0] * 3,
        window_end=[57600] * 3,
        window_preference=[0] * 3,
        demand_ids=[f"d{row}" for row in range(8)],
        demand_project=[2, 2, 0, 1, 1, 2, 1, 0],
        demand_start=[1920, 2689, 2689, 2689, 2689, 2799, 3709, 5149],
        demand_end=[2030, 2939, 2939, 2799, 2759, 3049, 3959, 5399],
        demand_seats=[1, 5, 2, 0, 2, 1, 5, 1],
        demand_value=[100] * 8,
    )


def test_a_limit_of_time_begins_when_everything_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(search, "load_compiled", lambda: called.append("load"))
    monkeypatch.setattr(search, "run", lambda *_, **__: called.append("run"))

    solve(generate_season(SMALL, seed=1), seconds=1.0)

    assert called == ["load", "run"]


def test_what_is_loaded_before_the_clock_starts_has_run_chains_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    run = Deal.run

    def counted(deal: Deal, chains: int) -> int:
        ran.append(chains)
        return run(deal, chains)

    monkeypatch.setattr(Deal, "run", counted)
    search.load_compiled.cache_clear()

    search.load_compiled()

    assert ran
