"""Why an agent has a seat, or what stood in the way."""

from __future__ import annotations

import dataclasses
import importlib
from typing import TYPE_CHECKING

from scheduling.matching.holdings import Holdings
from scheduling.matching.obstacles import (
    HELPED_BY_MORE,
    Limits,
    Obstacle,
    Times,
    is_too_long,
    limits_of,
    obstacles_of_time,
)
from scheduling.matching.problem import Problem
from scheduling.matching.solution import Solution

if TYPE_CHECKING:
    from scheduling.matching.bids import Bids

POINT = 64
"""Parts of a point in which prices and bids are counted."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing that stood in the way.

    `is_fixed` says that no plan could have helped: a missing right or a shift that stays. A rule of time that
    is not fixed is kept by the shifts that the plan gave instead, `demand_ids` for BUSY. For BUSY `points`
    and `against` are what the agent is worth here and in the shift they work then, seat included; for OUTBID
    they are the agent's points and those of the least of the people who have the row.
    """

    obstacle: Obstacle
    is_fixed: bool = False
    points: int | None = None
    against: int | None = None
    demand_ids: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explanation:
    """For one agent and demand row: given, with the points it brings, or the reasons why not, first one
    first.

    `rank` is the agent's place by points among the `eligible` people: certified, not blocked and open at the
    time. `short` is by how much, in 1/64 points, the agent's best plan with the shift falls short of their
    best plan without it, at the prices of the run; `lead` is the same the other way round for a shift that
    was given. Both are None where something fixed decides.
    """

    agent_id: str
    demand_id: str
    given: bool
    pinned: bool
    points: int | None
    rank: int | None
    eligible: int
    reasons: tuple[Reason, ...]
    short: int | None = None
    lead: int | None = None

    @property
    def points_short(self) -> int | None:
        """`short` in whole points, rounded up: with more than that, the shift would have been theirs."""
        return None if self.short is None else -(-self.short // POINT)


def explain(problem: Problem, solution: Solution, *, agent: int, demand: int) -> Explanation:
    """Explain one agent (by position) and one demand row; see `Explainer` for many of one plan."""
    return Explainer(Holdings.of(problem, solution)).explain(agent=agent, demand=demand)


class Explainer:
    """Explains agents and demand rows of one plan. With `with_bids` False, points short are left out: the
    compiled code is then not loaded.
    """

    def __init__(self, holdings: Holdings, *, with_bids: bool = True) -> None:
        self.holdings = holdings
        self._bids: Bids | None = None
        if with_bids:
            module = importlib.import_module("scheduling.matching.bids")
            self._bids = module.Bids(holdings.problem, holdings.scaled_price)

    def explain(self, *, agent: int, demand: int) -> Explanation:
        """Explain one agent and one demand row, both by position."""
        holdings = self.holdings
        problem = holdings.problem
        own = holdings.points(agent, demand)
        _, points = holdings.eligible(demand)
        given = agent in holdings.people_on(demand).tolist()
        pinned = bool((holdings.pinned_rows_of(agent) == demand).any())
        reasons = () if given else tuple(self._reasons(agent, demand))
        short = lead = None
        if self._bids is not None and not pinned and not any(reason.is_fixed for reason in reasons):
            bid = self._bids.bid(agent, demand)
            short = None if given else bid.short
            lead = bid.with_it - bid.without_it if given and bid.with_it is not None else None
        return Explanation(
            agent_id=problem.agent_ids[agent],
            demand_id=problem.demand_ids[demand],
            given=given,
            pinned=pinned,
            points=own,
            rank=None if own is None else 1 + int((points > own).sum()),
            eligible=len(points),
            reasons=reasons,
            short=short,
            lead=lead,
        )

    def _reasons(self, agent: int, row: int) -> list[Reason]:
        holdings = self.holdings
        limits, wanted = limits_of(holdings.problem, agent), holdings.time_of(row)
        rights = self._missing_rights(agent, row, limits, wanted)
        found = [Reason(obstacle=obstacle, is_fixed=True) for obstacle in rights]
        kept_by_plan: list[Obstacle] = []
        if not is_too_long(wanted, limits):
            staying = holdings.times(holdings.pinned_rows_of(agent))
            # What another shift may help against is no reason by itself: a plan could have had both.
            fixed = tuple(
                obstacle
                for obstacle in obstacles_of_time(staying, wanted, limits)
                if obstacle not in HELPED_BY_MORE
            )
            in_plan = obstacles_of_time(holdings.times_of(agent), wanted, limits)
            found += [self._of_time(agent, row, obstacle, is_fixed=True) for obstacle in fixed]
            if Obstacle.BUSY not in fixed:
                kept_by_plan = [obstacle for obstacle in in_plan if obstacle not in fixed]
        if self._is_taken(row):
            found.append(Reason(obstacle=Obstacle.TAKEN, is_fixed=True))
        found += [self._of_time(agent, row, obstacle, is_fixed=False) for obstacle in kept_by_plan]
        return found or [self._outbid(agent, row)]

    def _missing_rights(self, agent: int, row: int, limits: Limits, wanted: Times) -> list[Obstacle]:
        holdings = self.holdings
        problem = holdings.problem
        project = int(problem.demand_project[row])
        found = []
        is_unfit = (agent, project) in holdings.unfit
        if ((problem.block_agent == agent) & (problem.block_project == project)).any():
            found.append(Obstacle.BLOCKED)
        elif holdings.score(agent, row) is None and not is_unfit:
            found.append(Obstacle.NOT_CERTIFIED)
        if is_unfit or is_too_long(wanted, limits):
            found.append(Obstacle.NEEDS)
        if holdings.preference(agent, row) is None:
            found.append(Obstacle.NOT_AVAILABLE)
        return found

    def _is_taken(self, row: int) -> bool:
        """Say whether every seat is held by a shift that stays."""
        problem = self.holdings.problem
        return bool((problem.pin_demand == row).sum() >= problem.demand_seats[row])

    def _of_time(self, agent: int, row: int, obstacle: Obstacle, *, is_fixed: bool) -> Reason:
        """Return a rule of time; for BUSY with the shift worked at that time, and the worth of both."""
        if obstacle is not Obstacle.BUSY:
            return Reason(obstacle=obstacle, is_fixed=is_fixed)
        holdings = self.holdings
        problem, wanted = holdings.problem, holdings.time_of(row)
        rows = [
            other
            for other in holdings.rows_of(agent).tolist()
            if problem.demand_start[other] < wanted[1] and wanted[0] < problem.demand_end[other]
        ]
        own = holdings.points(agent, row)
        there = [holdings.points(agent, other) or 0 for other in rows]
        return Reason(
            obstacle=Obstacle.BUSY,
            is_fixed=is_fixed,
            points=None if own is None else own + int(problem.demand_value[row]),
            against=sum(there) + sum(int(problem.demand_value[other]) for other in rows),
            demand_ids=tuple(problem.demand_ids[other] for other in rows),
        )

    def _outbid(self, agent: int, row: int) -> Reason:
        """Nothing but the points spoke against the agent."""
        holdings = self.holdings
        people = holdings.people_on(row).tolist()
        own = holdings.points(agent, row)
        if holdings.filled[row] < holdings.problem.demand_seats[row]:
            return Reason(obstacle=Obstacle.NOT_WORTH_IT, points=own)
        worth = [holdings.points(other, row) or 0 for other in people]
        return Reason(obstacle=Obstacle.OUTBID, points=own, against=min(worth, default=None))
