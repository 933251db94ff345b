"""What can be wrong with a problem's columns; every fault is a sentence that says how to mend it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Sequence

import numpy as np

from scheduling.matching.units import MINUTES_PER_DAY, MINUTES_PER_WEEK, NO_WEEKEND_LIMIT, Ints

SHOWN = 100
MOST_KEPT = 1000
LARGEST_POINTS = 10**7
LARGEST_TOTAL = 2**54
"""Most points of all seats together: sums of prices, 64 times as large, must stay exact in 64 bits."""
LARGEST_MINUTE = 10 * 366 * MINUTES_PER_DAY
RANGES = {
    "max_week_minutes": (0, MINUTES_PER_WEEK),
    "max_day_minutes": (0, MINUTES_PER_WEEK),
    "max_stretch_minutes": (0, MINUTES_PER_WEEK),
    "min_rest_minutes": (0, MINUTES_PER_WEEK),
    "max_consecutive_days": (0, 3660),
    "min_consecutive_days": (1, 3660),
    "min_days_off": (1, 3660),
    "max_weekends": (0, NO_WEEKEND_LIMIT),
    "cert_score": (-LARGEST_POINTS, LARGEST_POINTS),
    "window_preference": (-LARGEST_POINTS, LARGEST_POINTS),
    "window_start": (0, LARGEST_MINUTE),
    "demand_start": (0, LARGEST_MINUTE),
    "demand_seats": (0, 10**6),
    "demand_value": (-LARGEST_POINTS, LARGEST_POINTS),
}
"""The least and the greatest number of each column."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong with the input, as a sentence that says how to mend it.

    `line` counts from 1 and includes the heading; it is None where the input is not a file.
    """

    table: str
    line: int | None
    message: str
    agent_id: str | None = None
    demand_id: str | None = None

    def __str__(self) -> str:
        place = self.table if self.line is None else f"{self.table} line {self.line}"
        return f"{place}: {self.message}"


class Faults:
    """Counts all faults and keeps the first of each table: millions of sentences are of no use to anybody."""

    def __init__(self) -> None:
        self.kept: list[Fault] = []
        self.counts: Counter[str] = Counter()

    def add(self, table: str, line: int | None, message: str) -> None:
        """Take note of a fault."""
        self.counts[table] += 1
        if self.counts[table] <= MOST_KEPT:
            self.kept.append(Fault(table=table, line=line, message=message))

    @property
    def count(self) -> int:
        return self.counts.total()

    def refuse(self) -> None:
        """Raise ProblemError when there are faults."""
        if self.count:
            raise ProblemError(self.kept, count=self.count)


class ProblemError(ValueError):
    """The input cannot be a problem; `faults` holds the reasons in order of table and line.

    `count` is how many reasons were found; of very many, only the first of each table are kept.
    """

    def __init__(self, faults: Sequence[Fault], *, count: int | None = None) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.table, fault.line or 0)))
        self.count = len(self.faults) if count is None else count
        shown = "\n".join(str(fault) for fault in self.faults[:SHOWN])
        more = "" if self.count <= SHOWN else f"\n... and {self.count - SHOWN} more"
        super().__init__(f"faults in the input: {self.count}\n{shown}{more}")


def find_faults(
    *,
    origin: dt.datetime,
    ids: dict[str, tuple[str, ...]],
    arrays: dict[str, Ints],
    faults: Faults,
    lines: dict[str, Ints] | None = None,
) -> None:
    """Find everything that is wrong with these columns; `lines` gives each row's file line by table."""
    if origin.tzinfo is not None or origin.weekday() != 0 or (origin.hour, origin.minute) != (0, 0):
        faults.add("origin", None, f"{origin} is not a local Monday 00:00 without a zone")
        return
    search = _Search(origin=origin, ids=ids, arrays=arrays, lines=lines or {}, faults=faults)
    if not search.lengths_agree():
        return
    search.names_are_unique()
    search.agents_are_sound()
    search.certificates_are_sound()
    search.windows_are_sound()
    search.demand_is_sound()
    search.blocks_and_pins_are_sound()


