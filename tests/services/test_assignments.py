from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import CheckInClosedError, NotFoundError, OfferClosedError, StaleStateError
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    AuditEntry,
    Notice,
    NoticeKind,
    OutboxMessage,
    Topic,
)
from app.queries.match_input import read_match_input
from app.queries.people import get_person
from app.services import assignments
from tests.make import NOON, PEAK, Make
from tests.small_season import SmallSeason

START = PEAK
END = PEAK + dt.timedelta(hours=4)
MINUTE = dt.timedelta(minutes=1)
MICROSECOND = dt.timedelta(microseconds=1)
WALL = NOON
ACCEPTED, PRESENT, MISSING = AssignmentStatus.ACCEPTED, AssignmentStatus.PRESENT, AssignmentStatus.MISSING


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


@pytest.fixture
def agent(season: SmallSeason) -> Agent:
    return season.certified_agent()


def assigned(
    season: SmallSeason,
    agent: Agent,
    status: AssignmentStatus,
    *,
    kind: AssignmentKind = AssignmentKind.FORMAL,
    **changes: object,
) -> uuid.UUID:
    row = season.make.assignment(
        agent=agent, project=season.project, slot=season.slot, status=status, kind=kind
    )
    if changes:
        saved = season.session.get_one(Assignment, row.id)
        for name, value in changes.items():
            setattr(saved, name, value)
        season.session.commit()
        season.session.expunge_all()
    return row.id


def status_of(session: Session, assignment_id: uuid.UUID) -> AssignmentStatus:
    return session.scalars(select(Assignment.status).where(Assignment.id == assignment_id)).one()


def refills_promised(session: Session) -> list[str]:
    return [
        payload["assignment_id"]
        for payload in session.scalars(
            select(OutboxMessage.payload).where(OutboxMessage.topic == Topic.REFILL_SEAT)
        )
    ]


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("assignment.%"))))


