"""A run's report with what would fill its empty seats, its prices kept, and its plan read back for
explanations.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.models import MatchPrice, MatchRun
from app.queries import run_plans
from app.queries.columns import Column, places_of, uuid_of
from app.queries.match_input import LINES
from app.services.copying import as_ids, copy_columns, same_id
from app.services.match_problem import MOST_PRICE_POINTS, SEAT_POINTS, LoadedProblem
from scheduling.matching.explain import POINT
from scheduling.matching.holdings import Holdings
from scheduling.matching.problem import Problem
from scheduling.matching.report import Report, build_report
from scheduling.matching.solution import Solution

ADVICE_KEPT = 200


def save_prices(session: Session, run_id: uuid.UUID, loaded: LoadedProblem, solution: Solution) -> None:
    """Keep the price of every project and slot of a run."""
    copy_columns(
        session,
        MatchPrice,
        {
            "run_id": same_id(run_id, loaded.rows),
            "project_id": as_ids(loaded.project_ids),
            "slot_id": as_ids(loaded.slot_ids),
            "price": solution.scaled_price[: loaded.rows].astype(np.int64),
        },
    )


def report_on(loaded: LoadedProblem, solution: Solution) -> Report:
    """Return the report on a plan. People are trained for whole projects, and only for those that their
    needs and blocks allow.
    """
    projects, group = np.unique(loaded.project_ids, return_inverse=True)
    held = np.full(loaded.problem.rows - loaded.rows, len(projects), dtype=np.int64)
    return build_report(
        loaded.problem,
        solution,
        group_of=np.concatenate([group.reshape(-1), held]),
        may_learn=lambda row: may_learn(loaded, row),
    )


def may_learn(loaded: LoadedProblem, row: int) -> Column:
    """Say by agent who could be certified for a row's project: needs and blocks allow it, and their own
    shifts keep their limits.
    """
    allowed: Column = fits_needs(loaded, row)
    if row < loaded.rows:
        blocks, agents = loaded.read.blocks, loaded.read.agents["id"]
        with_merchant = blocks["merchant_id"] == loaded.read.demand["merchant_id"][row]
        blocked = places_of(blocks["agent_id"][with_merchant], agents)
        allowed[blocked[blocked >= 0]] = False
    if loaded.frozen:
        live = places_of(loaded.read.live["agent_id"], loaded.read.agents["id"])
        allowed[np.setdiff1d(live[live >= 0], loaded.held.agent)] = False
    return allowed


def fits_needs(loaded: LoadedProblem, row: int) -> Column:
    """Say by agent whether a row's project asks for no more than their needs allow."""
    agents, demand = loaded.read.agents, loaded.read.demand
    if LINES[int(demand["line"][row])].is_voice:
        fits: Column = agents["text_only"] == 0
    else:
        fits = agents["max_concurrent"] >= demand["concurrent_chats"][row]
    return fits


def row_remedies(loaded: LoadedProblem, report: Report, row: int) -> dict[str, Any]:
    """Return what would fill the empty seats of a row, as plain values, with `most_raise`: by how many points
    a higher price could still count.
    """
    most = SEAT_POINTS + MOST_PRICE_POINTS - int(loaded.problem.demand_value[row])
    return {**dataclasses.asdict(report.remedies.rows[row]), "most_raise": most}


def advice_of(loaded: LoadedProblem, report: Report) -> dict[str, Any]:
    """Return what would fill the empty seats of the whole run, best first, as plain values."""
    advice = []
    for remedy in report.remedies.advice[:ADVICE_KEPT]:
        row = remedy.pairs[0][1]
        seats = Counter(str(uuid_of(loaded.slot_ids[other])) for _, other in remedy.pairs)
        advice.append(
            {
                "kind": remedy.kind.value,
                "project_id": str(uuid_of(loaded.project_ids[row])),
                "people": remedy.people,
                "fills": remedy.fills,
                "seats": dict(seats),
            }
        )
    return {"fills": report.remedies.fills, "steps": advice}


def read_holdings(
    session: Session, run: MatchRun, loaded: LoadedProblem, *, project_ids: Sequence[uuid.UUID]
) -> tuple[Holdings, bool]:
    """Return what the run planned for the loaded people beside the time they hold, and whether the run's
    prices are known. Three statements.
    """
    problem = loaded.problem
    people = [uuid_of(raw) for raw in loaded.agent_ids]
    planned = run_plans.read_seats(session, run.id, agent_ids=people, project_ids=project_ids)
    seats = _rows_of(loaded, planned)
    agent = np.concatenate([places_of(planned["agent_id"], loaded.agent_ids)[seats >= 0], problem.pin_agent])
    demand = np.concatenate([seats[seats >= 0], problem.pin_demand])
    order = np.lexsort((agent, demand))
    prices = run_plans.read_prices(session, run.id, project_ids=project_ids)
    priced = _rows_of(loaded, prices)
    price = np.zeros(problem.rows, dtype=np.int64)
    price[priced[priced >= 0]] = prices["price"][priced >= 0]
    # Pins are never on real rows; whoever sits there by the plan is counted, loaded or not.
    filled = np.bincount(problem.pin_demand, minlength=problem.rows).astype(np.int64)
    counts = run_plans.read_planned(session, run.id, project_ids=project_ids)
    counted = _rows_of(loaded, counts)
    filled[counted[counted >= 0]] = counts["people"][counted >= 0]
    solution = Solution(
        agent=agent[order],
        demand=demand[order],
        price=price // POINT,
        scaled_price=price,
        value=run.value or 0,
        bound=run.bound or 0,
        seats=problem.seats,
        filled=len(agent),
        sweeps=0,
        chains=0,
        seconds={},
        stopped_early=False,
    )
    return Holdings.of(problem, solution, unfit=_unfit(loaded, problem), filled=filled), len(priced) > 0


def _rows_of(loaded: LoadedProblem, cells: dict[str, Column]) -> Column:
    """Return the demand row of each project and slot; -1 where the problem has none."""
    if not loaded.rows:
        return np.full(len(cells["slot_id"]), -1, dtype=np.int64)
    projects, slots = np.unique(loaded.project_ids), np.unique(loaded.slot_ids)
    keys = places_of(loaded.project_ids, projects) * len(slots) + places_of(loaded.slot_ids, slots)
    project, slot = places_of(cells["project_id"], projects), places_of(cells["slot_id"], slots)
    order = np.argsort(keys)
    found = places_of(project * len(slots) + slot, keys[order])
    rows: Column = np.where((project >= 0) & (slot >= 0) & (found >= 0), order[found], -1)
    return rows


def _unfit(loaded: LoadedProblem, problem: Problem) -> frozenset[tuple[int, int]]:
    """Return the pairs of agent and part of a project that needs rule out."""
    parts, first = np.unique(problem.demand_project[: loaded.rows], return_index=True)
    return frozenset(
        (agent, part)
        for part, row in zip(parts.tolist(), first.tolist(), strict=True)
        for agent in np.flatnonzero(~fits_needs(loaded, row)).tolist()
    )
