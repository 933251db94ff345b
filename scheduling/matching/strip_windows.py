"""What the stretches from one shift on bring at most, for shifts in strips: a maximum over a sliding window.

The window holds a row for each shift that a stretch may end with, of what it brings by the units worked this
week. It is kept in two stacks: the newer half as a running maximum, the older half as maxima from its newer
end, so that each shift costs a few passes over a row, however many fit into a stretch. Rows are shifted
against each other by the minutes between their shifts. All functions here are compiled.
"""

from __future__ import annotations

import numpy as np

from scheduling.matching.compiled import compiled
from scheduling.matching.strips import lines_after

IMPOSSIBLE = -(1 << 60)
OLDEST, SPLIT, NEWEST, UNITS = 0, 1, 2, 3
"""Columns of `state`, by strip: positions, counted from the strip's end, and how long the window is. Up to
the split the rows hold maxima from there to themselves, beyond it what each shift brings as the last of a
stretch."""
ITEM, BEFORE, UPTO = 0, 1, 2
"""Columns of `ring`, by row: the item, and the units of its week before and with it in the window."""


@compiled
def row_at(sizes, strip, lane, position):  # type: ignore[no-untyped-def]
    """Return where the row of a position begins in the table."""
    block = strip * sizes.lanes + lane
    return sizes.rings + (block * (sizes.rows + 2) + (position & (sizes.rows - 1))) * sizes.reach


@compiled
def running_at(sizes, state, strip, lane, position):  # type: ignore[no-untyped-def]
    """Return where the running maximum of the newer rows up to a position lies: of one row it is that row."""
    if position == state[strip, SPLIT] + 1:
        return row_at(sizes, strip, lane, position)
    block = strip * sizes.lanes + lane
    return sizes.rings + (block * (sizes.rows + 2) + sizes.rows + (position & 1)) * sizes.reach


@compiled
def lane_of(sizes, day, count):  # type: ignore[no-untyped-def]
    """Return the lane of runs whose `count`-th day is this one."""
    return (day - count) & (sizes.lanes - 1)


@compiled
def set_cells(table, here, cells, value):  # type: ignore[no-untyped-def]
    """Set so many cells to a value."""
    first = np.uint64(here)
    for n in range(np.uint64(max(np.int64(0), cells))):
        table[first + n] = value


@compiled
def copy_cells(table, here, there, cells, less):  # type: ignore[no-untyped-def]
    """Set so many cells to others less a number."""
    first, other = np.uint64(here), np.uint64(there)
    for n in range(np.uint64(max(np.int64(0), cells))):
        table[first + n] = table[other + n] - less


@compiled
def merge_cells(table, here, one, other, cells, less):  # type: ignore[no-untyped-def]
    """Set so many cells to the larger of two others less a number."""
    first, left, right = np.uint64(here), np.uint64(one), np.uint64(other)
    for n in range(np.uint64(max(np.int64(0), cells))):
        table[first + n] = max(table[left + n], table[right + n]) - less


@compiled
def raise_cells(table, here, there, cells, more):  # type: ignore[no-untyped-def]
    """Raise so many cells to others and a number more."""
    first, other = np.uint64(here), np.uint64(there)
    for n in range(np.uint64(max(np.int64(0), cells))):
        table[first + n] = max(table[first + n], table[other + n] + more)


@compiled
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


@compiled
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


@compiled
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


@compiled
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


@compiled
def last_cell(sizes, state, ring, strip, position):  # type: ignore[no-untyped-def]
    """Return the last cell of a row that is filled: maxima reach as far as their newest shift allows."""
    split = state[strip, SPLIT]
    if position >= split:
        return sizes.week
    first = strip * sizes.rows + (position & (sizes.rows - 1))
    last = strip * sizes.rows + ((split - 1) & (sizes.rows - 1))
    return sizes.week + ring[last, UPTO] - ring[first, BEFORE]


@compiled
def cross_borders(sizes, state, ring, strip, table, week, day, i, k):  # type: ignore[no-untyped-def]
    """Make the window of item `k` ready for item `i` before it, which may lie in an earlier week or day."""
    if sizes.week > 0 and week[k] != week[i]:
        cross_week(sizes, state, ring, strip, table)
    if sizes.run > 0 and day[k] != day[i]:
        clear_lane(sizes, strip, lane_of(sizes, day[i], sizes.run), table)


@compiled
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


@compiled
def level_row(sizes, table, here, cell, last):  # type: ignore[no-untyped-def]
    """Set a row to what it has in one cell, if it reaches so far."""
    set_cells(table, here, sizes.width, table[here + cell] if cell <= last else np.int64(IMPOSSIBLE))


@compiled
def clear_lane(sizes, strip, lane, table):  # type: ignore[no-untyped-def]
    """Empty a lane for the runs of days that take it next."""
    here = row_at(sizes, strip, lane, np.int64(0))
    set_cells(table, here, (sizes.rows + 2) * sizes.reach, np.int64(IMPOSSIBLE))
