"""The exact best plan of one employee for a stretch of days at given prices, by dynamic programming.

All functions here are compiled. A label stands for all plans of the days from `day` on that start in the same
*node* - so many days off so far, or so many days of work with the same shifts allowed next - with the same
minutes, weekends and counted shifts used before. The labels of a node are one row of a table: minutes
innermost, then weekends, then one dimension for each counted kind of shift. A step to the next day moves by a
fixed offset in the row, so the inner loop is one run over two rows. Each dimension has room for one step too
many, barred, so that no step gets past its limit into the next.

How many shifts of a kind a plan has seldom binds and costs most, so it is not counted at first; see
`plans.best_plan`. Irnich and Desaulniers, "Shortest path problems with resource constraints", in Column
Generation (2005), is the frame; leaving resources out until they bind is Boland, Dethridge and Dumitrescu,
Operations Research Letters 34 (2006).

Runs of work or of free days that touch either end of the horizon may be shorter than the minimum.
"""

from __future__ import annotations

import numba
import numpy as np

from scheduling.matching.rosters.frame import BARRED, INFINITE
from scheduling.matching.rosters.instance import UNSET

DAYS, NODES, WIDTH, LOWEST, HIGHEST, WEEKENDS, WEEKEND_STEP, ROOT, LONGEST = range(9)
"""Places in `scratch.dims`."""


@numba.njit(cache=True, nogil=True)
def find_root(frame, roster, employee, first):  # type: ignore[no-untyped-def]
    """Return the node on the evening before day `first`."""
    off = frame.min_off[employee]
    if first == 0:
        return off - 1
    shift = np.int64(roster[employee, first - 1])
    day = first - 1
    if shift < 0:
        while day >= 0 and roster[employee, day] < 0:
            day -= 1
        return off - 1 if day < 0 else min(off, first - 1 - day) - 1
    while day >= 0 and roster[employee, day] >= 0:
        day -= 1
    longest = frame.max_run[employee]
    return off + frame.class_of[employee, shift] * longest + min(longest, first - 1 - day) - 1


@numba.njit(cache=True, nogil=True)
def find_ends(frame, scratch, roster, employee, last):  # type: ignore[no-untyped-def]
    """Say of each node whether the roster from day `last` on may follow it."""
    scratch.ends[:] = False
    off = frame.min_off[employee]
    longest = frame.max_run[employee]
    nodes = off + frame.classes[employee] * longest
    if last == frame.days:
        scratch.ends[:nodes] = True
        return
    if roster[employee, last] == UNSET:
        # What comes next is not planned yet: end where free days can follow, for those are always allowed.
        for node in range(nodes):
            run = (node - off) % longest + 1 if node >= off else 0
            scratch.ends[node] = run == 0 or run >= frame.min_run[employee] or run == last
        return
    end = last
    shift = np.int64(roster[employee, last])
    while end < frame.days and (roster[employee, end] >= 0) == (shift >= 0):
        end += 1
    length = end - last
    enough = end == frame.days
    for node in range(off):
        if shift < 0:
            scratch.ends[node] = enough or node + 1 + length >= off
        else:
            scratch.ends[node] = node + 1 == off and (enough or length >= frame.min_run[employee])
    for kind in range(frame.classes[employee]):
        for run in range(1, longest + 1):
            begun = run >= frame.min_run[employee] or run == last
            node = off + kind * longest + run - 1
            if shift < 0:
                scratch.ends[node] = begun and (enough or length >= off)
            else:
                scratch.ends[node] = (
                    frame.class_allows[employee, kind, shift]
                    and run + length <= longest
                    and (enough or run == last or run + length >= frame.min_run[employee])
                )


