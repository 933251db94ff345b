"""One cell each: text into a value, or the fault that says how to mend it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from app.clock import BUSINESS_ZONE
from app.contact_files.records import ContactRecord, Fault, FaultCode, Row, shown

LONGEST_TEXT = 200
# Larger than any conversation, small enough for the database's integers.
LARGEST_NUMBER = 1_000_000
FIRST_YEAR, LAST_YEAR = 2000, 2100

_NUMBER = re.compile(r"[-+]?\d{1,18}(\.\d{1,18})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T ]\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)
YES = frozenset({"1", "yes", "y", "true", "t", "是", "已", "有"})
NO = frozenset({"0", "no", "n", "false", "f", "否", "未", "没有", "无"})
CHANNELS: Mapping[str, str] = {
    **dict.fromkeys(("chat", "text", "文字", "在线", "聊天"), "chat"),
    **dict.fromkeys(("call", "phone", "voice", "hotline", "电话", "热线", "语音"), "call"),
}


class CellFaultError(ValueError):
    """A cell cannot be read; carries what the sentence about it needs."""

    def __init__(self, code: FaultCode, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def read_text(text: str) -> str:
    if _CONTROL.search(text):
        raise CellFaultError(FaultCode.CONTROL_CHARACTER, value=shown(text))
    if len(text) > LONGEST_TEXT:
        raise CellFaultError(FaultCode.TEXT_TOO_LONG, value=shown(text), longest=LONGEST_TEXT)
    return text


def read_time(text: str) -> dt.datetime:
    """Read 2026-11-11 20:15:03, with / or T too; without an offset it is Beijing time.

    Fractions of a second are dropped.
    """
    found = _TIME.fullmatch(_plain(text))
    if found is None:
        raise CellFaultError(FaultCode.TIME_UNREADABLE, value=shown(text))
    *numbers, offset = found.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, tzinfo=_zone(offset))
    except ValueError as error:
        raise CellFaultError(FaultCode.TIME_UNREADABLE, value=shown(text)) from error
    if not FIRST_YEAR <= year < LAST_YEAR:
        raise CellFaultError(
            FaultCode.TIME_OUT_OF_RANGE, value=shown(text), first=FIRST_YEAR, last=LAST_YEAR - 1
        )
    return moment.astimezone(dt.UTC)


def _zone(offset: str | None) -> dt.tzinfo:
    if offset is None:
        return BUSINESS_ZONE
    if offset in "Zz":
        return dt.UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return dt.timezone(dt.timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def read_count(text: str) -> int:
    value = _number(text)
    if value != int(value):
        raise CellFaultError(FaultCode.NUMBER_UNREADABLE, value=shown(text))
    return int(value)


def read_seconds(text: str) -> int:
    """Read seconds; parts of a second are rounded up, so that 5.2 s is never counted as within 5 s."""
    return math.ceil(_number(text))


def read_satisfaction(text: str) -> int:
    if _plain(text) not in {"1", "2", "3", "4", "5"}:
        raise CellFaultError(FaultCode.OUT_OF_SCALE, value=shown(text), lowest=1, highest=5)
    return int(_plain(text))


def read_yes_or_no(text: str) -> bool:
    word = _plain(text).lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellFaultError(FaultCode.NOT_YES_OR_NO, value=shown(text))


def read_channel(text: str) -> str:
    channel = CHANNELS.get(_plain(text).lower())
    if channel is None:
        raise CellFaultError(FaultCode.CHANNEL_UNKNOWN, value=shown(text))
    return channel


def _number(text: str) -> float:
    plain = _plain(text)
    if not _NUMBER.fullmatch(plain):
        raise CellFaultError(FaultCode.NUMBER_UNREADABLE, value=shown(text))
    value = float(plain)
    if value < 0:
        raise CellFaultError(FaultCode.NUMBER_NEGATIVE, value=shown(text))
    if value > LARGEST_NUMBER:
        raise CellFaultError(FaultCode.NUMBER_TOO_LARGE, value=shown(text), largest=LARGEST_NUMBER)
    return value


def _plain(text: str) -> str:
    """Full-width digits and signs as half-width ones; most cells are ASCII and need no work."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its name and its other name, how its cells are read, and what an empty cell means."""

    name: str
    alias: str
    read: Callable[[str], Any]
    required: bool = False
    when_empty: int | None = None


COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column(name="external_id", alias="会话编号", read=read_text, required=True),
        Column(name="agent", alias="客服", read=read_text),
        Column(name="channel", alias="渠道", read=read_channel, required=True),
        Column(name="started_at", alias="开始时间", read=read_time, required=True),
        Column(name="ended_at", alias="结束时间", read=read_time),
        Column(name="first_manual_seconds", alias="首次人工响应秒数", read=read_seconds),
        Column(name="messages_in", alias="顾客消息数", read=read_count, required=True),
        Column(name="messages_out", alias="客服消息数", read=read_count, required=True),
        Column(name="handoffs", alias="转接次数", read=read_count, when_empty=0),
        Column(name="satisfaction", alias="满意度", read=read_satisfaction),
        Column(name="resolved", alias="已解决", read=read_yes_or_no),
        Column(name="ordered", alias="已下单", read=read_yes_or_no),
    )
}
NAMES: Mapping[str, str] = {
    **{name: name for name in COLUMNS},
    **{column.alias: name for name, column in COLUMNS.items()},
}


def read_record(line: int, cells: Mapping[str, str]) -> Row:
    """Read one line's cells by column name (absent means empty); all its faults are found, not the first."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, column in COLUMNS.items():
        text = cells.get(name, "").strip()
        if not text:
            values[name] = column.when_empty
            if column.required:
                faults.append(Fault(line=line, column=name, code=FaultCode.VALUE_MISSING))
            continue
        try:
            values[name] = column.read(text)
        except CellFaultError as error:
            values[name] = None
            faults.append(Fault(line=line, column=name, code=error.code, params=error.params))
    started_at, ended_at = values["started_at"], values["ended_at"]
    if started_at and ended_at and ended_at < started_at:
        params = {"started": shown(cells["started_at"].strip()), "ended": shown(cells["ended_at"].strip())}
        faults.append(Fault(line=line, column="ended_at", code=FaultCode.ENDED_BEFORE_STARTED, params=params))
    return Row(
        line=line,
        record=None if faults else ContactRecord(**values),
        faults=tuple(faults),
        external_id=values["external_id"],
        agent=values["agent"],
    )
