"""The best plan of an employee with every limit kept, and the plans of many at once.

All functions here are compiled. A kind of shift of which the best plan has too many is either *counted* from
then on, which is exact, or, where the table would grow too large or the prices are still wild, given a
*penalty*: a plan found under penalties is allowed if it keeps the limits, and what the penalties prove is a
bound all the same (Lagrange).
"""

from __future__ import annotations

import numba
import numpy as np

from scheduling.matching.rosters.frame import BARRED, INFINITE, LARGEST_PATH
from scheduling.matching.rosters.tables import (
    DAYS,
    HIGHEST,
    LOWEST,
    ROOT,
    fill_table,
    find_ends,
    find_limits,
    lay_rows,
    option_value,
    trace,
)

PENALTY_ROUNDS = 6


@numba.njit(cache=True, nogil=True)
def set_net(frame, scratch, employee, first, price):  # type: ignore[no-untyped-def]
    """Set the net cost of each shift of the stretch: its own, less the price, plus the penalty."""
    for day in range(scratch.dims[DAYS]):
        for shift in range(frame.shifts):
            cost = frame.cost[employee, first + day, shift]
            if cost < BARRED and scratch.caps[shift] > 0:
                cost += scratch.penalty[shift] - price[first + day, shift]
            else:
                cost = BARRED
            scratch.net[day, shift] = cost


@numba.njit(cache=True, nogil=True)
def overrun(frame, scratch, excess):  # type: ignore[no-untyped-def]
    """Set by how much the traced plan exceeds (or falls short of) each limit on shifts; say if any is."""
    broken = False
    for shift in range(frame.shifts):
        excess[shift] = -scratch.caps[shift]
    for day in range(scratch.dims[DAYS]):
        if scratch.plan[day] >= 0:
            excess[scratch.plan[day]] += 1
    for shift in range(frame.shifts):
        broken |= excess[shift] > 0
    return broken


@numba.njit(cache=True, nogil=True)
def plan_cost(frame, scratch, employee, first, price):  # type: ignore[no-untyped-def]
    """Return the cost of the traced plan at these prices, without penalties."""
    total = np.int64(0)
    for day in range(scratch.dims[DAYS]):
        shift = np.int64(scratch.plan[day])
        if shift >= 0:
            total += frame.cost[employee, first + day, shift] - price[first + day, shift]
    return total


@numba.njit(cache=True, nogil=True)
def relaxed_plan(frame, scratch, employee, first, price):  # type: ignore[no-untyped-def]
    """Fill the table, trace a best plan; return its cost less the penalties no plan need pay."""
    set_net(frame, scratch, employee, first, price)
    value = np.int64(fill_table(frame, scratch, employee, first))
    if value >= INFINITE // 2:
        return np.int64(INFINITE)
    trace(frame, scratch, employee, first, 0, scratch.dims[ROOT], 0)
    for shift in range(frame.shifts):
        value -= np.int64(scratch.penalty[shift]) * scratch.caps[shift]
    return value


@numba.njit(cache=True, nogil=True)
def forgive_counted(frame, scratch):  # type: ignore[no-untyped-def]
    """Take the penalties off the kinds of shift that are counted."""
    for shift in range(frame.shifts):
        if scratch.counted[shift] > 0:
            scratch.penalty[shift] = 0


@numba.njit(cache=True, nogil=True)
def most_penalty(scratch):  # type: ignore[no-untyped-def]
    """Return the largest penalty with which no plan can look as dear as one that is not allowed."""
    return LARGEST_PATH // scratch.dims[DAYS] - 1


@numba.njit(cache=True, nogil=True)
def tighten(frame, scratch, learned, excess, room):  # type: ignore[no-untyped-def]
    """Count the kinds of shift of which there were too many, or, without room for that, penalise them."""
    newest = learned.max() + 1
    for shift in range(frame.shifts):
        if excess[shift] > 0:
            learned[shift] = newest
    lay_rows(frame, scratch, learned, room)
    forgive_counted(frame, scratch)
    for shift in range(frame.shifts):
        if excess[shift] > 0 and scratch.counted[shift] == 0:
            raised = np.int64(scratch.penalty[shift]) * 3 // 2 + 4 * frame.scale
            scratch.penalty[shift] = min(raised, most_penalty(scratch))


