"""Makes a roster within seconds: a first one, prices and a bound, dives, then parts of it made anew.

Where the linear program is too large or too slow, chains of answers do all of the improving.
"""

from __future__ import annotations

import dataclasses
import enum
import threading
import time
from collections.abc import Callable

import numpy as np

from scheduling.matching.compiled import forget_compiled
from scheduling.matching.rosters.base import first_roster, part_days
from scheduling.matching.rosters.instance import Instance, Roster
from scheduling.matching.rosters.market import Floats, Market
from scheduling.matching.rosters.planner import Planner
from scheduling.matching.rosters.plans import best_plan
from scheduling.matching.rosters.reading import parse_instance
from scheduling.matching.rosters.repair import POOLED, Repair, repair
from scheduling.matching.rosters.respond import respond
from scheduling.matching.rosters.search import Deadline, dive, generate, least_whole

WHOLE_WORK = 6_000_000_000
"""Most steps of pricing everybody once over the whole horizon; beyond it there is no linear program."""
WHOLE_ROWS = 700
"""Most shifts of days that a linear program prices while it stays quick."""
PART_DAYS = 28
DIVE_PART = 5
"""In each step of a dive one in so many of the free employees is fixed at least."""
NOTHING_YET = 1 << 62
PRICE_SHARE = 0.55
DIVE_SHARE = 0.85
TRIAL_SHARE, TRIAL_ROUNDS = 0.1, 8
"""Prices are given up when they got no further than so many rounds in this part of the time."""
FAR = 0.02
"""How far the linear program's cost may be above the bound, as a part of it, for dives to be worth it."""


SMALL = """
SECTION_HORIZON
7
SECTION_SHIFTS
D,480,
SECTION_STAFF
A,D=4,2400,960,5,2,1,1
B,D=7,2400,960,5,2,2,1
SECTION_COVER
0,D,1,100,1
3,D,2,100,1
"""
"""What is solved to compile the planner."""


class Phase(enum.StrEnum):
    """The parts of the work, in their order."""

    BUILD = "build"
    PRICE = "price"
    DIVE = "dive"
    IMPROVE = "improve"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RosterProgress:
    """How far the work is. `cost` is None until there is a roster."""

    phase: Phase
    share: float
    cost: int | None
    bound: int
    rounds: int


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class RosterSolution:
    """A roster that keeps every hard rule; no roster costs less than `bound`."""

    roster: Roster
    cost: int
    bound: int
    seconds: float

    @property
    def gap(self) -> float:
        """By how much the roster may be too dear, as a part of its cost."""
        return 0.0 if self.cost <= self.bound else (self.cost - self.bound) / max(1, abs(self.cost))


class _Work:
    """One run: the best roster so far, the best bound, and who is told of them."""

    def __init__(
        self,
        instance: Instance,
        seconds: float,
        progress: Callable[[RosterProgress], None] | None,
        should_stop: Callable[[], bool] | None,
        began: float | None,
    ) -> None:
        self.instance = instance
        self.started = time.perf_counter() if began is None else began
        self.seconds = seconds
        self.deadline = Deadline(at=self.started + seconds, should_stop=should_stop)
        self.progress = progress
        self.lock = threading.Lock()
        # No weight is negative, so no roster costs less than nothing.
        self.bound = float(-instance.constant)
        self.roster: Roster = np.zeros((0, 0), dtype=np.int16)
        self.cost = NOTHING_YET
        self.rounds = 0

    def tell(self, phase: Phase) -> None:
        if self.progress is not None:
            share = min(1.0, (time.perf_counter() - self.started) / self.seconds)
            bound = int(least_whole(self.bound)) + self.instance.constant
            self.progress(
                RosterProgress(
                    phase=phase,
                    share=share,
                    cost=None if self.cost == NOTHING_YET else self.cost,
                    bound=bound,
                    rounds=self.rounds,
                )
            )

    def take(self, roster: Roster) -> None:
        cost = self.instance.cost(roster)
        if cost <= self.cost:
            self.roster, self.cost = roster.copy(), cost

    @property
    def proven(self) -> bool:
        return least_whole(self.bound) + self.instance.constant >= self.cost


