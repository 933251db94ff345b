"""Seats wanted, as lines of a CSV file: day, slot, seats. All faults are found, each with its line."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import enum
import io
import re
import uuid
from collections.abc import Mapping

MOST_LINES = 2000
COLUMNS = {
    "day": ("day", "date", "日期"),
    "slot": ("slot", "shift", "班次"),
    "seats": ("seats", "席数", "坐席"),
}

_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_SLOT = re.compile(
    r"(\d{1,2})(?::00)?(?:\s*(?:点|时))?(?:\s*[-–—~～至到]\s*(\d{1,2})(?::00)?(?:\s*(?:点|时))?)?"
)


class FaultKind(enum.StrEnum):
    """What is wrong with a line; the page has a sentence for each, and how to mend it."""

    NOT_TEXT = "not-text"
    NO_LINES = "no-lines"
    TOO_MANY_LINES = "too-many-lines"
    NO_COLUMN = "no-column"
    BAD_DAY = "bad-day"
    BAD_SLOT = "bad-slot"
    BAD_SEATS = "bad-seats"
    NO_SUCH_CELL = "no-such-cell"
    TWICE = "twice"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: the line of the file (1 is the heading), what is wrong, and the text that is."""

    line: int
    kind: FaultKind
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class SeatList:
    """What a file says: seats by cell, and every fault in it. With faults, the seats are not to be used."""

    seats: Mapping[uuid.UUID, int]
    faults: tuple[Fault, ...]


def read_seat_list(
    data: bytes, cells: Mapping[tuple[dt.date, int], tuple[int, uuid.UUID]], *, most_seats: int
) -> SeatList:
    """Read a file. `cells` maps (day, hour of the start) to (hour of the end, cell id).

    UTF-8 with or without a mark, or GB 18030 as spreadsheets in China write it.
    """
    text = _decode(data)
    if text is None:
        return _refused(Fault(line=1, kind=FaultKind.NOT_TEXT, text=""))
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        columns = _find_columns(next(rows, []))
        missing = [name for name in COLUMNS if name not in columns]
        if missing:
            return _refused(
                *(Fault(line=1, kind=FaultKind.NO_COLUMN, text=COLUMNS[name][0]) for name in missing)
            )
        lines = [(rows.line_num, row) for row in rows if any(value.strip() for value in row)]
    except csv.Error:
        return _refused(Fault(line=rows.line_num, kind=FaultKind.NOT_TEXT, text=""))
    if not lines:
        return _refused(Fault(line=2, kind=FaultKind.NO_LINES, text=""))
    if len(lines) > MOST_LINES:
        return _refused(Fault(line=lines[MOST_LINES][0], kind=FaultKind.TOO_MANY_LINES, text=str(MOST_LINES)))
    return _read_lines(lines, columns, cells, most_seats=most_seats)


def _refused(*faults: Fault) -> SeatList:
    return SeatList(seats={}, faults=faults)


def _read_lines(
    lines: list[tuple[int, list[str]]],
    columns: Mapping[str, int],
    cells: Mapping[tuple[dt.date, int], tuple[int, uuid.UUID]],
    *,
    most_seats: int,
) -> SeatList:
    seats: dict[uuid.UUID, int] = {}
    seen: dict[uuid.UUID, int] = {}
    faults: list[Fault] = []
    for line, row in lines:
        day, slot, number = (_value(row, columns[name]) for name in ("day", "slot", "seats"))
        cell_id, found = _find_cell(day, slot, cells, line=line)
        faults.extend(found)
        wanted = _read_seats(number, most_seats=most_seats)
        if wanted is None:
            faults.append(Fault(line=line, kind=FaultKind.BAD_SEATS, text=number))
        if cell_id is None:
            continue
        if cell_id in seen:
            faults.append(Fault(line=line, kind=FaultKind.TWICE, text=str(seen[cell_id])))
            continue
        seen[cell_id] = line
        if wanted is not None:
            seats[cell_id] = wanted
    return SeatList(seats=seats, faults=tuple(faults))


def _decode(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _find_columns(heading: list[str]) -> dict[str, int]:
    names = [value.strip().lower() for value in heading]
    found: dict[str, int] = {}
    for column, known in COLUMNS.items():
        for position, name in enumerate(names):
            if name in known:
                found.setdefault(column, position)
    return found


def _value(row: list[str], position: int) -> str:
    return row[position].strip() if position < len(row) else ""


def _find_cell(
    day_text: str, slot_text: str, cells: Mapping[tuple[dt.date, int], tuple[int, uuid.UUID]], *, line: int
) -> tuple[uuid.UUID | None, list[Fault]]:
    day, hours = _read_day(day_text), _read_slot(slot_text)
    faults = []
    if day is None:
        faults.append(Fault(line=line, kind=FaultKind.BAD_DAY, text=day_text))
    if hours is None:
        faults.append(Fault(line=line, kind=FaultKind.BAD_SLOT, text=slot_text))
    if day is None or hours is None:
        return None, faults
    start, end = hours
    known = cells.get((day, start))
    if known is None or end not in (None, known[0]):
        return None, [Fault(line=line, kind=FaultKind.NO_SUCH_CELL, text=f"{day_text} {slot_text}")]
    return known[1], []


def _read_day(text: str) -> dt.date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _read_slot(text: str) -> tuple[int, int | None] | None:
    match = _SLOT.fullmatch(text)
    if match is None:
        return None
    start, end = match.groups()
    return int(start), int(end) if end else None


def _read_seats(text: str, *, most_seats: int) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    seats = int(text)
    return seats if 1 <= seats <= most_seats else None
