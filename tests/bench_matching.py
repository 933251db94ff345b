"""Measures the matcher beside HiGHS and a greedy on the same seasons; the table goes to docs/benchmarks.md.

`make bench-matching` takes about nine minutes on two cores, `make bench-matching QUICK=1` about two.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import time
from multiprocessing.connection import Connection
from pathlib import Path

import click

from scheduling.matching.bench import SIZES
from scheduling.matching.checker import check, value_of
from scheduling.matching.generate import SeasonSize, generate_season
from scheduling.matching.greedy import solve_greedily
from scheduling.matching.problem import Problem
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve
from tests.scheduling.matching.oracle import best_value

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- bench-matching -->", "<!-- /bench-matching -->"
HIGHS_SECONDS = 30
TINY = {
    "tiny": SeasonSize(agents=14, projects=3, days=8, peak_seats=6),
    "little": SeasonSize(agents=60, projects=5, days=9, peak_seats=14),
}
QUICK = (("tiny", 5.0), ("little", 5.0), ("thousand", 10.0), ("demo", 10.0))
FULL = (
    *QUICK,
    ("demo-mixed", 10.0),
    ("loose", 20.0),
    ("tight", 30.0),
    ("two-hours", 20.0),
    ("eight-hours", 20.0),
    ("mixed", 30.0),
)
HEADING = (
    "season",
    "agents",
    "seats",
    "filled",
    "seconds",
    "value",
    "bound",
    "gap %",
    "MB",
    "greedy: short of the bound %",
    f"HiGHS, {HIGHS_SECONDS} s",
)


def _answer(problem: Problem, end: Connection) -> None:
    end.send(best_value(season_of(problem)))


def ask_highs(problem: Problem) -> str:
    """Return the best value and its seconds, or that there was none in time."""
    ours, theirs = multiprocessing.Pipe()
    started = time.perf_counter()
    child = multiprocessing.get_context("fork").Process(target=_answer, args=(problem, theirs))
    child.start()
    found = ours.poll(HIGHS_SECONDS)
    seconds = time.perf_counter() - started
    answer = f"{ours.recv():,} in {seconds:.1f} s" if found else "no answer, no bound"
    child.kill()
    child.join()
    return answer


def measure(name: str, seconds: float) -> tuple[str, ...]:
    """Return one row of the table. Raises RuntimeError for a plan that the checker refuses."""
    problem = generate_season({**SIZES, **TINY}[name], seed=1)
    solution = solve(problem, seconds=seconds, threads=os.cpu_count() or 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    season, pairs = season_of(problem), solution.pairs(problem)
    if check(season, pairs) or value_of(season, pairs) != solution.value:
        raise RuntimeError(f"{name}: the checker refuses the plan")
    _, _, greedy = solve_greedily(problem)
    return (
        name,
        f"{problem.agents:,}",
        f"{solution.seats:,}",
        f"{solution.filled:,}",
        f"{sum(solution.seconds.values()):.1f}",
        f"{solution.value:,}",
        f"{solution.bound:,}",
        f"{100 * solution.gap:.4f}",
        f"{peak:,}",
        f"{100 * (solution.bound - greedy) / solution.bound:.2f}",
        ask_highs(problem),
    )


def main() -> None:
    """Measure, print as it comes, and put the table between its marks."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="only the small seasons; nothing is written")
    quick = parser.parse_args().quick
    first = generate_season(TINY["tiny"], seed=2)
    solve(first, effort=3)
    solve_greedily(first)
    lines = [_line(HEADING), _line(("---",) * len(HEADING))]
    click.echo("\n".join(lines))
    for name, seconds in QUICK if quick else FULL:
        lines.append(_line(measure(name, seconds)))
        click.echo(lines[-1])
    if not quick:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{chr(10).join(lines)}\n{END}{after}", encoding="utf-8")


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