def solve_roster(
    instance: Instance,
    *,
    seconds: float,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[RosterProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    began: float | None = None,
) -> RosterSolution:
    """Return a roster that keeps every hard rule, with a bound that no roster can pass.

    The seconds count from `began`, a moment of `time.perf_counter`, when it is given.

    Raises NoPlanError when an employee has no plan that keeps their rules.
    """
    work = _Work(instance, seconds, progress, should_stop, began)
    with Planner(instance, threads=threads) as planner:
        work.take(first_roster(planner, work.deadline.sooner(0.1 * seconds)))
        work.tell(Phase.BUILD)
        chance = np.random.default_rng(seed)
        whole = _is_for_one_market(planner)
        state = Repair(
            planner=planner,
            roster=work.roster,
            cost=work.cost,
            price=np.zeros((instance.days, instance.shifts)),
            pool=[[] for _ in range(instance.employees)],
            window_days=instance.days if whole else PART_DAYS,
            seed=seed,
            target=-np.inf,
            on_part=lambda: None,
        )

        priced = whole and _solve_whole(work, state, chance)
        state.target = least_whole(work.bound) + instance.constant
        state.take(work.roster, work.cost)

        def on_part() -> None:
            with state.lock:
                work.roster, work.cost = state.roster, state.cost
                work.rounds = state.parts
            work.tell(Phase.IMPROVE)

        state.on_part = on_part
        if priced:
            repair(state, work.deadline)
            work.take(state.roster)
        else:
            _answer(work, state)
    work.tell(Phase.IMPROVE)
    return RosterSolution(
        roster=work.roster,
        cost=work.cost,
        bound=int(least_whole(work.bound)) + instance.constant,
        seconds=round(time.perf_counter() - work.started, 3),
    )


def _is_for_one_market(planner: Planner) -> bool:
    """Say whether one market can hold everybody and the whole horizon."""
    instance = planner.instance
    rows = int(((instance.under > 0) | (instance.over > 0)).sum())
    fits = part_days(planner) >= instance.days
    return fits and rows <= WHOLE_ROWS and _pricing_work(planner) <= WHOLE_WORK


def _pricing_work(planner: Planner) -> int:
    """Return about how many steps it takes to plan everybody once over the whole horizon."""
    frame = planner.frame
    shifts = (frame.max_shifts > 0).sum(axis=1)
    return sum(
        planner.table_cells(employee, frame.days) * (2 + int(shifts[employee]))
        for employee in range(planner.instance.employees)
    )


def _answer(work: _Work, state: Repair) -> None:
    """Run chains of answers for the rest of the time."""
    state.take(work.roster, work.cost)

    def on_chain() -> None:
        work.rounds = state.parts
        work.cost = min(work.cost, state.cost)
        work.tell(Phase.IMPROVE)

    respond(state, work.deadline, on_chain=on_chain)
    work.cost = NOTHING_YET
    work.take(state.roster)


def _solve_whole(work: _Work, state: Repair, chance: np.random.Generator) -> bool:
    """Price and dive with everybody over the whole horizon; say if the prices got near their end."""
    instance = work.instance
    everybody = np.arange(instance.employees)
    market = Market(state.planner, work.roster, everybody, 0, instance.days)

    limit = work.deadline.sooner(PRICE_SHARE * work.seconds)
    trial = time.perf_counter() + TRIAL_SHARE * work.seconds

    def on_round(_: float, bound: float) -> None:
        work.bound = max(work.bound, bound)
        work.rounds += 1
        work.tell(Phase.PRICE)
        if time.perf_counter() > trial and work.rounds < TRIAL_ROUNDS:
            limit.at = 0.0

    cost = generate(market, limit, most=2, on_round=on_round, enough=work.cost - instance.constant)
    work.bound = max(work.bound, market.bound)
    if cost - work.bound > FAR * abs(cost + instance.constant):
        return False
    _, price, pay, _ = market.solve()
    state.price = price
    _fill_pool(state, market, price, pay)
    limit = work.deadline.sooner(max(0.0, DIVE_SHARE * work.seconds - (time.perf_counter() - work.started)))
    part = DIVE_PART
    while not work.proven and limit.left > 0.0 and part <= 2 * DIVE_PART:
        chosen = dive(market, limit, rounds=20, part=part, chance=chance)
        work.take(_merge(work.roster, market, chosen))
        work.tell(Phase.DIVE)
        part *= 2
    return True


def _fill_pool(state: Repair, market: Market, price: Floats, pay: Floats) -> None:
    """Keep the plans of each employee that are cheapest at the prices."""
    spare = [
        market.costs[column]
        - float(price[plan_days := np.flatnonzero(plan >= 0), plan[plan_days]].sum())
        - pay[market.owner[column]]
        for column, plan in enumerate(market.plans)
    ]
    for column in np.argsort(spare, kind="stable"):
        pool = state.pool[market.employees[market.owner[column]]]
        if len(pool) < POOLED:
            pool.append(market.plans[column])


def _merge(roster: Roster, market: Market, chosen: list[int]) -> Roster:
    """Return the roster with the chosen plans in it."""
    merged = roster.copy()
    for place, column in enumerate(chosen):
        merged[market.employees[place], market.first : market.last] = market.plans[column]
    return merged


def warm() -> None:
    """Compile afresh what making rosters needs: the cache does not see a change in another file."""
    forget_compiled(best_plan)
    solve_roster(parse_instance(SMALL, name="small"), seconds=5.0)
