"""Goes over a roster, rule by rule, and counts what it costs. Shares no code with what makes rosters.

At most one shift a day is the form of the file; the benchmark's other rules are below, one function each.
"""

from __future__ import annotations

import csv
import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path

Plan = Sequence[str]
"""One cell a day: a shift id, or empty."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contract:
    """What one employee's plan must keep to."""

    most: Mapping[str, int]
    max_minutes: int
    min_minutes: int
    max_run: int
    min_run: int
    min_off: int
    max_weekends: int
    days_off: frozenset[int]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Terms:
    """A benchmark file as it is written."""

    days: int
    minutes: Mapping[str, int]
    barred: Mapping[str, frozenset[str]]
    staff: Mapping[str, Contract]
    on_requests: Sequence[tuple[str, int, str, int]]
    off_requests: Sequence[tuple[str, int, str, int]]
    cover: Sequence[tuple[int, str, int, int, int]]


Rule = Callable[[Terms, Contract, Plan], Iterator[str]]


def knows_only_shifts_of_the_file(terms: Terms, _: Contract, plan: Plan) -> Iterator[str]:
    for day, shift in enumerate(plan):
        if shift and shift not in terms.minutes:
            yield f"day {day}: there is no shift {shift!r}"


def next_shift_may_follow(terms: Terms, _: Contract, plan: Plan) -> Iterator[str]:
    for day, (shift, following) in enumerate(pairwise(plan)):
        if following and following in terms.barred.get(shift, ()):
            yield f"day {day + 1}: {following} cannot follow {shift}"


def not_too_many_of_a_shift(_: Terms, contract: Contract, plan: Plan) -> Iterator[str]:
    for shift, count in sorted(Counter(filter(None, plan)).items()):
        if count > contract.most.get(shift, 0):
            yield f"{count} shifts {shift}, at most {contract.most.get(shift, 0)}"


def minutes_are_in_range(terms: Terms, contract: Contract, plan: Plan) -> Iterator[str]:
    total = sum(terms.minutes.get(shift, 0) for shift in plan if shift)
    if not contract.min_minutes <= total <= contract.max_minutes:
        yield f"{total} minutes, from {contract.min_minutes} to {contract.max_minutes}"


def not_too_many_shifts_in_a_row(_: Terms, contract: Contract, plan: Plan) -> Iterator[str]:
    for first, length, works in _runs(plan):
        if works and length > contract.max_run:
            yield f"day {first}: {length} shifts in a row, at most {contract.max_run}"


def enough_shifts_in_a_row(_: Terms, contract: Contract, plan: Plan) -> Iterator[str]:
    for first, length, works in _inner_runs(plan):
        if works and length < contract.min_run:
            yield f"day {first}: {length} shifts in a row, at least {contract.min_run}"


def enough_days_off_in_a_row(_: Terms, contract: Contract, plan: Plan) -> Iterator[str]:
    for first, length, works in _inner_runs(plan):
        if not works and length < contract.min_off:
            yield f"day {first}: {length} days off in a row, at least {contract.min_off}"


