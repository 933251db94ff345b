"""The threads that price plans, and the budget that says when to stop."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

import numpy as np

from scheduling.matching.layout import Layout
from scheduling.matching.plans import Frame, Scratch, make_frame, make_scratch
from scheduling.matching.units import Ints

T = TypeVar("T")


class Crew:
    """The compiled code's arrays, with one scratch a thread; a context, so that its threads end with it."""

    def __init__(self, layout: Layout, *, threads: int) -> None:
        self.layout = layout
        self.low: Frame = make_frame(layout, round_up=False)
        self.high: Frame = make_frame(layout, round_up=True)
        self.scratches: list[Scratch] = [make_scratch(layout) for _ in range(max(1, threads))]
        self.threads = len(self.scratches)
        self._pool = ThreadPoolExecutor(len(self.scratches)) if len(self.scratches) > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def part(self, agents: Ints, thread: int) -> Ints:
        """Return a thread's share of these agents, always laid out alike: every layout would be compiled
        anew.
        """
        return np.ascontiguousarray(agents[thread :: self.threads])

    def for_parts(self, parts: int, work: Callable[[int, Scratch], T]) -> list[T]:
        """Run `work(number of the part, a scratch of its own)` for every part, as many at once as there are
        threads.
        """
        while len(self.scratches) < parts:
            self.scratches.append(make_scratch(self.layout))
        if self._pool is None:
            return [work(part, self.scratches[part]) for part in range(parts)]
        return list(self._pool.map(work, range(parts), self.scratches))

    def each(self, work: Callable[[int, Scratch], T]) -> list[T]:
        """Run `work(number of the thread, its scratch)` on every thread and return the answers in order."""
        return self.for_parts(self.threads, work)


@dataclasses.dataclass(kw_only=True)
class Budget:
    """How much work one phase may do: seconds, or counted steps when the answer must not depend on the
    machine.

    `steps_done` is told by the phase; only this class looks at a clock.
    """

    seconds: float | None
    steps: int
    should_stop: Callable[[], bool] | None = None
    steps_done: int = 0
    started: float = dataclasses.field(default_factory=time.perf_counter)

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self.started

    @property
    def share(self) -> float:
        """The part of the budget that is used, from 0 to 1."""
        if self.stopped:
            return 1.0
        if self.seconds is not None:
            return min(1.0, self.elapsed / self.seconds) if self.seconds > 0 else 1.0
        return min(1.0, self.steps_done / self.steps) if self.steps > 0 else 1.0

    @property
    def overrun(self) -> bool:
        """True when there is a clock and its time is over; counted work is never cut short."""
        return self.seconds is not None and self.elapsed >= self.seconds

    @property
    def stopped(self) -> bool:
        """True when the caller wants to end at once."""
        return self.should_stop is not None and self.should_stop()
