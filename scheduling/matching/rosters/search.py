"""Searches a market: prices by column generation, plans for everybody by dives and by integer programs."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence

import highspy
import numpy as np

from scheduling.matching.rosters.instance import Ints
from scheduling.matching.rosters.market import Floats, Market, quiet_solver
from scheduling.matching.rosters.planner import Care

SETTLED = 0.999
"""A plan with this share in the linear program is fixed at once."""
BLUR = 0.05
"""How much chance there is in which plan is fixed next, so that no two dives are alike."""
TOLERANCE = 1e-6
ANY_PAY = 10_000.0
"""More than any plan costs: every plan is wanted."""


@dataclasses.dataclass(kw_only=True)
class Deadline:
    """A moment on the clock, and a way to be stopped before it."""

    at: float
    should_stop: Callable[[], bool] | None = None

    @property
    def left(self) -> float:
        """Seconds that are left; none once stopped."""
        if self.should_stop is not None and self.should_stop():
            return 0.0
        return max(0.0, self.at - time.perf_counter())

    def sooner(self, seconds: float) -> Deadline:
        """Return a deadline so many seconds from now, or this one when it is sooner."""
        return Deadline(at=min(self.at, time.perf_counter() + seconds), should_stop=self.should_stop)


def least_whole(bound: float) -> float:
    """Return the least whole cost that is not below a bound."""
    return math.ceil(bound - TOLERANCE) if math.isfinite(bound) else bound


def generate(
    market: Market,
    deadline: Deadline,
    *,
    most: int,
    cares: Sequence[Care] = tuple(Care),
    enough: float | None = None,
    on_round: Callable[[float, float], None] | None = None,
) -> float:
    """Offer plans until none is missing, or the deadline; return the cost of the linear program.

    Goes on with the next of `cares` when one finds nothing more. Ends early once the bound shows that no
    roster costs less than `enough`.
    """
    left = list(cares)
    while True:
        cost, price, pay, _ = market.solve()
        if deadline.left <= 0.0:
            return cost
        new = market.price_out(price, pay, care=left[0], most=most)
        if on_round is not None:
            on_round(cost, market.bound)
        if cost - market.bound < TOLERANCE or (enough is not None and least_whole(market.bound) >= enough):
            return cost
        if new == 0:
            left.pop(0)
            market.planner.learned[market.employees] = 0
        if not left:
            return cost


def dive(
    market: Market, deadline: Deadline, *, rounds: int, part: int, chance: np.random.Generator
) -> list[int]:
    """Fix plans step by step, offering new ones in between; return the plan (column) of each employee.

    In each step one in `part` of the free employees is fixed at least: more when time runs out, and everybody
    once it has.
    """
    chosen = np.full(len(market.employees), -1, dtype=np.int64)
    whole = deadline.left
    while (chosen < 0).any():
        _, price, pay, share = market.solve()
        for _ in range(rounds):
            if deadline.left <= 0.0 or market.price_out(price, pay, care=market.care, most=2) == 0:
                break
            _, price, pay, share = market.solve()
        left = deadline.left
        hurried = max(2, round(part * min(1.0, 2 * left / whole))) if left > 0.0 else 1
        _fix_most(market, chosen, share, max(1, int((chosen < 0).sum()) // hurried), chance)
    market.loosen()
    return [int(column) for column in chosen]


def _fix_most(market: Market, chosen: Ints, share: Floats, least: int, chance: np.random.Generator) -> None:
    """Fix the plans with the largest shares: those settled, and at least so many."""
    count = 0
    for column in np.argsort(-share - BLUR * chance.random(len(share)), kind="stable").tolist():
        place = market.owner[column]
        if chosen[place] >= 0:
            continue
        if count >= least and share[column] < SETTLED:
            return
        chosen[place] = column
        market.fix(column)
        count += 1


def choose(market: Market, columns: list[int], incumbent: list[int], seconds: float) -> list[int] | None:
    """Return the best choice among some of the plans, by an integer program; None when none is better."""
    solver = quiet_solver()
    solver.passModel(market.solver.getModel())
    keep = set(columns) | set(incumbent)
    first = market.shift_columns
    for column in range(len(market.owner)):
        if column in keep:
            solver.changeColIntegrality(first + column, highspy.HighsVarType.kInteger)
        else:
            solver.changeColBounds(first + column, 0.0, 0.0)
    solver.setOptionValue("presolve", "choose")
    solver.setOptionValue("solver", "choose")
    solver.setOptionValue("time_limit", max(0.1, seconds))
    cost = market.cost_of(incumbent)
    solver.setOptionValue("objective_bound", float(cost))
    start = highspy.HighsSolution()
    start.col_value = _values(market, incumbent)
    solver.setSolution(start)
    solver.run()
    values = np.asarray(solver.getSolution().col_value)
    if len(values) < first + len(market.owner):
        return None
    share = values[first:]
    chosen = [-1] * len(market.employees)
    for place in np.flatnonzero(share > 0.5):
        chosen[market.owner[place]] = int(place)
    if min(chosen) < 0 or market.cost_of(chosen) >= cost:
        return None
    return chosen


def _values(market: Market, chosen: list[int]) -> list[float]:
    """Return the value of every column when these plans are chosen."""
    load = market.base_load.copy()
    share = np.zeros(len(market.owner))
    for column in chosen:
        plan = market.plans[column]
        days = np.flatnonzero(plan >= 0)
        np.add.at(load, (days, plan[days]), 1)
        share[column] = 1.0
    short = (market.instance.need[market.first : market.last] - load)[market.costed]
    return [*np.maximum(short, 0.0), *np.maximum(-short, 0.0), *share]
