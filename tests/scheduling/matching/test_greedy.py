"""The greedy plan that benchmarks hold the solver against."""

from __future__ import annotations

from scheduling.matching.checker import check, value_of
from scheduling.matching.generate import MIXED, SeasonSize, generate_season
from scheduling.matching.greedy import solve_greedily
from scheduling.matching.seasons import season_of


def test_the_greedy_keeps_every_rule_and_counts_its_points() -> None:
    problem = generate_season(SeasonSize(agents=80, projects=6, days=12, peak_seats=25, slots=MIXED), seed=3)

    agents, rows, value = solve_greedily(problem)

    season = season_of(problem)
    pairs = [
        (problem.agent_ids[agent], problem.demand_ids[row]) for agent, row in zip(agents, rows, strict=True)
    ]
    assert pairs
    assert check(season, pairs) == []
    assert value_of(season, pairs) == value
