"""Everybody's hours in a run: offered, workable under their own limits, given."""

from __future__ import annotations

import uuid

import numpy as np
from sqlalchemy.orm import Session

from app.models import AgentHours
from app.services.copying import as_ids, copy_columns, same_id
from app.services.match_problem import LoadedProblem, minutes_held
from scheduling.matching.fairness import Minutes, expected_minutes, wished_minutes, workable_minutes
from scheduling.matching.solution import Solution


def count_hours(loaded: LoadedProblem, solution: Solution) -> Minutes:
    """Count the minutes of everybody in a run, from its moment to the season's end.

    Given are the live shifts that the run kept and the seats it filled; standing by is not a given hour.
    Somebody whose live shifts break limits written down later keeps them, and so may hold more than is
    workable.
    """
    problem, season = loaded.problem, np.arange(loaded.rows)
    given = np.zeros(problem.agents, dtype=np.int64)
    if loaded.rows:
        real = solution.demand < loaded.rows
        agents, rows = solution.agent[real], solution.demand[real]
        np.add.at(given, agents, problem.demand_end[rows] - problem.demand_start[rows])
        starts, ends = problem.demand_start[season], problem.demand_end[season]
        given += minutes_held(loaded, first=int(starts.min()), last=int(ends.max()))
    return Minutes(
        wished=wished_minutes(problem, season),
        workable=workable_minutes(problem, season),
        given=given,
        expected=expected_minutes(problem, given, season, loaded.booked),
    )


def save_hours(session: Session, run_id: uuid.UUID, loaded: LoadedProblem, minutes: Minutes) -> None:
    """Keep the minutes of everybody who offered time or has shifts."""
    kept = np.flatnonzero((minutes.wished > 0) | (minutes.given > 0))
    copy_columns(
        session,
        AgentHours,
        {
            "run_id": same_id(run_id, len(kept)),
            "agent_id": as_ids(loaded.agent_ids[kept]),
            "wished_minutes": minutes.wished[kept].astype(np.int32),
            "workable_minutes": minutes.workable[kept].astype(np.int32),
            "given_minutes": minutes.given[kept].astype(np.int32),
            "expected_minutes": minutes.expected[kept].astype(np.int32),
        },
    )
