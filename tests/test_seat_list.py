from __future__ import annotations

import datetime as dt
import uuid

import pytest

from app.seat_list import MOST_LINES, FaultKind, read_seat_list

DAY = dt.date(2026, 11, 11)
EVENING, NIGHT = uuid.uuid4(), uuid.uuid4()
CELLS = {(DAY, 20): (24, EVENING), (DAY, 0): (4, NIGHT)}


def read(text: str | bytes) -> tuple[dict[uuid.UUID, int], list[tuple[int, FaultKind, str]]]:
    data = text.encode() if isinstance(text, str) else text
    wanted = read_seat_list(data, CELLS, most_seats=9999)
    return dict(wanted.seats), [(fault.line, fault.kind, fault.text) for fault in wanted.faults]


@pytest.mark.parametrize("day", ["2026-11-11", "2026/11/11", "2026.11.11"])
@pytest.mark.parametrize(
    "slot", ["20-24", "20:00-24:00", "20–24", "20~24", "20", "20:00", "20点至24点", "20 - 24"]
)
def test_days_and_slots_are_read_as_people_write_them(day: str, slot: str) -> None:
    assert read(f"day,slot,seats\n{day},{slot},12\n") == ({EVENING: 12}, [])


@pytest.mark.parametrize(
    "heading", ["day,slot,seats", "日期,班次,席数", "Seats,note,Slot,Day", "\ufeffday,slot,seats"]
)
def test_columns_may_stand_in_any_order_and_language(heading: str) -> None:
    names = heading.removeprefix("\ufeff").lower().split(",")
    values = {"day": "2026-11-11", "日期": "2026-11-11", "slot": "20", "班次": "20", "note": "x"}
    line = ",".join(values.get(name, "3") for name in names)

    assert read(f"{heading}\r\n{line}\r\n\r\n") == ({EVENING: 3}, [])


def test_spreadsheets_in_china_write_gb_18030() -> None:
    assert read("日期,班次,席数\n2026-11-11,20,3\n".encode("gb18030")) == ({EVENING: 3}, [])


@pytest.mark.parametrize(("seats", "good"), [("1", True), ("9999", True), ("0", False), ("10000", False)])
def test_seats_at_their_limits(seats: str, good: bool) -> None:
    wanted, faults = read(f"day,slot,seats\n2026-11-11,20,{seats}\n")

    assert (wanted == {EVENING: int(seats)}) == good
    assert ([kind for _, kind, _ in faults] == [FaultKind.BAD_SEATS]) != good


def test_every_fault_is_found_with_its_line() -> None:
    _wanted, faults = read(
        "day,slot,seats\n"
        "2026-13-11,20,1\n"  # no such month
        "2026-11-11,evening,-1\n"  # two faults in one line
        "\n"
        "2026-11-12,20,1\n"  # not in the season
        "2026-11-11,20-23,1\n"  # not a slot
        "2026-11-11,20,1\n"
        "2026-11-11,20-24,2\n"  # the same again
        "2026-11-11,0\n"  # no seats
    )

    assert faults == [
        (2, FaultKind.BAD_DAY, "2026-13-11"),
        (3, FaultKind.BAD_SLOT, "evening"),
        (3, FaultKind.BAD_SEATS, "-1"),
        (5, FaultKind.NO_SUCH_CELL, "2026-11-12 20"),
        (6, FaultKind.NO_SUCH_CELL, "2026-11-11 20-23"),
        (8, FaultKind.TWICE, "7"),
        (9, FaultKind.BAD_SEATS, ""),
    ]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", (1, FaultKind.NO_COLUMN, "day")),
        (b"day,slot\n", (1, FaultKind.NO_COLUMN, "seats")),
        (b"day,slot,seats\n", (2, FaultKind.NO_LINES, "")),
        (b"day,slot,seats\n\n,,\n", (2, FaultKind.NO_LINES, "")),
        (b"PK\x03\x04\x00\x00", (1, FaultKind.NOT_TEXT, "")),
        (b"\xff\xff\xff", (1, FaultKind.NOT_TEXT, "")),
        (b"day,slot,seats\n" + b"x" * 200_000, (2, FaultKind.NOT_TEXT, "")),
    ],
)
def test_what_is_no_list_is_said_to_be_none(data: bytes, fault: tuple[int, FaultKind, str]) -> None:
    wanted, faults = read(data)

    assert wanted == {}
    assert fault in faults


def test_a_list_longer_than_any_season_is_refused() -> None:
    line = "2026-11-11,20,1\n"

    _wanted, faults = read("day,slot,seats\n" + line * (MOST_LINES + 1))

    assert [kind for _, kind, _ in faults] == [FaultKind.TOO_MANY_LINES]
    assert FaultKind.TOO_MANY_LINES not in [k for _, k, _ in read("day,slot,seats\n" + line * MOST_LINES)[1]]
