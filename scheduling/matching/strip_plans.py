"""The exact best plan of one agent whose shifts are short: ten minutes, say, around the clock.

Where every shift touches at most one other at its start and one at its end, the shifts open to somebody lie
in strips, and a stretch is a piece of a strip. What the piece from `i` to `j` brings is then a difference of
two sums, and so are its minutes: no table needs to count how long the stretch is by now. What is left to find
for `i` is the best `j` among those within the longest stretch, for every number of minutes worked this week:
a maximum over a sliding window, along lines that are shifted against each other by the minutes between. It is
kept with two stacks (the newer half as a running maximum, the older half as maxima from its newer end), so
each shift costs a few passes over a line, however many fit into a stretch.

How the lines lie is told in `strips`. All functions here are compiled.
"""

from __future__ import annotations

import numpy as np

from scheduling.matching.compiled import allocating, compiled
from scheduling.matching.strip_windows import (
    BEFORE,
    IMPOSSIBLE,
    NEWEST,
    OLDEST,
    SPLIT,
    UNITS,
    UPTO,
    cross_borders,
    drop_far,
    lane_of,
    last_cell,
    push,
    raise_cells,
    row_at,
    running_at,
    set_cells,
    set_larger,
)
from scheduling.matching.strips import done_at, idle_at, lines_after, strip_sizes, work_at


@allocating
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


@compiled
def mark_followers(items, touch_first, touch_last, strip_of):  # type: ignore[no-untyped-def]
    """Mark the items that begin a strip with -1."""
    for i in range(items):
        strip_of[i] = -1
    for i in range(items):
        if touch_first[i] < touch_last[i]:
            strip_of[touch_first[i]] = 0


@compiled
def fill_day(sizes, table, week, day, i):  # type: ignore[no-untyped-def]
    """Fill the lines of the day whose last item is `i`: what comes after it, worked or not."""
    k = i + 1
    same_week = k < sizes.items and week[k] == week[i]
    for count in range(sizes.run + 1):
        here = done_at(sizes, day[i], count) if count > 0 else idle_at(sizes, day[i])
        one, other = lines_after(sizes, day, k, day[i], np.int64(count))
        set_larger(table, here, one, other, same_week, sizes.width, np.int64(0))


@compiled
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


@compiled
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


@compiled
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


@compiled
def begins(sizes, table, week, day, i, n, count):  # type: ignore[no-untyped-def]
    """Say whether the best plan from item `i` on begins a stretch with it."""
    k = i + 1
    later = np.int64(0)
    if sizes.run > 0 and (k == sizes.items or day[k] != day[i]):
        later = np.int64(IMPOSSIBLE)
    elif k < sizes.items:
        later = table[work_at(sizes, k, count) + (n if week[k] == week[i] else np.int64(0))]
    return table[work_at(sizes, i, count) + n] != later


@compiled
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


@compiled
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


@compiled
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
