"""What is known of every agent's coming and staying, and the chances that follow from it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from app.attendance_rules import ON_TIME
from app.models import Agent, Assignment, AssignmentKind, AssignmentStatus, User
from app.queries.columns import Column, Rows, places_of, read_columns
from scheduling.workforce.chances import Histories, PeopleChances, learn_chances

DAY = dt.timedelta(days=1)
MICROSECONDS_A_DAY = DAY // dt.timedelta(microseconds=1)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class AgentChances:
    """Everybody's chances as known at `now`, by agent id (as `read_columns` holds ids)."""

    now: dt.datetime
    agent_ids: Column
    people: PeopleChances

    def to_work(self, agent_ids: Column, starts_at: Column) -> NDArray[np.float64]:
        """Return the chances that these agents work shifts that start at these moments; 0 for unknown ones.

        Times are those of `read_columns`.
        """
        return self._known(agent_ids, starts_at, is_there=False)

    def to_stay(self, agent_ids: Column, starts_at: Column) -> NDArray[np.float64]:
        """Return the chances that these agents are still here at these moments; 0 for unknown ones."""
        return self._known(agent_ids, starts_at, is_there=True)

    def _known(self, agent_ids: Column, starts_at: Column, *, is_there: bool) -> NDArray[np.float64]:
        chances = np.zeros(len(agent_ids))
        places = places_of(agent_ids, self.agent_ids)
        known = places >= 0
        days = (starts_at[known] - microseconds_of(self.now)) / MICROSECONDS_A_DAY
        reckon = self.people.to_stay if is_there else self.people.to_work
        chances[known] = reckon(places[known], days)
        return chances


def microseconds_of(moment: dt.datetime) -> int:
    """Return a moment as `read_columns` holds times."""
    return (moment - dt.datetime(2000, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def read_chances(session: Session, *, now: dt.datetime) -> AgentChances:
    """Read everybody's history up to `now` in one statement, and learn the chances from it."""
    columns = read_columns(session, histories(now=now))
    return AgentChances(
        now=now,
        agent_ids=columns["id"],
        people=learn_chances(
            Histories(
                worked=columns["worked"],
                missed=columns["missed"],
                tenure_days=columns["tenure_seconds"] / DAY.total_seconds(),
                left=columns["has_left"],
                cohort=columns["cohort"],
            )
        ),
    )


def histories(*, now: dt.datetime) -> Rows:
    """Select each agent's shifts worked and missed, tenure and cohort (who recruited them), as known now.

    Only who stayed away without a word has missed a shift. One given up, however late, counts for nothing:
    agents are told that it is never looked at, and nobody shall come ill for fear of it. A standby counts
    from the call on.
    """
    done = and_(
        Assignment.status.in_((AssignmentStatus.PRESENT, AssignmentStatus.DONE)), Assignment.ends_at <= now
    )
    missing = and_(Assignment.status == AssignmentStatus.MISSING, Assignment.starts_at < now - ON_TIME)
    counted = (
        select(
            Assignment.agent_id,
            cast(func.count().filter(done), Integer).label("worked"),
            cast(func.count().filter(missing), Integer).label("missed"),
        )
        .where(Assignment.kind == AssignmentKind.FORMAL)
        .group_by(Assignment.agent_id)
        .subquery()
    )
    has_left = func.coalesce(Agent.left_at <= now, False)
    last = case((has_left, Agent.left_at), else_=now)
    is_gone = or_(has_left, ~User.is_active)
    return (
        select(
            Agent.id,
            func.coalesce(counted.c.worked, 0).label("worked"),
            func.coalesce(counted.c.missed, 0).label("missed"),
            cast(func.greatest(func.extract("epoch", last - Agent.joined_at), 0), Integer).label(
                "tenure_seconds"
            ),
            cast(is_gone, Integer).label("has_left"),
            cast(func.dense_rank().over(order_by=Agent.recruited_by) - 1, Integer).label("cohort"),
        )
        .join(User, User.id == Agent.user_id)
        .outerjoin(counted, counted.c.agent_id == Agent.id)
        .where(Agent.joined_at <= now)
        .order_by(Agent.id)
    )
