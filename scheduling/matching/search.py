"""The solver's three parts in turn: prices, a plan built at them, ejection chains."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from scheduling.matching import choice, ledger
from scheduling.matching.compiled import forget_compiled
from scheduling.matching.crew import Budget, Crew
from scheduling.matching.generate import SeasonSize, generate_season
from scheduling.matching.layout import Layout, lay_out
from scheduling.matching.parts import Deal, parts_for
from scheduling.matching.plans import SCALE, best_plan
from scheduling.matching.prices import Prices, Pricing, search_prices
from scheduling.matching.problem import Ints, Problem
from scheduling.matching.solution import Phase, Progress, Solution, gap_between

PRICE_SHARE = 0.5
"""Part of the time that goes to prices: poor prices cost the plan more than chains can mend."""
AGENTS_A_THREAD, AGENTS_A_THREAD_IN_STRIPS = 400, 40
"""With fewer, a thread waits longer than it works. Plans of short shifts take ten times as long."""
SLICE_SECONDS, AGENTS_A_SLICE = 0.25, 20_000
"""Chains run so long between two deals, and longer where there are more agents than this: dealing them takes
longer, too."""
FIRST_SLICE = 50
LAST_SHARE = 0.1
"""At most this part of the time of the chains is kept for everybody's last plan."""
LEAST_BUILD_SECONDS = 0.3
BUILT_TOGETHER = 100
"""So many agents plan between two looks at the clock."""
LEAST_SLICE = 100
"""Chains between two deals of the parts are as many as there are agents when work is counted, never fewer."""
FEW_AGENTS, LEAST_SWEEPS = 100, 300
"""So many sweeps are made for so few agents, and so many chains run for anybody, however little work is asked
for: they take a fraction of a second, and small seasons end with the best plan there is."""
LEAST_CHAINS = 3_000
STUCK = 4
"""So many chains an agent without a point won, and the next ones ask prices that are wrong."""
FARTHEST_OFF = 1.0
"""They are wrong by this part of what a typical seat and score bring at most, mostly by much less."""
PASSES = 15
"""Everybody plans anew so many times at falling prices, and up to twice as often at the end."""
SHARES = (np.linspace(0, 1, 11), np.array([1, 1, 1, 0.99, 0.98, 0.97, 0.95, 0.9, 0.8, 0.5, 0]))
"""What part of the price is asked for a free seat at most, by the part of these passes that is over."""
FRUITLESS = 200
"""So many chains an agent without a point won end the search; the first thousand are on the house."""


@dataclasses.dataclass
class _Reporter:
    """Tells the caller how far things are; remembers the best figures."""

    seats: int
    pinned_value: int
    pinned: int
    progress: Callable[[Progress], None] | None
    sweeps: int = 0
    value: int | None = None
    bound: int | None = None
    filled: int = 0

    @property
    def gap(self) -> float | None:
        if self.value is None or self.bound is None:
            return None
        return gap_between(self.value, self.bound)

    def tell(self, phase: Phase, share: float) -> None:
        if self.progress is not None:
            self.progress(
                Progress(
                    phase=phase,
                    share=round(min(1.0, share), 4),
                    sweeps=self.sweeps,
                    value=self.value,
                    bound=self.bound,
                    gap=self.gap,
                    filled=self.filled,
                    seats=self.seats,
                )
            )

    def look(self, phase: Phase, share: float, deal: Deal) -> None:
        points, seats = deal.points()
        self.value = self.pinned_value + points
        self.filled = self.pinned + seats
        self.tell(phase, share)


