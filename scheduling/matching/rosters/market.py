"""A market of plans: some employees, a stretch of days, and what each shift of each day is worth.

The linear program chooses among the plans offered so far, one (or a mix) for each employee; its duals are the
prices, one for each shift of each day, with which the planner finds better plans. Every round proves a bound:
the prices paid for all that is needed plus the best plan of each employee at them (Lagrange).
"""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np
from numpy.typing import NDArray

from scheduling.matching.rosters.instance import Flags, Ints, Roster
from scheduling.matching.rosters.planner import Care, Planner, Plans

Floats = NDArray[np.float64]

PROGRAM_SECONDS = 3.0
"""Most seconds for one linear program."""
SMALL_TABLE = 300_000
"""Cells of a table up to which kinds of shift are counted in most rounds."""
WORTH_ADDING = 1e-6
"""By how much a plan must be cheaper than what its employee pays now."""


class Market:
    """Plans of some employees for days first to last-1; all others, and all other days, stay as they are."""

    def __init__(
        self,
        planner: Planner,
        roster: Roster,
        employees: Ints,
        first: int,
        last: int,
        *,
        thread: int | None = None,
    ) -> None:
        self.planner = planner
        self.instance = planner.instance
        self.roster = roster.copy()
        self.employees = employees
        self.first, self.last = first, last
        self.thread = thread
        window = slice(first, last)
        others = roster.copy()
        others[employees] = -1
        self.need = (self.instance.need - self.instance.loads(others))[window]
        self.under, self.over = self.instance.under[window], self.instance.over[window]
        self.base_load = self.instance.need[window] - self.need
        costed = (self.under > 0) | (self.over > 0)
        self.row_of = np.full(costed.shape, -1, dtype=np.int32)
        self.row_of[costed] = np.arange(int(costed.sum()), dtype=np.int32)
        self.rows = int(costed.sum())
        self.costed = costed
        cells = max(planner.table_cells(int(employee), last - first) for employee in employees)
        self.care = Care.CAREFUL if cells <= SMALL_TABLE else Care.QUICK
        self.owner: list[int] = []
        self.plans: list[NDArray[np.int16]] = []
        self.costs: list[int] = []
        self.seen: set[tuple[int, bytes]] = set()
        self.fixed: Flags = np.zeros(len(employees), dtype=np.bool_)
        self.bound = -np.inf
        self.best_price: Floats = np.zeros(costed.shape)
        self.solver = self._start_solver()
        self.offer_all(roster[employees, first:last])

    def _start_solver(self) -> highspy.Highs:
        solver = quiet_solver()
        rows, people = self.rows, len(self.employees)
        none = np.array([], dtype=np.int32)
        need = self.need[self.costed].astype(np.float64)
        sides = np.concatenate([need, np.ones(people)])
        starts = np.zeros(rows + people, dtype=np.int32)
        solver.addRows(rows + people, sides, sides, 0, starts, none, none.astype(np.float64))
        cost = np.concatenate([self.under[self.costed], self.over[self.costed]]).astype(np.float64)
        index = np.concatenate([np.arange(rows), np.arange(rows)]).astype(np.int32)
        value = np.concatenate([np.ones(rows), -np.ones(rows)])
        count = 2 * rows
        endless = np.full(count, highspy.kHighsInf)
        solver.addCols(
            count, cost, np.zeros(count), endless, count, np.arange(count, dtype=np.int32), index, value
        )
        return solver

    @property
    def shift_columns(self) -> int:
        """Return how many columns stand before those of the plans."""
        return 2 * self.rows

    def offer_all(self, plans: NDArray[np.int16]) -> None:
        """Offer one plan to each employee."""
        self.offer([(place, plan) for place, plan in enumerate(plans)])

    def offer(self, offers: list[tuple[int, NDArray[np.int16]]]) -> int:
        """Add plans as (place of the employee, plan); return how many are new."""
        cost: list[float] = []
        starts: list[int] = []
        index: list[NDArray[np.int32]] = []
        length = 0
        for place, plan in offers:
            key = (place, plan.tobytes())
            if key in self.seen:
                continue
            self.seen.add(key)
            days = np.flatnonzero(plan >= 0)
            shifts = plan[days]
            wishes = self.instance.request_cost[self.employees[place], self.first + days, shifts]
            rows = self.row_of[days, shifts]
            entry = np.append(rows[rows >= 0], np.int32(self.rows + place)).astype(np.int32)
            self.owner.append(place)
            self.plans.append(plan.copy())
            self.costs.append(int(wishes.sum()))
            cost.append(float(self.costs[-1]))
            starts.append(length)
            index.append(entry)
            length += len(entry)
        count = len(cost)
        if count:
            self.solver.addCols(
                count,
                np.array(cost),
                np.zeros(count),
                np.full(count, highspy.kHighsInf),
                length,
                np.array(starts, dtype=np.int32),
                np.concatenate(index),
                np.ones(length),
            )
        return count

    def solve(self) -> tuple[float, Floats, Floats, Floats]:
        """Solve the linear program; return its cost, price by shift, pay by employee, share by plan."""
        # Prices of a program that was not solved to its end are prices all the same.
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + PROGRAM_SECONDS)
        self.solver.run()
        solution = self.solver.getSolution()
        dual = sized(solution.row_dual, self.rows + len(self.employees))
        price = np.zeros(self.costed.shape)
        price[self.costed] = dual[: self.rows]
        share = sized(solution.col_value, self.shift_columns + len(self.owner))[self.shift_columns :]
        cost = float(self.solver.getInfo().objective_function_value)
        return cost, np.clip(price, -self.over, self.under), dual[self.rows :], share

    def quote(self, price: Floats, pay: Floats, *, care: Care, most: int) -> tuple[Ints, Plans]:
        """Return the places of the free employees, and plans for them that cost less than their pay.

        When everybody is free this proves a bound.
        """
        frame = self.planner.frame
        scaled = np.rint(price * frame.scale).astype(np.int32)
        whole = np.zeros((frame.days, frame.shifts), dtype=np.int32)
        whole[self.first : self.last] = scaled
        free = np.flatnonzero(~self.fixed)
        found = self.planner.plan(
            self.roster,
            self.employees[free],
            self.first,
            self.last,
            whole,
            np.floor((pay[free] - WORTH_ADDING) * frame.scale).astype(np.int64),
            care=care,
            most=most,
            thread=self.thread,
        )
        bound = float(int((self.need * scaled).sum()) + int(found.bound.sum())) / frame.scale
        if len(free) == len(self.employees) and bound > self.bound:
            self.bound = bound
            self.best_price = scaled / frame.scale
        return free, found

    def price_out(self, price: Floats, pay: Floats, *, care: Care, most: int) -> int:
        """Offer every free employee better plans at these prices; return how many are new."""
        free, found = self.quote(price, pay, care=care, most=most)
        return self.offer(
            [
                (int(place), found.plans[k, choice])
                for k, place in enumerate(free)
                for choice in range(found.found[k])
            ]
        )

    def fix(self, column: int) -> None:
        """Settle an employee on one plan."""
        self.fixed[self.owner[column]] = True
        place = self.shift_columns + column
        self.solver.changeColBounds(place, 1.0, highspy.kHighsInf)

    def loosen(self) -> None:
        """Free everybody again."""
        for column, owner in enumerate(self.owner):
            if self.fixed[owner]:
                self.solver.changeColBounds(self.shift_columns + column, 0.0, highspy.kHighsInf)
        self.fixed[:] = False

    def cost_of(self, chosen: list[int]) -> int:
        """Return what these plans, one for each employee, cost with the cover of the stretch."""
        load = self.base_load.copy()
        for column in chosen:
            plan = self.plans[column]
            days = np.flatnonzero(plan >= 0)
            np.add.at(load, (days, plan[days]), 1)
        short = self.instance.need[self.first : self.last] - load
        cover = self.under * np.maximum(short, 0) + self.over * np.maximum(-short, 0)
        return int(cover.sum()) + sum(self.costs[column] for column in chosen)


def sized(values: Sequence[float], size: int) -> Floats:
    """Return the values of a solution, or zeros where the solver got to none."""
    return np.asarray(values) if len(values) == size else np.zeros(size)


def quiet_solver() -> highspy.Highs:
    """Return a solver of linear programs that says nothing and keeps to one thread."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("presolve", "off"),
        ("solver", "simplex"),
        ("simplex_strategy", 0),
    ):
        solver.setOptionValue(option, value)
    return solver
