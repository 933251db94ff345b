"""A matching problem as a folder of CSV files, and the answer beside them.

agents.csv          agent_id, max_week_minutes, max_stretch_minutes, min_rest_minutes, max_consecutive_days
                    and, if wanted, max_day_minutes (empty: no limit)
certifications.csv  agent_id, project_id, score
availability.csv    agent_id, start, end, preference
demand.csv          demand_id, project_id, start, end, seats, value
blocks.csv          agent_id, project_id: never together (the file may be missing)
pinned.csv          agent_id, demand_id: must stay (the file may be missing)
assignment.csv      agent_id, demand_id (written)
report.json         (written)

Times are local, like 2026-11-11T20:00; all else is ids and whole numbers. More columns do no harm.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scheduling.matching.faults import Fault, ProblemError, find_faults
from scheduling.matching.problem import Problem
from scheduling.matching.units import NO_DAY_LIMIT, Ints

EPOCH = dt.datetime(2001, 1, 1)  # noqa: DTZ001 - a local Monday; a problem's times carry no zone
MINUTE = dt.timedelta(minutes=1)

Parser = Callable[[str], Any]


class _BadCellError(ValueError):
    """A cell cannot be read; the message says how to mend it."""


def _identifier(text: str) -> str:
    if not text:
        raise _BadCellError("is empty; give an id")
    return text


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _BadCellError(f'is "{text}"; give a whole number') from None


def _day_limit(text: str) -> int:
    return _integer(text) if text else NO_DAY_LIMIT


def _time(text: str) -> int:
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        raise _BadCellError(f'is "{text}"; give a local time like 2026-11-11T20:00') from None
    if when.tzinfo is not None:
        raise _BadCellError(f'is "{text}"; give the local time without a zone')
    minutes, rest = divmod(when - EPOCH, MINUTE)
    if rest:
        raise _BadCellError(f'is "{text}"; give whole minutes')
    return minutes


@dataclasses.dataclass(frozen=True)
class _Format:
    file: str
    columns: dict[str, Parser]
    optional: dict[str, Parser] = dataclasses.field(default_factory=dict)
    may_be_missing: bool = False


_FORMATS = {
    "agents": _Format(
        "agents.csv",
        {
            "agent_id": _identifier,
            "max_week_minutes": _integer,
            "max_stretch_minutes": _integer,
            "min_rest_minutes": _integer,
            "max_consecutive_days": _integer,
        },
        {"max_day_minutes": _day_limit},
    ),
    "certifications": _Format(
        "certifications.csv", {"agent_id": _identifier, "project_id": _identifier, "score": _integer}
    ),
    "availability": _Format(
        "availability.csv", {"agent_id": _identifier, "start": _time, "end": _time, "preference": _integer}
    ),
    "demand": _Format(
        "demand.csv",
        {
            "demand_id": _identifier,
            "project_id": _identifier,
            "start": _time,
            "end": _time,
            "seats": _integer,
            "value": _integer,
        },
    ),
    "blocks": _Format(
        "blocks.csv", {"agent_id": _identifier, "project_id": _identifier}, may_be_missing=True
    ),
    "pinned": _Format("pinned.csv", {"agent_id": _identifier, "demand_id": _identifier}, may_be_missing=True),
}


@dataclasses.dataclass
class _Table:
    """The readable rows of one file as columns, each row with its line; `names` has the ids of unreadable
    rows too.
    """

    columns: dict[str, list[Any]]
    lines: list[int]
    names: set[str]


def read_problem(folder: Path) -> Problem:
    """Read a problem from a folder.

    Raises ProblemError with every fault of every file; nothing is half read.
    """
    faults: list[Fault] = []
    tables = {name: _read_table(folder / form.file, form, faults) for name, form in _FORMATS.items()}
    agents = _positions(tables["agents"].columns["agent_id"])
    rows = _positions(tables["demand"].columns["demand_id"])
    for name in ("certifications", "availability", "blocks", "pinned"):
        _keep_known(
            tables[name], _FORMATS[name].file, "agent_id", tables["agents"], "agents.csv", agents, faults
        )
    _keep_known(tables["pinned"], "pinned.csv", "demand_id", tables["demand"], "demand.csv", rows, faults)
    named = [tables[name].columns["project_id"] for name in ("demand", "certifications", "blocks")]
    project_ids = sorted({project for column in named for project in column})
    projects = _positions(project_ids)
    origin = _origin(tables)
    arrays = _arrays(tables, agents, rows, projects, shift=(origin - EPOCH) // MINUTE)
    ids = {
        "agents": tuple(tables["agents"].columns["agent_id"]),
        "projects": tuple(project_ids),
        "demand": tuple(tables["demand"].columns["demand_id"]),
    }
    lines = {name: np.array(table.lines, dtype=np.int64) for name, table in tables.items()}
    faults += find_faults(origin=origin, ids=ids, arrays=arrays, lines=lines)
    if faults:
        raise ProblemError(sorted(faults, key=lambda fault: (fault.table, fault.line or 0)))
    return Problem.from_arrays(
        origin=origin,
        agent_ids=ids["agents"],
        project_ids=ids["projects"],
        demand_ids=ids["demand"],
        **arrays,
    )


def _read_table(path: Path, form: _Format, faults: list[Fault]) -> _Table:
    parsers = {**form.columns, **form.optional}
    table = _Table(columns={name: [] for name in parsers}, lines=[], names=set())
    if not path.exists():
        if not form.may_be_missing:
            faults.append(Fault(table=form.file, line=None, message=f"is not in {path.parent}; add it"))
        return table
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            heading = [cell.strip() for cell in next(reader, [])]
            missing = [name for name in form.columns if name not in heading]
            if missing:
                message = (
                    f"has no column {', '.join(missing)}; the heading is {', '.join(heading) or 'empty'}"
                )
                faults.append(Fault(table=form.file, line=1, message=message))
                return table
            cells = [
                (name, heading.index(name), parser) for name, parser in parsers.items() if name in heading
            ]
            _read_rows(reader, len(heading), cells, form, table, faults)
    except UnicodeDecodeError as error:
        faults.append(Fault(table=form.file, line=None, message=f"is not UTF-8 ({error.reason}); save it so"))
    except csv.Error as error:
        faults.append(Fault(table=form.file, line=None, message=f"is not CSV: {error}"))
    for name in form.optional:
        if not table.columns[name]:
            table.columns[name] = [parsers[name]("")] * len(table.lines)
    return table


def _read_rows(
    reader: Any,
    width: int,
    cells: list[tuple[str, int, Parser]],
    form: _Format,
    table: _Table,
    faults: list[Fault],
) -> None:
    # Few different texts fill many cells, so each is read once.
    known: dict[str, dict[str, Any]] = {name: {} for name, _, _ in cells}
    for row in reader:
        line = reader.line_num
        if not row:
            continue
        if len(row) != width:
            message = f"has {len(row)} cells; the heading has {width}"
            faults.append(Fault(table=form.file, line=line, message=message))
            continue
        values: dict[str, Any] = {}
        for name, place, parser in cells:
            text = row[place].strip()
            try:
                if text not in known[name]:
                    known[name][text] = parser(text)
                values[name] = known[name][text]
            except _BadCellError as error:
                faults.append(Fault(table=form.file, line=line, message=f"{name} {error}"))
        first = cells[0][0]
        if first in values:
            table.names.add(values[first])
        if len(values) == len(cells):
            table.lines.append(line)
            for name, value in values.items():
                table.columns[name].append(value)


def _positions(names: Sequence[str]) -> dict[str, int]:
    return {name: position for position, name in reversed(list(enumerate(names)))}


def _keep_known(
    table: _Table,
    file: str,
    column: str,
    target: _Table,
    target_file: str,
    positions: dict[str, int],
    faults: list[Fault],
) -> None:
    """Take out the rows whose id is not in the target; say so unless the target's own row was unreadable."""
    keep = []
    for place, name in enumerate(table.columns[column]):
        if name in positions:
            keep.append(place)
        elif name not in target.names:
            message = f'{column} "{name}" is not in {target_file}; add it there or take this line out'
            faults.append(Fault(table=file, line=table.lines[place], message=message))
    if len(keep) < len(table.lines):
        table.lines = [table.lines[place] for place in keep]
        for values in table.columns.values():
            values[:] = [values[place] for place in keep]