def run(
    problem: Problem,
    *,
    seconds: float | None,
    effort: int | None,
    gap: float | None,
    seed: int,
    threads: int,
    progress: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool] | None,
) -> Solution:
    """Solve; see `solver.solve`. Exactly one of `seconds` and `effort` is given."""
    clock = time.perf_counter
    started = clock()
    layout = lay_out(problem)
    pinned_value = _pinned_value(problem)
    reporter = _Reporter(problem.seats, pinned_value, len(problem.pin_agent), progress)
    reporter.tell(Phase.PREPARE, 0.0)
    times = {Phase.PREPARE: clock() - started}
    agents_a_thread = AGENTS_A_THREAD_IN_STRIPS if (layout.strips_abreast > 0).any() else AGENTS_A_THREAD
    threads = max(1, min(threads, layout.agents // agents_a_thread))
    with Crew(layout, threads=threads) as crew:
        left = None if seconds is None else max(0.0, seconds - times[Phase.PREPARE])
        least_sweeps = LEAST_SWEEPS if layout.agents <= FEW_AGENTS else 0
        budget = Budget(
            seconds=None if left is None else left * PRICE_SHARE,
            steps=max(effort or 0, least_sweeps),
            should_stop=should_stop,
        )

        pricing = Pricing(crew)
        whole = Budget(seconds=left, steps=1)

        def on_look(prices: Prices) -> bool:
            reporter.sweeps, reporter.bound = prices.sweeps, pinned_value + prices.bound
            reporter.tell(Phase.PRICE, budget.share * PRICE_SHARE)
            if not gap or budget.share >= 1.0:
                return False
            points, _ = _build(pricing, prices, whole, parts=1, seed=seed).points()
            return gap_between(pinned_value + points, reporter.bound) <= gap

        prices = search_prices(pricing, budget, on_look=on_look)
        times[Phase.PRICE] = clock() - started - sum(times.values())
        reporter.bound = pinned_value + prices.bound
        deal = _build(pricing, prices, whole, parts=_parts(layout, seconds, threads), seed=seed)
        reporter.look(Phase.BUILD, PRICE_SHARE, deal)
        times[Phase.BUILD] = clock() - started - sum(times.values())
        # The last time goes to letting everybody plan anew.
        last = layout.agents * pricing.plan_seconds * threads
        left = None if seconds is None else max(0.0, seconds - (clock() - started))
        budget = Budget(
            seconds=None if left is None else left - min(last, left * LAST_SHARE),
            steps=max((effort or 0) * layout.agents, LEAST_CHAINS),
            should_stop=should_stop,
        )
        first_slice = int(np.clip(SLICE_SECONDS / max(1e-7, 32 * pricing.plan_seconds), 1, FIRST_SLICE))
        if deal.exchanges:
            _anneal(deal, budget, gap, reporter)
        else:
            _improve(
                deal,
                budget,
                gap,
                reporter,
                first_slice=first_slice,
                typical=pricing.typical_points(),
                seed=seed,
            )
        deal.settle(whole)
        times[Phase.IMPROVE] = clock() - started - sum(times.values())
        agent, demand = _plan(problem, deal)
        scaled_price = np.empty_like(prices.scaled)
        scaled_price[layout.row_of] = prices.scaled
        reporter.look(Phase.IMPROVE, 1.0, deal)
        return Solution(
            agent=agent,
            demand=demand,
            price=scaled_price // SCALE,
            scaled_price=scaled_price,
            value=pinned_value + deal.points()[0],
            bound=pinned_value + prices.bound,
            seats=problem.seats,
            filled=len(agent),
            sweeps=prices.sweeps,
            chains=deal.chains,
            seconds={phase.value: round(times[phase], 3) for phase in Phase},
            stopped_early=budget.stopped,
        )


def _parts(layout: Layout, seconds: float | None, threads: int) -> int:
    """Return how many parts chains run in. With a clock, parts that no thread serves would be in vain."""
    parts = parts_for(layout.agents, exchanges=layout.most_exchanged > 0)
    return parts if seconds is None else min(parts, threads)


def _build(pricing: Pricing, prices: Prices, budget: Budget, *, parts: int, seed: int) -> Deal:
    """Make the first plan: a few passes over the agents in random order. When the time is over there is still
    a little to find some plan in.
    """
    crew = pricing.crew
    plans = ledger.make_plans(crew.layout)
    if not budget.overrun:
        plans.loss[:] = pricing.best_values(prices.scaled, pricing.everybody, frame=crew.high)
    least = budget.elapsed + LEAST_BUILD_SECONDS
    rota = ledger.make_rota(crew.layout, plans, prices.scaled, prices.scaled, crew.layout.capacity, seed=seed)
    shuffle = np.random.default_rng(seed)
    for sixteenths in choice.PASSES:
        order = shuffle.permutation(pricing.everybody)
        for first in range(0, len(order), BUILT_TOGETHER):
            if budget.overrun and budget.elapsed > least:
                break
            agents = order[first : first + BUILT_TOGETHER]
            choice.build(crew.high, crew.scratches[0], rota, agents, sixteenths)
        if budget.overrun:
            break
    return Deal(crew, plans, prices.scaled, parts=parts, seed=seed)


def _improve(
    deal: Deal,
    budget: Budget,
    gap: float | None,
    reporter: _Reporter,
    *,
    first_slice: int,
    typical: float,
    seed: int,
) -> None:
    """Run chains until the budget is used, the gap is reached or nothing has been won for long."""
    agents = deal.crew.layout.agents
    random = np.random.default_rng(seed)
    fruitless = 0
    least_slice = max(LEAST_SLICE, agents)
    slice_seconds = SLICE_SECONDS * max(1.0, agents / AGENTS_A_SLICE)
    slice_chains = first_slice if budget.seconds is not None else least_slice
    while agents and budget.share < 1.0 and fruitless < FRUITLESS * agents + 1000:
        if reporter.gap is not None and reporter.gap <= (gap or 0.0):
            break
        before, chains_before = budget.elapsed, deal.chains
        if budget.seconds is None:
            slice_chains = min(slice_chains, budget.steps - deal.chains)
        stuck = fruitless >= STUCK * agents
        if stuck:
            farthest = max(1.0, FARTHEST_OFF * typical)
            deal.blur(SCALE * farthest ** random.uniform())
        elif deal.blurred:
            deal.blur(0)
        won = deal.run(min(slice_chains, least_slice) if stuck else slice_chains)
        fruitless = 0 if won > 0 else fruitless + deal.chains - chains_before
        budget.steps_done = deal.chains
        if budget.seconds is not None and not stuck:
            spent = max(1e-4, budget.elapsed - before)
            wanted = min(slice_seconds, max(0.0, budget.seconds - budget.elapsed))
            slice_chains = int(np.clip(slice_chains * wanted / spent, 1, 4 * slice_chains))
        reporter.look(Phase.IMPROVE, PRICE_SHARE + (1 - PRICE_SHARE) * budget.share, deal)


def _anneal(deal: Deal, budget: Budget, gap: float | None, reporter: _Reporter) -> None:
    """Let everybody plan anew, time after time, first at the full price of every seat and then at less and
    less, soonest where there are seats to spare, until the budget is used, the gap is reached or nothing has
    been won for long. Every round begins where the last one ended, even if that lost points; the best plans
    are kept.
    """
    agents = deal.crew.layout.agents
    fruitless = 0
    seconds = 0.0
    best = deal.points()[0]
    deal.keep()
    while budget.share < 1.0 and fruitless < FRUITLESS * agents + 1000:
        if reporter.gap is not None and reporter.gap <= (gap or 0.0):
            break
        if budget.seconds is None:
            affordable = (budget.steps - deal.chains) / agents
        else:
            affordable = (budget.seconds - budget.elapsed) / seconds if seconds > 0 else PASSES
        passes = PASSES if affordable >= 2 * PASSES else max(1, int(affordable))
        passes = min(passes, 2 * PASSES)
        began = budget.elapsed
        deal.ask_in_full()
        for share in np.interp(np.linspace(0, 1, passes + 1)[1:], *SHARES):
            deal.replan(float(share), budget, pace=PASSES / passes)
            budget.steps_done = deal.chains
            reporter.tell(Phase.IMPROVE, PRICE_SHARE + (1 - PRICE_SHARE) * budget.share)
            if budget.share >= 1.0:
                break
        seconds = (budget.elapsed - began) / passes
        won = deal.points()[0] - best
        fruitless = 0 if won > 0 else fruitless + passes * agents
        if won > 0:
            best += won
            deal.keep()
            reporter.look(Phase.IMPROVE, PRICE_SHARE + (1 - PRICE_SHARE) * budget.share, deal)
    if deal.points()[0] < best:
        deal.restore()


def _plan(problem: Problem, deal: Deal) -> tuple[Ints, Ints]:
    """Return the whole plan with its pins as (agent, demand row), sorted by row."""
    layout, count = deal.crew.layout, deal.plans.plan_count
    owner = np.repeat(np.arange(layout.agents), count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    rows = layout.row_of[deal.plans.plan_row[np.repeat(layout.plan_first[:-1], count) + place]]
    agent = np.concatenate([owner, problem.pin_agent])
    demand = np.concatenate([rows, problem.pin_demand])
    order = np.lexsort((agent, demand))
    return agent[order], demand[order]


def _pinned_value(problem: Problem) -> int:
    """Return the points of the pinned seats."""
    total = 0
    for agent, row in zip(problem.pin_agent, problem.pin_demand, strict=True):
        certs = slice(problem.cert_first[agent], problem.cert_first[agent + 1])
        windows = slice(problem.window_first[agent], problem.window_first[agent + 1])
        around = (problem.window_start[windows] <= problem.demand_start[row]) & (
            problem.window_end[windows] >= problem.demand_end[row]
        )
        held = problem.cert_project[certs] == problem.demand_project[row]
        score = int(problem.cert_score[certs][held][0])
        preference = int(problem.window_preference[windows][around].max())
        total += int(problem.demand_value[row]) + score + preference
    return total


def warm() -> None:
    """Compile afresh, and load it."""
    forget_compiled(best_plan)
    load_compiled.cache_clear()
    load_compiled()


@functools.cache
def load_compiled() -> None:
    """Solve a small season with every part of the compiled code, once a process; what is not compiled yet is
    compiled now.
    """
    problem = generate_season(SeasonSize(agents=40, projects=4, days=8, peak_seats=12), seed=1)
    limits: dict[str, Any] = {"seconds": None, "gap": None, "seed": 0, "threads": 1}
    limits |= {"progress": None, "should_stop": None}
    run(problem, effort=6, **limits)
    # So small a season is solved before any chain is run.
    layout = lay_out(problem)
    with Crew(layout, threads=1) as crew:
        free = Prices(scaled=np.zeros(len(layout.row_value), dtype=np.int64), bound=0, sweeps=0)
        deal = _build(Pricing(crew), free, Budget(seconds=None, steps=1), parts=1, seed=0)
        for amount in (0, SCALE):
            deal.blur(amount)
            deal.run(FIRST_SLICE)
    # Short shifts, among which people are moved.
    tens = tuple((start, 10) for start in range(8 * 60, 20 * 60, 10))
    short = SeasonSize(agents=60, projects=3, days=2, peak_seats=6, slots=tens)
    run(generate_season(short, seed=1), effort=2, **limits)
