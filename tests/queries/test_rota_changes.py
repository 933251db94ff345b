"""A draft beside what is published."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy.orm import Session

from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    MatchStatus,
    PlannedSeat,
    Project,
    ServiceLine,
    ShiftSlot,
)
from app.queries import rota_change_lists, rota_changes
from app.queries.rota_change_lists import Filter, GroupBy
from app.queries.rota_changes import Change
from app.services.rota_costs import pay_difference
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason

OFFERED, ACCEPTED = AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED


class Draft:
    """A finished run of a small season with whatever a test plans."""

    def __init__(self, session: Session, season: SmallSeason) -> None:
        self.session, self.season = session, season
        self.run = season.make.match_run(event_id=season.event.id, status=MatchStatus.DONE)

    def plan(self, agent: Agent, *, project: Project | None = None, is_standby: bool = False) -> PlannedSeat:
        return self.season.make.save(
            PlannedSeat(
                id=uuid.uuid4(),
                run_id=self.run.id,
                agent_id=agent.id,
                project_id=(project or self.season.project).id,
                slot_id=self.season.slot.id,
                is_standby=is_standby,
            )
        )

    def live(
        self, status: AssignmentStatus, *, agent: Agent | None = None, slot: ShiftSlot | None = None
    ) -> Assignment:
        season = self.season
        return season.make.assignment(
            agent=agent, project=season.project, slot=slot or season.slot, status=status
        )

    def lines(
        self, chosen: Filter | None = None, *, now: dt.datetime = NOON
    ) -> list[tuple[Change, uuid.UUID]]:
        lines = rota_change_lists.list_lines(self.session, self.run, chosen or Filter(), now=now)
        return [(line.change, line.agent_id) for line in lines]

    def counts(self) -> rota_changes.Counts:
        return rota_changes.count_changes(self.session, self.run, now=NOON)


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


@pytest.fixture
def draft(session: Session, season: SmallSeason) -> Draft:
    return Draft(session, season)


def test_without_any_difference_a_draft_is_empty(draft: Draft) -> None:
    draft.season.book(1)
    draft.live(ACCEPTED)

    counts = draft.counts()

    assert counts.is_empty
    assert (counts.seats[Change.KEPT], counts.waiting, counts.people) == (1, 0, 0)


def test_says_who_is_added_and_who_stays(draft: Draft) -> None:
    draft.season.book(3)
    kept, waiting = draft.live(ACCEPTED), draft.live(OFFERED)
    new = draft.season.certified_agent()
    draft.plan(new)

    assert draft.lines()[0] == (Change.ADDED, new.id)
    assert set(draft.lines()[1:]) == {(Change.KEPT, kept.agent_id), (Change.KEPT, waiting.agent_id)}
    counts = draft.counts()
    assert counts.seats == {**dict.fromkeys(Change, 0), Change.ADDED: 1, Change.KEPT: 2}
    assert (counts.waiting, counts.people, counts.newcomers, counts.price_fen) == (1, 1, 1, 15600)


def test_a_standby_who_has_not_answered_is_no_waiting_seat(draft: Draft) -> None:
    draft.season.book(1)
    draft.live(ACCEPTED)
    standby = draft.season.make.assignment(
        project=draft.season.project,
        slot=draft.season.slot,
        kind=AssignmentKind.STANDBY,
        status=OFFERED,
    )

    assert (Change.KEPT, standby.agent_id) in draft.lines()
    assert draft.counts().waiting == 0


def test_what_was_offered_already_is_not_added_again(draft: Draft) -> None:
    draft.season.book(1)
    planned = draft.plan(draft.season.certified_agent())
    draft.season.make.save(
        Assignment(
            id=planned.id,
            event_id=draft.season.event.id,
            run_id=draft.run.id,
            agent_id=planned.agent_id,
            project_id=planned.project_id,
            slot_id=planned.slot_id,
            kind=AssignmentKind.FORMAL,
            status=OFFERED,
            starts_at=draft.season.slot.starts_at,
            ends_at=draft.season.slot.ends_at,
            offered_at=NOON,
            respond_by=NOON,
        )
    )

    assert draft.lines() == [(Change.KEPT, planned.agent_id)]


def test_of_seats_nobody_books_an_offer_goes_before_an_accepted_shift(draft: Draft) -> None:
    draft.season.book(1)
    accepted, offered = draft.live(ACCEPTED), draft.live(OFFERED)

    assert draft.lines() == [(Change.WITHDRAWN, offered.agent_id), (Change.KEPT, accepted.agent_id)]
    unbooked = rota_changes.list_unbooked(draft.session, draft.season.event.id, now=NOON)
    assert [offer.id for offer in unbooked] == [offered.id]


def test_an_accepted_shift_that_nobody_books_is_shown_and_stays(draft: Draft) -> None:
    accepted = draft.live(ACCEPTED)

    assert draft.lines() == [(Change.UNBOOKED, accepted.agent_id)]
    assert rota_changes.list_unbooked(draft.session, draft.season.event.id, now=NOON) == []


@pytest.mark.parametrize("status", list(rota_changes.FALLEN))
def test_a_seat_that_fell_empty_is_gone_until_somebody_takes_it(
    draft: Draft, status: AssignmentStatus
) -> None:
    draft.season.book(1)
    fallen = draft.live(status)
    assert draft.lines() == [(Change.GONE, fallen.agent_id)]

    heir = draft.live(OFFERED)
    draft.session.get_one(Assignment, heir.id).replaces_id = fallen.id
    draft.session.flush()

    assert draft.lines() == [(Change.KEPT, heir.agent_id)]


def test_a_seat_that_a_later_rota_filled_is_not_gone(draft: Draft) -> None:
    draft.season.book(2)
    draft.live(AssignmentStatus.DECLINED)
    draft.live(AssignmentStatus.DECLINED)
    assert draft.counts().seats[Change.GONE] == 2

    draft.live(ACCEPTED)

    assert draft.counts().seats[Change.GONE] == 1


def test_nobody_is_gone_from_a_seat_that_nobody_books(draft: Draft) -> None:
    draft.live(AssignmentStatus.DECLINED)

    assert draft.counts().is_empty


@pytest.mark.parametrize("day", [dt.date.min, dt.date.max])
def test_a_day_at_the_end_of_all_days_holds_nothing(draft: Draft, day: dt.date) -> None:
    draft.season.book(1)
    draft.live(ACCEPTED)

    assert draft.lines(Filter(day=day)) == []


def test_shifts_that_have_begun_are_left_out(draft: Draft) -> None:
    draft.season.book(1)
    draft.live(ACCEPTED)
    draft.plan(draft.season.certified_agent())

    assert draft.lines(now=draft.season.slot.starts_at) == []


def test_counts_familiar_faces_that_come_and_go(draft: Draft) -> None:
    draft.season.book(2)
    before = draft.season.make.slot(starts_at=shanghai(10, 8) - dt.timedelta(days=90))
    old, new, gone = (draft.season.certified_agent() for _ in range(3))
    for agent in (old, gone):
        draft.live(AssignmentStatus.DONE, agent=agent, slot=before)
    draft.plan(old)
    draft.plan(new)
    draft.live(AssignmentStatus.DECLINED, agent=gone)

    counts = draft.counts()

    assert (counts.known, counts.known_gone) == (1, 1)


def test_groups_by_merchant_project_and_day_and_narrows_to_each(draft: Draft) -> None:
    other = draft.season.make.project(name="别家·热线", service_line=ServiceLine.HOTLINE)
    draft.season.book(1)
    draft.season.book(1, project=other)
    mine, theirs = draft.season.certified_agent(), draft.season.certified_agent(project=other)
    draft.plan(mine)
    draft.plan(theirs, project=other)

    for by, chosen in (
        (GroupBy.PROJECT, Filter(project_id=other.id)),
        (GroupBy.MERCHANT, Filter(merchant_id=other.merchant_id)),
    ):
        groups = rota_change_lists.list_groups(draft.session, draft.run, by, now=NOON)
        assert sorted((group.added, group.kept) for group in groups) == [(1, 0), (1, 0)]
        assert draft.lines(chosen) == [(Change.ADDED, theirs.id)]
    days = rota_change_lists.list_groups(draft.session, draft.run, GroupBy.DAY, now=NOON)
    assert [(day.key, day.added) for day in days] == [("2026-11-11", 2)]
    assert len(draft.lines(Filter(day=dt.date(2026, 11, 11)))) == 2
    assert draft.lines(Filter(day=dt.date(2026, 11, 12))) == []
    assert draft.lines(Filter(change=Change.KEPT)) == []


def test_pay_counts_seats_standbys_and_what_is_taken_back(draft: Draft) -> None:
    """Four hours at the project's pay, four hours of standing by at six yuan, four hours less."""
    pay = draft.season.project.pay_fen_an_hour
    draft.season.book(1)
    draft.plan(draft.season.certified_agent())
    draft.plan(draft.season.certified_agent(), is_standby=True)
    draft.live(ACCEPTED)
    draft.live(OFFERED)

    groups = rota_change_lists.list_paid_groups(draft.session, draft.run, now=NOON)
    difference = pay_difference(groups, [])

    assert (difference.seats_fen, difference.standbys_fen) == (4 * pay, 2400)
    assert difference.withdrawn_fen == 4 * pay
    assert difference.total_fen == 2400
