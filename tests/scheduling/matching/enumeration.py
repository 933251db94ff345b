"""The best possible value of a small season, from a list of everything every agent could do.

Each agent's allowed plans are written down one by one in order of time, and HiGHS picks one for each. Nothing
of the rules is left to the model, so this proves the other oracle and both prove the solver.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from scheduling.matching.checker import Person, Season, Shift

MINUTE = dt.timedelta(minutes=1)


def best_by_enumeration(season: Season) -> int:
    """Return the points of the best plan there is; the season must have one."""
    rows = {demand_id: place for place, demand_id in enumerate(season.shifts)}
    gains: list[int] = []
    owners: list[int] = []
    uses: list[list[int]] = []
    for place, agent_id in enumerate(season.people):
        for plan, points in allowed_plans(season, agent_id):
            gains.append(points)
            owners.append(place)
            uses.append([rows[shift.id] for shift in plan])
    assert len(set(owners)) == len(season.people), "an agent has no plan at all: the pins break a rule"
    if not rows or not gains:
        return 0
    one_each = _matrix([[owner] for owner in owners], len(season.people))
    seats = np.array([shift.seats for shift in season.shifts.values()])
    answer = milp(
        -np.array(gains, dtype=float),
        integrality=np.ones(len(gains), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(one_each, 1, 1), LinearConstraint(_matrix(uses, len(rows)), 0, seats)],
        options={"mip_rel_gap": 0.0},
    )
    assert answer.success, answer.message
    return sum(gain for gain, taken in zip(gains, answer.x, strict=True) if taken > 0.5)


def allowed_plans(season: Season, agent_id: str) -> Iterator[tuple[tuple[Shift, ...], int]]:
    """Yield every plan the agent may have with its points, that of doing nothing too."""
    person = season.people[agent_id]
    pinned = {demand_id for pinned_agent, demand_id in season.pinned if pinned_agent == agent_id}
    worth = {shift: _points(season, agent_id, shift) for shift in _in_order(season)}
    possible = [(shift, points) for shift, points in worth.items() if points is not None]

    def extend(plan: tuple[Shift, ...], points: int, place: int) -> Iterator[tuple[tuple[Shift, ...], int]]:
        if pinned <= {shift.id for shift in plan} and _keeps_days_off(season, person, plan):
            yield plan, points
        for later in range(place, len(possible)):
            shift, more = possible[later]
            if _may_follow(person, plan, shift):
                yield from extend((*plan, shift), points + more, later + 1)

    yield from extend((), 0, 0)


def _in_order(season: Season) -> list[Shift]:
    return sorted(season.shifts.values(), key=lambda shift: (shift.start, shift.end, shift.id))


def _points(season: Season, agent_id: str, shift: Shift) -> int | None:
    """Return what the agent brings in this shift, or None when it is not for them."""
    score = season.scores.get((agent_id, shift.project_id))
    liked = [
        window.preference
        for window in season.windows.get(agent_id, ())
        if window.start <= shift.start <= shift.end <= window.end
    ]
    if score is None or not liked or (agent_id, shift.project_id) in season.blocked:
        return None
    return shift.value + score + max(liked)


def _may_follow(person: Person, plan: tuple[Shift, ...], shift: Shift) -> bool:
    """Say whether a plan may go on with this shift, the latest so far."""
    if plan:
        pause = shift.start - plan[-1].end
        if pause < dt.timedelta(0) or dt.timedelta(0) < pause < person.min_rest_minutes * MINUTE:
            return False
    stretch = shift.start
    for earlier in reversed(plan):
        if earlier.end != stretch:
            break
        stretch = earlier.start
    week = shift.start.date() - dt.timedelta(days=shift.start.weekday())
    worked = [*plan, shift]
    today = sum(part.minutes for part in worked if part.start.date() == shift.start.date())
    this_week = sum(part.minutes for part in worked if part.start.date() >= week)
    days = {part.start.date() for part in worked}
    run = 0
    while shift.start.date() - dt.timedelta(days=run) in days:
        run += 1
    return (
        shift.end - stretch <= person.max_stretch_minutes * MINUTE
        and this_week <= person.max_week_minutes
        and (person.max_day_minutes is None or today <= person.max_day_minutes)
        and run <= person.max_consecutive_days
    )


def _keeps_days_off(season: Season, person: Person, plan: tuple[Shift, ...]) -> bool:
    """Say whether a whole plan keeps runs, days off and weekends: the calendar as a string, day by day.

    A worked day is "x", a pinned one "P", one at an end of the horizon "E", a free one ".".
    """
    starts = [shift.start.date() for shift in season.shifts.values()]
    days = {shift.start.date() for shift in plan}
    pins = {season.shifts[row].start.date() for agent_id, row in season.pinned if agent_id == person.id}
    ends = season.horizon or ((min(starts), max(starts)) if starts else ())
    calendar = ""
    for later in range((max(starts) - min(starts)).days + 1 if starts else 0):
        day = min(starts) + dt.timedelta(days=later)
        calendar += "." if day not in days else "P" if day in pins else "E" if day in ends else "x"
    calendar = f".{calendar}."
    short_runs = [rf"\.x{{{length}}}(?=\.)" for length in range(1, person.min_consecutive_days)]
    days_off = range(1, person.min_days_off)
    few_off = [rf"(?:[xE]\.{{{length}}}[xEP]|P\.{{{length}}}[xE])" for length in days_off]
    weekends = {day.isocalendar()[:2] for day in days if day.isoweekday() > 5}
    return not any(re.search(pattern, calendar) for pattern in [*short_runs, *few_off]) and (
        person.max_weekends is None or len(weekends) <= person.max_weekends
    )


def _matrix(columns: list[list[int]], height: int) -> csr_array:
    """Return the matrix with a 1 at each of these places of each column."""
    places = np.array([row for column in columns for row in column], dtype=np.int64)
    owner = np.repeat(np.arange(len(columns)), [len(column) for column in columns])
    return csr_array((np.ones(len(places)), (places, owner)), shape=(height, len(columns)))
