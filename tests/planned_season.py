"""A small season planned and saved as a run would, prices and remedies among it, without a worker."""

from __future__ import annotations

import uuid

from app.models import MatchRun, MatchStatus, PlannedSeat, Shortage
from app.services import match_reasons
from app.services.match_problem import load_problem
from scheduling.matching.solver import solve
from tests.make import NOON
from tests.small_season import SmallSeason


def plan_season(
    season: SmallSeason, *, status: MatchStatus = MatchStatus.PUBLISHED, priced: bool = True
) -> MatchRun:
    """Solve the season and save the run; without `priced`, as runs were saved before prices were kept."""
    loaded = load_problem(season.session, season.event, now=NOON)
    solution = solve(loaded.problem, effort=600)
    report = match_reasons.report_on(loaded, solution)
    run = season.make.match_run(
        event_id=season.event.id,
        status=status,
        seconds=1,
        finished_at=NOON,
        published_at=NOON if status is MatchStatus.PUBLISHED else None,
        value=solution.value,
        bound=solution.bound,
        seats=int(loaded.booked.sum()),
        filled=len(solution.agent),
        report={"advice": match_reasons.advice_of(loaded, report)} if priced else {},
    )
    for agent_id, name in solution.pairs(loaded.problem):
        if not name.startswith("held/"):
            project_id, slot_id = name.split("/")
            season.make.save(
                PlannedSeat(
                    id=uuid.uuid4(),
                    run_id=run.id,
                    agent_id=uuid.UUID(agent_id),
                    project_id=uuid.UUID(project_id),
                    slot_id=uuid.UUID(slot_id),
                )
            )
    for found in report.shortages:
        project_id, slot_id = found.demand_id.split("/")
        remedies = match_reasons.row_remedies(loaded, report, found.demand)
        details = {"certified": found.certified, "available": found.available, "booked": found.seats}
        season.make.save(
            Shortage(
                id=uuid.uuid4(),
                run_id=run.id,
                project_id=uuid.UUID(project_id),
                slot_id=uuid.UUID(slot_id),
                cause=found.cause.value,
                seats=found.seats,
                details=details | ({"remedies": remedies} if priced else {}),
            )
        )
    if priced:
        match_reasons.save_prices(season.session, run.id, loaded, solution)
    season.session.commit()
    return run
