"""The exact best plan of one agent whose shifts are short: ten minutes, say, around the clock.

Where every shift touches at most one other at its start and one at its end, the shifts open to somebody lie
in strips, and a stretch is a piece of a strip. What the piece from `i` to `j` brings is then a difference of
two sums, and so are its minutes: no table needs to count how long the stretch is by now. What is left to find
for `i` is the best `j` among those within the longest stretch, for every number of minutes worked this week:
a maximum over a sliding window, along lines that are shifted against each other by the minutes between. It is
kept with two stacks (the newer half as a running maximum, the older half as maxima from its newer end), so
each shift costs a few passes over a line, however many fit into a stretch.

`work[i, c, n]` is the best value from item `i` on for somebody who is rested, has worked `n` units this week
and begins a stretch at `i` or later on its day, so that it is the `c`-th day worked in a row. What days
without any more work bring lies in lines of their own, by day: `idle[day]` when the day is free,
`done[day, c]` when it has been worked as the `c`-th. Along a stretch the day before its run of days stays the
same, so windows are kept by that day, in lanes that the days take in turn. Where runs of days are not counted
the whole season counts as one day. All functions here are compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from scheduling.matching.units import MINUTES_PER_DAY

IMPOSSIBLE = -(1 << 60)


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


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
def power_of_two(least):  # type: ignore[no-untyped-def]
    """Return the smallest power of two that is no less: a mask is quicker than a remainder."""
    power = np.int64(1)
    while power < least:
        power *= 2
    return power


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
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


OLDEST, SPLIT, NEWEST, UNITS = 0, 1, 2, 3
"""Columns of `state`, by strip: positions, counted from the strip's end, and how long the window is. Up to
the split the rows hold maxima from there to themselves, beyond it what each shift brings as the last of a
stretch."""
ITEM, BEFORE, UPTO = 0, 1, 2
"""Columns of `ring`, by row: the item, and the units of its week before and with it in the window."""


@numba.njit(cache=True, nogil=True)
def row_at(sizes, strip, lane, position):  # type: ignore[no-untyped-def]
    """Return where the row of a position begins in the table."""
    block = strip * sizes.lanes + lane
    return sizes.rings + (block * (sizes.rows + 2) + (position & (sizes.rows - 1))) * sizes.reach


@numba.njit(cache=True, nogil=True)
def running_at(sizes, state, strip, lane, position):  # type: ignore[no-untyped-def]
    """Return where the running maximum of the newer rows up to a position lies: of one row it is that row."""
    if position == state[strip, SPLIT] + 1:
        return row_at(sizes, strip, lane, position)
    block = strip * sizes.lanes + lane
    return sizes.rings + (block * (sizes.rows + 2) + sizes.rows + (position & 1)) * sizes.reach


@numba.njit(cache=True, nogil=True)
def lane_of(sizes, day, count):  # type: ignore[no-untyped-def]
    """Return the lane of runs whose `count`-th day is this one."""
    return (day - count) & (sizes.lanes - 1)


@numba.njit(cache=True, nogil=True)
def work_at(sizes, i, count):  # type: ignore[no-untyped-def]
    return (i * sizes.counts + count - 1) * sizes.width


@numba.njit(cache=True, nogil=True)
def idle_at(sizes, day):  # type: ignore[no-untyped-def]
    return sizes.idle + (day - sizes.first_day) * sizes.width


@numba.njit(cache=True, nogil=True)
def done_at(sizes, day, count):  # type: ignore[no-untyped-def]
    return sizes.done + ((day - sizes.first_day) * sizes.run + count - 1) * sizes.width


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
def set_cells(table, here, cells, value):  # type: ignore[no-untyped-def]
    """Set so many cells to a value."""
    first = np.uint64(here)
    for n in range(np.uint64(max(np.int64(0), cells))):
        table[first + n] = value


@numba.njit(cache=True, nogil=True)
def copy_cells(table, here, there, cells, less):  # type: ignore[no-untyped-def]
    """Set so many cells to others less a number."""
    first, other = np.uint64(here), np.uint64(there)
    for n in range(np.uint64(max(np.int64(0), cells))):
        table[first + n] = table[other + n] - less


@numba.njit(cache=True, nogil=True)
def merge_cells(table, here, one, other, cells, less):  # type: ignore[no-untyped-def]
    """Set so many cells to the larger of two others less a number."""
    first, left, right = np.uint64(here), np.uint64(one), np.uint64(other)
    for n in range(np.uint64(max(np.int64(0), cells))):
        table[first + n] = max(table[left + n], table[right + n]) - less


@numba.njit(cache=True, nogil=True)
def raise_cells(table, here, there, cells, more):  # type: ignore[no-untyped-def]
    """Raise so many cells to others and a number more."""
    first, other = np.uint64(here), np.uint64(there)
    for n in range(np.uint64(max(np.int64(0), cells))):
        table[first + n] = max(table[first + n], table[other + n] + more)


@numba.njit(cache=True, nogil=True)
def set_larger(table, here, one, other, same_week, cells, less):  # type: ignore[no-untyped-def]
    """Set so many cells to the larger of two lines less a number, or of their first cells in a new week. No
    line is 0.
    """
    if one < 0:
        set_cells(table, here, cells, -less)
    elif not same_week:
        value = table[one] if other < 0 else max(table[one], table[other])
        set_cells(table, here, cells, value - less)
    elif other < 0:
        copy_cells(table, here, one, cells, less)
    else:
        merge_cells(table, here, one, other, cells, less)


@numba.njit(cache=True, nogil=True)
def fill_strips(  # type: ignore[no-untyped-def]
    sizes, abreast, table, net, length, use, week, day, touch_first, touch_last, after, onward, strip_of
):
    """Fill the table from the last item back and return the value of the best plan.

    `onward` becomes what an item and all after it in its strip bring together.
    """
    if sizes.items == 0:
        return np.int64(0)
    state = np.zeros((abreast, 4), dtype=np.int64)
    ring = np.zeros((abreast * sizes.rows, 3), dtype=np.int64)
    vacant_strips = np.arange(abreast)
    vacant = abreast
    mark_followers(sizes.items, touch_first, touch_last, strip_of)
    for i in range(sizes.items - 1, -1, -1):
        leads = strip_of[i] < 0
        if sizes.run > 0 and (i + 1 == sizes.items or day[i + 1] != day[i]):
            fill_day(sizes, table, week, day, i)
        brings = np.int64(0)
        if touch_first[i] < touch_last[i]:
            k = touch_first[i]
            strip = strip_of[k]
            brings = onward[k]
            cross_borders(sizes, state, ring, strip, table, week, day, i, k)
        else:
            vacant -= 1
            strip = vacant_strips[vacant]
            state[strip, OLDEST] = 1
            state[strip, SPLIT] = state[strip, NEWEST] = state[strip, UNITS] = 0
        strip_of[i] = strip
        onward[i] = net[i] + brings
        push(sizes, state, ring, strip, table, week, day, after, use, i, brings)
        drop_far(sizes, state, ring, strip, table, length, i)
        begin_stretches(sizes, state, ring, strip, table, week, day, use[i], onward[i], i)
        if leads:
            vacant_strips[vacant] = strip
            vacant += 1
    best = table[work_at(sizes, 0, np.int64(1))]
    return max(table[idle_at(sizes, day[0])], best) if sizes.run > 0 else best


@numba.njit(cache=True, nogil=True)
def mark_followers(items, touch_first, touch_last, strip_of):  # type: ignore[no-untyped-def]
    """Mark the items that begin a strip with -1."""
    for i in range(items):
        strip_of[i] = -1
    for i in range(items):
        if touch_first[i] < touch_last[i]:
            strip_of[touch_first[i]] = 0


@numba.njit(cache=True, nogil=True)
def cross_borders(sizes, state, ring, strip, table, week, day, i, k):  # type: ignore[no-untyped-def]
    """Make the window of item `k` ready for item `i` before it, which may lie in an earlier week or day."""
    if sizes.week > 0 and week[k] != week[i]:
        cross_week(sizes, state, ring, strip, table)
    if sizes.run > 0 and day[k] != day[i]:
        clear_lane(sizes, strip, lane_of(sizes, day[i], sizes.run), table)


@numba.njit(cache=True, nogil=True)
def drop_far(sizes, state, ring, strip, table, length, i):  # type: ignore[no-untyped-def]
    """Drop what item `i` cannot reach within one stretch."""
    state[strip, UNITS] += length[i]
    while state[strip, UNITS] > sizes.stretch and state[strip, OLDEST] < state[strip, NEWEST]:
        oldest = state[strip, OLDEST]
        if oldest > state[strip, SPLIT]:
            turn_over(sizes, state, ring, strip, table)
        place = strip * sizes.rows + (oldest & (sizes.rows - 1))
        state[strip, UNITS] -= length[ring[place, ITEM]]
        state[strip, OLDEST] = oldest + 1


@numba.njit(cache=True, nogil=True)
def fill_day(sizes, table, week, day, i):  # type: ignore[no-untyped-def]
    """Fill the lines of the day whose last item is `i`: what comes after it, worked or not."""
    k = i + 1
    same_week = k < sizes.items and week[k] == week[i]
    for count in range(sizes.run + 1):
        here = done_at(sizes, day[i], count) if count > 0 else idle_at(sizes, day[i])
        one, other = lines_after(sizes, day, k, day[i], np.int64(count))
        set_larger(table, here, one, other, same_week, sizes.width, np.int64(0))


@numba.njit(cache=True, nogil=True)
def push(sizes, state, ring, strip, table, week, day, after, use, i, less):  # type: ignore[no-untyped-def]
    """Add what item `i` brings as the last of a stretch to the window: the value after it, less what the rest
    of its strip would bring.
    """
    state[strip, NEWEST] += 1
    newest = state[strip, NEWEST]
    place = strip * sizes.rows + (newest & (sizes.rows - 1))
    past = strip * sizes.rows + ((newest - 1) & (sizes.rows - 1))
    alone = newest == state[strip, OLDEST]
    ring[place, ITEM] = i
    ring[place, BEFORE] = 0 if alone else ring[past, UPTO]
    ring[place, UPTO] = ring[place, BEFORE] + use[i]
    k = after[i]
    same_week = k < sizes.items and week[k] == week[i]
    shift = np.int64(0) if alone else ring[past, UPTO] - ring[past, BEFORE]
    for count in range(1, sizes.counts + 1):
        lane = lane_of(sizes, day[i], count)
        here = row_at(sizes, strip, lane, newest)
        one, other = lines_after(sizes, day, k, day[i], np.int64(count))
        set_larger(table, here, one, other, same_week, sizes.width, less)
        if newest > state[strip, SPLIT] + 1:
            there = running_at(sizes, state, strip, lane, newest - 1) + shift
            into = running_at(sizes, state, strip, lane, newest)
            cells = max(np.int64(0), sizes.width - shift)
            merge_cells(table, into, here, there, cells, np.int64(0))
            copy_cells(table, into + cells, here + cells, sizes.width - cells, np.int64(0))


@numba.njit(cache=True, nogil=True)
def turn_over(sizes, state, ring, strip, table):  # type: ignore[no-untyped-def]
    """Turn the newer rows into maxima from the newest one to each, so that the oldest can be dropped."""
    newest = state[strip, NEWEST]
    for lane in range(sizes.lanes):
        there = row_at(sizes, strip, lane, newest)
        cells = sizes.width
        for position in range(newest - 1, state[strip, OLDEST] - 1, -1):
            place = strip * sizes.rows + (position & (sizes.rows - 1))
            shift = ring[place, UPTO] - ring[place, BEFORE]
            here = row_at(sizes, strip, lane, position)
            cells += shift
            raise_cells(table, here + shift, there, max(np.int64(0), sizes.width - shift), np.int64(0))
            past = max(shift, sizes.width)
            set_cells(table, here + sizes.width, past - sizes.width, np.int64(IMPOSSIBLE))
            copy_cells(table, here + past, there + past - shift, cells - past, np.int64(0))
            there = here
    state[strip, SPLIT] = newest


@numba.njit(cache=True, nogil=True)
def last_cell(sizes, state, ring, strip, position):  # type: ignore[no-untyped-def]
    """Return the last cell of a row that is filled: maxima reach as far as their newest shift allows."""
    split = state[strip, SPLIT]
    if position >= split:
        return sizes.week
    first = strip * sizes.rows + (position & (sizes.rows - 1))
    last = strip * sizes.rows + ((split - 1) & (sizes.rows - 1))
    return sizes.week + ring[last, UPTO] - ring[first, BEFORE]


@numba.njit(cache=True, nogil=True)
def begin_stretches(sizes, state, ring, strip, table, week, day, use, brings, i):  # type: ignore[no-untyped-def]
    """Fill the lines of item `i`: begin a stretch with it, or later, or not at all."""
    k = i + 1
    oldest, split, newest = state[strip, OLDEST], state[strip, SPLIT], state[strip, NEWEST]
    long = np.int64(0)
    far = np.int64(0)
    if oldest <= split:
        first = strip * sizes.rows + (oldest & (sizes.rows - 1))
        last = strip * sizes.rows + (newest & (sizes.rows - 1))
        long = ring[last, UPTO] - ring[first, BEFORE]
        far = max(np.int64(0), min(sizes.width, last_cell(sizes, state, ring, strip, oldest) + 1 - long))
    near = max(np.int64(0), sizes.width - use) if newest > split else np.int64(0)
    for count in range(1, sizes.counts + 1):
        here = work_at(sizes, i, np.int64(count))
        if sizes.run > 0 and (k == sizes.items or day[k] != day[i]):
            set_cells(table, here, sizes.width, np.int64(IMPOSSIBLE))
        else:
            one = work_at(sizes, k, np.int64(count)) if k < sizes.items else np.int64(-1)
            same_week = k < sizes.items and week[k] == week[i]
            set_larger(table, here, one, np.int64(-1), same_week, sizes.width, np.int64(0))
        lane = lane_of(sizes, day[i], count)
        there = running_at(sizes, state, strip, lane, newest) + use
        raise_cells(table, here, there, near, brings)
        there = row_at(sizes, strip, lane, oldest) + long
        raise_cells(table, here, there, far, brings)


@numba.njit(cache=True, nogil=True)
def cross_week(sizes, state, ring, strip, table):  # type: ignore[no-untyped-def]
    """Count anew: from here back every stretch of the window has its part after the border in a new week.

    What that part brings no longer hangs on the minutes worked before.
    """
    newest = state[strip, NEWEST]
    top = strip * sizes.rows + (newest & (sizes.rows - 1))
    for lane in range(sizes.lanes):
        if newest > state[strip, SPLIT] + 1:
            here = running_at(sizes, state, strip, lane, newest)
            cell = ring[top, UPTO] - ring[top, BEFORE]
            level_row(sizes, table, here, cell, sizes.week)
        for position in range(state[strip, OLDEST], newest + 1):
            place = strip * sizes.rows + (position & (sizes.rows - 1))
            cell = ring[top, UPTO] - ring[place, BEFORE]
            last = last_cell(sizes, state, ring, strip, position)
            level_row(sizes, table, row_at(sizes, strip, lane, position), cell, last)
    for position in range(state[strip, OLDEST], newest + 1):
        place = strip * sizes.rows + (position & (sizes.rows - 1))
        ring[place, BEFORE] = 0
        ring[place, UPTO] = 0


@numba.njit(cache=True, nogil=True)
def level_row(sizes, table, here, cell, last):  # type: ignore[no-untyped-def]
    """Set a row to what it has in one cell, if it reaches so far."""
    set_cells(table, here, sizes.width, table[here + cell] if cell <= last else np.int64(IMPOSSIBLE))


@numba.njit(cache=True, nogil=True)
def clear_lane(sizes, strip, lane, table):  # type: ignore[no-untyped-def]
    """Empty a lane for the runs of days that take it next."""
    here = row_at(sizes, strip, lane, np.int64(0))
    set_cells(table, here, (sizes.rows + 2) * sizes.reach, np.int64(IMPOSSIBLE))


@numba.njit(cache=True, nogil=True)
def follow_strips(  # type: ignore[no-untyped-def]
    sizes, table, use, week, day, touch_first, touch_last, after, onward, chosen
):
    """Walk the table forward, write the items of the best plan to `chosen`, and return how many they are."""
    taken = 0
    i = np.int64(0)
    n = np.int64(0)
    worked = np.int64(-2)
    count = np.int64(0)
    while i < sizes.items:
        found, k, now = where_to_begin(sizes, table, week, day, i, n, worked, count)
        if found:
            last, n, count = end_of_stretch(
                sizes, table, use, week, day, touch_first, touch_last, after, onward, k, n, now
            )
            i = k
            while True:
                chosen[taken] = i
                taken += 1
                if i == last:
                    break
                i = touch_first[i]
            worked = day[i]
            k = after[i]
        if k < sizes.items and week[k] != week[i]:
            n = np.int64(0)
        i = np.int64(k)
    return taken


@numba.njit(cache=True, nogil=True)
def where_to_begin(sizes, table, week, day, i, n, worked, count):  # type: ignore[no-untyped-def]
    """Return whether a stretch begins today in the best plan, the item it begins with or the first one to
    look at next, and which day in a row today would be.
    """
    if sizes.run == 0:
        found = begins(sizes, table, week, day, i, n, np.int64(1))
        return found, i if found else i + 1, np.int64(1)
    today = day[i]
    now = np.int64(1)
    out = idle_at(sizes, today)
    if worked == today:
        now = count
        out = done_at(sizes, today, count)
    elif worked == today - 1:
        now = count + 1
    works = now <= sizes.run and table[work_at(sizes, i, now) + n] > table[out + n]
    k = i
    while k < sizes.items and day[k] == today:
        if works and begins(sizes, table, week, day, k, n, now):
            return True, k, now
        k += 1
    return False, k, now


@numba.njit(cache=True, nogil=True)
def begins(sizes, table, week, day, i, n, count):  # type: ignore[no-untyped-def]
    """Say whether the best plan from item `i` on begins a stretch with it."""
    k = i + 1
    later = np.int64(0)
    if sizes.run > 0 and (k == sizes.items or day[k] != day[i]):
        later = np.int64(IMPOSSIBLE)
    elif k < sizes.items:
        later = table[work_at(sizes, k, count) + (n if week[k] == week[i] else np.int64(0))]
    return table[work_at(sizes, i, count) + n] != later


@numba.njit(cache=True, nogil=True)
def end_of_stretch(  # type: ignore[no-untyped-def]
    sizes, table, use, week, day, touch_first, touch_last, after, onward, i, n, count
):
    """Return the last item of the best stretch that begins with `i`, the units worked in its week and which
    day in a row its day is.
    """
    wanted = table[work_at(sizes, i, count) + n] - onward[i]
    last = np.int64(i)
    k = np.int64(i)
    while True:
        if week[k] != week[last]:
            n = np.int64(0)
        if day[k] != day[last]:
            count += 1
        n += use[k]
        last = k
        one, other = lines_after(sizes, day, after[k], day[k], count)
        same_week = after[k] < sizes.items and week[after[k]] == week[k]
        value = np.int64(0)
        if one >= 0:
            cell = n if same_week else np.int64(0)
            value = table[one + cell] if other < 0 else max(table[one + cell], table[other + cell])
        follows = touch_first[k] < touch_last[k]
        if n <= sizes.week and value - (onward[touch_first[k]] if follows else np.int64(0)) == wanted:
            break
        k = touch_first[k]
    return last, n, count


@numba.njit(cache=True, nogil=True)
def sizes_for(frame, scratch, agent, items, week, run):  # type: ignore[no-untyped-def]
    """Lay out the lines for these items of an agent; `week` and `run` are the limits to count, 0 for not."""
    first_day = scratch.day[0] if items > 0 else np.int64(0)
    days = scratch.day[items - 1] - first_day + 1 if items > 0 else np.int64(0)
    return strip_sizes(
        items,
        first_day,
        days,
        frame.strips_abreast[agent],
        frame.strip_rows[agent],
        frame.longest,
        frame.stretch_units[agent],
        week,
        run,
    )


@numba.njit(cache=True, nogil=True)
def plan_strips(frame, scratch, agent, sizes, net):  # type: ignore[no-untyped-def]
    """Find the agent's best plan at these net values; return its value and its number of items."""
    use = scratch.length if sizes.week > 0 else scratch.idle
    value = fill_strips(
        sizes,
        frame.strips_abreast[agent],
        scratch.table,
        net,
        scratch.length,
        use,
        scratch.week,
        scratch.day,
        scratch.touch_first,
        scratch.touch_last,
        scratch.after,
        scratch.onward,
        scratch.strip_of,
    )
    count = follow_strips(
        sizes,
        scratch.table,
        use,
        scratch.week,
        scratch.day,
        scratch.touch_first,
        scratch.touch_last,
        scratch.after,
        scratch.onward,
        scratch.chosen,
    )
    return value, count
