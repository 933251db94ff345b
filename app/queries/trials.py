"""Reads of trial shifts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import (
    LIVE_STATUSES,
    Agent,
    ApplicationStatus,
    Assignment,
    Project,
    ProjectApplication,
    Role,
    TrialShift,
    TrialStatus,
    User,
)
from app.trial_rules import VERDICTS


def get_trial(session: Session, trial_id: uuid.UUID) -> TrialShift:
    """Return any trial with supervisor, application, agent and project: for operations."""
    application = joinedload(TrialShift.application)
    trial = session.scalar(
        select(TrialShift)
        .where(TrialShift.id == trial_id)
        .options(
            joinedload(TrialShift.supervisor),
            application.joinedload(ProjectApplication.agent).joinedload(Agent.user),
            application.joinedload(ProjectApplication.project).joinedload(Project.merchant),
        )
    )
    if trial is None:
        raise NotFoundError(f"trial {trial_id}")
    return trial


def list_trials(
    session: Session, application_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[TrialShift]]:
    """Return the trials of these applications with their supervisors, newest first, by application."""
    found: dict[uuid.UUID, list[TrialShift]] = {}
    for trial in session.scalars(
        select(TrialShift)
        .where(TrialShift.application_id.in_(application_ids))
        .options(joinedload(TrialShift.supervisor))
        .order_by(TrialShift.starts_at.desc(), TrialShift.id)
    ):
        found.setdefault(trial.application_id, []).append(trial)
    return found


def list_supervisors(session: Session) -> Sequence[User]:
    """Return who may supervise a trial: everybody in operations."""
    return session.scalars(
        select(User).where(User.role == Role.OPERATIONS, User.is_active).order_by(User.name, User.id)
    ).all()


def takes_time() -> ColumnElement[bool]:
    """Say that a trial, joined to its application, takes the person's time: agreed, or over."""
    return or_(
        and_(
            TrialShift.status == TrialStatus.SCHEDULED,
            ProjectApplication.status == ApplicationStatus.TRIAL,
        ),
        TrialShift.status.in_(VERDICTS),
    )


def list_trial_times(
    session: Session, agent_ids: Sequence[uuid.UUID], *, since: dt.datetime, until: dt.datetime
) -> dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime]]]:
    """Return the trials of these people that begin between two moments, as start and end, by agent."""
    found: dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime]]] = {}
    rows = session.execute(
        select(ProjectApplication.agent_id, TrialShift.starts_at, TrialShift.ends_at)
        .join(ProjectApplication, ProjectApplication.id == TrialShift.application_id)
        .where(
            ProjectApplication.agent_id.in_(agent_ids),
            takes_time(),
            TrialShift.starts_at > since,
            TrialShift.starts_at < until,
        )
        .order_by(ProjectApplication.agent_id, TrialShift.starts_at)
    )
    for agent_id, starts_at, ends_at in rows:
        found.setdefault(agent_id, []).append((starts_at, ends_at))
    return found


def is_taken(session: Session, agent_id: uuid.UUID, *, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    """Say whether the agent has a shift or another trial in that stretch."""
    shift = select(Assignment.id).where(
        Assignment.agent_id == agent_id,
        Assignment.status.in_(LIVE_STATUSES),
        Assignment.starts_at < ends_at,
        Assignment.ends_at > starts_at,
    )
    trial = (
        select(TrialShift.id)
        .join(ProjectApplication, ProjectApplication.id == TrialShift.application_id)
        .where(
            ProjectApplication.agent_id == agent_id,
            takes_time(),
            TrialShift.starts_at < ends_at,
            TrialShift.ends_at > starts_at,
        )
    )
    return bool(session.scalar(select(or_(shift.exists(), trial.exists()))))
