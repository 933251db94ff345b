"""Plans of short shifts in strips, against the tables that count everything and against the best there is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from scheduling.matching.checker import check, value_of
from scheduling.matching.generate import SeasonSize, generate_season
from scheduling.matching.layout import Layout, lay_out
from scheduling.matching.plans import SCALE, best_plan, make_frame, make_scratch
from scheduling.matching.problem import Ints, Problem
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve
from scheduling.matching.strips import measure_strips
from tests.scheduling.matching.hostile import DAY, HOUR, problems
from tests.scheduling.matching.test_oracle import Worker, assert_proven, season_by_hand, spans

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large]
LAYOUT = "scheduling.matching.layout"


def lay_out_with(monkeypatch: pytest.MonkeyPatch, problem: Problem, **limits: int) -> Layout:
    """Lay a problem out with other limits than usual."""
    with monkeypatch.context() as patch:
        for name, limit in limits.items():
            patch.setattr(f"{LAYOUT}.{name}", limit)
        return lay_out(problem)


def best_of(layout: Layout, net: Ints) -> tuple[int, list[int]]:
    """Return the value of the only agent's best plan, and its rows in the problem's numbers: none beside the
    pins where no plan was found.
    """
    scratch = make_scratch(layout)
    value, rows = best_plan(make_frame(layout, round_up=True), scratch, 0, net)
    return int(value), sorted(layout.row_of[scratch.plan_row[: max(0, rows)]].tolist())


def strips_problem(random: np.random.Generator, *, day_limit: bool = False) -> Problem:
    """Return one agent with a few strips of touching shifts, some side by side, around a week's border."""
    unit = int(random.choice([10, 30, 120, 480]))
    shifts = set()
    for offset in range(random.integers(1, 4)):
        start = int(random.integers(4 * DAY, 8 * DAY)) // unit * unit + offset * (unit // 3)
        for _ in range(random.integers(1, 14)):
            end = start + unit * int(random.integers(1, 4) if random.random() < 0.4 else 1)
            shifts.add((start, end))
            start = end + unit * int(random.integers(1, 60) if random.random() < 0.15 else 0)
    worker = Worker(
        week=unit * int(random.integers(3, 20)),
        day=unit * int(random.integers(3, 9)) if day_limit else 7 * DAY,
        stretch=unit * int(random.integers(3, 10)),
        rest=int(random.choice([0, unit, 11 * HOUR])),
        days=int(random.integers(1, 4)),
    )
    ordered = sorted(shift for shift in shifts if shift[1] <= 28 * DAY)
    pinned = [int(random.integers(len(ordered)))] if random.random() < 0.3 else []
    return season_by_hand([worker], spans(*ordered), pin_agent=[0] * len(pinned), pin_demand=pinned)


def nets(problem: Problem, layout: Layout, random: np.random.Generator) -> Ints:
    """Return what each row brings: anything, or all the same."""
    if random.random() < 0.3:
        return np.full(problem.rows, 10 * SCALE)
    return random.integers(-40, 60, problem.rows)[layout.row_of] * SCALE


def worth(problem: Problem, layout: Layout, net: Ints, rows: list[int]) -> int:
    place = np.argsort(layout.row_of)
    return int(net[place[rows]].sum())


def assert_allowed(problem: Problem, rows: list[int]) -> None:
    pinned = problem.pin_demand.tolist()
    pairs = [("a0", problem.demand_ids[row]) for row in sorted({*rows, *pinned})]
    assert check(season_of(problem), pairs) == []


class TestOneAgent:
    def test_strips_and_tables_find_plans_of_the_same_worth(self, monkeypatch: pytest.MonkeyPatch) -> None:
        in_strips = 0
        for seed in range(400):
            random = np.random.default_rng(seed)
            problem = strips_problem(random)
            layout = lay_out_with(monkeypatch, problem, FEWEST_ROWS=1)
            tables = lay_out_with(monkeypatch, problem, FEWEST_ROWS=1000)
            net = nets(problem, layout, random)

            value, rows = best_of(layout, net)

            assert tables.strips_abreast[0] == 0
            assert value == best_of(tables, net)[0] == worth(problem, layout, net, rows), f"seed {seed}"
            assert_allowed(problem, rows)
            in_strips += bool(layout.strips_abreast[0])
        assert in_strips > 250

    @pytest.mark.parametrize("cells", [1, 1000])
    def test_weeks_and_days_paid_for_bound_the_best_plan_and_keep_the_rules(
        self, monkeypatch: pytest.MonkeyPatch, cells: int
    ) -> None:
        """Room for hardly any line: weeks cost a rent; days always do."""
        near = 0
        for seed in range(200):
            random = np.random.default_rng(seed)
            problem = strips_problem(random, day_limit=True)
            layout = lay_out_with(monkeypatch, problem, FEWEST_ROWS=1, LARGEST_STRIPS=cells)
            net = nets(problem, layout, random)

            bound, rows = best_of(layout, net)

            best, _ = best_of(lay_out_with(monkeypatch, problem, FEWEST_ROWS=1000), net)
            assert worth(problem, layout, net, rows) <= best <= bound, f"seed {seed}"
            assert_allowed(problem, rows)
            near += worth(problem, layout, net, rows) == best
        assert near > 120

    def test_three_weeks_of_ten_minutes_are_counted_exactly(self) -> None:
        """Always open, every shift worth the same, three days in a row at most: counting stretches too would
        take a table of 130 million cells.
        """
        worker = Worker(week=40 * HOUR, stretch=8 * HOUR, rest=11 * HOUR, days=3)
        shifts = spans(*((start, start + 10) for start in range(0, 20 * DAY, 10)))
        problem = season_by_hand([worker], shifts)
        layout = lay_out(problem)

        value, rows = best_of(layout, np.full(problem.rows, SCALE))

        assert layout.strips_abreast.tolist() == [1]
        assert layout.strip_rows.tolist() == [48]
        assert layout.table_cells < 8_000_000
        assert (value, len(rows)) == (3 * 240 * SCALE, 3 * 240)
        assert_allowed(problem, rows)


