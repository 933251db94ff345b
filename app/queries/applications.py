"""Reads of projects as agents see them, and of applications."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import Agent, ApplicationStatus, ExamAttempt, Project, ProjectApplication

OPEN = (ApplicationStatus.APPLIED, ApplicationStatus.TRIAL)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Assessment:
    """The best assessment an agent has sat for a project."""

    attempt_id: uuid.UUID
    percent: int
    passed: bool


def get_open_project(session: Session, project_id: uuid.UUID) -> Project:
    """Return a project that takes applications, with its merchant."""
    project = session.scalar(
        select(Project).where(Project.id == project_id, Project.is_open).options(joinedload(Project.merchant))
    )
    if project is None:
        raise NotFoundError(f"project {project_id}")
    return project


def list_open_projects(session: Session) -> Sequence[Project]:
    """Return the projects that take applications with their merchants, the best paid first."""
    return session.scalars(
        select(Project)
        .where(Project.is_open)
        .options(joinedload(Project.merchant))
        .order_by(Project.pay_fen_an_hour.desc(), Project.name, Project.id)
    ).all()


def find_open_application(
    session: Session, agent_id: uuid.UUID, *, project_id: uuid.UUID
) -> ProjectApplication | None:
    """Return the agent's application for the project that is still on its way, with the project."""
    return session.scalar(
        select(ProjectApplication)
        .where(
            ProjectApplication.agent_id == agent_id,
            ProjectApplication.project_id == project_id,
            ProjectApplication.status.in_(OPEN),
        )
        .options(joinedload(ProjectApplication.project))
    )


def list_applications_of(session: Session, agent_id: uuid.UUID) -> Sequence[ProjectApplication]:
    """Return an agent's applications with projects and merchants, newest first."""
    return session.scalars(
        select(ProjectApplication)
        .where(ProjectApplication.agent_id == agent_id)
        .options(joinedload(ProjectApplication.project).joinedload(Project.merchant))
        .order_by(ProjectApplication.applied_at.desc(), ProjectApplication.id)
    ).all()


def get_application(session: Session, application_id: uuid.UUID) -> ProjectApplication:
    """Return any application with agent, project and merchant: for operations."""
    application = session.scalar(_whole().where(ProjectApplication.id == application_id))
    if application is None:
        raise NotFoundError(f"application {application_id}")
    return application


def get_application_of(
    session: Session, application_id: uuid.UUID, *, agent_id: uuid.UUID
) -> ProjectApplication:
    """Return an agent's own application with agent, project and merchant."""
    application = session.scalar(
        _whole().where(ProjectApplication.id == application_id, ProjectApplication.agent_id == agent_id)
    )
    if application is None:
        raise NotFoundError(f"application {application_id}")
    return application


def list_applications(
    session: Session, *, statuses: Collection[ApplicationStatus], offset: int, limit: int
) -> Sequence[ProjectApplication]:
    """Return a page of applications with agents, projects and merchants, the longest waiting first."""
    return session.scalars(
        _whole()
        .where(ProjectApplication.status.in_(statuses))
        .order_by(ProjectApplication.applied_at, ProjectApplication.id)
        .offset(offset)
        .limit(limit)
    ).all()


def count_applications(session: Session) -> Mapping[ApplicationStatus, int]:
    """Return how many applications there are in each status; a status without any is 0."""
    counted = session.execute(
        select(ProjectApplication.status, func.count()).group_by(ProjectApplication.status)
    )
    counts = dict.fromkeys(ApplicationStatus, 0)
    for status, count in counted:
        counts[status] = count
    return counts


def list_assessments(
    session: Session, agent_ids: Collection[uuid.UUID]
) -> Mapping[tuple[uuid.UUID, uuid.UUID], Assessment]:
    """Return the best assessment of each agent and project, by (agent id, project id)."""
    best = session.scalars(
        select(ExamAttempt)
        .where(
            ExamAttempt.agent_id.in_(agent_ids),
            ExamAttempt.project_id.is_not(None),
            ExamAttempt.passed.is_not(None),
        )
        .order_by(
            ExamAttempt.agent_id,
            ExamAttempt.project_id,
            ExamAttempt.passed.desc(),
            ExamAttempt.percent.desc(),
            ExamAttempt.id,
        )
        .ext(distinct_on(ExamAttempt.agent_id, ExamAttempt.project_id))
    )
    return {
        (attempt.agent_id, attempt.project_id): Assessment(
            attempt_id=attempt.id, percent=attempt.percent or 0, passed=bool(attempt.passed)
        )
        for attempt in best
        if attempt.project_id is not None
    }


def _whole() -> Select[ProjectApplication]:
    return select(ProjectApplication).options(
        joinedload(ProjectApplication.agent).joinedload(Agent.user),
        joinedload(ProjectApplication.project).joinedload(Project.merchant),
    )
