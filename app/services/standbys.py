"""Who stands by: for every slot and service line, at least one in twenty of the seats that are staffed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.clock import BUSINESS_ZONE
from app.queries.columns import Column
from app.services.match_problem import STANDBY_POINTS, Held, LoadedProblem, make_problem
from scheduling.matching.solution import Solution
from scheduling.matching.solver import solve

SEATS_A_STANDBY = 20


def standbys_wanted(loaded: LoadedProblem, planned: Column) -> Column:
    """Return how many further standbys each demand row gets; `planned` are its newly planned seats.

    A slot's service line gets one for each twenty seats begun, less those who stand by already; they belong
    to its projects in proportion to their seats, the largest remainders first.
    """
    wanted = np.zeros(loaded.rows, dtype=np.int64)
    total = loaded.staffed + planned
    slots = np.unique(loaded.slot_ids, return_inverse=True)[1].reshape(-1)
    groups = slots * 16 + loaded.lines
    for group in np.unique(groups).tolist():
        rows = np.flatnonzero(groups == group)
        seats = int(total[rows].sum())
        count = -(-seats // SEATS_A_STANDBY) - int(loaded.standing_by[rows].sum())
        if count <= 0:
            continue
        shares = total[rows] * count
        wanted[rows] = shares // seats
        remainders = np.argsort(-(shares % seats), kind="stable")
        wanted[rows[remainders[: count - int(wanted[rows].sum())]]] += 1
    return wanted


def plan_standbys(
    loaded: LoadedProblem,
    solution: Solution,
    *,
    seconds: float,
    seed: int,
    should_stop: Callable[[], bool],
) -> tuple[Column, Column, int]:
    """Choose standbys among the people whom the plan leaves free, under the same hard rules.

    Returns agents and demand rows, by position, and how many standbys were wanted.
    """
    problem = loaded.problem
    real = solution.demand < loaded.rows
    agents, rows = solution.agent[real], solution.demand[real]
    wanted = standbys_wanted(loaded, np.bincount(rows, minlength=loaded.rows)[: loaded.rows])
    if not wanted.any():
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, 0
    held = Held(
        agent=np.concatenate([loaded.held.agent, agents]),
        start=np.concatenate([loaded.held.start, problem.demand_start[rows]]),
        end=np.concatenate([loaded.held.end, problem.demand_end[rows]]),
    )
    further = make_problem(
        loaded.read,
        origin=problem.origin.replace(tzinfo=BUSINESS_ZONE),
        certified=loaded.certified,
        held=held,
        seats=wanted,
        value=np.full(loaded.rows, STANDBY_POINTS, dtype=np.int64),
    )
    found = solve(further, seconds=seconds, gap=0.005, seed=seed, should_stop=should_stop)
    chosen = found.demand < loaded.rows
    return found.agent[chosen], found.demand[chosen], int(wanted.sum())
