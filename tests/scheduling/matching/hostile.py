"""Small seasons made to hurt: odd lengths, touching windows, week borders, limits of nothing, nobody
certified.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from scheduling.matching.problem import Problem, ProblemError

MONDAY = dt.datetime(2026, 11, 2)  # noqa: DTZ001 - a problem's times are local and carry no zone
DAY = 1440
WEEK = 7 * DAY

LENGTHS = {
    "grid": (240,),
    "short": (10, 20),
    "mixed": (120, 180, 240, 480),
    "odd": (70, 110, 250),
    "overnight": (600, 1500),
}


@st.composite
def problems(draw: st.DrawFn, *, pins: bool = True) -> Problem:
    """Draw a problem that an exact method can solve."""
    agents = draw(st.integers(1, 4))
    projects = draw(st.integers(1, 3))
    lengths = LENGTHS[draw(st.sampled_from(sorted(LENGTHS)))]
    step = 10 if max(lengths) < 100 else draw(st.sampled_from([60, 120, 240]))
    origin_day = draw(st.sampled_from([0, 5]))
    columns: dict[str, Any] = _limits(draw, agents, lengths)
    columns |= _certificates(draw, agents, projects)
    columns |= _demand(draw, projects, lengths, step, origin_day)
    columns |= _windows(draw, agents, columns, origin_day)
    columns |= _blocks(draw, agents, projects)
    if pins:
        columns |= _pins(draw, agents, columns)
    base: dict[str, Any] = {
        "origin": MONDAY,
        "agent_ids": [f"a{number}" for number in range(agents)],
        "project_ids": [f"p{number}" for number in range(projects)],
        "demand_ids": [f"d{number}" for number in range(len(columns["demand_start"]))],
    }
    try:
        return Problem.from_arrays(**base, **columns)
    except ProblemError:
        # Pins drawn at random may break a rule by themselves; such a season has no plan.
        return Problem.from_arrays(**base, **{**columns, "pin_agent": [], "pin_demand": []})


def _column(draw: st.DrawFn, size: int, values: st.SearchStrategy[int]) -> list[int]:
    return draw(st.lists(values, min_size=size, max_size=size))


def _limits(draw: st.DrawFn, agents: int, lengths: tuple[int, ...]) -> dict[str, list[int]]:
    longest = max(lengths)
    return {
        "max_week_minutes": _column(
            draw, agents, st.sampled_from([0, longest, 2 * longest, 5 * longest + 5, 6000])
        ),
        "max_day_minutes": _column(draw, agents, st.sampled_from([0, longest, 2 * longest, 10080])),
        "max_stretch_minutes": _column(
            draw, agents, st.sampled_from([longest, 2 * longest, 3 * longest, 1440])
        ),
        "min_rest_minutes": _column(draw, agents, st.sampled_from([0, 10, 240, 660])),
        "max_consecutive_days": _column(draw, agents, st.sampled_from([0, 1, 2, 6])),
    }


def _certificates(draw: st.DrawFn, agents: int, projects: int) -> dict[str, list[int]]:
    pairs = [(agent, project) for agent in range(agents) for project in range(projects)]
    held = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs)))
    return {
        "cert_agent": [agent for agent, _ in held],
        "cert_project": [project for _, project in held],
        "cert_score": _column(draw, len(held), st.integers(-20, 50)),
    }


def _demand(
    draw: st.DrawFn, projects: int, lengths: tuple[int, ...], step: int, origin_day: int
) -> dict[str, list[int]]:
    count = draw(st.integers(0, 9))
    starts = _column(draw, count, st.integers(0, 3 * DAY // step if step > 10 else 12))
    start = [origin_day * DAY + place * step for place in starts]
    length = _column(draw, count, st.sampled_from(lengths))
    return {
        "demand_project": _column(draw, count, st.integers(0, projects - 1)),
        "demand_start": start,
        "demand_end": [first + minutes for first, minutes in zip(start, length, strict=True)],
        "demand_seats": _column(draw, count, st.integers(0, 3)),
        "demand_value": _column(draw, count, st.integers(-30, 100)),
    }


def _windows(
    draw: st.DrawFn, agents: int, columns: dict[str, list[int]], origin_day: int
) -> dict[str, list[int]]:
    """Windows begin and end where demand does, so that they touch it and each other."""
    edges = sorted(
        {*columns["demand_start"], *columns["demand_end"], origin_day * DAY, (origin_day + 5) * DAY}
    )
    spans = [(first, last) for first in edges for last in edges if first < last]
    everything = (origin_day * DAY, (origin_day + 5) * DAY)
    chosen = draw(
        st.lists(
            st.tuples(st.integers(0, agents - 1), st.one_of(st.just(everything), st.sampled_from(spans))),
            max_size=3 * agents,
        )
    )
    return {
        "window_agent": [agent for agent, _ in chosen],
        "window_start": [first for _, (first, _) in chosen],
        "window_end": [last for _, (_, last) in chosen],
        "window_preference": _column(draw, len(chosen), st.integers(-10, 10)),
    }


def _blocks(draw: st.DrawFn, agents: int, projects: int) -> dict[str, list[int]]:
    blocked = draw(st.lists(st.tuples(st.integers(0, agents - 1), st.integers(0, projects - 1)), max_size=2))
    return {
        "block_agent": [agent for agent, _ in blocked],
        "block_project": [project for _, project in blocked],
    }


def _pins(draw: st.DrawFn, agents: int, columns: dict[str, list[int]]) -> dict[str, list[int]]:
    rows = len(columns["demand_start"])
    if rows == 0:
        return {}
    pins = draw(
        st.lists(st.tuples(st.integers(0, agents - 1), st.integers(0, rows - 1)), max_size=2, unique=True)
    )
    return {"pin_agent": [agent for agent, _ in pins], "pin_demand": [row for _, row in pins]}
