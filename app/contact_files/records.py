"""What a file of contacts holds: good records, and faults that say where and what."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import unicodedata
from collections.abc import Mapping

SHOWN_CHARACTERS = 40


class FaultCode(enum.StrEnum):
    """Every way in which a file can be wrong. app/fault_texts.py has the sentence of each."""

    FILE_EMPTY = "file-empty"
    ENCODING_UNKNOWN = "encoding-unknown"
    ENCODING_BROKEN = "encoding-broken"
    HEADER_MISSING = "header-missing"
    COLUMN_MISSING = "column-missing"
    COLUMN_UNKNOWN = "column-unknown"
    COLUMN_TWICE = "column-twice"
    CELL_COUNT = "cell-count"
    QUOTES = "quotes"
    LINE_TOO_LONG = "line-too-long"
    JSON_BROKEN = "json-broken"
    JSON_NOT_OBJECT = "json-not-object"
    VALUE_MISSING = "value-missing"
    VALUE_NOT_PLAIN = "value-not-plain"
    TEXT_TOO_LONG = "text-too-long"
    CONTROL_CHARACTER = "control-character"
    TIME_UNREADABLE = "time-unreadable"
    TIME_OUT_OF_RANGE = "time-out-of-range"
    ENDED_BEFORE_STARTED = "ended-before-started"
    NUMBER_UNREADABLE = "number-unreadable"
    NUMBER_NEGATIVE = "number-negative"
    NUMBER_TOO_LARGE = "number-too-large"
    OUT_OF_SCALE = "out-of-scale"
    NOT_YES_OR_NO = "not-yes-or-no"
    CHANNEL_UNKNOWN = "channel-unknown"
    AGENT_UNKNOWN = "agent-unknown"
    DUPLICATE = "duplicate"
    TURNS_UNREADABLE = "turns-unreadable"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault. `line` counts from 1, as an editor does; `column` is empty when the whole line is meant."""

    line: int
    column: str
    code: FaultCode
    params: Mapping[str, str | int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ContactRecord:
    """One conversation as its source tells it. `agent` is a reference (mobile, e-mail, number), not an id.

    Seconds are whole; times are aware, in UTC; None means that the source does not say.
    """

    external_id: str
    agent: str | None
    channel: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    first_manual_seconds: int | None
    messages_in: int
    messages_out: int
    handoffs: int
    satisfaction: int | None
    resolved: bool | None
    ordered: bool | None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line that says something: a record, or the faults that keep it from being one.

    `fatal` means that nothing after it can be read; `is_data` is False for what is said about the file or its
    header. `external_id` and `agent` are what the line says of them, record or not: a line with one
    fault is still looked through for the others.
    """

    line: int
    record: ContactRecord | None = None
    faults: tuple[Fault, ...] = ()
    external_id: str | None = None
    agent: str | None = None
    fatal: bool = False
    is_data: bool = True


def shown(value: object) -> str:
    """Return a value short enough to quote and free of characters that a page or database cannot hold."""
    text = value if isinstance(value, str) else repr(value)
    clipped = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    return "".join("�" if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in clipped)
