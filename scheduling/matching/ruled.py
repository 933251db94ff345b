"""The best plan that keeps the rules of `days` too.

All functions here are compiled. As for the plain limits, each rule is counted only once a plan found without
it breaks it: leaving rules out can only raise the value, so a plan that keeps them all is best.
"""

from __future__ import annotations

import numpy as np

from scheduling.matching.compiled import compiled
from scheduling.matching.days import (
    FEW_DAYS_OFF,
    KEPT,
    MANY_WEEKENDS,
    SHORT_RUN,
    count_nodes,
    first_broken,
    make_rules,
    note_pins,
    run_too_long,
    too_much,
)
from scheduling.matching.rents import plan_with_rents
from scheduling.matching.tables import fill_tables, make_limits
from scheduling.matching.walks import follow


@compiled
def keep_rules(frame, scratch, agent, items, value, count, week, day, run):  # type: ignore[no-untyped-def]
    """Return the value and the number of items of the best plan that keeps the rules of `days` too, given the
    best without them and what was counted for that.
    """
    day_limit, run_limit, week_limit = frame.day_units[agent], frame.run_days[agent], frame.week_units[agent]
    least_run = least_off = np.int64(1)
    weekends = np.int64(-1)
    is_first = True
    while True:
        broken, _, _ = first_broken(frame, agent, scratch.day, scratch.row, scratch.chosen, count)
        if week == 0 and too_much(scratch.week, scratch.length, scratch.chosen, count, week_limit):
            week = week_limit
        elif day == 0 and too_much(scratch.day, scratch.length, scratch.chosen, count, day_limit):
            day = day_limit
        elif run == 0 and run_too_long(scratch.day, scratch.chosen, count, run_limit):
            run = run_limit
        elif broken == SHORT_RUN and least_run == 1:
            least_run = frame.least_run[agent]
        elif broken == FEW_DAYS_OFF and least_off == 1:
            least_off = frame.least_off[agent]
        elif broken == MANY_WEEKENDS and weekends < 0:
            weekends = frame.most_weekends[agent]
        else:
            return value, count if broken == KEPT else -1
        if is_first:
            note_pins(items, scratch.day, scratch.row, scratch.pinned, scratch.back)
            is_first = False
        rules = make_rules(frame, scratch, run, least_run, least_off, weekends)
        limits = make_limits(
            *(items, frame.stretch_units[agent], frame.shortest, week, day, run, count_nodes(rules))
        )
        if limits.end + 1 + limits.width >= len(scratch.table):
            return plan_with_rents(frame, scratch, agent, items, np.int64(0), np.int64(0))
        use = scratch.length if week > 0 else scratch.idle
        value = fill_tables(
            limits,
            scratch.table,
            scratch.net,
            scratch.length,
            use,
            scratch.week,
            scratch.day,
            scratch.touch_first,
            scratch.touch_last,
            scratch.after,
            scratch.week_used,
            scratch.day_used,
            scratch.reached,
            rules,
        )
        count = follow(
            limits,
            scratch.table,
            scratch.net,
            scratch.length,
            use,
            scratch.week,
            scratch.day,
            scratch.touch_first,
            scratch.touch_last,
            scratch.after,
            scratch.chosen,
            rules,
        )
