"""Reads of what an agent has earned: finished shifts, and the days that pay more."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import case, select
from sqlalchemy.orm import Session, joinedload

from app.models import Assignment, AssignmentStatus, PeakEvent, Project, SeasonPhase


def find_pay_season(session: Session, *, today: dt.date) -> PeakEvent | None:
    """Return the season whose money is of interest: the last that has begun, else the first to come."""
    begun = PeakEvent.starts_on <= today
    return session.scalar(
        select(PeakEvent)
        .order_by(
            begun.desc(),
            case((begun, PeakEvent.starts_on)).desc(),
            PeakEvent.starts_on,
            PeakEvent.id,
        )
        .limit(1)
    )


def list_paid_shifts(session: Session, *, agent_id: uuid.UUID, event_id: uuid.UUID) -> Sequence[Assignment]:
    """Return a person's finished shifts and standbys of a season with their projects, in order of time."""
    return session.scalars(
        select(Assignment)
        .where(
            Assignment.agent_id == agent_id,
            Assignment.event_id == event_id,
            Assignment.status == AssignmentStatus.DONE,
        )
        .options(joinedload(Assignment.project).joinedload(Project.merchant))
        .order_by(Assignment.starts_at, Assignment.id)
    ).all()


def list_phases(session: Session, event_ids: Collection[uuid.UUID]) -> Sequence[SeasonPhase]:
    """Return the phases of these seasons in order of time."""
    return session.scalars(
        select(SeasonPhase)
        .where(SeasonPhase.event_id.in_(list(event_ids)))
        .order_by(SeasonPhase.starts_on, SeasonPhase.id)
    ).all()
