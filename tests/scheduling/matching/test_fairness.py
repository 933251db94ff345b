"""Hours wished, workable and given; small groups; and a season in which needs cost nobody hours."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scheduling.commands import scheduling_group
from scheduling.matching.checker import Person, Season, Shift, Window, check
from scheduling.matching.fairness import (
    LEAST_PEOPLE,
    Minutes,
    Sums,
    add_up,
    count_minutes,
    expected_minutes,
    hide_small,
    share_by_group,
    wished_minutes,
    workable_minutes,
)
from scheduling.matching.problem import Ints, Problem
from scheduling.matching.solver import solve
from tests.scheduling.matching.fair_season import FIRST_DAY, NEEDS, NONE, make_fair_season

HOUR = 60
USUAL = {
    "max_week_minutes": 40 * HOUR,
    "max_day_minutes": 8 * HOUR,
    "max_stretch_minutes": 8 * HOUR,
    "min_rest_minutes": 11 * HOUR,
    "max_consecutive_days": 6,
}


def one_person(
    windows: Sequence[tuple[int, int]], *, starts: Sequence[int], length: int = 4, **limits: int
) -> Problem:
    """Return one agent, windows and shifts in hours since Monday, one seat each."""
    return Problem.from_arrays(
        origin=FIRST_DAY,
        agent_ids=["a"],
        **{name: [value] for name, value in {**USUAL, **limits}.items()},
        project_ids=["p"],
        cert_agent=[],
        cert_project=[],
        cert_score=[],
        window_agent=[0] * len(windows),
        window_start=[start * HOUR for start, _ in windows],
        window_end=[end * HOUR for _, end in windows],
        window_preference=[0] * len(windows),
        demand_ids=[f"d{start}" for start in starts],
        demand_project=[0] * len(starts),
        demand_start=[start * HOUR for start in starts],
        demand_end=[(start + length) * HOUR for start in starts],
        demand_seats=[1] * len(starts),
        demand_value=[1] * len(starts),
    )


EVERY_SLOT = tuple(range(0, 48, 4))


@pytest.mark.parametrize(
    ("windows", "hours"),
    [
        ([(8, 20)], 12),
        ([(8, 20), (12, 24)], 16),
        ([(8, 20), (10, 12), (12, 16)], 12),
        ([(-5, 4), (44, 60)], 8),
        ([], 0),
    ],
)
def test_wished_is_the_offered_time_within_the_season_each_hour_once(
    windows: list[tuple[int, int]], hours: int
) -> None:
    shifted = [(start + 168, end + 168) for start, end in windows]
    problem = one_person(shifted, starts=[start + 168 for start in EVERY_SLOT])

    assert wished_minutes(problem).tolist() == [hours * HOUR]


@pytest.mark.parametrize(
    ("limits", "hours"),
    [
        # Monday and Tuesday, 8 to 24 each: two shifts a day.
        ({}, 16),
        ({"max_stretch_minutes": 4 * HOUR, "min_rest_minutes": 4 * HOUR}, 16),
        ({"max_stretch_minutes": 4 * HOUR}, 8),
        ({"max_day_minutes": 4 * HOUR}, 8),
        ({"max_week_minutes": 12 * HOUR}, 12),
        ({"max_consecutive_days": 1}, 8),
        ({"max_stretch_minutes": 3 * HOUR}, 0),
        ({"max_day_minutes": 16 * HOUR, "max_stretch_minutes": 16 * HOUR, "min_rest_minutes": 8 * HOUR}, 32),
    ],
)
def test_workable_is_the_most_that_the_persons_own_limits_allow(limits: dict[str, int], hours: int) -> None:
    problem = one_person([(8, 24), (32, 48)], starts=EVERY_SLOT, **limits)

    assert workable_minutes(problem).tolist() == [hours * HOUR]


@pytest.mark.parametrize("seed", range(8))
def test_workable_is_what_trying_every_plan_finds(seed: int) -> None:
    """Every subset of ten shifts, held against the independent checker."""
    random = np.random.default_rng(seed)
    starts = sorted(random.choice(np.arange(0, 96, 2), size=10, replace=False).tolist())
    limits = {
        "max_week_minutes": int(random.integers(4, 24)) * HOUR,
        "max_day_minutes": int(random.integers(4, 13)) * HOUR,
        "max_stretch_minutes": int(random.integers(4, 13)) * HOUR,
        "min_rest_minutes": int(random.integers(0, 17)) * HOUR,
        "max_consecutive_days": int(random.integers(1, 4)),
    }
    windows = [(start, start + int(random.integers(4, 40))) for start in random.integers(0, 80, 3).tolist()]
    problem = one_person(windows, starts=starts, **limits)
    shifts = {
        f"d{start}": Shift(
            id=f"d{start}",
            project_id="p",
            start=problem.local_time(start * HOUR),
            end=problem.local_time((start + 4) * HOUR),
            seats=1,
            value=0,
        )
        for start in starts
    }
    season = Season(
        people={"a": Person(id="a", **limits)},
        scores={("a", "p"): 0},
        windows={
            "a": [
                Window(start=problem.local_time(start * HOUR), end=problem.local_time(end * HOUR))
                for start, end in windows
            ]
        },
        shifts=shifts,
    )
    best = max(
        size * 4 * HOUR
        for size in range(len(starts) + 1)
        for chosen in itertools.combinations(shifts, size)
        if not check(season, [("a", one) for one in chosen])
    )

    assert workable_minutes(problem).tolist() == [best], f"seed {seed}"


def test_given_counts_the_plans_shifts() -> None:
    problem = one_person([(8, 24)], starts=EVERY_SLOT)

    minutes = count_minutes(problem, agent=np.array([0, 0]), demand=np.array([2, 3]))

    assert minutes.given.tolist() == [8 * HOUR]


def sums(people: int) -> Sums:
    return Sums(people=people, wished=9 * people, workable=6 * people, given=3 * people)


def shown(*sizes: int) -> list[bool]:
    rows = hide_small(("region", f"{place}", sums(size)) for place, size in enumerate(sizes))
    return [row.sums is not None for row in rows]


def test_a_group_of_few_is_hidden_and_with_it_the_next_so_that_nobody_can_subtract() -> None:
    assert shown(10, 5, 5) == [True, True, True]
    assert shown(10, 4, 5) == [True, False, False]
    assert shown(10, 3, 2) == [True, False, False]
    assert shown(10, 3, 1) == [False, False, False]
    assert shown(4) == [False]
    assert shown() == []


def test_a_hidden_group_tells_its_size_and_no_more() -> None:
    full, given = np.full(6, 60), np.array([60, 0, 0, 0, 0, 0])
    minutes = Minutes(wished=full, workable=full, given=given, expected=np.full(6, 10))
    groups = {("need", "yes"): [0, 1], ("region", "all"): list(range(6))}

    found = share_by_group(minutes, groups)

    assert [(row.kind, row.people, row.sums is None) for row in found] == [
        ("need", 2, True),
        ("region", 6, False),
    ]
    assert found[1].sums is not None
    assert found[1].sums.share == pytest.approx(1 / 6)
    assert LEAST_PEOPLE == 5


def crowd(*, certified: Sequence[Sequence[int]], seats: Sequence[int], starts: Sequence[int]) -> Problem:
    """Return people open all Monday and Tuesday, certified as told, and a row of four hours for each start.

    Row `k` belongs to project `k`.
    """
    pairs = [(agent, project) for agent, projects in enumerate(certified) for project in projects]
    people, rows = range(len(certified)), range(len(starts))
    return Problem.from_arrays(
        origin=FIRST_DAY,
        agent_ids=[f"a{agent}" for agent in people],
        **{name: [value] * len(certified) for name, value in USUAL.items()},
        project_ids=[f"p{row}" for row in rows],
        cert_agent=[agent for agent, _ in pairs],
        cert_project=[project for _, project in pairs],
        cert_score=[0] * len(pairs),
        window_agent=list(people),
        window_start=[0] * len(certified),
        window_end=[48 * HOUR] * len(certified),
        window_preference=[0] * len(certified),
        demand_ids=[f"d{row}" for row in rows],
        demand_project=list(rows),
        demand_start=[start * HOUR for start in starts],
        demand_end=[(start + 4) * HOUR for start in starts],
        demand_seats=list(seats),
        demand_value=[1] * len(starts),
    )


class TestExpected:
    """Sixty people know a project of thirty seats, sixty another one of fifteen at the same time."""

    def season(self) -> Problem:
        return crowd(certified=[[0]] * 60 + [[1]] * 60, seats=[30, 15], starts=[8, 8])

    def given(self, *places: range) -> Ints:
        given = np.zeros(120, dtype=np.int64)
        for place in places:
            given[list(place)] = 4 * HOUR
        return given

    def test_fewer_open_seats_are_expected_to_bring_less(self) -> None:
        expected = expected_minutes(self.season(), self.given(range(30), range(60, 75)))

        assert expected.tolist() == [2 * HOUR] * 60 + [1 * HOUR] * 60

    def test_what_one_group_loses_among_equals_shows(self) -> None:
        """The first thirty of each class got all of its seats: both halves were expected to get the same."""
        given = self.given(range(30), range(60, 75))
        expected = expected_minutes(self.season(), given)
        minutes = Minutes(wished=given, workable=given, given=given, expected=expected)

        lucky = add_up(minutes, np.array([*range(30), *range(60, 75)]))
        others = add_up(minutes, np.array([*range(30, 60), *range(75, 120)]))

        assert lucky.beyond_expected == pytest.approx(45 * 4 / (30 * 2 + 15) - 1)
        assert others.beyond_expected == -1

    def test_nobody_who_knows_no_project_is_expected_to_get_anything(self) -> None:
        problem = crowd(certified=[[0]] * 60 + [[]] * 60, seats=[30], starts=[8])

        expected = expected_minutes(problem, self.given(range(30)))

        assert expected.tolist() == [2 * HOUR] * 60 + [0] * 60

    def test_few_people_are_one_class(self) -> None:
        """A class of a handful would measure a group by itself."""
        problem = crowd(certified=[[0]] * 10 + [[1]] * 10, seats=[10, 5], starts=[8, 8])
        given = np.array([4 * HOUR] * 10 + [4 * HOUR] * 5 + [0] * 5)

        assert expected_minutes(problem, given).tolist() == [3 * HOUR] * 20

    def test_time_without_seats_is_not_expected_to_be_worked(self) -> None:
        """The second group offers the night only, where one seat is for all."""
        problem = crowd(certified=[[0, 1]] * 60, seats=[30, 0], starts=[8, 24])
        nobody_by_night = dataclasses.replace(
            problem, window_start=np.array([0] * 30 + [24 * HOUR] * 30), window_end=np.full(60, 48 * HOUR)
        )

        expected = expected_minutes(nobody_by_night, np.array([4 * HOUR] * 30 + [0] * 30))

        assert expected.tolist() == [4 * HOUR] * 30 + [0] * 30

    def test_seats_that_were_filled_before_the_run_count_as_booked(self) -> None:
        problem = crowd(certified=[[0]] * 60 + [[1]] * 60, seats=[0, 15], starts=[8, 8])

        expected = expected_minutes(
            problem, self.given(range(30), range(60, 75)), np.arange(2), np.array([30, 15])
        )

        assert expected.tolist() == [2 * HOUR] * 60 + [1 * HOUR] * 60

    def test_no_season_expects_nothing(self) -> None:
        problem = crowd(certified=[[0]], seats=[1], starts=[8])

        nothing = np.zeros(0, dtype=np.int64)

        assert expected_minutes(problem, np.zeros(1, dtype=np.int64), nothing).tolist() == [0]


class Shares(NamedTuple):
    """A need's share as a part of that of people without one: of what is workable, of what is expected."""

    workable: float
    expected: float