@numba.njit(cache=True, nogil=True)
def find_limits(frame, scratch, roster, employee, first, last):  # type: ignore[no-untyped-def]
    """Set what the days outside the stretch leave of minutes, weekends and shifts of each kind."""
    dims = scratch.dims
    units = np.int64(0)
    scratch.caps[:] = frame.max_shifts[employee]
    for day in range(frame.days):
        shift = roster[employee, day]
        if shift >= 0 and not first <= day < last:
            units += frame.length[shift]
            scratch.caps[shift] -= 1
    weekends = frame.max_weekends[employee]
    inside = 0
    for saturday in range(5, frame.days, 7):
        if first <= saturday < last:
            inside += 1
        else:
            sunday = saturday + 1
            worked = roster[employee, saturday] >= 0
            worked |= sunday < frame.days and roster[employee, sunday] >= 0
            weekends -= 1 if worked else 0
    longest = np.int64(0)
    for shift in range(frame.shifts):
        if frame.max_shifts[employee, shift] > 0:
            longest = max(longest, frame.length[shift])
    dims[DAYS] = last - first
    dims[NODES] = frame.min_off[employee] + frame.classes[employee] * frame.max_run[employee]
    dims[LONGEST] = longest
    dims[LOWEST] = max(0, frame.min_units[employee] - units)
    dims[HIGHEST] = min(frame.max_units[employee] - units, (last - first) * longest)
    dims[WEEKENDS] = -1 if weekends >= inside else max(0, weekends)
    dims[ROOT] = find_root(frame, roster, employee, first)


