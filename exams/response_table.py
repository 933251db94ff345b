"""Read a table of marks: one line an attempt, one column an item, points or nothing in a cell."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from exams.analysis import Matrix

MOST_FAULTS_SHOWN = 100


class TableError(ValueError):
    """A table that cannot be read. `faults` are the first hundred, `count` is how many there are."""

    def __init__(self, faults: list[str], count: int) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)
        self.count = count


@dataclasses.dataclass(frozen=True, kw_only=True)
class ResponseTable:
    """Item names and points; nan where an attempt did not have the item."""

    item_ids: tuple[str, ...]
    points: Matrix


def read_response_table(path: Path, *, max_points: Mapping[str, float] | None = None) -> ResponseTable:
    """Read a CSV file in UTF-8 whose first line names the items.

    A cell is points from 0 to the item's (1 where `max_points` does not name it), or empty. Raises
    TableError with the line and column of each fault, and reads nothing by halves.
    """
    limits = max_points or {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            names = tuple(name.strip() for name in next(lines, []))
            faults = _header_faults(names, limits)
            if faults:
                raise TableError(faults, len(faults))
            return _read_rows(lines, names, [limits.get(name, 1.0) for name in names])
    except UnicodeDecodeError as error:
        raise TableError([f"it is not UTF-8 text (byte {error.start}): save it as UTF-8."], 1) from None
    except csv.Error as error:
        raise TableError([f"it is not a CSV table ({error}): save it as CSV."], 1) from None


def _header_faults(names: tuple[str, ...], limits: Mapping[str, float]) -> list[str]:
    if not any(names):
        return ["line 1: there are no item names: write them in the first line, separated by commas."]
    faults = [
        f"line 1, column {number}: the item has no name: write one."
        for number, name in enumerate(names, start=1)
        if not name
    ]
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    faults += [f"line 1: the item {name} stands there twice: rename or remove one." for name in repeated]
    strange = sorted(set(limits) - set(names))
    faults += [f"line 1: points are given for {name}, which is not a column." for name in strange]
    return faults


def _read_rows(lines: Iterator[list[str]], names: tuple[str, ...], limits: list[float]) -> ResponseTable:
    rows: list[list[float]] = []
    faults: list[str] = []
    count = 0
    # The header is line 1. A cell in quotation marks may hold a line break, but no valid cell here does.
    for number, cells in enumerate(lines, start=2):
        if not cells:
            continue
        row = []
        found = []
        if len(cells) != len(names):
            found.append(f"line {number}: there are {len(cells)} cells for {len(names)} items.")
        else:
            for name, cell, limit in zip(names, cells, limits, strict=True):
                points = _read_cell(cell, limit)
                row.append(np.nan if points is None else points)
                if points is None:
                    found.append(f"line {number}, {name}: {cell[:40]!r} is not 0 to {limit:g} or empty.")
        count += len(found)
        faults += found[: MOST_FAULTS_SHOWN - len(faults)]
        rows.append(row)
    if not count and not rows:
        faults, count = ["there is no attempt below the first line."], 1
    if count:
        raise TableError(faults, count)
    return ResponseTable(item_ids=names, points=np.array(rows, dtype=np.float64))


def _read_cell(cell: str, limit: float) -> float | None:
    """Return the points, nan for an empty cell, None for anything else."""
    if not cell.strip():
        return float("nan")
    try:
        points = float(cell)
    except ValueError:
        return None
    # nan and infinity are written-out words in Python, not points; both fail this comparison.
    return points if 0 <= points <= limit else None
