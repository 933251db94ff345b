"""Commands for matching from files: match, check, generate, bench, warm."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from scheduling.matching.bench import SIZES, run_bench
from scheduling.matching.checker import check, value_of
from scheduling.matching.files import find_obstacle_to_writing, read_problem, write_answer, write_problem
from scheduling.matching.generate import SeasonSize, generate_season
from scheduling.matching.plan_files import PlanFileError, compare_report, read_plan, read_season
from scheduling.matching.problem import Problem, ProblemError
from scheduling.matching.report import Report, build_report, warm_report
from scheduling.matching.rosters.solver import warm as warm_rosters
from scheduling.matching.solution import Progress
from scheduling.matching.solver import DEFAULT_SECONDS, solve
from scheduling.matching.solver import warm as compile_solver
from scheduling.progress import ProgressBar

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FAULTS_SHOWN = 100
INTERRUPTED = 130
LONGEST_SECONDS = 7 * 24 * 3600


class Amount(click.FloatRange):
    """A number within a range that is a number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Refuse what is not finite too."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Note a first Ctrl-C and raise KeyboardInterrupt at the end: inside the compiler it would be lost.

    A second one raises at once. Yields a function that says whether there was one.
    """
    noted: list[int] = []

    def note(number: int, _: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(noted)
    finally:
        signal.signal(signal.SIGINT, before)
    if noted:
        raise KeyboardInterrupt


def read_or_exit(folder: Path) -> Problem:
    """Read a problem, or list its faults and leave with status 1."""
    try:
        return read_problem(folder)
    except ProblemError as error:
        for fault in error.faults[:FAULTS_SHOWN]:
            click.echo(str(fault), err=True)
        plural = "" if error.count == 1 else "s"
        click.echo(f"{error.count:,} fault{plural}; nothing was written.", err=True)
        sys.exit(1)


def figures_of(step: Progress) -> str:
    """Return the figures of a progress step as a line."""
    parts = [step.phase.value, f"{step.sweeps} sweeps"]
    if step.bound is not None:
        parts.append(f"bound {step.bound:,}")
    if step.value is not None and step.gap is not None:
        parts += [f"value {step.value:,}", f"gap {step.gap:.4%}", f"{step.filled:,}/{step.seats:,} seats"]
    return ", ".join(parts)


def peak_megabytes() -> int:
    """Return the most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 if sys.platform != "darwin" else 1024 * 1024)


@click.command(name="match")
@click.argument("folder", type=FOLDER)
@click.option(
    "--seconds",
    type=Amount(min=0, max=LONGEST_SECONDS, min_open=True),
    help=f"Seconds to solve, without reading and writing the files.  [default: {DEFAULT_SECONDS:g}]",
)
@click.option(
    "--effort",
    type=click.IntRange(min=1, max=10**6),
    help="Work to do instead of seconds: so many sweeps of prices, and as many chains an agent. The same "
    "files, seed and effort give the same assignment.csv on any machine, with any number of threads.",
)
@click.option(
    "--gap",
    type=Amount(min=0, max=100),
    help="Stop once the plan is proven to be within this many percent of the best (0.04 is 0.04 %). "
    "The gap in report.json is a fraction: (bound - value) / bound.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**63 - 1),
    default=0,
    show_default=True,
    help="Another seed, another search.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1, max=256),
    default=processors,
    show_default="one for each processor",
    help="Threads that solve.",
)
def match(
    folder: Path, seconds: float | None, effort: int | None, gap: float | None, seed: int, threads: int
) -> None:
    """Staff the seats described in FOLDER; write assignment.csv and report.json there.

    FOLDER has agents.csv (agent_id, max_week_minutes, max_stretch_minutes, min_rest_minutes,
    max_consecutive_days), certifications.csv (agent_id, project_id, score), availability.csv (agent_id,
    start, end, preference) and demand.csv (demand_id, project_id, start, end, seats, value). Times are local,
    like 2026-11-11T20:00; all else is ids and whole numbers. agents.csv may also have max_day_minutes,
    min_consecutive_days, min_days_off and max_weekends; blocks.csv and pinned.csv may be there:
    docs/matching-files.md has all of it. Faults in the files are listed with their lines, nothing is written
    then, and the status is 1.
    """
    if seconds is not None and effort is not None:
        raise click.UsageError("Give --seconds or --effort, not both.")
    obstacle = find_obstacle_to_writing(folder)
    if obstacle is not None:
        raise click.ClickException(f"{obstacle}; nothing was solved.")
    try:
        started = time.perf_counter()
        problem = read_or_exit(folder)
        read_seconds = time.perf_counter() - started
        with interruptible() as is_interrupted, ProgressBar("match") as bar:
            solution = solve(
                problem,
                should_stop=is_interrupted,
                seconds=seconds,
                effort=effort,
                gap=None if gap is None else gap / 100,
                seed=seed,
                threads=threads,
                progress=lambda step: bar.show(step.share, figures_of(step)),
            )
        report = build_report(problem, solution, peak_mb=peak_megabytes())
        plain = report.as_json()
        plain["seconds"] = {"read": round(read_seconds, 3), **plain["seconds"]}
        write_answer(folder, solution.pairs(problem), plain)
    except KeyboardInterrupt:
        click.echo("Interrupted; nothing was written.", err=True)
        sys.exit(INTERRUPTED)
    except OSError as error:
        raise click.ClickException(
            f"The plan could not be written to {folder} ({error.strerror}); what was there is unchanged."
        ) from error
    except MemoryError as error:
        raise click.ClickException("There is not enough memory; nothing was written.") from error
    click.echo(_summary(report))


