"""Searches a market: prices by column generation, plans for everybody by dives and by integer programs."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable

import highspy
import numpy as np

from scheduling.matching.rosters.market import Market, quiet_solver

SETTLED = 0.999
"""A plan with this share in the linear program is fixed at once."""
BLUR = 0.05
"""How much chance there is in which plan is fixed next, so that no two dives are alike."""
TOLERANCE = 1e-6


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
    exact_from_start: bool = False,
    enough: float | None = None,
    on_round: Callable[[float, float], None] | None = None,
) -> float:
    """Offer plans until none is missing, or the deadline; return the cost of the linear program.

    Ends early once the bound shows that no roster costs less than `enough`.
    """
    exact = exact_from_start
    cost = math.inf
    while True:
        cost, price, pay, _ = market.solve()
        if deadline.left <= 0.0:
            return cost
        new, _ = market.price_out(price, pay, exact=exact, most=most)
        if on_round is not None:
            on_round(cost, market.bound)
        if enough is not None and least_whole(market.bound) >= enough:
            return cost
        if new == 0 and exact:
            return cost
        if cost - market.bound < TOLERANCE:
            return cost
        if new == 0:
            exact = True
            market.planner.learned[market.employees] = 0


def dive(
    market: Market, deadline: Deadline, *, rounds: int, part: int, chance: np.random.Generator
) -> list[int] | None:
    """Fix plans step by step, offering new ones in between; return the plan (column) of each employee.

    In each step one in `part` of the free employees is fixed at least. None when the deadline came first.
    """
    people = len(market.employees)
    chosen = np.full(people, -1, dtype=np.int64)
    while True:
        _, price, pay, share = market.solve()
        for _ in range(rounds):
            if market.fixed.all() or deadline.left <= 0.0:
                break
            new, _ = market.price_out(price, pay, exact=True, most=2)
            if new == 0:
                break
            _, price, pay, share = market.solve()
        owner = np.asarray(market.owner)
        order = np.argsort(-share - BLUR * chance.random(len(share)), kind="stable")
        free = int((chosen < 0).sum())
        least = max(1, free // part)
        count = 0
        for column in order.tolist():
            place = owner[column]
            if chosen[place] >= 0:
                continue
            if count >= least and share[column] < SETTLED:
                break
            chosen[place] = column
            market.fix(column)
            count += 1
        if (chosen >= 0).all():
            market.loosen()
            return [int(column) for column in chosen]
        if deadline.left <= 0.0:
            market.loosen()
            return None


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
