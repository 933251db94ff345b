"""Plans for many employees at once: the threads, their working memory, and what they learned."""

from __future__ import annotations

import dataclasses
import enum
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from scheduling.matching.rosters.frame import (
    INFINITE,
    TABLE_CELLS,
    Frame,
    Ints32,
    Scratch,
    make_frame,
    make_scratch,
)
from scheduling.matching.rosters.instance import Instance, Ints, Roster
from scheduling.matching.rosters.plans import plan_many


class Care(enum.IntEnum):
    """How much room a table gets for counting kinds of shift; what finds none is penalised instead.

    Quick is for prices that are wild still: counting what they lead astray would take all the time.
    """

    QUICK = 150_000
    CAREFUL = 1_000_000
    EXACT = 1 << 40


DAYS_A_WEEK = 7
BEGINNINGS = 5
"""Most plans of one employee in one round."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Plans:
    """For each employee asked for: `plans[k][:found[k]]` with their costs, and below `bound[k]` is nothing.

    Costs are in 1/scale and at the prices. `found` counts only plans below the wanted cost.
    """

    plans: NDArray[np.int16]
    cost: Ints
    bound: Ints
    found: Ints


class Planner:
    """Plans of any employees for any stretch of days at given prices. A context: its threads end with it."""

    def __init__(self, instance: Instance, *, threads: int, cells: int = TABLE_CELLS) -> None:
        self.instance = instance
        self.frame = make_frame(instance)
        self.threads = max(1, threads)
        self.cells = cells // max(2, self.threads)
        self.scratches: list[Scratch] = [make_scratch(self.frame, self.cells) for _ in range(self.threads)]
        self.learned = np.zeros((instance.employees, instance.shifts), dtype=np.int64)
        self.penalty = np.zeros((instance.employees, instance.shifts), dtype=np.int32)
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def table_cells(self, employee: int, days: int) -> int:
        """Return how many cells a table for so many days has at most, no kind of shift being counted."""
        frame = self.frame
        nodes = int(frame.min_off[employee] + frame.classes[employee] * frame.max_run[employee])
        longest = int(frame.length.max(initial=1))
        units = min(int(frame.max_units[employee]), days * longest) + 1 + longest
        weekends = min(int(frame.max_weekends[employee]), days // DAYS_A_WEEK + 1) + 2
        return (days + 2) * nodes * units * weekends

    def plan(
        self,
        roster: Roster,
        employees: Ints,
        first: int,
        last: int,
        price: Ints32,
        wanted: Ints,
        *,
        care: Care,
        most: int = BEGINNINGS,
        thread: int | None = None,
        frame: Frame | None = None,
    ) -> Plans:
        """Return plans cheaper than `wanted` at the prices, the rest of the roster staying as it is.

        With `thread` only that thread's memory is used, so that threads may call this side by side for
        employees that differ; otherwise all threads share the work. `frame` stands in for the instance's own
        when limits are to be tighter.
        """
        count = len(employees)
        out = np.zeros((count, most, last - first), dtype=np.int16)
        cost = np.full((count, most), INFINITE, dtype=np.int64)
        bound = np.zeros(count, dtype=np.int64)
        found = np.zeros(count, dtype=np.int64)
        room = min(care, self.cells)

        def work(number: int, part: slice) -> None:
            plan_many(
                frame or self.frame,
                self.scratches[number],
                employees[part],
                roster,
                first,
                last,
                price,
                self.learned,
                self.penalty,
                room,
                wanted[part],
                out[part],
                cost[part],
                bound[part],
                found[part],
            )

        if self._pool is None or thread is not None or count < 2:
            work(thread or 0, slice(0, count))
        else:
            edges = np.linspace(0, count, self.threads * 4 + 1).astype(int)
            parts = [slice(a, b) for a, b in pairwise(edges) if b > a]
            waiting = list(range(len(parts)))

            def drain(number: int) -> None:
                while waiting:
                    try:
                        place = waiting.pop()
                    except IndexError:
                        return
                    work(number, parts[place])

            list(self._pool.map(drain, range(self.threads)))
        return Plans(plans=out, cost=cost, bound=bound, found=found)
