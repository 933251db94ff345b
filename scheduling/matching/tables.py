"""The dynamic programme behind an agent's plan: which of their items to work, exactly.

All functions here are compiled and work on plain columns of items, sorted by start. `free[i, n, d, c]` is the
best value from item `i` on for an agent who is rested, has worked `n` units this week and `d` units today,
and whose run of working days is `c` long (up to yesterday when d = 0, else with today). `going[i, q, n, d,
c]` is the best value after item `i` inside a stretch of `q` units. Both lie in one table, `going` after
`free`.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np


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
def make_limits(items, stretch, shortest, week, day, run):  # type: ignore[no-untyped-def]
    """Say what is counted, and where: the arguments are the limits in units and days, 0 for not counted."""
    saturating = day == 0 and run > 0
    if saturating:
        day = np.int64(1)
    per_day = run + 1
    per_week = (day + 1) * per_day
    per_item = (week + 1) * per_week
    return Limits(
        np.int64(items),
        stretch,
        np.int64(shortest),
        week,
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
