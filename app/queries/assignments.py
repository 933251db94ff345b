"""Reads of assignments: an agent's offers and shifts, and the people of a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app import attendance_rules
from app.errors import NotFoundError
from app.models import (
    LIVE_STATUSES,
    Agent,
    Assignment,
    AssignmentStatus,
    Project,
    User,
)
from app.queries.match_input import is_working_agent


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
    """Return the accepted or running shift, or standby, that ends next.

    One marked missing is still it for as long as a check-in could be taken.
    """
    last_check_in = func.greatest(
        Assignment.starts_at + attendance_rules.CHECK_IN_CLOSES,
        Assignment.called_at + attendance_rules.TIME_TO_COME,
        Assignment.responded_at + attendance_rules.TIME_TO_COME,
    )
    return session.scalar(
        select(Assignment)
        .where(
            Assignment.agent_id == agent_id,
            or_(
                Assignment.status.in_((AssignmentStatus.ACCEPTED, AssignmentStatus.PRESENT)),
                and_(Assignment.status == AssignmentStatus.MISSING, last_check_in >= now),
            ),
            Assignment.ends_at > now,
        )
        .options(joinedload(Assignment.project).joinedload(Project.merchant))
        .order_by(Assignment.starts_at, Assignment.id)
        .limit(1)
    )


def list_calendar(session: Session, *, token: str, since: dt.datetime) -> tuple[User, Sequence[Assignment]]:
    """Return the owner of a calendar feed and, from `since` on, what they said yes to.

    Shifts given up are among them: a calendar that knows them has to strike them out. Raises NotFoundError
    for an unknown token.
    """
    row = session.execute(
        select(Agent.id, User)
        .join(User, User.id == Agent.user_id)
        .where(Agent.calendar_token == token, is_working_agent())
    ).one_or_none()
    if row is None:
        raise NotFoundError("calendar")
    shifts = session.scalars(
        select(Assignment)
        .where(
            Assignment.agent_id == row.id,
            Assignment.status.in_(
                (
                    AssignmentStatus.ACCEPTED,
                    AssignmentStatus.PRESENT,
                    AssignmentStatus.DONE,
                    AssignmentStatus.RELEASED,
                )
            ),
            Assignment.ends_at > since,
        )
        .options(joinedload(Assignment.project).joinedload(Project.merchant))
        .order_by(Assignment.starts_at, Assignment.id)
    ).all()
    return row.User, shifts
