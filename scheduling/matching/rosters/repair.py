"""Makes parts of a roster anew: a few employees, aimed at a shift that is missed, in a market of their own.

A part is only dived into when its bound says that it can be better. Where dives do not find it, an integer
program over the plans offered is asked. What is not dearer is kept, so that the search can drift.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from scheduling.matching.rosters.instance import Instance, Ints, Roster
from scheduling.matching.rosters.market import Floats, Market
from scheduling.matching.rosters.planner import Planner
from scheduling.matching.rosters.search import ANY_PAY, Deadline, choose, dive, generate, least_whole

SMALLEST, FIRST_SIZE = 4, 10
PART_SECONDS = 6.0
PROGRAM_SECONDS = 2.0
PROGRAM_PLANS = 1_500
AIMED = 0.75
"""Chance that a part is aimed at a missed shift; the others are drawn."""
POOLED = 12


@dataclasses.dataclass(kw_only=True)
class Repair:
    """What the threads share: the roster, and for each part of the horizon prices to begin with."""

    planner: Planner
    roster: Roster
    cost: int
    price: Floats
    pool: list[list[np.ndarray]]
    window_days: int
    seed: int
    target: float
    on_part: Callable[[], None]
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)
    parts: int = 0
    size: float = FIRST_SIZE
    busy: set[int] = dataclasses.field(default_factory=set)
    load: Ints = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.load = self.instance.loads(self.roster)

    def take(self, roster: Roster, cost: int) -> None:
        """Go on from this roster."""
        self.roster, self.cost, self.load = roster, cost, self.instance.loads(roster)

    @property
    def instance(self) -> Instance:
        return self.planner.instance


def repair(state: Repair, deadline: Deadline) -> None:
    """Make parts anew on every thread until the deadline, or until the roster costs the target."""
    threads = min(state.planner.threads, state.instance.employees)
    if threads == 1:
        _work(state, deadline, 0)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda number: _work(state, deadline, number), range(threads)))


def _work(state: Repair, deadline: Deadline, thread: int) -> None:
    chance = np.random.default_rng([state.seed, thread])
    while deadline.left > 0.0 and state.cost > state.target:
        with state.lock:
            employees, first, last = draw_part(state, chance)
            state.busy.update(int(k) for k in employees)
            roster = state.roster.copy()
        try:
            _renew(state, roster, employees, first, last, deadline, thread, chance)
        finally:
            with state.lock:
                state.busy.difference_update(int(k) for k in employees)
        if thread == 0:
            state.on_part()


def draw_part(state: Repair, chance: np.random.Generator) -> tuple[Ints, int, int]:
    """Return some employees whom no other thread holds, and a stretch of days around a missed shift."""
    instance = state.instance
    weeks = -(-instance.days // 7)
    window = min(weeks, state.window_days // 7)
    free = np.array([k for k in range(instance.employees) if k not in state.busy], dtype=np.int64)
    # Nobody may take so many that another thread finds none.
    most = max(1, instance.employees // state.planner.threads)
    size = int(np.clip(round(state.size * chance.uniform(0.6, 1.4)), min(SMALLEST, most), most))
    short = instance.need - instance.loads(state.roster)
    missed = instance.under * np.maximum(short, 0) + instance.over * np.maximum(-short, 0)
    start = int(chance.integers(0, weeks - window + 1)) * 7
    weight = chance.random(len(free))
    if missed.any() and chance.random() < AIMED:
        cell = int(chance.choice(missed.size, p=missed.ravel() / missed.sum()))
        day, shift = divmod(cell, instance.shifts)
        able = (instance.max_shifts[free, shift] > 0) & ~instance.day_off[free, day]
        weight += 0.6 * able
        start = 7 * int(np.clip(day // 7 - chance.integers(0, window), 0, weeks - window))
    chosen = np.sort(free[np.argsort(-weight)[:size]])
    return chosen, start, min(instance.days, start + 7 * window)


def _renew(
    state: Repair,
    roster: Roster,
    employees: Ints,
    first: int,
    last: int,
    deadline: Deadline,
    thread: int,
    chance: np.random.Generator,
) -> None:
    """Plan these employees anew for a stretch of days, and keep what is not dearer."""
    market = Market(state.planner, roster, employees, first, last, thread=thread)
    people = len(employees)
    now = list(range(people))
    cost = market.cost_of(now)
    limit = deadline.sooner(PART_SECONDS)
    if last - first == state.instance.days:
        market.offer([(place, plan) for place, who in enumerate(employees) for plan in state.pool[who]])
    market.price_out(state.price[first:last], np.full(people, ANY_PAY), care=market.care, most=2)
    generate(market, limit, most=2, cares=(market.care,), enough=cost)
    gain = cost - least_whole(market.bound)
    best: list[int] | None = None
    if gain > 0 and limit.left > 0.0:
        best = dive(market, limit, rounds=15, part=8, chance=chance)
        if market.cost_of(best) > cost:
            best = None
        reached = cost if best is None else market.cost_of(best)
        if reached > least_whole(market.bound) and len(market.owner) <= PROGRAM_PLANS and limit.left > 0.0:
            start = now if best is None else best
            better = choose(market, list(range(len(market.owner))), start, min(PROGRAM_SECONDS, limit.left))
            best = best if better is None else better
    with state.lock:
        state.parts += 1
        slow = limit.left <= 0.0
        state.size = float(np.clip(state.size * (0.8 if slow else 1.05), SMALLEST, state.instance.employees))
        if best is not None:
            _keep(state, market, best)


def _keep(state: Repair, market: Market, chosen: list[int]) -> None:
    """Put the new plans into the shared roster unless that makes it dearer."""
    candidate = state.roster.copy()
    for place, column in enumerate(chosen):
        candidate[market.employees[place], market.first : market.last] = market.plans[column]
    cost = state.instance.cost(candidate)
    if cost <= state.cost:
        state.take(candidate, cost)
