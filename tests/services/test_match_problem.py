"""What the matcher is told: who may sit where, from the tables alone."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import (
    AgentBlock,
    AgentStatus,
    AssignmentKind,
    AssignmentStatus,
    BookingStatus,
    Certificate,
    Consent,
    ConsentPurpose,
    ServiceLine,
)
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve
from tests.conftest import CountQueries
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


def test_a_certified_available_agent_gets_the_seat(season: SmallSeason) -> None:
    season.book()
    agent = season.certified_agent()

    assert season.staffed_by() == [agent.id]


def test_nothing_booked_is_a_problem_without_rows(season: SmallSeason) -> None:
    season.certified_agent()

    assert season.load().rows == 0
    assert season.staffed_by() == []


@pytest.mark.parametrize("status", [BookingStatus.HELD, BookingStatus.EXPIRED, BookingStatus.CANCELLED])
def test_only_confirmed_bookings_are_staffed(season: SmallSeason, status: BookingStatus) -> None:
    season.book(status=status)
    season.certified_agent()

    assert season.load().problem.seats == 0


def test_slots_that_have_begun_are_left_alone(season: SmallSeason) -> None:
    season.book()
    season.certified_agent()

    assert season.load(now=season.slot.starts_at).rows == 0


@pytest.mark.parametrize(
    ("issued", "expires", "gets_it"),
    [
        (NOON, shanghai(11, 24), True),
        (NOON, shanghai(11, 23), False),
        (shanghai(11, 20), shanghai(30, 0), True),
        (shanghai(11, 21), shanghai(30, 0), False),
    ],
)
def test_a_certificate_counts_for_shifts_within_its_validity(
    season: SmallSeason, issued: dt.datetime, expires: dt.datetime, gets_it: bool
) -> None:
    season.book()
    agent = season.make.agent()
    season.make.availability(agent, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
    season.make.certificate(agent, project=season.project, issued_at=issued, expires_at=expires)

    assert bool(season.staffed_by()) == gets_it


def test_a_certificate_that_runs_out_in_the_season_serves_its_first_part(season: SmallSeason) -> None:
    later = season.make.slot(event=season.event, starts_at=shanghai(12, 20))
    season.book()
    season.book(slot=later)
    short = season.make.agent()
    season.make.availability(short, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
    season.make.certificate(short, project=season.project, expires_at=shanghai(12, 8))

    loaded = season.load()
    solution = solve(loaded.problem, effort=4)

    assert loaded.certified.parts == 2
    assert [row for _, row in solution.pairs(loaded.problem)] == [f"{season.project.id}/{season.slot.id}"]


@pytest.mark.parametrize(("until", "gets_it"), [(shanghai(11, 20), True), (shanghai(11, 21), False)])
def test_a_suspended_person_gets_what_begins_after_it(
    season: SmallSeason, session: Session, until: dt.datetime, gets_it: bool
) -> None:
    season.book()
    agent = season.certified_agent()
    session.execute(
        update(Certificate)
        .where(Certificate.agent_id == agent.id, Certificate.project_id.is_not(None))
        .values(suspended_at=NOON, suspended_until=until)
    )

    assert bool(season.staffed_by()) == gets_it


def test_a_revoked_certificate_counts_for_nothing(season: SmallSeason) -> None:
    season.book()
    agent = season.make.agent()
    season.make.availability(agent, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
    season.make.certificate(agent, project=season.project, revoked_at=NOON)

    assert season.staffed_by() == []


def test_people_who_left_are_out(season: SmallSeason) -> None:
    season.book()
    agent = season.make.agent(status=AgentStatus.LEFT)
    season.make.availability(agent, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
    season.make.certificate(agent, project=season.project)

    assert season.load().problem.agents == 0


def test_a_blocked_pair_is_never_matched(season: SmallSeason) -> None:
    season.book()
    agent = season.certified_agent()
    season.make.save(
        AgentBlock(
            id=uuid.uuid4(),
            agent_id=agent.id,
            merchant_id=season.project.merchant_id,
            asked_by="agent",
            created_at=NOON,
        )
    )

    assert season.staffed_by() == []
    assert season.load().problem.block_agent.tolist() == [0]


class TestNeeds:
    @pytest.mark.parametrize(
        ("line", "concurrent_chats", "needs", "gets_it"),
        [
            (ServiceLine.HOTLINE, 1, {"text_only": True}, False),
            (ServiceLine.PRESALES_CHAT, 3, {"text_only": True}, True),
            (ServiceLine.PRESALES_CHAT, 3, {"max_concurrent": 2}, False),
            (ServiceLine.PRESALES_CHAT, 3, {"max_concurrent": 3}, True),
            (ServiceLine.PRESALES_CHAT, 5, {}, False),
            (ServiceLine.PRESALES_CHAT, 3, {"max_stretch_minutes": 180}, False),
            (ServiceLine.PRESALES_CHAT, 3, {"max_day_minutes": 180}, False),
            (ServiceLine.PRESALES_CHAT, 3, {"max_week_minutes": 180}, False),
        ],
    )
    def test_are_hard_rules(
        self,
        season: SmallSeason,
        line: ServiceLine,
        concurrent_chats: int,
        needs: dict[str, object],
        gets_it: bool,
    ) -> None:
        project = season.make.project(service_line=line, concurrent_chats=concurrent_chats)
        season.book(project=project)
        agent = season.certified_agent(project=project)
        if needs:
            season.make.needs(agent, **needs)

        assert bool(season.staffed_by()) == gets_it

    @pytest.mark.parametrize(("withdrawn", "gets_it"), [(None, False), (NOON, True)])
    def test_are_not_used_after_the_consent_was_withdrawn(
        self, season: SmallSeason, withdrawn: dt.datetime | None, gets_it: bool
    ) -> None:
        season.book()
        agent = season.certified_agent()
        season.make.needs(agent, max_week_minutes=180)
        season.make.save(
            Consent(
                id=uuid.uuid4(),
                agent_id=agent.id,
                purpose=ConsentPurpose.NEEDS_IN_MATCHING,
                given_at=NOON,
                withdrawn_at=withdrawn,
            )
        )

        assert bool(season.staffed_by()) == gets_it

    def test_default_where_there_is_no_row(self, season: SmallSeason) -> None:
        season.book()
        season.certified_agent()

        person = next(iter(season_of(season.load().problem).people.values()))

        assert (person.max_week_minutes, person.max_day_minutes, person.min_rest_minutes) == (2400, 480, 660)
        assert (person.max_stretch_minutes, person.max_consecutive_days) == (480, 6)


class TestLiveShifts:
    def test_keep_their_seats_and_their_people(self, season: SmallSeason) -> None:
        season.book(2)
        first = season.certified_agent()
        second = season.certified_agent()
        season.make.assignment(agent=first, project=season.project, slot=season.slot)

        loaded = season.load()

        assert loaded.staffed.tolist() == [1]
        assert season.staffed_by() == [second.id]

    @pytest.mark.parametrize("status", [AssignmentStatus.DECLINED, AssignmentStatus.LAPSED])
    def test_that_were_given_back_free_the_seat(self, season: SmallSeason, status: AssignmentStatus) -> None:
        season.book()
        agent = season.certified_agent()
        season.make.assignment(agent=agent, project=season.project, slot=season.slot, status=status)

        assert season.staffed_by() == [agent.id]

    def test_on_standby_take_time_but_fill_no_seat(self, season: SmallSeason) -> None:
        season.book()
        agent = season.certified_agent()
        season.make.assignment(
            agent=agent, project=season.project, slot=season.slot, kind=AssignmentKind.STANDBY
        )

        assert season.load().staffed.tolist() == [0]
        assert season.load().standing_by.tolist() == [1]
        assert season.staffed_by() == []

    def test_count_for_rest(self, season: SmallSeason) -> None:
        morning = season.make.slot(event=season.event, starts_at=shanghai(12, 4))
        season.book(slot=morning)
        agent = season.certified_agent()
        season.make.assignment(agent=agent, slot=season.slot)

        assert season.staffed_by() == []

    def test_that_break_newer_needs_stay_and_bring_no_further_shift(self, season: SmallSeason) -> None:
        season.book()
        agent = season.certified_agent()
        season.make.assignment(
            agent=agent, slot=season.make.slot(event=season.event, starts_at=shanghai(2, 8))
        )
        season.make.needs(agent, max_week_minutes=180)

        assert season.load().frozen == 1
        assert season.staffed_by() == []


class TestPoints:
    def test_of_the_seat_are_its_price_in_yuan(self, season: SmallSeason) -> None:
        season.book()

        assert season.load().problem.demand_value.tolist() == [1156]

    def test_prefer_who_worked_for_the_merchant_before(self, season: SmallSeason) -> None:
        season.book()
        season.certified_agent(standing=64)
        known = season.certified_agent(standing=60)
        past = season.make.slot(event=season.event, starts_at=shanghai(1, 8))
        season.make.assignment(agent=known, project=season.project, slot=past, status=AssignmentStatus.DONE)

        assert season.staffed_by() == [known.id]

    def test_prefer_who_asked_for_the_time(self, season: SmallSeason) -> None:
        season.book()
        season.certified_agent(standing=60)
        keen = season.make.agent(standing=58)
        season.make.certificate(keen, project=season.project)
        season.make.availability(keen, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0), preference=1)

        assert season.staffed_by() == [keen.id]


def test_reading_takes_as_many_statements_however_large_the_season(
    season: SmallSeason, count_queries: CountQueries
) -> None:
    counts: list[int] = []
    for _ in range(2):
        season.book(
            project=season.make.project(service_line=ServiceLine.PRESALES_CHAT),
            slot=season.make.slot(event=season.event, starts_at=shanghai(3 + len(counts), 8)),
        )
        season.certified_agent()
        with count_queries() as statements:
            season.load()
        counts.append(len(statements))

    assert counts[0] == counts[1] == 7
