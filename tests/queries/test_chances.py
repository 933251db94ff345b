"""What is known of people's coming and staying, at a moment."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from app.models import Agent, AgentStatus, AssignmentKind, AssignmentStatus
from app.queries.chances import AgentChances, histories, microseconds_of, read_chances
from app.queries.columns import read_columns, uuid_of
from tests.conftest import CountQueries
from tests.make import NOON, Make, shanghai

DAY = dt.timedelta(days=1)


@pytest.fixture
def agent(make: Make) -> Agent:
    return make.agent(joined_at=NOON - 100 * DAY)


def history_of(session: Session, agent: Agent, *, now: dt.datetime) -> dict[str, int]:
    columns = read_columns(session, histories(now=now))
    place = [uuid_of(raw) for raw in columns["id"]].index(agent.id)
    return {name: int(column[place]) for name, column in columns.items() if name != "id"}


def shift(make: Make, agent: Agent, day: int, status: AssignmentStatus, **values: Any) -> None:
    """Save a shift of November, 20:00 to 24:00."""
    slot = make.slot(event=make.event(), starts_at=shanghai(day, 20))
    make.assignment(agent=agent, project=make.project(), slot=slot, status=status, **values)


class TestHistory:
    def test_counts_what_was_worked_and_missed(self, session: Session, make: Make, agent: Agent) -> None:
        for day, status in (
            (1, AssignmentStatus.DONE),
            (2, AssignmentStatus.DONE),
            (3, AssignmentStatus.MISSING),
            (4, AssignmentStatus.DECLINED),
            (5, AssignmentStatus.LAPSED),
        ):
            shift(make, agent, day, status)

        found = history_of(session, agent, now=shanghai(20, 0))

        assert (found["worked"], found["missed"]) == (2, 1)

    @pytest.mark.parametrize("hours", [13, 11, 0])
    def test_a_shift_given_up_is_never_held_against_anybody(
        self, session: Session, make: Make, agent: Agent, hours: int
    ) -> None:
        given_up_at = shanghai(3, 20) - dt.timedelta(hours=hours)
        shift(make, agent, 3, AssignmentStatus.RELEASED, responded_at=given_up_at)

        found = history_of(session, agent, now=shanghai(20, 0))

        assert (found["worked"], found["missed"]) == (0, 0)

    def test_a_standby_who_was_not_called_counts_for_nothing(
        self, session: Session, make: Make, agent: Agent
    ) -> None:
        shift(make, agent, 1, AssignmentStatus.DONE, kind=AssignmentKind.STANDBY)

        assert history_of(session, agent, now=shanghai(20, 0))["worked"] == 0

    def test_knows_nothing_of_the_future(self, session: Session, make: Make) -> None:
        """Read as of the second of November, what happened later has not happened."""
        agent = make.agent(joined_at=NOON - 100 * DAY, left_at=shanghai(5, 0), status=AgentStatus.LEFT)
        shift(make, agent, 1, AssignmentStatus.DONE)
        shift(make, agent, 2, AssignmentStatus.DONE)
        shift(make, agent, 3, AssignmentStatus.MISSING)
        shift(make, agent, 4, AssignmentStatus.RELEASED, responded_at=shanghai(4, 18))
        newcomer = make.agent(joined_at=shanghai(3, 0))

        then = history_of(session, agent, now=shanghai(2, 12))
        later = history_of(session, agent, now=shanghai(6, 0))

        assert (then["worked"], then["missed"], then["has_left"]) == (1, 0, 0)
        assert (later["worked"], later["missed"], later["has_left"]) == (2, 1, 1)
        assert later["tenure_seconds"] == (shanghai(5, 0) - NOON + 100 * DAY).total_seconds()
        with pytest.raises(ValueError, match="is not in list"):
            history_of(session, newcomer, now=shanghai(2, 12))


class TestChances:
    def test_falls_with_the_days_until_the_shift(self, session: Session, make: Make, agent: Agent) -> None:
        chances = read_chances(session, now=NOON)

        soon, late = chance_of(chances, agent, NOON), chance_of(chances, agent, NOON + 60 * DAY)

        assert soon == pytest.approx(chances.people.prior.mean)
        # With nobody's leaving known, one in ten is gone a month.
        assert late == pytest.approx(soon * 0.81, rel=0.06)

    def test_nobody_unknown_or_gone_comes(self, session: Session, make: Make, agent: Agent) -> None:
        gone = make.agent(joined_at=NOON - 50 * DAY, left_at=NOON - DAY, status=AgentStatus.LEFT)

        chances = read_chances(session, now=NOON)

        assert chance_of(chances, gone, NOON) == 0.0
        assert chances.to_work(np.array([uuid.uuid4().bytes], dtype="S16"), np.array([0])).tolist() == [0.0]

    def test_takes_one_statement(
        self, session: Session, make: Make, agent: Agent, count_queries: CountQueries
    ) -> None:
        with count_queries() as statements:
            read_chances(session, now=NOON)

        assert len(statements) == 1

    def test_nobody_at_all_is_no_fault(self, session: Session) -> None:
        assert len(read_chances(session, now=NOON).agent_ids) == 0


def chance_of(chances: AgentChances, agent: Agent, moment: dt.datetime) -> float:
    ids = np.array([agent.id.bytes], dtype="S16")
    return float(chances.to_work(ids, np.array([microseconds_of(moment)]))[0])