def not_too_many_weekends(_: Terms, contract: Contract, plan: Plan) -> Iterator[str]:
    weekends = {day // 7 for day, shift in enumerate(plan) if shift and day % 7 >= 5}
    if len(weekends) > contract.max_weekends:
        yield f"{len(weekends)} weekends, at most {contract.max_weekends}"


def days_off_stay_free(_: Terms, contract: Contract, plan: Plan) -> Iterator[str]:
    for day in sorted(contract.days_off):
        if plan[day]:
            yield f"day {day} is a day off"


HARD_RULES: tuple[Rule, ...] = (
    knows_only_shifts_of_the_file,
    next_shift_may_follow,
    not_too_many_of_a_shift,
    minutes_are_in_range,
    not_too_many_shifts_in_a_row,
    enough_shifts_in_a_row,
    enough_days_off_in_a_row,
    not_too_many_weekends,
    days_off_stay_free,
)


def broken_rules(terms: Terms, roster: Mapping[str, Plan]) -> list[str]:
    """Return everything that breaks a hard rule as "employee: rule: what"."""
    found = [f"{who}: missing from the roster" for who in terms.staff if who not in roster]
    for who, plan in roster.items():
        if who not in terms.staff:
            found.append(f"{who}: not an employee of the file")
        elif len(plan) != terms.days:
            found.append(f"{who}: {len(plan)} days, the file has {terms.days}")
        else:
            contract = terms.staff[who]
            found += [
                f"{who}: {rule.__name__}: {what}"
                for rule in HARD_RULES
                for what in rule(terms, contract, plan)
            ]
    return found


def cost_of(terms: Terms, roster: Mapping[str, Plan]) -> int:
    """Return the cost of a roster that breaks no rule: requests not met and cover missed or exceeded."""
    total = 0
    for who, day, shift, weight in terms.on_requests:
        total += weight if roster[who][day] != shift else 0
    for who, day, shift, weight in terms.off_requests:
        total += weight if roster[who][day] == shift else 0
    for day, shift, needed, under, over in terms.cover:
        working = sum(plan[day] == shift for plan in roster.values())
        total += max(0, needed - working) * under + max(0, working - needed) * over
    return total


def read_terms(path: Path) -> Terms:
    """Read a benchmark file that is known to be sound (`reading.read_instance` says so)."""
    sections: dict[str, list[list[str]]] = {}
    lines: list[list[str]] = []
    for raw in path.read_text(encoding="utf-8-sig").splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("SECTION_"):
            lines = sections.setdefault(line, [])
        elif line:
            lines.append([cell.strip() for cell in line.split(",")])
    free: dict[str, set[int]] = {}
    for who, *days in sections.get("SECTION_DAYS_OFF", []):
        free.setdefault(who, set()).update(int(day) for day in days)
    staff = {}
    for who, most, *numbers in sections["SECTION_STAFF"]:
        pairs = (part.split("=") for part in most.split("|") if part)
        max_minutes, min_minutes, max_run, min_run, min_off, max_weekends = (int(n) for n in numbers)
        staff[who] = Contract(
            most={shift.strip(): int(count) for shift, count in pairs},
            max_minutes=max_minutes,
            min_minutes=min_minutes,
            max_run=max_run,
            min_run=min_run,
            min_off=min_off,
            max_weekends=max_weekends,
            days_off=frozenset(free.get(who, ())),
        )
    shifts = [[*row, ""][:3] for row in sections["SECTION_SHIFTS"]]
    return Terms(
        days=int(sections["SECTION_HORIZON"][0][0]),
        minutes={name: int(minutes) for name, minutes, _ in shifts},
        barred={name: frozenset(filter(None, after.split("|"))) for name, _, after in shifts},
        staff=staff,
        on_requests=_wishes(sections.get("SECTION_SHIFT_ON_REQUESTS", [])),
        off_requests=_wishes(sections.get("SECTION_SHIFT_OFF_REQUESTS", [])),
        cover=[
            (int(day), shift, int(needed), int(under), int(over))
            for day, shift, needed, under, over in sections.get("SECTION_COVER", [])
        ],
    )


def read_roster(path: Path) -> dict[str, list[str]]:
    """Read a roster: a line an employee, the id and then one cell a day."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {row[0]: row[1:] for row in csv.reader(file) if row}


def _wishes(rows: Sequence[Sequence[str]]) -> list[tuple[str, int, str, int]]:
    return [(who, int(day), shift, int(weight)) for who, day, shift, weight in rows]


def _runs(plan: Plan) -> list[tuple[int, int, bool]]:
    """Return each run of work or of free days as (first day, length, works)."""
    runs = []
    day = 0
    for works, cells in groupby(plan, key=bool):
        length = len(list(cells))
        runs.append((day, length, works))
        day += length
    return runs


def _inner_runs(plan: Plan) -> list[tuple[int, int, bool]]:
    """Leave out the runs that touch the first or the last day: they may have begun before, or go on."""
    return [
        (first, length, works) for first, length, works in _runs(plan) if first and first + length < len(plan)
    ]
