"""The room a plan leaves, against the rules one agent and one shift at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from scheduling.matching.holdings import Holdings
from scheduling.matching.obstacles import Obstacle, is_too_long, limits_of, obstacles_of_time
from scheduling.matching.problem import Problem
from scheduling.matching.room import CODES, Room
from scheduling.matching.solver import solve
from tests.scheduling.matching.hostile import problems
from tests.scheduling.matching.test_report import problem_of


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_agrees_with_the_rules_on_every_agent_and_row(problem: Problem) -> None:
    if not problem.rows:
        return
    holdings = Holdings.of(problem, solve(problem, effort=4))
    room = Room(holdings, np.arange(problem.rows))

    for row in range(problem.rows):
        codes, is_open = room.obstacles(row).tolist(), room.is_open(row).tolist()
        for agent in range(problem.agents):
            wanted, limits = holdings.time_of(row), limits_of(problem, agent)
            obstacles = obstacles_of_time(holdings.times_of(agent), wanted, limits)
            expected = Obstacle.NEEDS if is_too_long(wanted, limits) else next(iter(obstacles), None)
            assert CODES[codes[agent]] == expected
            assert is_open[agent] == (holdings.preference(agent, row) is not None)


def test_a_break_of_just_the_least_rest_is_enough() -> None:
    """Eleven hours after noon is eleven at night; an hour sooner is too soon."""
    problem = problem_of([(0, 8, 1, 900), (0, 22, 1, -500), (0, 23, 1, -500)], agents=1)
    holdings = Holdings.of(problem, solve(problem, effort=4))
    room = Room(holdings, np.array([1, 2]))

    assert [CODES[room.obstacles(row)[0]] for row in (1, 2)] == [Obstacle.REST, None]
