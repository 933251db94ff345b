"""A good plan of one agent, and a bound on the best one, where the exact tables would be too large.

That happens to people who are open for very many short shifts. Their weeks are not counted; instead every
unit of work in a week costs a rent, and the rents are halved in on until each week is as full as it may be.
By Lagrangian duality no plan is worth more than the best one at any rents, plus the rents of the weeks'
limits. The plans found are then cut down to what the limits allow. All functions here are compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.matching.compiled import allocating, compiled
from scheduling.matching.days import has_rules, mend, run_too_long, too_much
from scheduling.matching.strip_plans import plan_strips, sizes_for
from scheduling.matching.tables import fill_tables, make_limits
from scheduling.matching.walks import follow

ROUNDS = 16
"""How often the rents are halved in on."""


@compiled
def best_in_strips(frame, scratch, agent, items):  # type: ignore[no-untyped-def]
    """Find the best plan of an agent whose shifts lie in strips; return its value and its number of items.

    Weeks and runs of days are brought in as in `plans.best_plan`. Days are never counted, only paid for. The
    rules of `days` are not counted either: what breaks them is left out, and the value is a bound then.
    """
    week = np.int64(0)
    run = np.int64(0)
    while True:
        sizes = sizes_for(frame, scratch, agent, items, week, run)
        if sizes.end > len(scratch.table):
            return plan_with_rents(frame, scratch, agent, items, np.int64(0), frame.run_days[agent])
        value, count = plan_strips(frame, scratch, agent, sizes, scratch.net)
        week_limit, run_limit = frame.week_units[agent], frame.run_days[agent]
        if week == 0 and too_much(scratch.week, scratch.length, scratch.chosen, count, week_limit):
            week = week_limit
        elif too_much(scratch.day, scratch.length, scratch.chosen, count, frame.day_units[agent]):
            return plan_with_rents(frame, scratch, agent, items, week, run)
        elif run == 0 and run_too_long(scratch.day, scratch.chosen, count, run_limit):
            run = run_limit
        else:
            return value, mend_days(frame, scratch, agent, count)


@allocating
def plan_with_rents(frame, scratch, agent, items, week_counted, run_counted):  # type: ignore[no-untyped-def]
    """Return an upper bound on the value of the agent's best plan of these items, and the number of items of
    a plan that keeps the limits, which are in `chosen`; -1 when none was found that has every pin.

    Limits of weeks and runs of days that are counted anyway (in strips) are given, 0 for not counted.
    """
    net = scratch.net
    rents = make_rents(frame, scratch, agent, items, week_counted == 0)
    low = np.zeros(len(rents.limit), dtype=np.int64)
    high, pinned = highest_rents(scratch, items, rents)
    rent = np.zeros(len(rents.limit), dtype=np.int64)
    paid = net[:items].copy()
    kept = np.zeros(items, dtype=np.int64)
    kept_count = np.int64(-1)
    kept_points = np.int64(0)
    bound = np.int64(0)
    for k in range(ROUNDS):
        pay(scratch, items, rents, rent, paid)
        value, count = plan_at(frame, scratch, agent, items, paid, week_counted, run_counted)
        value += (rent * rents.limit).sum()
        bound = value if k == 0 else min(bound, value)
        settled = halve_rents(scratch, count, rents, rent, low, high)
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


class Rents(NamedTuple):
    """Which weeks and days cost a rent: the weeks first, then the days, each with its limit."""

    weeks: np.int64
    first_week: np.int64
    days: np.int64
    first_day: np.int64
    limit: NDArray[np.int64]


@allocating
def make_rents(frame, scratch, agent, items, of_weeks):  # type: ignore[no-untyped-def]
    """List what costs a rent: weeks if asked for, and days that have a limit."""
    weeks = scratch.week[items - 1] - scratch.week[0] + 1 if of_weeks else np.int64(0)
    days = scratch.day[items - 1] - scratch.day[0] + 1 if frame.day_units[agent] > 0 else np.int64(0)
    limit = np.zeros(weeks + days, dtype=np.int64)
    limit[:weeks] = frame.week_units[agent]
    limit[weeks:] = frame.day_units[agent]
    return Rents(weeks, scratch.week[0], days, scratch.day[0], limit)


@allocating
def highest_rents(scratch, items, rents):  # type: ignore[no-untyped-def]
    """Return, by week and day, a rent that only pins would pay, and what all pins are worth."""
    high = np.zeros(len(rents.limit), dtype=np.int64)
    pinned = np.int64(0)
    for i in range(items):
        if scratch.row[i] < 0:
            pinned += scratch.net[i]
            continue
        most = scratch.net[i] // max(np.int64(1), scratch.length[i]) + 1
        if rents.weeks > 0:
            w = scratch.week[i] - rents.first_week
            high[w] = max(high[w], most)
        if rents.days > 0:
            d = rents.weeks + scratch.day[i] - rents.first_day
            high[d] = max(high[d], most)
    return high, pinned


@compiled
def pay(scratch, items, rents, rent, paid):  # type: ignore[no-untyped-def]
    """Write what is left of each item's net value after the rents of its week and day."""
    for i in range(items):
        asked = np.int64(0)
        if rents.weeks > 0:
            asked += rent[scratch.week[i] - rents.first_week]
        if rents.days > 0:
            asked += rent[rents.weeks + scratch.day[i] - rents.first_day]
        paid[i] = scratch.net[i] - asked * scratch.length[i]


