"""Small seasons made to hurt: shifts that touch, overlap or lie just a rest apart, odd lengths, week borders,
limits met to the minute, windows that touch, nobody certified, more seats than people and ties.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from hypothesis import strategies as st

from scheduling.matching.problem import NO_WEEKEND_LIMIT, Problem, ProblemError

MONDAY = dt.datetime(2026, 11, 2)  # noqa: DTZ001 - a problem's times are local and carry no zone
HOUR = 60
DAY = 24 * HOUR
LENGTHS = (
    (4 * HOUR,),
    (10,),
    (7, 11, 13),
    (2 * HOUR, 3 * HOUR, 4 * HOUR, 8 * HOUR),
    (70, 110, 250),
    (8 * HOUR, 10 * HOUR, 25 * HOUR),
)
RESTS = (0, 1, 10, 4 * HOUR, 11 * HOUR)
FIRST_MINUTES = (0, DAY + 8 * HOUR, 5 * DAY + 23 * HOUR, 6 * DAY + 14 * HOUR, 6 * DAY + 22 * HOUR)
"""Where a season begins: most of them around the night from Sunday to Monday."""


@dataclasses.dataclass(frozen=True)
class _Rows:
    project: list[int]
    start: list[int]
    end: list[int]

    @property
    def lengths(self) -> list[int]:
        return [end - start for start, end in zip(self.start, self.end, strict=True)]


@st.composite
def problems(draw: st.DrawFn, *, pins: bool = True, most_agents: int = 4, most_rows: int = 9) -> Problem:
    """Draw a problem that an exact method can solve."""
    agents = draw(st.integers(1, most_agents))
    projects = draw(st.integers(1, 3))
    rows = _draw_rows(draw, projects, most_rows)
    count = len(rows.start)
    tied = draw(st.booleans())
    columns: dict[str, Any] = {
        **_limits(draw, agents, rows),
        **_certificates(draw, agents, projects, tied=tied),
        **_windows(draw, agents, rows, tied=tied),
        **_blocks(draw, agents, projects),
        "demand_project": rows.project,
        "demand_start": rows.start,
        "demand_end": rows.end,
        "demand_seats": _column(draw, count, st.sampled_from([1, 1, 1, 2, 5, 0])),
        "demand_value": [100] * count if tied else _column(draw, count, st.integers(-30, 100)),
        "origin": MONDAY,
        "agent_ids": [f"a{number}" for number in range(agents)],
        "project_ids": [f"p{number}" for number in range(projects)],
        "demand_ids": [f"d{number}" for number in range(count)],
    }
    pinned: dict[str, Any] = _pins(draw, agents, count) if pins else {}
    try:
        return Problem.from_arrays(**columns, **pinned)
    except ProblemError:
        # Pins drawn at random may break a rule by themselves; such a season has no plan.
        return Problem.from_arrays(**columns)


def _column(draw: st.DrawFn, size: int, values: st.SearchStrategy[int]) -> list[int]:
    return draw(st.lists(values, min_size=size, max_size=size))


def _draw_rows(draw: st.DrawFn, projects: int, most: int) -> _Rows:
    """Every row begins with, at, or a little after another one, so that rules meet."""
    lengths = draw(st.sampled_from(LENGTHS))
    rest = draw(st.sampled_from(RESTS))
    begin = draw(st.sampled_from(FIRST_MINUTES))
    rows = _Rows([], [], [])
    for _ in range(draw(st.sampled_from([*range(2, most + 1), 1, 0]))):
        beside = draw(st.integers(0, len(rows.start) - 1)) if rows.start else None
        if beside is None:
            start = begin
        else:
            first, last = rows.start[beside], rows.end[beside]
            steps = [last, last, last + rest, first + DAY, last + max(0, rest - 1), first, last - 1]
            steps += [first + days * DAY for days in (1, 2, 3, 6)]
            start = draw(st.sampled_from(steps))
        rows.project.append(draw(st.integers(0, projects - 1)))
        rows.start.append(start)
        rows.end.append(start + draw(st.sampled_from(lengths)))
    return rows


def _limits(draw: st.DrawFn, agents: int, rows: _Rows) -> dict[str, list[int]]:
    """Limits that these very shifts meet to the minute, or miss by one."""
    lengths = rows.lengths or [HOUR]
    sums = sorted({*lengths, *(one + other for one in lengths for other in lengths), sum(lengths)})
    pauses = {start - end for start in rows.start for end in rows.end if start > end}
    met = st.sampled_from([max(0, minutes - miss) for minutes in sums for miss in (0, 1)])
    met = met.map(lambda minutes: min(minutes, 7 * DAY))
    wide = st.just(7 * DAY)
    rests = [rest + more for rest in {0, *pauses} for more in (0, 1)]
    return {
        "max_week_minutes": _column(draw, agents, met | wide | wide | wide),
        "max_day_minutes": _column(draw, agents, met | wide | wide | wide),
        "max_stretch_minutes": _column(draw, agents, met | wide | wide),
        "min_rest_minutes": _column(
            draw, agents, st.sampled_from(sorted(min(7 * DAY, rest) for rest in rests))
        ),
        **_days(draw, agents),
    }


def _days(draw: st.DrawFn, agents: int) -> dict[str, list[int]]:
    """Every other season has people with the least days in a row, the least days off, the most weekends."""
    most = _column(draw, agents, st.sampled_from([6, 6, 1, 2, 3, 0]))
    if draw(st.booleans()):
        return {"max_consecutive_days": most}
    least = _column(draw, agents, st.sampled_from([1, 1, 2, 2, 3, 9]))
    return {
        "max_consecutive_days": [
            max(limit, run) if limit else 0 for limit, run in zip(most, least, strict=True)
        ],
        "min_consecutive_days": least,
        "min_days_off": _column(draw, agents, st.sampled_from([1, 1, 2, 3, 9])),
        "max_weekends": _column(draw, agents, st.sampled_from([NO_WEEKEND_LIMIT] * 3 + [0, 1, 1, 2])),
    }


def _certificates(draw: st.DrawFn, agents: int, projects: int, *, tied: bool) -> dict[str, list[int]]:
    pairs = [(agent, project) for agent in range(agents) for project in range(projects)]
    missing = draw(st.sets(st.sampled_from(pairs), max_size=len(pairs) // 3))
    if draw(st.integers(0, 19)) == 19:
        missing = set(pairs)
    held = [pair for pair in pairs if pair not in missing]
    return {
        "cert_agent": [agent for agent, _ in held],
        "cert_project": [project for _, project in held],
        "cert_score": [0] * len(held) if tied else _column(draw, len(held), st.integers(-20, 50)),
    }


def _windows(draw: st.DrawFn, agents: int, rows: _Rows, *, tied: bool) -> dict[str, list[int]]:
    """Most agents are always open; the windows of the others begin and end where shifts do, or by one
    minute inside them.
    """
    always = (0, 40 * DAY)
    edges = sorted({*rows.start, *rows.end}) or [0]
    chosen: list[tuple[int, tuple[int, int]]] = []
    for agent in range(agents):
        if draw(st.sampled_from([True, True, False])):
            chosen.append((agent, always))
        for _ in range(draw(st.integers(0, 3))):
            first, last = draw(st.sampled_from(edges)), draw(st.sampled_from(edges))
            first, last = min(first, last), max(first, last) - draw(st.sampled_from([0, 0, 0, 1]))
            if first < last:
                chosen.append((agent, (first, last)))
    preference = [0] * len(chosen) if tied else _column(draw, len(chosen), st.integers(-10, 10))
    return {
        "window_agent": [agent for agent, _ in chosen],
        "window_start": [first for _, (first, _) in chosen],
        "window_end": [last for _, (_, last) in chosen],
        "window_preference": preference,
    }


def _blocks(draw: st.DrawFn, agents: int, projects: int) -> dict[str, list[int]]:
    pairs = st.tuples(st.integers(0, agents - 1), st.integers(0, projects - 1))
    blocked = draw(st.lists(pairs, max_size=1))
    return {
        "block_agent": [agent for agent, _ in blocked],
        "block_project": [project for _, project in blocked],
    }


def _pins(draw: st.DrawFn, agents: int, rows: int) -> dict[str, list[int]]:
    if rows == 0:
        return {}
    pairs = st.tuples(st.integers(0, agents - 1), st.integers(0, rows - 1))
    pins = draw(st.lists(pairs, max_size=2, unique=True))
    return {"pin_agent": [agent for agent, _ in pins], "pin_demand": [row for _, row in pins]}
