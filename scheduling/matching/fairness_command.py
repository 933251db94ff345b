"""The command `scheduling fairness`: who gets the hours of a plan, by group."""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np

from scheduling.matching.commands import FAULTS_SHOWN, FOLDER, read_or_exit
from scheduling.matching.fairness import (
    LEAST_PEOPLE,
    GroupShare,
    Minutes,
    Sums,
    add_up,
    count_minutes,
    share_by_group,
)
from scheduling.matching.faults import Fault
from scheduling.matching.problem import Ints, Problem


@click.command(name="fairness")
@click.argument("folder", type=FOLDER)
@click.option(
    "--people", type=click.Path(dir_okay=False, path_type=Path), help="Also write everybody's hours to a CSV."
)
def fairness(folder: Path, people: Path | None) -> None:
    """Compare hours wished, workable and given in FOLDER's assignment.csv.

    groups.csv in FOLDER (agent_id, kind, group; the file may be missing) names groups to compare; somebody
    may be in several. Groups of fewer than five people are not shown.
    """
    problem = read_or_exit(folder)
    path = folder / "assignment.csv"
    if not path.exists():
        raise click.ClickException(
            f"There is no assignment.csv in {folder}; run `zuoxi scheduling match` first."
        )
    faults: list[Fault] = []
    plan = _read_plan(path, problem, faults)
    groups = _read_groups(folder / "groups.csv", problem, faults)
    if faults:
        for fault in faults[:FAULTS_SHOWN]:
            click.echo(str(fault), err=True)
        click.echo(f"{len(faults)} fault{'' if len(faults) == 1 else 's'}; nothing was written.", err=True)
        sys.exit(1)
    minutes = count_minutes(problem, agent=plan[0], demand=plan[1])
    click.echo(
        f"{'':<32}{'people':>8}{'wished h':>12}{'workable h':>12}{'given h':>12}{'share':>8}{'expected':>10}"
    )

    click.echo(_line("everybody", add_up(minutes)))
    for row in share_by_group(minutes, groups):
        click.echo(_group_line(row))
    click.echo("Expected is the share of people whose certificates open as many seats.")
    if people is not None:
        _write_people(people, problem, minutes)
        click.echo(f"Everybody's hours are in {people}.")


def _read_plan(path: Path, problem: Problem, faults: list[Fault]) -> tuple[Ints, Ints]:
    """Read who works which demand row, by position, or note every fault."""
    agents = {name: place for place, name in enumerate(problem.agent_ids)}
    rows = {name: place for place, name in enumerate(problem.demand_ids)}
    found = []
    for line, (agent, row) in _read_rows(path, ("agent_id", "demand_id"), faults):
        if agent in agents and row in rows:
            found.append((agents[agent], rows[row]))
        else:
            message = f'has "{agent}" on "{row}", which the input files do not know; match again'
            faults.append(Fault(table=path.name, line=line, message=message))
    agent_places, row_places = np.array(found, dtype=np.int64).reshape(-1, 2).T
    return agent_places, row_places


def _read_groups(path: Path, problem: Problem, faults: list[Fault]) -> dict[tuple[str, str], list[int]]:
    """Read who is in which group of which kind, or note every fault."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    if not path.exists():
        return groups
    agents = {name: place for place, name in enumerate(problem.agent_ids)}
    seen: set[tuple[str, ...]] = set()
    for line, cells in _read_rows(path, ("agent_id", "kind", "group"), faults):
        agent, kind, group = cells
        if agent not in agents:
            message = f'agent_id "{agent}" is not in agents.csv; add it there or take this line out'
            faults.append(Fault(table=path.name, line=line, message=message))
        elif cells in seen:
            message = f'puts "{agent}" into {kind} "{group}" a second time; take one line out'
            faults.append(Fault(table=path.name, line=line, message=message))
        else:
            seen.add(cells)
            groups[kind, group].append(agents[agent])
    return groups


def _read_rows(
    path: Path, columns: Sequence[str], faults: list[Fault]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line and cells of each row that has them all; note what is missing."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                message = f"has no column {', '.join(missing)}; the heading must name {', '.join(columns)}"
                faults.append(Fault(table=path.name, line=1, message=message))
                return
            for row in reader:
                cells = tuple((row[name] or "").strip() for name in columns)
                if all(cells):
                    yield reader.line_num, cells
                else:
                    message = f"{columns[cells.index('')]} is empty; write it or take the line out"
                    faults.append(Fault(table=path.name, line=reader.line_num, message=message))
    except UnicodeDecodeError as error:
        faults.append(Fault(table=path.name, line=None, message=f"is not UTF-8 ({error.reason}); save it so"))


def _line(name: str, sums: Sums) -> str:
    share = "-" if sums.share is None else f"{sums.share:.1%}"
    hours = "".join(f"{minutes / 60:>12,.1f}" for minutes in (sums.wished, sums.workable, sums.given))
    expected = "-" if sums.expected_share is None else f"{sums.expected_share:.1%}"
    return f"{name:<32}{sums.people:>8,}{hours}{share:>8}{expected:>10}"


def _group_line(row: GroupShare) -> str:
    name = f"{row.kind}: {row.group}"
    if row.sums is not None:
        return _line(name, row.sums)
    return f"{name:<32}{'hidden':>8}  (it or another group has fewer than {LEAST_PEOPLE} people)"


def _write_people(path: Path, problem: Problem, minutes: Minutes) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ("agent_id", "wished_minutes", "workable_minutes", "given_minutes", "expected_minutes")
        )
        columns = (
            one.tolist() for one in (minutes.wished, minutes.workable, minutes.given, minutes.expected)
        )
        writer.writerows(zip(problem.agent_ids, *columns, strict=True))
