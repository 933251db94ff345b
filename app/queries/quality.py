"""Sums of contacts from which the measures of quality are made. docs/measures.md defines each measure.

Everything is added up in the database; no page ever loads the contacts behind a figure, except the list that
shows them one by one.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Double, Integer, and_, case, cast, func, or_, select, true, tuple_
from sqlalchemy.orm import Session, aliased

from app.clock import BUSINESS_ZONE
from app.models import AgentNeeds, Contact, Project

# A first manual reply counts as quick within so many seconds, times the person's response allowance.
QUICK_SECONDS = 5
SATISFIED_FROM = 4
HOURS_A_SLOT = 4
PAGE_ROWS = 25


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts and sums of a group of contacts.

    `decided` had a manual reply or ended without one, `quick` had it in time; `rated` were rated, `satisfied`
    with 4 or 5; `judged` are known to be resolved or not. The squares and the product are for the ratio's
    interval.
    """

    contacts: int = 0
    decided: int = 0
    quick: int = 0
    rated: int = 0
    satisfied: int = 0
    judged: int = 0
    resolved: int = 0
    messages_in: int = 0
    messages_out: int = 0
    in_squared: int = 0
    out_squared: int = 0
    in_times_out: int = 0
    satisfied_in: int = 0
    satisfied_out: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in _TALLIED})

    def __sub__(self, other: Tally) -> Tally:
        return Tally(**{name: getattr(self, name) - getattr(other, name) for name in _TALLIED})


_TALLIED = tuple(field.name for field in dataclasses.fields(Tally))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stratum:
    """Contacts in one project that began in the same four hours of the day (0: 00:00-04:00).

    They are one agent's, or, where `agent_id` is None, those of everybody who was not asked for.
    """

    agent_id: uuid.UUID | None
    project_id: uuid.UUID
    slot: int
    tally: Tally


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sums:
    """The sums of some agents and of everybody else in the same projects.

    `peers` has one tally for each person there: how much people differ decides how far a figure of few
    contacts is drawn to the mean.
    """

    strata: Sequence[Stratum]
    peers: Sequence[Tally]


def get_sums(
    session: Session, *, agent_ids: Sequence[uuid.UUID], since: dt.datetime, until: dt.datetime
) -> Sums:
    """Add up these agents and the others in their projects, in one pass over the contacts."""
    local = func.timezone(str(BUSINESS_ZONE), Contact.started_at)
    one = (
        select(
            Contact.agent_id,
            Contact.project_id,
            (cast(func.extract("hour", local), Integer) // HOURS_A_SLOT).label("slot"),
            _is_decided().label("is_decided"),
            _is_quick().label("is_quick"),
            *_COLUMNS,
        )
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Contact.agent_id)
        .where(*_in_the_same_projects(agent_ids, since, until))
        .subquery()
    )
    # Added up by person first, which the database can do in parallel and without sorting; the rest is small.
    small = (
        select(one.c.agent_id, one.c.project_id, one.c.slot, *_sums(one.c))
        .group_by(one.c.agent_id, one.c.project_id, one.c.slot)
        .subquery()
    )
    by_person = select(
        small, case((small.c.agent_id.in_(agent_ids), small.c.agent_id)).label("asked_for")
    ).subquery()
    by_stratum = (by_person.c.asked_for, by_person.c.project_id, by_person.c.slot)
    rows = session.execute(
        select(
            *by_stratum,
            func.grouping(by_person.c.agent_id).label("is_stratum"),
            *(func.sum(by_person.c[name]).label(name) for name in _TALLIED),
        )
        .group_by(func.grouping_sets(tuple_(*by_stratum), tuple_(by_person.c.agent_id)))
        .order_by(by_person.c.agent_id, *by_stratum)
    )
    strata: list[Stratum] = []
    peers: list[Tally] = []
    for row in rows:
        tally = Tally(**{name: int(row._mapping[name]) for name in _TALLIED})
        if row.is_stratum:
            strata.append(
                Stratum(agent_id=row.asked_for, project_id=row.project_id, slot=row.slot, tally=tally)
            )
        else:
            peers.append(tally)
    return Sums(strata=strata, peers=peers)


def _in_the_same_projects(
    agent_ids: Sequence[uuid.UUID], since: dt.datetime, until: dt.datetime
) -> tuple[ColumnElement[bool], ...]:
    """Return what holds for contacts of people who work in these agents' projects in that time."""
    mine = aliased(Contact)
    projects = (
        select(mine.project_id)
        .where(mine.agent_id.in_(agent_ids), mine.started_at >= since, mine.started_at < until)
        .distinct()
    )
    return (
        Contact.project_id.in_(projects),
        Contact.agent_id.is_not(None),
        Contact.started_at >= since,
        Contact.started_at < until,
    )


_COLUMNS = (
    Contact.messages_in,
    Contact.messages_out,
    Contact.satisfaction,
    Contact.resolved,
)


def _is_decided() -> ColumnElement[bool]:
    """A contact that ended without a manual reply counts as late: not answering betters no figure."""
    return or_(Contact.first_manual_seconds.is_not(None), Contact.ended_at.is_not(None))


def _is_quick() -> ColumnElement[bool]:
    """Within five seconds times the allowance; the needs of the contact's agent must be joined."""
    allowance = func.coalesce(AgentNeeds.response_allowance, Decimal(1))
    return func.coalesce(Contact.first_manual_seconds <= QUICK_SECONDS * allowance, False)