class TestWhoIsInStrips:
    @pytest.mark.parametrize(
        ("times", "abreast", "fit"),
        [
            ([(0, 10), (10, 20), (20, 30)], 1, 2),
            ([(0, 10), (10, 20), (40, 50)], 1, 2),
            ([(0, 10), (5, 15), (10, 20), (15, 25)], 2, 2),
            ([(0, 10), (10, 20), (10, 30)], 0, 0),
            ([(0, 20), (10, 20), (20, 30)], 0, 0),
            ([(0, 20), (5, 10), (10, 15), (20, 40)], 2, 2),
            ([(0, 1441), (1441, 1451)], 0, 0),
        ],
    )
    def test_each_shift_touches_one_other_at_either_end(
        self, times: list[tuple[int, int]], abreast: int, fit: int
    ) -> None:
        start, end = np.array(times).T.copy()
        spans_open = np.arange(len(times), dtype=np.int32)

        found = measure_strips(start, end, end - start, np.array([20]), np.array([0, len(times)]), spans_open)

        assert [column.tolist() for column in found] == [[abreast], [fit]]


class TestSeasons:
    @settings(max_examples=60, suppress_health_check=UNHURRIED)
    @given(problem=problems())
    def test_hostile_seasons_keep_every_rule_and_the_proof(self, problem: Problem) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"{LAYOUT}.FEWEST_ROWS", 1)
            assert_proven(problem, effort=8)

    @settings(max_examples=40, suppress_health_check=UNHURRIED)
    @given(problem=problems())
    def test_coarse_units_and_hardly_any_room_keep_every_rule_and_the_proof(self, problem: Problem) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name, limit in {"FEWEST_ROWS": 1, "LARGEST_STRIPS": 4, "LARGEST_STRETCHES": 12}.items():
                patch.setattr(f"{LAYOUT}.{name}", limit)
            assert_proven(problem, effort=5)

    @settings(max_examples=60, suppress_health_check=UNHURRIED)
    @given(problem=problems())
    def test_hostile_seasons_whose_people_change_places_keep_every_rule_and_the_proof(
        self, problem: Problem
    ) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("FEWEST_ROWS", "FEWEST_EXCHANGING"):
                patch.setattr(f"{LAYOUT}.{name}", 1)
            assert_proven(problem, effort=5)

    def test_people_who_share_short_shifts_change_places_to_make_room(self) -> None:
        tens = tuple((start, 10) for start in range(9 * HOUR, 17 * HOUR, 10))
        size = SeasonSize(agents=220, projects=6, days=2, peak_seats=70, slots=tens, day_hours=())
        problem = generate_season(size, seed=2)

        one, two = (solve(problem, effort=12, threads=threads) for threads in (1, 2))

        assert np.array_equal(one.agent, two.agent)
        assert np.array_equal(one.demand, two.demand)
        season, pairs = season_of(problem), one.pairs(problem)
        assert check(season, pairs) == []
        assert value_of(season, pairs) == one.value
        assert one.gap <= 0.014

    def test_a_season_of_ten_minutes(self) -> None:
        tens = tuple((start, 10) for start in range(8 * HOUR, 20 * HOUR, 10))
        size = SeasonSize(agents=40, projects=3, days=4, peak_seats=12, slots=tens, day_hours=())
        problem = generate_season(size, seed=1)

        solution = solve(problem, effort=30)

        assert (lay_out(problem).strips_abreast > 0).mean() > 0.9
        season, pairs = season_of(problem), solution.pairs(problem)
        assert check(season, pairs) == []
        assert solution.gap <= 0.04
