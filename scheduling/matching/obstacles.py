"""What stands between one agent and one more shift, given the shifts they hold. Whole minutes since a Monday
00:00.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence

from scheduling.matching.problem import MINUTES_PER_DAY, MINUTES_PER_WEEK, Problem


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
    TAKEN = "taken"
    OUTBID = "outbid"
    NOT_WORTH_IT = "not_worth_it"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """One agent's limits, in minutes and days."""

    max_week_minutes: int
    max_stretch_minutes: int
    min_rest_minutes: int
    max_consecutive_days: int
    max_day_minutes: int = MINUTES_PER_WEEK


Times = tuple[int, int]
"""Start and end of a shift."""


def is_too_long(wanted: Times, limits: Limits) -> bool:
    """Say whether a shift by itself is longer than the agent may work at once, in a day or in a week."""
    longest = min(limits.max_stretch_minutes, limits.max_day_minutes, limits.max_week_minutes)
    return wanted[1] - wanted[0] > longest or limits.max_consecutive_days < 1


def limits_of(problem: Problem, agent: int) -> Limits:
    """Return the limits of the agent at this position."""
    return Limits(
        max_week_minutes=int(problem.max_week_minutes[agent]),
        max_stretch_minutes=int(problem.max_stretch_minutes[agent]),
        min_rest_minutes=int(problem.min_rest_minutes[agent]),
        max_consecutive_days=int(problem.max_consecutive_days[agent]),
        max_day_minutes=int(problem.max_day_minutes[agent]),
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
    if _run_with({first // MINUTES_PER_DAY for first, _ in held}, day) > limits.max_consecutive_days:
        found.append(Obstacle.DAYS_IN_A_ROW)
    return tuple(found)


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


def _run_with(days: set[int], day: int) -> int:
    """Return how many days in a row would be worked around this day."""
    first = last = day
    while first - 1 in days:
        first -= 1
    while last + 1 in days:
        last += 1
    return last - first + 1
