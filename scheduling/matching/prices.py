"""One price a demand row, so that agents who plan for themselves want each row about as often as it has
seats.

With prices p >= 0, no plan is worth more than the sum of the agents' best plans at (value - price) plus the
sum of price times seats: the Lagrangian dual of the seats. A lower sum is a better bound and better prices.
Prices are integers of 1/64 point and the sums are integers, so the bound is exact.

Held, Wolfe, Crowder, "Validation of subgradient optimization", Mathematical Programming 6 (1974), for the
method; the steps (momentum, a tenth of the agents at a time, a second pull for all rows of a span,
exponential decay) are tuned by measurement.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scheduling.matching import opening, proximal
from scheduling.matching.compiled import compiled
from scheduling.matching.crew import Budget, Crew
from scheduling.matching.plans import NEVER, SCALE, Frame, Scratch, best_plan
from scheduling.matching.problem import Ints

BATCHES = 10
AGENTS_A_BATCH = 20
"""Fewer batches when they would be smaller: a handful of agents says little about what is wanted."""
MOMENTUM = 0.7
DECAY = 6.0
FIRST_STEP = 0.06
"""The first step as a part of what a typical seat and a typical score are worth."""
LAST_STEP = 0.25 * SCALE
"""The last step is no longer than this, and no longer than exp(-DECAY) of the first."""
AVERAGE_WEIGHT = 0.02
AVERAGE_PART = 2.0
"""A new price's weight in the average of n sweeps is AVERAGE_PART / n, but never less than AVERAGE_WEIGHT."""
HASTEN, SLOW_DOWN = 1.05, 0.7
LEAST_PACE, MOST_PACE = 0.2, 2.0
"""A price that is pulled the same way again takes longer steps, one that is pulled back shorter ones, each
within these multiples of the common step. Longer ones let the prices of single seats swing for ever."""
MOST_SPAN_PACE = 20.0
"""The same for all prices of a span together, which have a long way to go where time itself is scarce."""
LOOKS = (1 / 64, 1 / 32, 1 / 16, *(look / 8 for look in range(1, 8)))
"""When the bound of the averaged prices is worked out on the way, as parts of the budget."""
LATEST = 1.3
"""The last bounds are not worked out any more when the budget is overrun so far."""


MOST_SWEEPS = 1 << 40
"""No limit: the budget counts the sweeps."""


