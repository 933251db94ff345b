"""Who stands by, how sure seats become by it, and how that is kept up to date."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    MatchRun,
    MatchStatus,
    PlannedSeat,
    Project,
    SeatCover,
    ServiceLine,
    ShiftSlot,
)
from app.queries.chances import read_chances
from app.services.seat_covers import list_runs_to_refresh, refresh_covers
from app.services.standby_links import find_links
from app.services.standbys import StandbyPlan, plan_standbys
from scheduling.matching.pooled_cover import NOBODY
from scheduling.matching.solver import solve
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason

TARGET = 0.9


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


def plan(season: SmallSeason, *, target: float = TARGET) -> StandbyPlan:
    loaded = season.load()
    return plan_standbys(
        loaded,
        solve(loaded.problem, effort=4),
        read_chances(season.session, now=NOON),
        target=target,
        seconds=1,
        seed=0,
        should_stop=lambda: False,
    )


def people(season: SmallSeason, count: int, *projects: Project) -> list[Agent]:
    """Save people with certificates for these projects who have all the time in the world."""
    found = []
    for _ in range(count):
        agent = season.certified_agent(project=projects[0])
        for project in projects[1:]:
            season.make.certificate(agent, project=project)
        found.append(agent)
    return found


def worked_before(season: SmallSeason, agents: list[Agent], *, shifts: int, missed: int = 0) -> None:
    """Give people a history in the spring."""
    event = season.make.event()
    for number in range(shifts):
        slot = season.make.slot(event=event, starts_at=shanghai(1, 20, month=4) + dt.timedelta(days=number))
        for agent in agents:
            season.make.assignment(
                agent=agent,
                project=season.project,
                slot=slot,
                status=AssignmentStatus.MISSING if number < missed else AssignmentStatus.DONE,
            )


class TestPlan:
    def test_takes_as_many_as_the_chances_ask_for(self, season: SmallSeason) -> None:
        """Nobody has a history: each comes with 83 % and is still here with 92 %. One seat needs two more."""
        season.book(1)
        people(season, 6, season.project)

        found = plan(season)

        each = 0.83 * found_stay(season)
        assert len(found.agent) == 1
        assert found.cover.chance[0] == pytest.approx(1 - (1 - each) ** 2, abs=0.002)
        assert found.cover.below == 0
        assert len(plan(season, target=0.98).agent) == 2

    def test_people_who_always_came_need_fewer(self, season: SmallSeason) -> None:
        season.book(2)
        worked_before(season, people(season, 12, season.project), shifts=10)
        worked_before(season, people(season, 1, season.make.project()), shifts=10, missed=8)

        sure = len(plan(season).agent)

        assert sure == 1

    def test_takes_the_surest_and_nobody_who_has_a_seat(self, season: SmallSeason) -> None:
        season.book(1)
        holder, sure, unsure = (people(season, 1, season.project)[0] for _ in range(3))
        season.make.assignment(
            agent=holder, project=season.project, slot=season.slot, status=AssignmentStatus.ACCEPTED
        )
        worked_before(season, [sure], shifts=12)
        worked_before(season, [unsure], shifts=12, missed=8)

        found = plan(season, target=0.8)

        ids = [season.load().agent_ids[agent].ljust(16, b"\0") for agent in found.agent]
        assert ids == [sure.id.bytes]

    def test_projects_that_share_people_share_standbys(self, season: SmallSeason) -> None:
        """Two projects of one seat each: one person for both is enough where two were needed."""
        other = season.make.project(service_line=ServiceLine.AFTERSALES_CHAT)
        season.book(1)
        season.book(1, project=other)
        worked_before(season, people(season, 6, season.project, other), shifts=20)

        shared = plan(season, target=0.98)

        assert (len(shared.agent), int(shared.cover.alone.sum())) == (1, 2)
        assert (shared.cover.chance >= 0.98).all()
        assert sorted(shared.cover.helps.tolist()) == [NOBODY, int(np.argmin(shared.cover.standbys))]

    def test_who_stands_by_already_counts(self, season: SmallSeason) -> None:
        season.book(1)
        agents = people(season, 4, season.project)
        for agent, kind in zip(agents, (AssignmentKind.FORMAL, AssignmentKind.STANDBY), strict=False):
            season.make.assignment(
                agent=agent,
                project=season.project,
                slot=season.slot,
                kind=kind,
                status=AssignmentStatus.ACCEPTED,
            )

        found = plan(season)

        assert len(found.agent) == 0
        assert found.cover.standbys.tolist() == [1]
        assert found.cover.below == 0

    def test_an_empty_seat_makes_no_promise(self, season: SmallSeason) -> None:
        season.book(2)
        people(season, 1, season.project)

        found = plan(season)

        assert found.cover.seated.tolist() == [1]
        assert found.cover.chance.tolist() == [0.0]

    def test_standing_by_costs_what_the_rule_says(self, season: SmallSeason) -> None:
        """Four hours at six yuan, for a person who is still here with the chance to stay."""
        season.book(1)
        people(season, 3, season.project)

        found = plan(season)

        assert int(found.cover.cost_fen[0]) == round(2400 * found_stay(season))

    def test_an_empty_season_is_no_fault(self, season: SmallSeason) -> None:
        assert plan(season).wanted == 0


def found_stay(season: SmallSeason) -> float:
    loaded = season.load()
    chances = read_chances(season.session, now=NOON)
    return float(chances.to_stay(loaded.agent_ids[:1], loaded.read.demand["starts_at"][:1])[0])


class TestLinks:
    def test_lead_from_small_to_large_and_only_where_people_know_both(self, season: SmallSeason) -> None:
        large = season.make.project(service_line=ServiceLine.AFTERSALES_CHAT)
        far = season.make.project(service_line=ServiceLine.HOTLINE)
        for project, seats in ((season.project, 1), (large, 4), (far, 2)):
            season.book(seats, project=project)
        people(season, 5, season.project, large)
        people(season, 5, far)
        loaded = season.load()
        rows = {
            project.id: loaded.row_of(project.id, season.slot.id) for project in (season.project, large, far)
        }

        helps = find_links(loaded, np.full(3, 2))

        assert helps[rows[season.project.id]] == rows[large.id]
        assert helps[rows[large.id]] == helps[rows[far.id]] == NOBODY

    def test_whoever_needs_nobody_helps_nobody(self, season: SmallSeason) -> None:
        large = season.make.project(service_line=ServiceLine.AFTERSALES_CHAT)
        season.book(1)
        season.book(4, project=large)
        people(season, 5, season.project, large)

        assert find_links(season.load(), np.zeros(2, dtype=np.int64)).tolist() == [NOBODY, NOBODY]


class TestRefresh:
    def run(self, season: SmallSeason, status: MatchStatus, number: int = 1) -> MatchRun:
        return season.make.match_run(event_id=season.event.id, number=number, status=status, seconds=1)

    def refreshed(
        self, season: SmallSeason, run_id: uuid.UUID, *, now: dt.datetime = NOON
    ) -> SeatCover | None:
        (run,) = (one for one in list_runs_to_refresh(season.session, now=now) if one.id == run_id)
        refresh_covers(season.session, run, target=TARGET, now=now)
        season.session.expire_all()
        return season.session.scalar(select(SeatCover).where(SeatCover.run_id == run_id))

    def seat(self, season: SmallSeason, agent: Agent, **values: Any) -> Assignment:
        return season.make.assignment(
            agent=agent,
            project=season.project,
            slot=season.slot,
            **{"status": AssignmentStatus.ACCEPTED} | values,
        )

    def test_follows_who_is_there(self, season: SmallSeason) -> None:
        season.book(1)
        agents = people(season, 2, season.project)
        run = self.run(season, MatchStatus.PUBLISHED)
        self.seat(season, agents[0])
        standby = self.seat(season, agents[1], kind=AssignmentKind.STANDBY)

        before = self.refreshed(season, run.id)
        assert before is not None
        both = before.chance
        season.session.execute(
            update(Assignment).where(Assignment.id == standby.id).values(status=AssignmentStatus.RELEASED)
        )
        after = self.refreshed(season, run.id, now=NOON + dt.timedelta(minutes=5))

        assert after is not None
        assert (after.standbys, after.booked, after.seated) == (0, 1, 1)
        assert after.chance < both
        assert after.reckoned_at == NOON + dt.timedelta(minutes=5)

    @pytest.mark.parametrize(("status", "seated"), [(MatchStatus.DONE, 1), (MatchStatus.PUBLISHED, 0)])
    def test_counts_a_plan_only_until_it_is_published(
        self, season: SmallSeason, status: MatchStatus, seated: int
    ) -> None:
        """What a published plan did not offer was dropped; what an unpublished one holds is to come."""
        season.book(1)
        run = self.run(season, status)
        season.make.save(
            PlannedSeat(
                id=uuid.uuid4(),
                run_id=run.id,
                agent_id=people(season, 1, season.project)[0].id,
                project_id=season.project.id,
                slot_id=season.slot.id,
            )
        )

        cover = self.refreshed(season, run.id)

        assert cover is not None
        assert cover.seated == seated

    def test_leaves_what_is_over_as_it_was(self, season: SmallSeason) -> None:
        season.book(1)
        run = self.run(season, MatchStatus.PUBLISHED)
        self.seat(season, people(season, 1, season.project)[0])
        self.refreshed(season, run.id)
        starts_at = season.session.get_one(ShiftSlot, season.slot.id).starts_at

        cover = self.refreshed(season, run.id, now=starts_at + dt.timedelta(hours=1))

        assert cover is not None
        assert cover.reckoned_at == NOON

    def test_is_for_the_newest_plans_of_seasons_that_are_not_over(self, season: SmallSeason) -> None:
        self.run(season, MatchStatus.PUBLISHED, 1)
        published = self.run(season, MatchStatus.PUBLISHED, 2)
        done = self.run(season, MatchStatus.DONE, 3)
        self.run(season, MatchStatus.FAILED, 4)

        assert {run.id for run in list_runs_to_refresh(season.session, now=NOON)} == {published.id, done.id}
        assert list_runs_to_refresh(season.session, now=shanghai(14, 0)) == []
