"""A matching problem as a folder of CSV files, and the answer beside them.

agents.csv          agent_id, max_week_minutes, max_stretch_minutes, min_rest_minutes, max_consecutive_days
                    and, if wanted, max_day_minutes, max_weekends (empty: no limit), min_consecutive_days,
                    min_days_off (empty: 1)
certifications.csv  agent_id, project_id, score
availability.csv    agent_id, start, end, preference
demand.csv          demand_id, project_id, start, end, seats, value
blocks.csv          agent_id, project_id: never together (the file may be missing)
pinned.csv          agent_id, demand_id: must stay (the file may be missing)
assignment.csv      agent_id, demand_id (written)
report.json         (written)

Files are UTF-8, with or without a byte order mark, with any line ends; columns may be in any order, and more
columns do no harm. Times are local, whole minutes, like 2026-11-11T20:00 or 2026-11-11 20:00:00; all else is
ids and whole numbers (`faults.RANGES` has their limits). docs/matching-files.md describes every column.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scheduling.matching.columns import BadCellError, Columns, Names, Parser, read_columns, shown
from scheduling.matching.faults import RANGES, Fault, Faults, ProblemError, find_faults
from scheduling.matching.problem import Problem
from scheduling.matching.units import NO_DAY_LIMIT, NO_WEEKEND_LIMIT, Ints

EPOCH = dt.datetime(2001, 1, 1)  # noqa: DTZ001 - a local Monday; a problem's times carry no zone
MINUTE = dt.timedelta(minutes=1)
MOST_YEARS_APART = 4
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,30}")


def _integer(column: str) -> Parser:
    """Return what reads a whole number within the column's range."""
    low, high = RANGES[column]

    def parse(text: str) -> int:
        value = int(text) if WHOLE_NUMBER.fullmatch(text) else None
        if value is None or not low <= value <= high:
            given = text if value is not None else shown(text)
            raise BadCellError(f"is {given}; give a whole number from {low} to {high}")
        return value

    return parse


def _or_else(column: str, otherwise: int) -> Parser:
    """Return what reads a whole number of a column, and an empty cell as another one."""
    read = _integer(column)
    return lambda text: read(text) if text else otherwise


def _time(text: str) -> int:
    """Return a local time as minutes since the epoch."""
    match = TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        day, clock, seconds, parts, zone = match.groups()
        when = dt.datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        raise BadCellError(f"is {shown(text)}; give a local time like 2026-11-11T20:00") from None
    if zone:
        raise BadCellError(f"is {shown(text)}; give the local time without a zone")
    if int(seconds or 0) or int(parts or 0):
        raise BadCellError(f"is {shown(text)}; give whole minutes")
    return (when - EPOCH) // MINUTE


@dataclasses.dataclass(frozen=True)
class _Format:
    file: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    may_be_missing: bool = False


_LIMITS = ("max_week_minutes", "max_stretch_minutes", "min_rest_minutes", "max_consecutive_days")
_MORE_LIMITS = {
    "max_day_minutes": NO_DAY_LIMIT,
    "min_consecutive_days": 1,
    "min_days_off": 1,
    "max_weekends": NO_WEEKEND_LIMIT,
}
"""Columns that may be missing, with what an empty cell stands for."""
_FORMATS = {
    "agents": _Format("agents.csv", ("agent_id", *_LIMITS), tuple(_MORE_LIMITS)),
    "certifications": _Format("certifications.csv", ("agent_id", "project_id", "score")),
    "availability": _Format("availability.csv", ("agent_id", "start", "end", "preference")),
    "demand": _Format("demand.csv", ("demand_id", "project_id", "start", "end", "seats", "value")),
    "blocks": _Format("blocks.csv", ("agent_id", "project_id"), may_be_missing=True),
    "pinned": _Format("pinned.csv", ("agent_id", "demand_id"), may_be_missing=True),
}
_NUMBERS: Mapping[str, Parser] = {
    **{name: _integer(name) for name in _LIMITS},
    **{name: _or_else(name, otherwise) for name, otherwise in _MORE_LIMITS.items()},
    "score": _integer("cert_score"),
    "preference": _integer("window_preference"),
    "seats": _integer("demand_seats"),
    "value": _integer("demand_value"),
    "start": _time,
    "end": _time,
}


