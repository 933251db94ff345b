"""The exact best plan of one agent at given net values, by dynamic programming over the shifts open to them.

All functions here are compiled. Money is in integers of 1/64 point (`SCALE`), so sums and comparisons are
exact.

The agent's items are the open spans in order of start, each with the demand row that is worth most to them
there; `tables` finds the best of their combinations, or `strips` where shifts are short. The minutes a week
and a day and the run of days cost most to count, so they are left out at first and brought in only when the
plan found without them breaks them; leaving them out can only raise the value, so a plan that keeps them is
best. The same holds for the least days in a row, the least days off and the most weekends (`days`). Where
counting would take tables that are too large, `rents` gives a bound and a plan.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.matching.compiled import compiled
from scheduling.matching.days import has_rules, run_too_long, too_much
from scheduling.matching.layout import Layout
from scheduling.matching.problem import MINUTES_PER_DAY, MINUTES_PER_WEEK, Ints
from scheduling.matching.rents import best_in_strips, plan_with_rents
from scheduling.matching.ruled import keep_rules
from scheduling.matching.tables import fill_tables, link_items, make_limits
from scheduling.matching.walks import follow

SCALE = 64
NEVER = -(1 << 50)
"""The net value of a row that must not be taken."""
PINNED = 1 << 40
"""Added to a pinned shift, so that no plan leaves it out."""
CLOSED = 1 << 60
"""Stands in `best` for a span that is not open to the agent: no row is worth more."""


class Frame(NamedTuple):
    """The layout as the compiled code takes it; `length` is rounded down for bounds and up for plans."""

    span_start: Ints
    span_end: Ints
    span_week: Ints
    span_day: Ints
    length: Ints
    shortest: int
    longest: int
    row_span: NDArray[np.int32]
    row_value: Ints
    capacity: Ints
    project_first: Ints
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
    row_for: NDArray[np.int32]
    move_first: Ints


class Scratch(NamedTuple):
    """Working memory of one thread, made once."""

    best: Ints
    best_row: NDArray[np.int32]
    row: Ints
    net: Ints
    start: Ints
    end: Ints
    length: Ints
    idle: Ints
    week: Ints
    day: Ints
    after: Ints
    touch_first: Ints
    touch_last: Ints
    week_used: Ints
    day_used: Ints
    onward: Ints
    strip_of: Ints
    pinned: Ints
    back: Ints
    reached: NDArray[np.bool_]
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
        longest=int(length.max(initial=0)),
        **{name: getattr(layout, name) for name in Frame._fields if hasattr(layout, name)},
    )


def make_scratch(layout: Layout) -> Scratch:
    """Return the working memory for one thread."""
    most = layout.most_open + 1

    def ints(size: int) -> Ints:
        return np.zeros(size, dtype=np.int64)

    return Scratch(
        best=np.full(len(layout.span_start), CLOSED, dtype=np.int64),
        best_row=np.zeros(len(layout.span_start), dtype=np.int32),
        row=ints(most),
        net=ints(most),
        start=ints(most),
        end=ints(most),
        length=ints(most),
        idle=ints(most),
        week=ints(most),
        day=ints(most),
        after=ints(most),
        touch_first=ints(most),
        touch_last=ints(most),
        week_used=ints(most),
        day_used=ints(most),
        onward=ints(most),
        strip_of=ints(most),
        pinned=ints(most),
        back=ints(most),
        reached=np.zeros(layout.stretch_cells, dtype=np.bool_),
        table=np.empty(layout.table_cells, dtype=np.int64),
        chosen=ints(most),
        plan_row=ints(most),
        plan_gain=ints(most),
    )


@compiled
def best_rows(frame, scratch, agent, net):  # type: ignore[no-untyped-def]
    """Find, for each open span of the agent, the row worth most to them there."""
    best, best_row = scratch.best, scratch.best_row
    for k in range(frame.open_first[agent], frame.open_first[agent + 1]):
        best[frame.open_span[k]] = NEVER
    for cert in range(frame.cert_first[agent], frame.cert_first[agent + 1]):
        project = frame.cert_project[cert]
        score = frame.cert_score[cert] * SCALE
        for row in range(frame.project_first[project], frame.project_first[project + 1]):
            span = frame.row_span[row]
            worth = net[row] + score
            if worth > best[span]:
                best[span] = worth
                best_row[span] = row
    for k in range(frame.pin_first[agent], frame.pin_first[agent + 1]):
        span = frame.row_span[frame.pin_row[k]]
        best[span] = PINNED
        best_row[span] = -1


@compiled
def take_items(frame, scratch, agent):  # type: ignore[no-untyped-def]
    """Keep the spans that can be part of a best plan, find what may follow each, and return how many there
    are.

    A shift that loses points is worth taking only as the middle of a stretch of three - from either end of a
    stretch it can be left out - or to make a run of days long enough.
    """
    keep_losses = frame.stretch_units[agent] >= 3 * frame.shortest
    keep_losses |= frame.least_run[agent] > 1 or frame.least_off[agent] > 1
    items = 0
    for k in range(frame.open_first[agent], frame.open_first[agent + 1]):
        span = frame.open_span[k]
        worth = scratch.best[span]
        scratch.best[span] = CLOSED
        net = worth + frame.open_preference[k] * SCALE
        if worth > NEVER // 2 and (net > 0 or keep_losses):
            scratch.row[items] = scratch.best_row[span]
            scratch.net[items] = net
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


@compiled
def best_plan(frame, scratch, agent, net):  # type: ignore[no-untyped-def]
    """Find the agent's best plan for the net values of the rows.

    Returns its value in 1/64 points, without what pins add, and the number of its rows, which are in
    `plan_row` with the points (score and preference) of each in `plan_gain`. Pinned rows are not listed. The
    number is -1 when the pins do not fit, which lengths rounded up may cause.
    """
    best_rows(frame, scratch, agent, net)
    items = take_items(frame, scratch, agent)
    day_limit = frame.day_units[agent]
    run_limit = frame.run_days[agent]
    week_limit = frame.week_units[agent]
    week = np.int64(0)
    day = np.int64(0)
    run = np.int64(0)
    in_strips = frame.strips_abreast[agent] > 0
    is_mended = in_strips
    if in_strips:
        value, count = best_in_strips(frame, scratch, agent, items)
    while not in_strips:
        limits = make_limits(items, frame.stretch_units[agent], frame.shortest, week, day, run)
        if limits.end >= len(scratch.table):
            value, count = plan_with_rents(*(frame, scratch, agent, items, np.int64(0), np.int64(0)))
            is_mended = True
            break
        use = scratch.length if week > 0 else scratch.idle
        value = fill_tables(
            limits,
            scratch.table,
            scratch.net,
            scratch.length,
            use,
            scratch.week,
            scratch.day,
            scratch.touch_first,
            scratch.touch_last,
            scratch.after,
            scratch.week_used,
            scratch.day_used,
            scratch.reached,
        )
        count = follow(
            limits,
            scratch.table,
            scratch.net,
            scratch.length,
            use,
            scratch.week,
            scratch.day,
            scratch.touch_first,
            scratch.touch_last,
            scratch.after,
            scratch.chosen,
        )
        if week == 0 and too_much(scratch.week, scratch.length, scratch.chosen, count, week_limit):
            week = week_limit
        elif day == 0 and too_much(scratch.day, scratch.length, scratch.chosen, count, day_limit):
            day = day_limit
        elif run == 0 and run_too_long(scratch.day, scratch.chosen, count, run_limit):
            run = run_limit
        else:
            break
    if not is_mended and has_rules(frame, agent):
        value, count = keep_rules(frame, scratch, agent, items, value, count, week, day, run)
    rows = 0
    pins = frame.pin_first[agent + 1] - frame.pin_first[agent]
    for k in range(count):
        item = scratch.chosen[k]
        row = np.int64(scratch.row[item])
        if row < 0:
            value -= scratch.net[item]
            pins -= 1
        else:
            points = (scratch.net[item] - net[row]) // SCALE
            scratch.plan_row[rows] = row
            scratch.plan_gain[rows] = points
            rows += 1
    return value, rows if pins == 0 else -1
