"""The exact best plan of one agent at given net values, by dynamic programming over the shifts open to them.

All functions here are compiled. Money is in integers of 1/64 point (`SCALE`), so sums and comparisons are
exact.

The agent's items are the open spans in order of start, each with the demand row that is worth most to them
there; `tables` finds the best of their combinations. Limits that cannot bind are not counted. The run of days
binds seldom and costs most, so it is left out at first and brought in only when the plan found without it
breaks it; leaving it out can only raise the value, so a plan that keeps it is best.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from scheduling.matching.layout import Layout
from scheduling.matching.problem import MINUTES_PER_DAY, MINUTES_PER_WEEK, Ints
from scheduling.matching.tables import fill_tables, follow, link_items, make_limits, run_too_long

SCALE = 64
NEVER = -(1 << 50)
"""The net value of a row that must not be taken."""
PINNED = 1 << 40
"""Added to a pinned shift, so that no plan leaves it out."""


class Frame(NamedTuple):
    """The layout as the compiled code takes it; `length` is rounded down for bounds and up for plans."""

    span_start: Ints
    span_end: Ints
    span_week: Ints
    span_day: Ints
    length: Ints
    shortest: int
    row_span: NDArray[np.int32]
    row_value: Ints
    capacity: Ints
    project_first: Ints
    project_row: NDArray[np.int32]
    cert_first: Ints
    cert_project: Ints
    cert_score: Ints
    open_first: Ints
    open_span: NDArray[np.int32]
    open_preference: Ints
    pin_first: Ints
    pin_row: NDArray[np.int32]
    rest_minutes: Ints
    stretch_units: Ints
    week_units: Ints
    day_units: Ints
    run_days: Ints
    plan_first: Ints


class Scratch(NamedTuple):
    """Working memory of one thread, made once."""

    place: NDArray[np.int32]
    best: Ints
    best_row: Ints
    best_score: Ints
    row: Ints
    net: Ints
    gain: Ints
    start: Ints
    end: Ints
    length: Ints
    week: Ints
    day: Ints
    after: Ints
    touch_first: Ints
    touch_last: Ints
    week_used: Ints
    day_used: Ints
    table: Ints
    chosen: Ints
    plan_row: Ints
    plan_gain: Ints


def make_frame(layout: Layout, *, round_up: bool) -> Frame:
    """Return the arrays for plans (`round_up`) or for bounds."""
    length = layout.length_high if round_up else layout.length_low
    return Frame(
        span_week=layout.span_start // MINUTES_PER_WEEK,
        span_day=layout.span_start // MINUTES_PER_DAY,
        length=length,
        shortest=int(length.min(initial=1 << 30)),
        **{name: getattr(layout, name) for name in Frame._fields if hasattr(layout, name)},
    )


def make_scratch(layout: Layout) -> Scratch:
    """Return the working memory for one thread."""
    most = layout.most_open + 1

    def ints(size: int) -> Ints:
        return np.zeros(size, dtype=np.int64)

    return Scratch(
        place=np.full(len(layout.span_start), -1, dtype=np.int32),
        best=ints(most),
        best_row=ints(most),
        best_score=ints(most),
        row=ints(most),
        net=ints(most),
        gain=ints(most),
        start=ints(most),
        end=ints(most),
        length=ints(most),
        week=ints(most),
        day=ints(most),
        after=ints(most),
        touch_first=ints(most),
        touch_last=ints(most),
        week_used=ints(most),
        day_used=ints(most),
        table=ints(2 * layout.table_cells + 1),
        chosen=ints(most),
        plan_row=ints(most),
        plan_gain=ints(most),
    )


@numba.njit(cache=True, nogil=True)
def best_rows(frame, scratch, agent, net):  # type: ignore[no-untyped-def]
    """Find, for each open span of the agent, the row worth most to them there."""
    first = frame.open_first[agent]
    last = frame.open_first[agent + 1]
    for k in range(first, last):
        scratch.place[frame.open_span[k]] = k - first
        scratch.best[k - first] = NEVER
    for cert in range(frame.cert_first[agent], frame.cert_first[agent + 1]):
        project = frame.cert_project[cert]
        score = frame.cert_score[cert] * SCALE
        for k in range(frame.project_first[project], frame.project_first[project + 1]):
            row = np.int64(frame.project_row[k])
            place = scratch.place[frame.row_span[row]]
            if place >= 0 and net[row] + score > scratch.best[place]:
                scratch.best[place] = net[row] + score
                scratch.best_row[place] = row
                scratch.best_score[place] = frame.cert_score[cert]
    for k in range(frame.pin_first[agent], frame.pin_first[agent + 1]):
        place = scratch.place[frame.row_span[frame.pin_row[k]]]
        scratch.best[place] = PINNED
        scratch.best_row[place] = -1
    for k in range(first, last):
        scratch.place[frame.open_span[k]] = -1


@numba.njit(cache=True, nogil=True)
def take_items(frame, scratch, agent):  # type: ignore[no-untyped-def]
    """Keep the spans that can be part of a best plan, find what may follow each, and return how many there
    are.

    A shift that loses points is worth taking only as the middle of a stretch of three: from either end of a
    stretch it can be left out.
    """
    first = frame.open_first[agent]
    keep_losses = frame.stretch_units[agent] >= 3 * frame.shortest
    items = 0
    for k in range(first, frame.open_first[agent + 1]):
        place = k - first
        preference = frame.open_preference[k]
        net = scratch.best[place] + preference * SCALE
        if scratch.best[place] > NEVER // 2 and (net > 0 or keep_losses):
            span = frame.open_span[k]
            scratch.row[items] = scratch.best_row[place]
            scratch.net[items] = net
            scratch.gain[items] = scratch.best_score[place] + preference
            scratch.start[items] = frame.span_start[span]
            scratch.end[items] = frame.span_end[span]
            scratch.length[items] = frame.length[span]
            scratch.week[items] = frame.span_week[span]
            scratch.day[items] = frame.span_day[span]
            items += 1
    link_items(
        scratch.start,
        scratch.end,
        items,
        frame.rest_minutes[agent],
        scratch.touch_first,
        scratch.touch_last,
        scratch.after,
    )
    return items


@numba.njit(cache=True, nogil=True)
def best_plan(frame, scratch, agent, net):  # type: ignore[no-untyped-def]
    """Find the agent's best plan for the net values of the rows.

    Returns its value in 1/64 points, without what pins add, and the number of its rows, which are in
    `plan_row` with the points (score and preference) of each in `plan_gain`. Pinned rows are not listed. The
    number is -1 when the pins do not fit, which lengths rounded up may cause.
    """
    best_rows(frame, scratch, agent, net)
    items = take_items(frame, scratch, agent)
    run = np.int64(0)
    value = np.int64(0)
    count = 0
    while True:
        limits = make_limits(
            items,
            frame.stretch_units[agent],
            frame.shortest,
            frame.week_units[agent],
            frame.day_units[agent],
            run,
        )
        value = fill_tables(
            limits,
            scratch.table,
            scratch.net,
            scratch.length,
            scratch.week,
            scratch.day,
            scratch.touch_first,
            scratch.touch_last,
            scratch.after,
            scratch.week_used,
            scratch.day_used,
        )
        count = follow(
            limits,
            scratch.table,
            scratch.net,
            scratch.length,
            scratch.week,
            scratch.day,
            scratch.touch_first,
            scratch.touch_last,
            scratch.after,
            scratch.chosen,
        )
        if run > 0 or not run_too_long(scratch.day, scratch.chosen, count, frame.run_days[agent]):
            break
        run = frame.run_days[agent]
    rows = 0
    pins = frame.pin_first[agent + 1] - frame.pin_first[agent]
    for k in range(count):
        item = scratch.chosen[k]
        if scratch.row[item] < 0:
            value -= scratch.net[item]
            pins -= 1
        else:
            scratch.plan_row[rows] = scratch.row[item]
            scratch.plan_gain[rows] = scratch.gain[item]
            rows += 1
    return value, rows if pins == 0 else -1
