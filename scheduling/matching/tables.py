"""The dynamic programme behind an agent's plan: which of their items to work, exactly.

All functions here are compiled and work on plain columns of items, sorted by start. `length` is what an item
adds to a stretch and a day, `use` what it adds to the week: the same, or nothing while weeks are not counted.
`free[i, d, c, n]` is the best value from item `i` on for an agent who is rested, has worked `n` units this
week and `d` units today, and whose run of working days is `c` long (up to yesterday when d = 0, else with
today). `going[i, q, d, c, n]` is the best value after item `i` inside a stretch of `q` units. Both lie in one
table, `going` after `free`, then one cell of 0 for the end of the season. The cells of all `n` side by side
are a line: most of the work is "this line is the larger of two others", which compiles to few instructions.

With `rules` the place of `c` is taken by a node of `days`, which also tells of days off and weekends, and `d`
is one more than the units of a day with a shift. A line of BARRED after the last cell then stands for what
these rules forbid. Without (None) the code for them is left out when the rest is compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scheduling.matching.compiled import compiled
from scheduling.matching.days import BARRED, begin_day, is_idle, may_stop, pass_days


@compiled
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
    `nodes` is how many runs are told apart; `lengths` how many lengths a stretch may have that can go on;
    `width` is the cells of a line.
    """

    items: np.int64
    stretch: np.int64
    shortest: np.int64
    week: np.int64
    day: np.int64
    run: np.int64
    nodes: np.int64
    saturating: np.bool_
    lengths: np.int64
    width: np.int64
    per_item: np.int64
    going: np.int64
    end: np.int64


@compiled
def make_limits(items, stretch, shortest, week, day, run, nodes=0):  # type: ignore[no-untyped-def]
    """Say what is counted, and where: the arguments are the limits in units and days, 0 for not counted.

    Weeks that are not counted also need a `use` of nothing. `nodes` is 0 without rules of days.
    """
    saturating = day == 0 and (run > 0 or nodes > 0)
    if saturating:
        day = np.int64(1)
    elif nodes > 0:
        day += 1
    nodes = run + 1 if nodes == 0 else np.int64(nodes)
    lengths = max(np.int64(0), stretch - 2 * shortest + 1)
    width = week + 1
    per_item = (day + 1) * nodes * width
    going = per_item * items
    end = going + per_item * items * lengths
    return Limits(
        np.int64(items),
        stretch,
        np.int64(shortest),
        week,
        day,
        run,
        nodes,
        saturating,
        lengths,
        width,
        per_item,
        going,
        end,
    )


@compiled
def work(limits, rules, length, d, c, i):  # type: ignore[no-untyped-def]
    """Return whether the day and the run allow one more shift, item `i`, and the counts with it."""
    if rules is not None:
        if d == 0:
            d = np.int64(1)
            c = begin_day(rules, c, i)
        if not limits.saturating:
            d += length
        return d <= limits.day and c >= 0, d, c
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
    """Where a state leads from an item: the lines at `base`, in the same week or a new one, `days` later."""

    base: np.int64
    same_week: bool
    days: np.int64
    item: np.int64


@compiled
def way(limits, week, day, i, k):  # type: ignore[no-untyped-def]
    """Return the way from item `i` to the free state of item `k`."""
    if k >= limits.items:
        return Way(limits.end, False, np.int64(2), np.int64(i))
    return Way(k * limits.per_item, week[i] == week[k], day[k] - day[i], np.int64(i))


@compiled
def going_at(limits, i, q):  # type: ignore[no-untyped-def]
    """Return where the lines after item `i` in a stretch of `q` units begin."""
    return limits.going + (i * limits.lengths + q - limits.shortest) * limits.per_item


@compiled
def way_after(limits, week, day, touch_first, touch_last, after, i, q):  # type: ignore[no-untyped-def]
    """Return the way from item `i`, worked as the end so far of a stretch of `q` units."""
    if touch_first[i] < touch_last[i] and q + limits.shortest <= limits.stretch:
        return Way(going_at(limits, i, q), True, np.int64(0), np.int64(i))
    return way(limits, week, day, i, after[i])


@compiled
def line_at(limits, rules, onward, d, c):  # type: ignore[no-untyped-def]
    """Return where the line for counts held earlier lies at the end of the way: a new day begins anew."""
    if rules is not None:
        if onward.base == limits.end:
            return limits.end + (0 if may_stop(rules, c, onward.item, d > 0) else 1)
        c = pass_days(rules, c, onward.item, d > 0, onward.days)
        if c < 0:
            return limits.end + 1
        if onward.days > 0:
            d = np.int64(0)
        return onward.base + (d * limits.nodes + c) * limits.width
    if onward.days > 0:
        if onward.days > 1 or d == 0:
            c = np.int64(0)
        d = np.int64(0)
    return onward.base + (d * limits.nodes + c) * limits.width


@compiled
def find(limits, rules, table, onward, n, d, c):  # type: ignore[no-untyped-def]
    """Return the value at the end of the way for counts held earlier."""
    return table[line_at(limits, rules, onward, d, c) + (n if onward.same_week else np.int64(0))]


