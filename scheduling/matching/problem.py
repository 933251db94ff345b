"""The matching problem: agents, certificates, availability and demand as frozen integer arrays.

Times are minutes since `origin`, a Monday at 00:00 local time, so that day and week are plain divisions.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scheduling.matching.checker import Violation
from scheduling.matching.seasons import find_pin_violations

MINUTES_PER_DAY = 1440
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
NO_DAY_LIMIT = MINUTES_PER_WEEK
"""Stands for "no limit a day" in `max_day_minutes`."""

LARGEST_POINTS = 10**9
LARGEST_MINUTE = 10 * 366 * MINUTES_PER_DAY

Ints = NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
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


class ProblemError(ValueError):
    """The input cannot be a problem; `faults` holds every reason found, in order of table and line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        shown = "\n".join(str(fault) for fault in self.faults[:100])
        more = "" if len(self.faults) <= 100 else f"\n... and {len(self.faults) - 100} more"
        super().__init__(f"faults in the input: {len(self.faults)}\n{shown}{more}")


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Who may work (agents, certificates, windows), what is wanted (demand rows), what is fixed already
    (pins).

    Certificates, windows and pins are sorted by agent; `cert_first[a]:cert_first[a + 1]` are those of agent
    `a`, and so on. A blocked pair's certificate is not in `cert_project`: it is in `block_agent`,
    `block_project`.
    """

    origin: dt.datetime
    agent_ids: tuple[str, ...]
    max_week_minutes: Ints
    max_day_minutes: Ints
    max_stretch_minutes: Ints
    min_rest_minutes: Ints
    max_consecutive_days: Ints
    project_ids: tuple[str, ...]
    cert_first: Ints
    cert_project: Ints
    cert_score: Ints
    window_first: Ints
    window_start: Ints
    window_end: Ints
    window_preference: Ints
    demand_ids: tuple[str, ...]
    demand_project: Ints
    demand_start: Ints
    demand_end: Ints
    demand_seats: Ints
    demand_value: Ints
    block_agent: Ints
    block_project: Ints
    pin_agent: Ints
    pin_demand: Ints

    @property
    def agents(self) -> int:
        return len(self.agent_ids)

    @property
    def rows(self) -> int:
        return len(self.demand_ids)

    @property
    def seats(self) -> int:
        return int(self.demand_seats.sum())

    def local_time(self, minute: int) -> dt.datetime:
        """Return a minute of this problem as local time."""
        return self.origin + dt.timedelta(minutes=int(minute))

    @classmethod
    def from_arrays(
        cls,
        *,
        origin: dt.datetime,
        agent_ids: Sequence[str],
        max_week_minutes: ArrayLike,
        max_stretch_minutes: ArrayLike,
        min_rest_minutes: ArrayLike,
        max_consecutive_days: ArrayLike,
        max_day_minutes: ArrayLike | None = None,
        project_ids: Sequence[str],
        cert_agent: ArrayLike,
        cert_project: ArrayLike,
        cert_score: ArrayLike,
        window_agent: ArrayLike,
        window_start: ArrayLike,
        window_end: ArrayLike,
        window_preference: ArrayLike,
        demand_ids: Sequence[str],
        demand_project: ArrayLike,
        demand_start: ArrayLike,
        demand_end: ArrayLike,
        demand_seats: ArrayLike,
        demand_value: ArrayLike,
        block_agent: ArrayLike = (),
        block_project: ArrayLike = (),
        pin_agent: ArrayLike = (),
        pin_demand: ArrayLike = (),
    ) -> Self:
        """Build a problem from columns in any order of rows.

        `*_agent`, `*_project`, `*_demand` are positions in `agent_ids`, `project_ids`, `demand_ids`; times
        are whole minutes since `origin` (a Monday, 00:00, local, without a zone); `max_day_minutes` None
        means no limit a day. Pins are assignments that must stay. Raises ProblemError with every fault found.
        """
        columns = {
            "max_week_minutes": max_week_minutes,
            "max_day_minutes": np.full(len(agent_ids), NO_DAY_LIMIT)
            if max_day_minutes is None
            else max_day_minutes,
            "max_stretch_minutes": max_stretch_minutes,
            "min_rest_minutes": min_rest_minutes,
            "max_consecutive_days": max_consecutive_days,
            "cert_agent": cert_agent,
            "cert_project": cert_project,
            "cert_score": cert_score,
            "window_agent": window_agent,
            "window_start": window_start,
            "window_end": window_end,
            "window_preference": window_preference,
            "demand_project": demand_project,
            "demand_start": demand_start,
            "demand_end": demand_end,
            "demand_seats": demand_seats,
            "demand_value": demand_value,
            "block_agent": block_agent,
            "block_project": block_project,
            "pin_agent": pin_agent,
            "pin_demand": pin_demand,
        }
        arrays = {name: _whole_numbers(name, column) for name, column in columns.items()}
        ids = {"agents": tuple(agent_ids), "projects": tuple(project_ids), "demand": tuple(demand_ids)}
        faults = find_faults(origin=origin, ids=ids, arrays=arrays)
        if faults:
            raise ProblemError(faults)
        problem = cls(**_in_order(origin, ids, arrays))
        broken = find_pin_violations(problem)
        if broken:
            raise ProblemError([_pin_fault(violation) for violation in broken])
        return problem


def _whole_numbers(name: str, column: ArrayLike) -> Ints:
    array = np.asarray(column)
    if array.size == 0:
        return np.zeros(0, dtype=np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(
            f"{name} must be one column of integers, not {array.dtype} in {array.ndim} dimensions"
        )
    return array.astype(np.int64)


def _pin_fault(violation: Violation) -> Fault:
    rows = ", ".join(violation.demand_ids)
    detail = f" ({violation.detail})" if violation.detail else ""
    who = "" if violation.agent_id is None else f"{violation.agent_id} on "
    return Fault(
        table="pinned",
        line=None,
        message=f"{who}{rows}: the pins break the rule {violation.rule}{detail}; unpin one",
        agent_id=violation.agent_id,
        demand_id=violation.demand_ids[-1],
    )


def find_faults(
    *,
    origin: dt.datetime,
    ids: dict[str, tuple[str, ...]],
    arrays: dict[str, Ints],
    lines: dict[str, Ints] | None = None,
) -> list[Fault]:
    """Return everything that is wrong with these columns; `lines` gives each row's file line by table."""
    faults: list[Fault] = []
    if origin.tzinfo is not None or origin.weekday() != 0 or (origin.hour, origin.minute) != (0, 0):
        faults.append(
            Fault(table="origin", line=None, message=f"{origin} is not a local Monday 00:00 without a zone")
        )
    search = _Search(ids=ids, arrays=arrays, lines=lines or {}, faults=faults)
    search.lengths_agree()
    if faults:
        return faults
    search.names_are_unique()
    search.agents_are_sound()
    search.certificates_are_sound()
    search.windows_are_sound()
    search.demand_is_sound()
    search.blocks_and_pins_are_sound()
    faults.sort(key=lambda fault: (fault.table, fault.line or 0))
    return faults


