"""Reads of assignments: an agent's offers and shifts, and the people of a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import (
    LIVE_STATUSES,
    Agent,
    Assignment,
    AssignmentStatus,
    Project,
    User,
)


def get_assignment(session: Session, assignment_id: uuid.UUID, *, agent_id: uuid.UUID) -> Assignment:
    """Return an assignment of this agent with its project and merchant; another's is not found."""
    assignment = session.scalar(
        select(Assignment)
        .where(Assignment.id == assignment_id, Assignment.agent_id == agent_id)
        .options(joinedload(Assignment.project).joinedload(Project.merchant))
    )
    if assignment is None:
        raise NotFoundError(f"assignment {assignment_id}")
    return assignment


def list_offers(session: Session, *, agent_id: uuid.UUID, now: dt.datetime) -> Sequence[Assignment]:
    """Return the offers that an agent can still answer, the soonest deadline first."""
    return session.scalars(
        select(Assignment)
        .where(
            Assignment.agent_id == agent_id,
            Assignment.status == AssignmentStatus.OFFERED,
            Assignment.respond_by > now,
        )
        .options(joinedload(Assignment.project).joinedload(Project.merchant))
        .order_by(Assignment.respond_by, Assignment.starts_at, Assignment.id)
    ).all()


def list_shifts(
    session: Session, *, agent_id: uuid.UUID, since: dt.datetime, until: dt.datetime
) -> Sequence[Assignment]:
    """Return an agent's live shifts and offers that overlap a stretch of time, in order of start."""
    return session.scalars(
        select(Assignment)
        .where(
            Assignment.agent_id == agent_id,
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.ends_at > since,
            Assignment.starts_at < until,
        )
        .options(joinedload(Assignment.project).joinedload(Project.merchant))
        .order_by(Assignment.starts_at, Assignment.id)
    ).all()


def find_next_shift(session: Session, *, agent_id: uuid.UUID, now: dt.datetime) -> Assignment | None:
    """Return the accepted or running shift that ends next."""
    return session.scalar(
        select(Assignment)
        .where(
            Assignment.agent_id == agent_id,
            Assignment.status.in_(
                (AssignmentStatus.ACCEPTED, AssignmentStatus.PRESENT, AssignmentStatus.MISSING)
            ),
            Assignment.ends_at > now,
        )
        .options(joinedload(Assignment.project).joinedload(Project.merchant))
        .order_by(Assignment.starts_at, Assignment.id)
        .limit(1)
    )


def list_slot_people(session: Session, *, slot_id: uuid.UUID) -> Sequence[Assignment]:
    """Return everybody who has a live place in a slot, with person and project: missing people first."""
    return session.scalars(
        select(Assignment)
        .join(Project, Project.id == Assignment.project_id)
        .where(Assignment.slot_id == slot_id, Assignment.status.in_(LIVE_STATUSES))
        .options(
            joinedload(Assignment.project).joinedload(Project.merchant),
            joinedload(Assignment.agent).joinedload(Agent.user),
        )
        .order_by(
            (Assignment.status != AssignmentStatus.MISSING), Project.name, Assignment.kind, Assignment.id
        )
    ).all()


def list_calendar(session: Session, *, token: str, since: dt.datetime) -> tuple[User, Sequence[Assignment]]:
    """Return the owner of a calendar feed and their accepted shifts from `since` on.

    Raises NotFoundError for an unknown token.
    """
    row = session.execute(
        select(Agent.id, User).join(User, User.id == Agent.user_id).where(Agent.calendar_token == token)
    ).one_or_none()
    if row is None:
        raise NotFoundError("calendar")
    shifts = session.scalars(
        select(Assignment)
        .where(
            Assignment.agent_id == row.id,
            Assignment.status.in_(
                (AssignmentStatus.ACCEPTED, AssignmentStatus.PRESENT, AssignmentStatus.DONE)
            ),
            Assignment.ends_at > since,
        )
        .options(joinedload(Assignment.project).joinedload(Project.merchant))
        .order_by(Assignment.starts_at, Assignment.id)
    ).all()
    return row.User, shifts
