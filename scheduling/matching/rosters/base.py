"""The first roster: each employee in turn plans best at what the shifts still missing are worth.

A horizon whose tables would not fit into memory is planned in parts, each with its share of the limits.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from scheduling.matching.rosters.alone import alone, lengths, searched_plan
from scheduling.matching.rosters.frame import BARRED, INFINITE, Frame
from scheduling.matching.rosters.instance import OFF, UNSET, Instance, Ints, Roster
from scheduling.matching.rosters.planner import Care, Planner
from scheduling.matching.rosters.search import Deadline

DAYS_A_WEEK = 7
PASSES = 3
ANY = 1 << 28
RATIONINGS = 30
FIRST_CELLS = 10_000_000
"""Cells of a table up to which a first plan is made in one part."""
ROUGH_CELLS = 120_000_000
MOST_LENGTHS = 3
RATION_DAYS = 4
"""Days in a row on which a rationed kind of shift is allowed."""


class NoPlanError(ValueError):
    """An employee has no plan that keeps all the rules."""

    def __init__(self, employee_id: str, *, certain: bool = True) -> None:
        what = "no plan keeps" if certain else "no plan was found that keeps"
        super().__init__(f"employee {employee_id}: {what} all the rules; loosen one of them")
        self.employee_id = employee_id


def part_days(planner: Planner, cells: int | None = None) -> int:
    """Return into parts of how many days the horizon is cut so that no table has more than so many cells."""
    days = planner.frame.days
    cells = planner.cells if cells is None else cells
    while days > DAYS_A_WEEK and any(
        planner.table_cells(employee, days) > cells for employee in range(planner.instance.employees)
    ):
        days = -(-days // 2 // DAYS_A_WEEK) * DAYS_A_WEEK
    return days


def first_roster(planner: Planner, deadline: Deadline) -> Roster:
    """Return a roster that keeps every rule. Raises NoPlanError when somebody has no plan at all.

    The deadline ends the improving passes only: without a plan for everybody there is no answer.
    """
    instance = planner.instance
    roster = np.full((instance.employees, instance.days), UNSET, dtype=np.int16)
    load = np.zeros((instance.days, instance.shifts), dtype=np.int64)
    days = part_days(planner, min(FIRST_CELLS, planner.cells))
    for repeat in range(PASSES if days >= instance.days else 1):
        for employee in range(instance.employees):
            if repeat and deadline.left <= 0.0:
                return roster
            _count(load, roster[employee], -1)
            roster[employee] = _plan_alone(planner, roster, employee, load, days)
            _count(load, roster[employee], 1)
    return roster


def _plan_alone(planner: Planner, roster: Roster, employee: int, load: Ints, days: int) -> np.ndarray:
    """Plan one employee at what the shifts missing from `load` are worth, in parts of so many days."""
    instance = planner.instance
    worth = np.where(load < instance.need, instance.under, -instance.over)
    price = (worth * planner.frame.scale).astype(np.int32)
    before = roster[employee].copy()
    plan = plan_in_parts(planner, roster, employee, price, days)
    if plan is not None:
        return plan
    return any_plan(planner, employee, price, days) if before[0] == UNSET else before


def any_plan(planner: Planner, employee: int, price: np.ndarray, days: int) -> np.ndarray:
    """Return some plan that keeps every rule, by ever dearer means. Raises NoPlanError when there is none."""
    instance = planner.instance
    roster = np.full((instance.employees, instance.days), UNSET, dtype=np.int16)
    longest = part_days(planner)
    if longest >= instance.days:
        found = planner.plan(
            roster,
            np.array([employee]),
            0,
            instance.days,
            np.zeros_like(price),
            np.full(1, ANY, dtype=np.int64),
            care=Care.EXACT,
            most=1,
            thread=0,
        )
        if found.found[0]:
            return np.asarray(found.plans[0, 0])
        if found.bound[0] >= INFINITE:
            raise NoPlanError(instance.employee_ids[employee])
    elif longest > days and (plan := plan_in_parts(planner, roster, employee, price, longest)) is not None:
        return plan
    if (plan := rough_plan(instance, employee, price)) is not None:
        return plan
    plan, certain = searched_plan(instance, employee)
    if plan is None:
        raise NoPlanError(instance.employee_ids[employee], certain=certain)
    return plan


def rough_plan(instance: Instance, employee: int, price: np.ndarray) -> np.ndarray | None:
    """Return a plan of shifts of one length only; None if no length will do."""
    for chosen in lengths(instance, employee)[:MOST_LENGTHS]:
        only = alone(instance, employee, chosen)
        with Planner(only, threads=1, cells=ROUGH_CELLS) as planner:
            found = planner.plan(
                np.full((1, instance.days), UNSET, dtype=np.int16),
                np.zeros(1, dtype=np.int64),
                0,
                instance.days,
                np.ascontiguousarray(price[:, chosen]),
                np.full(1, ANY, dtype=np.int64),
                care=Care.EXACT,
                most=1,
                thread=0,
            )
        if found.found[0]:
            return np.asarray(np.append(chosen, OFF)[found.plans[0, 0]], dtype=np.int16)
    return None


def plan_in_parts(
    planner: Planner, roster: Roster, employee: int, price: np.ndarray, days: int
) -> np.ndarray | None:
    """Return a plan made part after part, or None. The employee's line of the roster is written over."""
    for eager in (False, True) if days < planner.instance.days else (False,):
        roster[employee] = UNSET
        if _plan_parts(planner, roster, employee, price, days, eager=eager):
            return np.array(roster[employee])
    return None