@compiled
def plan_at(frame, scratch, agent, items, paid, week_counted, run_counted):  # type: ignore[no-untyped-def]
    """Find the best plan at these net values, with nothing but stretches and rests counted and, in strips,
    what is asked for; return its value and its number of items.
    """
    if frame.strips_abreast[agent] > 0:
        sizes = sizes_for(frame, scratch, agent, items, week_counted, run_counted)
        return plan_strips(frame, scratch, agent, sizes, paid)
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
    return value, np.int64(count)


@allocating
def halve_rents(scratch, count, rents, rent, low, high):  # type: ignore[no-untyped-def]
    """Raise the rent of weeks and days that are too long in the chosen plan, lower the others', and return
    whether there is nothing left between their limits.
    """
    worked = np.zeros(len(rent), dtype=np.int64)
    for c in range(count):
        item = scratch.chosen[c]
        if rents.weeks > 0:
            worked[scratch.week[item] - rents.first_week] += scratch.length[item]
        if rents.days > 0:
            worked[rents.weeks + scratch.day[item] - rents.first_day] += scratch.length[item]
    settled = True
    for w in range(len(rent)):
        if worked[w] > rents.limit[w]:
            low[w] = rent[w]
        else:
            high[w] = rent[w]
        settled &= high[w] <= low[w] + 1
        rent[w] = (low[w] + high[w]) // 2
    return settled


@compiled
def points_of(net, chosen, count):  # type: ignore[no-untyped-def]
    """Return what these items bring."""
    points = np.int64(0)
    for c in range(count):
        points += net[chosen[c]]
    return points


@compiled
def cut_down(frame, scratch, agent, count, paid):  # type: ignore[no-untyped-def]
    """Leave chosen items out until every limit is kept: whole stretches for too many days in a row, ends of
    stretches for days and weeks too long, whole stretches for the rules of `days`. Returns how many are left,
    or -1 when pins stand in the way.
    """
    if frame.run_days[agent] > 0:
        count = shorten_runs(scratch, count, frame.run_days[agent])
    if frame.day_units[agent] > 0:
        count = shorten_periods(scratch, scratch.day, count, paid, frame.day_units[agent])
    count = shorten_periods(scratch, scratch.week, count, paid, frame.week_units[agent])
    return mend_days(frame, scratch, agent, count)


@compiled
def mend_days(frame, scratch, agent, count):  # type: ignore[no-untyped-def]
    """Leave chosen items out until the rules of `days` are kept, and return how many are left."""
    if count <= 0 or not has_rules(frame, agent):
        return np.int64(count)
    day, row, start, end = scratch.day, scratch.row, scratch.start, scratch.end
    return np.int64(mend(frame, agent, day, row, start, end, scratch.chosen, count))


@compiled
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


@compiled
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


@compiled
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
