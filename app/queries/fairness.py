"""Hours wished, workable and given in a run: by person, and added up by region, month joined and need."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.models import Agent, AgentHours, AgentNeeds, User
from app.queries.match_input import DEFAULT_NEEDS, needs_in_force
from scheduling.matching.fairness import GroupShare, Sums, hide_small

PAGE_ROWS = 25


class Kind(enum.StrEnum):
    """What people are grouped by."""

    NEED = "need"
    REGION = "region"
    MONTH = "month"


class Order(enum.StrEnum):
    """What the list of people is sorted by."""

    SHARE = "share"
    GIVEN = "given"
    WORKABLE = "workable"
    WISHED = "wished"
    NAME = "name"


ANY_NEED, NO_NEED = "any", "none"
# Of those with a need: whether it rules projects out, as their channel or their number of chats may.
OPEN_PROJECTS, FEWER_PROJECTS = "open-projects", "fewer-projects"
# Two that make up everybody, or everybody with a need: what is hidden of one, the other would tell.
WHOLES = ((ANY_NEED, NO_NEED), (OPEN_PROJECTS, FEWER_PROJECTS))
# A need is a limit that somebody asked for beyond what holds for everybody.
NEEDS: Mapping[str, ColumnElement[bool]] = {
    "text-only": AgentNeeds.text_only.is_(True),
    "short-stretch": AgentNeeds.max_stretch_minutes < DEFAULT_NEEDS["max_stretch_minutes"],
    "short-day": AgentNeeds.max_day_minutes < DEFAULT_NEEDS["max_day_minutes"],
    "short-week": AgentNeeds.max_week_minutes < DEFAULT_NEEDS["max_week_minutes"],
    "long-rest": AgentNeeds.min_rest_minutes > DEFAULT_NEEDS["min_rest_minutes"],
    "days-off": AgentNeeds.max_consecutive_days < DEFAULT_NEEDS["max_consecutive_days"],
    "long-runs": AgentNeeds.min_consecutive_days > DEFAULT_NEEDS["min_consecutive_days"],
    "long-breaks": AgentNeeds.min_days_off > DEFAULT_NEEDS["min_days_off"],
    "few-weekends": AgentNeeds.max_weekends.is_not(None),
    "few-chats": AgentNeeds.max_concurrent < DEFAULT_NEEDS["max_concurrent"],
    "one-hand": AgentNeeds.one_hand.is_(True),
    "screen-reader": AgentNeeds.screen_reader.is_(True),
    "breaks": AgentNeeds.break_minutes_an_hour > 0,
    "slower-replies": AgentNeeds.response_allowance > Decimal(1),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class PersonHours:
    """One person's minutes in a run."""

    agent_id: uuid.UUID
    name: str
    region: str
    joined_at: dt.datetime
    wished: int
    workable: int
    given: int
    expected: int | None

    @property
    def share(self) -> float | None:
        return self.given / self.workable if self.workable else None


def get_total(session: Session, run_id: uuid.UUID) -> Sums:
    """Return everybody's minutes in a run; no people where the run kept none."""
    return _as_sums(session.execute(select(*_sums()).where(AgentHours.run_id == run_id)).one())


def list_group_hours(session: Session, run_id: uuid.UUID, kind: Kind) -> list[GroupShare]:
    """Return a run's minutes by group in one statement; groups of fewer than five people without figures.

    Needs count for the people whose needs are used in matching, and one person may have several.
    """
    rows = _list_needs(session, run_id) if kind is Kind.NEED else _list_parts(session, run_id, kind)
    groups = hide_small((kind.value, group, sums) for group, sums in rows)
    hidden = {group.group for group in groups if group.sums is None}
    for whole in WHOLES:
        if hidden & set(whole):
            hidden |= set(whole)
    return [dataclasses.replace(one, sums=None) if one.group in hidden else one for one in groups]


def _list_parts(session: Session, run_id: uuid.UUID, kind: Kind) -> list[tuple[str, Sums]]:
    group: ColumnElement[str] = (
        Agent.region.expression
        if kind is Kind.REGION
        else func.to_char(func.timezone(str(BUSINESS_ZONE), Agent.joined_at), "YYYY-MM")
    )
    rows = session.execute(
        select(group.label("group"), *_sums())
        .join(Agent, Agent.id == AgentHours.agent_id)
        .where(AgentHours.run_id == run_id)
        .group_by(group)
        .order_by(group)
    )
    return [(row[0], _as_sums(row[1:])) for row in rows]


