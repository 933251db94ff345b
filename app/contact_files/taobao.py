"""The published Taobao dialogues (make-up shops): roles, hand-off marks and a score, without times or people.

A score of 1, 2 or 3 (unsatisfied, met, well satisfied) becomes a satisfaction of 1, 3 or 5. Role 0 is the
agent's side, robot and human alike; role 1 the customer's. Times are unknown: each dialogue starts at a
second of the given day between 08:00 and 24:00 that depends on its name alone, so that loading a file again,
or its lines in another order, gives the same rows.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from app.clock import BUSINESS_ZONE
from app.contact_files.fields import CellFaultError, read_text
from app.contact_files.json_lines import ReadObject
from app.contact_files.records import ContactRecord, Fault, FaultCode, Row, shown

SATISFACTION: Mapping[int, int] = {1: 1, 2: 3, 3: 5}
BUSINESS_ROLE, CUSTOMER_ROLE = 0, 1
FIRST_HOUR = 8
SPREAD_SECONDS = 16 * 3600


def taobao_reader(started_on: dt.date) -> ReadObject:
    """Return a reader of dialogues that take place on a day of the reader's choice."""
    opening = dt.datetime.combine(started_on, dt.time(FIRST_HOUR), BUSINESS_ZONE).astimezone(dt.UTC)

    def read(number: int, value: Mapping[str, Any]) -> Row:
        faults: list[Fault] = []
        given = value.get("sid")
        name = given.strip() if isinstance(given, str) else ""
        if not name:
            faults.append(Fault(line=number, column="sid", code=FaultCode.VALUE_MISSING))
        try:
            read_text(name)
        except CellFaultError as error:
            faults.append(Fault(line=number, column="sid", code=error.code, params=error.params))
        score = value.get("score")
        if type(score) is not int or score not in SATISFACTION:
            params: dict[str, str | int] = {"value": shown(score), "lowest": 1, "highest": 3}
            faults.append(Fault(line=number, column="score", code=FaultCode.OUT_OF_SCALE, params=params))
            score = 1
        turns = value.get("turns")
        if not _are_turns(turns):
            faults.append(Fault(line=number, column="turns", code=FaultCode.TURNS_UNREADABLE))
        if faults:
            return Row(line=number, faults=tuple(faults), external_id=name or None)
        assert turns is not None
        seconds = zlib.crc32(name.encode()) % SPREAD_SECONDS
        record = ContactRecord(
            external_id=name,
            agent=None,
            channel="chat",
            started_at=opening + dt.timedelta(seconds=seconds),
            ended_at=None,
            first_manual_seconds=None,
            messages_in=_count(turns, "role", CUSTOMER_ROLE),
            messages_out=_count(turns, "role", BUSINESS_ROLE),
            handoffs=_count(turns, "handoff", 1),
            satisfaction=SATISFACTION[score],
            resolved=None,
            ordered=None,
        )
        return Row(line=number, record=record, external_id=name)

    return read


def _are_turns(turns: object) -> bool:
    return isinstance(turns, list) and all(
        isinstance(turn, dict) and turn.get("role") in (BUSINESS_ROLE, CUSTOMER_ROLE) for turn in turns
    )


def _count(turns: Sequence[Mapping[str, Any]], key: str, wanted: int) -> int:
    return sum(turn.get(key) == wanted for turn in turns)
