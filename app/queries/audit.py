"""Reads of the audit: who did what and when."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.models import AuditEntry, Role, User

PAGE_ROWS = 50


@dataclasses.dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """What to look for; None means everything. `actor` is part of a name, "system" the system itself."""

    action: str | None = None
    subject_type: str | None = None
    subject_id: uuid.UUID | None = None
    actor: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One change of state; `actor` is None where the system acted by itself."""

    id: uuid.UUID
    at: dt.datetime
    action: str
    subject_type: str
    subject_id: uuid.UUID
    details: dict[str, Any]
    actor: str | None
    role: Role | None


SYSTEM = "system"


def list_entries(session: Session, wanted: AuditFilter, *, page: int) -> Sequence[AuditLine]:
    """Return one page of entries with the names of who acted, newest first."""
    rows = session.execute(
        _filtered(
            select(
                AuditEntry.id,
                AuditEntry.at,
                AuditEntry.action,
                AuditEntry.subject_type,
                AuditEntry.subject_id,
                AuditEntry.details,
                User.name.label("actor"),
                User.role,
            ),
            wanted,
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id)
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS)
    )
    return [AuditLine(**row._mapping) for row in rows]


def count_entries(session: Session, wanted: AuditFilter) -> int:
    """Return how many entries there are."""
    total: int = session.scalars(_filtered(select(func.count(AuditEntry.id)), wanted)).one()
    return total


def _filtered(statement: Select[*tuple[Any, ...]], wanted: AuditFilter) -> Select[*tuple[Any, ...]]:
    statement = statement.select_from(AuditEntry).outerjoin(User, User.id == AuditEntry.actor_user_id)
    if wanted.action:
        statement = statement.where(AuditEntry.action == wanted.action)
    if wanted.subject_type:
        statement = statement.where(AuditEntry.subject_type == wanted.subject_type)
    if wanted.subject_id:
        statement = statement.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.actor == SYSTEM:
        statement = statement.where(AuditEntry.actor_user_id.is_(None))
    elif wanted.actor:
        statement = statement.where(User.name.contains(wanted.actor, autoescape=True))
    return statement
