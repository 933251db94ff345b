"""JSON lines: one object for each contact, under the same names as the columns of a CSV."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.contact_files.comma_separated import unknown_column
from app.contact_files.encodings import LONGEST_LINE, is_broken
from app.contact_files.fields import NAMES, read_record
from app.contact_files.records import Fault, FaultCode, Row

# A file of another kind has other names in every line: a few of them say so.
MOST_UNKNOWN_NAMES = 100

ReadObject = Callable[[int, Mapping[str, Any]], Row]


def read_json_lines(lines: Iterator[tuple[int, str]], read_object: ReadObject) -> Iterator[Row]:
    """Yield a row for each line that is not blank; `read_object` knows the source's own shape."""
    found = False
    for number, line in lines:
        if not line or line.isspace():
            continue
        found = True
        try:
            value = _load(number, line)
        except _LineFaultError as error:
            yield Row(line=number, faults=(error.fault,))
        else:
            yield read_object(number, value)
    if not found:
        yield Row(
            line=1, faults=(Fault(line=1, column="", code=FaultCode.FILE_EMPTY),), fatal=True, is_data=False
        )


class _LineFaultError(ValueError):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def _load(number: int, line: str) -> Mapping[str, Any]:
    code, params = None, {}
    value = None
    if len(line) > LONGEST_LINE:
        code = FaultCode.LINE_TOO_LONG
    elif is_broken(line):
        code = FaultCode.ENCODING_BROKEN
    else:
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            code, params = FaultCode.JSON_BROKEN, {"at": error.colno}
        except (ValueError, RecursionError):
            # Numbers of thousands of digits, and brackets nested without end.
            code, params = FaultCode.JSON_BROKEN, {"at": 1}
    if code is None and not isinstance(value, dict):
        code = FaultCode.JSON_NOT_OBJECT
    if code is not None or not isinstance(value, dict):
        raise _LineFaultError(
            Fault(line=number, column="", code=code or FaultCode.JSON_BROKEN, params=params)
        )
    return value


def plain_reader() -> ReadObject:
    """Return a reader of objects in our own columns; a name that nobody knows is a fault once a file."""
    told: set[str] = set()

    def read(number: int, value: Mapping[str, Any]) -> Row:
        cells: dict[str, str] = {}
        unknown: list[Fault] = []
        nested: set[str] = set()
        for title, cell in value.items():
            name = NAMES.get(title.strip().lower())
            if name is None:
                if title not in told and len(told) < MOST_UNKNOWN_NAMES:
                    told.add(title)
                    unknown.append(unknown_column(number, title))
            elif isinstance(cell, list | dict):
                nested.add(name)
            else:
                cells[name] = _text(cell)
        row = read_record(number, cells)
        if not unknown and not nested:
            return row
        not_plain = [
            Fault(line=number, column=name, code=FaultCode.VALUE_NOT_PLAIN) for name in sorted(nested)
        ]
        others = [fault for fault in row.faults if fault.column not in nested]
        record = None if nested else row.record
        return dataclasses.replace(row, record=record, faults=(*unknown, *not_plain, *others))

    return read


def _text(cell: object) -> str:
    """Return what a CSV would hold in this cell."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return json.dumps(cell, ensure_ascii=False)
