"""Prices where every plan counts for long: each agent's last plans are kept, and mixtures of them tell what
is wanted.

Where shifts are short the price of each ten minutes hangs on those around it, and prices that move by what
the best plans want swing for ever. Here an agent's demand is a mixture of the plans kept for them (weights
that sum to one), and a row asks max(0, base + step * (load - seats)): the augmented Lagrangian of the seats,
whose load is that of the mixtures. Of one agent's mixture some weight is moved from the plan worth least now
to the one worth most, as far as their own rows' prices, which move with it, leave that worth while: that is
quick, so it is done often for every new plan asked of the dynamic programme. After each sweep the prices
become the new base (Rockafellar's proximal point method), so they settle where the mixtures fit the seats.

The prices so found are rounded, and the bound is worked out from exact plans at those: how they were found
does not matter to the proof.

Lacoste-Julien, Jaggi, Schmidt, Pletscher, "Block-coordinate Frank-Wolfe optimization for structural SVMs",
ICML 2013; Shah, Kolmogorov, Lampert, "A multi-plane block-coordinate Frank-Wolfe algorithm", CVPR 2015.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.matching.compiled import compiled
from scheduling.matching.crew import Budget
from scheduling.matching.layout import Layout
from scheduling.matching.plans import SCALE, Scratch, best_plan
from scheduling.matching.units import Ints

if TYPE_CHECKING:
    from scheduling.matching.prices import Pricing

MOST_KEPT, FEWEST_KEPT = 48, 8
"""Plans kept for each agent. Mixtures of 15 are common where a row has two seats, of 5 where it has ten."""
LARGEST_POOL = 40_000_000
"""Most rows of all plans kept (4 bytes each)."""
FEWEST_SWEEPS = 20
"""With fewer new plans for everybody there is not much to mix."""
FIRST_STEP, LAST_STEP = 3.0, 0.4
"""By how much a price rises for each seat wanted beyond those there are, as a part of what a typical seat and
score bring and of the row's seats: at first and at last."""
MOVES = 2
"""So often every agent's mixture is moved for each batch of new plans."""
AVERAGE_WEIGHT, AVERAGE_PART = 0.1, 2.0
"""A new price's weight in the average of n sweeps is AVERAGE_PART / n, but never less than AVERAGE_WEIGHT."""
NO_WEIGHT = 1e-9
NO_GAIN = 1.0
"""Less than this (1/64 points) is not worth a move."""

Floats = NDArray[np.float64]


class Pool(NamedTuple):
    """The plans kept, by agent and place: their rows, how many, what they bring (1/64 points, without
    prices) and their weights; how many places are held; and by row the load of the mixtures and the price.
    """

    row: NDArray[np.int32]
    rows: Ints
    worth: Floats
    weight: Floats
    held: Ints
    seats: Floats
    load: Floats
    base: Floats
    step: Floats
    price: Floats
    mark: NDArray[np.int8]


class Answers(NamedTuple):
    """The newest best plan of every agent, in the places that `plan_first` gives."""

    row: Ints
    rows: Ints
    worth: Ints


