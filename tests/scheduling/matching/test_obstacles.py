"""What stands in the way, against the checker: a shift fits exactly when the checker finds nothing new."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from scheduling.matching.checker import check
from scheduling.matching.obstacles import Limits, Obstacle, limits_of, obstacles_of_time
from scheduling.matching.problem import Problem
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve
from tests.scheduling.matching.hostile import problems

HOUR = 60
DAY = 24 * HOUR
TIME_RULE = {
    Obstacle.BUSY: "agent_does_one_thing_at_a_time",
    Obstacle.REST: "agent_rests_between_stretches",
    Obstacle.STRETCH: "stretch_is_not_too_long",
    Obstacle.DAY_LIMIT: "day_is_not_too_long",
    Obstacle.WEEK_LIMIT: "week_is_not_too_long",
    Obstacle.DAYS_IN_A_ROW: "agent_gets_a_day_off_in_time",
    Obstacle.SHORT_RUN: "run_of_days_is_not_too_short",
    Obstacle.DAYS_OFF: "agent_gets_enough_days_off_in_a_row",
    Obstacle.WEEKENDS: "agent_has_enough_weekends_off",
}
LIMITS = Limits(
    max_week_minutes=24 * HOUR,
    max_stretch_minutes=8 * HOUR,
    min_rest_minutes=11 * HOUR,
    max_consecutive_days=2,
    max_day_minutes=10 * HOUR,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_agrees_with_the_checker_on_every_agent_and_row(problem: Problem) -> None:
    solution = solve(problem, effort=6)
    season, pairs = season_of(problem), solution.pairs(problem)

    for agent in range(problem.agents):
        rows = solution.demand[solution.agent == agent].tolist()
        held = [(int(problem.demand_start[row]), int(problem.demand_end[row])) for row in rows]
        for row in range(problem.rows):
            wanted = (int(problem.demand_start[row]), int(problem.demand_end[row]))
            found = obstacles_of_time(held, wanted, limits_of(problem, agent))
            more = [*pairs, (problem.agent_ids[agent], problem.demand_ids[row])]
            rules = {violation.rule for violation in check(season, more)} & set(TIME_RULE.values())
            if Obstacle.BUSY in found:
                assert TIME_RULE[Obstacle.BUSY] in rules
            else:
                assert {TIME_RULE[obstacle] for obstacle in found} == rules


@pytest.mark.parametrize(
    ("held", "wanted", "expected"),
    [
        ([], (8 * HOUR, 12 * HOUR), ()),
        ([(8 * HOUR, 12 * HOUR)], (11 * HOUR, 15 * HOUR), (Obstacle.BUSY,)),
        ([(8 * HOUR, 12 * HOUR)], (12 * HOUR, 16 * HOUR), ()),
        ([(8 * HOUR, 12 * HOUR)], (22 * HOUR, 26 * HOUR), (Obstacle.REST,)),
        ([(8 * HOUR, 12 * HOUR)], (23 * HOUR, 27 * HOUR), ()),
        ([(8 * HOUR, 16 * HOUR)], (16 * HOUR, 17 * HOUR), (Obstacle.STRETCH,)),
        (
            [(8 * HOUR, 14 * HOUR), (23 * HOUR, 26 * HOUR)],
            (14 * HOUR, 16 * HOUR),
            (Obstacle.REST, Obstacle.DAY_LIMIT),
        ),
        (
            [(0, 8 * HOUR), (DAY, DAY + 8 * HOUR)],
            (2 * DAY, 2 * DAY + 9 * HOUR),
            (Obstacle.STRETCH, Obstacle.WEEK_LIMIT, Obstacle.DAYS_IN_A_ROW),
        ),
    ],
)
def test_names_every_rule_in_order(
    held: list[tuple[int, int]], wanted: tuple[int, int], expected: tuple[Obstacle, ...]
) -> None:
    assert obstacles_of_time(held, wanted, LIMITS) == expected


def test_a_shift_between_two_others_makes_them_one_stretch_and_no_break() -> None:
    held = [(8 * HOUR, 10 * HOUR), (12 * HOUR, 14 * HOUR)]

    assert obstacles_of_time(held, (10 * HOUR, 12 * HOUR), LIMITS) == ()
