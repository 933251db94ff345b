"""The least days in a row, the least days off between two runs, the most weekends: everywhere they count."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scheduling.matching.checker import HARD_RULES, check, value_of
from scheduling.matching.explain import Explainer
from scheduling.matching.fairness import workable_minutes
from scheduling.matching.faults import RANGES
from scheduling.matching.files import read_problem, write_problem
from scheduling.matching.generate import MIXED, SeasonSize, generate_season
from scheduling.matching.greedy import solve_greedily
from scheduling.matching.holdings import Holdings
from scheduling.matching.obstacles import Limits, Obstacle, obstacles_of_time
from scheduling.matching.problem import NO_WEEKEND_LIMIT, Problem, ProblemError
from scheduling.matching.remedies import find_remedies
from scheduling.matching.report import Cause, build_report
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve
from tests.scheduling.matching.enumeration import best_by_enumeration
from tests.scheduling.matching.folders import faults_of, read_text, replace, write_folder, write_text
from tests.scheduling.matching.hostile import DAY, HOUR, MONDAY
from tests.scheduling.matching.oracle import best_value
from tests.scheduling.matching.seasons_by_hand import season, shift
from tests.scheduling.matching.test_oracle import Worker, assert_proven, season_by_hand, spans

RUN, OFF, WEEKENDS = (
    "run_of_days_is_not_too_short",
    "agent_gets_enough_days_off_in_a_row",
    "agent_has_enough_weekends_off",
)


def on(*days: int) -> list[tuple[int, int, int]]:
    """Return one row of four hours on each of these days; day 0 is a Monday."""
    return spans(*((day * DAY + 9 * HOUR, day * DAY + 13 * HOUR) for day in days))


class TestTheChecker:
    """Ten days, Monday to Wednesday of the next week; every plan by the days it works."""

    @pytest.mark.parametrize(
        ("limits", "days", "pinned", "rules"),
        [
            ({"run": 2}, (3, 4), (), []),
            ({"run": 2}, (3,), (), [RUN]),
            ({"run": 2}, (3, 5), (), [RUN, RUN]),
            ({"run": 3}, (3, 4), (), [RUN]),
            ({"run": 3}, (0,), (), []),
            ({"run": 3}, (9,), (), []),
            ({"run": 3}, (1,), (), [RUN]),
            ({"run": 3}, (8,), (), [RUN]),
            ({"run": 3}, (3,), (3,), []),
            ({"run": 3}, (3, 4), (4,), []),
            ({"run": 3}, (3, 5, 7), (5,), [RUN, RUN]),
            ({"run": 1}, (3,), (), []),
            ({"off": 2}, (2, 5), (), []),
            ({"off": 2}, (2, 4), (), [OFF]),
            ({"off": 3}, (2, 5), (), [OFF]),
            ({"off": 3}, (2, 3, 4), (), []),
            ({"off": 9}, (1, 8), (), [OFF]),
            ({"off": 2}, (2, 4), (2, 4), []),
            ({"off": 2}, (2, 4), (4,), [OFF]),
            ({"off": 2}, (2, 3, 5), (2, 5), [OFF]),
            ({"off": 2}, (0, 2), (), [OFF]),
            ({"off": 1}, (2, 4), (), []),
            ({"weekends": 1}, (5, 6), (), []),
            ({"weekends": 0}, (5,), (), [WEEKENDS]),
            ({"weekends": 0}, (6,), (), [WEEKENDS]),
            ({"weekends": 0}, (4, 7), (), []),
            ({"weekends": 0}, (5,), (5,), [WEEKENDS]),
        ],
    )
    def test_each_rule(
        self, limits: dict[str, Any], days: tuple[int, ...], pinned: tuple[int, ...], rules: list[str]
    ) -> None:
        rows = [shift(f"d{day}", day, 9) for day in range(10)]
        of = season(*rows, **limits, pinned=tuple(("a0", f"d{day}") for day in pinned))

        assert [one.rule for one in check(of, [("a0", f"d{day}") for day in days])] == rules

    def test_two_weekends_are_two_weeks(self) -> None:
        rows = [shift(f"d{day}", day, 9) for day in range(14)]

        assert check(season(*rows, weekends=2), [("a0", "d6"), ("a0", "d12")]) == []
        (found,) = check(season(*rows, weekends=1), [("a0", "d6"), ("a0", "d12")])
        assert (found.rule, found.demand_ids) == (WEEKENDS, ("d6", "d12"))
        assert found.detail == "2 weekends of at most 1"

    def test_a_day_counts_by_the_start_of_its_shifts(self) -> None:
        """A night from Friday to Saturday is a Friday; two shifts of a day are one day."""
        rows = (
            shift("before", 0, 9),
            shift("night", 4, 22, 8),
            shift("early", 2, 0),
            shift("late", 2, 20),
            shift("after", 20, 9),
        )

        assert check(season(*rows, weekends=0), [("a0", "night")]) == []
        found = check(season(*rows, run=2, rest=0), [("a0", "early"), ("a0", "late")])
        assert [(one.rule, one.demand_ids, one.detail) for one in found] == [
            (RUN, ("early", "late"), "1 days in a row of at least 2")
        ]

    def test_days_off_say_between_which_shifts(self) -> None:
        rows = [shift(f"d{day}", day, 9) for day in range(10)]
        (found,) = check(season(*rows, off=3), [("a0", "d2"), ("a0", "d5")])

        assert (found.demand_ids, found.detail) == (("d2", "d5"), "2 days off in a row of at least 3")


BY_HAND: dict[str, tuple[Problem, int]] = {
    "a lone day in the middle is not worked": (season_by_hand([Worker(run=2)], on(0, 3, 6)), 200),
    "two days in the middle are": (season_by_hand([Worker(run=2)], on(0, 3, 4, 8)), 400),
    "a loss makes a run long enough": (
        season_by_hand(
            [Worker(run=3, windows=((0, 3 * DAY, 0), (3 * DAY, 4 * DAY, -150), (4 * DAY, 9 * DAY, 0)))],
            on(0, 2, 3, 4, 5, 8),
        ),
        450,
    ),
    "a loss fills days off too few": (
        season_by_hand(
            [Worker(off=2, windows=((0, 3 * DAY, 0), (3 * DAY, 4 * DAY, -110), (4 * DAY, 9 * DAY, 0)))],
            on(1, 2, 3, 4, 5),
        ),
        390,
    ),
    "every other day with two days off": (season_by_hand([Worker(off=2)], on(0, 2, 4, 6)), 200),
    "one weekend of two": (season_by_hand([Worker(weekends=1)], on(5, 6, 12, 13)), 200),
    "Saturday and Sunday are one": (season_by_hand([Worker(weekends=1)], on(5, 6)), 200),
    "no weekend": (season_by_hand([Worker(weekends=0)], on(4, 5, 6, 7)), 200),
    "a pinned day may be alone": (
        season_by_hand([Worker(run=2)], on(0, 3, 9), pin_agent=[0], pin_demand=[1]),
        300,
    ),
    "beside a pinned day any number may be worked": (
        season_by_hand([Worker(run=3)], on(0, 3, 4, 9), pin_agent=[0], pin_demand=[1]),
        400,
    ),
    "between two pinned days days off may be few": (
        season_by_hand([Worker(off=2)], on(0, 3, 5, 9), pin_agent=[0, 0], pin_demand=[1, 2]),
        400,
    ),
    "but not between a pinned day and another": (
        season_by_hand([Worker(off=2)], on(3, 5), pin_agent=[0], pin_demand=[0]),
        100,
    ),
    "at the ends of a horizon that is given a run may be short": (
        season_by_hand([Worker(run=2)], on(0, 2, 4, 6, 8), horizon=[2, 6], pin_agent=[0], pin_demand=[0]),
        300,
    ),
    "and not at those of the rows": (season_by_hand([Worker(run=2)], on(2, 4), horizon=[0, 6]), 0),
    "all together, with the most days in a row": (
        season_by_hand([Worker(run=2, off=2, days=3, weekends=1)], on(*range(14))),
        800,
    ),
}


def test_explanations_know_a_horizon_that_is_given() -> None:
    """The rows' first and last day are no ends of the season, and nobody may work on them alone."""
    problem = season_by_hand([Worker(run=2)], on(2, 6), horizon=[0, 8])
    explainer = Explainer(Holdings.of(problem, solve(problem, effort=10)))

    reasons = [reason.obstacle for row in (0, 1) for reason in explainer.explain(agent=0, demand=row).reasons]

    assert reasons == [Obstacle.SHORT_RUN] * 2