def _plan_parts(
    planner: Planner, roster: Roster, employee: int, price: np.ndarray, days: int, *, eager: bool
) -> bool:
    """Plan part after part; say whether all went well. `eager` keeps nothing of the limits for later."""
    instance = planner.instance
    wanted = np.full(1, ANY, dtype=np.int64)
    who = np.array([employee])
    for first in range(0, instance.days, days):
        last = min(instance.days, first + days)
        frames = share_limits(planner.frame, last / instance.days, eager=eager)
        for frame, care in product(frames, (Care.CAREFUL, Care.EXACT)):
            found = planner.plan(
                roster, who, first, last, price, wanted, care=care, most=1, thread=0, frame=frame
            )
            if found.found[0]:
                roster[employee, first:last] = found.plans[0, 0]
                break
        else:
            plan = _ration(planner, roster, employee, first, last, price, frames[-1])
            if plan is None:
                return False
            roster[employee, first:last] = plan
    return True


def _ration(
    planner: Planner,
    roster: Roster,
    employee: int,
    first: int,
    last: int,
    price: np.ndarray,
    frame: Frame,
) -> np.ndarray | None:
    """Plan with each scarce kind of shift allowed on no more days than it may be worked; None if that fails.

    A last resort where there is no room to count kinds of shift and no penalty keeps their limits.
    """
    chance = np.random.default_rng(employee)
    wanted = np.full(1, ANY, dtype=np.int64)
    worked = roster[employee][roster[employee] >= 0]
    left = frame.max_shifts[employee] - np.bincount(worked, minlength=frame.shifts)
    for _ in range(RATIONINGS):
        cost = frame.cost.copy()
        for shift in np.flatnonzero((left > 0) & (left < last - first)):
            blocks = chance.permutation(np.arange(first, last, RATION_DAYS))
            days = (blocks[:, None] + np.arange(RATION_DAYS)).ravel()
            days = days[days < last][: left[shift]]
            others = np.setdiff1d(np.arange(first, last), days)
            cost[employee, others, shift] = BARRED
        found = planner.plan(
            roster,
            np.array([employee]),
            first,
            last,
            price,
            wanted,
            care=Care.QUICK,
            most=1,
            thread=0,
            frame=frame._replace(cost=cost),
        )
        if found.found[0]:
            return np.asarray(found.plans[0, 0])
    return None


def share_limits(frame: Frame, share: float, *, eager: bool) -> list[Frame]:
    """Return the frame with its limits in proportion, tightest first."""
    if share >= 1.0:
        return [frame]
    upper = 1.0 if eager else share
    tight = frame._replace(
        max_units=np.floor(frame.max_units * upper).astype(np.int64),
        min_units=np.floor(frame.min_units * share).astype(np.int64),
        max_weekends=np.floor(frame.max_weekends * upper).astype(np.int64),
        max_shifts=np.where(
            frame.max_shifts > 0, np.maximum(1, np.floor(frame.max_shifts * upper)), 0
        ).astype(np.int64),
    )
    return [tight, tight._replace(min_units=np.zeros_like(frame.min_units))]


def _count(load: Ints, plan: np.ndarray, change: int) -> None:
    """Add or take away one employee's shifts."""
    days = np.flatnonzero(plan >= 0)
    np.add.at(load, (days, plan[days]), change)
