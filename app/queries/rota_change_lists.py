"""The changes of a draft as lists: by person, by place, and by what is paid for them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Date, String, Subquery, case, cast, func, select, true
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.models import Agent, MatchRun, Merchant, Project, ShiftSlot, User
from app.queries.rota_changes import Change, select_changes

PAGE_ROWS = 50


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChangeLine:
    """One person in one seat."""

    change: Change
    agent_id: uuid.UUID
    name: str
    merchant: str
    project: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_standby: bool
    status: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Filter:
    """What of the changes is shown."""

    change: Change | None = None
    merchant_id: uuid.UUID | None = None
    project_id: uuid.UUID | None = None
    day: dt.date | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    """Changes of one merchant, project or day: seats by change, standbys left out."""

    key: str
    name: str
    added: int
    withdrawn: int
    unbooked: int
    gone: int
    kept: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PaidGroup:
    """So many shifts alike in pay, added or withdrawn."""

    change: Change
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_standby: bool
    pay_fen_an_hour: int
    shifts: int


def list_paid_groups(session: Session, run: MatchRun, *, now: dt.datetime) -> Sequence[PaidGroup]:
    """Return what a draft adds and takes back, grouped by all that pay depends on."""
    changes = select_changes(run, now=now)
    columns = (
        changes.c.change,
        ShiftSlot.starts_at,
        ShiftSlot.ends_at,
        changes.c.is_standby,
        Project.pay_fen_an_hour,
    )
    rows = session.execute(
        select(*columns, func.count())
        .select_from(changes)
        .join(Project, Project.id == changes.c.project_id)
        .join(ShiftSlot, ShiftSlot.id == changes.c.slot_id)
        .where(changes.c.change.in_([Change.ADDED.value, Change.WITHDRAWN.value]))
        .group_by(*columns)
        .order_by(*columns)
    )
    return [
        PaidGroup(
            change=Change(change),
            starts_at=starts_at,
            ends_at=ends_at,
            is_standby=is_standby,
            pay_fen_an_hour=pay,
            shifts=shifts,
        )
        for change, starts_at, ends_at, is_standby, pay, shifts in rows
    ]


class GroupBy(enum.StrEnum):
    """What changes are counted by."""

    MERCHANT = "merchant"
    PROJECT = "project"
    DAY = "day"


def list_groups(
    session: Session, run: MatchRun, by: GroupBy, *, now: dt.datetime, limit: int = 60
) -> Sequence[Group]:
    """Return the merchants, projects or days of a draft, those that change most first (days in order)."""
    changes = select_changes(run, now=now)
    day = func.to_char(func.timezone(str(BUSINESS_ZONE), ShiftSlot.starts_at), "YYYY-MM-DD")
    key, name = {
        GroupBy.MERCHANT: (cast(Merchant.id, String), Merchant.name.expression),
        GroupBy.PROJECT: (cast(Project.id, String), Project.name.expression),
        GroupBy.DAY: (day, day),
    }[by]
    counts = [func.count().filter(changes.c.change == change.value).label(change.value) for change in Change]
    moved = func.count().filter(changes.c.change != Change.KEPT.value)
    rows = session.execute(
        select(key.label("key"), name.label("name"), *counts)
        .select_from(changes)
        .join(Project, Project.id == changes.c.project_id)
        .join(Merchant, Merchant.id == Project.merchant_id)
        .join(ShiftSlot, ShiftSlot.id == changes.c.slot_id)
        .where(changes.c.is_standby.is_(False))
        .group_by(key, name)
        .having(moved > 0)
        .order_by(*((key,) if by is GroupBy.DAY else (moved.desc(), name, key)))
        .limit(limit)
    )
    return [Group(**row._mapping) for row in rows]


def count_lines(session: Session, run: MatchRun, chosen: Filter, *, now: dt.datetime) -> int:
    """Return how many changes the filter lets through."""
    return int(session.scalars(_chosen(select(func.count()), select_changes(run, now=now), chosen)).one())


def list_lines(
    session: Session, run: MatchRun, chosen: Filter, *, now: dt.datetime, page: int = 1
) -> Sequence[ChangeLine]:
    """Return one page of changes with person and place, in order of time; what stays comes last."""
    changes = select_changes(run, now=now)
    statement = select(
        changes.c.change,
        changes.c.agent_id,
        User.name,
        Merchant.name.label("merchant"),
        Project.name.label("project"),
        ShiftSlot.starts_at,
        ShiftSlot.ends_at,
        changes.c.is_standby,
        changes.c.status,
    )
    rank = case({change.value: place for place, change in enumerate(Change)}, value=changes.c.change)
    rows = session.execute(
        _chosen(statement, changes, chosen)
        .join(Merchant, Merchant.id == Project.merchant_id)
        .join(Agent, Agent.id == changes.c.agent_id)
        .join(User, User.id == Agent.user_id)
        .order_by(rank, ShiftSlot.starts_at, Project.name, changes.c.is_standby, changes.c.agent_id)
        .limit(PAGE_ROWS)
        .offset((page - 1) * PAGE_ROWS)
    )
    return [ChangeLine(**{**row._mapping, "change": Change(row.change)}) for row in rows]


def _chosen(statement: Any, changes: Subquery, chosen: Filter) -> Any:
    statement = (
        statement.select_from(changes)
        .join(Project, Project.id == changes.c.project_id)
        .join(ShiftSlot, ShiftSlot.id == changes.c.slot_id)
    )
    conditions: list[ColumnElement[bool]] = [true()]
    if chosen.change is not None:
        conditions.append(changes.c.change == chosen.change.value)
    if chosen.merchant_id is not None:
        conditions.append(Project.merchant_id == chosen.merchant_id)
    if chosen.project_id is not None:
        conditions.append(Project.id == chosen.project_id)
    if chosen.day is not None:
        # Days are told apart in the database: the year 9999 has no day after its last.
        conditions.append(cast(func.timezone(str(BUSINESS_ZONE), ShiftSlot.starts_at), Date) == chosen.day)
    return statement.where(*conditions)
