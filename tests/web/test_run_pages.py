"""The pages about a run beside its report: what it changes, who gets the hours, whom operations pinned."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.models import (
    Agent,
    AgentHours,
    AgentNeeds,
    AssignmentStatus,
    MatchRun,
    MatchStatus,
    PlannedSeat,
    SeatPin,
)
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason


@pytest.fixture(autouse=True)
def _before_the_season(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


def make_run(season: SmallSeason, status: MatchStatus = MatchStatus.DONE) -> MatchRun:
    return season.make.match_run(
        event_id=season.event.id,
        status=status,
        value=995,
        bound=1000,
        seats=2,
        filled=1,
        report={"offers": 1, "known_to_merchant": 0, "wished_for": 0},
    )


def plan_seat(season: SmallSeason, run: MatchRun) -> Agent:
    agent = season.certified_agent()
    season.make.save(
        PlannedSeat(
            id=uuid.uuid4(),
            run_id=run.id,
            agent_id=agent.id,
            project_id=season.project.id,
            slot_id=season.slot.id,
        )
    )
    return agent


class TestChanges:
    def address(self, run: MatchRun) -> str:
        return f"/operations/runs/{run.id}/changes"

    def test_an_empty_comparison_says_so_and_offers_no_publishing(
        self, as_operations: RoleClient, season: SmallSeason
    ) -> None:
        page = as_operations.get(self.address(make_run(season))).text

        assert "什么都不会变" in page
        assert "/publish" not in page

    def test_says_what_publishing_will_do_and_what_it_costs(
        self, as_operations: RoleClient, season: SmallSeason
    ) -> None:
        season.book(2)
        run = make_run(season)
        plan_seat(season, run)
        season.make.assignment(project=season.project, slot=season.slot)
        season.make.assignment(project=season.make.project(), slot=season.slot)

        page = as_operations.get(self.address(run)).text

        assert "发布会新排 1 席，问 1 人" in page
        assert "其中 1 份邀约还在等答复" in page
        assert "收回 1 份没答复的邀约" in page
        assert "¥156.00" in page
        assert f"/operations/runs/{run.id}/publish" in page

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            (MatchStatus.PUBLISHED, "这一次已经发布"),
            (MatchStatus.SUPERSEDED, "已有更新的一次"),
            (MatchStatus.FAILED, "没有排法可以比"),
            (MatchStatus.RUNNING, "还没有算完"),
        ],
    )
    def test_without_a_draft_says_why(
        self, as_operations: RoleClient, season: SmallSeason, status: MatchStatus, words: str
    ) -> None:
        page = as_operations.get(self.address(make_run(season, status))).text

        assert "没有草稿可以比" in page
        assert words in page

    def test_asks_the_database_as_often_for_many_as_for_few(
        self, as_operations: RoleClient, season: SmallSeason, count_queries: CountQueries
    ) -> None:
        season.book(9)
        run = make_run(season)
        counts = []
        for people in (1, 6):
            for _ in range(people):
                plan_seat(season, run)
            with count_queries() as statements:
                as_operations.get(self.address(run))
            counts.append(len(statements))

        assert counts[0] == counts[1]


class TestFairness:
    def save_hours(
        self,
        season: SmallSeason,
        run: MatchRun,
        *,
        people: int,
        given: int,
        need: bool = False,
        needs: dict[str, int] | None = None,
        expected: int | None = None,
    ) -> None:
        for _ in range(people):
            agent = season.make.agent()
            if need or needs:
                season.make.needs(agent, **(needs or {"max_day_minutes": 240}))
            season.make.save(
                AgentHours(
                    id=uuid.uuid4(),
                    run_id=run.id,
                    agent_id=agent.id,
                    wished_minutes=1200,
                    workable_minutes=600,
                    given_minutes=given,
                    expected_minutes=expected,
                )
            )

    @pytest.mark.parametrize(
        ("given", "words"),
        [(294, "有需要的人没有少拿"), (293, "有需要的人少拿了 2.3%"), (400, "有需要的人没有少拿")],
    )
    def test_compares_those_with_needs_and_those_without(
        self, as_operations: RoleClient, season: SmallSeason, given: int, words: str
    ) -> None:
        run = make_run(season)
        self.save_hours(season, run, people=5, given=300)
        self.save_hours(season, run, people=5, given=given, need=True)

        page = as_operations.get(f"/operations/runs/{run.id}/fairness").text

        assert words in page
        assert "一天上得少" in page

    def test_counts_wishes_for_whole_days_as_needs(
        self, as_operations: RoleClient, season: SmallSeason
    ) -> None:
        run = make_run(season)
        self.save_hours(season, run, people=5, given=300)
        for needs in ({"min_consecutive_days": 2}, {"min_days_off": 2}, {"max_weekends": 0}):
            self.save_hours(season, run, people=5, given=300, needs=needs)

        page = as_operations.get(f"/operations/runs/{run.id}/fairness").text

        assert all(words in page for words in ("要连着上几天", "要连着歇几天", "周末上得少"))
        assert "一天上得少" not in page

    def test_tells_want_of_projects_from_a_wrong(
        self, as_operations: RoleClient, session: Session, season: SmallSeason
    ) -> None:
        """Needs that rule projects out cost hours; others do not: the page says which it is."""
        run = make_run(season)
        self.save_hours(season, run, people=5, given=300)
        self.save_hours(season, run, people=5, given=300, need=True)
        self.save_hours(season, run, people=5, given=100, need=True)
        hours = select(AgentHours.agent_id).where(AgentHours.given_minutes == 100)
        address = f"/operations/runs/{run.id}/fairness"
        assert "适合他们的项目订得少" not in as_operations.get(address).text

        session.execute(update(AgentNeeds).where(AgentNeeds.agent_id.in_(hours)).values(max_concurrent=1))

        page = as_operations.get(address).text
        assert "有需要的人少拿了" in page
        assert "适合他们的项目订得少" in page

    @pytest.mark.parametrize(
        ("expected", "words"),
        [(100, "差别来自证书，不来自排班"), (103, "也少拿 2.9%"), (None, None)],
    )
    def test_tells_want_of_certificates_from_a_wrong(
        self, as_operations: RoleClient, season: SmallSeason, expected: int | None, words: str | None
    ) -> None:
        """The others got what people with their certificates get."""
        run = make_run(season)
        self.save_hours(season, run, people=5, given=300, expected=None if expected is None else 300)
        self.save_hours(season, run, people=5, given=100, expected=expected, need=True)

        page = as_operations.get(f"/operations/runs/{run.id}/fairness").text
        file = as_operations.get(f"/operations/runs/{run.id}/fairness.csv").text

        assert "有需要的人少拿了 66.7%" in page
        head = page.split("<h1")[1].split("<section")[0]
        assert words in head if words else "跟证书能上的席位" not in head
        share = "" if expected is None else round(expected / 600, 4)
        assert f"写了任何一种需要的人,5,100.0,50.0,8.33,0.1667,{share}" in file

    def test_hides_what_few_people_have(self, as_operations: RoleClient, season: SmallSeason) -> None:
        run = make_run(season)
        self.save_hours(season, run, people=6, given=300)
        self.save_hours(season, run, people=4, given=120, need=True)

        page = as_operations.get(f"/operations/runs/{run.id}/fairness").text
        file = as_operations.get(f"/operations/runs/{run.id}/fairness.csv").text

        assert "人太少，不列" in page
        assert "有需要的人" not in page.split("<h1")[1].split("</h1>")[0]
        assert "少于 5 人，不列" in file
        assert "寻乌县,10," in file
        # Everybody less those without needs would be the four.
        assert "没有写需要的人,少于 5 人，不列" in file

    def test_lists_people_without_their_needs(self, as_operations: RoleClient, season: SmallSeason) -> None:
        run = make_run(season)
        self.save_hours(season, run, people=1, given=300, need=True, expected=360)

        rows = as_operations.get(f"/operations/runs/{run.id}/fairness.csv?of=people").text.splitlines()

        assert rows[1] == "林晓,寻乌县,2026-10,20.0,10.0,5.0,0.5,0.6"

    def test_a_run_without_hours_says_so(self, as_operations: RoleClient, season: SmallSeason) -> None:
        page = as_operations.get(f"/operations/runs/{make_run(season).id}/fairness").text

        assert "这一次没有记下工时" in page


class TestPins:
    def send(self, client: RoleClient, season: SmallSeason, who: str) -> str:
        data = {"who": who, "project": str(season.project.id), "slot": str(season.slot.id)}
        return client.post("/operations/season/pins", data=data, follow_redirects=True).text

    def test_pins_a_person_and_lets_them_go(
        self, as_operations: RoleClient, session: Session, season: SmallSeason
    ) -> None:
        season.book(1)
        agent = season.certified_agent()

        page = self.send(as_operations, season, str(agent.id))

        assert "1 席已经定了人" in page
        pin = session.scalars(select(SeatPin)).one()
        as_operations.post(f"/operations/season/pins/{pin.id}/remove")
        session.expire_all()
        assert session.scalars(select(SeatPin)).all() == []

    def test_tells_of_a_day_alone_that_it_does_not_count_yet(
        self, as_operations: RoleClient, season: SmallSeason
    ) -> None:
        season.book(1)
        agent = season.certified_agent()
        season.make.needs(agent, min_consecutive_days=2)

        page = self.send(as_operations, season, str(agent.id))

        assert "把旁边的日子也定上，这一席才算数" in page
        assert "1 席已经定了人" in page

    def test_says_why_somebody_cannot_be_pinned_and_keeps_what_was_typed(
        self, as_operations: RoleClient, session: Session, season: SmallSeason
    ) -> None:
        season.book(1)
        agent = season.make.agent()
        season.make.availability(agent, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))

        page = self.send(as_operations, season, str(agent.id))

        assert "不能定在这里：没有这个项目当天有效的认证" in page
        assert str(agent.id) in page
        assert session.scalars(select(SeatPin)).all() == []

    def test_names_nobody_for_an_unknown_number(self, as_operations: RoleClient, season: SmallSeason) -> None:
        season.book(1)

        assert "没有这位客服" in self.send(as_operations, season, "13912345678")

    def test_an_id_of_nobody_is_refused_beside_its_field(
        self, as_operations: RoleClient, season: SmallSeason
    ) -> None:
        season.book(1)
        nobody = str(uuid.uuid4())

        assert as_operations.get(f"/operations/season/pins?who={nobody}").status_code == 200
        assert "没有这位客服" in self.send(as_operations, season, nobody)

    def test_lists_no_pin_whose_offer_went_out(
        self, as_operations: RoleClient, season: SmallSeason, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        season.book(1)
        agent = season.certified_agent()
        self.send(as_operations, season, str(agent.id))

        season.make.assignment(
            agent=agent, project=season.project, slot=season.slot, status=AssignmentStatus.ACCEPTED
        )
        monkeypatch.setattr(clock, "utc_now", lambda: NOON + dt.timedelta(hours=1))

        assert "还没有定下谁坐哪一席" in as_operations.get("/operations/season/pins").text
