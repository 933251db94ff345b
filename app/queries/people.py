"""Agents as operations see them: who they are, how they attend, and how long people stay."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.errors import NotFoundError
from app.models import (
    Agent,
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Project,
    User,
)

PAGE_ROWS = 25
WORKED = (AssignmentStatus.PRESENT, AssignmentStatus.DONE)
SECONDS_A_DAY = 86_400


class Cohort(enum.StrEnum):
    """What people are grouped by."""

    MONTH = "month"
    REGION = "region"
    RECRUITER = "recruiter"


def _group_of(cohort: Cohort) -> ColumnElement[str]:
    if cohort is Cohort.REGION:
        return Agent.region.expression
    if cohort is Cohort.RECRUITER:
        return Agent.recruited_by.expression
    return func.to_char(func.timezone(str(BUSINESS_ZONE), Agent.joined_at), "YYYY-MM")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Filter:
    """Whom the page shows: one group of a cohort, or everybody; with or without those who left."""

    cohort: Cohort = Cohort.MONTH
    group: str | None = None
    with_left: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class PersonLine:
    """One agent: no needs, nothing about health. `worked` and `missed` count shifts."""

    agent_id: uuid.UUID
    name: str
    region: str
    recruited_by: str
    status: AgentStatus
    standing: int
    joined_at: dt.datetime
    left_at: dt.datetime | None
    worked: int
    missed: int


def list_people(session: Session, chosen: Filter, *, page: int = 1) -> Sequence[PersonLine]:
    """Return one page of agents with their shifts, those of the lowest standing first."""
    people = (
        _filtered(select(Agent.id), chosen)
        .order_by(Agent.standing, Agent.id)
        .limit(PAGE_ROWS)
        .offset((page - 1) * PAGE_ROWS)
    )
    rows = session.execute(_person_lines().where(Agent.id.in_(people)).order_by(Agent.standing, Agent.id))
    return [PersonLine(**row._mapping) for row in rows]


def count_people(session: Session, chosen: Filter) -> int:
    """Return how many agents the filter lets through."""
    return int(session.scalars(_filtered(select(func.count(Agent.id)), chosen)).one())


def get_person(session: Session, agent_id: uuid.UUID) -> PersonLine:
    """Return one agent, or raise NotFoundError."""
    person = find_person(session, agent_id)
    if person is None:
        raise NotFoundError(f"agent {agent_id}")
    return person


def find_person(session: Session, agent_id: uuid.UUID) -> PersonLine | None:
    """Return one agent, or None."""
    row = session.execute(_person_lines().where(Agent.id == agent_id)).one_or_none()
    return None if row is None else PersonLine(**row._mapping)


def _person_lines() -> Select[*tuple[Any, ...]]:
    def shifts(*statuses: AssignmentStatus) -> ColumnElement[int]:
        return (
            select(func.count())
            .select_from(Assignment)
            .where(
                Assignment.agent_id == Agent.id,
                Assignment.kind == AssignmentKind.FORMAL,
                Assignment.status.in_(statuses),
            )
            .correlate(Agent)
            .scalar_subquery()
        )

    return select(
        Agent.id.label("agent_id"),
        User.name,
        Agent.region,
        Agent.recruited_by,
        Agent.status,
        Agent.standing,
        Agent.joined_at,
        Agent.left_at,
        shifts(*WORKED).label("worked"),
        shifts(AssignmentStatus.MISSING).label("missed"),
    ).join(User, User.id == Agent.user_id)


def _filtered(statement: Any, chosen: Filter) -> Any:
    if chosen.group is not None:
        statement = statement.where(_group_of(chosen.cohort) == chosen.group)
    return statement if chosen.with_left else statement.where(Agent.left_at.is_(None))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stay:
    """How many people of a group stayed so many whole days: those who left then, and those still here."""

    group: str
    days: int
    left: int
    here: int


def list_stays(session: Session, cohort: Cohort, *, now: dt.datetime) -> Sequence[Stay]:
    """Return every agent's stay, added up by group and whole days, in that order."""
    end = func.least(func.coalesce(Agent.left_at, literal(now)), literal(now))
    has_left = Agent.left_at <= now
    one = (
        select(
            _group_of(cohort).label("group"),
            cast(func.floor(func.extract("epoch", end - Agent.joined_at) / SECONDS_A_DAY), Integer).label(
                "days"
            ),
            func.coalesce(has_left, False).label("has_left"),
        )
        .where(Agent.joined_at <= now)
        .subquery()
    )
    rows = session.execute(
        select(
            one.c.group,
            one.c.days,
            func.count().filter(one.c.has_left),
            func.count().filter(~one.c.has_left),
        )
        .group_by(one.c.group, one.c.days)
        .order_by(one.c.group, one.c.days)
    )
    return [Stay(group=group, days=max(days, 0), left=left, here=here) for group, days, left, here in rows]


def list_last_shifts(
    session: Session, agent_id: uuid.UUID, *, until: dt.datetime, limit: int = 10
) -> Sequence[tuple[Assignment, str]]:
    """Return an agent's last worked and missed shifts with their projects' names, newest first."""
    rows = session.execute(
        select(Assignment, Project.name)
        .join(Project, Project.id == Assignment.project_id)
        .where(
            Assignment.agent_id == agent_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status.in_((*WORKED, AssignmentStatus.MISSING)),
            Assignment.starts_at <= until,
        )
        .order_by(Assignment.starts_at.desc(), Assignment.id)
        .limit(limit)
    )
    return [(assignment, project) for assignment, project in rows]


@dataclasses.dataclass(frozen=True, kw_only=True)
class MonthlyLoss:
    """Of the people who were here thirty days ago, how many have left since."""

    here_then: int
    left_since: int


def get_monthly_loss(session: Session, *, now: dt.datetime) -> MonthlyLoss:
    """Return how many of those here thirty days ago have left since."""
    then = now - dt.timedelta(days=30)
    was_here = and_(Agent.joined_at <= then, or_(Agent.left_at.is_(None), Agent.left_at > then))
    here_then, left_since = session.execute(
        select(func.count(), func.count().filter(Agent.left_at <= now)).select_from(Agent).where(was_here)
    ).one()
    return MonthlyLoss(here_then=here_then, left_since=left_since)