class TestAnswering:
    def test_a_yes_makes_the_shift_mine(self, session: Session, season: SmallSeason, agent: Agent) -> None:
        offer = assigned(season, agent, AssignmentStatus.OFFERED)

        with transaction(session):
            assignments.accept_offer(session, offer, agent_id=agent.id, now=NOON)

        assert status_of(session, offer) is ACCEPTED
        assert refills_promised(session) == []
        assert actions(session) == ["assignment.accepted"]

    def test_a_no_sends_the_seat_on(self, session: Session, season: SmallSeason, agent: Agent) -> None:
        offer = assigned(season, agent, AssignmentStatus.OFFERED)

        with transaction(session):
            assignments.decline_offer(session, offer, agent_id=agent.id, now=NOON, wall_now=WALL)

        assert status_of(session, offer) is AssignmentStatus.DECLINED
        assert refills_promised(session) == [str(offer)]

    def test_a_no_to_standing_by_leaves_no_seat_empty(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        offer = assigned(season, agent, AssignmentStatus.OFFERED, kind=AssignmentKind.STANDBY)

        with transaction(session):
            assignments.decline_offer(session, offer, agent_id=agent.id, now=NOON, wall_now=WALL)

        assert refills_promised(session) == []

    def test_the_last_moment_to_say_yes(self, session: Session, season: SmallSeason, agent: Agent) -> None:
        offer = assigned(season, agent, AssignmentStatus.OFFERED)
        deadline = NOON + dt.timedelta(days=2)

        with pytest.raises(OfferClosedError), transaction(session):
            assignments.accept_offer(session, offer, agent_id=agent.id, now=deadline)
        with transaction(session):
            assignments.accept_offer(session, offer, agent_id=agent.id, now=deadline - MICROSECOND)

        assert status_of(session, offer) is ACCEPTED

    @pytest.mark.parametrize("status", [s for s in AssignmentStatus if s is not AssignmentStatus.OFFERED])
    def test_what_is_answered_cannot_be_answered_again(
        self, session: Session, season: SmallSeason, agent: Agent, status: AssignmentStatus
    ) -> None:
        offer = assigned(season, agent, status)

        with pytest.raises(OfferClosedError), transaction(session):
            assignments.accept_offer(session, offer, agent_id=agent.id, now=NOON)
        with pytest.raises(OfferClosedError), transaction(session):
            assignments.decline_offer(session, offer, agent_id=agent.id, now=NOON, wall_now=WALL)

        assert status_of(session, offer) is status

    def test_somebody_elses_offer_is_not_found(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        offer = assigned(season, season.certified_agent(), AssignmentStatus.OFFERED)

        with pytest.raises(NotFoundError), transaction(session):
            assignments.accept_offer(session, offer, agent_id=agent.id, now=NOON)


class TestReleasing:
    def test_gives_the_seat_to_somebody_else(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        shift = assigned(season, agent, ACCEPTED)

        with transaction(session):
            assignments.release_shift(
                session, shift, agent_id=agent.id, now=START - MICROSECOND, wall_now=WALL
            )

        assert status_of(session, shift) is AssignmentStatus.RELEASED
        assert refills_promised(session) == [str(shift)]

    def test_is_over_when_the_shift_starts(self, session: Session, season: SmallSeason, agent: Agent) -> None:
        shift = assigned(season, agent, ACCEPTED)

        with pytest.raises(StaleStateError), transaction(session):
            assignments.release_shift(session, shift, agent_id=agent.id, now=START, wall_now=WALL)

    @pytest.mark.parametrize("status", [s for s in AssignmentStatus if s is not ACCEPTED])
    def test_only_what_was_accepted_can_be_given_up(
        self, session: Session, season: SmallSeason, agent: Agent, status: AssignmentStatus
    ) -> None:
        shift = assigned(season, agent, status)

        with pytest.raises(StaleStateError), transaction(session):
            assignments.release_shift(session, shift, agent_id=agent.id, now=NOON, wall_now=WALL)


class TestCallingInSick:
    def test_gives_the_seat_to_somebody_else_even_after_the_start(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        shift = assigned(season, agent, ACCEPTED)

        with transaction(session):
            assignments.call_in_sick(session, shift, agent_id=agent.id, now=START + 4 * MINUTE, wall_now=WALL)

        assert status_of(session, shift) is AssignmentStatus.RELEASED
        assert refills_promised(session) == [str(shift)]

    def test_leaves_no_trace_of_illness(self, session: Session, season: SmallSeason, agent: Agent) -> None:
        shift = assigned(season, agent, ACCEPTED)

        with transaction(session):
            assignments.call_in_sick(session, shift, agent_id=agent.id, now=NOON, wall_now=WALL)

        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.details) == ("assignment.released", {})

    def test_is_over_when_the_shift_is(self, session: Session, season: SmallSeason, agent: Agent) -> None:
        shift = assigned(season, agent, ACCEPTED)

        with pytest.raises(StaleStateError), transaction(session):
            assignments.call_in_sick(session, shift, agent_id=agent.id, now=END, wall_now=WALL)

    @pytest.mark.parametrize("status", [s for s in AssignmentStatus if s is not ACCEPTED])
    def test_only_from_what_was_accepted(
        self, session: Session, season: SmallSeason, agent: Agent, status: AssignmentStatus
    ) -> None:
        shift = assigned(season, agent, status)

        with pytest.raises(StaleStateError), transaction(session):
            assignments.call_in_sick(session, shift, agent_id=agent.id, now=NOON, wall_now=WALL)


class TestCheckingIn:
    def check_in(self, session: Session, shift: uuid.UUID, agent: Agent, now: dt.datetime) -> None:
        with transaction(session):
            assignments.check_in(session, shift, agent_id=agent.id, now=now)

    @pytest.mark.parametrize("now", [START - 30 * MINUTE, START + 15 * MINUTE])
    def test_within_the_window(
        self, session: Session, season: SmallSeason, agent: Agent, now: dt.datetime
    ) -> None:
        shift = assigned(season, agent, ACCEPTED)

        self.check_in(session, shift, agent, now)

        assert session.get_one(Assignment, shift).checked_in_at == now
        assert status_of(session, shift) is PRESENT

    @pytest.mark.parametrize("now", [START - 30 * MINUTE - MICROSECOND, START + 15 * MINUTE + MICROSECOND])
    def test_outside_it_says_when_it_is_open(
        self, session: Session, season: SmallSeason, agent: Agent, now: dt.datetime
    ) -> None:
        shift = assigned(season, agent, ACCEPTED)

        with pytest.raises(CheckInClosedError) as refusal:
            self.check_in(session, shift, agent, now)

        assert refusal.value.opens_at == START - 30 * MINUTE
        assert refusal.value.closes_at == START + 15 * MINUTE

    @pytest.mark.parametrize(
        ("minutes", "on_time"), [(dt.timedelta(minutes=5), True), (5 * MINUTE + MICROSECOND, False)]
    )
    def test_is_on_time_until_five_minutes_after_the_start(
        self, session: Session, season: SmallSeason, agent: Agent, minutes: dt.timedelta, on_time: bool
    ) -> None:
        shift = assigned(season, agent, ACCEPTED)

        self.check_in(session, shift, agent, START + minutes)

        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "assignment.checked-in")).one()
        assert entry.details == {"on_time": on_time}

    def test_twice_is_once(self, session: Session, season: SmallSeason, agent: Agent) -> None:
        shift = assigned(season, agent, ACCEPTED)
        self.check_in(session, shift, agent, START)

        self.check_in(session, shift, agent, START + MINUTE)

        assert session.get_one(Assignment, shift).checked_in_at == START
        assert actions(session) == ["assignment.checked-in"]

    def test_a_standby_that_was_not_called_has_nothing_to_check_in_to(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        standby = assigned(season, agent, ACCEPTED, kind=AssignmentKind.STANDBY)

        with pytest.raises(StaleStateError):
            self.check_in(session, standby, agent, START)

        assert status_of(session, standby) is ACCEPTED

    def test_a_missing_person_may_come_while_the_seat_is_empty(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        season.book(1)
        shift = assigned(season, agent, MISSING)

        self.check_in(session, shift, agent, START + 14 * MINUTE)

        assert status_of(session, shift) is PRESENT

    def test_but_not_when_somebody_else_has_it(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        season.book(1)
        shift = assigned(season, agent, MISSING)
        assigned(season, season.certified_agent(), AssignmentStatus.OFFERED, replaces_id=shift)

        with pytest.raises(StaleStateError):
            self.check_in(session, shift, agent, START + 14 * MINUTE)

    def test_and_again_when_that_one_said_no(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        season.book(1)
        shift = assigned(season, agent, MISSING)
        assigned(season, season.certified_agent(), AssignmentStatus.DECLINED, replaces_id=shift)

        self.check_in(session, shift, agent, START + 14 * MINUTE)

        assert status_of(session, shift) is PRESENT

    def test_somebody_elses_shift_is_not_found(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        shift = assigned(season, season.certified_agent(), ACCEPTED)

        with pytest.raises(NotFoundError):
            self.check_in(session, shift, agent, START)


class TestLapsing:
    def test_closes_offers_from_their_deadline_on_and_sends_the_seats_on(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        late = assigned(season, agent, AssignmentStatus.OFFERED, respond_by=NOON)
        waiting = assigned(
            season, season.certified_agent(), AssignmentStatus.OFFERED, respond_by=NOON + MICROSECOND
        )

        with transaction(session):
            assert assignments.lapse_offers(session, now=NOON, wall_now=WALL) == 1

        assert status_of(session, late) is AssignmentStatus.LAPSED
        assert status_of(session, waiting) is AssignmentStatus.OFFERED
        assert refills_promised(session) == [str(late)]
        assert session.scalars(select(Notice.kind)).all() == [NoticeKind.OFFER_LAPSED]

    def test_a_second_round_finds_nothing(self, session: Session, season: SmallSeason, agent: Agent) -> None:
        assigned(season, agent, AssignmentStatus.OFFERED, respond_by=NOON)

        for found in (1, 0):
            with transaction(session):
                assert assignments.lapse_offers(session, now=NOON, wall_now=WALL) == found

        assert len(refills_promised(session)) == 1


class TestWatchingAttendance:
    def watch(self, session: Session, now: dt.datetime) -> int:
        with transaction(session):
            return assignments.watch_attendance(session, now=now, wall_now=WALL)

    def test_somebody_is_missing_after_the_five_minutes(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        shift = assigned(season, agent, ACCEPTED)

        assert self.watch(session, START + 5 * MINUTE) == 0
        assert status_of(session, shift) is ACCEPTED
        assert self.watch(session, START + 5 * MINUTE + MICROSECOND) == 1
        assert status_of(session, shift) is MISSING
        assert refills_promised(session) == [str(shift)]

    @pytest.mark.parametrize("name", ["called_at", "responded_at"])
    def test_who_was_called_or_said_yes_late_has_a_quarter_of_an_hour(
        self, session: Session, season: SmallSeason, agent: Agent, name: str
    ) -> None:
        since = START + 10 * MINUTE
        shift = assigned(season, agent, ACCEPTED, **{name: since})  # type: ignore[arg-type]

        self.watch(session, since + 15 * MINUTE)
        assert status_of(session, shift) is ACCEPTED
        self.watch(session, since + 15 * MINUTE + MICROSECOND)
        assert status_of(session, shift) is MISSING

    def test_a_called_standby_has_no_less_time_than_everybody(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        shift = assigned(season, agent, ACCEPTED, called_at=START - dt.timedelta(hours=1))

        self.watch(session, START + 5 * MINUTE)

        assert status_of(session, shift) is ACCEPTED

    def test_nobody_is_looked_for_when_the_shift_is_over(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        shift = assigned(season, agent, ACCEPTED)

        assert self.watch(session, END) == 2  # marked missing, and counted

        assert status_of(session, shift) is MISSING
        assert refills_promised(session) == []

    def test_a_shift_worked_counts_once_and_only_at_its_end(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        shift = assigned(season, agent, PRESENT, checked_in_at=START)

        assert self.watch(session, END - MICROSECOND) == 0
        assert self.watch(session, END) == 1
        assert self.watch(session, END + MINUTE) == 0

        assert status_of(session, shift) is AssignmentStatus.DONE
        found = session.get_one(Agent, agent.id)
        assert (found.shifts_worked, found.shifts_missed) == (1, 0)

    def test_a_shift_missed_counts_once_and_only_at_its_end(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        shift = assigned(season, agent, MISSING)

        assert self.watch(session, END - MICROSECOND) == 0
        assert self.watch(session, END) == 1
        assert self.watch(session, END + MINUTE) == 0

        assert status_of(session, shift) is MISSING
        found = session.get_one(Agent, agent.id)
        assert (found.shifts_worked, found.shifts_missed) == (0, 1)

    def test_a_standby_is_never_missing_and_ends_without_counting(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        standby = assigned(season, agent, ACCEPTED, kind=AssignmentKind.STANDBY)

        assert self.watch(session, END - MICROSECOND) == 0
        assert self.watch(session, END) == 1
        assert self.watch(session, END + MINUTE) == 0

        row = session.get_one(Assignment, standby)
        assert (row.status, row.kind) == (AssignmentStatus.DONE, AssignmentKind.STANDBY)
        found = session.get_one(Agent, agent.id)
        assert (found.shifts_worked, found.shifts_missed) == (0, 0)
        assert actions(session) == ["assignment.stood-by"]

    def test_a_standby_that_ended_is_no_shift_worked(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        assigned(season, agent, ACCEPTED, kind=AssignmentKind.STANDBY)
        self.watch(session, END)

        read = read_match_input(session, season.event.id, since=NOON, now=NOON)

        assert len(read.worked["shifts"]) == 0
        assert get_person(session, agent.id).worked == 0

    def test_a_standby_offer_nobody_answered_is_no_standby(
        self, session: Session, season: SmallSeason, agent: Agent
    ) -> None:
        standby = assigned(season, agent, AssignmentStatus.OFFERED, kind=AssignmentKind.STANDBY)

        assert self.watch(session, END) == 0

        assert status_of(session, standby) is AssignmentStatus.OFFERED