def shares(*, seeds: range, agents: int, tightness: float, needs_bind: bool = True) -> dict[str, Shares]:
    """Return each need's shares over several seasons."""
    totals: dict[str, Ints] = {}
    for seed in seeds:
        season = make_fair_season(agents=agents, seed=seed, tightness=tightness, needs_bind=needs_bind)
        plan = solve(season.problem, effort=20)
        minutes = count_minutes(season.problem, agent=plan.agent, demand=plan.demand)
        for row in share_by_group(minutes, season.groups(), least=1):
            assert row.sums is not None
            assert row.sums.expected is not None
            total = totals.setdefault(row.group, np.zeros(3, dtype=np.int64))
            total += (row.sums.given, row.sums.workable, row.sums.expected)
    usual = totals[NONE][0] / totals[NONE][1:]
    return {group: Shares(*(total[0] / total[1:] / usual)) for group, total in totals.items()}


def test_people_with_needs_get_no_fewer_hours_for_those_they_can_work() -> None:
    """As good as the others and as ready to work: within two percent, or more."""
    found = shares(seeds=range(2), agents=400, tightness=2.0)

    assert found["yes"].workable > 0.98, found


@pytest.mark.slow
@pytest.mark.parametrize("tightness", [0.7, 1.5, 3.0])
def test_no_kind_of_need_costs_hours_over_many_seasons(tightness: float) -> None:
    """Eight seasons of 1,500 people, each beside the same season in which nobody's needs are applied.

    Some 600 people have each kind, so chance alone still moves a kind by two or three percent; it moves the
    season beside it as much.
    """
    found = shares(seeds=range(100, 108), agents=1500, tightness=tightness)
    plain = shares(seeds=range(100, 108), agents=1500, tightness=tightness, needs_bind=False)

    assert found["yes"].workable > 0.98, found
    assert min(found[need].workable / plain[need].workable for need in NEEDS) > 0.94, (found, plain)
    # Whoever rests long or takes days off is held against the hours in which there are seats.
    for need in ("long rest", "days off", "text only"):
        assert found[need].expected / plain[need].expected > 0.98, (need, found, plain)


