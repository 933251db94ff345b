"""Files of contacts: bytes in, records and faults out. Knows neither the database nor the page.

Each source is a name and a mapping from its lines to our columns; a new one is a reader in SOURCES.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator

from app.contact_files.comma_separated import read_csv
from app.contact_files.encodings import UnknownEncodingError, detect_encoding, lines_of
from app.contact_files.fields import COLUMNS
from app.contact_files.json_lines import plain_reader, read_json_lines
from app.contact_files.records import ContactRecord, Fault, FaultCode, Row, shown
from app.contact_files.taobao import taobao_reader

__all__ = ["COLUMNS", "ContactRecord", "Fault", "FaultCode", "FileFormat", "Row", "read_contacts"]


class FileFormat(enum.StrEnum):
    """The sources that can be read."""

    CSV = "csv"
    JSONL = "jsonl"
    TAOBAO = "taobao"


def read_contacts(
    content: bytes, file_format: FileFormat, *, started_on: dt.date | None = None
) -> Iterator[Row]:
    """Yield every line's record or faults, in order; no bytes make it raise.

    `started_on` is the day of dialogues whose source tells no times, and needed for those alone.
    """
    try:
        encoding = detect_encoding(content)
    except UnknownEncodingError:
        yield Row(
            line=1,
            faults=(Fault(line=1, column="", code=FaultCode.ENCODING_UNKNOWN),),
            fatal=True,
            is_data=False,
        )
        return
    yield from _without_repeats(_rows(lines_of(content, encoding), file_format, started_on))


def _rows(
    lines: Iterator[tuple[int, str]], file_format: FileFormat, started_on: dt.date | None
) -> Iterator[Row]:
    if file_format is FileFormat.CSV:
        return read_csv(lines)
    if file_format is FileFormat.JSONL:
        return read_json_lines(lines, plain_reader())
    if started_on is None:
        raise ValueError("Taobao dialogues tell no times: started_on is needed")
    return read_json_lines(lines, taobao_reader(started_on))


def _without_repeats(rows: Iterator[Row]) -> Iterator[Row]:
    """Turn the second line of a name into a fault: which of the two is right, only its author knows."""
    first_lines: dict[str, int] = {}
    for row in rows:
        name = row.external_id
        first = row.line if name is None else first_lines.setdefault(name, row.line)
        if first == row.line:
            yield row
        else:
            params: dict[str, str | int] = {"value": shown(name), "first": first}
            fault = Fault(line=row.line, column="external_id", code=FaultCode.DUPLICATE, params=params)
            yield dataclasses.replace(row, record=None, faults=(*row.faults, fault))