def plans_to_keep(layout: Layout, sweeps: float) -> int:
    """Return how many plans an agent may keep, 0 where shifts are long, or there is too little room or time:
    about so many `sweeps`.
    """
    in_strips = int((layout.strips_abreast > 0).sum())
    if 2 * in_strips <= layout.agents or sweeps < FEWEST_SWEEPS:
        return 0
    cells = layout.agents * int(np.diff(layout.plan_first).max())
    kept = min(MOST_KEPT, LARGEST_POOL // cells)
    return kept if kept >= FEWEST_KEPT else 0


@compiled
def ask_plans(frame, scratch, net, agents, answers):  # type: ignore[no-untyped-def]
    """Write the best plans of these agents to `answers`."""
    for agent in agents:
        first = frame.plan_first[agent]
        _, rows = best_plan(frame, scratch, agent, net)
        points = np.int64(0)
        for k in range(rows):
            row = scratch.plan_row[k]
            answers.row[first + k] = row
            points += frame.row_value[row] + scratch.plan_gain[k]
        answers.rows[agent] = max(0, rows)
        answers.worth[agent] = points * SCALE


@compiled
def charge(pool, row, change):  # type: ignore[no-untyped-def]
    """Change the load of a row, and its price with it."""
    pool.load[row] += change
    asked = pool.base[row] + pool.step[row] * (pool.load[row] - pool.seats[row])
    pool.price[row] = max(0.0, asked)


@compiled
def worth_now(pool, agent, place):  # type: ignore[no-untyped-def]
    """Return what a kept plan brings at the prices asked now."""
    worth = pool.worth[agent, place]
    rows = pool.row[agent, place]
    for k in range(pool.rows[agent, place]):
        worth -= pool.price[rows[k]]
    return worth


@compiled
def keep_plans(pool, agents, plan_first, answers):  # type: ignore[no-untyped-def]
    """Keep the new plans of these agents that are better than all they have.

    Where there is no place left a new plan takes that of the least weight, and its weight.
    """
    most = pool.weight.shape[1]
    for agent in agents:
        first = plan_first[agent]
        count = answers.rows[agent]
        worth = float(answers.worth[agent])
        for k in range(count):
            worth -= pool.price[answers.row[first + k]]
        place = np.int64(0)
        is_better = True
        least = np.inf
        for other in range(pool.held[agent]):
            known = worth_now(pool, agent, other)
            is_better &= worth > known + NO_GAIN
            if pool.weight[agent, other] < pool.weight[agent, place] or (
                pool.weight[agent, other] == pool.weight[agent, place] and known < least
            ):
                place = np.int64(other)
                least = known
        if not is_better:
            continue
        if pool.held[agent] < most:
            place = pool.held[agent]
            pool.held[agent] += 1
            pool.weight[agent, place] = 1.0 if place == 0 else 0.0
            pool.rows[agent, place] = 0
        weight = pool.weight[agent, place]
        for k in range(pool.rows[agent, place]):
            charge(pool, pool.row[agent, place, k], -weight)
        for k in range(count):
            pool.row[agent, place, k] = answers.row[first + k]
            charge(pool, answers.row[first + k], weight)
        pool.rows[agent, place] = count
        pool.worth[agent, place] = answers.worth[agent]


@compiled
def mix(pool, times):  # type: ignore[no-untyped-def]
    """Move weight from the worst plan of every agent's mixture to their best one, so many times; all kept
    plans are looked at the first time, those of the mixture after that.
    """
    for time in range(times):
        for agent in range(len(pool.held)):
            best = np.int64(0)
            worst = np.int64(-1)
            most = -np.inf
            least = np.inf
            for place in range(pool.held[agent]):
                if time > 0 and pool.weight[agent, place] == 0.0:
                    continue
                worth = worth_now(pool, agent, place)
                if worth > most:
                    most = worth
                    best = np.int64(place)
                if pool.weight[agent, place] > 0.0 and worth < least:
                    least = worth
                    worst = np.int64(place)
            if most - least > NO_GAIN:
                move_weight(pool, agent, worst, best, most - least)


@compiled
def dearer_by(pool, agent, worst, best, weight):  # type: ignore[no-untyped-def]
    """Mark the rows that one plan of an agent has and another has not, and return by how much the way from
    one to the other loses with each weight moved, of at most this much.
    """
    for k in range(pool.rows[agent, worst]):
        pool.mark[pool.row[agent, worst, k]] -= 1
    for k in range(pool.rows[agent, best]):
        pool.mark[pool.row[agent, best, k]] += 1
    rise = NO_WEIGHT
    for k in range(pool.rows[agent, worst]):
        row = pool.row[agent, worst, k]
        if pool.mark[row] < 0 and pool.price[row] > 0:
            rise += pool.step[row]
    for k in range(pool.rows[agent, best]):
        row = pool.row[agent, best, k]
        # A row that stays free of charge whatever is moved makes the move no dearer.
        most = pool.base[row] + pool.step[row] * (pool.load[row] + weight - pool.seats[row])
        if pool.mark[row] > 0 and most > 0:
            rise += pool.step[row]
    return rise


@compiled
def move_weight(pool, agent, worst, best, gain):  # type: ignore[no-untyped-def]
    """Move weight from one plan of an agent to another that brings `gain` more, until it brings no more or
    all is moved.
    """
    weight = pool.weight[agent, worst]
    moved = min(weight, gain / dearer_by(pool, agent, worst, best, weight))
    if weight - moved < NO_WEIGHT:
        moved = weight
    pool.weight[agent, worst] = weight - moved
    pool.weight[agent, best] += moved
    for k in range(pool.rows[agent, worst]):
        row = pool.row[agent, worst, k]
        if pool.mark[row] < 0:
            charge(pool, row, -moved)
        pool.mark[row] = 0
    for k in range(pool.rows[agent, best]):
        row = pool.row[agent, best, k]
        if pool.mark[row] > 0:
            charge(pool, row, moved)
        pool.mark[row] = 0


class Mixtures:
    """Prices that move with mixtures of kept plans, and their average; used like `prices.Steps`."""

    def __init__(self, pricing: Pricing, scaled: Ints, *, kept: int, batches: int) -> None:
        layout = pricing.crew.layout
        agents, all_rows = layout.agents, len(layout.row_value)
        widest = int(np.diff(layout.plan_first).max())
        self.pricing = pricing
        self._typical = max(1.0, pricing.typical_points()) * SCALE
        self._batches = [pricing.everybody[batch::batches].copy() for batch in range(batches)]
        self._answers = Answers(
            row=np.zeros(int(layout.plan_first[-1]), dtype=np.int64),
            rows=np.zeros(agents, dtype=np.int64),
            worth=np.zeros(agents, dtype=np.int64),
        )
        self.pool = Pool(
            row=np.zeros((agents, kept, widest), dtype=np.int32),
            rows=np.zeros((agents, kept), dtype=np.int64),
            worth=np.zeros((agents, kept)),
            weight=np.zeros((agents, kept)),
            held=np.zeros(agents, dtype=np.int64),
            seats=pricing.capacity.astype(np.float64),
            load=np.zeros(all_rows),
            base=scaled.astype(np.float64),
            step=np.zeros(all_rows),
            price=scaled.astype(np.float64),
            mark=np.zeros(all_rows, dtype=np.int8),
        )
        self.average = self.exact.copy()
        self._renew(pricing.everybody)

    @property
    def exact(self) -> Floats:
        return self.pool.price

    def sweep(self, share: float, sweeps: int, budget: Budget) -> None:
        """Ask a new plan of every agent, a batch at a time, and let the mixtures move with each."""
        pool = self.pool
        step = FIRST_STEP * (LAST_STEP / FIRST_STEP) ** share
        pool.step[:] = step * self._typical / np.maximum(1.0, pool.seats)
        pool.base[:] = pool.price
        pool.price[:] = np.maximum(0.0, pool.base + pool.step * (pool.load - pool.seats))
        for batch in self._batches:
            if budget.overrun:
                break
            self._renew(batch)
            mix(pool, MOVES)
        self.average += max(AVERAGE_WEIGHT, AVERAGE_PART / sweeps) * (self.exact - self.average)

    def _renew(self, agents: Ints) -> None:
        pricing, crew = self.pricing, self.pricing.crew
        net = pricing.net(np.rint(self.exact).astype(np.int64))

        def work(thread: int, scratch: Scratch) -> None:
            ask_plans(crew.low, scratch, net, crew.part(agents, thread), self._answers)

        crew.each(work)
        keep_plans(self.pool, agents, crew.layout.plan_first, self._answers)