class TestCommand:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        size = ("--agents", "40", "--projects", "4", "--days", "8", "--peak-seats", "12")
        assert self.run("generate", tmp_path / "season", *size).exit_code == 0
        assert self.run("match", tmp_path / "season", "--effort", "5").exit_code == 0
        return tmp_path / "season"

    @staticmethod
    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(scheduling_group, [str(argument) for argument in arguments])

    def write_groups(self, folder: Path, *lines: str) -> None:
        (folder / "groups.csv").write_text("\n".join(["agent_id,kind,group", *lines]) + "\n")

    def test_prints_everybody_and_each_group(self, folder: Path) -> None:
        agents = [line.split(",")[0] for line in (folder / "agents.csv").read_text().splitlines()[1:]]
        self.write_groups(
            folder,
            *(f"{agent},need,{'some' if place < 3 else 'none'}" for place, agent in enumerate(agents)),
            *(f"{agent},region,here" for agent in agents),
        )

        result = self.run("fairness", folder, "--people", folder / "hours.csv")

        assert result.exit_code == 0, result.output
        lines = {line.split("  ")[0]: line for line in result.output.splitlines()}
        assert lines["everybody"].split()[1:] == lines["region: here"].split()[2:]
        # Forty people are one class: what they get is what is expected of them.
        assert len(set(lines["everybody"].split()[-2:])) == 1
        assert "hidden" in lines["need: some"]
        assert len((folder / "hours.csv").read_text().splitlines()) == 41

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("nobody,need,some", 'line 2: agent_id "nobody" is not in agents.csv'),
            ("a000000,,some", "line 2: kind is empty"),
            ("a000000,need,some\na000000,need,some", "line 3"),
        ],
    )
    def test_names_what_is_wrong_with_groups(self, folder: Path, line: str, words: str) -> None:
        self.write_groups(folder, line)

        result = self.run("fairness", folder)

        assert result.exit_code == 1
        assert words in result.output

    def test_names_a_missing_column_and_a_missing_plan(self, folder: Path) -> None:
        (folder / "groups.csv").write_text("agent_id,group\n")
        assert "kind" in self.run("fairness", folder).output
        (folder / "assignment.csv").unlink()
        assert "match" in self.run("fairness", folder).output
