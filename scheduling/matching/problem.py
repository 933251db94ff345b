"""The matching problem: agents, certificates, availability and demand as frozen integer arrays.

Times are minutes since `origin`, a Monday at 00:00 local time, so that day and week are plain divisions.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from scheduling.matching.checker import Violation
from scheduling.matching.faults import COLUMNS, LARGEST_MINUTE, Fault, Faults, ProblemError, find_faults
from scheduling.matching.seasons import find_pin_violations
from scheduling.matching.units import (
    MINUTES_PER_DAY,
    MINUTES_PER_WEEK,
    NO_DAY_LIMIT,
    NO_WEEKEND_LIMIT,
    Ints,
)

__all__ = [
    "MINUTES_PER_DAY",
    "MINUTES_PER_WEEK",
    "NO_DAY_LIMIT",
    "NO_WEEKEND_LIMIT",
    "Fault",
    "Ints",
    "Problem",
    "ProblemError",
]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Who may work (agents, certificates, windows), what is wanted (demand rows), what is fixed already
    (pins).

    Certificates, windows and pins are sorted by agent; `cert_first[a]:cert_first[a + 1]` are those of agent
    `a`, and so on. A blocked pair's certificate is not in `cert_project`: it is in `block_agent`,
    `block_project`. `horizon` is the first and the last day, counted from the origin, at which a run of days
    may be shorter than an agent's least; None: those of the first and the last start of all demand rows.
    """

    origin: dt.datetime
    agent_ids: tuple[str, ...]
    max_week_minutes: Ints
    max_day_minutes: Ints
    max_stretch_minutes: Ints
    min_rest_minutes: Ints
    max_consecutive_days: Ints
    min_consecutive_days: Ints
    min_days_off: Ints
    max_weekends: Ints
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
    horizon: tuple[int, int] | None

    @property
    def agents(self) -> int:
        return len(self.agent_ids)

    @property
    def rows(self) -> int:
        return len(self.demand_ids)

    @property
    def seats(self) -> int:
        return int(self.demand_seats.sum())

    @property
    def first_day(self) -> int:
        """The horizon's first day, counted from the origin."""
        if self.horizon is not None:
            return self.horizon[0]
        return int(self.demand_start.min(initial=LARGEST_MINUTE)) // MINUTES_PER_DAY

    @property
    def last_day(self) -> int:
        """The horizon's last day, counted from the origin."""
        if self.horizon is not None:
            return self.horizon[1]
        return int(self.demand_start.max(initial=0)) // MINUTES_PER_DAY

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
        min_consecutive_days: ArrayLike | None = None,
        min_days_off: ArrayLike | None = None,
        max_weekends: ArrayLike | None = None,
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
        horizon: ArrayLike | None = None,
    ) -> Self:
        """Build a problem from columns in any order of rows.

        `*_agent`, `*_project`, `*_demand` are positions in `agent_ids`, `project_ids`, `demand_ids`; times
        are whole minutes since `origin` (a Monday, 00:00, local, without a zone); `max_day_minutes` and
        `max_weekends` None mean no limit, `min_consecutive_days` and `min_days_off` None one day. Pins are
        assignments that must stay. `horizon` is a first and a last day, counted from the origin; what starts
        outside them has to be pinned. Raises ProblemError with every fault found.
        """

        def given(column: ArrayLike | None, otherwise: int) -> ArrayLike:
            return np.full(len(agent_ids), otherwise) if column is None else column

        columns = {
            "max_week_minutes": max_week_minutes,
            "max_day_minutes": given(max_day_minutes, NO_DAY_LIMIT),
            "max_stretch_minutes": max_stretch_minutes,
            "min_rest_minutes": min_rest_minutes,
            "max_consecutive_days": max_consecutive_days,
            "min_consecutive_days": given(min_consecutive_days, 1),
            "min_days_off": given(min_days_off, 1),
            "max_weekends": given(max_weekends, NO_WEEKEND_LIMIT),
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
        faults = Faults()
        find_faults(origin=origin, ids=ids, arrays=arrays, faults=faults)
        faults.refuse()
        days = None if horizon is None else _whole_numbers("horizon", horizon)
        problem = cls(
            **_in_order(origin, ids, arrays), horizon=None if days is None else (int(days[0]), int(days[1]))
        )
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
    for name in (*COLUMNS["agents"], *COLUMNS["demand"]):
        values[name] = arrays[name]
    for value in values.values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return values
