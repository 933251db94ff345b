"""Commands for matching from files: match, check, generate, bench, warm."""

from __future__ import annotations

import resource
import sys
from collections import Counter
from pathlib import Path

import click

from scheduling.matching.bench import SIZES, run_bench
from scheduling.matching.checker import check, read_pairs, read_season, value_of
from scheduling.matching.files import read_problem, write_assignment, write_problem, write_report
from scheduling.matching.generate import SeasonSize, generate_season
from scheduling.matching.problem import Problem, ProblemError
from scheduling.matching.report import Report, build_report
from scheduling.matching.solution import Progress
from scheduling.matching.solver import solve
from scheduling.matching.solver import warm as compile_solver
from scheduling.progress import ProgressBar

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FAULTS_SHOWN = 100


def read_or_exit(folder: Path) -> Problem:
    """Read a problem, or list its faults and leave with status 1."""
    try:
        return read_problem(folder)
    except ProblemError as error:
        for fault in error.faults[:FAULTS_SHOWN]:
            click.echo(str(fault), err=True)
        count = len(error.faults)
        click.echo(f"{count} fault{'' if count == 1 else 's'}; nothing was written.", err=True)
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
    "--seconds", type=click.FloatRange(min=0, min_open=True), help="Time to solve; 20 if not given."
)
@click.option(
    "--effort", type=click.IntRange(min=1), help="Work to do instead: the same answer on any machine."
)
@click.option("--gap", type=click.FloatRange(min=0), help="Stop at this gap, in percent.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
def match(
    folder: Path, seconds: float | None, effort: int | None, gap: float | None, seed: int, threads: int
) -> None:
    """Staff the seats described in FOLDER; write assignment.csv and report.json there."""
    if seconds is not None and effort is not None:
        raise click.UsageError("Give --seconds or --effort, not both.")
    problem = read_or_exit(folder)
    with ProgressBar("match") as bar:
        solution = solve(
            problem,
            seconds=seconds,
            effort=effort,
            gap=None if gap is None else gap / 100,
            seed=seed,
            threads=threads,
            progress=lambda step: bar.show(step.share, figures_of(step)),
        )
    report = build_report(problem, solution, peak_mb=peak_megabytes())
    write_assignment(folder / "assignment.csv", solution.pairs(problem))
    write_report(folder / "report.json", report.as_json())
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
    """Go over assignment.csv in FOLDER against every hard rule; leave with status 1 when one is broken."""
    read_or_exit(folder)
    path = folder / "assignment.csv"
    if not path.exists():
        raise click.ClickException(
            f"There is no assignment.csv in {folder}; run `zuoxi scheduling match` first."
        )
    season, pairs = read_season(folder), read_pairs(path)
    violations = check(season, pairs)
    for violation in violations[:FAULTS_SHOWN]:
        rows = ", ".join(violation.demand_ids)
        click.echo(
            f"{violation.rule}: {violation.agent_id or ''} {rows} {violation.detail}".rstrip(), err=True
        )
    click.echo(
        f"{len(pairs):,} seats filled, value {value_of(season, pairs):,}, {len(violations)} broken rules"
    )
    for rule, count in Counter(violation.rule for violation in violations).items():
        click.echo(f"  {count:,} x {rule}")
    if violations:
        sys.exit(1)


@click.command(name="generate")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--agents", type=click.IntRange(min=1), default=1_800, show_default=True)
@click.option("--projects", type=click.IntRange(min=1), default=60, show_default=True)
@click.option("--days", type=click.IntRange(min=1), default=18, show_default=True)
@click.option("--peak-seats", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
def generate(folder: Path, agents: int, projects: int, days: int, peak_seats: int, seed: int) -> None:
    """Write a made-up season to FOLDER."""
    size = SeasonSize(agents=agents, projects=projects, days=days, peak_seats=peak_seats)
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
    click.echo("The matcher is compiled.")