def _summary(report: Report) -> str:
    lines = [
        f"{report.filled:,} of {report.seats:,} seats filled",
        f"value {report.value:,}, no plan is worth more than {report.bound:,}: gap {report.gap:.4%}",
        f"{sum(report.seconds.values()):.1f} s, {report.peak_mb} MB",
    ]
    lines += [
        f"{seats:,} empty: {cause.value.replace('_', ' ')}"
        for cause, seats in report.seats_by_cause().items()
    ]
    return "\n".join(lines)


@click.command(name="check")
@click.argument("folder", type=FOLDER)
def check_plan(folder: Path) -> None:
    """Go over assignment.csv in FOLDER against every hard rule, and report.json against its worth.

    Leaves with status 1 when a rule is broken or a figure is wrong.
    """
    read_or_exit(folder)
    try:
        plan = read_plan(folder / "assignment.csv")
        season = read_season(folder)
        violations = check(season, plan.pairs)
        value = value_of(season, plan.pairs)
        wrong = compare_report(
            folder / "report.json",
            value=value,
            filled=len(plan.pairs),
            seats=sum(shift.seats for shift in season.shifts.values()),
        )
    except PlanFileError as error:
        raise click.ClickException(str(error)) from error
    for line in [*wrong, *map(plan.describe, violations)][:FAULTS_SHOWN]:
        click.echo(line, err=True)
    click.echo(f"{len(plan.pairs):,} seats filled, value {value:,}, {len(violations)} broken rules")
    for rule, count in Counter(violation.rule for violation in violations).items():
        click.echo(f"  {count:,} x {rule}")
    if not (folder / "report.json").exists():
        click.echo("There is no report.json: value and bound were not compared.")
    elif not wrong:
        click.echo("report.json agrees: the value is right and not above the bound.")
    if violations or wrong:
        sys.exit(1)


@click.command(name="generate")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--agents", type=click.IntRange(min=1), default=1_800, show_default=True)
@click.option("--projects", type=click.IntRange(min=1), default=60, show_default=True)
@click.option("--days", type=click.IntRange(min=1), default=18, show_default=True)
@click.option("--peak-seats", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--day-rules", is_flag=True, help="Many want days in a row, days off in a row, weekends off.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
def generate(
    folder: Path, agents: int, projects: int, days: int, peak_seats: int, day_rules: bool, seed: int
) -> None:
    """Write a made-up season to FOLDER."""
    size = SeasonSize(agents=agents, projects=projects, days=days, peak_seats=peak_seats, day_rules=day_rules)
    problem = generate_season(size, seed=seed)
    write_problem(folder, problem)
    click.echo(
        f"{problem.agents:,} agents, {problem.rows:,} demand rows, {problem.seats:,} seats in {folder}"
    )


@click.command(name="bench")
@click.option("--size", "sizes", type=click.Choice(sorted(SIZES)), multiple=True, help="All when not given.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), default=20.0, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
def bench(sizes: tuple[str, ...], seconds: float, threads: int) -> None:
    """Solve made-up seasons of several sizes and print what came out."""
    for line in run_bench(sizes or tuple(SIZES), seconds=seconds, threads=threads):
        click.echo(line)


@click.command(name="warm")
def warm() -> None:
    """Compile the matcher."""
    compile_solver()
    warm_report()
    warm_rosters()
    click.echo("The matcher is compiled.")
