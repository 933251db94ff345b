"""What would fill empty seats, tried out: the people counted really can, the points named really decide."""

from __future__ import annotations

import dataclasses

from hypothesis import HealthCheck, assume, given, settings

from scheduling.matching.advice import Remedies, Remedy, RemedyKind
from scheduling.matching.checker import Season, Window, check
from scheduling.matching.generate import SeasonSize, generate_season
from scheduling.matching.holdings import Holdings
from scheduling.matching.problem import Problem
from scheduling.matching.remedies import find_remedies
from scheduling.matching.report import build_report
from scheduling.matching.seasons import season_of
from scheduling.matching.solution import Solution
from scheduling.matching.solver import solve
from tests.scheduling.matching.hostile import problems
from tests.scheduling.matching.oracle import best_value
from tests.scheduling.matching.test_report import problem_of

HOUR = 60


def remedies_of(problem: Problem, solution: Solution | None = None) -> Remedies:
    return find_remedies(Holdings.of(problem, solution or solve(problem, effort=20)))


def applied(season: Season, remedy: Remedy) -> Season:
    """Return the season with the certificates that were missing, or the time that was not offered."""
    if remedy.kind is RemedyKind.TRAIN:
        trained = {(agent_id, season.shifts[row].project_id): 0 for agent_id, row in remedy.named}
        return dataclasses.replace(season, scores={**trained, **season.scores})
    windows = {agent_id: list(own) for agent_id, own in season.windows.items()}
    for agent_id, row in remedy.named:
        shift = season.shifts[row]
        windows[agent_id].append(Window(start=shift.start, end=shift.end))
    return dataclasses.replace(season, windows=windows)


class TestTraining:
    def test_counts_people_who_are_open_rested_and_have_hours_left(self) -> None:
        """Of five: one certified, one busy then, one too tired, one away; one can learn it."""
        problem = problem_of(
            [(1, 20, 3, 100), (0, 20, 1, 100), (0, 12, 1, 100)],
            agents=5,
            cert_agent=[0, 1, 2],
            cert_project=[1, 0, 0],
            cert_score=[5, 9, 5],
            window_start=[0, 20 * HOUR, 0, 20 * HOUR, 0],
            window_end=[7 * 1440, 7 * 1440, 7 * 1440, 7 * 1440, 12 * HOUR],
        )

        found = remedies_of(problem)

        (row,) = [found.rows[row] for row in found.rows if row == 0]
        assert (row.empty, row.trainable) == (2, 1)
        assert [(one.kind, one.project_id, one.named) for one in found.advice] == [
            (RemedyKind.TRAIN, "brand", (("a3", "d0"),))
        ]

    def test_few_people_fill_many_seats(self) -> None:
        """One of the three is free all week and fills all five shifts alone."""
        problem = problem_of(
            [(1, 24 * day + 8, 1, 100) for day in range(5)],
            agents=3,
            window_end=[12 * HOUR, 7 * 1440, 36 * HOUR],
        )

        (remedy,) = remedies_of(problem).advice

        assert (remedy.people, remedy.fills) == (1, 5)
        assert {agent_id for agent_id, _ in remedy.named} == {"a1"}

    def test_who_may_not_learn_a_project_is_not_counted(self) -> None:
        problem = problem_of([(1, 8, 2, 100)], agents=3)
        holdings = Holdings.of(problem, solve(problem, effort=5))

        found = find_remedies(
            holdings, may_learn=lambda _row: holdings.preferences(0, 60) * 0 + [1, 0, 0] > 0
        )

        assert found.rows[0].trainable == 1
        assert [remedy.named for remedy in found.advice] == [(("a0", "d0"),)]

    def test_people_of_a_block_are_not_counted(self) -> None:
        problem = problem_of([(1, 8, 2, 100)], block_agent=[0], block_project=[1])

        assert remedies_of(problem).rows[0].trainable == 1

    def test_parts_of_one_project_are_one_remedy(self) -> None:
        problem = problem_of([(0, 8, 1, 100), (1, 32, 1, 100)], cert_agent=[], cert_project=[], cert_score=[])
        holdings = Holdings.of(problem, solve(problem, effort=5))

        together = find_remedies(holdings, group_of=problem.demand_project * 0)
        apart = find_remedies(holdings)

        assert [(one.people, one.fills) for one in together.advice] == [(1, 2)]
        assert len(apart.advice) == 2

    def test_does_not_rest_on_the_remedies_before_it(self) -> None:
        """Trained for the brand, the one person works from 12 to 16 each day; that joins 8 to 12 with 16 to
        20, between which there is too little rest otherwise.
        """
        brand = [(1, 24 * day + 12, 1, 100) for day in range(3)]
        problem = problem_of(
            [*brand, (0, 8, 1, 100), (0, 16, 1, 100)],
            agents=1,
            stretch=720,
            cert_agent=[],
            cert_project=[],
            cert_score=[],
        )

        advice = remedies_of(problem).advice

        assert [(one.project_id, one.named) for one in advice] == [
            ("brand", (("a0", "d0"), ("a0", "d1"), ("a0", "d2"))),
            ("shop", (("a0", "d3"),)),
        ]


