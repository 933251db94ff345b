"""Reads of identity checks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import Agent, IdentityCheck, IdentityStatus, User


def find_last_check(session: Session, agent_id: uuid.UUID) -> IdentityCheck | None:
    """Return the agent's newest check, or None."""
    return session.scalars(
        select(IdentityCheck)
        .where(IdentityCheck.agent_id == agent_id)
        .order_by(IdentityCheck.submitted_at.desc(), IdentityCheck.id)
        .limit(1)
    ).one_or_none()


def get_check(session: Session, check_id: uuid.UUID) -> tuple[IdentityCheck, str]:
    """Return any check with the name of the person's account: for operations."""
    row = session.execute(
        select(IdentityCheck, User.name)
        .join(Agent, Agent.id == IdentityCheck.agent_id)
        .join(User, User.id == Agent.user_id)
        .where(IdentityCheck.id == check_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"identity check {check_id}")
    return row[0], row[1]


def list_waiting(session: Session, *, offset: int, limit: int) -> Sequence[tuple[IdentityCheck, str]]:
    """Return a page of the checks that wait, with the names of the accounts, the longest waiting first."""
    rows = session.execute(
        select(IdentityCheck, User.name)
        .join(Agent, Agent.id == IdentityCheck.agent_id)
        .join(User, User.id == Agent.user_id)
        .where(IdentityCheck.status == IdentityStatus.WAITING)
        .order_by(IdentityCheck.submitted_at, IdentityCheck.id)
        .offset(offset)
        .limit(limit)
    )
    return [(check, name) for check, name in rows]


def count_waiting(session: Session) -> int:
    """Return how many checks wait."""
    return session.scalars(
        select(func.count()).select_from(IdentityCheck).where(IdentityCheck.status == IdentityStatus.WAITING)
    ).one()
