"""The command that makes rosters of the public employee-scheduling benchmark, or goes over one."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import click

from scheduling.commands import BEGAN
from scheduling.matching.faults import ProblemError
from scheduling.matching.rosters.base import NoPlanError
from scheduling.matching.rosters.evaluate import broken_rules, cost_of, read_roster, read_terms
from scheduling.matching.rosters.instance import Instance, Roster
from scheduling.matching.rosters.reading import read_instance
from scheduling.matching.rosters.solver import RosterProgress, solve_roster
from scheduling.progress import ProgressBar

FAULTS_SHOWN = 100
INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)


def read_or_exit(path: Path) -> Instance:
    """Read a benchmark file, or list its faults and leave with status 1."""
    try:
        return read_instance(path)
    except ProblemError as error:
        for fault in error.faults[:FAULTS_SHOWN]:
            click.echo(str(fault), err=True)
        count = len(error.faults)
        click.echo(f"{count} fault{'' if count == 1 else 's'}; nothing was written.", err=True)
        sys.exit(1)


def figures_of(step: RosterProgress) -> str:
    """Return the figures of a progress step as a line."""
    parts = [step.phase.value, f"{step.rounds} rounds"]
    if step.cost is not None:
        parts.append(f"cost {step.cost:,}")
    parts.append(f"bound {step.bound:,}")
    return ", ".join(parts)


def write_roster(path: Path, instance: Instance, roster: Roster) -> None:
    """Write one line an employee: the id, then one cell a day. The file appears whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            for employee_id, plan in zip(instance.employee_ids, roster, strict=True):
                cells = ["" if shift < 0 else instance.shift_ids[shift] for shift in plan]
                writer.writerow([employee_id, *cells])
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@click.command(name="curtois")
@click.argument("file", type=INPUT)
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the roster here."
)
@click.option("--check", "given", type=INPUT, help="Make none: go over this roster, rule by rule.")
def curtois(
    file: Path, seconds: float, seed: int, threads: int, output: Path | None, given: Path | None
) -> None:
    """Make a roster for FILE, an instance of the public employee-scheduling benchmark."""
    began = click.get_current_context().meta.get(BEGAN)
    instance = read_or_exit(file)
    if given is not None:
        _check(file, given)
        return
    with ProgressBar("curtois") as bar:
        try:
            solution = solve_roster(
                instance,
                seconds=seconds,
                seed=seed,
                threads=threads,
                began=began,
                progress=lambda step: bar.show(step.share, figures_of(step)),
            )
        except NoPlanError as error:
            raise click.ClickException(f"{file.name}: {error}") from error
    if output is not None:
        write_roster(output, instance, solution.roster)
    click.echo(
        f"cost {solution.cost:,}, no roster costs less than {solution.bound:,}: gap {solution.gap:.2%}\n"
        f"{solution.seconds:.1f} s"
    )


def _check(file: Path, given: Path) -> None:
    """Say what a roster costs, or which rules it breaks and leave with status 1."""
    terms, roster = read_terms(file), read_roster(given)
    broken = broken_rules(terms, roster)
    for line in broken[:FAULTS_SHOWN]:
        click.echo(line, err=True)
    if broken:
        click.echo(f"{len(broken)} broken rules")
        sys.exit(1)
    click.echo(f"cost {cost_of(terms, roster):,}, 0 broken rules")
