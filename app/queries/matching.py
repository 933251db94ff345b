"""Runs of the matcher, their plans and their shortages."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import Assignment, MatchRun, MatchStatus, PeakEvent, PlannedSeat, Project, ShiftSlot, Shortage


def find_season(session: Session) -> PeakEvent | None:
    """Return the season that is worked on: the one that begins last."""
    return session.scalars(
        select(PeakEvent).order_by(PeakEvent.starts_on.desc(), PeakEvent.id).limit(1)
    ).one_or_none()


def get_run(session: Session, run_id: uuid.UUID) -> MatchRun:
    """Return a run with its season, as it stands in the database now."""
    run = session.scalar(
        select(MatchRun)
        .where(MatchRun.id == run_id)
        .options(joinedload(MatchRun.event))
        .execution_options(populate_existing=True)
    )
    if run is None:
        raise NotFoundError(f"match run {run_id}")
    return run


def find_latest_run(session: Session, event_id: uuid.UUID) -> MatchRun | None:
    """Return a season's newest run."""
    return session.scalar(
        select(MatchRun).where(MatchRun.event_id == event_id).order_by(MatchRun.number.desc()).limit(1)
    )


def find_run_with_plan(session: Session, event_id: uuid.UUID) -> MatchRun | None:
    """Return the newest run of a season that has a plan, published or not."""
    with_plan = (
        MatchStatus.DONE,
        MatchStatus.PUBLISHING,
        MatchStatus.PUBLISHED,
    )
    return session.scalar(
        select(MatchRun)
        .where(MatchRun.event_id == event_id, MatchRun.status.in_(with_plan))
        .order_by(MatchRun.number.desc())
        .limit(1)
    )


def list_runs(session: Session, event_id: uuid.UUID, *, limit: int = 10) -> Sequence[MatchRun]:
    """Return a season's newest runs, newest first."""
    return session.scalars(
        select(MatchRun).where(MatchRun.event_id == event_id).order_by(MatchRun.number.desc()).limit(limit)
    ).all()


def list_shortages(session: Session, run_id: uuid.UUID, *, limit: int | None = None) -> Sequence[Shortage]:
    """Return a run's shortages with project, merchant and slot, most seats first."""
    return session.scalars(
        select(Shortage)
        .join(ShiftSlot, ShiftSlot.id == Shortage.slot_id)
        .where(Shortage.run_id == run_id)
        .options(
            joinedload(Shortage.project).joinedload(Project.merchant),
            joinedload(Shortage.slot),
        )
        .order_by(Shortage.seats.desc(), ShiftSlot.starts_at, Shortage.project_id, Shortage.id)
        .limit(limit)
    ).all()


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlanSize:
    """What publishing a plan would do: seats offered, standbys, and how many people are told."""

    seats: int
    standbys: int
    people: int


def count_unpublished(session: Session, run_id: uuid.UUID) -> PlanSize:
    """Return the size of what a run planned and nobody was offered yet."""
    offered = exists().where(Assignment.id == PlannedSeat.id)
    row = session.execute(
        select(
            func.count().filter(PlannedSeat.is_standby.is_(False)),
            func.count().filter(PlannedSeat.is_standby.is_(True)),
            func.count(PlannedSeat.agent_id.distinct()),
        ).where(PlannedSeat.run_id == run_id, ~offered)
    ).one()
    return PlanSize(seats=row[0], standbys=row[1], people=row[2])


def list_planned_agents(
    session: Session, run_id: uuid.UUID, *, project_id: uuid.UUID, slot_id: uuid.UUID
) -> Sequence[uuid.UUID]:
    """Return the agents whom a run planned into a project's seats in a slot."""
    return session.scalars(
        select(PlannedSeat.agent_id)
        .where(
            PlannedSeat.run_id == run_id,
            PlannedSeat.project_id == project_id,
            PlannedSeat.slot_id == slot_id,
            PlannedSeat.is_standby.is_(False),
        )
        .order_by(PlannedSeat.agent_id)
    ).all()