@numba.njit(cache=True, nogil=True)
def best_plan(frame, scratch, roster, employee, first, last, price, learned, penalty, room, best):  # type: ignore[no-untyped-def]
    """Find a plan of least cost for days first to last-1, the other days staying as in the roster.

    The plan goes into `best`. Returns its cost and a bound: no plan costs less. They are equal unless the
    limits on kinds of shift had to be priced. INFINITE for the cost: none was found; for the bound: there is
    none.
    """
    find_limits(frame, scratch, roster, employee, first, last)
    find_ends(frame, scratch, roster, employee, last)
    excess = np.zeros(frame.shifts, dtype=np.int64)
    cost = np.int64(INFINITE)
    bound = np.int64(-INFINITE)
    if not lay_rows(frame, scratch, learned, room):
        return cost, np.int64(INFINITE) if scratch.dims[HIGHEST] < scratch.dims[LOWEST] else bound
    # Where there is all the room penalties begin afresh: one that is not needed costs bound.
    scratch.penalty[:] = np.minimum(penalty, most_penalty(scratch))
    if room >= len(scratch.table):
        scratch.penalty[:] = 0
    forgive_counted(frame, scratch)
    for _ in range(PENALTY_ROUNDS):
        value = relaxed_plan(frame, scratch, employee, first, price)
        if value >= INFINITE:
            return cost, value if cost >= INFINITE else bound
        bound = max(bound, value)
        if not overrun(frame, scratch, excess):
            cost = plan_cost(frame, scratch, employee, first, price)
            best[: last - first] = scratch.plan[: last - first]
            break
        tighten(frame, scratch, learned, excess, room)
    # Let go slowly: a penalty that is not needed any more costs good plans.
    penalty[:] = scratch.penalty.astype(np.int64) * 7 // 8
    return cost, bound


@numba.njit(cache=True, nogil=True)
def plan_many(  # type: ignore[no-untyped-def]
    frame,
    scratch,
    employees,
    roster,
    first,
    last,
    price,
    learned,
    penalty,
    room,
    wanted,
    out,
    cost,
    bound,
    found,
):
    """Plan for several employees: the best plan first, then the best ones that begin otherwise.

    Of each at most `out.shape[1]` plans, those that cost less than `wanted`; `found` says how many.
    """
    days = last - first
    for k in range(len(employees)):
        who = employees[k]
        cost[k, 0], bound[k] = best_plan(
            frame, scratch, roster, who, first, last, price, learned[who], penalty[who], room, out[k, 0]
        )
        if cost[k, 0] < wanted[k]:
            found[k] = 1
            if out.shape[1] > 1:
                found[k] = add_beginnings(frame, scratch, who, first, days, price, wanted[k], out[k], cost[k])


@numba.njit(cache=True, nogil=True)
def add_beginnings(frame, scratch, employee, first, days, price, wanted, out, cost):  # type: ignore[no-untyped-def]
    """Add the best plans that part from the first one on the first day with a choice; return how many plans
    there are then."""
    excess = np.zeros(frame.shifts, dtype=np.int64)
    node = scratch.dims[ROOT]
    cell = np.int64(0)
    found = 1
    for day in range(days):
        choices = 0
        chosen = np.int64(out[0, day])
        for shift in range(-1, frame.shifts):
            value, following, moved = option_value(frame, scratch, employee, first, day, node, cell, shift)
            if value >= INFINITE // 2:
                continue
            choices += 1
            if shift == chosen or found >= len(out):
                continue
            scratch.plan[:day] = out[0, :day]
            scratch.plan[day] = shift
            trace(frame, scratch, employee, first, day + 1, following, moved)
            cost[found] = plan_cost(frame, scratch, employee, first, price)
            if cost[found] < wanted and not overrun(frame, scratch, excess):
                out[found, :days] = scratch.plan[:days]
                found += 1
        if choices > 1:
            break
        _, node, cell = option_value(frame, scratch, employee, first, day, node, cell, chosen)
    return found
