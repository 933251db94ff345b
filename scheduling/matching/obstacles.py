"""What stands between one agent and one more shift, given the shifts they hold. Whole minutes since a Monday
00:00.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence

import numpy as np

from scheduling.matching.faults import LARGEST_MINUTE
from scheduling.matching.problem import MINUTES_PER_DAY, MINUTES_PER_WEEK, NO_WEEKEND_LIMIT, Problem
from scheduling.matching.units import FIRST_WEEKEND_DAY


class Obstacle(enum.StrEnum):
    """Why an agent does not have a seat, in the order in which reasons are given."""

    NOT_CERTIFIED = "not_certified"
    BLOCKED = "blocked"
    NEEDS = "needs"
    NOT_AVAILABLE = "not_available"
    BUSY = "busy"
    REST = "rest"
    STRETCH = "stretch"
    DAY_LIMIT = "day_limit"
    WEEK_LIMIT = "week_limit"
    DAYS_IN_A_ROW = "days_in_a_row"
    SHORT_RUN = "short_run"
    DAYS_OFF = "days_off"
    WEEKENDS = "weekends"
    TAKEN = "taken"
    OUTBID = "outbid"
    NOT_WORTH_IT = "not_worth_it"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """One agent's limits, in minutes and days.

    The season's `first_day` and `last_day` and the agent's `pinned_days`, all counted from the same Monday,
    say where a run of days or the days off may be shorter than the least.
    """

    max_week_minutes: int
    max_stretch_minutes: int
    min_rest_minutes: int
    max_consecutive_days: int
    max_day_minutes: int = MINUTES_PER_WEEK
    min_consecutive_days: int = 1
    min_days_off: int = 1
    max_weekends: int = NO_WEEKEND_LIMIT
    first_day: int = -LARGEST_MINUTE
    last_day: int = LARGEST_MINUTE
    pinned_days: frozenset[int] = frozenset()


Times = tuple[int, int]
"""Start and end of a shift."""
HELPED_BY_MORE = frozenset({Obstacle.SHORT_RUN, Obstacle.DAYS_OFF})
"""What another shift beside the wanted one may mend; the other rules of time only get worse by it."""


def is_too_long(wanted: Times, limits: Limits) -> bool:
    """Say whether a shift by itself is longer than the agent may work at once, in a day or in a week."""
    longest = min(limits.max_stretch_minutes, limits.max_day_minutes, limits.max_week_minutes)
    return wanted[1] - wanted[0] > longest or limits.max_consecutive_days < 1


def limits_of(problem: Problem, agent: int) -> Limits:
    """Return the limits of the agent at this position."""
    pins = slice(*np.searchsorted(problem.pin_agent, [agent, agent + 1]).tolist())
    pinned_days = problem.demand_start[problem.pin_demand[pins]] // MINUTES_PER_DAY
    return Limits(
        max_week_minutes=int(problem.max_week_minutes[agent]),
        max_stretch_minutes=int(problem.max_stretch_minutes[agent]),
        min_rest_minutes=int(problem.min_rest_minutes[agent]),
        max_consecutive_days=int(problem.max_consecutive_days[agent]),
        max_day_minutes=int(problem.max_day_minutes[agent]),
        min_consecutive_days=int(problem.min_consecutive_days[agent]),
        min_days_off=int(problem.min_days_off[agent]),
        max_weekends=int(problem.max_weekends[agent]),
        first_day=problem.first_day,
        last_day=problem.last_day,
        pinned_days=frozenset(pinned_days.tolist()),
    )


def obstacles_of_time(held: Sequence[Times], wanted: Times, limits: Limits) -> tuple[Obstacle, ...]:
    """Return the rules of time that one more shift would break, in order; none means it fits.

    The shifts held must keep the rules among themselves.
    """
    start, end = wanted
    if any(other_start < end and start < other_end for other_start, other_end in held):
        return (Obstacle.BUSY,)
    found = []
    if _rest_around(held, wanted) < limits.min_rest_minutes:
        found.append(Obstacle.REST)
    if _stretch_with(held, wanted) > limits.max_stretch_minutes:
        found.append(Obstacle.STRETCH)
    day, week = start // MINUTES_PER_DAY, start // MINUTES_PER_WEEK
    today = sum(last - first for first, last in held if first // MINUTES_PER_DAY == day)
    if today + end - start > limits.max_day_minutes:
        found.append(Obstacle.DAY_LIMIT)
    this_week = sum(last - first for first, last in held if first // MINUTES_PER_WEEK == week)
    if this_week + end - start > limits.max_week_minutes:
        found.append(Obstacle.WEEK_LIMIT)
    days = {first // MINUTES_PER_DAY for first, _ in held}
    if day not in days:
        found += _obstacles_of_days(days, day, limits)
    elif limits.max_consecutive_days < 1:
        found.append(Obstacle.DAYS_IN_A_ROW)
    return tuple(found)


def _obstacles_of_days(days: set[int], day: int, limits: Limits) -> list[Obstacle]:
    """Return the rules that one more day of work beside these would break."""
    first, last = _run_with(days, day)
    found = []
    if last - first + 1 > limits.max_consecutive_days:
        found.append(Obstacle.DAYS_IN_A_ROW)
    at_an_edge = first <= limits.first_day or last >= limits.last_day
    has_pin = any(first <= pinned <= last for pinned in limits.pinned_days)
    if last - first + 1 < limits.min_consecutive_days and not at_an_edge and not has_pin:
        found.append(Obstacle.SHORT_RUN)
    before = max((other for other in days if other < first), default=None)
    after = min((other for other in days if other > last), default=None)
    for one, other in ((before, first), (last, after)):
        if one is None or other is None or {one, other} <= limits.pinned_days:
            continue
        if other - one - 1 < limits.min_days_off:
            found.append(Obstacle.DAYS_OFF)
            break
    weekends = {other // 7 for other in {*days, day} if other % 7 >= FIRST_WEEKEND_DAY}
    if day % 7 >= FIRST_WEEKEND_DAY and len(weekends) > limits.max_weekends:
        found.append(Obstacle.WEEKENDS)
    return found


def _rest_around(held: Sequence[Times], wanted: Times) -> int:
    """Return the shorter of the breaks before and after the wanted shift; touching shifts are no break."""
    before = min((wanted[0] - end for _, end in held if end <= wanted[0]), default=0)
    after = min((start - wanted[1] for start, _ in held if start >= wanted[1]), default=0)
    return min((rest for rest in (before, after) if rest > 0), default=MINUTES_PER_WEEK)


def _stretch_with(held: Sequence[Times], wanted: Times) -> int:
    """Return how long the stretch would be that the wanted shift is part of."""
    start, end = wanted
    start_of = {last: first for first, last in held}
    end_of = dict(held)
    while start in start_of:
        start = start_of[start]
    while end in end_of:
        end = end_of[end]
    return end - start


def _run_with(days: set[int], day: int) -> tuple[int, int]:
    """Return the first and the last of the days in a row that would be worked around this day."""
    first = last = day
    while first - 1 in days:
        first -= 1
    while last + 1 in days:
        last += 1
    return first, last