@numba.njit(cache=True, nogil=True)
def lay_rows(frame, scratch, learned, room):  # type: ignore[no-untyped-def]
    """Lay out the rows: minutes, weekends, and those kinds of shift of `learned` for which there is room.

    Returns false when the memory does not hold even a table without them.
    """
    dims = scratch.dims
    size = dims[HIGHEST] + 1 + dims[LONGEST]
    dims[WEEKEND_STEP] = 0
    if dims[WEEKENDS] >= 0:
        dims[WEEKEND_STEP] = size
        size *= dims[WEEKENDS] + 2
    rows = (dims[DAYS] + 1) * dims[NODES] + 1
    scratch.counted[:] = 0
    if dims[HIGHEST] < dims[LOWEST] or rows * size > len(scratch.table) or size > len(scratch.bar):
        return False
    size = count_shifts(frame, scratch, learned, min(room // rows, len(scratch.bar)), size)
    dims[WIDTH] = size
    scratch.bar[:size] = -INFINITE
    bar_rows(scratch.bar, size, 1, dims[HIGHEST] + 1, dims[HIGHEST] + 1 + dims[LONGEST])
    if dims[WEEKENDS] >= 0:
        bar_rows(scratch.bar, size, dims[WEEKEND_STEP], dims[WEEKENDS] + 1, dims[WEEKENDS] + 2)
    for shift in range(frame.shifts):
        if scratch.counted[shift] > 0:
            cap = scratch.caps[shift]
            bar_rows(scratch.bar, size, scratch.counted[shift], cap + 1, cap + 2)
    return True


@numba.njit(cache=True, nogil=True)
def count_shifts(frame, scratch, learned, widest, size):  # type: ignore[no-untyped-def]
    """Give a dimension to the kinds of shift in `learned`, last learned first, up to the widest row; return
    the width of a row then."""
    highest = np.int64(learned.max())
    while highest > 0:
        below = np.int64(0)
        for shift in range(frame.shifts):
            wider = size * (scratch.caps[shift] + 2)
            if learned[shift] == highest and scratch.caps[shift] > 0 and wider <= widest:
                scratch.counted[shift] = size
                size = wider
            if learned[shift] < highest:
                below = max(below, learned[shift])
        highest = below
    return size


@numba.njit(cache=True, nogil=True)
def bar_rows(bar, size, step, allowed, total):  # type: ignore[no-untyped-def]
    """Bar the cells whose place in the dimension of this step is not below `allowed`."""
    for block in range(0, size, step * total):
        for cell in range(block + step * allowed, block + step * total):
            bar[cell] = INFINITE


@numba.njit(cache=True, nogil=True)
def copy_row(table, target, source, top):  # type: ignore[no-untyped-def]
    """Copy one row."""
    into = table[target : target + top]
    out = table[source : source + top]
    for k in range(top):
        into[k] = out[k]


@numba.njit(cache=True, nogil=True)
def lower_row(table, target, source, cost, top):  # type: ignore[no-untyped-def]
    """Lower one row to another one plus a cost."""
    into = table[target : target + top]
    out = table[source : source + top]
    price = np.int32(cost)
    for k in range(top):
        other = np.int32(out[k] + price)
        into[k] = other if other < into[k] else into[k]


@numba.njit(cache=True, nogil=True)
def cap_row(table, target, bar, top):  # type: ignore[no-untyped-def]
    """Bar the cells of a row that are past a limit."""
    into = table[target : target + top]
    for k in range(top):
        into[k] = bar[k] if bar[k] > into[k] else into[k]


@numba.njit(cache=True, nogil=True)
def offset_of(frame, scratch, shift, weekday, worked_before):  # type: ignore[no-untyped-def]
    """Return by how much a row moves when the shift is worked."""
    offset = frame.length[shift] + scratch.counted[shift]
    if weekday == 5 or (weekday == 6 and not worked_before):
        offset += scratch.dims[WEEKEND_STEP]
    return offset


@numba.njit(cache=True, nogil=True)
def fill_last(scratch):  # type: ignore[no-untyped-def]
    """Fill the row of each node after the last day: 0 where a plan may end, infinite elsewhere."""
    dims = scratch.dims
    width = dims[WIDTH]
    period = dims[HIGHEST] + 1 + dims[LONGEST]
    for node in range(dims[NODES]):
        row = (dims[DAYS] * dims[NODES] + node) * width
        for cell in range(width):
            good = scratch.ends[node] and scratch.bar[cell] < 0 and cell % period >= dims[LOWEST]
            scratch.table[row + cell] = 0 if good else INFINITE


@numba.njit(cache=True, nogil=True)
def fill_day(frame, scratch, employee, first, day, top):  # type: ignore[no-untyped-def]
    """Fill the rows of one day from those of the next."""
    table = scratch.table
    dims = scratch.dims
    width = dims[WIDTH]
    off = frame.min_off[employee]
    here = day * dims[NODES] * width
    after = here + dims[NODES] * width
    for run in range(1, frame.max_run[employee] + 1):
        for kind in range(frame.classes[employee]):
            fill_work(frame, scratch, employee, first, day, top, run, kind)
    for node in range(off - 1):
        copy_row(table, here + node * width, after + (node + 1) * width, top)
    row = here + (off - 1) * width
    copy_row(table, row, after + (off - 1) * width, top)
    for shift in range(frame.shifts):
        if frame.max_run[employee] > 0:
            lower_by_shift(frame, scratch, employee, first, day, top, row, 0, shift)
    for node in range(dims[NODES]):
        cap_row(table, here + node * width, scratch.bar, top)


@numba.njit(cache=True, nogil=True)
def fill_work(frame, scratch, employee, first, day, top, run, kind):  # type: ignore[no-untyped-def]
    """Fill the row of the node that follows so many shifts in a row, the last of this class."""
    table = scratch.table
    width = scratch.dims[WIDTH]
    longest = frame.max_run[employee]
    here = day * scratch.dims[NODES] * width
    first_row = here + (frame.min_off[employee] + run - 1) * width
    row = first_row + kind * longest * width
    parent = frame.class_parent[employee, kind]
    if parent >= 0:
        copy_row(table, row, first_row + parent * longest * width, top)
    elif run >= frame.min_run[employee] or run == first + day:
        copy_row(table, row, here + scratch.dims[NODES] * width, top)
    else:
        table[row : row + top] = INFINITE
    if run < longest:
        for place in range(frame.class_extras[employee, kind]):
            shift = frame.class_extra[employee, kind, place]
            lower_by_shift(frame, scratch, employee, first, day, top, row, run, shift)


@numba.njit(cache=True, nogil=True)
def lower_by_shift(frame, scratch, employee, first, day, top, row, run, shift):  # type: ignore[no-untyped-def]
    """Lower a row to what working this shift on this day leads to, after so many shifts in a row."""
    cost = scratch.net[day, shift]
    if cost < BARRED:
        width = scratch.dims[WIDTH]
        node = frame.min_off[employee] + frame.class_of[employee, shift] * frame.max_run[employee] + run
        move = offset_of(frame, scratch, shift, (first + day) % 7, run > 0)
        lower_row(scratch.table, row, ((day + 1) * scratch.dims[NODES] + node) * width + move, cost, top)


@numba.njit(cache=True, nogil=True)
def fill_table(frame, scratch, employee, first):  # type: ignore[no-untyped-def]
    """Fill the table from the last day to the first and return the least cost (INFINITE or more: no plan)."""
    dims = scratch.dims
    fill_last(scratch)
    for day in range(dims[DAYS] - 1, -1, -1):
        # Cells that cannot be reached by this day are not filled; one step too many is, for the bars.
        top = min(day * dims[LONGEST], dims[HIGHEST] + dims[LONGEST])
        if dims[WEEKENDS] >= 0:
            top += dims[WEEKEND_STEP] * min((first + day + 1) // 7 - first // 7 + 1, dims[WEEKENDS] + 1)
        for shift in range(frame.shifts):
            if scratch.counted[shift] > 0:
                top += scratch.counted[shift] * min(day, scratch.caps[shift] + 1)
        fill_day(frame, scratch, employee, first, day, min(top + 1, dims[WIDTH]))
    return scratch.table[dims[ROOT] * dims[WIDTH]]


@numba.njit(cache=True, nogil=True)
def option_value(frame, scratch, employee, first, day, node, cell, shift):  # type: ignore[no-untyped-def]
    """Return the least cost from a label on when `shift` (-1: a day off) is chosen on this day, the next node
    and the next cell. INFINITE or more: it may not be chosen."""
    dims = scratch.dims
    off = frame.min_off[employee]
    longest = frame.max_run[employee]
    after = (day + 1) * dims[NODES] * dims[WIDTH]
    run = 0
    kind = np.int64(-1)
    if node >= off:
        kind = (node - off) // longest
        run = (node - off) % longest + 1
    if shift < 0:
        if run > 0 and not (run >= frame.min_run[employee] or run == first + day):
            return INFINITE, node, cell
        following = 0 if run > 0 else min(node + 1, off - 1)
        return np.int64(scratch.table[after + following * dims[WIDTH] + cell]), following, cell
    cost = np.int64(scratch.net[day, shift])
    allowed = cost < BARRED and run < longest
    if run == 0:
        allowed = allowed and node == off - 1
    else:
        allowed = allowed and frame.class_allows[employee, kind, shift]
    if not allowed:
        return INFINITE, node, cell
    following = off + frame.class_of[employee, shift] * longest + run
    moved = cell + offset_of(frame, scratch, shift, (first + day) % 7, run > 0)
    return cost + scratch.table[after + following * dims[WIDTH] + moved], following, moved


@numba.njit(cache=True, nogil=True)
def trace(frame, scratch, employee, first, day, node, cell):  # type: ignore[no-untyped-def]
    """Write a best plan from a label on into `scratch.plan`."""
    while day < scratch.dims[DAYS]:
        best = np.int64(INFINITE) * 2
        best_shift = -1
        best_node = node
        best_cell = cell
        for shift in range(-1, frame.shifts):
            value, following, moved = option_value(frame, scratch, employee, first, day, node, cell, shift)
            if value < best:
                best = value
                best_shift = shift
                best_node = following
                best_cell = moved
        scratch.plan[day] = best_shift
        node = best_node
        cell = best_cell
        day += 1
