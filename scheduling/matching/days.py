"""Which days somebody works: the least days in a row, the least days off between two runs, the most weekends.

Compiled. A day is worked when a shift starts on it. Runs that touch the season's first or last day may be
shorter, for they may go on outside; and what is pinned excuses: a run with a pinned day may be short, and so
may the days off between two pinned days. So nobody's pins break these two rules by themselves.

For the tables of a plan the days so far are a *node*, `weekends worked * kinds + kind`: kind 0 is rested, 1
to `longest` are days worked in a row, and beyond that are days off too few yet. As with the run of days of
plain plans, the node of a day on which nothing is worked yet tells of the days before it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scheduling.matching.compiled import compiled
from scheduling.matching.units import FIRST_WEEKEND_DAY, Ints

BARRED = -(1 << 60)
"""The value of what is not allowed; no plan is worth so little."""
NO_PIN = 1 << 30
"""Stands for "no pinned day before"."""
KEPT, SHORT_RUN, FEW_DAYS_OFF, MANY_WEEKENDS = range(4)
"""What `first_broken` says."""


class Rules(NamedTuple):
    """What is counted for one agent now: 1 day in a row, 1 day off and -1 weekends are not counted.

    `day`, `pinned` and `back` are by item: the day it starts on, whether one of that day's items is pinned,
    and how many days back the last day before with one lies.
    """

    longest: np.int64
    is_limit: np.bool_
    least_run: np.int64
    least_off: np.int64
    weekends: np.int64
    kinds: np.int64
    first_day: np.int64
    last_day: np.int64
    day: Ints
    pinned: Ints
    back: Ints


@compiled
def make_rules(frame, scratch, run, least_run, least_off, weekends):  # type: ignore[no-untyped-def]
    """Return the rules to count; `run` is the most days in a row, or 0 when it is not counted."""
    longest = max(run, max(np.int64(1), least_run))
    return Rules(
        longest,
        run > 0,
        least_run,
        least_off,
        weekends,
        longest + least_off,
        np.int64(frame.first_day),
        np.int64(frame.last_day),
        scratch.day,
        scratch.pinned,
        scratch.back,
    )


@compiled
def count_nodes(rules):  # type: ignore[no-untyped-def]
    """Return how many nodes there are."""
    return rules.kinds * (max(np.int64(0), rules.weekends) + 1)


@compiled
def note_pins(items, day, row, pinned, back):  # type: ignore[no-untyped-def]
    """Write which items lie on a pinned day, and how far back the last pinned day before each one lies."""
    last = np.int64(-NO_PIN)
    first = 0
    while first < items:
        stop = first
        has_pin = False
        while stop < items and day[stop] == day[first]:
            has_pin |= row[stop] < 0
            stop += 1
        for i in range(first, stop):
            pinned[i] = 1 if has_pin else 0
            back[i] = day[first] - last
        if has_pin:
            last = day[first]
        first = stop


@compiled
def is_idle(rules, node):  # type: ignore[no-untyped-def]
    """Say whether a node tells of no day worked just now: then it is none of a day with a shift."""
    kind = node % rules.kinds
    return kind == 0 or kind > rules.longest


@compiled
def begin_day(rules, node, i):  # type: ignore[no-untyped-def]
    """Return the node once item `i` is worked, the first of its day; -1 when that is not allowed."""
    weekends, kind = node // rules.kinds, node % rules.kinds
    worked_yesterday = 0 < kind <= rules.longest
    if rules.weekends >= 0:
        weekday = rules.day[i] % 7
        if weekday == FIRST_WEEKEND_DAY or (weekday > FIRST_WEEKEND_DAY and not worked_yesterday):
            weekends += 1
            if weekends > rules.weekends:
                return np.int64(-1)
    if kind > rules.longest:
        days_off = kind - rules.longest
        if rules.pinned[i] == 0 or rules.back[i] != days_off + 1:
            return np.int64(-1)
        kind = np.int64(1)
    elif kind < rules.longest:
        kind += 1
    elif rules.is_limit:
        return np.int64(-1)
    return weekends * rules.kinds + kind


@compiled
def pass_days(rules, node, i, worked_today, days):  # type: ignore[no-untyped-def]
    """Return the node `days` days after that of item `i`, none of those between worked; -1 when the run that
    ends with it is too short.
    """
    kind = node % rules.kinds
    if days == 0 or kind == 0 or (worked_today and days == 1):
        return node
    days_off = days - 1 if worked_today else days
    if kind <= rules.longest:
        if not may_end(rules, kind, i, worked_today):
            return np.int64(-1)
    else:
        days_off += kind - rules.longest
    return node - kind + (0 if days_off >= rules.least_off else rules.longest + days_off)


@compiled
def may_end(rules, run, i, worked_today):  # type: ignore[no-untyped-def]
    """Say whether a run of so many days may end on the day of item `i`, or on the one before."""
    last = rules.day[i] if worked_today else rules.day[i] - 1
    back = rules.back[i] if worked_today else rules.back[i] - 1
    has_pin = back < run or (worked_today and rules.pinned[i] == 1)
    at_an_edge = last - run + 1 == rules.first_day or last == rules.last_day
    return run >= rules.least_run or has_pin or at_an_edge


@compiled
def may_stop(rules, node, i, worked_today):  # type: ignore[no-untyped-def]
    """Say whether the season may end for somebody after item `i`."""
    kind = node % rules.kinds
    return kind == 0 or kind > rules.longest or may_end(rules, kind, i, worked_today)


@compiled
def has_rules(frame, agent):  # type: ignore[no-untyped-def]
    """Say whether any of these rules holds for an agent."""
    return frame.least_run[agent] > 1 or frame.least_off[agent] > 1 or frame.most_weekends[agent] >= 0


@compiled
def first_broken(frame, agent, day, row, chosen, count):  # type: ignore[no-untyped-def]
    """Return the first rule that the chosen items break, and the days at fault: a run, the two days around
    days off, or the Saturday and Sunday of the last weekend that could be given up.
    """
    least_run, least_off = frame.least_run[agent], frame.least_off[agent]
    begin = before = np.int64(-NO_PIN)
    run_has_pin = before_has_pin = False
    k = 0
    while k < count:
        today = day[chosen[k]]
        has_pin = False
        while k < count and day[chosen[k]] == today:
            has_pin |= row[chosen[k]] < 0
            k += 1
        if today > before + 1:
            if before >= 0 and not (has_pin and before_has_pin) and today - before - 1 < least_off:
                return FEW_DAYS_OFF, before, today
            begin, run_has_pin = today, False
        run_has_pin |= has_pin
        before, before_has_pin = today, has_pin
        ends = k == count or day[chosen[k]] > today + 1
        at_an_edge = begin == frame.first_day or today == frame.last_day
        if ends and not at_an_edge and not run_has_pin and today - begin + 1 < least_run:
            return SHORT_RUN, begin, today
    return broken_weekend(frame, agent, day, row, chosen, count)


@compiled
def broken_weekend(frame, agent, day, row, chosen, count):  # type: ignore[no-untyped-def]
    """Return MANY_WEEKENDS and the last worked weekend without a pin when too many are worked, else KEPT."""
    weekends = 0
    free = np.int64(-1)
    k = 0
    while k < count:
        week = day[chosen[k]] // 7
        is_worked = has_pin = False
        while k < count and day[chosen[k]] // 7 == week:
            if day[chosen[k]] % 7 >= FIRST_WEEKEND_DAY:
                is_worked = True
                has_pin |= row[chosen[k]] < 0
            k += 1
        if is_worked:
            weekends += 1
            free = free if has_pin else week
    if 0 <= frame.most_weekends[agent] < weekends:
        return MANY_WEEKENDS, free * 7 + FIRST_WEEKEND_DAY, free * 7 + FIRST_WEEKEND_DAY + 1
    return KEPT, np.int64(0), np.int64(0)


@compiled
def mend(frame, agent, day, row, start, end, chosen, count):  # type: ignore[no-untyped-def]
    """Leave chosen items out until these rules are kept; return how many are left, -1 when pins break one.

    Whole stretches go, so that no rule of time breaks: those of runs too short, of a day beside days off too
    few, of the last weekends. Where a pin stands in the way only the pins stay.
    """
    while True:
        broken, first, last = first_broken(frame, agent, day, row, chosen, count)
        if broken == KEPT:
            return count
        if broken == FEW_DAYS_OFF:
            first = last
        left = drop_days(day, row, start, end, chosen, count, first, last)
        if left < 0:
            left = keep_pins(row, chosen, count)
            if left == count:
                return -1
        count = left


@compiled
def drop_days(day, row, start, end, chosen, count, first, last):  # type: ignore[no-untyped-def]
    """Leave out the stretches that have an item on the days first..last, and return how many items are left;
    -1, with nothing changed, when there is a pin among them or no item at all.
    """
    kept = 0
    for drop in (False, True):
        kept = 0
        k = 0
        while k < count:
            stop = k
            is_hit = has_pin = False
            while stop == k or (stop < count and start[chosen[stop]] == end[chosen[stop - 1]]):
                is_hit |= first <= day[chosen[stop]] <= last
                has_pin |= row[chosen[stop]] < 0
                stop += 1
            if is_hit and has_pin:
                return -1
            if not is_hit:
                for c in range(k, stop):
                    if drop:
                        chosen[kept] = chosen[c]
                    kept += 1
            k = stop
        if kept == count:
            return -1
    return kept


@compiled
def keep_pins(row, chosen, count):  # type: ignore[no-untyped-def]
    """Leave out all but the pins, and return how many are left."""
    kept = 0
    for k in range(count):
        if row[chosen[k]] < 0:
            chosen[kept] = chosen[k]
            kept += 1
    return kept


@compiled
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


@compiled
def too_much(period, length, chosen, count, limit):  # type: ignore[no-untyped-def]
    """Say whether the chosen items of some day or week are longer than the limit together; 0 is no limit."""
    total = np.int64(0)
    for k in range(count):
        item = chosen[k]
        total = length[item] + (total if k > 0 and period[item] == period[chosen[k - 1]] else np.int64(0))
        if 0 < limit < total:
            return True
    return False
