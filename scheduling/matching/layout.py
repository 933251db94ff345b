"""What the solver works on: distinct spans of time, demand rows by project, each agent's open spans, units.

Everything here is derived from the problem once and does not change while solving.
"""

from __future__ import annotations

import dataclasses

import numba
import numpy as np
from numpy.typing import NDArray

from scheduling.matching.problem import MINUTES_PER_DAY, MINUTES_PER_WEEK, Ints, Problem
from scheduling.matching.strips import measure_strips, most_cells
from scheduling.matching.units import FIRST_WEEKEND_DAY

Ints32 = NDArray[np.int32]

LARGEST_TABLE = 2_000_000
"""Most cells of the tables of an agent's plan (8 bytes each) when weeks, days and runs are counted: a few
milliseconds of work. Beyond it `rents` takes over."""
LARGEST_STRETCHES = 12_000_000
"""Most cells when nothing but stretches is counted; beyond it lengths are counted in coarser units."""
LARGEST_STRIPS = 8_000_000
"""Most cells for shifts in strips (`strips`), which fill quickly: 20 days of ten minutes take half."""
LARGEST_EXCHANGE, MOST_SEATS_EXCHANGED = 4_000_000, 2_000
"""Most cells of the tables that find a project's row in a span and the moves between rows, and most seats of
a span, for people to be moved within spans (`exchange`)."""
FEWEST_EXCHANGING = 20
"""Fewer agents with short shifts have little to exchange; chains suit them."""
FEWEST_ROWS = 6
"""Where fewer shifts fit into a stretch the tables are as quick as strips."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """The problem by span. A span is a distinct (start, end) of the demand; spans are sorted by start, then
    end.

    Rows are numbered by project, then span; row `r` here is row `row_of[r]` of the problem.
    `open_first[a]:open_first[a + 1]` are the spans that lie in a window of agent `a` and are not too long for
    them. Seats that a pin takes are out of `capacity`: the market deals in the rest. Lengths and limits are
    in units of `unit` minutes; `length_low` and `length_high` differ only where the unit does not divide
    them. `strips_abreast` is 0 for agents whose shifts are planned with `tables`, not in `strips`.
    `most_weekends` is -1 where the season has no more than may be worked.
    """

    unit: int
    span_start: Ints
    span_end: Ints
    length_low: Ints
    length_high: Ints
    row_of: Ints
    row_span: Ints32
    row_value: Ints
    capacity: Ints
    project_first: Ints
    cert_first: Ints
    cert_project: Ints
    cert_score: Ints
    open_first: Ints
    open_span: Ints32
    open_preference: Ints
    pin_first: Ints
    pin_row: Ints32
    rest_minutes: Ints
    stretch_units: Ints
    week_units: Ints
    day_units: Ints
    run_days: Ints
    strips_abreast: Ints
    strip_rows: Ints
    least_run: Ints
    least_off: Ints
    most_weekends: Ints
    first_day: int
    last_day: int
    plan_first: Ints
    span_first: Ints
    span_row: Ints
    row_place: Ints
    row_project: Ints
    row_for: Ints32
    move_first: Ints
    most_exchanged: int
    table_cells: int
    stretch_cells: int
    most_open: int

    @property
    def agents(self) -> int:
        return len(self.rest_minutes)


def lay_out(problem: Problem) -> Layout:
    """Derive the solver's arrays from a problem."""
    spans, row_span = np.unique(
        np.stack([problem.demand_start, problem.demand_end]), axis=1, return_inverse=True
    )
    row_span = row_span.reshape(-1)
    start, end = (np.ascontiguousarray(times) for times in spans)
    minutes = end - start
    longest = np.minimum(
        problem.max_stretch_minutes, np.minimum(problem.max_day_minutes, problem.max_week_minutes)
    )
    open_first, open_span, open_preference = open_spans(
        start,
        end,
        longest,
        problem.max_consecutive_days,
        problem.window_first,
        problem.window_start,
        problem.window_end,
        problem.window_preference,
    )
    taken = np.bincount(problem.pin_demand, minlength=problem.rows).astype(np.int64)
    by_project = np.lexsort((row_span, problem.demand_project))
    projects = np.arange(len(problem.project_ids) + 1)
    number = np.empty(problem.rows, dtype=np.int32)
    number[by_project] = np.arange(problem.rows, dtype=np.int32)
    sizes = _sizes(problem, start, minutes, open_first, open_span)
    capacity = (problem.demand_seats - taken)[by_project]
    project_first = np.searchsorted(problem.demand_project[by_project], projects)
    span_of: Ints32 = row_span[by_project].astype(np.int32)
    by_span = np.argsort(span_of, kind="stable")
    span_first = np.searchsorted(span_of[by_span], np.arange(len(start) + 1))
    row_place = np.empty_like(by_span)
    row_place[by_span] = np.arange(len(by_span)) - span_first[span_of[by_span]]
    row_for = _rows_for(project_first, span_of, len(start), sizes, np.diff(span_first), capacity)
    return Layout(
        unit=sizes.unit,
        span_start=start,
        span_end=end,
        length_low=minutes // sizes.unit,
        length_high=-(-minutes // sizes.unit),
        row_of=by_project,
        row_span=span_of,
        row_value=problem.demand_value[by_project],
        capacity=capacity,
        project_first=project_first,
        cert_first=problem.cert_first.copy(),
        cert_project=problem.cert_project.copy(),
        cert_score=problem.cert_score.copy(),
        open_first=open_first,
        open_span=open_span,
        open_preference=open_preference,
        pin_first=np.searchsorted(problem.pin_agent, np.arange(problem.agents + 1)),
        pin_row=number[problem.pin_demand],
        rest_minutes=problem.min_rest_minutes.copy(),
        stretch_units=sizes.stretch_units,
        week_units=sizes.week_units,
        day_units=sizes.day_units,
        run_days=sizes.run_days,
        strips_abreast=sizes.strips_abreast,
        strip_rows=sizes.strip_rows,
        least_run=sizes.least_run,
        least_off=sizes.least_off,
        most_weekends=sizes.most_weekends,
        first_day=problem.first_day,
        last_day=problem.last_day,
        plan_first=sizes.plan_first,
        span_first=span_first,
        span_row=by_span,
        row_place=row_place,
        row_project=problem.demand_project[by_project],
        row_for=row_for,
        move_first=np.concatenate([[0], np.cumsum(np.diff(span_first) ** 2)]),
        most_exchanged=int(np.diff(span_first).max(initial=0)) if len(row_for) else 0,
        table_cells=sizes.cells,
        stretch_cells=sizes.stretch_cells,
        most_open=int(np.diff(open_first).max(initial=0)),
    )


def _rows_for(
    project_first: Ints, row_span: Ints32, spans: int, sizes: _Sizes, rows_of_span: Ints, capacity: Ints
) -> Ints32:
    """Return, by project and span, the first of its rows, -1 for none.

    The table is empty where shifts are long, or so many rows and seats begin together that it is not worth
    while to move people between them.
    """
    projects = len(project_first) - 1
    wanted = (sizes.strips_abreast > 0).sum() >= FEWEST_EXCHANGING and projects * spans <= LARGEST_EXCHANGE
    if not wanted or (rows_of_span**2).sum() > LARGEST_EXCHANGE:
        return np.zeros((0, 0), dtype=np.int32)
    if np.bincount(row_span, capacity, spans).max() > MOST_SEATS_EXCHANGED:
        return np.zeros((0, 0), dtype=np.int32)
    row_for = np.full((projects, spans), -1, dtype=np.int32)
    project = np.repeat(np.arange(projects), np.diff(project_first))
    # The first of several rows wins.
    row_for[project[::-1], row_span[::-1]] = np.arange(len(row_span), dtype=np.int32)[::-1]
    return row_for


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class _Sizes:
    unit: int
    week_units: Ints
    day_units: Ints
    stretch_units: Ints
    run_days: Ints
    strips_abreast: Ints
    strip_rows: Ints
    least_run: Ints
    least_off: Ints
    most_weekends: Ints
    plan_first: Ints
    cells: int
    stretch_cells: int


def _sizes(problem: Problem, start: Ints, minutes: Ints, open_first: Ints, open_span: Ints32) -> _Sizes:
    """Choose the unit and the limits in it.

    The finest unit is the greatest common divisor of the lengths, and nothing is rounded then. Where even the
    stretches would need too large a table the unit grows: the bound then counts lengths rounded down and the
    plans count them rounded up, so the bound stays a bound and the plans stay allowed.
    """
    shortest = int(minutes.min(initial=MINUTES_PER_DAY))
    unit = int(np.gcd.reduce(minutes)) if len(minutes) else MINUTES_PER_DAY
    opened = np.diff(open_first)
    last_day = int(start.max(initial=0)) // MINUTES_PER_DAY
    first_day = int(start.min(initial=0)) // MINUTES_PER_DAY
    days = last_day - first_day + 1
    owner = np.repeat(np.arange(problem.agents), opened)
    busiest = np.zeros(problem.agents, dtype=np.int64)
    day_of = start[open_span] // MINUTES_PER_DAY
    keys, minutes_of_day = np.unique(owner * (last_day + 1) + day_of, return_inverse=True)
    if len(keys):
        total = np.bincount(minutes_of_day.reshape(-1), weights=minutes[open_span]).astype(np.int64)
        np.maximum.at(busiest, keys // (last_day + 1), total)
    run_days = np.where(problem.max_consecutive_days >= days, 0, problem.max_consecutive_days)
    # No run and no days off within the season are longer than it is.
    least_run = np.minimum(problem.min_consecutive_days, days)
    least_off = np.minimum(problem.min_days_off, days)
    weekends = len(np.unique(start[start // MINUTES_PER_DAY % 7 >= FIRST_WEEKEND_DAY] // MINUTES_PER_WEEK))
    most_weekends = np.where(problem.max_weekends >= weekends, -1, problem.max_weekends)
    # No stretch is longer than the longest chain of touching spans, whatever is allowed.
    stretch = np.minimum(
        problem.max_stretch_minutes, longest_chains(start, start + minutes, open_first, open_span)
    )
    abreast, rows = measure_strips(
        start, start + minutes, minutes, problem.max_stretch_minutes, open_first, open_span
    )
    abreast[rows < FEWEST_ROWS] = 0
    in_tables = np.where(abreast > 0, 0, opened)
    while True:
        # One shift fits any limit of somebody who is open to it, so a limit below one unit counts as one.
        week_units = np.maximum(1, problem.max_week_minutes // unit)
        # A limit a day that the open spans cannot reach needs no counting: 0 says so.
        day_units = np.where(
            busiest > problem.max_day_minutes, np.maximum(1, problem.max_day_minutes // unit), 0
        )
        stretch_units = np.maximum(1, stretch // unit)
        lengths = np.maximum(0, stretch_units - 2 * (shortest // unit) + 1)
        least = int((in_tables * (lengths + 1)).max(initial=0)) + 1
        if least <= LARGEST_STRETCHES or unit >= MINUTES_PER_DAY:
            break
        unit *= 2
    nodes = (np.maximum(run_days, least_run) + least_off) * (np.maximum(most_weekends, 0) + 1)
    # Rules of days take another unit of the day, and a line for what they forbid.
    has_rules = (least_run > 1) | (least_off > 1) | (most_weekends >= 0)
    counted = (week_units + 1) * (np.maximum(day_units, 1) + 1 + has_rules) * np.maximum(nodes, run_days + 1)
    table_cells = int((in_tables * counted * (lengths + 1) + has_rules * (week_units + 2)).max(initial=0)) + 1
    weeks = last_day // 7 - first_day // 7 + 1
    low = minutes // unit
    # Lengths rounded down let more shifts into a week, and a length of 0 all of them.
    least_low = int(low.min(initial=MINUTES_PER_DAY))
    most = np.minimum(opened, weeks * (week_units // least_low)) if least_low > 0 else opened
    if (low * unit != minutes).any():
        # Lengths rounded down let more shifts into a stretch.
        _, rows = measure_strips(start, start + minutes, low, stretch_units, open_first, open_span)
    strip_cells = most_cells(
        *(start, -(-minutes // unit), open_first, open_span, abreast, rows),
        *(stretch_units, week_units, run_days, LARGEST_STRIPS),
    )
    return _Sizes(
        unit=unit,
        week_units=week_units,
        day_units=day_units,
        stretch_units=stretch_units,
        run_days=run_days,
        strips_abreast=abreast,
        strip_rows=rows,
        least_run=least_run,
        least_off=least_off,
        most_weekends=most_weekends,
        plan_first=np.concatenate([[0], np.cumsum(most + 1)]),
        cells=max(least, min(LARGEST_TABLE, table_cells), strip_cells),
        stretch_cells=int((in_tables * lengths).max(initial=0)),
    )


@numba.njit(cache=True, nogil=True)
def longest_chains(start, end, open_first, open_span):  # type: ignore[no-untyped-def]
    """Return, by agent, the minutes of the longest stretch that their open spans can make, of any length."""
    agents = len(open_first) - 1
    longest = np.zeros(agents, dtype=np.int64)
    onward = np.zeros(len(start), dtype=np.int64)
    for agent in range(agents):
        first, last = open_first[agent], open_first[agent + 1]
        for k in range(last - 1, first - 1, -1):
            span = open_span[k]
            onward[span] = end[span] - start[span]
            follower = np.searchsorted(start, end[span])
            while follower < len(start) and start[follower] == end[span]:
                if onward[follower] > 0:
                    onward[span] = max(onward[span], end[span] - start[span] + onward[follower])
                follower += 1
            longest[agent] = max(longest[agent], onward[span])
        for k in range(first, last):
            onward[open_span[k]] = 0
    return longest


@numba.njit(cache=True, nogil=True)
def open_spans(  # type: ignore[no-untyped-def] # compiled: numba infers the types
    start, end, longest, run_days, window_first, window_start, window_end, window_preference
):
    """Return, by agent, the spans that lie within one of their windows, with the best preference of those
    windows.
    """
    agents = len(longest)
    best = np.zeros(len(start), dtype=np.int64)
    seen = np.full(len(start), -1, dtype=np.int64)
    first = np.zeros(agents + 1, dtype=np.int64)
    spans = np.empty(1024, dtype=np.int32)
    preference = np.empty(1024, dtype=np.int64)
    count = 0
    for agent in range(agents):
        low = len(start)
        high = 0
        for window in range(window_first[agent], window_first[agent + 1]):
            begin = np.searchsorted(start, window_start[window])
            stop = np.searchsorted(start, window_end[window])
            for span in range(begin, stop):
                if end[span] > window_end[window] or end[span] - start[span] > longest[agent]:
                    continue
                points = window_preference[window]
                if seen[span] != agent or points > best[span]:
                    best[span] = points
                seen[span] = agent
                low = min(low, span)
                high = max(high, span + 1)
        if run_days[agent] > 0:
            for span in range(low, high):
                if seen[span] != agent:
                    continue
                if count == len(spans):
                    spans = np.append(spans, np.empty(count, dtype=np.int32))
                    preference = np.append(preference, np.empty(count, dtype=np.int64))
                spans[count] = span
                preference[count] = best[span]
                count += 1
        first[agent + 1] = count
    return first, spans[:count].copy(), preference[:count].copy()
