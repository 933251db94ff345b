"""Times the solver on made-up seasons of several sizes, every plan gone over by the checker.

`python -m scheduling.matching.bench` runs all of them for 20 seconds each.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence
from typing import Any

import click

from scheduling.matching.checker import check, value_of
from scheduling.matching.generate import MIXED, SeasonSize, generate_season
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve, warm

HALF_OPEN: dict[str, Any] = {
    "days": 20,
    "evenness": 0.85,
    "openness": 0.55,
    "certificates": 15,
    "week_hours": (12, 16, 20, 24, 32),
    "day_hours": (),
}
"""Twenty days, eight certificates each on average, and people who want half the seats again, or fewer."""
REAL: dict[str, Any] = {**HALF_OPEN, "agents": 18_000, "projects": 500, "peak_seats": 2_060}
TENS = tuple((start, 10) for start in range(8 * 60, 20 * 60, 10))
SIZES = {
    "demo": SeasonSize(),
    "demo-tight": SeasonSize(agents=700),
    "demo-mixed": SeasonSize(slots=MIXED),
    "season": SeasonSize(agents=18_000, projects=500, peak_seats=2_000),
    "thousand": SeasonSize(**{**HALF_OPEN, "agents": 1_000, "projects": 100, "peak_seats": 205}),
    "loose": SeasonSize(**REAL),
    "tight": SeasonSize(**{**REAL, "peak_seats": 3_600}),
    "two-hours": SeasonSize(**REAL, slots=tuple((hour * 60, 120) for hour in range(0, 24, 2))),
    "eight-hours": SeasonSize(**REAL, slots=tuple((hour * 60, 480) for hour in range(0, 24, 8))),
    "mixed": SeasonSize(**REAL, slots=MIXED),
    "ten-minutes": SeasonSize(**{**HALF_OPEN, "agents": 500, "days": 7}, projects=10, slots=TENS),
    "tenfold": SeasonSize(**{**REAL, "agents": 180_000, "peak_seats": 20_600}),
}
HEADING = (
    f"{'season':<12} {'agents':>7} {'seats':>8} {'sweeps':>7} {'chains':>10} {'seconds':>8} {'value':>12} "
    f"{'bound':>12} {'gap %':>7} {'filled':>8} {'MB':>6} faults"
)


def run_bench(names: Sequence[str], *, seconds: float, threads: int, seed: int = 1) -> Iterator[str]:
    """Yield the lines of the table; MB is the most the process has held so far."""
    warm()
    yield HEADING
    for name in names:
        problem = generate_season(SIZES[name], seed=seed)
        solution = solve(problem, seconds=seconds, threads=threads)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        season, pairs = season_of(problem), solution.pairs(problem)
        faults = len(check(season, pairs)) + (value_of(season, pairs) != solution.value)
        yield (
            f"{name:<12} {problem.agents:>7,} {solution.seats:>8,} {solution.sweeps:>7,} "
            f"{solution.chains:>10,} {sum(solution.seconds.values()):>8.1f} "
            f"{solution.value:>12,} {solution.bound:>12,} "
            f"{100 * solution.gap:>7.4f} {solution.filled:>8,} {peak:>6,} {faults}"
        )


def main() -> None:
    """Run every size for 20 seconds."""
    for line in run_bench(tuple(SIZES), seconds=20.0, threads=1):
        click.echo(line)


if __name__ == "__main__":
    main()
