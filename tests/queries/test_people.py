"""Who is shown, how they attend, and how long people stay."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import Agent, AgentStatus, AssignmentStatus
from app.queries import people
from app.queries.people import Cohort, Filter, Stay
from tests.conftest import CountQueries
from tests.make import NOON, Make, shanghai


def days_ago(days: float) -> dt.datetime:
    return NOON - dt.timedelta(days=days)


def recruited(make: Make, how: str, **values: dt.datetime | None) -> Agent:
    agent = make.agent(**values)  # type: ignore[arg-type]
    agent.recruited_by = how
    return make.save(agent)


class TestListPeople:
    def test_counts_worked_and_missed_shifts_and_nothing_else(self, session: Session, make: Make) -> None:
        agent, project = make.agent(), make.project()
        for day, status in enumerate(
            (
                AssignmentStatus.DONE,
                AssignmentStatus.PRESENT,
                AssignmentStatus.MISSING,
                AssignmentStatus.DECLINED,
                AssignmentStatus.OFFERED,
            ),
            start=1,
        ):
            make.assignment(
                agent=agent, project=project, slot=make.slot(starts_at=shanghai(day, 20)), status=status
            )

        (line,) = people.list_people(session, Filter())

        assert (line.worked, line.missed) == (2, 1)
        assert people.get_person(session, agent.id) == line

    def test_the_lowest_standing_comes_first(self, session: Session, make: Make) -> None:
        for standing in (70, 30, 50):
            make.agent(standing=standing)

        assert [line.standing for line in people.list_people(session, Filter())] == [30, 50, 70]

    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            (Filter(), 2),
            (Filter(with_left=True), 3),
            (Filter(cohort=Cohort.REGION, group="兰考县"), 1),
            (Filter(cohort=Cohort.RECRUITER, group="county"), 1),
            (Filter(cohort=Cohort.MONTH, group="2026-09"), 1),
            (Filter(cohort=Cohort.MONTH, group="2026-09", with_left=True), 2),
            (Filter(cohort=Cohort.REGION, group="nowhere"), 0),
        ],
    )
    def test_filters_by_group_and_leaves_out_those_who_left(
        self, session: Session, make: Make, chosen: Filter, expected: int
    ) -> None:
        september = dt.datetime(2026, 9, 10, tzinfo=dt.UTC)
        make.agent(region="兰考县", joined_at=september)
        make.agent(joined_at=september, left_at=days_ago(1), status=AgentStatus.LEFT)
        recruited(make, "county")

        assert people.count_people(session, chosen) == expected
        assert len(people.list_people(session, chosen)) == expected

    def test_takes_one_query_however_many_there_are(
        self, session: Session, make: Make, count_queries: CountQueries
    ) -> None:
        counts = []
        for _ in range(2):
            for _ in range(3):
                make.assignment(status=AssignmentStatus.DONE)
            with count_queries() as statements:
                assert people.list_people(session, Filter())
            counts.append(len(statements))

        assert counts == [1, 1]

    def test_nobody_is_not_found(self, session: Session) -> None:
        with pytest.raises(NotFoundError):
            people.get_person(session, uuid.uuid4())


class TestStays:
    def test_adds_up_whole_days_by_group_and_counts_those_here_apart(
        self, session: Session, make: Make
    ) -> None:
        for _ in range(2):
            recruited(make, "county", joined_at=days_ago(10.5))
        recruited(make, "county", joined_at=days_ago(30), left_at=days_ago(19.1))
        recruited(make, "self", joined_at=days_ago(40), left_at=days_ago(10))

        stays = people.list_stays(session, Cohort.RECRUITER, now=NOON)

        assert stays == [
            Stay(group="county", days=10, left=1, here=2),
            Stay(group="self", days=30, left=1, here=0),
        ]

    def test_somebody_who_leaves_later_is_still_here(self, session: Session, make: Make) -> None:
        make.agent(joined_at=days_ago(5), left_at=NOON + dt.timedelta(days=1))
        make.agent(joined_at=NOON + dt.timedelta(days=1))

        (stay,) = people.list_stays(session, Cohort.REGION, now=NOON)

        assert (stay.days, stay.left, stay.here) == (5, 0, 1)

    def test_months_are_those_of_the_business(self, session: Session, make: Make) -> None:
        make.agent(joined_at=dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC))

        (stay,) = people.list_stays(session, Cohort.MONTH, now=NOON)

        assert stay.group == "2026-10"


def test_monthly_loss_is_of_those_who_were_here_thirty_days_ago(session: Session, make: Make) -> None:
    make.agent(joined_at=days_ago(60))
    make.agent(joined_at=days_ago(60), left_at=days_ago(5))
    make.agent(joined_at=days_ago(60), left_at=days_ago(31))
    make.agent(joined_at=days_ago(20), left_at=days_ago(5))

    loss = people.get_monthly_loss(session, now=NOON)

    assert (loss.here_then, loss.left_since) == (2, 1)
