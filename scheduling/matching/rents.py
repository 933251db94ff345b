"""A good plan of one agent, and a bound on the best one, where the exact tables would be too large.

That happens to people who are open for very many short shifts. Their weeks are not counted; instead every
unit of work in a week costs a rent, and the rents are halved in on until each week is as full as it may be.
By Lagrangian duality no plan is worth more than the best one at any rents, plus the rents of the weeks'
limits. The plans found are then cut down to what the limits allow. All functions here are compiled.
"""

from __future__ import annotations

import numba
import numpy as np

from scheduling.matching.tables import fill_tables, follow, make_limits

ROUNDS = 16
"""How often the rents are halved in on."""


@numba.njit(cache=True, nogil=True)
def plan_with_rents(frame, scratch, agent, items):  # type: ignore[no-untyped-def]
    """Return an upper bound on the value of the agent's best plan of these items, and the number of items of
    a plan that keeps the limits, which are in `chosen`; -1 when none was found that has every pin.
    """
    length, week, net = scratch.length, scratch.week, scratch.net
    limit = frame.week_units[agent]
    first_week = week[0]
    weeks = week[items - 1] - first_week + 1
    low = np.zeros(weeks, dtype=np.int64)
    high, pinned = highest_rents(scratch, items, weeks)
    rent = np.zeros(weeks, dtype=np.int64)
    paid = net[:items].copy()
    kept = np.zeros(items, dtype=np.int64)
    kept_count = np.int64(-1)
    kept_points = np.int64(0)
    bound = np.int64(0)
    for k in range(ROUNDS):
        for i in range(items):
            paid[i] = net[i] - rent[week[i] - first_week] * length[i]
        value, count = plan_at(frame, scratch, agent, items, paid)
        value += rent.sum() * limit
        bound = value if k == 0 else min(bound, value)
        settled = halve_rents(scratch, count, limit, rent, low, high)
        # The first plan cut down may be poor, but there is one; the late ones need little cutting.
        if k == 0 or k >= ROUNDS - 4 or settled:
            count = cut_down(frame, scratch, agent, count, paid)
            points = points_of(net, scratch.chosen, count)
            if count >= 0 and (kept_count < 0 or points > kept_points):
                kept_count = np.int64(count)
                kept_points = points
                kept[:count] = scratch.chosen[:count]
        if settled:
            break
    # As with any plan, the value has the pins that are chosen: all of them, or the plan counts for nothing.
    bound -= pinned
    for c in range(kept_count):
        scratch.chosen[c] = kept[c]
        if scratch.row[kept[c]] < 0:
            bound += net[kept[c]]
    return bound, kept_count


