"""What room a plan leaves its people: for many agents and times at once, the first rule of time that one more
shift would break.

The compiled twin of `obstacles.obstacles_of_time`, for the whole of a season.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from scheduling.matching.holdings import NEVER_OPEN, Flags, Holdings
from scheduling.matching.obstacles import Obstacle
from scheduling.matching.problem import MINUTES_PER_DAY, MINUTES_PER_WEEK, Ints
from scheduling.matching.units import FIRST_WEEKEND_DAY

CODES = (
    None,
    Obstacle.NEEDS,
    Obstacle.BUSY,
    Obstacle.REST,
    Obstacle.STRETCH,
    Obstacle.DAY_LIMIT,
    Obstacle.WEEK_LIMIT,
    Obstacle.DAYS_IN_A_ROW,
    Obstacle.SHORT_RUN,
    Obstacle.DAYS_OFF,
    Obstacle.WEEKENDS,
)
"""What the numbers of `Room.obstacles` stand for; 0 is nothing in the way."""
FREE = 0
TOO_LONG = CODES.index(Obstacle.NEEDS)


class _DayRules(NamedTuple):
    """The least days in a row and days off, the most weekends, by agent; and what may excuse from them."""

    least_run: Ints
    least_off: Ints
    most_weekends: Ints
    first_day: int
    last_day: int
    pin_first: Ints
    pin_day: Ints


class Room:
    """The room that a plan leaves everybody at the times of some demand rows."""

    def __init__(self, holdings: Holdings, rows: Ints) -> None:
        problem = holdings.problem
        times = np.stack([problem.demand_start[rows], problem.demand_end[rows]])
        spans, span_of = np.unique(times, axis=1, return_inverse=True)
        self._span_of = dict(zip(rows.tolist(), span_of.reshape(-1).tolist(), strict=True))
        self._obstacles: NDArray[np.int8] = _first_obstacles(
            np.ascontiguousarray(spans[0]),
            np.ascontiguousarray(spans[1]),
            holdings.agent_first,
            problem.demand_start[holdings.by_agent],
            problem.demand_end[holdings.by_agent],
            problem.max_stretch_minutes.copy(),
            problem.max_day_minutes.copy(),
            problem.max_week_minutes.copy(),
            problem.min_rest_minutes.copy(),
            problem.max_consecutive_days.copy(),
            _DayRules(
                least_run=problem.min_consecutive_days.copy(),
                least_off=problem.min_days_off.copy(),
                most_weekends=problem.max_weekends.copy(),
                first_day=problem.first_day,
                last_day=problem.last_day,
                pin_first=np.searchsorted(problem.pin_agent, np.arange(problem.agents + 1)),
                pin_day=problem.demand_start[problem.pin_demand] // MINUTES_PER_DAY,
            ),
        )
        self._open = [holdings.preferences(start, end) > NEVER_OPEN for start, end in spans.T.tolist()]

    def obstacles(self, row: int) -> NDArray[np.int8]:
        """Return by agent the number in CODES of the first rule that working a row would break."""
        found: NDArray[np.int8] = self._obstacles[:, self._span_of[row]]
        return found

    def is_open(self, row: int) -> Flags:
        """Say by agent whether a window of theirs holds a row."""
        return self._open[self._span_of[row]]


@numba.njit(cache=True, nogil=True)
def _first_obstacles(  # type: ignore[no-untyped-def] # compiled: numba infers the types
    starts, ends, first, held_start, held_end, most_stretch, most_day, most_week, least_rest, most_run, rules
):
    agents = len(most_stretch)
    found = np.zeros((agents, len(starts)), dtype=np.int8)
    for agent in range(agents):
        low, high = first[agent], first[agent + 1]
        longest = min(most_stretch[agent], min(most_day[agent], most_week[agent]))
        for k in range(len(starts)):
            start, end = starts[k], ends[k]
            if end - start > longest or most_run[agent] < 1:
                found[agent, k] = 1
                continue
            found[agent, k] = _first_obstacle(
                start,
                end,
                low,
                high,
                held_start,
                held_end,
                most_stretch[agent],
                most_day[agent],
                most_week[agent],
                least_rest[agent],
                most_run[agent],
            )
            if found[agent, k] == 0:
                found[agent, k] = _first_obstacle_of_days(
                    start // MINUTES_PER_DAY, low, high, held_start, rules, agent
                )
    return found


@numba.njit(cache=True, nogil=True)
def _first_obstacle(  # type: ignore[no-untyped-def] # compiled
    start, end, low, high, held_start, held_end, most_stretch, most_day, most_week, least_rest, most_run
):
    """Number the first rule that a shift breaks beside the held ones, which are in order of start."""
    for k in range(low, high):
        if held_start[k] < end and start < held_end[k]:
            return 2
    if _rest_around(start, end, low, high, held_start, held_end) < least_rest:
        return 3
    if _stretch_with(start, end, low, high, held_start, held_end) > most_stretch:
        return 4
    if _minutes_with(start, end, low, high, held_start, held_end, MINUTES_PER_DAY) > most_day:
        return 5
    if _minutes_with(start, end, low, high, held_start, held_end, MINUTES_PER_WEEK) > most_week:
        return 6
    first, last = _run_with(start // MINUTES_PER_DAY, low, high, held_start)
    if last - first + 1 > most_run:
        return 7
    return 0


@numba.njit(cache=True, nogil=True)
def _first_obstacle_of_days(day, low, high, held_start, rules, agent):  # type: ignore[no-untyped-def] # compiled
    """Number the first rule of runs, days off and weekends that work on one more day breaks."""
    first, last = _run_with(day, low, high, held_start)
    before = np.int64(-1)
    after = np.int64(-1)
    for k in range(low, high):
        held = held_start[k] // MINUTES_PER_DAY
        if held == day:
            return 0
        before = held if held < first else before
        after = held if held > last and after < 0 else after
    pins = rules.pin_day[rules.pin_first[agent] : rules.pin_first[agent + 1]]
    at_an_edge = first <= rules.first_day or last >= rules.last_day
    if last - first + 1 < rules.least_run[agent] and not at_an_edge and not _has_pin(pins, first, last):
        return 8
    for one, other in ((before, first), (last, after)):
        excused = _has_pin(pins, one, one) and _has_pin(pins, other, other)
        if one >= 0 and other >= 0 and not excused and other - one - 1 < rules.least_off[agent]:
            return 9
    if (
        day % 7 >= FIRST_WEEKEND_DAY
        and _weekends_with(day, low, high, held_start) > rules.most_weekends[agent]
    ):
        return 10
    return 0


@numba.njit(cache=True, nogil=True)
def _weekends_with(day, low, high, held_start):  # type: ignore[no-untyped-def] # compiled
    """Return how many weekends are worked, that of a day among them."""
    weekends = 1
    counted = day // 7
    for k in range(low, high):
        held = held_start[k] // MINUTES_PER_DAY
        if held % 7 >= FIRST_WEEKEND_DAY and held // 7 != day // 7 and held // 7 != counted:
            counted = held // 7
            weekends += 1
    return weekends


@numba.njit(cache=True, nogil=True)
def _has_pin(pins, first, last):  # type: ignore[no-untyped-def] # compiled
    """Say whether one of the pinned days lies from one day to another."""
    found = False
    for pin in pins:
        found |= first <= pin <= last
    return found


@numba.njit(cache=True, nogil=True)
def _rest_around(start, end, low, high, held_start, held_end):  # type: ignore[no-untyped-def] # compiled
    """Return the shorter break before and after a shift; a shift that touches it is no break."""
    before = np.int64(0)
    after = np.int64(0)
    for k in range(low, high):
        if held_end[k] <= start:
            # Held shifts do not overlap, so the last one that ends before is the nearest.
            before = start - held_end[k]
        else:
            after = held_start[k] - end
            break
    rest = np.int64(MINUTES_PER_WEEK)
    if before > 0:
        rest = before
    if 0 < after < rest:
        rest = after
    return rest


@numba.njit(cache=True, nogil=True)
def _stretch_with(start, end, low, high, held_start, held_end):  # type: ignore[no-untyped-def] # compiled
    """Return how long the stretch would be that a shift is part of."""
    for k in range(low, high):
        if held_start[k] == end:
            end = held_end[k]
    for k in range(high - 1, low - 1, -1):
        if held_end[k] == start:
            start = held_start[k]
    return end - start


@numba.njit(cache=True, nogil=True)
def _minutes_with(start, end, low, high, held_start, held_end, period):  # type: ignore[no-untyped-def] # compiled
    """Return the minutes of the day or week in which a shift begins, its own among them."""
    minutes = end - start
    for k in range(low, high):
        if held_start[k] // period == start // period:
            minutes += held_end[k] - held_start[k]
    return minutes


@numba.njit(cache=True, nogil=True)
def _run_with(day, low, high, held_start):  # type: ignore[no-untyped-def] # compiled
    """Return the first and the last of the days in a row that would be worked around a day."""
    first = day
    last = day
    for k in range(low, high):
        if held_start[k] // MINUTES_PER_DAY == last + 1:
            last += 1
    for k in range(high - 1, low - 1, -1):
        if held_start[k] // MINUTES_PER_DAY == first - 1:
            first -= 1
    return first, last
