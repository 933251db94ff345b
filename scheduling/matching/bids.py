"""What a shift is worth to one agent at a run's prices: their best plan with it against their best plan
without it.

The same exact search as the solver's finds both (`plans.best_plan`): a bonus on the row, larger than any plan
and smaller than a pin, forces it in, and a net value of NEVER keeps it out. Money is in 1/64 points.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from scheduling.matching.layout import lay_out
from scheduling.matching.plans import NEVER, PINNED, SCALE, best_plan, make_frame, make_scratch
from scheduling.matching.problem import Ints, Problem

FORCED = PINNED >> 1
"""Added to a shift that the plan must contain: pins come first, everything else after it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bid:
    """The values of an agent's best plans with a shift and without it; `with_it` is None where their pinned
    shifts leave no room for it.
    """

    with_it: int | None
    without_it: int

    @property
    def short(self) -> int | None:
        """What the shift is short of being part of the agent's best plan; 0 when it is part of one."""
        return None if self.with_it is None else max(0, self.without_it - self.with_it)


class Bids:
    """Asks for bids at fixed prices (1/64 points by demand row)."""

    def __init__(self, problem: Problem, scaled_price: Ints) -> None:
        layout = lay_out(problem)
        self._frame = make_frame(layout, round_up=True)
        self._scratch = make_scratch(layout)
        self._row = np.argsort(layout.row_of)
        # What a row brings beside the agent's own points. Full rows are in nobody's plan unless asked for.
        self._worth = layout.row_value * SCALE - scaled_price[layout.row_of]
        self._net = np.where(layout.capacity > 0, self._worth, NEVER)
        self._row_value = layout.row_value * SCALE
        self._only: Ints = np.full(len(self._worth), NEVER, dtype=np.int64)

    def bid(self, agent: int, row: int) -> Bid:
        """Return the agent's bid for a row."""
        row = int(self._row[row])
        usual = self._net[row]
        try:
            self._net[row] = self._worth[row] + FORCED
            with_it, holds = self._best(agent, row, self._net)
            self._net[row] = NEVER
            without_it, _ = self._best(agent, row, self._net)
        finally:
            self._net[row] = usual
        return Bid(with_it=with_it - FORCED if holds else None, without_it=without_it)

    def best_with(self, agent: int, row: int, own: Ints) -> int | None:
        """Return what the agent is worth in a row together with the best of their `own` rows that still fit
        beside it, seats included; None where their pinned shifts leave no room for it.
        """
        row, own = int(self._row[row]), self._row[own]
        try:
            self._only[own] = self._row_value[own]
            self._only[row] = self._row_value[row] + FORCED
            value, holds = self._best(agent, row, self._only)
        finally:
            self._only[own] = NEVER
            self._only[row] = NEVER
        return value - FORCED if holds else None

    def _best(self, agent: int, row: int, net: Ints) -> tuple[int, bool]:
        value, rows = best_plan(self._frame, self._scratch, agent, net)
        return int(value), bool((self._scratch.plan_row[: max(0, rows)] == row).any())
