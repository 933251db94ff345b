"""CSV: one header of column names, then one line for each contact.

No column holds line breaks, so each line is read by itself: one quote that was never closed spoils one line,
not the rest of the file.
"""

from __future__ import annotations

import csv
import difflib
import unicodedata
from collections.abc import Iterator, Sequence

from app.contact_files.encodings import LONGEST_LINE, is_broken
from app.contact_files.fields import COLUMNS, NAMES, read_record
from app.contact_files.records import Fault, FaultCode, Row, shown

SEPARATORS = ",\t;，"
MOST_COLUMNS = 200


def read_csv(lines: Iterator[tuple[int, str]]) -> Iterator[Row]:
    """Yield a row for each line that is not blank. A header that cannot be used ends the reading."""
    for number, line in lines:
        if line.strip():
            header = (number, line)
            break
    else:
        yield Row(
            line=1, faults=(Fault(line=1, column="", code=FaultCode.FILE_EMPTY),), fatal=True, is_data=False
        )
        return
    names, separator, problem = _read_header(*header)
    if problem.faults:
        yield problem
    if problem.fatal:
        return
    for number, line in lines:
        if line and not line.isspace():
            yield _read_line(number, line, names, separator)


def _read_header(number: int, line: str) -> tuple[Sequence[str], str, Row]:
    """Return the column of each cell ("" for one that is left out), the separator, and what is wrong."""
    separator = max(SEPARATORS, key=line.count) if len(line) <= LONGEST_LINE else ","
    try:
        cells = _split(line, separator)
    except csv.Error:
        cells = []
    titles = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in cells]
    names = [NAMES.get(title, "") for title in titles]
    if not any(names) or len(names) > MOST_COLUMNS:
        expected = ",".join(COLUMNS)
        fault = Fault(
            line=number,
            column="",
            code=FaultCode.HEADER_MISSING,
            params={"found": shown(line), "expected": expected},
        )
        return [], separator, Row(line=number, faults=(fault,), fatal=True, is_data=False)
    faults = []
    for position, (title, name) in enumerate(zip(titles, names, strict=True)):
        if not name and title:
            faults.append(unknown_column(number, title))
        elif name and name in names[:position]:
            faults.append(Fault(line=number, column=name, code=FaultCode.COLUMN_TWICE))
    missing = [name for name, column in COLUMNS.items() if column.required and name not in names]
    faults += [Fault(line=number, column=name, code=FaultCode.COLUMN_MISSING) for name in missing]
    # An unknown column can be left out; a missing or doubled one leaves every line in doubt.
    fatal = any(fault.code is not FaultCode.COLUMN_UNKNOWN for fault in faults)
    return names, separator, Row(line=number, faults=tuple(faults), fatal=fatal, is_data=False)


def unknown_column(line: int, title: str) -> Fault:
    """Return the fault of a column that nobody knows, with the known name that is most like it."""
    alike = difflib.get_close_matches(title[:60], NAMES, n=1, cutoff=0.6)
    return Fault(
        line=line,
        column=shown(title),
        code=FaultCode.COLUMN_UNKNOWN,
        params={"known": NAMES[alike[0]] if alike else ", ".join(COLUMNS)},
    )


def _read_line(number: int, line: str, names: Sequence[str], separator: str) -> Row:
    code: FaultCode | None = None
    cells: list[str] = []
    if len(line) > LONGEST_LINE:
        code = FaultCode.LINE_TOO_LONG
    elif is_broken(line):
        code = FaultCode.ENCODING_BROKEN
    else:
        try:
            cells = _split(line, separator)
        except csv.Error:
            code = FaultCode.QUOTES
    if code is not None:
        return Row(line=number, faults=(Fault(line=number, column="", code=code),))
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(names):
        params = {"expected": len(names), "found": len(cells)}
        return Row(
            line=number, faults=(Fault(line=number, column="", code=FaultCode.CELL_COUNT, params=params),)
        )
    return read_record(number, dict(zip(names, cells, strict=True)))


def _split(line: str, separator: str) -> list[str]:
    return next(csv.reader((line,), delimiter=separator, strict=True), [])