def _sums(one: Any) -> Sequence[ColumnElement[Any]]:
    satisfied = one.satisfaction >= SATISFIED_FROM

    # A product of two counts does not fit the counts' own type.
    into, out = cast(one.messages_in, Double), cast(one.messages_out, Double)

    def total(value: ColumnElement[Any], *where: ColumnElement[bool]) -> ColumnElement[Any]:
        summed = func.sum(value)
        return func.coalesce(summed.filter(*where) if where else summed, 0)

    return (
        func.count().label("contacts"),
        func.count().filter(one.is_decided).label("decided"),
        func.count().filter(one.is_quick).label("quick"),
        func.count(one.satisfaction).label("rated"),
        func.count().filter(satisfied).label("satisfied"),
        func.count(one.resolved).label("judged"),
        func.count().filter(one.resolved).label("resolved"),
        total(one.messages_in).label("messages_in"),
        total(one.messages_out).label("messages_out"),
        total(into * into).label("in_squared"),
        total(out * out).label("out_squared"),
        total(into * out).label("in_times_out"),
        total(one.messages_in, satisfied).label("satisfied_in"),
        total(one.messages_out, satisfied).label("satisfied_out"),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Replies:
    """How many contacts had their first manual reply after so many whole seconds, in order of the seconds."""

    mine: Sequence[tuple[int, int]]
    others: Sequence[tuple[int, int]]


def get_replies(session: Session, *, agent_id: uuid.UUID, since: dt.datetime, until: dt.datetime) -> Replies:
    """Return an agent's first manual replies, and those of the others in the same projects."""
    one = (
        select((Contact.agent_id == agent_id).label("is_mine"), Contact.first_manual_seconds.label("seconds"))
        .where(*_in_the_same_projects([agent_id], since, until), Contact.first_manual_seconds.is_not(None))
        .subquery()
    )
    rows = session.execute(
        select(one.c.is_mine, one.c.seconds, func.count())
        .group_by(one.c.is_mine, one.c.seconds)
        .order_by(one.c.seconds)
    ).all()
    return Replies(
        mine=[(seconds, count) for is_mine, seconds, count in rows if is_mine],
        others=[(seconds, count) for is_mine, seconds, count in rows if not is_mine],
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class DayTally:
    """One day of an agent: how many contacts were decided, and how many had a manual reply in time."""

    day: dt.date
    decided: int
    quick: int


def list_days(
    session: Session, *, agent_id: uuid.UUID, since: dt.datetime, until: dt.datetime
) -> Sequence[DayTally]:
    """Return the days on which an agent had contacts that are decided, oldest first."""
    one = (
        select(
            func.date(func.timezone(str(BUSINESS_ZONE), Contact.started_at)).label("day"),
            _is_quick().label("is_quick"),
        )
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Contact.agent_id)
        .where(
            Contact.agent_id == agent_id,
            _is_decided(),
            Contact.started_at >= since,
            Contact.started_at < until,
        )
        .subquery()
    )
    rows = session.execute(
        select(one.c.day, func.count(), func.count().filter(one.c.is_quick))
        .group_by(one.c.day)
        .order_by(one.c.day)
    )
    return [DayTally(day=day, decided=decided, quick=quick) for day, decided, quick in rows]


def get_allowance(session: Session, *, agent_id: uuid.UUID) -> float:
    """Return what a person's limit of a quick reply is multiplied by: 1 unless they need more time."""
    return float(
        session.scalar(select(AgentNeeds.response_allowance).where(AgentNeeds.agent_id == agent_id)) or 1
    )


class Behind(enum.StrEnum):
    """Which contacts stand behind a figure."""

    ALL = "all"
    SLOW = "slow"
    BELOW_ONE = "below-one"
    DISSATISFIED = "dissatisfied"
    UNRESOLVED = "unresolved"


_BEHIND: dict[Behind, Any] = {
    Behind.ALL: true,
    Behind.SLOW: lambda: and_(_is_decided(), ~_is_quick()),
    Behind.BELOW_ONE: lambda: Contact.messages_out < Contact.messages_in,
    Behind.DISSATISFIED: lambda: Contact.satisfaction < SATISFIED_FROM,
    Behind.UNRESOLVED: lambda: Contact.resolved.is_(False),
}


def list_contacts(
    session: Session,
    *,
    agent_id: uuid.UUID,
    behind: Behind,
    since: dt.datetime,
    until: dt.datetime,
    page: int = 1,
) -> Sequence[tuple[Contact, str]]:
    """Return one page of the contacts behind a figure, newest first, each with its project's name."""
    chosen = _behind(select(Contact, Project.name), agent_id, behind, since, until).join(
        Project, Project.id == Contact.project_id
    )
    rows = session.execute(
        chosen.order_by(Contact.started_at.desc(), Contact.id).limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    )
    return [(contact, project) for contact, project in rows]


def count_contacts(
    session: Session, *, agent_id: uuid.UUID, behind: Behind, since: dt.datetime, until: dt.datetime
) -> int:
    """Return how many contacts stand behind a figure."""
    counted = _behind(select(func.count(Contact.id)), agent_id, behind, since, until)
    return int(session.scalars(counted).one())


def _behind(
    statement: Any, agent_id: uuid.UUID, behind: Behind, since: dt.datetime, until: dt.datetime
) -> Any:
    return (
        statement.select_from(Contact)
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Contact.agent_id)
        .where(
            Contact.agent_id == agent_id,
            Contact.started_at >= since,
            Contact.started_at < until,
            _BEHIND[behind](),
        )
    )
