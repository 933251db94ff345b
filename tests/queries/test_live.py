"""A merchant's day on a small set made by hand."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import AssignmentKind, AssignmentStatus, Project
from app.queries import live, live_people
from app.queries.live import LiveBoard
from tests.conftest import CountQueries
from tests.make import Make, shanghai

DAY = dt.date(2026, 11, 11)
START = shanghai(11, 20)
NOW = START + dt.timedelta(minutes=50)


@pytest.fixture
def project(make: Make) -> Project:
    return make.project()


def board(session: Session, project: Project, *, moment: dt.datetime = NOW) -> LiveBoard:
    return live.get_live_board(
        session, merchant_id=project.merchant_id, project_id=None, day=DAY, moment=moment
    )


def minutes(number: float) -> dt.datetime:
    return START + dt.timedelta(minutes=number)


class TestLevel:
    def test_is_the_share_answered_within_thirty_seconds_by_half_hour(
        self, session: Session, make: Make, project: Project
    ) -> None:
        for at, seconds in [(1, 30), (2, 31), (29.9, 4), (30, 4), (31, None)]:
            make.contact(project=project, started_at=minutes(at), first_manual_seconds=seconds)
        make.contact(project=project, started_at=minutes(32), first_manual_seconds=None, minutes=None)

        day = board(session, project)

        assert [(start, group.within_promise, group.decided) for start, group in day.half_hours] == [
            (START, 2, 3),
            (minutes(30), 1, 2),
        ]
        assert (day.today.contacts, day.today.decided, day.today.level) == (6, 5, 3 / 5)
        assert [group.is_below for _, group in day.half_hours] == [True, True]

    def test_the_promise_is_kept_at_98_percent_and_not_below(self) -> None:
        assert not live.Answering(decided=100, within_promise=98).is_below
        assert live.Answering(decided=100, within_promise=97).is_below
        assert not live.Answering().is_below

    def test_nothing_after_the_moment_or_of_another_day_or_merchant_counts(
        self, session: Session, make: Make, project: Project
    ) -> None:
        midnight = shanghai(11, 0)
        for started_at in (midnight - dt.timedelta(seconds=1), midnight, NOW):
            make.contact(project=project, started_at=started_at)
        make.contact(started_at=START)

        assert board(session, project).today.contacts == 1

    def test_satisfaction_counts_only_those_who_rated(
        self, session: Session, make: Make, project: Project
    ) -> None:
        for satisfaction in (5, 4, 3, None):
            make.contact(project=project, started_at=START, satisfaction=satisfaction)

        today = board(session, project).today

        assert (today.rated, today.satisfied, today.satisfied_share) == (3, 2, 2 / 3)

    def test_who_waits_and_who_is_being_answered_now(
        self, session: Session, make: Make, project: Project
    ) -> None:
        agent = make.agent()
        make.contact(project=project, agent=agent, started_at=minutes(48), minutes=10)
        make.contact(project=project, agent=agent, started_at=minutes(30), minutes=10)
        make.contact(
            project=project, started_at=minutes(49), minutes=None, first_manual_seconds=None, messages_out=0
        )
        make.contact(project=project, started_at=minutes(49.5), minutes=10, first_manual_seconds=90)

        day = board(session, project)

        assert (day.being_answered, day.waiting, day.longest_wait_seconds) == (1, 2, 60)


class TestSlots:
    def test_booked_present_and_missing_by_slot(self, session: Session, make: Make, project: Project) -> None:
        event = make.event()
        evening, afternoon = make.slot(event=event), make.slot(event=event, starts_at=shanghai(11, 16))
        make.booking(
            project=project,
            event_id=event.id,
            cells={make.seat_cell(slot=evening).id: 3, make.seat_cell(slot=afternoon).id: 1},
        )
        for status in (AssignmentStatus.PRESENT, AssignmentStatus.MISSING, AssignmentStatus.ACCEPTED):
            make.assignment(project=project, slot=evening, status=status)
        make.assignment(project=project, slot=afternoon, status=AssignmentStatus.DONE)
        make.contact(project=project, started_at=START, first_manual_seconds=60)

        slots = board(session, project).slots

        assert [(slot.booked, slot.present, slot.missing, slot.minutes_below) for slot in slots] == [
            (1, 1, 0, 0),
            (3, 1, 1, 30),
        ]
        assert [slot.answering.contacts for slot in slots] == [0, 1]

    def test_a_day_without_a_season_still_has_its_hours(
        self, session: Session, make: Make, project: Project
    ) -> None:
        slots = board(session, project).slots

        assert [slot.starts_at for slot in slots] == [shanghai(11, hour) for hour in range(0, 24, 4)]


class TestPeople:
    def test_names_states_and_whose_seat_a_standby_has(
        self, session: Session, make: Make, project: Project
    ) -> None:
        slot = make.slot()
        missing = make.assignment(
            agent=make.agent(user=make.user(name="赵婷")),
            project=project,
            slot=slot,
            status=AssignmentStatus.MISSING,
        )
        here = make.agent(user=make.user(name="林晓"))
        make.assignment(agent=here, project=project, slot=slot, status=AssignmentStatus.PRESENT)
        make.contact(agent=here, project=project, started_at=minutes(45))
        earlier = make.slot(event=make.event(), starts_at=shanghai(18, 20, month=6))
        make.assignment(agent=here, project=project, slot=earlier, status=AssignmentStatus.DONE)
        standby = make.assignment(
            agent=make.agent(user=make.user(name="刘洋")),
            project=project,
            slot=slot,
            status=AssignmentStatus.PRESENT,
        )
        standby.called_at, standby.replaces_id = minutes(7), missing.id
        make.save(standby)
        make.assignment(
            project=project, slot=slot, kind=AssignmentKind.STANDBY, status=AssignmentStatus.ACCEPTED
        )
        make.assignment(slot=slot, status=AssignmentStatus.PRESENT)

        people = board(session, project).people

        assert [(person.name, person.status.value) for person in people] == [
            ("林晓", "present"),
            ("刘洋", "present"),
            ("赵婷", "missing"),
        ]
        assert (people[0].open_contacts, people[0].shift_number, people[0].worked_here_before) == (1, 2, True)
        assert (people[1].replaces, people[1].called_at, people[1].shift_number) == ("赵婷", minutes(7), 1)

    def test_a_merchant_learns_nothing_of_needs(self) -> None:
        fields = set(live_people.Person.__dataclass_fields__)

        assert not fields & {"needs", "text_only", "max_concurrent", "response_allowance", "region"}


def test_another_merchants_project_is_not_found(session: Session, make: Make, project: Project) -> None:
    with pytest.raises(NotFoundError):
        live.get_live_board(session, merchant_id=uuid.uuid4(), project_id=project.id, day=DAY, moment=NOW)


def test_a_board_takes_three_queries_however_much_happens(
    session: Session, make: Make, project: Project, count_queries: CountQueries
) -> None:
    slot = make.slot()
    counts = []
    for _ in range(2):
        for _ in range(3):
            agent = make.agent()
            make.assignment(agent=agent, project=project, slot=slot, status=AssignmentStatus.PRESENT)
            make.contact(agent=agent, project=project, started_at=START)
        with count_queries() as statements:
            assert board(session, project).people
        counts.append(len(statements))

    assert counts == [3, 3]
