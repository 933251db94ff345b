"""Why an agent has a seat, or what stood in the way."""

from __future__ import annotations

import dataclasses

from scheduling.matching.holdings import Holdings
from scheduling.matching.obstacles import Obstacle, Times, limits_of, obstacles_of_time
from scheduling.matching.problem import Problem
from scheduling.matching.solution import Solution


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing that stood in the way.

    For OUTBID `points` are the agent's and `against` those of the least of the people who have the row. For
    BUSY they are what the agent is worth here and in the shift they work then, seat included.
    """

    obstacle: Obstacle
    points: int | None = None
    against: int | None = None
    demand_ids: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explanation:
    """For one agent and demand row: given, with the points it brings, or the reasons why not, first one
    first.

    `rank` is the agent's place by points among the `eligible` people: certified, not blocked and open at the
    time.
    """

    agent_id: str
    demand_id: str
    given: bool
    pinned: bool
    points: int | None
    rank: int | None
    eligible: int
    reasons: tuple[Reason, ...]


def explain(problem: Problem, solution: Solution, *, agent: int, demand: int) -> Explanation:
    """Explain one agent (by position) and one demand row; see `explain_from` for many of one plan."""
    return explain_from(Holdings.of(problem, solution), agent=agent, demand=demand)


def explain_from(holdings: Holdings, *, agent: int, demand: int) -> Explanation:
    """Explain one agent and one demand row of a plan that is sorted already."""
    problem = holdings.problem
    own = holdings.points(agent, demand)
    rivals = [holdings.points(other, demand) for other in holdings.certified_for(demand).tolist()]
    points = [value for value in rivals if value is not None]
    given = agent in holdings.people_on(demand).tolist()
    pinned = ((problem.pin_agent == agent) & (problem.pin_demand == demand)).any()
    return Explanation(
        agent_id=problem.agent_ids[agent],
        demand_id=problem.demand_ids[demand],
        given=given,
        pinned=bool(pinned),
        points=own,
        rank=None if own is None else 1 + sum(value > own for value in points),
        eligible=len(points),
        reasons=() if given else tuple(_reasons(holdings, agent, demand)),
    )


def _reasons(holdings: Holdings, agent: int, row: int) -> list[Reason]:
    problem = holdings.problem
    project = problem.demand_project[row]
    found: list[Reason] = []
    if ((problem.block_agent == agent) & (problem.block_project == project)).any():
        found.append(Reason(obstacle=Obstacle.BLOCKED))
    elif holdings.score(agent, row) is None:
        found.append(Reason(obstacle=Obstacle.NOT_CERTIFIED))
    if holdings.preference(agent, row) is None:
        found.append(Reason(obstacle=Obstacle.NOT_AVAILABLE))
    wanted = int(problem.demand_start[row]), int(problem.demand_end[row])
    for obstacle in obstacles_of_time(holdings.times_of(agent), wanted, limits_of(problem, agent)):
        found.append(
            _busy(holdings, agent, row, wanted) if obstacle == Obstacle.BUSY else Reason(obstacle=obstacle)
        )
    return found or [_outbid(holdings, agent, row)]


def _busy(holdings: Holdings, agent: int, row: int, wanted: Times) -> Reason:
    """Say which shift the agent works at that time, and what they are worth in both."""
    problem = holdings.problem
    rows = [
        other
        for other in holdings.rows_of(agent).tolist()
        if problem.demand_start[other] < wanted[1] and wanted[0] < problem.demand_end[other]
    ]
    own = holdings.points(agent, row)
    there = [holdings.points(agent, other) or 0 for other in rows]
    return Reason(
        obstacle=Obstacle.BUSY,
        points=None if own is None else own + int(problem.demand_value[row]),
        against=sum(there) + sum(int(problem.demand_value[other]) for other in rows),
        demand_ids=tuple(problem.demand_ids[other] for other in rows),
    )


def _outbid(holdings: Holdings, agent: int, row: int) -> Reason:
    """Nothing but the points spoke against the agent."""
    people = holdings.people_on(row).tolist()
    own = holdings.points(agent, row)
    if len(people) < holdings.problem.demand_seats[row]:
        return Reason(obstacle=Obstacle.NOT_WORTH_IT, points=own)
    worth = [holdings.points(other, row) or 0 for other in people]
    return Reason(obstacle=Obstacle.OUTBID, points=own, against=min(worth, default=None))
