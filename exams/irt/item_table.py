"""Read item parameters: a table with the columns a and b, or what `zuoxi exams calibrate --json` printed.

Columns of a table: a, b; if wanted c (guessing, else 0), d or u (upper limit, else 1), item (its name, else
the number of its line), topic or group. Capitals do not matter.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from exams.irt.models import Items
from exams.response_table import MOST_FAULTS_SHOWN, TableError

TOPIC_NAMES = ("topic", "group")
NUMBERS = {"a": None, "b": None, "c": 0.0, "u": 1.0}
LIMITS = {
    "a": (-math.inf, math.inf),
    "b": (-math.inf, math.inf),
    "c": (0.0, 0.999),
    "u": (0.001, 1.0),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemTable:
    """Items with parameters; `topics` has one entry an item, empty words where the file names none.

    `model` and `people` are None where the file does not say them.
    """

    items: Items
    topics: tuple[str, ...]
    model: str | None = None
    people: int | None = None


def read_item_table(path: Path) -> ItemTable:
    """Read item parameters. Raises TableError with the line and column of each fault."""
    return parse_item_table(path.read_bytes())


def parse_item_table(content: bytes) -> ItemTable:
    """Read item parameters from the bytes of a file; TableError as `read_item_table`."""
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError([f"it is not UTF-8 text (byte {error.start}): save it as UTF-8."], 1) from None
    rows = _rows_of_json(words) if words.lstrip().startswith("{") else _rows_of_csv(words)
    if not rows:
        raise TableError(["there is no item with parameters."], 1)
    faults: list[str] = []
    names: list[str] = []
    numbers: dict[str, list[float]] = {name: [] for name in NUMBERS}
    for place, row in rows:
        names.append(row.get("item") or f"{len(names) + 1}")
        if names[-1] in names[:-1]:
            faults.append(f"{place}: the item {names[-1]} stands there twice: rename or remove one.")
        for name, values in numbers.items():
            value = _number(row.get(name, ""), name)
            if isinstance(value, str):
                faults.append(f"{place}, {name}: {value}")
            else:
                values.append(value)
    if not faults:
        crossed = [n for n, low, high in zip(names, numbers["c"], numbers["u"], strict=True) if low >= high]
        faults += [f"item {name}: c must be below the upper limit." for name in crossed]
    if faults:
        raise TableError(faults[:MOST_FAULTS_SHOWN], len(faults))
    topics = tuple(next((row[name] for name in TOPIC_NAMES if row.get(name)), "") for _, row in rows)
    model, people = _origin(words)
    return ItemTable(
        items=Items.from_difficulties(names, **numbers), topics=topics, model=model, people=people
    )


def _origin(words: str) -> tuple[str | None, int | None]:
    """Return the model and the number of people, where the file is a calibration."""
    if not words.lstrip().startswith("{"):
        return None, None
    told: dict[str, Any] = json.loads(words)
    model, people = told.get("model"), told.get("people")
    return (
        model if isinstance(model, str) else None,
        int(people) if isinstance(people, int | float) and math.isfinite(people) else None,
    )


def _number(cell: str, name: str) -> float | str:
    default = NUMBERS[name]
    word = cell.strip()
    if not word and default is not None:
        return default
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    low, high = LIMITS[name]
    if not math.isfinite(value) or not low <= value <= high:
        limits = "" if low == -math.inf else f" from {low:g} to {high:g}"
        return f"{word[:40]!r} is not a number{limits}."
    return value


def _rows_of_csv(words: str) -> list[tuple[str, dict[str, str]]]:
    first = words.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        lines = csv.reader(words.splitlines(), delimiter=separator)
        names = [name.strip().lower() for name in next(lines, [])]
        # The upper limit is called d in the literature, and u where d is an intercept.
        names = ["u" if name == "d" and "u" not in names else name for name in names]
        missing = [name for name in ("a", "b") if name not in names]
        if missing:
            raise TableError([f"line 1: there is no column {name}." for name in missing], len(missing))
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise TableError([f"line 1: the column {name} stands there twice." for name in repeated], 1)
        rows = []
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(names):
                fault = f"line {lines.line_num}: there are {len(cells)} cells for {len(names)} columns."
                raise TableError([fault], 1)
            told = dict(zip(names, (cell.strip() for cell in cells), strict=True))
            rows.append((f"line {lines.line_num}", told))
        return rows
    except csv.Error as error:
        raise TableError([f"it is not a CSV table ({error}): save it as CSV."], 1) from None


def _rows_of_json(words: str) -> list[tuple[str, dict[str, str]]]:
    try:
        items: list[dict[str, Any]] = json.loads(words)["items"]
        # Items that could not be estimated have no parameters, and no place in an exam.
        return [
            (f"item {item['item_id']}", {"item": str(item["item_id"])} | _words(item))
            for item in items
            if item["a"] is not None and item["b"] is not None
        ]
    except (json.JSONDecodeError, KeyError, TypeError):
        mend = "print it with `zuoxi exams calibrate --json`."
        raise TableError([f"it is not a calibration: {mend}"], 1) from None


def _words(item: dict[str, Any]) -> dict[str, str]:
    return {name: str(item[name]) for name in ("a", "b", "c", "topic") if item.get(name) is not None}
