"""Reads one CSV file into columns of whole numbers, each row with its line, and says what cannot be read.

Most files are long and hold few different texts, so each text is read once and whole blocks of rows are
looked up at a time; only a block with something wrong in it is gone through row by row.
"""

from __future__ import annotations

import codecs
import csv
import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from pathlib import Path

import numpy as np

from scheduling.matching.faults import Faults
from scheduling.matching.units import Ints

BLOCK = 300
"""Rows looked up at a time: few, so that their texts stay in the processor's cache."""
LONGEST_SHOWN = 40
LONGEST_NAME = 200
LINE_BREAK = re.compile(r"\r\n|\r|\n")

Parser = Callable[[str], int]


class BadCellError(ValueError):
    """A cell cannot be read; the message says how to mend it."""


class Names:
    """Ids of one kind, numbered in the order in which they are met in any file."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """Return the number of an id."""
        if text not in self.numbers:
            if not text:
                raise BadCellError("is empty; give an id")
            if len(text) > LONGEST_NAME:
                raise BadCellError(f"is {len(text)} characters long; give an id of at most {LONGEST_NAME}")
            if not text.isprintable() and any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
                raise BadCellError(f"is {shown(text)}; give an id without control characters")
        return self.numbers.setdefault(text, len(self.numbers))

    def in_order(self) -> list[str]:
        """Return the ids by their numbers."""
        return list(self.numbers)


def shown(text: str) -> str:
    """Return a cell's text in quotation marks, short enough for a line and without control characters."""
    cut = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."
    return '"' + "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in cut) + '"'


@dataclasses.dataclass
class Columns:
    """The readable rows of a file as columns, each row with its line.

    `mentioned` has the first column's values of unreadable rows too; `whole` is False when parts of the file
    could not be read at all, so that what is not in here may still be in the file.
    """

    values: dict[str, Ints]
    lines: Ints
    mentioned: set[int]
    whole: bool

    def __len__(self) -> int:
        return len(self.lines)

    def keep(self, rows: Ints) -> None:
        """Keep only these rows."""
        self.lines = self.lines[rows]
        self.values = {name: column[rows] for name, column in self.values.items()}


def read_columns(
    path: Path,
    *,
    required: Mapping[str, Parser],
    optional: Mapping[str, Parser],
    may_be_missing: bool,
    faults: Faults,
) -> Columns:
    """Read a file; what is wrong with it is added to `faults`.

    A missing optional column reads as empty cells.
    """
    reading = _Reading(path, {**required, **optional}, faults)
    if path.exists() or path.is_symlink():
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reading.read(csv.reader(file, strict=True), required)
        except UnicodeDecodeError as error:
            reading.give_up(*_find_bad_byte(path, error))
        except OSError as error:
            reading.give_up(None, f"cannot be read ({error.strerror})")
    elif not may_be_missing:
        reading.give_up(None, f"is not in {path.parent}; add it")
    return reading.finish(optional)