class TestAsking:
    def test_counts_certified_people_who_did_not_offer_the_time(self) -> None:
        problem = problem_of([(0, 32, 2, 100)], agents=2, window_end=[24 * HOUR, 24 * HOUR])

        found = remedies_of(problem)

        assert found.rows[0].askable == 2
        assert [(one.kind, one.people, one.fills) for one in found.advice] == [(RemedyKind.ASK, 2, 2)]


def test_a_seat_is_filled_once_though_somebody_could_be_asked_and_somebody_trained() -> None:
    problem = problem_of(
        [(0, 32, 1, 100)],
        agents=2,
        cert_agent=[0],
        cert_project=[0],
        cert_score=[0],
        window_end=[24 * HOUR, 48 * HOUR],
    )

    found = remedies_of(problem)

    assert (found.rows[0].askable, found.rows[0].trainable) == (1, 1)
    assert found.fills == 1


class TestRaising:
    def test_names_the_points_from_which_moving_somebody_pays(self) -> None:
        """The one person there is earns 900 points there and 100 here: 800 more would be as good."""
        problem = problem_of([(0, 8, 1, 900), (0, 9, 1, 100)], agents=1)

        row = remedies_of(problem).rows[1]

        assert (row.movable, row.raise_first, row.raise_all) == (1, 800, 800)

    def test_too_few_people_for_all_seats(self) -> None:
        problem = problem_of([(0, 8, 1, 900), (0, 9, 3, 100)], agents=2)

        row = remedies_of(problem).rows[1]

        # The better one of the two is worth 10 more in either seat.
        assert (row.empty, row.movable, row.raise_first, row.raise_all) == (2, 1, 800, None)

    def test_nobody_to_move(self) -> None:
        row = remedies_of(problem_of([(1, 8, 1, 100)])).rows[0]

        assert (row.movable, row.raise_first, row.raise_all) == (0, None, None)

    def test_work_is_limited(self) -> None:
        problem = problem_of([(0, 8, 1, 900), (0, 9, 1, 100)], agents=1)
        holdings = Holdings.of(problem, solve(problem, effort=10))

        assert find_remedies(holdings, most_bids=0).rows[1].raise_first is None


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_all_advice_together_keeps_every_rule(problem: Problem) -> None:
    solution = solve(problem, effort=6)
    season, pairs = season_of(problem), solution.pairs(problem)
    found = remedies_of(problem, solution)

    for remedy in found.advice:
        season, pairs = applied(season, remedy), [*pairs, *remedy.named]
    assert check(season, pairs) == []
    filled = len(pairs)
    assert filled - solution.filled == found.fills
    assert len(set(pairs)) == filled


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems(pins=False))
def test_applying_a_remedy_fills_its_seats(problem: Problem) -> None:
    """With every seat worth the same and people alike, the most points are the most seats."""
    seats = dataclasses.replace(
        problem,
        demand_value=problem.demand_value * 0 + 100,
        cert_score=problem.cert_score * 0,
        window_preference=problem.window_preference * 0,
    )
    season = season_of(seats)
    solution = solve(seats, effort=12)
    assume(solution.value == best_value(season))

    for remedy in remedies_of(seats, solution).advice:
        assert best_value(applied(season, remedy)) >= 100 * (solution.filled + remedy.fills)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_raising_beyond_the_points_named_fills_a_seat_in_every_best_plan(problem: Problem) -> None:
    """No plan with as few people on the row can be worth more than the best plan and the raise for them."""
    solution = solve(problem, effort=20)
    assume(solution.value == best_value(season_of(problem)))
    holdings = Holdings.of(problem, solution)
    for row, remedy in find_remedies(holdings).rows.items():
        for points, more_people in ((remedy.raise_first, 1), (remedy.raise_all, remedy.empty)):
            if points is None:
                continue
            value = problem.demand_value.copy()
            value[row] += points + 1
            people = len(holdings.people_on(row))
            best = best_value(season_of(dataclasses.replace(problem, demand_value=value)))
            assert best >= solution.value + (points + 1) * people + more_people


def test_a_report_tells_the_remedies_of_every_shortage() -> None:
    problem = generate_season(SeasonSize(agents=40, projects=6, days=9, peak_seats=40), seed=2)
    report = build_report(problem, solve(problem, effort=20))

    plain = report.as_json()

    assert all(shortage["remedies"]["empty"] > 0 for shortage in plain["shortages"])
    fills = [remedy["fills"] for remedy in plain["advice"]]
    assert fills == sorted(fills, reverse=True)
    assert sum(fills) == report.remedies.fills > 0
    first = plain["advice"][0]
    assert (len(first["agents"]), sum(first["seats"].values())) == (first["people"], first["fills"])