@dataclasses.dataclass(frozen=True)
class _Search:
    ids: dict[str, tuple[str, ...]]
    arrays: dict[str, Ints]
    lines: dict[str, Ints]
    faults: list[Fault]

    def add(self, table: str, row: int, message: str) -> None:
        lines = self.lines.get(table)
        line = None if lines is None else int(lines[row])
        where = "" if lines is not None else f"row {row}: "
        self.faults.append(
            Fault(table=_FILES[table] if lines is not None else table, line=line, message=where + message)
        )

    def lengths_agree(self) -> None:
        for table, names in _COLUMNS.items():
            sizes = {name: len(self.arrays[name]) for name in names}
            if table in ("agents", "demand"):
                sizes[f"{table} ids"] = len(self.ids[table])
            if len(set(sizes.values())) > 1:
                text = ", ".join(f"{name} {size}" for name, size in sizes.items())
                self.faults.append(
                    Fault(
                        table=table,
                        line=None,
                        message=f"columns differ in length ({text}); give one value a row",
                    )
                )

    def names_are_unique(self) -> None:
        for table, names in self.ids.items():
            seen: set[str] = set()
            for row, name in enumerate(names):
                if not name or name in seen:
                    text = "is empty" if not name else f"{name} is there twice"
                    self.add(table, row, f"id {text}; give each row an id of its own")
                seen.add(name)

    def in_range(self, table: str, name: str, low: int, high: int) -> None:
        column = self.arrays[name]
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
        self.in_range(table, start, 0, LARGEST_MINUTE)
        for row in np.flatnonzero(self.arrays[end] <= self.arrays[start]):
            self.add(table, int(row), "the end is not after the start; give a later end")
        for row in np.flatnonzero(self.arrays[end] > LARGEST_MINUTE):
            self.add(
                table, int(row), "the end is more than ten years after the first day; give an earlier one"
            )

    def agents_are_sound(self) -> None:
        self.in_range("agents", "max_week_minutes", 0, MINUTES_PER_WEEK)
        self.in_range("agents", "max_day_minutes", 0, MINUTES_PER_WEEK)
        self.in_range("agents", "max_stretch_minutes", 0, MINUTES_PER_WEEK)
        self.in_range("agents", "min_rest_minutes", 0, MINUTES_PER_WEEK)
        self.in_range("agents", "max_consecutive_days", 0, 3660)

    def certificates_are_sound(self) -> None:
        self.known("certifications", "cert_agent", "agents")
        self.known("certifications", "cert_project", "projects")
        self.in_range("certifications", "cert_score", -LARGEST_POINTS, LARGEST_POINTS)
        self.no_pair_twice("certifications", "cert_agent", "cert_project", ("agents", "projects"))

    def windows_are_sound(self) -> None:
        self.known("availability", "window_agent", "agents")
        self.starts_before_end("availability", "window_start", "window_end")
        self.in_range("availability", "window_preference", -LARGEST_POINTS, LARGEST_POINTS)

    def demand_is_sound(self) -> None:
        self.known("demand", "demand_project", "projects")
        self.starts_before_end("demand", "demand_start", "demand_end")
        self.in_range("demand", "demand_seats", 0, 10**6)
        self.in_range("demand", "demand_value", -LARGEST_POINTS, LARGEST_POINTS)

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
_COLUMNS = {
    "agents": (
        "max_week_minutes",
        "max_day_minutes",
        "max_stretch_minutes",
        "min_rest_minutes",
        "max_consecutive_days",
    ),
    "certifications": ("cert_agent", "cert_project", "cert_score"),
    "availability": ("window_agent", "window_start", "window_end", "window_preference"),
    "demand": ("demand_project", "demand_start", "demand_end", "demand_seats", "demand_value"),
    "blocks": ("block_agent", "block_project"),
    "pinned": ("pin_agent", "pin_demand"),
}


