"""Read a table of marks: one line an attempt, one column an item, points or nothing in a cell.

Commas, semicolons or tabs part the cells; the first line says which. UTF-8 with or without its mark.
"""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from exams.analysis import Matrix

MOST_FAULTS_SHOWN = 100
SEPARATORS = ",;\t"
LEFT_OPEN = "-"
"""In a table of options: the item was there and was left open, which is wrong."""


T = TypeVar("T")


class TableLines(Protocol):
    """What csv.reader returns."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


class TableError(ValueError):
    """A table that cannot be read. `faults` are the first hundred, `count` is how many there are."""

    def __init__(self, faults: list[str], count: int) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)
        self.count = count


@dataclasses.dataclass(frozen=True, kw_only=True)
class ResponseTable:
    """Item names and points; nan where an attempt did not have the item.

    labels: the cells of columns that are no items, one an attempt. choices: the options taken, in the order
    of `item_ids`, when the table holds options instead of points.
    """

    item_ids: tuple[str, ...]
    points: Matrix
    labels: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    choices: tuple[tuple[str, ...], ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cells:
    """How cells are read.

    max_points: what an item can bring, 1 where it is not named. binary: only 0 and 1 will do. missing: words
    that mean an empty cell. labels: columns that are no items and are kept. ignored: columns that are no
    items and are left out. key: the right option of each item, for tables of options.
    """

    max_points: Mapping[str, float] = dataclasses.field(default_factory=dict)
    binary: bool = False
    missing: Collection[str] = ()
    labels: Sequence[str] = ()
    ignored: Collection[str] = ()
    key: Mapping[str, str] | None = None

    def read(self, name: str, cell: str) -> float | str:
        """Return the points, nan for an empty cell, or a sentence that says what is wrong."""
        word = cell.strip()
        if not word or word in self.missing:
            return math.nan
        if self.key is not None:
            return float(word == self.key[name])
        limit = self.max_points.get(name, 1.0)
        try:
            # Not float's 1_000 or other digits: only what a spreadsheet writes.
            points = float(word) if word.isascii() and "_" not in word else math.nan
        except ValueError:
            points = math.nan
        shown = repr(cell[:40])
        if self.binary:
            if points in (0.0, 1.0):
                return points
            return (
                f"{shown} is not 0, 1 or empty: write 1 for right, 0 for wrong, nothing where it was not had."
            )
        # nan and infinity are written-out words in Python, not points; both fail this comparison.
        return points if 0 <= points <= limit else f"{shown} is not 0 to {limit:g} or empty."


def read_response_table(path: Path, cells: Cells | None = None) -> ResponseTable:
    """Read a table whose first line names the items.

    Raises TableError with the line and column of each fault, and reads nothing by halves.
    """
    rules = cells or Cells()
    return open_table(path, lambda lines: _read(lines, rules))


def read_key(path: Path) -> dict[str, str]:
    """Read the right option of each item from a table with the columns `item` and `key`.

    Raises TableError with each fault.
    """
    return open_table(path, _read_key)


def open_table(path: Path, read: Callable[[TableLines], T]) -> T:
    """Open a table, find what parts its cells, and read it. Raises TableError when it is no table at all."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            return read(csv.reader(file, delimiter=_separator(first)))
    except UnicodeDecodeError as error:
        raise TableError([f"it is not UTF-8 text (byte {error.start}): save it as UTF-8."], 1) from None
    except csv.Error as error:
        raise TableError([f"it is not a CSV table ({error}): save it as CSV."], 1) from None


def _separator(first: str) -> str:
    """Return what parts the names of the first line, a comma where nothing does."""
    bare = "".join(part for number, part in enumerate(first.split('"')) if number % 2 == 0)
    return max(SEPARATORS, key=bare.count)


def _header_faults(names: tuple[str, ...], rules: Cells) -> list[str]:
    if not any(names):
        return ["line 1: there are no item names: write them in the first line, separated by commas."]
    if len(names) > 1 and set(names) <= {"0", "1", ""}:
        return ["line 1: it holds answers, not names: write the names of the items above it."]
    faults = [
        f"line 1, column {number}: the item has no name: write one."
        for number, name in enumerate(names, start=1)
        if not name
    ]
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    faults += [f"line 1: the item {name} stands there twice: rename or remove one." for name in repeated]
    strange = sorted(set(rules.max_points) - set(names))
    faults += [f"line 1: points are given for {name}, which is not a column." for name in strange]
    wanted = sorted((set(rules.labels) | set(rules.ignored)) - set(names))
    faults += [f"line 1: there is no column {name}." for name in wanted]
    items = [name for name in names if name and name not in rules.labels and name not in rules.ignored]
    if rules.key is not None:
        faults += [f"line 1: the key has no item {name}: add it." for name in items if name not in rules.key]
    return faults


def _read(lines: TableLines, rules: Cells) -> ResponseTable:
    names = tuple(name.strip() for name in next(lines, []))
    faults = _header_faults(names, rules)
    if faults:
        raise TableError(faults, len(faults))
    items = [at for at, name in enumerate(names) if name not in rules.labels and name not in rules.ignored]
    if not items:
        raise TableError(["line 1: there is no column of an item."], 1)
    rows: list[list[float]] = []
    texts: list[list[str]] = []
    count = 0
    for cells in lines:
        if not cells:
            continue
        row, found = _read_line(cells, names, items, rules, line=lines.line_num)
        count += len(found)
        faults += found[: MOST_FAULTS_SHOWN - len(faults)]
        rows.append(row)
        texts.append([cell.strip() for cell in cells] if rules.labels or rules.key is not None else [])
    if not count and not rows:
        faults, count = ["there is no attempt below the first line."], 1
    if count:
        raise TableError(faults, count)
    return ResponseTable(
        item_ids=tuple(names[at] for at in items),
        points=np.array(rows, dtype=np.float64),
        labels={name: tuple(text[names.index(name)] for text in texts) for name in rules.labels},
        choices=() if rules.key is None else tuple(tuple(text[at] for at in items) for text in texts),
    )


def _read_line(
    cells: list[str], names: tuple[str, ...], items: list[int], rules: Cells, *, line: int
) -> tuple[list[float], list[str]]:
    if len(cells) != len(names):
        mend = "write as many as the first line has names."
        return [], [f"line {line}: there are {len(cells)} cells for {len(names)} columns: {mend}"]
    row: list[float] = []
    found: list[str] = []
    for at in items:
        cell = cells[at]
        if cell in ("0", "1") and rules.key is None:
            row.append(float(cell))
            continue
        points = rules.read(names[at], cell)
        if isinstance(points, str):
            found.append(f"line {line}, {names[at]}: {points}")
        else:
            row.append(points)
    return row, found


def _read_key(lines: TableLines) -> dict[str, str]:
    names = [name.strip() for name in next(lines, [])]
    if sorted(names) != ["item", "key"]:
        raise TableError(["line 1: the columns of a key are item and key, and nothing else."], 1)
    found: dict[str, str] = {}
    faults = []
    for cells in lines:
        if not cells:
            continue
        told = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        item, key = told.get("item", ""), told.get("key", "")
        if len(cells) != len(names) or not item or key in ("", LEFT_OPEN):
            faults.append(f"line {lines.line_num}: write an item and its right option.")
        elif item in found:
            faults.append(f"line {lines.line_num}: the item {item} stands there twice: remove one.")
        else:
            found[item] = key
    if faults:
        raise TableError(faults[:MOST_FAULTS_SHOWN], len(faults))
    return found
