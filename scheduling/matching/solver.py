"""Solves a matching problem within seconds, or within counted work.

The compiled code is loaded when it is first used, so that importing this module stays cheap.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from scheduling.matching.problem import Problem
from scheduling.matching.solution import Progress, Solution

DEFAULT_SECONDS = 20.0


def solve(
    problem: Problem,
    *,
    seconds: float | None = None,
    effort: int | None = None,
    gap: float | None = None,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Solution:
    """Return a plan that keeps every hard rule, with a bound that no plan can pass.

    `seconds` limits the solving (20 when neither limit is given). `effort` counts work instead - so many
    sweeps of prices and as many chains an agent, and a little more in tiny seasons - and then the same
    problem, seed and effort give the same plan on any machine, for any number of threads. `gap` (0.001 is a
    tenth of a percent) ends the search once it is proven. `should_stop` is asked often; once it says yes,
    what was found so far is returned. Raises ValueError for a limit that is not positive.
    """
    if seconds is not None and effort is not None:
        raise ValueError("give seconds or effort, not both")
    if seconds is not None and seconds <= 0:
        raise ValueError(f"seconds is {seconds}; it must be more than 0")
    if effort is not None and effort <= 0:
        raise ValueError(f"effort is {effort}; it must be more than 0")
    if threads < 1:
        raise ValueError(f"threads is {threads}; it must be at least 1")
    if seconds is None and effort is None:
        seconds = DEFAULT_SECONDS
    search = importlib.import_module("scheduling.matching.search")
    if seconds is not None:
        # Where nothing is compiled yet that takes a minute: the limit is for solving.
        search.load_compiled()
    solution: Solution = search.run(
        problem,
        seconds=seconds,
        effort=effort,
        gap=gap,
        seed=seed,
        threads=threads,
        progress=progress,
        should_stop=should_stop,
    )
    return solution


def warm() -> None:
    """Compile what solving needs, so that the first real problem does not wait for it."""
    importlib.import_module("scheduling.matching.search").warm()
