"""Who takes or begins a shift is looked at again: identity, age, and a certificate that holds to its end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NoSubstituteError, WorkStepMissingError
from app.minor_rules import day_stretches, minor_until, touches_night
from app.models import Agent, Assignment, AssignmentKind, AssignmentStatus, Certificate
from app.queries.work_steps import find_missing_step
from app.services import assignments
from app.services.refills import refill_seat
from app.work_steps import WorkStep
from tests.make import NOON, PEAK, Make, shanghai
from tests.small_season import SmallSeason

START, END = PEAK, PEAK + dt.timedelta(hours=4)
SECOND = dt.timedelta(seconds=1)
OFFERED, ACCEPTED = AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


@pytest.fixture
def agent(season: SmallSeason) -> Agent:
    return season.certified_agent()


def change(session: Session, table: type, /, **values: Any) -> None:
    """Set these columns of the only row of a table."""
    with transaction(session):
        row: Any = session.scalars(select(table)).one()
        for name, value in values.items():
            setattr(row, name, value)
    session.expunge_all()


def put(season: SmallSeason, agent: Agent, status: AssignmentStatus, **values: Any) -> Assignment:
    return season.make.assignment(
        agent=agent, project=season.project, slot=season.slot, status=status, **values
    )


def status_of(session: Session, assignment: Assignment) -> AssignmentStatus:
    session.expire_all()
    return session.get_one(Assignment, assignment.id).status


def accept(session: Session, offer: Assignment) -> None:
    with transaction(session):
        assignments.accept_offer(session, offer.id, agent_id=offer.agent_id, now=NOON)


def check_in(session: Session, shift: Assignment, *, now: dt.datetime = START) -> None:
    with transaction(session):
        assignments.check_in(session, shift.id, agent_id=shift.agent_id, now=now)


MISSING = [
    (WorkStep.IDENTITY, Agent, {"identity_confirmed_at": None}),
    (WorkStep.EXPIRED, Certificate, {"expires_at": END - SECOND}),
    (WorkStep.EXPIRED, Certificate, {"expires_at": NOON, "revoked_at": NOON}),
    (WorkStep.SUSPENDED, Certificate, {"suspended_at": NOON, "suspended_until": START + SECOND}),
    (WorkStep.REVOKED, Certificate, {"revoked_at": NOON}),
    (WorkStep.MINOR_HOURS, Agent, {"minor_until": START + SECOND}),
]
LEFT = [
    (Agent, {}),
    (Certificate, {"expires_at": END}),
    (Certificate, {"suspended_at": NOON, "suspended_until": START}),
    (Agent, {"minor_until": START}),
]


class TestGates:
    @pytest.mark.parametrize(("step", "table", "values"), MISSING)
    def test_a_missing_step_refuses_both_the_yes_and_the_check_in(
        self,
        session: Session,
        season: SmallSeason,
        agent: Agent,
        step: WorkStep,
        table: type,
        values: dict[str, Any],
    ) -> None:
        offer = put(season, agent, OFFERED)
        change(session, table, **values)

        with pytest.raises(WorkStepMissingError) as refusal:
            accept(session, offer)
        assert refusal.value.step is step
        assert status_of(session, offer) is OFFERED

        change(session, Assignment, status=ACCEPTED)
        with pytest.raises(WorkStepMissingError) as refusal:
            check_in(session, offer)
        assert refusal.value.step is step
        assert status_of(session, offer) is ACCEPTED

    @pytest.mark.parametrize(("table", "values"), LEFT)
    def test_what_holds_to_the_end_is_enough(
        self, session: Session, season: SmallSeason, agent: Agent, table: type, values: dict[str, Any]
    ) -> None:
        offer = put(season, agent, OFFERED)
        change(session, table, **values)

        accept(session, offer)
        check_in(session, offer)

        assert status_of(session, offer) is AssignmentStatus.PRESENT

    def test_a_certificate_for_another_project_does_not_count(
        self, session: Session, season: SmallSeason, make: Make
    ) -> None:
        offer = put(season, season.certified_agent(project=make.project()), OFFERED)

        with pytest.raises(WorkStepMissingError) as refusal:
            accept(session, offer)
        assert refusal.value.step is WorkStep.CERTIFICATE

    def test_whoever_renews_after_the_start_may_still_come(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        shift = put(season, agent, ACCEPTED)
        change(session, Certificate, issued_at=START + dt.timedelta(minutes=5))

        with pytest.raises(WorkStepMissingError):
            check_in(session, shift, now=START)
        check_in(session, shift, now=START + dt.timedelta(minutes=5))


class TestSubstitutes:
    @pytest.mark.parametrize(("step", "table", "values"), MISSING)
    @pytest.mark.parametrize("kind", AssignmentKind)
    def test_nobody_with_a_missing_step_is_asked_or_called(
        self,
        session: Session,
        season: SmallSeason,
        agent: Agent,
        step: WorkStep,
        table: type,
        values: dict[str, Any],
        kind: AssignmentKind,
    ) -> None:
        """By an offer (FORMAL) or as a standby; a standby's slot is theirs, so their hours are settled."""
        season.book()
        change(session, table, **values)
        if kind is AssignmentKind.STANDBY:
            put(season, agent, ACCEPTED, kind=kind)
        gone = put(season, season.make.agent(), AssignmentStatus.RELEASED)

        if kind is AssignmentKind.STANDBY and step is WorkStep.MINOR_HOURS:
            assert find_missing_step(session, agent.id, gone) is step
            return
        with pytest.raises(NoSubstituteError), transaction(session):
            refill_seat(session, gone.id, actor_user_id=None, now=START - dt.timedelta(hours=1))