def _origin(tables: dict[str, _Table]) -> dt.datetime:
    """Return the Monday on or before the first time of all."""
    starts = [*tables["demand"].columns["start"], *tables["availability"].columns["start"]]
    first = EPOCH + min(starts, default=0) * MINUTE
    midnight = first.replace(hour=0, minute=0)
    return midnight - dt.timedelta(days=midnight.weekday())


def _arrays(
    tables: dict[str, _Table],
    agents: dict[str, int],
    rows: dict[str, int],
    projects: dict[str, int],
    *,
    shift: int,
) -> dict[str, Ints]:
    def column(table: str, name: str, positions: dict[str, int] | None = None) -> Ints:
        values = tables[table].columns[name]
        if positions is not None:
            values = [positions[value] for value in values]
        array = np.array(values, dtype=object)
        # Numbers beyond 64 bits are out of every range; keep them so without overflow.
        return np.array([max(-(2**62), min(2**62, value)) for value in array], dtype=np.int64)

    limits = (
        "max_week_minutes",
        "max_day_minutes",
        "max_stretch_minutes",
        "min_rest_minutes",
        "max_consecutive_days",
    )
    return {
        **{name: column("agents", name) for name in limits},
        "cert_agent": column("certifications", "agent_id", agents),
        "cert_project": column("certifications", "project_id", projects),
        "cert_score": column("certifications", "score"),
        "window_agent": column("availability", "agent_id", agents),
        "window_start": column("availability", "start") - shift,
        "window_end": column("availability", "end") - shift,
        "window_preference": column("availability", "preference"),
        "demand_project": column("demand", "project_id", projects),
        "demand_start": column("demand", "start") - shift,
        "demand_end": column("demand", "end") - shift,
        "demand_seats": column("demand", "seats"),
        "demand_value": column("demand", "value"),
        "block_agent": column("blocks", "agent_id", agents),
        "block_project": column("blocks", "project_id", projects),
        "pin_agent": column("pinned", "agent_id", agents),
        "pin_demand": column("pinned", "demand_id", rows),
    }


def write_problem(folder: Path, problem: Problem) -> None:
    """Write a problem so that `read_problem` gives the same one back; the folder is made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    agents, projects, rows = problem.agent_ids, problem.project_ids, problem.demand_ids
    days = [None if limit == NO_DAY_LIMIT else limit for limit in problem.max_day_minutes.tolist()]
    people = zip(
        agents,
        problem.max_week_minutes.tolist(),
        problem.max_stretch_minutes.tolist(),
        problem.min_rest_minutes.tolist(),
        problem.max_consecutive_days.tolist(),
        days,
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


def write_assignment(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """Write a plan as agent_id, demand_id."""
    _write_rows(path, ("agent_id", "demand_id"), pairs)


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write report.json."""
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


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
