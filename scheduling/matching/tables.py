"""The dynamic programme behind an agent's plan: which of their items to work, exactly.

All functions here are compiled and work on plain columns of items, sorted by start. `length` is what an item
adds to a stretch and a day, `use` what it adds to the week: the same, or nothing while weeks are not counted.
`free[i, d, c, n]` is the best value from item `i` on for an agent who is rested, has worked `n` units this
week and `d` units today, and whose run of working days is `c` long (up to yesterday when d = 0, else with
today). `going[i, q, d, c, n]` is the best value after item `i` inside a stretch of `q` units. Both lie in one
table, `going` after `free`, then one cell of 0 for the end of the season. The cells of all `n` side by side
are a line: most of the work is "this line is the larger of two others", which compiles to few instructions.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def link_items(start, end, items, rest, touch_first, touch_last, after):  # type: ignore[no-untyped-def]
    """Find the items that start when each one ends, and the first that starts a rest later."""
    for i in range(items):
        # Ends mostly rise with starts: then the search goes on where the last one stopped.
        rising = i > 0 and end[i] >= end[i - 1]
        k = max(i + 1, touch_first[i - 1]) if rising else i + 1
        while k < items and start[k] < end[i]:
            k += 1
        touch_first[i] = k
        while k < items and start[k] == end[i]:
            k += 1
        touch_last[i] = k
        if rising:
            k = max(k, after[i - 1])
        while k < items and start[k] < end[i] + rest:
            k += 1
        after[i] = k


class Limits(NamedTuple):
    """What is counted for this agent now, and how the tables lie in memory. 0 in `day` or `run`: not counted.

    `saturating`: there is no limit a day, but the run of days must know whether today is worked at all.
    `lengths` is how many lengths a stretch may have that can still go on; `width` the cells of a line.
    """

    items: np.int64
    stretch: np.int64
    shortest: np.int64
    week: np.int64
    day: np.int64
    run: np.int64
    saturating: np.bool_
    lengths: np.int64
    width: np.int64
    per_item: np.int64
    going: np.int64
    end: np.int64


@numba.njit(cache=True, nogil=True)
def make_limits(items, stretch, shortest, week, day, run):  # type: ignore[no-untyped-def]
    """Say what is counted, and where: the arguments are the limits in units and days, 0 for not counted.

    Weeks that are not counted also need a `use` of nothing.
    """
    saturating = day == 0 and run > 0
    if saturating:
        day = np.int64(1)
    lengths = max(np.int64(0), stretch - 2 * shortest + 1)
    width = week + 1
    per_item = (day + 1) * (run + 1) * width
    going = per_item * items
    end = going + per_item * items * lengths
    return Limits(
        np.int64(items),
        stretch,
        np.int64(shortest),
        week,
        day,
        run,
        saturating,
        lengths,
        width,
        per_item,
        going,
        end,
    )


@numba.njit(cache=True, nogil=True)
def work(limits, length, d, c):  # type: ignore[no-untyped-def]
    """Return whether the day and the run allow one more shift, and the counts with it."""
    if limits.run > 0 and d == 0:
        if c >= limits.run:
            return False, d, c
        c += 1
    if limits.saturating:
        d = np.int64(1)
    elif limits.day > 0:
        d += length
    return d <= limits.day, d, c


class Way(NamedTuple):
    """Where a state leads: the block of lines at `base`, in the same week or a new one, `days` later."""

    base: np.int64
    same_week: bool
    days: np.int64


@numba.njit(cache=True, nogil=True)
def way(limits, week, day, i, k):  # type: ignore[no-untyped-def]
    """Return the way from item `i` to the free state of item `k`."""
    if k >= limits.items:
        return Way(limits.end, False, np.int64(2))
    return Way(k * limits.per_item, week[i] == week[k], day[k] - day[i])


@numba.njit(cache=True, nogil=True)
def going_at(limits, i, q):  # type: ignore[no-untyped-def]
    """Return where the lines after item `i` in a stretch of `q` units begin."""
    return limits.going + (i * limits.lengths + q - limits.shortest) * limits.per_item


@numba.njit(cache=True, nogil=True)
def way_after(limits, week, day, touch_first, touch_last, after, i, q):  # type: ignore[no-untyped-def]
    """Return the way from item `i`, worked as the end so far of a stretch of `q` units."""
    if touch_first[i] < touch_last[i] and q + limits.shortest <= limits.stretch:
        return Way(going_at(limits, i, q), True, np.int64(0))
    return way(limits, week, day, i, after[i])


@numba.njit(cache=True, nogil=True)
def line_at(limits, onward, d, c):  # type: ignore[no-untyped-def]
    """Return where the line for counts held earlier lies at the end of the way: a new day begins anew."""
    if onward.days > 0:
        if onward.days > 1 or d == 0:
            c = np.int64(0)
        d = np.int64(0)
    return onward.base + (d * (limits.run + 1) + c) * limits.width


@numba.njit(cache=True, nogil=True)
def find(limits, table, onward, n, d, c):  # type: ignore[no-untyped-def]
    """Return the value at the end of the way for counts held earlier."""
    return table[line_at(limits, onward, d, c) + (n if onward.same_week else np.int64(0))]


@numba.njit(cache=True, nogil=True)
def set_line(table, here, there, same_week, first, last):  # type: ignore[no-untyped-def]
    """Set the cells first..last of a line to those of another, or to its first in a new week."""
    if same_week:
        for n in range(first, last + 1):
            table[here + n] = table[there + n]
    else:
        value = table[there]
        for n in range(first, last + 1):
            table[here + n] = value


@numba.njit(cache=True, nogil=True)
def raise_line(table, here, there, same_week, net, length, first, last):  # type: ignore[no-untyped-def]
    """Raise the cells first..last of a line to what `net` and the line there give with `length` more."""
    if same_week:
        there += length
        for n in range(first, last + 1):
            table[here + n] = max(table[here + n], net + table[there + n])
    else:
        value = net + table[there]
        for n in range(first, last + 1):
            table[here + n] = max(table[here + n], value)


@numba.njit(cache=True, nogil=True)
def mark_stretches(limits, length, touch_first, touch_last, reached):  # type: ignore[no-untyped-def]
    """Mark which lengths a stretch can have after each item and still go on."""
    reached[: limits.items * limits.lengths] = False
    most = limits.stretch - limits.shortest
    for i in range(limits.items):
        if touch_first[i] == touch_last[i]:
            continue
        if length[i] <= most:
            reached[i * limits.lengths + length[i] - limits.shortest] = True
        for q in range(limits.shortest, most + 1):
            if reached[i * limits.lengths + q - limits.shortest]:
                for k in range(touch_first[i], touch_last[i]):
                    if q + length[k] <= most:
                        reached[k * limits.lengths + q + length[k] - limits.shortest] = True


@numba.njit(cache=True, nogil=True)
def fill_stretches(  # type: ignore[no-untyped-def]
    limits,
    table,
    net,
    length,
    use,
    week,
    day,
    touch_first,
    touch_last,
    after,
    i,
    most_week,
    most_day,
    reached,
):
    """Fill the states after item `i` inside a stretch that may go on: stop here, or work a touching item."""
    stop = way(limits, week, day, i, after[i])
    least_day = np.int64(1) if limits.saturating else min(length[i], limits.day)
    least_run = min(np.int64(1), limits.run)
    for q in range(length[i], limits.stretch - limits.shortest + 1):
        if not reached[i * limits.lengths + q - limits.shortest]:
            continue
        block = going_at(limits, i, q)
        for d in range(least_day, most_day + 1):
            for c in range(least_run, limits.run + 1):
                here = block + (d * (limits.run + 1) + c) * limits.width
                set_line(table, here, line_at(limits, stop, d, c), stop.same_week, use[i], most_week)
                for k in range(touch_first[i], touch_last[i]):
                    if q + length[k] <= limits.stretch:
                        onward = way_after(
                            limits, week, day, touch_first, touch_last, after, k, q + length[k]
                        )
                        go_on(limits, table, net, length, use, week, day, i, k, onward, d, c, here, most_week)


@numba.njit(cache=True, nogil=True)
def go_on(limits, table, net, length, use, week, day, i, k, onward, d, c, here, most_week):  # type: ignore[no-untyped-def]
    """Raise the line at `here`, inside a stretch after item `i`, by working the touching item `k`."""
    d, c = later(day[k] - day[i], d, c)
    allowed, d, c = work(limits, length[k], d, c)
    if not allowed:
        return
    there = line_at(limits, onward, d, c)
    if week[k] == week[i]:
        last = min(most_week, limits.week - use[k])
        raise_line(table, here, there, onward.same_week, net[k], use[k], use[i], last)
    elif use[k] <= limits.week:
        if onward.same_week:
            there += use[k]
        raise_line(table, here, there, False, net[k], use[k], use[i], most_week)


@numba.njit(cache=True, nogil=True)
def later(days, d, c):  # type: ignore[no-untyped-def]
    """Return the counts of a day as they are some days later."""
    if days > 0:
        if days > 1 or d == 0:
            c = np.int64(0)
        d = np.int64(0)
    return d, c


@numba.njit(cache=True, nogil=True)
def fill_tables(  # type: ignore[no-untyped-def]
    limits, table, net, length, use, week, day, touch_first, touch_last, after, week_used, day_used, reached
):
    """Fill the table from the last item back and return the value of the best plan.

    Counts beyond what the items before could add up to are left out.
    """
    count_used(limits.items, use, week, week_used)
    count_used(limits.items, length, day, day_used)
    table[limits.end] = 0
    if limits.lengths > 0:
        mark_stretches(limits, length, touch_first, touch_last, reached)
    for i in range(limits.items - 1, -1, -1):
        if touch_first[i] < touch_last[i] and limits.lengths > 0:
            fill_stretches(
                limits,
                table,
                net,
                length,
                use,
                week,
                day,
                touch_first,
                touch_last,
                after,
                i,
                min(limits.week, week_used[i] + use[i]),
                min(limits.day, day_used[i] + length[i]),
                reached,
            )
        skip = way(limits, week, day, i, i + 1)
        take = way_after(limits, week, day, touch_first, touch_last, after, i, length[i])
        most_week = min(limits.week, week_used[i])
        last = min(most_week, limits.week - use[i])
        for d in range(min(limits.day, day_used[i]) + 1):
            for c in range(limits.run + 1):
                here = i * limits.per_item + (d * (limits.run + 1) + c) * limits.width
                set_line(table, here, line_at(limits, skip, d, c), skip.same_week, np.int64(0), most_week)
                allowed, d2, c2 = work(limits, length[i], d, c)
                if allowed:
                    there = line_at(limits, take, d2, c2)
                    raise_line(table, here, there, take.same_week, net[i], use[i], np.int64(0), last)
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
def follow(limits, table, net, length, use, week, day, touch_first, touch_last, after, chosen):  # type: ignore[no-untyped-def]
    """Walk the table forward, write the items of the best plan to `chosen`, and return how many they are."""
    count = 0
    i = np.int64(0)
    n = np.int64(0)
    d = np.int64(0)
    c = np.int64(0)
    while i < limits.items:
        here = table[i * limits.per_item + (d * (limits.run + 1) + c) * limits.width + n]
        following = i + 1
        if here != find(limits, table, way(limits, week, day, i, i + 1), n, d, c):
            q = np.int64(0)
            k = i
            while k >= 0:
                if week[i] != week[k]:
                    n = np.int64(0)
                d, c = later(day[k] - day[i], d, c)
                _, d, c = work(limits, length[k], d, c)
                n += use[k]
                q += length[k]
                chosen[count] = k
                count += 1
                i = k
                k = next_in_stretch(
                    limits, table, net, length, use, week, day, touch_first, touch_last, after, i, q, n, d, c
                )
            following = np.int64(after[i])
        if following < limits.items:
            if week[i] != week[following]:
                n = np.int64(0)
            d, c = later(day[following] - day[i], d, c)
        i = following
    return count


@numba.njit(cache=True, nogil=True)
def next_in_stretch(  # type: ignore[no-untyped-def]
    limits, table, net, length, use, week, day, touch_first, touch_last, after, i, q, n, d, c
):
    """Return the item that goes on with the stretch in the best plan, or -1 when it ends here."""
    if touch_first[i] == touch_last[i] or q + limits.shortest > limits.stretch:
        return np.int64(-1)
    here = going_at(limits, i, q) + (d * (limits.run + 1) + c) * limits.width + n
    value = table[here]
    if value == find(limits, table, way(limits, week, day, i, after[i]), n, d, c):
        return np.int64(-1)
    for k in range(touch_first[i], touch_last[i]):
        if q + length[k] > limits.stretch:
            continue
        n2 = (n if week[i] == week[k] else np.int64(0)) + use[k]
        d2, c2 = later(day[k] - day[i], d, c)
        allowed, d2, c2 = work(limits, length[k], d2, c2)
        if not allowed or n2 > limits.week:
            continue
        onward = way_after(limits, week, day, touch_first, touch_last, after, k, q + length[k])
        if value == net[k] + find(limits, table, onward, n2, d2, c2):
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
def too_much(period, length, chosen, count, limit):  # type: ignore[no-untyped-def]
    """Say whether the chosen items of some day or week are longer than the limit together; 0 is no limit."""
    total = np.int64(0)
    for k in range(count):
        item = chosen[k]
        total = length[item] + (total if k > 0 and period[item] == period[chosen[k - 1]] else np.int64(0))
        if 0 < limit < total:
            return True
    return False