class TestMatcher:
    def test_a_shift_that_ends_after_the_certificate_is_not_planned(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        season.book()
        change(session, Certificate, expires_at=END - SECOND)
        assert season.staffed_by() == []
        change(session, Certificate, expires_at=END)
        assert season.staffed_by() == [agent.id]

    def test_minors_are_planned_by_day_alone(
        self, session: Session, season: SmallSeason, make: Make, agent: Agent
    ) -> None:
        season.book()
        morning = make.slot(event=season.event, starts_at=shanghai(12, 6))
        season.book(slot=morning)
        change(session, Agent, minor_until=shanghai(20, 0))

        loaded = season.load()
        windows = loaded.problem
        day = 24 * 60
        first = (shanghai(10, 0) - shanghai(12, 0, month=10)) // dt.timedelta(minutes=1)
        assert list(zip(windows.window_start.tolist(), windows.window_end.tolist(), strict=True)) == [
            (first + number * day + 360, first + number * day + 1320) for number in range(3)
        ]
        assert season.staffed_by() == [agent.id]

    @pytest.mark.parametrize(("until", "minutes"), [(NOON + SECOND, (480, 2400)), (NOON, (720, 3600))])
    def test_minors_have_no_longer_days_and_weeks_than_the_law_allows(
        self,
        session: Session,
        season: SmallSeason,
        make: Make,
        agent: Agent,
        until: dt.datetime,
        minutes: tuple[int, int],
    ) -> None:
        make.needs(agent, max_day_minutes=720, max_week_minutes=3600)
        change(session, Agent, minor_until=until)
        season.book()

        problem = season.load().problem

        assert (problem.max_day_minutes[0], problem.max_week_minutes[0]) == minutes


class TestMinors:
    @pytest.mark.parametrize(("hours", "step"), [(4, None), (5, WorkStep.MINOR_HOURS)])
    def test_eight_hours_are_a_minors_day(
        self,
        session: Session,
        season: SmallSeason,
        make: Make,
        agent: Agent,
        hours: int,
        step: WorkStep | None,
    ) -> None:
        change(session, Agent, minor_until=shanghai(20, 0))
        first = make.slot(event=season.event, starts_at=shanghai(12, 8))
        second = make.slot(event=season.event, starts_at=shanghai(12, 13), hours=hours)
        make.assignment(agent=agent, project=season.project, slot=first, status=ACCEPTED)
        offer = make.assignment(agent=agent, project=season.project, slot=second)

        assert find_missing_step(session, agent.id, offer) is step

    @pytest.mark.parametrize(
        ("hour", "hours", "night"), [(6, 4, False), (5.99, 4, True), (18, 4, False), (18.02, 4, True)]
    )
    def test_night_is_from_ten_to_six(self, hour: float, hours: int, night: bool) -> None:
        starts_at = shanghai(12, 0) + dt.timedelta(hours=hour)
        assert touches_night(starts_at, starts_at + dt.timedelta(hours=hours)) is night

    @pytest.mark.parametrize(
        ("born_on", "until"),
        [
            (dt.date(2008, 10, 20), None),
            (dt.date(2008, 10, 21), shanghai(21, 0, month=10)),
            (dt.date(2010, 5, 1), dt.datetime(2028, 4, 30, 16, tzinfo=dt.UTC)),
            (dt.date(2008, 2, 29), None),
        ],
    )
    def test_the_eighteenth_birthday_ends_it(self, born_on: dt.date, until: dt.datetime | None) -> None:
        assert minor_until(born_on, now=NOON) == until

    def test_who_is_born_on_a_leap_day_waits_for_march(self) -> None:
        before = dt.datetime(2026, 2, 28, 12, tzinfo=dt.UTC)
        assert minor_until(dt.date(2008, 2, 29), now=before) == shanghai(1, 0, month=3)

    def test_nights_are_cut_until_the_birthday(self) -> None:
        assert day_stretches(0, 3000, until=1440 * 5) == [(360, 1320), (1800, 2760)]
        assert day_stretches(0, 3000, until=1440) == [(360, 1320), (1440, 3000)]
        assert day_stretches(1330, 1700, until=9999) == []
