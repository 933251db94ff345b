"""Reads of when agents can work."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, joinedload

from app.models import Assignment, AssignmentStatus, Availability, ShiftSlot


def list_slots(session: Session, event_id: uuid.UUID) -> Sequence[ShiftSlot]:
    """Return the shift slots of a season in order of time."""
    return session.scalars(
        select(ShiftSlot).where(ShiftSlot.event_id == event_id).order_by(ShiftSlot.starts_at, ShiftSlot.id)
    ).all()


def list_windows(
    session: Session, agent_id: uuid.UUID, *, starts_at: dt.datetime, ends_at: dt.datetime
) -> Sequence[Availability]:
    """Return the agent's windows that overlap or touch the stretch, in order of time."""
    return session.scalars(
        select(Availability)
        .where(
            Availability.agent_id == agent_id,
            Availability.starts_at <= ends_at,
            Availability.ends_at >= starts_at,
        )
        .order_by(Availability.starts_at, Availability.id)
    ).all()


def count_free_slots(session: Session, agent_id: uuid.UUID, *, now: dt.datetime) -> int:
    """Return how many slots to come the agent's availability covers from start to end."""
    free = (
        select(ShiftSlot.id)
        .join(
            Availability,
            and_(Availability.starts_at < ShiftSlot.ends_at, Availability.ends_at > ShiftSlot.starts_at),
        )
        .where(Availability.agent_id == agent_id, ShiftSlot.starts_at > now)
        .group_by(ShiftSlot.id)
        .having(
            func.sum(
                func.least(Availability.ends_at, ShiftSlot.ends_at)
                - func.greatest(Availability.starts_at, ShiftSlot.starts_at)
            )
            >= ShiftSlot.ends_at - ShiftSlot.starts_at
        )
        .subquery()
    )
    return session.scalars(select(func.count()).select_from(free)).one()


def list_shifts_outside(session: Session, agent_id: uuid.UUID, *, now: dt.datetime) -> Sequence[Assignment]:
    """Return the agent's accepted shifts to come that their availability no longer covers, with projects.

    A shift may lie across several windows that touch: what counts is covered time, not one row.
    """
    covered = (
        select(
            func.coalesce(
                func.sum(
                    func.least(Availability.ends_at, Assignment.ends_at)
                    - func.greatest(Availability.starts_at, Assignment.starts_at)
                ),
                dt.timedelta(0),
            )
        )
        .where(
            Availability.agent_id == Assignment.agent_id,
            Availability.starts_at < Assignment.ends_at,
            Availability.ends_at > Assignment.starts_at,
        )
        .scalar_subquery()
    )
    return session.scalars(
        select(Assignment)
        .where(
            Assignment.agent_id == agent_id,
            Assignment.status == AssignmentStatus.ACCEPTED,
            Assignment.starts_at > now,
            covered < Assignment.ends_at - Assignment.starts_at,
        )
        .options(joinedload(Assignment.project))
        .order_by(Assignment.starts_at, Assignment.id)
    ).all()