class TestTheSolver:
    @pytest.mark.parametrize("name", BY_HAND)
    def test_a_season_by_hand_gets_the_best_plan(self, name: str) -> None:
        problem, best = BY_HAND[name]

        assert best_by_enumeration(season_of(problem)) == best
        assert assert_proven(problem, effort=30) == (best, best)

    @pytest.mark.parametrize("seed", range(12))
    def test_one_agent_alone_gets_the_best_plan_there_is(self, seed: int) -> None:
        size = SeasonSize(
            agents=1,
            projects=2,
            days=17,
            peak_seats=30,
            openness=0.9,
            evenness=0.9,
            day_rules=True,
            slots=MIXED if seed % 2 else SeasonSize.slots,
        )
        value, best = assert_proven(generate_season(size, seed=seed), effort=8, exact=best_value)

        assert value == best, f"seed {seed}"

    @pytest.mark.parametrize("largest", [2_000_000, 60])
    def test_a_season_like_life_keeps_every_rule(self, largest: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """With tables too small to count in, whole runs are left out instead."""
        monkeypatch.setattr("scheduling.matching.layout.LARGEST_TABLE", largest)
        problem = generate_season(
            SeasonSize(agents=40, projects=5, days=15, peak_seats=12, day_rules=True), seed=5
        )

        solution = solve(problem, effort=25)

        found, pairs = season_of(problem), solution.pairs(problem)
        assert check(found, pairs) == []
        assert value_of(found, pairs) == solution.value <= solution.bound
        assert solution.filled > 0.5 * solution.seats
        assert largest < 100 or solution.gap <= 0.02

    def test_the_greedy_keeps_them_too(self) -> None:
        problem = generate_season(
            SeasonSize(agents=60, projects=5, days=15, peak_seats=20, day_rules=True), seed=3
        )

        agents, rows, value = solve_greedily(problem)

        names = zip(agents.tolist(), rows.tolist(), strict=True)
        pairs = [(problem.agent_ids[agent], problem.demand_ids[row]) for agent, row in names]
        assert pairs
        assert check(season_of(problem), pairs) == []
        assert value_of(season_of(problem), pairs) == value

    def test_workable_minutes_know_them(self) -> None:
        rows = on(0, 3, 5, 9)

        for worker, days in ((Worker(), 4), (Worker(run=2), 2), (Worker(off=2), 3), (Worker(weekends=0), 3)):
            assert workable_minutes(season_by_hand([worker], rows)).tolist() == [days * 4 * HOUR], worker


class TestMoreOrFewerPeopleThanWanted:
    """Two rows of one project and time: the seats wanted, and those beyond at what too many cost."""

    @pytest.mark.parametrize(
        ("over", "score", "filled", "value"),
        [(-60, 0, 2, 200), (-60, 70, 4, 2 * 170 + 2 * 10), (30, 0, 4, 260)],
        ids=["too dear", "worth it for the people", "cheap"],
    )
    def test_seats_beyond_those_wanted_may_cost(self, over: int, score: int, filled: int, value: int) -> None:
        problem = season_by_hand([Worker(score=score)] * 4, [(0, 9 * HOUR, 13 * HOUR)] * 2, seats=2)
        columns = {"demand_value": np.array([100, over])}
        problem = _with(problem, **columns)

        solution = solve(problem, effort=10)

        assert solution.value == best_by_enumeration(season_of(problem)) == solution.bound == value
        assert solution.filled == filled

    def test_a_seat_left_empty_costs_its_value(self) -> None:
        """One person, two projects at one time: the one where too few cost more gets them."""
        problem = season_by_hand([Worker()], [(0, 9 * HOUR, 13 * HOUR), (1, 9 * HOUR, 13 * HOUR)], projects=2)

        solution = solve(_with(problem, demand_value=np.array([40, 90])), effort=10)

        assert (solution.demand.tolist(), solution.value) == ([1], 90)


def _with(problem: Problem, **columns: np.ndarray) -> Problem:
    """Return a problem with other columns."""
    names = ("origin", "agent_ids", "project_ids", "demand_ids")
    kept = {name: getattr(problem, name) for name in names}
    for name in Problem.__dataclass_fields__:
        if name not in (*names, "cert_first", "window_first"):
            kept[name] = getattr(problem, name)
    everybody = np.arange(problem.agents)
    kept["cert_agent"] = np.repeat(everybody, np.diff(problem.cert_first))
    kept["window_agent"] = np.repeat(everybody, np.diff(problem.window_first))
    return Problem.from_arrays(**{**kept, **columns})


class TestWhy:
    @pytest.mark.parametrize(
        ("worker", "rows", "wanted", "obstacle"),
        [
            (Worker(run=2), on(0, 3, 9), 1, Obstacle.SHORT_RUN),
            (Worker(off=2, score=-50), on(0, 2, 9), 1, Obstacle.DAYS_OFF),
            (Worker(weekends=1), on(0, 5, 12), 2, Obstacle.WEEKENDS),
        ],
    )
    def test_a_rule_that_the_plan_keeps_is_the_reason(
        self, worker: Worker, rows: list[tuple[int, int, int]], wanted: int, obstacle: Obstacle
    ) -> None:
        values = np.array([900, 900, 900])
        values[wanted] = 100
        problem = _with(season_by_hand([worker], rows), demand_value=values)
        solution = solve(problem, effort=10)
        holdings = Holdings.of(problem, solution)

        (reason,) = Explainer(holdings).explain(agent=0, demand=wanted).reasons

        assert (reason.obstacle, reason.is_fixed) == (obstacle, False)
        (shortage,) = build_report(problem, solution).shortages
        assert (shortage.demand, shortage.cause.value) == (wanted, obstacle.value)

    def test_pinned_weekends_are_fixed_but_a_run_could_have_been_longer(self) -> None:
        rows = on(0, 5, 12, 16, 20)
        problem = season_by_hand([Worker(run=2, weekends=1)], rows, pin_agent=[0], pin_demand=[1])
        explainer = Explainer(Holdings.of(problem, solve(problem, effort=10)))

        weekend = explainer.explain(agent=0, demand=2).reasons
        lone = explainer.explain(agent=0, demand=3)

        assert [(one.obstacle, one.is_fixed) for one in weekend] == [
            (Obstacle.WEEKENDS, True),
            (Obstacle.SHORT_RUN, False),
        ]
        assert [(one.obstacle, one.is_fixed) for one in lone.reasons] == [(Obstacle.SHORT_RUN, False)]
        assert lone.short is None

    def test_nobody_is_named_for_a_seat_that_would_leave_them_a_lone_day(self) -> None:
        """Two more people could be asked; only one of them may work a single day."""
        never = ((0, 1, 0),)
        workers = [Worker(run=2, windows=never), Worker(windows=never)]
        problem = season_by_hand(workers, on(0, 4, 9))
        holdings = Holdings.of(problem, solve(problem, effort=5))

        remedies = find_remedies(holdings)

        assert [remedies.rows[row].askable for row in range(3)] == [2, 1, 2]
        assert ("a1", "d1") in [pair for remedy in remedies.advice for pair in remedy.named]


LIMITS = Limits(
    max_week_minutes=7 * DAY,
    max_stretch_minutes=8 * HOUR,
    min_rest_minutes=0,
    max_consecutive_days=6,
    min_consecutive_days=2,
    min_days_off=2,
    max_weekends=1,
    first_day=0,
    last_day=20,
)


@pytest.mark.parametrize(
    ("held", "pinned", "wanted", "expected"),
    [
        ((), (), 3, (Obstacle.SHORT_RUN,)),
        ((), (), 0, ()),
        ((), (), 20, ()),
        ((3,), (3,), 4, ()),
        ((3, 4), (), 3, ()),
        ((3, 4), (), 6, (Obstacle.SHORT_RUN, Obstacle.DAYS_OFF)),
        ((8, 9), (), 6, (Obstacle.SHORT_RUN, Obstacle.DAYS_OFF, Obstacle.WEEKENDS)),
        ((3, 4, 7, 8), (), 5, (Obstacle.DAYS_OFF,)),
        ((3, 4, 6, 7), (4, 6), 5, ()),
        ((5, 8), (5, 8), 12, (Obstacle.SHORT_RUN, Obstacle.WEEKENDS)),
        ((5,), (5,), 6, ()),
        ((0,), (), 2, (Obstacle.SHORT_RUN, Obstacle.DAYS_OFF)),
    ],
)
def test_what_one_more_day_would_break(
    held: tuple[int, ...], pinned: tuple[int, ...], wanted: int, expected: tuple[Obstacle, ...]
) -> None:
    times = [(day * DAY + 9 * HOUR, day * DAY + 13 * HOUR) for day in held]
    limits = Limits(**{**LIMITS.__dict__, "pinned_days": frozenset(pinned)})
    if held == (8, 9):
        limits = Limits(**{**limits.__dict__, "max_weekends": 0})

    assert obstacles_of_time(times, (wanted * DAY + 14 * HOUR, wanted * DAY + 18 * HOUR), limits) == expected


class TestTheProblem:
    def test_pins_that_are_too_many_weekends_are_refused_and_short_runs_are_not(self) -> None:
        season_by_hand([Worker(run=3, off=4)], on(0, 3, 5, 9), pin_agent=[0, 0], pin_demand=[1, 2])

        with pytest.raises(ProblemError) as refusal:
            season_by_hand([Worker(weekends=0)], on(0, 5, 9), pin_agent=[0], pin_demand=[1])

        (fault,) = refusal.value.faults
        assert f"the pins break the rule {WEEKENDS} (1 weekends of at most 0); unpin one" in str(fault)

    def test_more_days_in_a_row_at_least_than_at_most(self) -> None:
        season_by_hand([Worker(days=3, run=3), Worker(days=0)], on(0))

        with pytest.raises(ProblemError, match="min_consecutive_days is 4, more than max_consecutive_days 3"):
            season_by_hand([Worker(days=3, run=4)], on(0))

    def test_without_columns_nothing_is_asked(self) -> None:
        problem = generate_season(SeasonSize(agents=3, projects=2, days=3, peak_seats=4), seed=1)

        assert problem.min_consecutive_days.tolist() == problem.min_days_off.tolist() == [1] * 3
        assert problem.max_weekends.tolist() == [NO_WEEKEND_LIMIT] * 3
        assert problem.origin != MONDAY


class TestTheFiles:
    HEAD = "max_consecutive_days\nann,2400,480,660,6\nbob,2400,480,660,6\n"

    def given(self, folder: Path, ann: str, bob: str = ",,") -> Path:
        write_folder(folder)
        columns = "max_consecutive_days,min_days_off,max_weekends,min_consecutive_days"
        rows = f"{columns}\nann,2400,480,660,6,{ann}\nbob,2400,480,660,6,{bob}\n"
        replace(folder, "agents.csv", self.HEAD, rows)
        return folder

    def test_given_and_empty_cells(self, tmp_path: Path) -> None:
        problem = read_problem(self.given(tmp_path, "3,0,2"))

        assert problem.min_days_off.tolist() == [3, 1]
        assert problem.max_weekends.tolist() == [0, NO_WEEKEND_LIMIT]
        assert problem.min_consecutive_days.tolist() == [2, 1]

    @pytest.mark.parametrize(
        ("ann", "fault"),
        [
            ("0,,", "min_days_off is 0; give a whole number from 1 to 3660"),
            ("two,,", 'min_days_off is "two"; give a whole number from 1 to 3660'),
            (",-1,", "max_weekends is -1; give a whole number from 0 to 530"),
            (",,0", "min_consecutive_days is 0; give a whole number from 1 to 3660"),
            (",,7", "min_consecutive_days is 7, more than max_consecutive_days 6; give at most 6"),
        ],
    )
    def test_a_fault_names_the_line_and_how_to_mend_it(self, tmp_path: Path, ann: str, fault: str) -> None:
        assert faults_of(self.given(tmp_path, ann)) == [f"agents.csv line 2: {fault}"]

    def test_a_pin_on_a_weekend_too_many_is_named_by_its_line(self, tmp_path: Path) -> None:
        folder = self.given(tmp_path, ",,", ",0,")
        for name in ("demand.csv", "availability.csv"):
            write_text(folder, name, read_text(folder, name).replace("2026-11-05", "2026-11-07"))
        replace(folder, "availability.csv", "2026-11-06", "2026-11-08")

        assert faults_of(folder) == [
            f"pinned.csv line 2: bob on d2: the pins break the rule {WEEKENDS} (1 weekends of at most 0); "
            "unpin one"
        ]


class TestTheDescription:
    """docs/matching-files.md against what is read, kept and written."""

    TEXT = (Path(__file__).parents[3] / "docs" / "matching-files.md").read_text(encoding="utf-8")

    def test_names_every_column_with_its_limits(self, tmp_path: Path) -> None:
        write_problem(tmp_path, generate_season(SeasonSize(agents=2, projects=1, days=1), seed=1))
        files = ("agents", "certifications", "availability", "demand", "blocks", "pinned")
        for name in files:
            heading = (tmp_path / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
            missing = [column for column in heading.split(",") if f"`{column}`" not in self.TEXT]
            assert missing == [], name
        for column, (low, high) in RANGES.items():
            if column.endswith("_start"):
                continue
            name = column.removeprefix("cert_").removeprefix("window_").removeprefix("demand_")
            lines = [one for one in self.TEXT.splitlines() if f"`{name}`" in one]
            line = next(one for one in lines if re.search(r"\d to \d", one))
            assert f"{low:,}" in line or str(low) in line, column
            assert f"{high:,}" in line or str(high) in line, column

    def test_names_every_rule_key_and_cause(self) -> None:
        problem = season_by_hand([Worker()], on(0, 1), seats=2)
        report = build_report(problem, solve(problem, effort=5)).as_json()

        rules = [rule.__name__ for rule in HARD_RULES if rule.__name__ != "plan_names_known_agents_and_rows"]
        names = [*rules, *report, *report["shortages"][0], *report["shortages"][0]["remedies"], *Cause]
        assert [name for name in names if f"`{name}`" not in self.TEXT] == []