def _in_order(
    origin: dt.datetime, ids: dict[str, tuple[str, ...]], arrays: dict[str, Ints]
) -> dict[str, Any]:
    """Sort what belongs to agents by agent, and take blocked certificates out."""
    agents = len(ids["agents"])
    projects = max(1, len(ids["projects"]))
    certs = np.stack([arrays["cert_agent"], arrays["cert_project"], arrays["cert_score"]])
    blocked = np.isin(
        certs[0] * projects + certs[1], arrays["block_agent"] * projects + arrays["block_project"]
    )
    certs = certs[:, ~blocked]
    certs = certs[:, np.lexsort((certs[1], certs[0]))]
    windows = np.stack([arrays[f"window_{name}"] for name in ("agent", "start", "end", "preference")])
    windows = windows[:, np.lexsort((windows[2], windows[1], windows[0]))]
    pins = np.stack([arrays["pin_agent"], arrays["pin_demand"]])
    pins = pins[:, np.lexsort((pins[1], pins[0]))]
    values: dict[str, Any] = {
        "origin": origin,
        "agent_ids": ids["agents"],
        "project_ids": ids["projects"],
        "demand_ids": ids["demand"],
        "cert_first": np.searchsorted(certs[0], np.arange(agents + 1)),
        "cert_project": certs[1],
        "cert_score": certs[2],
        "window_first": np.searchsorted(windows[0], np.arange(agents + 1)),
        "window_start": windows[1],
        "window_end": windows[2],
        "window_preference": windows[3],
        "pin_agent": pins[0],
        "pin_demand": pins[1],
        "block_agent": arrays["block_agent"],
        "block_project": arrays["block_project"],
    }
    for name in (*_COLUMNS["agents"], *_COLUMNS["demand"]):
        values[name] = arrays[name]
    for value in values.values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return values
