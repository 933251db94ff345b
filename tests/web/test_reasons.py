"""Why shifts were given or not and seats are empty, on the pages of all three sides."""

from __future__ import annotations

import dataclasses
import re
import uuid

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import Agent, Assignment, AssignmentStatus, MatchRun, MatchStatus, ShiftSlot, Shortage
from app.permissions import Actor
from app.services.agent_reasons import Outcome, SlotReason
from app.web.agents.reasons import AS_SUITABLE, REASONS, words_of
from app.web.operations.match_texts import cause_sentence
from app.web.operations.why_words import raise_words
from scheduling.matching.obstacles import Obstacle
from scheduling.matching.report import Cause
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make, shanghai
from tests.planned_season import plan_season
from tests.small_season import SmallSeason

SECRET = "王不见"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def sign_in(client: RoleClient, make: Make, agent: Agent) -> RoleClient:
    client.sign_in(make.user_of(agent), make.actor_of(agent))
    return client


class TestForAgents:
    def test_before_a_rota_is_published(self, client: RoleClient, season: SmallSeason) -> None:
        season.book(1)
        agent = season.certified_agent()
        plan_season(season, status=MatchStatus.DONE)

        page = sign_in(client, season.make, agent).get("/agent/shifts/reasons").text

        assert "这一季还没有发布排班" in page

    def test_says_what_was_given(self, client: RoleClient, season: SmallSeason) -> None:
        season.book(1)
        agent = season.certified_agent()
        plan_season(season)

        page = text_of(sign_in(client, season.make, agent).get("/agent/shifts/reasons").text)

        assert "你报的时间都排上了" in page
        assert "排给了你" in page

    def test_says_why_not_and_by_how_many_points(
        self, client: RoleClient, session: Session, season: SmallSeason
    ) -> None:
        season.book(1)
        other = season.certified_agent(standing=80)
        agent = season.certified_agent(standing=60)
        plan_season(season)

        page = sign_in(client, season.make, agent).get("/agent/shifts/reasons").text

        words = text_of(page)
        assert "1 个班次没排上，为什么" in words
        assert "规则都合，合计分差一点" in words
        assert re.search(r"还差 \d+ 分。|不差分", words)
        assert str(other.id) not in page

    def test_who_is_just_as_suitable_is_not_said_to_lack_points(self) -> None:
        slot = ShiftSlot(id=uuid.uuid4(), event_id=uuid.uuid4(), starts_at=NOON, ends_at=NOON)
        tied = SlotReason(slot=slot, outcome=Outcome.NOT_GIVEN, obstacle=Obstacle.OUTBID, short=0)

        assert words_of(tied) is AS_SUITABLE
        assert words_of(dataclasses.replace(tied, short=1)) is REASONS[Obstacle.OUTBID]

    def test_names_nobody_else(self, client: RoleClient, season: SmallSeason) -> None:
        season.book(1)
        rival = season.make.agent(user=season.make.user(name=SECRET), standing=99)
        season.make.certificate(rival, project=season.project)
        season.make.availability(rival, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
        season.make.needs(rival, text_only=True)
        agent = season.certified_agent()
        plan_season(season)

        page = sign_in(client, season.make, agent).get("/agent/shifts/reasons").text

        assert SECRET not in page
        assert "99" not in text_of(page)

    def test_each_sees_their_own(self, client: RoleClient, season: SmallSeason) -> None:
        season.book(1)
        best, other = season.certified_agent(standing=80), season.certified_agent(standing=60)
        plan_season(season)

        pages = [
            text_of(sign_in(client, season.make, agent).get("/agent/shifts/reasons").text)
            for agent in (best, other)
        ]

        assert ["排给了你" in page for page in pages] == [True, False]

    def test_without_any_time_offered(self, client: RoleClient, season: SmallSeason) -> None:
        season.book(1)
        season.certified_agent()
        plan_season(season)
        agent = season.make.agent()

        page = sign_in(client, season.make, agent).get("/agent/shifts/reasons").text

        assert "你还没有报可上班的时间" in page

    def test_times_without_seats_lead_to_projects(self, client: RoleClient, season: SmallSeason) -> None:
        season.make.slot(event=season.event, starts_at=shanghai(12, 8))
        season.book(1)
        agent = season.certified_agent()
        plan_season(season)

        page = sign_in(client, season.make, agent).get("/agent/shifts/reasons").text

        assert "你有认证的项目，这时没有订坐席" in page
        assert "/agent/projects" in page

    @pytest.mark.parametrize("role", ["merchant", "operations"])
    def test_is_for_agents(self, request: pytest.FixtureRequest, role: str) -> None:
        client: RoleClient = request.getfixturevalue(f"as_{role}")

        assert client.get("/agent/shifts/reasons").status_code == 403


class TestForMerchants:
    @pytest.fixture
    def shop(self, as_merchant: RoleClient, season: SmallSeason) -> SmallSeason:
        assert as_merchant.actor is not None
        season.project = season.make.project(merchant_id=as_merchant.actor.merchant_id)
        return season

    def booked(self, season: SmallSeason, seats: int) -> uuid.UUID:
        cell = season.make.seat_cell(slot=season.slot, service_line=season.project.service_line)
        booking = season.make.booking(
            project=season.project, cells={cell.id: seats}, event_id=season.event.id
        )
        return booking.id

    def offer(self, season: SmallSeason, run: MatchRun, agent: Agent, status: AssignmentStatus) -> Assignment:
        return season.make.assignment(agent=agent, project=season.project, slot=season.slot, status=status)

    def test_says_who_is_missing_why_and_what_would_help(
        self, as_merchant: RoleClient, shop: SmallSeason
    ) -> None:
        booking_id = self.booked(shop, 3)
        agent = shop.certified_agent()
        away = shop.make.agent(user=shop.make.user(name=SECRET))
        shop.make.certificate(away, project=shop.project)
        run = plan_season(shop)
        self.offer(shop, run, agent, AssignmentStatus.OFFERED)

        page = as_merchant.get(f"/merchant/bookings/{booking_id}").text

        words = text_of(page)
        assert "还有 2 席没找到人" in words
        assert "1 / 3 席有人，其中 1 席等答复" in words
        assert "为什么：考过你这个项目的人" in words
        assert "能补上的办法：请考过的人加开这个时间。" in words
        assert SECRET not in page

    def test_says_when_every_seat_has_somebody(self, as_merchant: RoleClient, shop: SmallSeason) -> None:
        booking_id = self.booked(shop, 1)
        agent = shop.certified_agent()
        run = plan_season(shop)
        self.offer(shop, run, agent, AssignmentStatus.ACCEPTED)

        words = text_of(as_merchant.get(f"/merchant/bookings/{booking_id}").text)

        assert "每一席都有人了" in words
        assert "1 个班次，每一席都有人。" in words
        assert "个人答复" not in words

    @pytest.mark.parametrize("need", ["max_stretch_minutes", "max_day_minutes", "max_week_minutes"])
    def test_tells_nothing_of_what_anybody_needs(
        self, as_merchant: RoleClient, shop: SmallSeason, need: str
    ) -> None:
        booking_id = self.booked(shop, 1)
        shop.make.needs(shop.certified_agent(), **{need: 180})
        plan_season(shop)

        words = text_of(as_merchant.get(f"/merchant/bookings/{booking_id}").text)

        assert "为什么：考过你这个项目、有空的人，这时都在别的坐席上，或要歇息" in words
        assert not re.search("需要里|上限|一次能上", words)

    def test_says_nothing_before_a_rota_is_published(
        self, as_merchant: RoleClient, shop: SmallSeason
    ) -> None:
        booking_id = self.booked(shop, 1)
        plan_season(shop, status=MatchStatus.DONE)

        assert "席没找到人" not in as_merchant.get(f"/merchant/bookings/{booking_id}").text

    def test_another_merchants_booking_is_not_found(
        self, as_merchant: RoleClient, season: SmallSeason
    ) -> None:
        booking_id = self.booked(season, 1)
        plan_season(season)

        assert as_merchant.get(f"/merchant/bookings/{booking_id}").status_code == 404

    def test_takes_as_many_statements_however_many_lines(
        self, as_merchant: RoleClient, shop: SmallSeason, count_queries: CountQueries
    ) -> None:
        plan_season(shop)
        counts = []
        for lines in (1, 4):
            slots = [shop.make.slot(event=shop.event, starts_at=shanghai(lines + k, 8)) for k in range(lines)]
            cells = {shop.make.seat_cell(slot=slot).id: 1 for slot in slots}
            booking = shop.make.booking(project=shop.project, cells=cells, event_id=shop.event.id)
            with count_queries() as statements:
                assert as_merchant.get(f"/merchant/bookings/{booking.id}").status_code == 200
            counts.append(len(statements))

        assert counts[0] == counts[1]


class TestForOperations:
    def test_a_seat_shows_points_price_and_how_far_each_was(
        self, as_operations: RoleClient, season: SmallSeason
    ) -> None:
        season.book(2)
        season.certified_agent(standing=80)
        away = season.make.agent()
        season.make.certificate(away, project=season.project)
        learner = season.make.agent()
        season.make.availability(learner, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
        run = plan_season(season)

        words = text_of(
            as_operations.get(
                f"/operations/runs/{run.id}?project={season.project.id}&slot={season.slot.id}"
            ).text
        )

        assert re.search(r"这里一席的价是 [\d,]+ 分：再多一席", words)
        assert "还缺 1 席：报了这个时间的人不够" in words
        assert "请人加开时间：1 位有认证的人排得下，只是没报这个时间。" in words
        assert "让人考认证：1 人这时有空也排得下，考过就能来。" in words

    def test_somebody_without_a_seat_is_told_so_many_points_short(
        self, as_operations: RoleClient, season: SmallSeason
    ) -> None:
        season.book(1)
        season.certified_agent(standing=80)
        season.certified_agent(standing=10)
        run = plan_season(season)

        words = text_of(
            as_operations.get(
                f"/operations/runs/{run.id}?project={season.project.id}&slot={season.slot.id}"
            ).text
        )

        assert "合计分比排上的人低" in words
        assert re.search(r"还差 \d+ 分|不差分", words)

    def test_a_run_lists_what_to_do_best_first(self, as_operations: RoleClient, season: SmallSeason) -> None:
        small = season.make.project(name="small")
        later = season.make.slot(event=season.event, starts_at=shanghai(12, 8))
        season.book(2)
        season.book(1, project=small, slot=later)
        for _ in range(2):
            away = season.make.agent()
            season.make.certificate(away, project=season.project)
        learner = season.make.agent()
        season.make.availability(learner, starts_at=shanghai(12, 0), ends_at=shanghai(13, 0))
        run = plan_season(season)

        words = text_of(as_operations.get(f"/operations/runs/{run.id}").text)

        assert "这样做，能再补上 3 席" in words
        assert words.index("请 2 位有认证的人加开时间") < words.index("再让 1 人考下认证")

    def test_a_seat_that_only_a_raise_would_fill(
        self, as_operations: RoleClient, session: Session, season: SmallSeason
    ) -> None:
        dear = season.make.project(name="dear")
        cell = season.make.seat_cell(slot=season.slot, price_fen=30000, service_line=dear.service_line)
        season.make.booking(project=dear, cells={cell.id: 1}, event_id=season.event.id)
        season.make.booking(project=season.project, cells={cell.id: 1}, event_id=season.event.id)
        agent = season.certified_agent(project=dear)
        season.make.certificate(agent, project=season.project)
        run = plan_season(season)
        shortage = session.scalars(select(Shortage)).one()

        words = text_of(as_operations.get(f"/operations/runs/{run.id}").text)

        # The same average price: neither shop's seat is worth more than the other's.
        assert shortage.details["remedies"]["raise_first"] == 0
        assert "要补上，只能提价" in words
        assert "提价：这里和别处的坐席一样值，价再高一点，就会从别处调来人，那边就会缺人。" in words

    @pytest.mark.parametrize(
        ("points", "expected"),
        [
            (40, "提价：一席提价超过 40 元，才会从别的坐席调来人，那边就会缺人。"),
            (700, "提价换不来人：要比别处多值 700 分，价格最多还能算 700 分。"),
        ],
    )
    def test_a_raise_is_named_as_far_as_prices_count(self, app: Flask, points: int, expected: str) -> None:
        with app.test_request_context():
            assert raise_words({"raise_first": points, "most_raise": 700}) == expected

    def test_runs_saved_before_prices_were_kept_still_show(
        self, as_operations: RoleClient, season: SmallSeason
    ) -> None:
        season.book(2)
        season.certified_agent()
        run = plan_season(season, priced=False)

        words = text_of(
            as_operations.get(
                f"/operations/runs/{run.id}?project={season.project.id}&slot={season.slot.id}"
            ).text
        )

        assert "还缺 1 席" in words
        assert "一席的价" not in words
        assert "能再补上" not in words

    def test_agents_and_merchants_do_not_see_it(self, client: RoleClient, season: SmallSeason) -> None:
        season.book(1)
        agent = season.certified_agent()
        run = plan_season(season)
        membership = season.make.membership()
        people: list[tuple[object, Actor]] = [
            (season.make.user_of(agent), season.make.actor_of(agent)),
            (season.make.user_of(membership), season.make.actor_of(membership)),
        ]

        for user, actor in people:
            client.sign_in(user, actor)  # type: ignore[arg-type]
            assert client.get(f"/operations/runs/{run.id}").status_code == 403


def test_nobody_is_not_counted_as_nought(app: Flask) -> None:
    with app.test_request_context():
        nobody, somebody = (
            cause_sentence(Cause.NOBODY_AVAILABLE, {"certified": 79, "available": count}) for count in (0, 1)
        )

    assert nobody == "有认证的 79 人，没有一个报了这个时间"
    assert somebody == "有认证的 79 人里，只有 1 人报了这个时间"