class _Known(dict[str, int]):
    """What each text of a column means, asked once."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser

    def __missing__(self, text: str) -> int:
        value = self[text] = self.parser(text.strip())
        return value


class _Reading:
    """One file being read."""

    def __init__(self, path: Path, parsers: Mapping[str, Parser], faults: Faults) -> None:
        self.file = path.name
        self.known = {name: _Known(parser) for name, parser in parsers.items()}
        self.faults = faults
        self.blocks: dict[str, list[Ints]] = {name: [] for name in parsers}
        self.lines: list[Ints] = []
        self.mentioned: set[int] = set()
        self.whole = True

    def add_fault(self, line: int | None, message: str) -> None:
        self.faults.add(self.file, line, message)

    def give_up(self, line: int | None, message: str) -> None:
        """Say why the file, or the rest of it, cannot be read."""
        self.add_fault(line, message)
        self.whole = False

    def read(self, reader: Iterator[list[str]], required: Mapping[str, Parser]) -> None:
        rows = self._rows(reader)
        heading = [cell.strip() for cell in next(rows, [])]
        if not self.whole:
            return
        wrong = _wrong_heading(heading, required, self.known)
        if wrong is not None:
            self.give_up(1, wrong)
            return
        places = {name: heading.index(name) for name in self.known if name in heading}
        before = _line_of(reader)
        while block := list(islice(rows, BLOCK)):
            after = _line_of(reader)
            lines = np.arange(before + 1, before + 1 + len(block), dtype=np.int64)
            if after - before != len(block):
                lines[1:] += np.cumsum(np.array([_breaks(row) for row in block[:-1]], dtype=np.int64))
            before = after
            if not self._take(block, lines, len(heading), places):
                self._take_one_by_one(block, lines, len(heading), places)

    def _rows(self, reader: Iterator[list[str]]) -> Iterator[list[str]]:
        before = 0
        try:
            for row in reader:
                yield row
                before = _line_of(reader)
        except csv.Error as error:
            self.give_up(before + 1, f"is not CSV from here on: {error}; mend the quotation marks")

    def _take(self, block: list[list[str]], lines: Ints, width: int, places: Mapping[str, int]) -> bool:
        """Take a block in which every cell can be read; say whether it is one."""
        if set(map(len, block)) != {width}:
            return False
        columns = {}
        try:
            for name, place in places.items():
                cells = map(self.known[name].__getitem__, map(itemgetter(place), block))
                columns[name] = np.fromiter(cells, dtype=np.int64, count=len(block))
        except BadCellError:
            return False
        for name, column in columns.items():
            self.blocks[name].append(column)
        self.lines.append(lines)
        return True

    def _take_one_by_one(
        self, block: list[list[str]], lines: Ints, width: int, places: Mapping[str, int]
    ) -> None:
        good: list[int] = []
        columns: dict[str, list[int]] = {name: [] for name in places}
        for row, line in enumerate(lines.tolist()):
            cells = block[row]
            if not any(cells) or (len(cells) == 1 < width and not cells[0].strip()):
                if len(cells) == width:
                    self.add_fault(line, "has only empty cells; fill them or take the line out")
                continue
            if len(cells) != width:
                self.add_fault(line, f"has {len(cells)} cells; the heading has {width}")
                continue
            values = self._values(cells, line, places)
            if len(values) == len(places):
                good.append(row)
                for name, value in values.items():
                    columns[name].append(value)
        for name, column in columns.items():
            self.blocks[name].append(np.array(column, dtype=np.int64))
        self.lines.append(lines[np.array(good, dtype=np.int64)])

    def _values(self, cells: list[str], line: int, places: Mapping[str, int]) -> dict[str, int]:
        """Read one row's cells and name the faults of those that cannot be read."""
        values: dict[str, int] = {}
        for name, place in places.items():
            try:
                values[name] = self.known[name][cells[place]]
            except BadCellError as error:
                self.add_fault(line, f"{name} {error}")
        first = next(iter(places))
        if first in values:
            self.mentioned.add(values[first])
        return values

    def finish(self, optional: Mapping[str, Parser]) -> Columns:
        lines = np.concatenate([*self.lines, np.zeros(0, dtype=np.int64)])
        values = {
            name: np.concatenate([*blocks, np.zeros(0, dtype=np.int64)])
            for name, blocks in self.blocks.items()
        }
        for name, parser in optional.items():
            if len(values[name]) < len(lines):
                values[name] = np.full(len(lines), parser(""), dtype=np.int64)
        return Columns(values=values, lines=lines, mentioned=self.mentioned, whole=self.whole)


def _line_of(reader: Iterator[list[str]]) -> int:
    return int(getattr(reader, "line_num"))  # noqa: B009 - the type of csv.reader has no public name


def _wrong_heading(
    heading: list[str], required: Mapping[str, Parser], known: Mapping[str, object]
) -> str | None:
    if not any(heading):
        return f"is empty; begin it with the heading {','.join(required)}"
    missing = [name for name in required if name not in heading]
    if missing:
        return f"has no column {', '.join(missing)}; the heading is {shown(', '.join(heading))[1:-1]}"
    twice = [name for name in known if heading.count(name) > 1]
    if twice:
        return f"has the column {', '.join(twice)} twice; keep one"
    return None


def _breaks(row: list[str]) -> int:
    """Return how many line breaks lie within the cells of a row."""
    return sum(len(LINE_BREAK.findall(cell)) for cell in row)


def _find_bad_byte(path: Path, error: UnicodeDecodeError) -> tuple[int | None, str]:
    """Return the line and the message of the first byte that is not UTF-8."""
    if path.read_bytes()[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return 1, "is UTF-16, not UTF-8; save it as UTF-8"
    with path.open("rb") as file:
        for line, content in enumerate(file, start=1):
            try:
                content.decode("utf-8")
            except UnicodeDecodeError as found:
                return line, f"is not UTF-8 (byte 0x{content[found.start]:02x}); save the file as UTF-8"
    return None, f"is not UTF-8 ({error.reason}); save it as UTF-8"
