"""The exact best plan of one agent at given net values, by dynamic programming over the shifts open to them.

All functions here are compiled. Money is in integers of 1/64 point (`SCALE`), so sums and comparisons are
exact.

The agent's items are the open spans in order of start, each with the demand row that is worth most to them
there. `free[i, n, d, c]` is the best value from item `i` on for an agent who is rested, has worked `n` units
this week and `d` units today, and whose run of working days is `c` long (up to yesterday when d = 0, else
with today). `going[i, q, n, d, c]` is the best value after item `i` inside a stretch of `q` units. Limits
that cannot bind are not counted. The run of days binds seldom and costs most, so it is left out at first and
brought in only when the plan found without it breaks it; leaving it out can only raise the value, so a plan
that keeps it is best.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from scheduling.matching.layout import Layout
from scheduling.matching.problem import MINUTES_PER_DAY, MINUTES_PER_WEEK, Ints

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
    best_row: NDArray[np.int32]
    best_score: Ints
    row: NDArray[np.int32]
    net: Ints
    gain: Ints
    start: Ints
    end: Ints
    length: Ints
    week: Ints
    day: Ints
    after: NDArray[np.int32]
    touch_first: NDArray[np.int32]
    touch_last: NDArray[np.int32]
    week_used: Ints
    day_used: Ints
    table: Ints
    chosen: NDArray[np.int32]
    plan_row: NDArray[np.int32]
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

    def ints32(size: int) -> NDArray[np.int32]:
        return np.zeros(size, dtype=np.int32)

    return Scratch(
        place=np.full(len(layout.span_start), -1, dtype=np.int32),
        best=ints(most),
        best_row=ints32(most),
        best_score=ints(most),
        row=ints32(most),
        net=ints(most),
        gain=ints(most),
        start=ints(most),
        end=ints(most),
        length=ints(most),
        week=ints(most),
        day=ints(most),
        after=ints32(most),
        touch_first=ints32(most),
        touch_last=ints32(most),
        week_used=ints(most),
        day_used=ints(most),
        table=ints(2 * layout.table_cells + 1),
        chosen=ints32(most),
        plan_row=ints32(most),
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
            row = frame.project_row[k]
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
def link_items(start, end, items, rest, touch_first, touch_last, after):  # type: ignore[no-untyped-def]
    """Find the items that start when each one ends, and the first that starts a rest later."""
    for i in range(items):
        k = i + 1
        while k < items and start[k] < end[i]:
            k += 1
        touch_first[i] = k
        while k < items and start[k] == end[i]:
            k += 1
        touch_last[i] = k
        while k < items and start[k] < end[i] + rest:
            k += 1
        after[i] = k


class Limits(NamedTuple):
    """What is counted for this agent now, and how the tables lie in memory. 0 in `day` or `run`: not counted.

    `saturating`: there is no limit a day, but the run of days must know whether today is worked at all.
    """

    items: np.int64
    stretch: np.int64
    shortest: np.int64
    week: np.int64
    day: np.int64
    run: np.int64
    saturating: np.bool_
    per_item: np.int64
    per_week: np.int64
    per_day: np.int64
    going: np.int64


@numba.njit(cache=True, nogil=True)
def make_limits(frame, agent, items, with_run):  # type: ignore[no-untyped-def]
    """Say what is counted for this agent."""
    run = frame.run_days[agent] if with_run else np.int64(0)
    day = frame.day_units[agent]
    saturating = day == 0 and run > 0
    if saturating:
        day = np.int64(1)
    per_day = run + 1
    per_week = (day + 1) * per_day
    per_item = (frame.week_units[agent] + 1) * per_week
    return Limits(
        np.int64(items),
        frame.stretch_units[agent],
        np.int64(frame.shortest),
        frame.week_units[agent],
        day,
        run,
        saturating,
        per_item,
        per_week,
        per_day,
        per_item * items,
    )


@numba.njit(cache=True, nogil=True)
def find(limits, table, base, same_week, days_on, n, d, c):  # type: ignore[no-untyped-def]
    """Return the value at `base` for counts held earlier: in another week or day some begin anew.

    `base` -1 stands for the end of the season.
    """
    if base < 0:
        return np.int64(0)
    if not same_week:
        n = np.int64(0)
    if days_on > 0:
        if days_on > 1 or d == 0:
            c = np.int64(0)
        d = np.int64(0)
    return table[base + n * limits.per_week + d * limits.per_day + c]


@numba.njit(cache=True, nogil=True)
def work(limits, length, n, d, c):  # type: ignore[no-untyped-def]
    """Return whether a shift may be worked with these counts, and the counts with it."""
    if limits.run > 0 and d == 0:
        if c >= limits.run:
            return False, n, d, c
        c += 1
    if limits.saturating:
        d = np.int64(1)
    elif limits.day > 0:
        d += length
    n += length
    return n <= limits.week and d <= limits.day, n, d, c


@numba.njit(cache=True, nogil=True)
def way(limits, week, day, i, k):  # type: ignore[no-untyped-def]
    """Return where the free state of item `k` lies and what changes from item `i` to it."""
    if k >= limits.items:
        return np.int64(-1), True, np.int64(0)
    return k * limits.per_item, week[i] == week[k], day[k] - day[i]


@numba.njit(cache=True, nogil=True)
def way_after(limits, week, day, touch_first, touch_last, after, i, q):  # type: ignore[no-untyped-def]
    """The same for what follows item `i`, worked as the end so far of a stretch of `q` units."""
    if touch_first[i] < touch_last[i] and q + limits.shortest <= limits.stretch:
        return limits.going + (i * limits.stretch + q - 1) * limits.per_item, True, np.int64(0)
    return way(limits, week, day, i, after[i])


@numba.njit(cache=True, nogil=True)
def fill_stretches(  # type: ignore[no-untyped-def]
    limits, table, net, length, week, day, touch_first, touch_last, after, i, most_week, most_day
):
    """Fill the states after item `i` inside a stretch that may go on: stop here, or work a touching item."""
    for q in range(length[i], limits.stretch - limits.shortest + 1):
        here = limits.going + (i * limits.stretch + q - 1) * limits.per_item
        base, same_week, days_on = way(limits, week, day, i, after[i])
        for n in range(length[i], most_week + 1):
            for d in range(least_day(limits, length[i]), most_day + 1):
                for c in range(min(np.int64(1), limits.run), limits.run + 1):
                    cell = here + n * limits.per_week + d * limits.per_day + c
                    table[cell] = find(limits, table, base, same_week, days_on, n, d, c)
        for k in range(touch_first[i], touch_last[i]):
            if q + length[k] <= limits.stretch:
                base, same_week, days_on = way_after(
                    limits, week, day, touch_first, touch_last, after, k, q + length[k]
                )
                go_on(
                    limits,
                    table,
                    net[k],
                    length[k],
                    week[k] != week[i],
                    day[k] - day[i],
                    base,
                    same_week,
                    days_on,
                    here,
                    length[i],
                    most_week,
                    most_day,
                )


@numba.njit(cache=True, nogil=True)
def least_day(limits, length):  # type: ignore[no-untyped-def]
    """Return the least that today counts after a shift of this length."""
    return np.int64(1) if limits.saturating else min(length, limits.day)


@numba.njit(cache=True, nogil=True)
def go_on(  # type: ignore[no-untyped-def]
    limits,
    table,
    net,
    length,
    new_week,
    days_later,
    base,
    same_week,
    days_on,
    here,
    worked,
    most_week,
    most_day,
):
    """Raise the states at `here` by working one touching item, which starts `days_later`."""
    for n in range(worked, most_week + 1):
        for d in range(least_day(limits, worked), most_day + 1):
            for c in range(min(np.int64(1), limits.run), limits.run + 1):
                allowed, n2, d2, c2 = work(
                    limits,
                    length,
                    np.int64(0) if new_week else n,
                    np.int64(0) if days_later > 0 else d,
                    np.int64(0) if days_later > 1 else c,
                )
                if allowed:
                    value = net + find(limits, table, base, same_week, days_on, n2, d2, c2)
                    cell = here + n * limits.per_week + d * limits.per_day + c
                    table[cell] = max(table[cell], value)


@numba.njit(cache=True, nogil=True)
def fill_tables(limits, table, net, length, week, day, touch_first, touch_last, after, week_used, day_used):  # type: ignore[no-untyped-def]
    """Fill the table from the last item back and return the value of the best plan.

    Counts beyond what the items before could add up to are left out.
    """
    count_used(limits.items, length, week, week_used)
    count_used(limits.items, length, day, day_used)
    for i in range(limits.items - 1, -1, -1):
        if touch_first[i] < touch_last[i]:
            most_week = min(limits.week, week_used[i] + length[i])
            most_day = min(limits.day, day_used[i] + length[i])
            fill_stretches(
                limits, table, net, length, week, day, touch_first, touch_last, after, i, most_week, most_day
            )
        skip_base, skip_week, skip_days = way(limits, week, day, i, i + 1)
        base, same_week, days_on = way_after(limits, week, day, touch_first, touch_last, after, i, length[i])
        here = i * limits.per_item
        for n in range(min(limits.week, week_used[i]) + 1):
            for d in range(min(limits.day, day_used[i]) + 1):
                for c in range(limits.run + 1):
                    value = find(limits, table, skip_base, skip_week, skip_days, n, d, c)
                    allowed, n2, d2, c2 = work(limits, length[i], n, d, c)
                    if allowed:
                        take = net[i] + find(limits, table, base, same_week, days_on, n2, d2, c2)
                        value = max(value, take)
                    table[here + n * limits.per_week + d * limits.per_day + c] = value
    return table[0] if limits.items > 0 else np.int64(0)


@numba.njit(cache=True, nogil=True)
def count_used(items, length, period, used):  # type: ignore[no-untyped-def]
    """Write how many units the items before each one have in its week or day."""
    total = np.int64(0)
    for i in range(items):
        if i > 0 and period[i] != period[i - 1]:
            total = np.int64(0)
        used[i] = total
        total += length[i]


@numba.njit(cache=True, nogil=True)
def follow(limits, table, net, length, week, day, touch_first, touch_last, after, chosen):  # type: ignore[no-untyped-def]
    """Walk the table forward, write the items of the best plan to `chosen`, and return how many they are."""
    count = 0
    i = np.int64(0)
    n = np.int64(0)
    d = np.int64(0)
    c = np.int64(0)
    while i < limits.items:
        base, same_week, days_on = way(limits, week, day, i, i + 1)
        here = table[i * limits.per_item + n * limits.per_week + d * limits.per_day + c]
        following = i + 1
        if here != find(limits, table, base, same_week, days_on, n, d, c):
            q = np.int64(0)
            k = i
            while k >= 0:
                n, d, c = arrive(week, day, i, k, n, d, c)
                _, n, d, c = work(limits, length[k], n, d, c)
                q += length[k]
                chosen[count] = k
                count += 1
                i = k
                k = next_in_stretch(
                    limits, table, net, length, week, day, touch_first, touch_last, after, i, q, n, d, c
                )
            following = np.int64(after[i])
        if following < limits.items:
            n, d, c = arrive(week, day, i, following, n, d, c)
        i = following
    return count


@numba.njit(cache=True, nogil=True)
def arrive(week, day, i, k, n, d, c):  # type: ignore[no-untyped-def]
    """Return the counts held at item `i` as they are at the later item `k`."""
    if week[i] != week[k]:
        n = np.int64(0)
    if day[k] > day[i]:
        if day[k] > day[i] + 1 or d == 0:
            c = np.int64(0)
        d = np.int64(0)
    return n, d, c


@numba.njit(cache=True, nogil=True)
def next_in_stretch(limits, table, net, length, week, day, touch_first, touch_last, after, i, q, n, d, c):  # type: ignore[no-untyped-def]
    """Return the item that goes on with the stretch in the best plan, or -1 when it ends here."""
    if touch_first[i] == touch_last[i] or q + limits.shortest > limits.stretch:
        return np.int64(-1)
    here = limits.going + (i * limits.stretch + q - 1) * limits.per_item
    value = table[here + n * limits.per_week + d * limits.per_day + c]
    base, same_week, days_on = way(limits, week, day, i, after[i])
    if value == find(limits, table, base, same_week, days_on, n, d, c):
        return np.int64(-1)
    for k in range(touch_first[i], touch_last[i]):
        if q + length[k] > limits.stretch:
            continue
        n2, d2, c2 = arrive(week, day, i, k, n, d, c)
        allowed, n2, d2, c2 = work(limits, length[k], n2, d2, c2)
        base, same_week, days_on = way_after(
            limits, week, day, touch_first, touch_last, after, k, q + length[k]
        )
        if allowed and value == net[k] + find(limits, table, base, same_week, days_on, n2, d2, c2):
            return np.int64(k)
    return np.int64(-1)


@numba.njit(cache=True, nogil=True)
def run_too_long(day, chosen, count, limit):  # type: ignore[no-untyped-def]
    """Say whether the chosen items lie on more days in a row than the limit; 0 is no limit."""
    run = 0
    before = np.int64(-2)
    for k in range(count):
        today = day[chosen[k]]
        if today != before:
            run = run + 1 if today == before + 1 else 1
            before = today
            if 0 < limit < run:
                return True
    return False


@numba.njit(cache=True, nogil=True)
def plan_items(frame, scratch, agent, items, with_run):  # type: ignore[no-untyped-def]
    """Find the best plan of the items; return its value and how many items it has."""
    limits = make_limits(frame, agent, items, with_run)
    net, length, week, day = scratch.net, scratch.length, scratch.week, scratch.day
    touch_first, touch_last, after = scratch.touch_first, scratch.touch_last, scratch.after
    value = fill_tables(
        limits,
        scratch.table,
        net,
        length,
        week,
        day,
        touch_first,
        touch_last,
        after,
        scratch.week_used,
        scratch.day_used,
    )
    count = follow(
        limits, scratch.table, net, length, week, day, touch_first, touch_last, after, scratch.chosen
    )
    return value, count


@numba.njit(cache=True, nogil=True)
def best_plan(frame, scratch, agent, net):  # type: ignore[no-untyped-def]
    """Find the agent's best plan for the net values of the rows.

    Returns its value in 1/64 points, without what pins add, and the number of its rows, which are in
    `plan_row` with the points (score and preference) of each in `plan_gain`. Pinned rows are not listed. The
    number is -1 when the pins do not fit, which lengths rounded up may cause.
    """
    best_rows(frame, scratch, agent, net)
    items = take_items(frame, scratch, agent)
    value, count = plan_items(frame, scratch, agent, items, False)
    if run_too_long(scratch.day, scratch.chosen, count, frame.run_days[agent]):
        value, count = plan_items(frame, scratch, agent, items, True)
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