def read_problem(folder: Path) -> Problem:
    """Read a problem from a folder.

    Raises ProblemError with every fault of every file; nothing is half read.
    """
    faults = Faults()
    names = {"agent_id": Names(), "project_id": Names(), "demand_id": Names()}
    tables = {
        name: read_columns(
            folder / form.file,
            required=_parsers(form.columns, names),
            optional=_parsers(form.optional, names),
            may_be_missing=form.may_be_missing,
            faults=faults,
        )
        for name, form in _FORMATS.items()
    }
    agents = _positions(tables["agents"], "agent_id", names)
    rows = _positions(tables["demand"], "demand_id", names)
    for name in ("certifications", "availability", "blocks", "pinned"):
        _keep_known(tables, name, "agent_id", "agents", names, faults)
    _keep_known(tables, "pinned", "demand_id", "demand", names, faults)
    _keep_times_together(tables, faults)
    project_ids, projects = _projects(tables, names["project_id"])
    origin = _origin(tables)
    arrays = _arrays(tables, agents, rows, projects, shift=(origin - EPOCH) // MINUTE)
    ids = {
        "agents": _texts_of(names["agent_id"], tables["agents"].values["agent_id"]),
        "projects": project_ids,
        "demand": _texts_of(names["demand_id"], tables["demand"].values["demand_id"]),
    }
    lines = {name: table.lines for name, table in tables.items()}
    find_faults(origin=origin, ids=ids, arrays=arrays, faults=faults, lines=lines)
    faults.refuse()
    try:
        return Problem.from_arrays(
            origin=origin,
            agent_ids=ids["agents"],
            project_ids=ids["projects"],
            demand_ids=ids["demand"],
            **arrays,
        )
    except ProblemError as error:
        raise ProblemError([_with_line(fault, tables["pinned"], names) for fault in error.faults]) from None


def _with_line(fault: Fault, pinned: Columns, names: Mapping[str, Names]) -> Fault:
    """Return a fault of the pins, which are sound line by line but break a rule together, with its line."""
    wanted = np.ones(len(pinned), dtype=np.bool_)
    for column, name in (("agent_id", fault.agent_id), ("demand_id", fault.demand_id)):
        if name is not None:
            wanted &= pinned.values[column] == names[column].numbers[name]
    line = int(pinned.lines[wanted].max(initial=0)) or None
    return dataclasses.replace(fault, table=_FORMATS["pinned"].file, line=line)


def _parsers(columns: Sequence[str], names: Mapping[str, Names]) -> dict[str, Parser]:
    return {name: names[name] if name in names else _NUMBERS[name] for name in columns}


def _positions(table: Columns, column: str, names: Mapping[str, Names]) -> Ints:
    """Return the first row of each id by its number, -1 for an id that has none."""
    numbers = table.values[column]
    places = np.full(len(names[column].numbers), -1, dtype=np.int64)
    places[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return places


def _texts_of(names: Names, numbers: Ints) -> tuple[str, ...]:
    texts = names.in_order()
    return tuple(texts[number] for number in numbers.tolist())


def _projects(tables: Mapping[str, Columns], names: Names) -> tuple[tuple[str, ...], Ints]:
    """Return the projects' ids in order, and the place of each by its number."""
    columns = [tables[name].values["project_id"] for name in ("demand", "certifications", "blocks")]
    texts = names.in_order()
    used = sorted(np.unique(np.concatenate(columns)).tolist(), key=lambda number: texts[number])
    places = np.full(len(texts), -1, dtype=np.int64)
    places[np.array(used, dtype=np.int64)] = np.arange(len(used))
    return tuple(texts[number] for number in used), places


def _keep_known(
    tables: Mapping[str, Columns],
    name: str,
    column: str,
    target: str,
    names: Mapping[str, Names],
    faults: Faults,
) -> None:
    """Take out the rows whose id is not in the target; say so unless the target's own row was unreadable."""
    table, home = tables[name], tables[target]
    there = np.zeros(len(names[column].numbers), dtype=np.bool_)
    there[home.values[column]] = True
    known = there[table.values[column]]
    if known.all():
        return
    if home.whole:
        texts, file = names[column].in_order(), _FORMATS[target].file
        for row in np.flatnonzero(~known).tolist():
            number = int(table.values[column][row])
            if number not in home.mentioned:
                message = (
                    f"{column} {shown(texts[number])} is not in {file}; add it there or take this line out"
                )
                faults.add(_FORMATS[name].file, int(table.lines[row]), message)
    table.keep(np.flatnonzero(known))


def _keep_times_together(tables: Mapping[str, Columns], faults: Faults) -> None:
    """Take out the rows that lie years from most others: one wrong year must not blame all other rows."""
    starts = [tables[name].values["start"] for name in ("demand", "availability")]
    middle = int(np.median(np.concatenate(starts))) if any(map(len, starts)) else 0
    most = MOST_YEARS_APART * 366 * 1440
    for name in ("demand", "availability"):
        table = tables[name]
        times = np.stack([table.values["start"], table.values["end"]])
        far = np.abs(times - middle) > most
        for row in np.flatnonzero(far.any(axis=0)).tolist():
            column = "start" if far[0, row] else "end"
            when = (EPOCH + int(table.values[column][row]) * MINUTE).isoformat(timespec="minutes")
            message = (
                f"{column} is {when}, more than {MOST_YEARS_APART} years from most times; give a nearer one"
            )
            faults.add(_FORMATS[name].file, int(table.lines[row]), message)
        if far.any():
            table.keep(np.flatnonzero(~far.any(axis=0)))


def _origin(tables: Mapping[str, Columns]) -> dt.datetime:
    """Return the Monday on or before the first time of all."""
    starts = [tables[name].values["start"] for name in ("demand", "availability")]
    first = min((int(column.min()) for column in starts if len(column)), default=0)
    return EPOCH + dt.timedelta(weeks=first // (7 * 1440))


def _arrays(
    tables: Mapping[str, Columns], agents: Ints, rows: Ints, projects: Ints, *, shift: int
) -> dict[str, Ints]:
    def column(table: str, name: str) -> Ints:
        return tables[table].values[name]

    return {
        **{name: column("agents", name) for name in (*_LIMITS, *_MORE_LIMITS)},
        "cert_agent": agents[column("certifications", "agent_id")],
        "cert_project": projects[column("certifications", "project_id")],
        "cert_score": column("certifications", "score"),
        "window_agent": agents[column("availability", "agent_id")],
        "window_start": column("availability", "start") - shift,
        "window_end": column("availability", "end") - shift,
        "window_preference": column("availability", "preference"),
        "demand_project": projects[column("demand", "project_id")],
        "demand_start": column("demand", "start") - shift,
        "demand_end": column("demand", "end") - shift,
        "demand_seats": column("demand", "seats"),
        "demand_value": column("demand", "value"),
        "block_agent": agents[column("blocks", "agent_id")],
        "block_project": projects[column("blocks", "project_id")],
        "pin_agent": agents[column("pinned", "agent_id")],
        "pin_demand": rows[column("pinned", "demand_id")],
    }


def write_problem(folder: Path, problem: Problem) -> None:
    """Write a problem so that `read_problem` gives the same one back; the folder is made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    agents, projects, rows = problem.agent_ids, problem.project_ids, problem.demand_ids
    people = zip(
        agents,
        *(getattr(problem, name).tolist() for name in _LIMITS),
        *(_texts_of_limits(getattr(problem, name), none) for name, none in _MORE_LIMITS.items()),
        strict=True,
    )
    _write(folder, "agents", people)
    certificates = zip(
        _owners(problem.agent_ids, problem.cert_first),
        (projects[project] for project in problem.cert_project.tolist()),
        problem.cert_score.tolist(),
        strict=True,
    )
    _write(folder, "certifications", certificates)
    windows = zip(
        _owners(problem.agent_ids, problem.window_first),
        _texts(problem, problem.window_start),
        _texts(problem, problem.window_end),
        problem.window_preference.tolist(),
        strict=True,
    )
    _write(folder, "availability", windows)
    demand = zip(
        rows,
        (projects[project] for project in problem.demand_project.tolist()),
        _texts(problem, problem.demand_start),
        _texts(problem, problem.demand_end),
        problem.demand_seats.tolist(),
        problem.demand_value.tolist(),
        strict=True,
    )
    _write(folder, "demand", demand)
    blocks = zip(problem.block_agent.tolist(), problem.block_project.tolist(), strict=True)
    _write(folder, "blocks", [(agents[agent], projects[project]) for agent, project in blocks])
    pins = zip(problem.pin_agent.tolist(), problem.pin_demand.tolist(), strict=True)
    _write(folder, "pinned", [(agents[agent], rows[row]) for agent, row in pins])


def write_answer(folder: Path, pairs: Iterable[tuple[str, str]], report: Mapping[str, Any]) -> None:
    """Write assignment.csv and report.json; when it fails, both stay as they were. Raises OSError."""
    finished = [folder / "assignment.csv", folder / "report.json"]
    begun = [path.with_name(f".{path.name}.{os.getpid()}") for path in finished]
    try:
        write_assignment(begun[0], pairs)
        begun[1].write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        for source, target in zip(begun, finished, strict=True):
            source.replace(target)
    finally:
        for path in begun:
            path.unlink(missing_ok=True)


def find_obstacle_to_writing(folder: Path) -> str | None:
    """Return why an answer could not be written to a folder, or None: to be asked before solving."""
    for name in ("assignment.csv", "report.json"):
        if (folder / name).is_dir():
            return f"{folder / name} is a folder; move it away"
    probe = folder / f".assignment.csv.{os.getpid()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        return f"{folder} cannot be written to ({error.strerror})"
    return None


def write_assignment(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """Write a plan as agent_id, demand_id."""
    _write_rows(path, ("agent_id", "demand_id"), pairs)


def _texts_of_limits(limits: Ints, otherwise: int) -> list[int | None]:
    return [None if limit == otherwise else limit for limit in limits.tolist()]


def _owners(agent_ids: Sequence[str], first: Ints) -> list[str]:
    return [agent_ids[agent] for agent in np.repeat(np.arange(len(agent_ids)), np.diff(first)).tolist()]


def _texts(problem: Problem, minutes: Ints) -> list[str]:
    text = {
        minute: problem.local_time(minute).isoformat(timespec="minutes")
        for minute in np.unique(minutes).tolist()
    }
    return [text[minute] for minute in minutes.tolist()]


def _write(folder: Path, name: str, rows: Iterable[Sequence[object]]) -> None:
    form = _FORMATS[name]
    _write_rows(folder / form.file, (*form.columns, *form.optional), rows)


def _write_rows(path: Path, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)
