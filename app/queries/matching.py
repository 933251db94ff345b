"""Runs of the matcher, their plans and their shortages."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import (
    Assignment,
    MatchRun,
    MatchStatus,
    PeakEvent,
    PlannedSeat,
    Project,
    ServiceLine,
    ShiftSlot,
    Shortage,
)


def find_last_season(session: Session) -> PeakEvent | None:
    """Return the season that begins last."""
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


def list_shortages(
    session: Session,
    run_id: uuid.UUID,
    *,
    line: ServiceLine | None = None,
    slot_id: uuid.UUID | None = None,
    limit: int | None = None,
) -> Sequence[Shortage]:
    """Return a run's shortages with project, merchant and slot, most seats first."""
    statement = (
        select(Shortage)
        .join(ShiftSlot, ShiftSlot.id == Shortage.slot_id)
        .join(Project, Project.id == Shortage.project_id)
        .where(Shortage.run_id == run_id)
        .options(
            joinedload(Shortage.project).joinedload(Project.merchant),
            joinedload(Shortage.slot),
        )
        .order_by(Shortage.seats.desc(), ShiftSlot.starts_at, Shortage.project_id, Shortage.id)
        .limit(limit)
    )
    if line is not None:
        statement = statement.where(Project.service_line == line)
    if slot_id is not None:
        statement = statement.where(Shortage.slot_id == slot_id)
    return session.scalars(statement).all()


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShortSlot:
    """Empty seats of one slot with one cause, in so many projects; `largest` is the worst of them."""

    seats: int
    projects: int
    largest: Shortage


def list_short_slots(
    session: Session, run_id: uuid.UUID, *, line: ServiceLine | None = None, limit: int = 20
) -> Sequence[ShortSlot]:
    """Return where a run leaves seats empty, by slot and cause, most seats first; two statements."""
    seats = func.sum(Shortage.seats)
    largest = func.array_agg(aggregate_order_by(Shortage.id, Shortage.seats.desc(), Shortage.id))
    statement = (
        select(seats.label("seats"), func.count().label("projects"), largest.label("ids"))
        .join(ShiftSlot, ShiftSlot.id == Shortage.slot_id)
        .join(Project, Project.id == Shortage.project_id)
        .where(Shortage.run_id == run_id)
        .group_by(ShiftSlot.id, Shortage.cause)
        .order_by(seats.desc(), ShiftSlot.starts_at, Shortage.cause)
        .limit(limit)
    )
    if line is not None:
        statement = statement.where(Project.service_line == line)
    groups = session.execute(statement).all()
    found = session.scalars(
        select(Shortage)
        .where(Shortage.id.in_([group.ids[0] for group in groups]))
        .options(joinedload(Shortage.project).joinedload(Project.merchant), joinedload(Shortage.slot))
    )
    by_id = {shortage.id: shortage for shortage in found}
    return [
        ShortSlot(seats=int(group.seats), projects=group.projects, largest=by_id[group.ids[0]])
        for group in groups
    ]


def count_short_seats(session: Session, run_id: uuid.UUID) -> Sequence[tuple[str, int, int]]:
    """Return for each cause how many seats it leaves empty and in how many places, most seats first."""
    rows = session.execute(
        select(Shortage.cause, func.sum(Shortage.seats).label("seats"), func.count().label("places"))
        .where(Shortage.run_id == run_id)
        .group_by(Shortage.cause)
        .order_by(func.sum(Shortage.seats).desc(), Shortage.cause)
    )
    return [(row.cause, int(row.seats), row.places) for row in rows]


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


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlannedGroup:
    """The seats that a run planned for one project in one slot."""

    project_id: uuid.UUID
    project: str
    slot_id: uuid.UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    seats: int


def list_fullest_seats(session: Session, run_id: uuid.UUID, *, limit: int = 12) -> Sequence[PlannedGroup]:
    """Return the largest groups of seats that a run planned, for whoever wants to see how it chose."""
    seats = func.count()
    rows = session.execute(
        select(
            Project.id.label("project_id"),
            Project.name.label("project"),
            ShiftSlot.id.label("slot_id"),
            ShiftSlot.starts_at,
            ShiftSlot.ends_at,
            seats.label("seats"),
        )
        .select_from(PlannedSeat)
        .join(Project, Project.id == PlannedSeat.project_id)
        .join(ShiftSlot, ShiftSlot.id == PlannedSeat.slot_id)
        .where(PlannedSeat.run_id == run_id, PlannedSeat.is_standby.is_(False))
        .group_by(Project.id, ShiftSlot.id)
        .order_by(seats.desc(), ShiftSlot.starts_at, Project.id)
        .limit(limit)
    )
    return [PlannedGroup(**row._mapping) for row in rows]
