"""Reads a file of the public employee-scheduling benchmark; every fault is a line, a value and its mend."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scheduling.matching.faults import Fault, ProblemError
from scheduling.matching.rosters.instance import Instance

SECTIONS = ("HORIZON", "SHIFTS", "STAFF", "DAYS_OFF", "SHIFT_ON_REQUESTS", "SHIFT_OFF_REQUESTS", "COVER")
LONGEST_HORIZON = 3_660
MOST_EMPLOYEES = 2_000
MOST_SHIFTS = 200
HEAVIEST = 10_000
STAFF_NUMBERS = (
    "most minutes",
    "least minutes",
    "most shifts in a row",
    "least shifts in a row",
    "least days off in a row",
    "most weekends",
)


@dataclasses.dataclass
class _Reading:
    """The lines of a file by section, and the faults found so far."""

    name: str
    rows: dict[str, list[tuple[int, list[str]]]]
    faults: list[Fault] = dataclasses.field(default_factory=list)

    def fault(self, line: int | None, message: str) -> None:
        self.faults.append(Fault(table=self.name, line=line, message=message))

    def number(self, line: int, what: str, text: str, low: int, high: int) -> int:
        """Return a whole number; a fault, and `low`, when it is none or out of range."""
        digits = text.strip().removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < 19 and low <= int(text) <= high:
            return int(text)
        self.fault(line, f"{what} is {text.strip()!r}; give a whole number from {low} to {high}")
        return low

    def known(self, line: int, what: str, name: str, places: dict[str, int]) -> int | None:
        """Return the place of a name; a fault, and None, when it is not known."""
        place = places.get(name.strip())
        if place is None:
            self.fault(line, f"{what} {name.strip()!r} is not in its section; add it there or mend the name")
        return place

    def cells(self, section: str, least: int, most: int | None) -> list[tuple[int, list[str]]]:
        """Return the lines of a section that have the right number of fields; the others are faults."""
        good = []
        for line, fields in self.rows.get(section, []):
            if len(fields) < least or (most is not None and len(fields) > most):
                wanted = str(least) if most == least else f"at least {least}"
                self.fault(
                    line, f"{len(fields)} fields in section {section}; give {wanted}, with commas between"
                )
            else:
                good.append((line, fields))
        return good


def read_instance(path: Path) -> Instance:
    """Read a benchmark file. Raises ProblemError with every fault found."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault(
            table=path.name, line=None, message=f"byte {error.start} is not UTF-8; save it as UTF-8"
        )
        raise ProblemError([fault]) from error
    return parse_instance(text, name=path.name)


def parse_instance(text: str, *, name: str) -> Instance:
    """Read the text of a benchmark file. Raises ProblemError with every fault found."""
    reading = _split(text, name)
    days = _read_days(reading)
    minutes, follows, shifts = _read_shifts(reading)
    employees = _read_names(reading)
    if reading.faults and (not days or not shifts or not employees):
        raise ProblemError(reading.faults)
    staff = _read_staff(reading, employees, shifts)
    day_off = np.zeros((len(employees), days), dtype=np.bool_)
    for line, fields in reading.cells("DAYS_OFF", 2, None):
        employee = reading.known(line, "employee", fields[0], employees)
        for cell in fields[1:]:
            day = reading.number(line, "day", cell, 0, days - 1)
            if employee is not None:
                day_off[employee, day] = True
    wishes = np.zeros((len(employees), days, len(shifts)), dtype=np.int64)
    constant = _read_wishes(reading, "SHIFT_ON_REQUESTS", -1, wishes, employees, shifts)
    _read_wishes(reading, "SHIFT_OFF_REQUESTS", 1, wishes, employees, shifts)
    need, under, over = _read_cover(reading, days, shifts)
    if reading.faults:
        reading.faults.sort(key=lambda fault: fault.line or 0)
        raise ProblemError(reading.faults)
    return Instance(
        days=days,
        shift_ids=tuple(shifts),
        shift_minutes=minutes,
        follows=follows,
        employee_ids=tuple(employees),
        max_shifts=staff[:, len(STAFF_NUMBERS) :],
        max_minutes=staff[:, 0],
        min_minutes=staff[:, 1],
        max_run=staff[:, 2],
        min_run=staff[:, 3],
        min_off=staff[:, 4],
        max_weekends=staff[:, 5],
        day_off=day_off,
        request_cost=wishes,
        constant=constant,
        need=need,
        under=under,
        over=over,
    )


def _split(text: str, name: str) -> _Reading:
    """Sort the lines into sections, without comments and empty lines."""
    reading = _Reading(name, {})
    section = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.split("#", 1)[0].strip()
        if line.startswith("SECTION_"):
            section = line.removeprefix("SECTION_")
            if section not in SECTIONS:
                reading.fault(number, f"section {section!r} is not known; give one of {', '.join(SECTIONS)}")
            elif section in reading.rows:
                reading.fault(number, f"section {section} is there twice; keep one")
            reading.rows.setdefault(section, [])
        elif line and not section:
            reading.fault(number, f"{line!r} stands before any section; begin with SECTION_HORIZON")
        elif line:
            reading.rows[section].append((number, [field.strip() for field in line.split(",")]))
    for needed in ("HORIZON", "SHIFTS", "STAFF"):
        if not reading.rows.get(needed):
            reading.fault(None, f"section {needed} is missing or empty; add SECTION_{needed} with its lines")
    return reading


