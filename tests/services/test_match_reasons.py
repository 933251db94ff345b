"""A run's prices and remedies kept, and its choices explained from them."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Agent, AgentBlock, Assignment, MatchPrice, MatchRun, ServiceLine
from app.queries import run_plans
from app.services import match_reasons
from app.services.agent_reasons import Outcome, SlotReason, explain_agent, find_lead
from app.services.match_problem import load_problem
from app.services.seat_explanations import SeatExplanation, explain_seat
from scheduling.matching.obstacles import Obstacle
from scheduling.matching.solver import solve
from tests.conftest import CountQueries
from tests.make import NOON, Make, shanghai
from tests.planned_season import plan_season
from tests.small_season import SmallSeason


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


def published(season: SmallSeason, run: MatchRun) -> MatchRun:
    found = run_plans.find_published_run(season.session, season.event.id)
    assert found is not None
    assert found.id == run.id
    return found


def reasons_for(season: SmallSeason, run: MatchRun, agent: Agent) -> list[SlotReason]:
    return explain_agent(season.session, published(season, run), agent.id)


def seat_of(season: SmallSeason, run: MatchRun) -> SeatExplanation:
    found = explain_seat(
        season.session, published(season, run), project_id=season.project.id, slot_id=season.slot.id
    )
    assert found is not None
    return found


def test_prices_are_kept_as_they_were_found(season: SmallSeason) -> None:
    season.book(1)
    season.certified_agent()
    run = plan_season(season)
    loaded = season.load()
    solution = solve(loaded.problem, effort=20)

    kept = season.session.execute(
        select(MatchPrice.run_id, MatchPrice.project_id, MatchPrice.slot_id, MatchPrice.price)
    ).all()

    assert kept == [(run.id, season.project.id, season.slot.id, int(solution.scaled_price[0]))]


class TestAdvice:
    def test_trains_people_whose_needs_and_blocks_allow_the_project(self, season: SmallSeason) -> None:
        """Of five without the certificate, one takes fewer chats, one is blocked, one is away, one works."""
        season.book(3)
        free, busy, few_chats, blocked = (season.make.agent() for _ in range(4))
        season.make.agent()
        for agent in (free, busy, few_chats, blocked):
            season.make.availability(agent, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
        season.make.needs(few_chats, max_concurrent=1)
        season.make.assignment(agent=busy, slot=season.slot)
        block = AgentBlock(
            id=uuid.uuid4(),
            agent_id=blocked.id,
            merchant_id=season.project.merchant_id,
            asked_by="agent",
            created_at=NOON,
        )
        season.make.save(block)

        loaded = season.load()
        report = match_reasons.report_on(loaded, solve(loaded.problem, effort=20))

        assert report.remedies.rows[0].trainable == 1
        assert [remedy.named[0][0] for remedy in report.remedies.advice] == [str(free.id)]
        advice = match_reasons.advice_of(loaded, report)
        assert advice == {
            "fills": 1,
            "steps": [
                {
                    "kind": "train",
                    "project_id": str(season.project.id),
                    "people": 1,
                    "fills": 1,
                    "seats": {str(season.slot.id): 1},
                }
            ],
        }

    def test_says_how_much_a_price_could_still_count(self, season: SmallSeason) -> None:
        season.book(1)
        loaded = season.load()
        report = match_reasons.report_on(loaded, solve(loaded.problem, effort=20))

        # ¥156 a seat: 844 more until a price counts no further.
        assert match_reasons.row_remedies(loaded, report, 0)["most_raise"] == 844

    def test_nobody_answers_calls_who_writes_only(self, season: SmallSeason) -> None:
        hotline = season.make.project(service_line=ServiceLine.HOTLINE)
        season.book(1, project=hotline)
        agent = season.make.agent()
        season.make.availability(agent, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
        season.make.needs(agent, text_only=True)
        loaded = season.load()

        assert match_reasons.may_learn(loaded, 0).tolist() == [False]


class TestForAnAgent:
    def test_given_outbid_and_by_how_many_points(self, season: SmallSeason) -> None:
        season.book(1)
        best, other = season.certified_agent(standing=80), season.certified_agent(standing=60)
        run = plan_season(season)

        (given,) = reasons_for(season, run, best)
        (missed,) = reasons_for(season, run, other)

        assert (given.outcome, given.project.id if given.project else None) == (
            Outcome.GIVEN,
            season.project.id,
        )
        assert (missed.outcome, missed.obstacle) == (Outcome.NOT_GIVEN, Obstacle.OUTBID)
        # Any price from 1,060 up keeps the second away; the points short follow from the one that was found.
        price = season.session.scalars(select(MatchPrice.price)).one()
        assert missed.short == max(0, -(-price // 64) - (1156 + 60))

    def test_the_projects_needs_and_the_rules_of_time(self, season: SmallSeason) -> None:
        early = season.make.slot(event=season.event, starts_at=shanghai(11, 8))
        season.book(1)
        season.book(1, slot=early)
        tired, careful = season.certified_agent(standing=90), season.certified_agent()
        season.make.needs(careful, max_concurrent=1)
        run = plan_season(season)

        outcomes = [(one.outcome, one.obstacle) for one in reasons_for(season, run, tired)]
        assert sorted(outcomes, key=str) == [
            (Outcome.GIVEN, None),
            (Outcome.NOT_GIVEN, Obstacle.REST),
        ]
        assert {one.obstacle for one in reasons_for(season, run, careful)} == {Obstacle.NEEDS}

    def test_a_time_without_seats_and_one_not_offered(self, season: SmallSeason) -> None:
        season.make.slot(event=season.event, starts_at=shanghai(12, 8))
        season.make.slot(event=season.event, starts_at=shanghai(5, 8))
        season.book(1)
        agent = season.certified_agent()
        run = plan_season(season)

        found = reasons_for(season, run, agent)

        assert [(one.slot.starts_at, one.outcome) for one in found] == [
            (season.slot.starts_at, Outcome.GIVEN),
            (shanghai(12, 8), Outcome.NO_SEATS),
        ]

    def test_a_shift_that_stays(self, season: SmallSeason) -> None:
        season.book(2)
        agent = season.certified_agent()
        season.make.assignment(agent=agent, project=season.project, slot=season.slot)
        run = plan_season(season)

        (found,) = reasons_for(season, run, agent)

        assert found.outcome is Outcome.SHIFT_STAYS

    def test_of_several_projects_the_nearest_is_named(self, season: SmallSeason) -> None:
        dear = season.make.project(name="dear", service_line=ServiceLine.AFTERSALES_CHAT)
        season.book(1)
        season.book(1, project=dear)
        for less in (0, 10):
            season.certified_agent(standing=100 - less)
            season.certified_agent(project=dear, standing=70 - less)
        agent = season.certified_agent(standing=50)
        season.make.certificate(agent, project=dear)
        run = plan_season(season)

        (found,) = reasons_for(season, run, agent)

        assert found.project is not None
        assert (found.project.name, found.obstacle) == ("dear", Obstacle.OUTBID)

    def test_a_run_without_prices_tells_no_points(self, season: SmallSeason) -> None:
        season.book(1)
        season.certified_agent(standing=80)
        agent = season.certified_agent(standing=60)
        run = plan_season(season, priced=False)

        (found,) = reasons_for(season, run, agent)

        assert (found.obstacle, found.short) == (Obstacle.OUTBID, None)

    def test_takes_as_many_statements_however_many_slots_and_projects(
        self, season: SmallSeason, count_queries: CountQueries
    ) -> None:
        season.book(1)
        agent = season.certified_agent()
        run = published(season, plan_season(season))
        counts = []
        for day in (10, 12):
            other = season.make.project()
            season.make.certificate(agent, project=other)
            season.book(
                2, project=other, slot=season.make.slot(event=season.event, starts_at=shanghai(day, 8))
            )
            with count_queries() as statements:
                explain_agent(season.session, run, agent.id)
            counts.append(len(statements))

        assert counts[0] == counts[1] == 14


class TestLead:
    """Of one shift alone, for the page of that shift."""

    def given(self, season: SmallSeason, *, priced: bool) -> Assignment:
        season.book(1)
        best = season.certified_agent(standing=80)
        season.certified_agent(standing=60)
        run = plan_season(season, priced=priced)
        assignment = season.make.assignment(agent=best, project=season.project, slot=season.slot)
        season.session.execute(update(Assignment).where(Assignment.id == assignment.id).values(run_id=run.id))
        season.session.commit()
        season.session.expire_all()
        return season.session.get_one(Assignment, assignment.id)

    def test_is_what_the_rota_would_lose(self, season: SmallSeason) -> None:
        assignment = self.given(season, priced=True)
        price = season.session.scalars(select(MatchPrice.price)).one()

        assert find_lead(season.session, assignment) == (1156 + 80) - -(-price // 64)

    def test_is_not_said_without_prices(self, season: SmallSeason) -> None:
        assert find_lead(season.session, self.given(season, priced=False)) is None

    def test_is_not_said_of_a_shift_that_no_run_gave(self, season: SmallSeason) -> None:
        assert find_lead(season.session, season.make.assignment(slot=season.slot)) is None


class TestForASeat:
    def test_points_price_and_who_was_how_far_away(self, season: SmallSeason) -> None:
        season.book(1)
        best = season.certified_agent(standing=80)
        season.certified_agent(standing=60)
        run = plan_season(season)

        found = seat_of(season, run)

        price = season.session.scalars(select(MatchPrice.price)).one()
        assert found.price == price // 64
        first, second = found.candidates
        assert (first.agent_id, first.given, first.rank, first.reasons) == (best.id, True, 1, ())
        assert first.lead == (1156 + 80) - -(-price // 64)
        assert (second.given, second.reasons, second.rank) == (False, (Obstacle.OUTBID,), 2)
        assert second.short == max(0, -(-price // 64) - (1156 + 60))

    def test_needs_are_counted_among_the_rest(self, season: SmallSeason) -> None:
        season.book(1)
        season.certified_agent()
        season.make.needs(season.certified_agent(), max_concurrent=1)
        away = season.make.agent()
        season.make.certificate(away, project=season.project)
        run = plan_season(season)

        assert seat_of(season, run).others == {Obstacle.NEEDS: 1, Obstacle.NOT_AVAILABLE: 1}

    def test_half_of_the_places_are_for_people_without_a_seat(
        self, season: SmallSeason, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.services.seat_explanations.MOST_PEOPLE", 4)
        season.book(4)
        for _ in range(7):
            season.certified_agent()
        run = plan_season(season)

        found = seat_of(season, run)

        assert [one.given for one in found.candidates] == [True, True, False, False]
        assert found.chosen == 4

    def test_a_full_seat_does_not_look_empty_to_the_few_who_are_explained(self, season: SmallSeason) -> None:
        """Only some of the people are loaded: those left out fill seats all the same."""
        season.book(3)
        people = [season.certified_agent(standing=90 - number) for number in range(5)]
        run = published(season, plan_season(season))
        loaded = load_problem(
            season.session,
            season.event,
            now=NOON,
            agent_ids=[people[4].id],
            project_ids=[season.project.id],
            without_run=run.id,
        )

        holdings, is_priced = match_reasons.read_holdings(
            season.session, run, loaded, project_ids=[season.project.id]
        )

        assert is_priced
        assert holdings.filled.tolist() == [3]
        assert holdings.empty_seats().tolist() == [0]

    def test_a_shortage_comes_with_its_remedies(self, season: SmallSeason) -> None:
        season.book(2)
        season.certified_agent()
        away = season.make.agent()
        season.make.certificate(away, project=season.project)
        run = plan_season(season)

        (shortage,) = seat_of(season, run).shortages

        assert shortage.cause == "nobody_available"
        assert shortage.details["remedies"]["askable"] == 1

    def test_an_unknown_slot_has_no_explanation(self, season: SmallSeason) -> None:
        season.book(1)
        season.certified_agent()
        run = published(season, plan_season(season))

        found = explain_seat(season.session, run, project_id=season.project.id, slot_id=uuid.uuid4())

        assert found is None
