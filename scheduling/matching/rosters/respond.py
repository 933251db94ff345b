"""Chains of answers: one employee after the other plans best at what each shift of a day is worth just now.

Without a linear program, so it works at any size. What a shift is worth to the one who plans is exact: what
it costs that it is missed, or that one more works it, as everybody else's plans stand. A chain begins with
somebody who takes a missed shift at any price; those whom others can stand in for follow, a few steps deep.
It is kept when the roster is not dearer for it, or only by as much as the heat allows, which falls to
nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from scheduling.matching.rosters.instance import Instance, Ints, Roster
from scheduling.matching.rosters.planner import Care
from scheduling.matching.rosters.repair import Repair
from scheduling.matching.rosters.search import Deadline

DEPTH = 6
WINDOW_DAYS = 28
ANY = np.full(1, 1 << 28, dtype=np.int64)
BAIT = 3
"""By what factor the missed shift is dearer to the first of a chain than it is."""
AIMED = 0.85
HEAT = 0.02
"""The heat at first, as a part of the dearest shift that is missed."""
BLURS = (0.05, 0.5, 2.0)
"""How far prices are off at random, in units of cost, so that no two answers are alike."""


def respond(state: Repair, deadline: Deadline, *, on_chain: Callable[[], None] | None = None) -> None:
    """Run chains on every thread until the deadline, or until the roster costs the target.

    `state` ends with the cheapest roster that was found.
    """
    threads = max(1, min(state.planner.threads, state.instance.employees // 2))
    best = _Best(state)
    whole = deadline.left

    def work(thread: int) -> None:
        chance = np.random.default_rng([state.seed, thread, state.parts])
        while (left := deadline.left) > 0.0 and best.cost > state.target:
            heat = HEAT * float(state.instance.under.max(initial=0)) * (left / whole) ** 2
            _Chain(state, thread, chance).run(heat)
            with state.lock:
                best.note(state)
            if thread == 0 and on_chain is not None:
                on_chain()

    if threads == 1:
        work(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))
    state.take(best.roster, best.cost)


class _Best:
    """The cheapest roster so far: chains may leave a dearer one behind."""

    def __init__(self, state: Repair) -> None:
        self.roster, self.cost = state.roster.copy(), state.cost

    def note(self, state: Repair) -> None:
        if state.cost < self.cost:
            self.roster, self.cost = state.roster.copy(), state.cost


def take_away(instance: Instance, load: Ints, plan: Roster, first: int) -> int:
    """Take a plan for days from `first` on out of the loads; return by how much cover gets dearer."""
    days = np.flatnonzero(plan >= 0)
    at = (first + days, plan[days])
    change = np.where(load[at] <= instance.need[at], instance.under[at], -instance.over[at]).sum()
    load[at] -= 1
    return int(change)


def put_in(instance: Instance, load: Ints, plan: Roster, first: int) -> int:
    """Put a plan into the loads; return by how much cover gets dearer."""
    days = np.flatnonzero(plan >= 0)
    at = (first + days, plan[days])
    change = np.where(load[at] < instance.need[at], -instance.under[at], instance.over[at]).sum()
    load[at] += 1
    return int(change)


def wish_cost(instance: Instance, employee: int, plan: Roster, first: int) -> int:
    """Return what a plan costs in wishes."""
    days = np.flatnonzero(plan >= 0)
    return int(instance.request_cost[employee, first + days, plan[days]].sum())


class _Chain:
    """One chain on a copy of the roster."""

    def __init__(self, state: Repair, thread: int, chance: np.random.Generator) -> None:
        self.state, self.thread, self.chance = state, thread, chance
        self.instance = state.instance
        with state.lock:
            self.roster, self.load = state.roster.copy(), state.load.copy()
            self.busy = set(state.busy)
        self.touched: list[int] = []
        self.cost = 0
        self.blur = float(chance.choice(BLURS))

    def run(self, heat: float) -> None:
        try:
            self._run()
            with self.state.lock:
                self._keep(heat)
        finally:
            with self.state.lock:
                self.state.busy.difference_update(self.touched)

    def _run(self) -> None:
        instance, chance = self.instance, self.chance
        day, shift, bait = self._aim()
        self.first, self.last = self._window(day)
        for _ in range(DEPTH):
            who = self._draw(day, shift)
            if who is None:
                return
            before = self.load[self.first : self.last].copy()
            if not self._replan(who, day, shift, bait):
                return
            if self.cost < 0 or (bait == 0.0 and self.cost <= 0):
                return
            bait = 0.0
            window = slice(self.first, self.last)
            after = self.load[window]
            lost = (after < before) & (after < instance.need[window])
            weight = np.where(lost, instance.under[window], 0).ravel()
            if not weight.any():
                return
            cell = int(chance.choice(weight.size, p=weight / weight.sum()))
            day, shift = divmod(cell, instance.shifts)
            day += self.first

    def _aim(self) -> tuple[int, int, float]:
        """Return a missed day and shift with what to bait it with, or any day without."""
        instance, chance = self.instance, self.chance
        missed = (instance.under * np.maximum(instance.need - self.load, 0)).ravel()
        if missed.any() and chance.random() < AIMED:
            total = np.cumsum(missed)
            cell = int(np.searchsorted(total, chance.random() * total[-1], side="right"))
            day, shift = divmod(min(cell, missed.size - 1), instance.shifts)
            return day, shift, BAIT * float(instance.under[day, shift])
        return int(chance.integers(instance.days)), -1, 0.0

    def _window(self, day: int) -> tuple[int, int]:
        days = self.instance.days
        if days <= WINDOW_DAYS:
            return 0, days
        # From a Monday on: a weekend counts once, so it may not lie half in a window.
        weeks, window = -(-days // 7), WINDOW_DAYS // 7
        first = 7 * int(np.clip(day // 7 - self.chance.integers(0, window), 0, weeks - window))
        return first, min(days, first + WINDOW_DAYS)

    def _draw(self, day: int, shift: int) -> int | None:
        """Return somebody free who may work the shift and does not, and hold them."""
        instance = self.instance
        able = np.ones(instance.employees, dtype=np.bool_)
        if shift >= 0:
            able = (instance.max_shifts[:, shift] > 0) & ~instance.day_off[:, day]
            able &= self.roster[:, day] != shift
        able[list(self.busy)] = False
        able[self.touched] = False
        choices = np.flatnonzero(able)
        with self.state.lock:
            for who in self.chance.permutation(choices)[:4].tolist():
                if who not in self.state.busy:
                    self.state.busy.add(who)
                    self.touched.append(who)
                    return int(who)
        return None

    def _replan(self, who: int, day: int, shift: int, bait: float) -> bool:
        """Let somebody answer; say if they found a plan at all."""
        state, instance = self.state, self.instance
        first, last = self.first, self.last
        with state.lock:
            # Somebody else may have planned them between the copy and the hold.
            if (state.roster[who] != self.roster[who]).any():
                return False
        old = self.roster[who, first:last].copy()
        change = take_away(instance, self.load, old, first) - wish_cost(instance, who, old, first)
        window = slice(first, last)
        missed = self.load[window] < instance.need[window]
        worth = np.where(missed, instance.under[window], -instance.over[window])
        worth = worth + self.blur * self.chance.standard_normal(worth.shape)
        if shift >= 0:
            worth[day - first, shift] += bait
        price = np.zeros((instance.days, instance.shifts), dtype=np.int32)
        price[window] = np.rint(worth * state.planner.frame.scale)
        found = state.planner.plan(
            self.roster, np.array([who]), first, last, price, ANY, care=Care.QUICK, most=1, thread=self.thread
        )
        new = found.plans[0, 0] if found.found[0] else old
        change += put_in(instance, self.load, new, first) + wish_cost(instance, who, new, first)
        self.roster[who, first:last] = new
        self.cost += change
        return bool(found.found[0])

    def _keep(self, heat: float) -> None:
        """Put the chain's plans into the shared roster unless that makes it too dear. Holds the lock."""
        state, instance = self.state, self.instance
        if not self.touched:
            return
        state.parts += 1
        load = state.load.copy()
        change = 0
        for who in self.touched:
            for plan, step, sign in ((state.roster[who], take_away, -1), (self.roster[who], put_in, 1)):
                change += step(instance, load, plan, 0) + sign * wish_cost(instance, who, plan, 0)
        if change <= -heat * math.log(1.0 - self.chance.random()):
            roster = state.roster.copy()
            roster[self.touched] = self.roster[self.touched]
            state.roster, state.load, state.cost = roster, load, state.cost + change
