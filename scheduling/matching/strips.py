"""Short shifts - ten minutes, say, around the clock - that touch one another in strips: whose shifts do, and
how the lines of `strip_plans` lie in memory for them.

`work[i, c, n]` is the best value from item `i` on for somebody who is rested, has worked `n` units this week
and begins a stretch at `i` or later on its day, so that it is the `c`-th day worked in a row. What days
without any more work bring lies in lines of their own, by day: `idle[day]` when the day is free,
`done[day, c]` when it has been worked as the `c`-th. Along a stretch the day before its run of days stays the
same, so windows are kept by that day, in lanes that the days take in turn. Where runs of days are not counted
the whole season counts as one day. All functions here are compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scheduling.matching.compiled import allocating, compiled
from scheduling.matching.units import MINUTES_PER_DAY


class Sizes(NamedTuple):
    """What is counted for this agent now, and how it lies in the table. 0 in `week` or `run`: not counted.

    `days` counts from the first item's day; `rows` shifts fit into a stretch and one more; `reach` is the
    length of a row.
    """

    items: np.int64
    stretch: np.int64
    week: np.int64
    run: np.int64
    counts: np.int64
    width: np.int64
    first_day: np.int64
    rows: np.int64
    lanes: np.int64
    reach: np.int64
    idle: np.int64
    done: np.int64
    rings: np.int64
    end: np.int64


@compiled
def strip_sizes(items, first_day, days, abreast, rows, longest, stretch, week, run):  # type: ignore[no-untyped-def]
    """Lay the lines out: for so many items on so many days, of which `abreast` strips run side by side and
    `rows` fit into a stretch, the longest of them `longest` units.
    """
    one = np.int64(1)
    counts = max(one, run)
    lanes = power_of_two(run + 1)
    width = week + 1
    rows = power_of_two(rows + 1)
    reach = width + (stretch + longest if week > 0 else np.int64(0))
    idle = items * counts * width
    done = idle + (days * width if run > 0 else np.int64(0))
    rings = done + (days * run * width)
    end = rings + abreast * lanes * (rows + 2) * reach
    return Sizes(
        np.int64(items),
        stretch,
        week,
        run,
        counts,
        width,
        np.int64(first_day),
        rows,
        lanes,
        reach,
        idle,
        done,
        rings,
        end,
    )


@compiled
def power_of_two(least):  # type: ignore[no-untyped-def]
    """Return the smallest power of two that is no less: a mask is quicker than a remainder."""
    power = np.int64(1)
    while power < least:
        power *= 2
    return power


@allocating
def measure_strips(start, end, units, stretch, open_first, open_span):  # type: ignore[no-untyped-def]
    """Return by agent how many strips of their open spans run side by side at most, 0 when some span touches
    two others at one end or is longer than a day, and how many spans of a strip fit into a stretch.
    """
    agents = len(open_first) - 1
    abreast = np.zeros(agents, dtype=np.int64)
    rows = np.zeros(agents, dtype=np.int64)
    follower = np.full(len(start), -1, dtype=np.int64)
    leader = np.full(len(start), -1, dtype=np.int64)
    for agent in range(agents):
        spans = open_span[open_first[agent] : open_first[agent + 1]]
        single = True
        k = 0
        for place in range(len(spans)):
            span = spans[place]
            single &= end[span] - start[span] <= MINUTES_PER_DAY
            # Ends need not rise with starts, so the search goes on from the item's own place then.
            if place > 0 and end[span] < end[spans[place - 1]]:
                k = place
            while k < len(spans) and start[spans[k]] < end[span]:
                k += 1
            if k < len(spans) and start[spans[k]] == end[span]:
                single &= k + 1 == len(spans) or start[spans[k + 1]] != end[span]
                single &= leader[spans[k]] < 0
                follower[span] = spans[k]
                leader[spans[k]] = span
            if not single:
                break
        if single and len(spans) > 0:
            abreast[agent] = count_abreast(spans, follower, leader)
            rows[agent] = most_in_stretch(spans, units, follower, leader, stretch[agent])
        for span in spans:
            follower[span] = -1
            leader[span] = -1
    return abreast, rows


@allocating
def most_cells(start, units, open_first, open_span, abreast, rows, stretch, week, run, largest):  # type: ignore[no-untyped-def]
    """Return how many cells the agents in strips need: everything counted for whomever `largest` suffices,
    and runs of days for all.
    """
    most = np.int64(1)
    longest = units.max() if len(units) > 0 else np.int64(0)
    for agent in range(len(abreast)):
        if abreast[agent] == 0:
            continue
        items = open_first[agent + 1] - open_first[agent]
        first_day = start[open_span[open_first[agent]]] // MINUTES_PER_DAY
        days = start[open_span[open_first[agent + 1] - 1]] // MINUTES_PER_DAY + 1 - first_day
        shape = (items, first_day, days, abreast[agent], rows[agent], longest, stretch[agent])
        most = max(most, strip_sizes(*shape, np.int64(0), run[agent]).end)
        for counted in (run[agent], np.int64(0)):
            cells = strip_sizes(*shape, week[agent], counted).end
            if cells <= largest:
                most = max(most, cells)
    return most


@compiled
def count_abreast(spans, follower, leader):  # type: ignore[no-untyped-def]
    """Return how many strips have begun and not ended, at most."""
    most = 0
    now = 0
    for span in spans:
        if leader[span] < 0:
            now += 1
        most = max(most, now)
        if follower[span] < 0:
            now -= 1
    # A plan leaves spans out that nobody offers, so that one strip may become two, but not side by side.
    return most


@compiled
def most_in_stretch(spans, units, follower, leader, stretch):  # type: ignore[no-untyped-def]
    """Return how many touching spans fit into a stretch at most; one always does."""
    most = 1
    for first in spans:
        if leader[first] >= 0:
            continue
        head = first
        tail = first
        total = np.int64(0)
        count = 0
        while head >= 0:
            total += units[head]
            count += 1
            while total > stretch and count > 1:
                total -= units[tail]
                tail = follower[tail]
                count -= 1
            most = max(most, count)
            head = follower[head]
    return most


@compiled
def work_at(sizes, i, count):  # type: ignore[no-untyped-def]
    return (i * sizes.counts + count - 1) * sizes.width


@compiled
def idle_at(sizes, day):  # type: ignore[no-untyped-def]
    return sizes.idle + (day - sizes.first_day) * sizes.width


@compiled
def done_at(sizes, day, count):  # type: ignore[no-untyped-def]
    return sizes.done + ((day - sizes.first_day) * sizes.run + count - 1) * sizes.width


@compiled
def lines_after(sizes, day, k, today, count):  # type: ignore[no-untyped-def]
    """Return the two lines whose larger one is the value from item `k` on, for somebody who works today as
    the `count`-th day in a row (0: does not); -1 for none.
    """
    none = np.int64(-1)
    if k >= sizes.items:
        return none, none
    if sizes.run == 0:
        return work_at(sizes, k, np.int64(1)), none
    if day[k] == today and count > 0:
        return done_at(sizes, today, count), work_at(sizes, k, count)
    in_a_row = count + 1 if day[k] == today + 1 else np.int64(1)
    if in_a_row > sizes.run:
        return idle_at(sizes, day[k]), none
    return idle_at(sizes, day[k]), work_at(sizes, k, in_a_row)