@dataclasses.dataclass(frozen=True)
class _Search:
    origin: dt.datetime
    ids: dict[str, tuple[str, ...]]
    arrays: dict[str, Ints]
    lines: dict[str, Ints]
    faults: Faults

    def add(self, table: str, row: int, message: str) -> None:
        lines = self.lines.get(table)
        line = None if lines is None else int(lines[row])
        where = "" if lines is not None else f"row {row}: "
        self.faults.add(_FILES[table] if lines is not None else table, line, where + message)

    def lengths_agree(self) -> bool:
        agree = True
        for table, names in COLUMNS.items():
            sizes = {name: len(self.arrays[name]) for name in names}
            if table in ("agents", "demand"):
                sizes[f"{table} ids"] = len(self.ids[table])
            if len(set(sizes.values())) > 1:
                text = ", ".join(f"{name} {size}" for name, size in sizes.items())
                self.faults.add(table, None, f"columns differ in length ({text}); give one value a row")
                agree = False
        return agree

    def names_are_unique(self) -> None:
        for table, names in self.ids.items():
            seen: set[str] = set()
            for row, name in enumerate(names):
                if not name or name in seen:
                    text = "is empty" if not name else f"{name} is there twice"
                    self.add(table, row, f"id {text}; give each row an id of its own")
                seen.add(name)

    def in_range(self, table: str, name: str) -> None:
        column = self.arrays[name]
        low, high = RANGES[name]
        label = name.split("_", 1)[1] if name.startswith(("cert_", "window_", "demand_")) else name
        for row in np.flatnonzero((column < low) | (column > high)):
            self.add(table, int(row), f"{label} is {column[row]}; give a whole number from {low} to {high}")

    def known(self, table: str, name: str, target: str) -> None:
        column = self.arrays[name]
        for row in np.flatnonzero((column < 0) | (column >= len(self.ids[target]))):
            self.add(
                table, int(row), f"{name} {column[row]} is not one of the {len(self.ids[target])} {target}"
            )

    def no_pair_twice(self, table: str, first: str, second: str, names: tuple[str, str]) -> None:
        left, right = self.arrays[first], self.arrays[second]
        order = np.lexsort((np.arange(len(left)), right, left))
        same = (left[order][1:] == left[order][:-1]) & (right[order][1:] == right[order][:-1])
        for row in order[1:][same]:
            pair = f"{self.name_of(names[0], left[row])} and {self.name_of(names[1], right[row])}"
            self.add(table, row, f"{pair} are there twice; keep one of the rows")

    def name_of(self, table: str, index: int) -> str:
        names = self.ids[table]
        return names[index] if 0 <= index < len(names) else str(index)

    def starts_before_end(self, table: str, start: str, end: str) -> None:
        self.in_range(table, start)
        for row in np.flatnonzero(self.arrays[end] <= self.arrays[start]):
            first, last = self.local(self.arrays[start][row]), self.local(self.arrays[end][row])
            self.add(table, int(row), f"the end {last} is not after the start {first}; give a later end")
        for row in np.flatnonzero(self.arrays[end] > LARGEST_MINUTE):
            self.add(
                table, int(row), "the end is more than ten years after the first day; give an earlier one"
            )

    def local(self, minute: int) -> str:
        try:
            return (self.origin + dt.timedelta(minutes=int(minute))).isoformat(timespec="minutes")
        except OverflowError:
            return f"minute {minute}"

    def agents_are_sound(self) -> None:
        for name in COLUMNS["agents"]:
            self.in_range("agents", name)
        least, most = self.arrays["min_consecutive_days"], self.arrays["max_consecutive_days"]
        # Nobody with a most of 0 works at all: then there is no run that could be too short.
        for row in np.flatnonzero((least > most) & (most > 0)):
            message = f"min_consecutive_days is {least[row]}, more than max_consecutive_days {most[row]}"
            self.add("agents", int(row), f"{message}; give at most {most[row]}")

    def certificates_are_sound(self) -> None:
        self.known("certifications", "cert_agent", "agents")
        self.known("certifications", "cert_project", "projects")
        self.in_range("certifications", "cert_score")
        self.no_pair_twice("certifications", "cert_agent", "cert_project", ("agents", "projects"))

    def windows_are_sound(self) -> None:
        self.known("availability", "window_agent", "agents")
        self.starts_before_end("availability", "window_start", "window_end")
        self.in_range("availability", "window_preference")

    def demand_is_sound(self) -> None:
        self.known("demand", "demand_project", "projects")
        self.starts_before_end("demand", "demand_start", "demand_end")
        self.in_range("demand", "demand_seats")
        self.in_range("demand", "demand_value")
        self.total_is_exact()

    def total_is_exact(self) -> None:
        arrays = self.arrays
        more = sum(int(np.abs(arrays[name]).max(initial=0)) for name in ("cert_score", "window_preference"))
        points = zip(arrays["demand_seats"].tolist(), arrays["demand_value"].tolist(), strict=True)
        total = sum(seats * (abs(value) + more) for seats, value in points)
        if total > LARGEST_TOTAL:
            message = f"all seats together may bring {total} points, more than {LARGEST_TOTAL}"
            file = _FILES["demand"] if self.lines else "demand"
            self.faults.add(file, None, f"{message}; give fewer seats or points")

    def blocks_and_pins_are_sound(self) -> None:
        self.known("blocks", "block_agent", "agents")
        self.known("blocks", "block_project", "projects")
        self.known("pinned", "pin_agent", "agents")
        self.known("pinned", "pin_demand", "demand")
        self.no_pair_twice("pinned", "pin_agent", "pin_demand", ("agents", "demand"))


_FILES = {
    "agents": "agents.csv",
    "projects": "demand.csv",
    "certifications": "certifications.csv",
    "availability": "availability.csv",
    "demand": "demand.csv",
    "blocks": "blocks.csv",
    "pinned": "pinned.csv",
}
COLUMNS = {
    "agents": (
        "max_week_minutes",
        "max_day_minutes",
        "max_stretch_minutes",
        "min_rest_minutes",
        "max_consecutive_days",
        "min_consecutive_days",
        "min_days_off",
        "max_weekends",
    ),
    "certifications": ("cert_agent", "cert_project", "cert_score"),
    "availability": ("window_agent", "window_start", "window_end", "window_preference"),
    "demand": ("demand_project", "demand_start", "demand_end", "demand_seats", "demand_value"),
    "blocks": ("block_agent", "block_project"),
    "pinned": ("pin_agent", "pin_demand"),
}