@numba.njit(cache=True, nogil=True)
def highest_rents(scratch, items, weeks):  # type: ignore[no-untyped-def]
    """Return, by week, a rent that only pins would pay, and what all pins are worth."""
    high = np.zeros(weeks, dtype=np.int64)
    pinned = np.int64(0)
    for i in range(items):
        w = scratch.week[i] - scratch.week[0]
        if scratch.row[i] < 0:
            pinned += scratch.net[i]
        else:
            high[w] = max(high[w], scratch.net[i] // max(np.int64(1), scratch.length[i]) + 1)
    return high, pinned


@numba.njit(cache=True, nogil=True)
def plan_at(frame, scratch, agent, items, paid):  # type: ignore[no-untyped-def]
    """Find the best plan at these net values with nothing but stretches and rests counted; return its value
    and its number of items.
    """
    nothing = np.int64(0)
    limits = make_limits(items, frame.stretch_units[agent], frame.shortest, nothing, nothing, nothing)
    value = fill_tables(
        limits,
        scratch.table,
        paid,
        scratch.length,
        scratch.idle,
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
        paid,
        scratch.length,
        scratch.idle,
        scratch.week,
        scratch.day,
        scratch.touch_first,
        scratch.touch_last,
        scratch.after,
        scratch.chosen,
    )
    return value, count


@numba.njit(cache=True, nogil=True)
def halve_rents(scratch, count, limit, rent, low, high):  # type: ignore[no-untyped-def]
    """Raise the rent of weeks that are too long in the chosen plan, lower the others', and return whether
    there is nothing left between their limits.
    """
    worked = np.zeros(len(rent), dtype=np.int64)
    for c in range(count):
        worked[scratch.week[scratch.chosen[c]] - scratch.week[0]] += scratch.length[scratch.chosen[c]]
    settled = True
    for w in range(len(rent)):
        if worked[w] > limit:
            low[w] = rent[w]
        else:
            high[w] = rent[w]
        settled &= high[w] <= low[w] + 1
        rent[w] = (low[w] + high[w]) // 2
    return settled


@numba.njit(cache=True, nogil=True)
def points_of(net, chosen, count):  # type: ignore[no-untyped-def]
    """Return what these items bring."""
    points = np.int64(0)
    for c in range(count):
        points += net[chosen[c]]
    return points


@numba.njit(cache=True, nogil=True)
def cut_down(frame, scratch, agent, count, paid):  # type: ignore[no-untyped-def]
    """Leave chosen items out until every limit is kept: whole stretches for too many days in a row, ends of
    stretches for days and weeks too long. Returns how many are left, or -1 when pins stand in the way.
    """
    if frame.run_days[agent] > 0:
        count = shorten_runs(scratch, count, frame.run_days[agent])
    if frame.day_units[agent] > 0:
        count = shorten_periods(scratch, scratch.day, count, paid, frame.day_units[agent])
    return shorten_periods(scratch, scratch.week, count, paid, frame.week_units[agent])


@numba.njit(cache=True, nogil=True)
def shorten_runs(scratch, count, limit):  # type: ignore[no-untyped-def]
    """Drop the stretch that makes a run of days too long, or the last one before it without a pin."""
    chosen, day = scratch.chosen, scratch.day
    k = 0
    run = 0
    while k < count:
        today = day[chosen[k]]
        if k == 0 or today > day[chosen[k - 1]] + 1:
            run = 1
        elif today == day[chosen[k - 1]] + 1:
            run += 1
        if run <= limit:
            k += 1
            continue
        first, last = stretch_to_drop(scratch, count, k)
        if first < 0:
            return np.int64(-1)
        gone = last + 1 - first
        for c in range(first, count - gone):
            chosen[c] = chosen[c + gone]
        count -= gone
        k = 0
        run = 0
    return np.int64(count)


@numba.njit(cache=True, nogil=True)
def stretch_to_drop(scratch, count, k):  # type: ignore[no-untyped-def]
    """Return the first and last chosen item of the stretch around the k-th, or of the last one before it
    without a pin; -1 when there is none.
    """
    chosen, start, end = scratch.chosen, scratch.start, scratch.end
    first = k
    last = k
    while first >= 0:
        pinned = False
        while first > 0 and start[chosen[first]] == end[chosen[first - 1]]:
            first -= 1
        while last + 1 < count and start[chosen[last + 1]] == end[chosen[last]]:
            last += 1
        for c in range(first, last + 1):
            pinned |= scratch.row[chosen[c]] < 0
        if not pinned:
            break
        first -= 1
        last = first
    return first, last


@numba.njit(cache=True, nogil=True)
def shorten_periods(scratch, period, count, paid, limit):  # type: ignore[no-untyped-def]
    """Drop the ends of stretches that bring least for their length from days or weeks that are too long."""
    chosen, length, start, end = scratch.chosen, scratch.length, scratch.start, scratch.end
    k = 0
    while k < count:
        now = period[chosen[k]]
        stop = k
        total = np.int64(0)
        while stop < count and period[chosen[stop]] == now:
            total += length[chosen[stop]]
            stop += 1
        while total > limit:
            least = -1
            for c in range(k, stop):
                item = chosen[c]
                inside = (c > 0 and start[item] == end[chosen[c - 1]]) and (
                    c + 1 < count and start[chosen[c + 1]] == end[item]
                )
                if inside or scratch.row[item] < 0 or length[item] == 0:
                    continue
                if least < 0 or paid[item] * length[chosen[least]] < paid[chosen[least]] * length[item]:
                    least = c
            if least < 0:
                return np.int64(-1)
            total -= length[chosen[least]]
            for c in range(least, count - 1):
                chosen[c] = chosen[c + 1]
            count -= 1
            stop -= 1
        k = stop
    return np.int64(count)
