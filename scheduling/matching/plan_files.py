"""The checker's own reader of a folder of CSV files, in plain Python: it shares no code with the matcher's.

The input files are known to be sound (`files.read_problem` says so); the plan and the report are not.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from scheduling.matching.checker import Person, Season, Shift, Violation, Window

LARGEST_ROUNDING = 1e-6
"""The gap is written as a rounded fraction."""


class PlanFileError(ValueError):
    """The plan or the report cannot be read; the message says why."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """assignment.csv: who works which demand row, each pair with its line."""

    file: str
    pairs: Sequence[tuple[str, str]]
    lines: Sequence[int]

    @cached_property
    def lines_of(self) -> dict[tuple[str | None, str], list[int]]:
        """The lines of each pair, and under no agent those of each demand row."""
        lines: dict[tuple[str | None, str], list[int]] = defaultdict(list)
        for (agent_id, demand_id), line in zip(self.pairs, self.lines, strict=True):
            lines[agent_id, demand_id].append(line)
            lines[None, demand_id].append(line)
        return lines

    def describe(self, violation: Violation) -> str:
        """Return a violation as a sentence: the last line that takes part in it, the rule, who and what."""
        lines = [self.lines_of.get((violation.agent_id, row), [0])[-1] for row in violation.demand_ids]
        place = f"{self.file} line {max(lines)}" if max(lines) else self.file
        who = f"{violation.agent_id} on " if violation.agent_id is not None else ""
        detail = f" ({violation.detail})" if violation.detail else ""
        return f"{place}: {violation.rule}: {who}{', '.join(violation.demand_ids)}{detail}"


def read_season(folder: Path) -> Season:
    """Read the input files of a folder that are known to be sound."""
    people = {
        row["agent_id"]: Person(
            id=row["agent_id"],
            max_week_minutes=int(row["max_week_minutes"]),
            max_stretch_minutes=int(row["max_stretch_minutes"]),
            min_rest_minutes=int(row["min_rest_minutes"]),
            max_consecutive_days=int(row["max_consecutive_days"]),
            max_day_minutes=int(row["max_day_minutes"]) if row.get("max_day_minutes") else None,
            min_consecutive_days=int(row.get("min_consecutive_days") or 1),
            min_days_off=int(row.get("min_days_off") or 1),
            max_weekends=int(row["max_weekends"]) if row.get("max_weekends") else None,
        )
        for _, row in _rows(folder / "agents.csv")
    }
    times = _Times()
    windows: dict[str, list[Window]] = defaultdict(list)
    for _, row in _rows(folder / "availability.csv"):
        start, end = times[row["start"]], times[row["end"]]
        windows[row["agent_id"]].append(Window(start=start, end=end, preference=int(row["preference"])))
    shifts = {
        row["demand_id"]: Shift(
            id=row["demand_id"],
            project_id=row["project_id"],
            start=times[row["start"]],
            end=times[row["end"]],
            seats=int(row["seats"]),
            value=int(row["value"]),
        )
        for _, row in _rows(folder / "demand.csv")
    }
    certificates = _rows(folder / "certifications.csv")
    blocks, pins = _rows(folder / "blocks.csv"), _rows(folder / "pinned.csv")
    return Season(
        people=people,
        scores={(row["agent_id"], row["project_id"]): int(row["score"]) for _, row in certificates},
        windows=windows,
        shifts=shifts,
        blocked=frozenset((row["agent_id"], row["project_id"]) for _, row in blocks),
        pinned=tuple((row["agent_id"], row["demand_id"]) for _, row in pins),
    )


def read_plan(path: Path) -> Plan:
    """Read a plan. Raises PlanFileError when it is not there or is no CSV file with the two columns."""
    if not path.exists():
        raise PlanFileError(f"There is no {path.name} in {path.parent}; run `zuoxi scheduling match` first.")
    pairs, lines = [], []
    try:
        for line, row in _rows(path):
            if row.get("agent_id") is None or row.get("demand_id") is None:
                raise PlanFileError(f"{path.name} line {line}: has no agent_id or no demand_id; give both")
            pairs.append((row["agent_id"], row["demand_id"]))
            lines.append(line)
        if not pairs and not {"agent_id", "demand_id"} <= set(_heading(path)):
            raise PlanFileError(f"{path.name} line 1: the heading must have agent_id and demand_id")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PlanFileError(f"{path.name} cannot be read: {error}") from error
    return Plan(file=path.name, pairs=pairs, lines=lines)


def compare_report(path: Path, *, value: int, filled: int, seats: int) -> list[str]:
    """Return what report.json says wrongly about a plan that is worth so much; nothing when it is not there.

    Raises PlanFileError when it cannot be read.
    """
    if not path.exists():
        return []
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PlanFileError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(report, dict):
        raise PlanFileError(f"{path.name} holds no object of figures")
    expected = {"value": value, "filled": filled, "seats": seats}
    wrong = [
        f"{path.name}: {name} is {report.get(name)}, it should be {figure}"
        for name, figure in expected.items()
        if report.get(name) != figure
    ]
    bound, gap = _number(report.get("bound")), _number(report.get("gap"))
    if bound is None or bound < value:
        wrong.append(f"{path.name}: bound is {report.get('bound')}, it should be at least the value {value}")
    elif gap is None or abs(gap - (bound - value) / max(1, abs(bound))) > LARGEST_ROUNDING:
        wrong.append(f"{path.name}: gap is {report.get('gap')}, it should be (bound - value) / bound")
    return wrong


def _number(figure: Any) -> float | None:
    return figure if isinstance(figure, int | float) and not isinstance(figure, bool) else None


class _Times(dict[str, dt.datetime]):
    """Local times by their text, each read once."""

    def __missing__(self, text: str) -> dt.datetime:
        when = self[text] = dt.datetime.fromisoformat(text)
        return when


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line and the cells of each row by column; nothing when there is no such file."""
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        heading = [cell.strip() for cell in next(reader, [])]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(heading, map(str.strip, cells), strict=False))


def _heading(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [cell.strip() for cell in next(csv.reader(file), [])]