def _read_days(reading: _Reading) -> int:
    rows = reading.rows.get("HORIZON", [])
    for line, _ in rows[1:]:
        reading.fault(line, "section HORIZON has more than one line; keep the number of days")
    return reading.number(rows[0][0], "horizon", rows[0][1][0], 1, LONGEST_HORIZON) if rows else 0


def _read_shifts(reading: _Reading) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    rows = reading.cells("SHIFTS", 2, 3)
    places = _name(reading, "shift", rows, MOST_SHIFTS)
    minutes = np.ones(len(places), dtype=np.int64)
    follows = np.ones((len(places), len(places)), dtype=np.bool_)
    for line, fields in rows:
        place = places.get(fields[0])
        if place is None:
            continue
        minutes[place] = reading.number(line, "minutes", fields[1], 1, 10_080)
        for other in filter(None, fields[2].split("|") if len(fields) > 2 else []):
            barred = reading.known(line, "shift", other, places)
            if barred is not None:
                follows[place, barred] = False
    return minutes, follows, places


def _name(reading: _Reading, what: str, rows: Sequence[tuple[int, list[str]]], most: int) -> dict[str, int]:
    """Give each name its place; an empty name or one that is there twice is a fault."""
    places: dict[str, int] = {}
    for line, fields in rows:
        if not fields[0] or fields[0] in places:
            fault = "is there twice" if fields[0] else "is empty"
            reading.fault(line, f"{what} id {fields[0]!r} {fault}; give each an id of its own")
        else:
            places[fields[0]] = len(places)
    if len(places) > most:
        reading.fault(None, f"{len(places)} of {what}; at most {most} can be planned in one file")
    return places


def _read_names(reading: _Reading) -> dict[str, int]:
    return _name(reading, "employee", reading.cells("STAFF", 8, 8), MOST_EMPLOYEES)


def _read_staff(reading: _Reading, employees: dict[str, int], shifts: dict[str, int]) -> np.ndarray:
    """Return the six numbers of each employee, then the most shifts of each kind."""
    numbers = np.zeros((len(employees), len(STAFF_NUMBERS) + len(shifts)), dtype=np.int64)
    for line, fields in (row for row in reading.rows.get("STAFF", []) if len(row[1]) == 8):
        employee = employees[fields[0]]
        for place, (what, text) in enumerate(zip(STAFF_NUMBERS, fields[2:], strict=True)):
            numbers[employee, place] = reading.number(line, what, text, 0, LONGEST_HORIZON * 1440)
        if numbers[employee, 1] > numbers[employee, 0]:
            reading.fault(
                line,
                f"least minutes {numbers[employee, 1]} are above the most, {numbers[employee, 0]}; lower it",
            )
        for part in filter(None, fields[1].split("|")):
            shift_id, _, count = part.partition("=")
            shift = reading.known(line, "shift", shift_id, shifts)
            most = reading.number(line, f"most shifts {shift_id.strip()}", count, 0, LONGEST_HORIZON)
            if shift is not None:
                numbers[employee, len(STAFF_NUMBERS) + shift] = most
    return numbers


def _read_wishes(
    reading: _Reading,
    section: str,
    sign: int,
    wishes: np.ndarray,
    employees: dict[str, int],
    shifts: dict[str, int],
) -> int:
    """Add a section's wishes to the costs and return the sum of their weights."""
    total = 0
    for line, fields in reading.cells(section, 4, 4):
        employee = reading.known(line, "employee", fields[0], employees)
        day = reading.number(line, "day", fields[1], 0, wishes.shape[1] - 1)
        shift = reading.known(line, "shift", fields[2], shifts)
        weight = reading.number(line, "weight", fields[3], 0, HEAVIEST)
        if employee is not None and shift is not None:
            wishes[employee, day, shift] += sign * weight
            total += weight
    return total


def _read_cover(
    reading: _Reading, days: int, shifts: dict[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    need, under, over = (np.zeros((days, len(shifts)), dtype=np.int64) for _ in range(3))
    first_line: dict[tuple[int, int], int] = {}
    limits: tuple[tuple[np.ndarray, str, int], ...] = (
        (need, "requirement", MOST_EMPLOYEES * 10),
        (under, "weight for under", HEAVIEST),
        (over, "weight for over", HEAVIEST),
    )
    for line, fields in reading.cells("COVER", 5, 5):
        day = reading.number(line, "day", fields[0], 0, days - 1)
        shift = reading.known(line, "shift", fields[1], shifts)
        numbers = [
            reading.number(line, what, text, 0, high)
            for (_, what, high), text in zip(limits, fields[2:], strict=True)
        ]
        if shift is None:
            continue
        if (day, shift) in first_line:
            seen = first_line[day, shift]
            reading.fault(
                line, f"day {day} and shift {fields[1]!r} are there twice, first on line {seen}; keep one"
            )
        first_line.setdefault((day, shift), line)
        for (table, _, _), number in zip(limits, numbers, strict=True):
            table[day, shift] = number
    return need, under, over
