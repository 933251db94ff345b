"""Reads of the audit: who did what and when."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Subquery, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from app.models import (
    Agent,
    Assignment,
    AuditEntry,
    Booking,
    Certificate,
    ContactImport,
    ExamAttempt,
    Payment,
    Project,
    ProjectApplication,
    Role,
    User,
)

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
    """One change of state; `actor` is None where the system acted by itself.

    `person` (where it is not who acted), `project` and the times are those of what was changed, where it has
    them.
    """

    id: uuid.UUID
    at: dt.datetime
    action: str
    subject_type: str
    subject_id: uuid.UUID
    details: dict[str, Any]
    actor: str | None
    role: Role | None
    person: str | None
    project: str | None
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None


SYSTEM = "system"


def list_entries(session: Session, wanted: AuditFilter, *, page: int) -> Sequence[AuditLine]:
    """Return one page of entries with the names of who acted and on what, newest first, in one statement."""
    newest = (
        _filtered(
            select(
                AuditEntry.id,
                AuditEntry.at,
                AuditEntry.action,
                AuditEntry.subject_type,
                AuditEntry.subject_id,
                AuditEntry.details,
                AuditEntry.actor_user_id,
                User.name.label("actor"),
                User.role,
            ),
            wanted,
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id)
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS)
        .subquery()
    )
    rows = session.execute(_with_subjects(newest).order_by(newest.c.at.desc(), newest.c.id))
    return [AuditLine(**row._mapping) for row in rows]


def _with_subjects(newest: Subquery) -> Select[*tuple[Any, ...]]:
    """Join what each entry is about; only the few rows of a page are looked up, by their keys."""
    agent, person = aliased(Agent), aliased(User)
    agent_id = func.coalesce(
        Assignment.agent_id, Certificate.agent_id, ProjectApplication.agent_id, ExamAttempt.agent_id, Agent.id
    )
    project_id = func.coalesce(
        Assignment.project_id,
        Booking.project_id,
        Certificate.project_id,
        ProjectApplication.project_id,
        ExamAttempt.project_id,
        ContactImport.project_id,
    )
    columns = [column for column in newest.c if column.name != "actor_user_id"]
    statement = select(
        *columns,
        person.name.label("person"),
        Project.name.label("project"),
        Assignment.starts_at,
        Assignment.ends_at,
    ).select_from(newest)
    for model in (Assignment, Payment, Certificate, ProjectApplication, ExamAttempt, ContactImport, Agent):
        statement = statement.outerjoin(
            model, and_(newest.c.subject_type == model.__tablename__, newest.c.subject_id == model.id)
        )
    booking_id = case((newest.c.subject_type == Booking.__tablename__, newest.c.subject_id))
    return (
        statement.outerjoin(Booking, Booking.id == func.coalesce(booking_id, Payment.booking_id))
        .outerjoin(agent, agent.id == agent_id)
        .outerjoin(
            person,
            and_(person.id == agent.user_id, person.id.is_distinct_from(newest.c.actor_user_id)),
        )
        .outerjoin(Project, Project.id == project_id)
    )


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