def _list_needs(session: Session, run_id: uuid.UUID) -> list[tuple[str, Sums]]:
    in_force = and_(AgentNeeds.id.is_not(None), needs_in_force())
    conditions = {name: and_(in_force, condition) for name, condition in NEEDS.items()}
    has_any = func.coalesce(or_(*conditions.values()), literal(False))
    rules_out = or_(conditions["text-only"], conditions["few-chats"])
    conditions |= {
        ANY_NEED: has_any,
        NO_NEED: ~has_any,
        OPEN_PROJECTS: and_(has_any, ~rules_out),
        FEWER_PROJECTS: rules_out,
    }
    # Whether needs are in force is asked once of each person, not once for each figure.
    people = (
        select(
            AgentHours.wished_minutes,
            AgentHours.workable_minutes,
            AgentHours.given_minutes,
            AgentHours.expected_minutes,
            *(condition.label(name) for name, condition in conditions.items()),
        )
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == AgentHours.agent_id)
        .where(AgentHours.run_id == run_id)
        .cte("people")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    minutes = (
        people.c.wished_minutes,
        people.c.workable_minutes,
        people.c.given_minutes,
        people.c.expected_minutes,
    )
    columns = [column for name in conditions for column in _sums(minutes, people.c[name])]
    row = session.execute(select(*columns)).one()
    groups = [_as_sums(row[place : place + 5]) for place in range(0, len(row), 5)]
    return [(name, sums) for name, sums in zip(conditions, groups, strict=True) if sums.people]


def _sums(
    minutes: Sequence[Any] = (
        AgentHours.wished_minutes,
        AgentHours.workable_minutes,
        AgentHours.given_minutes,
        AgentHours.expected_minutes,
    ),
    condition: ColumnElement[bool] | None = None,
) -> list[Any]:
    """Return people, wished, workable, given and expected, of those who fulfil the condition."""
    if condition is None:
        return [func.count(), *(func.sum(column) for column in minutes)]
    return [func.count().filter(condition), *(func.sum(column).filter(condition) for column in minutes)]


def _as_sums(row: Sequence[Any]) -> Sums:
    people, wished, workable, given = (int(value or 0) for value in row[:4])
    # A run from before this was reckoned keeps none.
    expected = None if row[4] is None else int(row[4])
    return Sums(people=people, wished=wished, workable=workable, given=given, expected=expected)


def count_people(session: Session, run_id: uuid.UUID) -> int:
    """Return how many people a run counted."""
    return session.scalars(
        select(func.count()).select_from(AgentHours).where(AgentHours.run_id == run_id)
    ).one()


def list_people_hours(
    session: Session, run_id: uuid.UUID, *, order: Order, page: int | None = 1
) -> Sequence[PersonHours]:
    """Return one page of a run's people (all of them when None), the lowest share or the most hours first.

    Nobody's needs are in it.
    """
    share = case(
        (AgentHours.workable_minutes > 0, AgentHours.given_minutes * 1.0 / AgentHours.workable_minutes),
        else_=None,
    )
    orders: Mapping[Order, Any] = {
        Order.SHARE: share.asc().nulls_last(),
        Order.GIVEN: AgentHours.given_minutes.desc(),
        Order.WORKABLE: AgentHours.workable_minutes.desc(),
        Order.WISHED: AgentHours.wished_minutes.desc(),
        Order.NAME: User.name,
    }
    statement = (
        select(
            Agent.id.label("agent_id"),
            User.name,
            Agent.region,
            Agent.joined_at,
            AgentHours.wished_minutes.label("wished"),
            AgentHours.workable_minutes.label("workable"),
            AgentHours.given_minutes.label("given"),
            AgentHours.expected_minutes.label("expected"),
        )
        .join(Agent, Agent.id == AgentHours.agent_id)
        .join(User, User.id == Agent.user_id)
        .where(AgentHours.run_id == run_id)
        .order_by(orders[order], AgentHours.workable_minutes.desc(), Agent.id)
    )
    if page is not None:
        statement = statement.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    return [PersonHours(**row._mapping) for row in session.execute(statement)]