def batches_for(agents: int) -> int:
    """Return how many batches take turns to plan anew."""
    return max(1, min(BATCHES, agents // AGENTS_A_BATCH))


def sweeps_enough(agents: int) -> int:
    """Return how many sweeps are enough whatever the time: a few people's prices settle soon."""
    return 500 + min(3_500, 3 * agents)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """Prices in 1/64 points by demand row, and the bound that they prove, in points, without pinned seats."""

    scaled: Ints
    bound: int
    sweeps: int


@compiled
def value_best_plans(frame, scratch, net, agents, values):  # type: ignore[no-untyped-def]
    """Set the values of these agents' best plans."""
    for agent in agents:
        values[agent], _ = best_plan(frame, scratch, agent, net)


@compiled
def renew_plans(frame, scratch, net, agents, plan_row, plan_count, load):  # type: ignore[no-untyped-def]
    """Replace the plans of these agents by their best ones and count the change of each row's load."""
    for agent in agents:
        first = frame.plan_first[agent]
        for k in range(first, first + plan_count[agent]):
            load[plan_row[k]] -= 1
        _, rows = best_plan(frame, scratch, agent, net)
        rows = max(rows, 0)
        for k in range(rows):
            plan_row[first + k] = scratch.plan_row[k]
            load[scratch.plan_row[k]] += 1
        plan_count[agent] = rows


class Pricing:
    """The search for prices; keeps every agent's last plan, so that a batch of agents can be renewed by
    itself.
    """

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        layout = crew.layout
        self.capacity = layout.capacity
        self.open_rows = layout.capacity > 0
        self.worth = layout.row_value * SCALE
        self.plan_row: Ints = np.zeros(int(layout.plan_first[-1]), dtype=np.int64)
        self.plan_count: Ints = np.zeros(layout.agents, dtype=np.int64)
        self.load: Ints = np.zeros(len(layout.row_value), dtype=np.int64)
        self.plan_seconds = 0.0
        """What one plan takes with all threads at work, as far as it was timed."""
        # Interleaved, so that every batch and thread gets a fair sample of the agents.
        self.everybody: Ints = np.arange(layout.agents)

    def typical_points(self) -> float:
        """Return what a seat and a certificate bring on average, whatever their signs."""
        layout = self.crew.layout
        seats, certs = max(1, int(self.capacity.sum())), max(1, len(layout.cert_score))
        value = float((np.abs(layout.row_value) * self.capacity).sum()) / seats
        return value + float(np.abs(layout.cert_score).sum()) / certs

    def net(self, scaled: Ints) -> Ints:
        """Return what each row is worth to an agent beside their own points."""
        return np.where(self.open_rows, self.worth - scaled, NEVER)

    def loads(self, scaled: Ints, agents: Ints) -> Ints:
        """Return how often these agents alone want each row at these prices. Forgets all plans held."""
        self.plan_count[:] = 0
        self.load[:] = 0
        self.renew(scaled, agents)
        wanted = self.load.copy()
        self.plan_count[:] = 0
        self.load[:] = 0
        return wanted

    def best_values(self, scaled: Ints, agents: Ints, *, frame: Frame) -> Ints:
        """Return what the best plans of `agents` are worth at these prices, in 1/64 points; others 0."""
        net, crew = self.net(scaled), self.crew
        values = np.zeros(crew.layout.agents, dtype=np.int64)

        def work(thread: int, scratch: Scratch) -> None:
            value_best_plans(frame, scratch, net, crew.part(agents, thread), values)

        crew.each(work)
        return values

    def bound(self, scaled: Ints) -> int:
        """Return the bound that these prices prove, in 1/64 points."""
        values = self.best_values(scaled, self.everybody, frame=self.crew.low)
        return int(values.sum() + (scaled * self.capacity).sum())

    def renew(self, scaled: Ints, agents: Ints) -> None:
        """Let `agents` plan anew at these prices and bring the loads up to date."""
        net, crew = self.net(scaled), self.crew

        def work(thread: int, scratch: Scratch) -> Ints:
            change = np.zeros_like(self.load)
            mine = crew.part(agents, thread)
            renew_plans(crew.low, scratch, net, mine, self.plan_row, self.plan_count, change)
            return change

        for change in crew.each(work):
            self.load += change


class Pulls:
    """How strongly numbers are pulled, smoothed, each at a pace of its own."""

    def __init__(self, count: int, *, most_pace: float) -> None:
        self._most_pace = most_pace
        self._pull = np.zeros(count)
        self._pace = np.ones(count)

    def next(self, excess: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return by how many steps each number moves: `excess` is what is wanted beyond what there is, as a
        part of what there is.
        """
        excess = np.clip(excess, -1.0, 2.0)
        again = excess * self._pull
        pace = np.where(again > 0, np.minimum(self._pace * HASTEN, self._most_pace), self._pace)
        self._pace = np.where(again < 0, np.maximum(pace * SLOW_DOWN, LEAST_PACE), pace)
        self._pull = MOMENTUM * self._pull + (1 - MOMENTUM) * excess
        return self._pace * self._pull


class Steps:
    """Prices that move a little with every sweep, and their average, which proves more than they do.

    Every row is pulled by what is wanted of it, and all rows of a span by what is wanted of them together:
    in a season with more seats than can be worked a whole evening's prices must fall, and each row by itself
    would be pulled down no faster than its rivals leave it room.
    """

    def __init__(self, pricing: Pricing, scaled: Ints) -> None:
        self.pricing = pricing
        first_step = FIRST_STEP * max(pricing.typical_points(), 1.0) * SCALE
        self._decay = max(DECAY, np.log(first_step / LAST_STEP))
        self._first_step = first_step / batches_for(pricing.crew.layout.agents) ** 0.5
        self.exact = scaled.astype(np.float64)
        self.average = self.exact.copy()
        self._span = pricing.crew.layout.row_span
        self._spans = len(pricing.crew.layout.span_start)
        self._by_row = Pulls(len(self.exact), most_pace=MOST_PACE)
        self._by_span = Pulls(self._spans, most_pace=MOST_SPAN_PACE)
        self._seats = np.maximum(pricing.capacity, 1)
        batches = batches_for(pricing.crew.layout.agents)
        self._batches = [pricing.everybody[batch::batches] for batch in range(batches)]
        pricing.renew(scaled, pricing.everybody)

    def sweep(self, share: float, sweeps: int, budget: Budget) -> None:
        """Let all agents plan anew, a batch at a time, with a step of the prices before each; `share` is the
        part of the search that is over.
        """
        pricing, exact = self.pricing, self.exact
        step = self._first_step * np.exp(-self._decay * share)
        for batch in self._batches:
            if budget.overrun:
                break
            excess = pricing.load - pricing.capacity
            move = self._by_row.next(excess / self._seats) + self._span_moves(exact, excess)
            exact = np.where(pricing.open_rows, np.maximum(0.0, exact + step * move), 0.0)
            pricing.renew(np.rint(exact).astype(np.int64), batch)
        self.exact = exact
        self.average += max(AVERAGE_WEIGHT, AVERAGE_PART / sweeps) * (exact - self.average)

    def _span_moves(self, exact: NDArray[np.float64], excess: Ints) -> NDArray[np.float64]:
        """Return by how many steps each row moves with its span. Seats to spare at a price of nothing say
        nothing about the others of the span.
        """
        priced = (exact > 0) | (excess > 0)
        wanted = np.bincount(self._span, np.where(priced, excess, 0), self._spans)
        seats = np.bincount(self._span, np.where(priced, self._seats, 0), self._spans)
        moves: NDArray[np.float64] = self._by_span.next(wanted / np.maximum(1, seats))[self._span]
        return moves


class Lowest:
    """The prices that prove most so far."""

    def __init__(self, pricing: Pricing, scaled: Ints, bound: int) -> None:
        self.pricing = pricing
        self.scaled = scaled
        self.bound = bound

    def try_out(self, exact: NDArray[np.float64]) -> None:
        """Keep these prices instead if they prove no less."""
        candidate = np.rint(exact).astype(np.int64)
        bound = self.pricing.bound(candidate)
        if bound <= self.bound:
            self.scaled, self.bound = candidate, bound

    def prices(self, sweeps: int) -> Prices:
        return Prices(scaled=self.scaled, bound=self.bound // SCALE, sweeps=sweeps)


def search_prices(pricing: Pricing, budget: Budget, *, on_look: Callable[[Prices], bool]) -> Prices:
    """Lower the bound until the budget is used or `on_look` says that it is enough.

    `on_look` is told the best prices now and then, first early on and then ever more seldom. A sweep is one
    plan for every agent.
    """
    layout = pricing.crew.layout
    plans = opening.affordable_plans(pricing, budget)
    sweeps = budget.steps if budget.seconds is None else plans / max(1, layout.agents)
    kept = proximal.plans_to_keep(layout, sweeps)
    scaled, bound = opening.opening_prices(pricing, budget, most=plans, bend=not kept)
    lowest = Lowest(pricing, scaled, bound)
    sweeps = 2
    if on_look(lowest.prices(sweeps)) or budget.overrun:
        return lowest.prices(sweeps)
    steps: Steps | proximal.Mixtures
    if kept:
        steps = proximal.Mixtures(pricing, scaled, kept=kept, batches=batches_for(layout.agents))
    else:
        steps = Steps(pricing, scaled)
    looks = list(LOOKS)
    budget.steps_done = sweeps = sweeps + 1
    most = MOST_SWEEPS if budget.seconds is None else sweeps_enough(layout.agents)
    while (share := max(budget.share, sweeps / most)) < 1.0:
        steps.sweep(share, sweeps, budget)
        sweeps += 1
        if looks and share > looks[0]:
            looks.pop(0)
            sweeps += 1
            lowest.try_out(steps.average)
            if on_look(lowest.prices(sweeps)):
                return lowest.prices(sweeps)
        budget.steps_done = sweeps
    for exact in (steps.average, steps.exact):
        if budget.seconds is None or budget.elapsed <= LATEST * budget.seconds:
            lowest.try_out(exact)
            sweeps += 1
    on_look(lowest.prices(sweeps))
    return lowest.prices(sweeps)
