"""The solver's three parts in turn: prices, a plan built at them, ejection chains."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from scheduling.matching import choice, plans, tables
from scheduling.matching import layout as layout_module
from scheduling.matching import prices as prices_module
from scheduling.matching.crew import Budget, Crew
from scheduling.matching.generate import SeasonSize, generate_season
from scheduling.matching.layout import lay_out
from scheduling.matching.plans import SCALE
from scheduling.matching.prices import Prices, Pricing, search_prices
from scheduling.matching.problem import Ints, Problem
from scheduling.matching.solution import Phase, Progress, Solution, gap_between

PRICE_SHARE = 0.5
"""Part of the time that goes to prices: poor prices cost the plan more than chains can mend."""
SLICE_SECONDS = 0.25
SLICE_CHAINS = 500
FIRST_SLICE = 50


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

    def look(self, phase: Phase, share: float, rota: choice.Rota, crew: Crew) -> None:
        self.value = self.pinned_value + _value(rota, crew)
        self.filled = self.pinned + int(rota.taken.sum())
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
    with Crew(layout, threads=threads) as crew:
        left = None if seconds is None else max(0.0, seconds - times[Phase.PREPARE])
        budget = Budget(
            seconds=None if left is None else left * PRICE_SHARE, steps=effort or 0, should_stop=should_stop
        )

        def on_look(sweeps: int, bound: int) -> None:
            reporter.sweeps, reporter.bound = sweeps, pinned_value + bound
            reporter.tell(Phase.PRICE, budget.share * PRICE_SHARE)

        pricing = Pricing(crew)
        prices = search_prices(pricing, budget, on_look=on_look)
        times[Phase.PRICE] = clock() - started - sum(times.values())
        reporter.bound = pinned_value + prices.bound
        rota = choice.make_rota(crew, prices.scaled, seed=seed)
        _build(pricing, rota, prices)
        reporter.look(Phase.BUILD, PRICE_SHARE, rota, crew)
        times[Phase.BUILD] = clock() - started - sum(times.values())
        budget = Budget(
            seconds=None if seconds is None else seconds - (clock() - started),
            steps=(effort or 0) * layout.agents,
            should_stop=should_stop,
        )
        chains = _improve(pricing, rota, budget, gap, reporter)
        times[Phase.IMPROVE] = clock() - started - sum(times.values())
        agent, demand = _plan(problem, rota, crew)
        reporter.look(Phase.IMPROVE, 1.0, rota, crew)
        return Solution(
            agent=agent,
            demand=demand,
            price=prices.scaled // SCALE,
            scaled_price=prices.scaled,
            value=pinned_value + _value(rota, crew),
            bound=pinned_value + prices.bound,
            seats=problem.seats,
            filled=len(agent),
            sweeps=prices.sweeps,
            chains=chains,
            seconds={phase.value: round(times[phase], 3) for phase in Phase},
            stopped_early=budget.stopped,
        )


def _build(pricing: Pricing, rota: choice.Rota, prices: Prices) -> None:
    """Make the first plan: a few passes over the agents in random order."""
    crew = pricing.crew
    scratch = crew.scratches[0]
    rota.loss[:] = pricing.best_values(prices.scaled, pricing.everybody, frame=crew.high)
    shuffle = np.random.default_rng(int(rota.random[0]))
    for sixteenths in choice.PASSES:
        choice.build(crew.high, scratch, rota, shuffle.permutation(pricing.everybody), sixteenths)


def _improve(
    pricing: Pricing, rota: choice.Rota, budget: Budget, gap: float | None, reporter: _Reporter
) -> int:
    """Run chains until the budget is used or the gap is reached; return how many were run."""
    crew = pricing.crew
    scratch = crew.scratches[0]
    chains = 0
    slice_chains = FIRST_SLICE if budget.seconds is not None else SLICE_CHAINS
    while len(pricing.everybody) and budget.share < 1.0:
        if reporter.gap is not None and reporter.gap <= (gap or 0.0):
            break
        before = budget.elapsed
        if budget.seconds is None:
            slice_chains = min(SLICE_CHAINS, budget.steps - chains)
        choice.run_chains(crew.high, scratch, rota, pricing.everybody, slice_chains, chains)
        chains += slice_chains
        budget.steps_done = chains
        if budget.seconds is not None:
            spent = max(1e-4, budget.elapsed - before)
            slice_chains = int(np.clip(slice_chains * SLICE_SECONDS / spent, 1, 4 * slice_chains))
        reporter.look(Phase.IMPROVE, PRICE_SHARE + (1 - PRICE_SHARE) * budget.share, rota, crew)
    return chains


def _value(rota: choice.Rota, crew: Crew) -> int:
    """Return the points of the plan, without pinned seats."""
    held = np.arange(len(rota.seat_gain)) - np.repeat(rota.seat_first[:-1], np.diff(rota.seat_first))
    filled = held < np.repeat(rota.taken, np.diff(rota.seat_first))
    return int(rota.seat_gain[filled].sum() + (rota.taken * crew.layout.row_value).sum())


def _plan(problem: Problem, rota: choice.Rota, crew: Crew) -> tuple[Ints, Ints]:
    """Return the whole plan with its pins as (agent, demand row), sorted by row."""
    agents = np.arange(crew.layout.agents)
    first = crew.layout.plan_first[:-1]
    owner = np.repeat(agents, rota.plan_count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(rota.plan_count) - rota.plan_count, rota.plan_count)
    rows = rota.plan_row[np.repeat(first, rota.plan_count) + place].astype(np.int64)
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
    """Compile afresh, and solve a small season once with every part of the compiled code."""
    forget_compiled()
    problem = generate_season(SeasonSize(agents=40, projects=4, days=8, peak_seats=12), seed=1)
    run(
        problem,
        seconds=None,
        effort=6,
        gap=None,
        seed=0,
        threads=1,
        progress=None,
        should_stop=None,
    )


def forget_compiled() -> None:
    """Throw away what was compiled by earlier versions.

    The cache of a function is renewed when its own file changes, not when a function it calls does in another
    file.
    """
    for module in (layout_module, tables, plans, prices_module, choice):
        for value in vars(module).values():
            stats = getattr(value, "stats", None)
            if stats is not None and hasattr(stats, "cache_path"):
                for index in Path(stats.cache_path).glob(f"{module.__name__.rpartition('.')[2]}.*.nbi"):
                    index.unlink(missing_ok=True)