@compiled
def set_line(table, here, there, same_week, first, last):  # type: ignore[no-untyped-def]
    """Set the cells first..last of a line to those of another, or to its first in a new week."""
    if same_week:
        for n in range(first, last + 1):
            table[here + n] = table[there + n]
    else:
        value = table[there]
        for n in range(first, last + 1):
            table[here + n] = value


@compiled
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


@compiled
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


@compiled
def fill_stretches(  # type: ignore[no-untyped-def]
    limits,
    rules,
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
    if rules is not None:
        least_day = np.int64(1)
        least_run = np.int64(0)
    for q in range(length[i], limits.stretch - limits.shortest + 1):
        if not reached[i * limits.lengths + q - limits.shortest]:
            continue
        block = going_at(limits, i, q)
        for d in range(least_day, most_day + 1):
            for c in range(least_run, limits.nodes):
                if rules is not None and is_idle(rules, c):
                    continue
                here = block + (d * limits.nodes + c) * limits.width
                set_line(table, here, line_at(limits, rules, stop, d, c), stop.same_week, use[i], most_week)
                for k in range(touch_first[i], touch_last[i]):
                    if q + length[k] <= limits.stretch:
                        onward = way_after(
                            limits, week, day, touch_first, touch_last, after, k, q + length[k]
                        )
                        go_on(
                            limits,
                            rules,
                            table,
                            net,
                            length,
                            use,
                            week,
                            day,
                            i,
                            k,
                            onward,
                            d,
                            c,
                            here,
                            most_week,
                        )


@compiled
def go_on(  # type: ignore[no-untyped-def]
    limits, rules, table, net, length, use, week, day, i, k, onward, d, c, here, most_week
):
    """Raise the line at `here`, inside a stretch after item `i`, by working the touching item `k`."""
    d, c = later(rules, day[k] - day[i], d, c, i)
    if rules is not None and c < 0:
        return
    allowed, d, c = work(limits, rules, length[k], d, c, k)
    if not allowed:
        return
    there = line_at(limits, rules, onward, d, c)
    if week[k] == week[i]:
        last = min(most_week, limits.week - use[k])
        raise_line(table, here, there, onward.same_week, net[k], use[k], use[i], last)
    elif use[k] <= limits.week:
        if onward.same_week:
            there += use[k]
        raise_line(table, here, there, False, net[k], use[k], use[i], most_week)


@compiled
def later(rules, days, d, c, i):  # type: ignore[no-untyped-def]
    """Return the counts of the day of item `i` as they are some days later; -1 for what rules forbid."""
    if rules is not None:
        c = pass_days(rules, c, i, d > 0, days)
        return np.int64(0) if days > 0 else d, c
    if days > 0:
        if days > 1 or d == 0:
            c = np.int64(0)
        d = np.int64(0)
    return d, c


@compiled
def fill_tables(  # type: ignore[no-untyped-def]
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
    week_used,
    day_used,
    reached,
    rules=None,
):
    """Fill the table from the last item back and return the value of the best plan.

    Counts beyond what the items before could add up to are left out.
    """
    begun = 0
    if rules is not None:
        begun = 1
        table[limits.end + 1 : limits.end + 1 + limits.width] = BARRED
    count_used(limits.items, use, week, week_used)
    count_used(limits.items, length, day, day_used)
    table[limits.end] = 0
    if limits.lengths > 0:
        mark_stretches(limits, length, touch_first, touch_last, reached)
    for i in range(limits.items - 1, -1, -1):
        if touch_first[i] < touch_last[i] and limits.lengths > 0:
            fill_stretches(
                limits,
                rules,
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
                min(limits.day, day_used[i] + length[i] + begun),
                reached,
            )
        skip = way(limits, week, day, i, i + 1)
        take = way_after(limits, week, day, touch_first, touch_last, after, i, length[i])
        most_week = min(limits.week, week_used[i])
        last = min(most_week, limits.week - use[i])
        for d in range(min(limits.day, day_used[i] + begun) + 1):
            for c in range(limits.nodes):
                if rules is not None and d > 0 and is_idle(rules, c):
                    continue
                here = i * limits.per_item + (d * limits.nodes + c) * limits.width
                there = line_at(limits, rules, skip, d, c)
                set_line(table, here, there, skip.same_week, np.int64(0), most_week)
                allowed, d2, c2 = work(limits, rules, length[i], d, c, i)
                if allowed:
                    there = line_at(limits, rules, take, d2, c2)
                    raise_line(table, here, there, take.same_week, net[i], use[i], np.int64(0), last)
    return table[0] if limits.items > 0 else np.int64(0)


@compiled
def count_used(items, length, period, used):  # type: ignore[no-untyped-def]
    """Write how many units the items before each one have in its week or day, no item counting as none."""
    total = np.int64(0)
    for i in range(items):
        if i > 0 and period[i] != period[i - 1]:
            total = np.int64(0)
        used[i] = total
        total += max(np.int64(1), length[i])
