"""Standbys let go must not leave others alone: a person's days in a row and days off hold for them too."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from app.queries.columns import Column
from app.services.match_pins import Held
from app.services.time_rules import runs_of
from scheduling.matching.problem import MINUTES_PER_DAY, Problem


def keep_whole_runs(problem: Problem, held: Held, agent: Column, row: Column, taken: Column) -> Column:
    """Return which of the standbys taken stay: all of a person's, or none where those that were let go leave
    days that they do not want.

    `agent` and `row` say who was found for what, `taken` whether each was taken; `held` is the time that the
    people had before.
    """
    asked = (problem.min_consecutive_days > 1) | (problem.min_days_off > 1)
    days = problem.demand_start[row] // MINUTES_PER_DAY
    out = []
    for one in np.unique(agent[taken][asked[agent[taken]]]).tolist():
        stays = set((held.start[held.agent == one] // MINUTES_PER_DAY).tolist())
        new = days[taken][agent[taken] == one].tolist()
        if not _is_whole(problem, one, stays, new):
            out.append(one)
    kept: Column = taken & ~np.isin(agent, out)
    return kept


def _is_whole(problem: Problem, agent: int, stays: set[int], new: Iterable[int]) -> bool:
    runs = runs_of({*stays, *new})
    excused = {*stays, problem.first_day, problem.last_day}
    is_long = all(
        len(run) >= problem.min_consecutive_days[agent] or not excused.isdisjoint(run) for run in runs
    )
    is_apart = all(
        after[0] - before[-1] - 1 >= problem.min_days_off[agent] or {before[-1], after[0]} <= stays
        for before, after in pairwise(runs)
    )
    return is_long and is_apart
