"""The agent's day in the browser's words: before, during and after a shift, and for a newcomer."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import (
    Agent,
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Notice,
    NoticeKind,
    OutboxMessage,
    SeasonPhase,
    Topic,
)
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason

START = shanghai(11, 20)
MINUTE = dt.timedelta(minutes=1)
ACCEPTED, OFFERED = AssignmentStatus.ACCEPTED, AssignmentStatus.OFFERED


class Day:
    """One agent in front of the page, at a time the test sets."""

    def __init__(self, client: RoleClient, session: Session, make: Make, patch: pytest.MonkeyPatch) -> None:
        self.client, self.session, self.make, self._patch = client, session, make, patch
        self.season = SmallSeason(session, make)
        self.agent = self.season.certified_agent()
        self.become(self.agent)
        self.at(NOON)

    def become(self, agent: Agent) -> None:
        self.client.sign_in(self.make.user_of(agent), self.make.actor_of(agent))

    def at(self, now: dt.datetime) -> None:
        self._patch.setattr(clock, "utc_now", lambda: now)

    def put(
        self,
        status: AssignmentStatus,
        *,
        starts_at: dt.datetime | None = None,
        kind: AssignmentKind = AssignmentKind.FORMAL,
        agent: Agent | None = None,
        respond_by: dt.datetime | None = None,
        **changes: object,
    ) -> uuid.UUID:
        slot = self.season.slot
        if starts_at is not None:
            slot = self.make.slot(event=self.season.event, starts_at=starts_at)
        row = self.make.assignment(
            agent=agent or self.agent,
            project=self.season.project,
            slot=slot,
            kind=kind,
            status=status,
            respond_by=respond_by,
        )
        saved = self.session.get_one(Assignment, row.id)
        for name, value in changes.items():
            setattr(saved, name, value)
        self.session.commit()
        self.session.expunge_all()
        return row.id

    def page(self, path: str = "/agent/") -> str:
        response = self.client.get(path)
        assert response.status_code == 200
        return response.text

    def post(self, path: str) -> str:
        """Send a press and return the page it leads to."""
        response = self.client.post(path, follow_redirects=True)
        assert response.status_code == 200
        return response.text

    def status_of(self, assignment_id: uuid.UUID) -> AssignmentStatus:
        return self.session.scalars(select(Assignment.status).where(Assignment.id == assignment_id)).one()


@pytest.fixture
def day(client: RoleClient, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch) -> Day:
    return Day(client, session, make, monkeypatch)


def has_arrive_button(page: str) -> bool:
    return "zx-button--arrive" in page


class TestTheNextShift:
    def test_has_no_button_before_its_time_and_says_when_it_comes(self, day: Day) -> None:
        day.put(ACCEPTED)
        day.at(START - 30 * MINUTE - MINUTE)

        page = day.page()

        assert not has_arrive_button(page)
        assert "今天 19:30起" in page
        assert "20:05 前按下就算准时" in page

    def test_has_the_button_from_half_an_hour_before(self, day: Day) -> None:
        shift = day.put(ACCEPTED)
        day.at(START - 12 * MINUTE)

        page = day.page()

        assert has_arrive_button(page)
        assert f"/agent/shifts/{shift}/check-in" in page
        assert "20:05 前报到就算准时。12 分钟后开班。" in page
        assert "今天来不了" in page

    def test_pressing_it_checks_in(self, day: Day) -> None:
        shift = day.put(ACCEPTED)
        day.at(START - 12 * MINUTE)

        page = day.post(f"/agent/shifts/{shift}/check-in")

        assert "报到好了" in page
        assert "19:48 已报到" in page
        assert not has_arrive_button(page)
        assert day.status_of(shift) is AssignmentStatus.PRESENT

    @pytest.mark.parametrize(
        ("now", "sentence"),
        [(START - 31 * MINUTE, "还没到报到的时间"), (START + 16 * MINUTE, "报到时间已经过了")],
    )
    def test_a_stale_press_changes_nothing_and_says_why(
        self, day: Day, now: dt.datetime, sentence: str
    ) -> None:
        shift = day.put(ACCEPTED)
        day.at(now)

        assert sentence in day.post(f"/agent/shifts/{shift}/check-in")
        assert day.status_of(shift) is ACCEPTED

    def test_missing_but_not_replaced_may_still_come(self, day: Day) -> None:
        day.season.book(1)
        day.put(AssignmentStatus.MISSING)
        day.at(START + 10 * MINUTE)

        page = day.page()

        assert has_arrive_button(page)
        assert "到 20:15 还能报到" in page

    def test_missing_and_replaced_is_said_plainly(self, day: Day) -> None:
        day.season.book(1)
        missing = day.put(AssignmentStatus.MISSING)
        day.put(ACCEPTED, agent=day.season.certified_agent(), replaces_id=missing)
        day.at(START + 10 * MINUTE)

        page = day.page()

        assert not has_arrive_button(page)
        assert "已经有人接了" in page
        assert "没有报上" in day.post(f"/agent/shifts/{missing}/check-in")

    def test_after_the_last_check_in_the_page_moves_on(self, day: Day) -> None:
        day.put(AssignmentStatus.MISSING)
        day.at(START + 15 * MINUTE + dt.timedelta(microseconds=1))

        assert "现在没有排定的班" in day.page()

    def test_a_standby_waits_without_a_button(self, day: Day) -> None:
        day.put(ACCEPTED, kind=AssignmentKind.STANDBY)
        day.at(START)

        page = day.page()

        assert not has_arrive_button(page)
        assert "没叫到也付 ¥24.00" in page

    def test_a_called_standby_gets_the_button_with_their_own_time(self, day: Day) -> None:
        day.put(ACCEPTED, called_at=START + 6 * MINUTE)
        day.at(START + 7 * MINUTE)

        page = day.page()

        assert has_arrive_button(page)
        assert "20:21 前报到就算准时" in page


class TestOffers:
    def test_say_what_they_pay_and_until_when_before_the_press(self, day: Day) -> None:
        day.make.save(
            SeasonPhase(
                id=uuid.uuid4(),
                event_id=day.season.event.id,
                name_zh="高峰",
                name_en="Peak",
                starts_on=dt.date(2026, 11, 10),
                ends_on=dt.date(2026, 11, 11),
                lowest_demand_percent=610,
                highest_demand_percent=900,
            )
        )
        day.put(OFFERED, respond_by=NOON + dt.timedelta(days=1))

        page = day.page()

        assert "明天 12:00前答复" in page
        assert "¥145.60" in page
        assert "高峰加 40%" in page

    def test_accepting_makes_it_a_shift(self, day: Day) -> None:
        offer = day.put(OFFERED)

        page = day.post(f"/agent/offers/{offer}/accept")

        assert "接下了" in page
        assert "已排 1 班" in page
        assert day.status_of(offer) is ACCEPTED

    def test_declining_costs_nothing_and_goes_on_to_the_queue(self, day: Day) -> None:
        offer = day.put(OFFERED)

        assert "不影响以后的邀约" in day.post(f"/agent/offers/{offer}/decline")

        assert day.status_of(offer) is AssignmentStatus.DECLINED
        promised = day.session.scalars(select(OutboxMessage.topic)).all()
        assert promised == [Topic.REFILL_SEAT]

    @pytest.mark.parametrize("answer", ["accept", "decline"])
    def test_a_stale_page_gets_a_plain_sentence(self, day: Day, answer: str) -> None:
        offer = day.put(OFFERED, respond_by=NOON)

        assert "过了期限，所以什么也没有变" in day.post(f"/agent/offers/{offer}/{answer}")
        assert day.status_of(offer) is OFFERED

    def test_the_ones_out_of_time_are_not_shown(self, day: Day) -> None:
        day.put(OFFERED, respond_by=NOON)

        assert "还没有邀约和班次" in day.page("/agent/offers")


class TestReleasing:
    def test_first_says_what_will_happen(self, day: Day) -> None:
        shift = day.put(ACCEPTED)

        page = day.page(f"/agent/shifts/{shift}/release")

        assert "马上问下一个合适的人" in page
        assert "不扣钱，不扣分" in page
        assert day.status_of(shift) is ACCEPTED

    def test_shortly_before_the_start_a_standby_is_called(self, day: Day) -> None:
        shift = day.put(ACCEPTED)
        day.at(START - 119 * MINUTE)

        assert "会马上叫候补" in day.page(f"/agent/shifts/{shift}/release")

    def test_then_gives_it_up(self, day: Day) -> None:
        shift = day.put(ACCEPTED)

        assert "正在找别人" in day.post(f"/agent/shifts/{shift}/release")
        assert day.status_of(shift) is AssignmentStatus.RELEASED

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_is_too_late_once_the_shift_runs(self, day: Day, method: str) -> None:
        shift = day.put(ACCEPTED)
        day.at(START)

        response = getattr(day.client, method)(f"/agent/shifts/{shift}/release", follow_redirects=True)

        assert "这一班已经开始" in response.text
        assert day.status_of(shift) is ACCEPTED


class TestCallingInSick:
    def test_is_one_click_from_the_shift_and_says_that_nothing_is_kept(self, day: Day) -> None:
        shift = day.put(ACCEPTED)

        assert f'href="/agent/shifts/{shift}/sick"' in day.page(f"/agent/shifts/{shift}")
        page = day.page(f"/agent/shifts/{shift}/sick")

        assert "什么病不用说，我们也不记" in page
        assert "马上问下一个合适的人" in page

    def test_gives_the_shift_up_and_asks_for_somebody_else(self, day: Day) -> None:
        shift = day.put(ACCEPTED)
        day.at(START + 3 * MINUTE)

        assert "马上叫候补" in day.page(f"/agent/shifts/{shift}/sick")
        assert "好好休息" in day.post(f"/agent/shifts/{shift}/sick")

        assert day.status_of(shift) is AssignmentStatus.RELEASED
        assert day.session.scalars(select(OutboxMessage.topic)).all() == [Topic.REFILL_SEAT]

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_not_by_who_is_there(self, day: Day, method: str) -> None:
        shift = day.put(AssignmentStatus.PRESENT)

        response = getattr(day.client, method)(f"/agent/shifts/{shift}/sick", follow_redirects=True)

        assert "什么也没有变" in response.text
        assert day.status_of(shift) is AssignmentStatus.PRESENT


class TestTheWeek:
    def test_shows_shifts_offers_standbys_and_times_not_given(self, day: Day) -> None:
        day.put(ACCEPTED)
        day.put(OFFERED, starts_at=shanghai(12, 8))
        day.put(ACCEPTED, starts_at=shanghai(12, 20), kind=AssignmentKind.STANDBY)
        day.at(shanghai(9, 9))

        page = day.page()

        assert page.count('class="is-on"') == 1
        assert page.count('class="is-offer"') == 1
        assert page.count('class="is-standby"') == 1
        assert "接下来七天排了 1 班，" in page
        assert "20–24 小鹿家居·售前" in page
        # The 9th is not in the availability (10 to 13), the 14th is after the season.
        assert "全天不排，你没写有空" in page
        assert "不在大促里" in page
        assert "全天有空，还没排" in page


class TestMoney:
    def test_stands_line_by_line_and_adds_up(self, day: Day) -> None:
        early = shanghai(2, 8)
        day.put(AssignmentStatus.DONE, starts_at=early, checked_in_at=early)
        late = shanghai(3, 8)
        day.put(AssignmentStatus.DONE, starts_at=late, checked_in_at=late + 20 * MINUTE)
        day.put(AssignmentStatus.DONE, starts_at=shanghai(4, 8), kind=AssignmentKind.STANDBY)
        day.put(AssignmentStatus.MISSING, starts_at=shanghai(5, 8))
        day.at(shanghai(6, 9))

        for path in ("/agent/", "/agent/pay"):
            page = day.page(path)
            assert "1 班 × 4 小时 × ¥26.00" in page
            assert "1 班 × 3 小时 40 分钟 × ¥26.00" in page
            assert "候补待命 1 次" in page
            assert page.count("¥24.00") >= 1
        # 104 + 95.33 + 24 yuan; the missed shift takes nothing off.
        assert "223.33" in day.page()
        assert "08:20 报到，从那时算起" in day.page("/agent/pay")

    def test_a_shift_under_way_does_not_count_yet(self, day: Day) -> None:
        day.put(AssignmentStatus.PRESENT, checked_in_at=START)
        day.at(START + 10 * MINUTE)

        assert "还没有上完的班" in day.page()


class TestANewcomer:
    @pytest.mark.parametrize(
        ("status", "sentence"),
        [
            (AgentStatus.NEW, "下一步：基础考试"),
            (AgentStatus.IN_POOL, "下一步：选一个项目"),
            (AgentStatus.CERTIFIED, "现在没有排定的班"),
        ],
    )
    def test_is_told_the_next_step(self, day: Day, status: AgentStatus, sentence: str) -> None:
        day.become(day.make.agent(status=status))

        assert sentence in day.page()

    def test_who_applied_goes_on_to_the_trial(self, day: Day) -> None:
        agent = day.make.agent(status=AgentStatus.IN_POOL)
        day.make.application(agent, project=day.season.project)
        day.become(agent)

        assert "下一步：考核和试岗" in day.page()

    def test_without_any_season_every_page_stands(
        self, client: RoleClient, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: NOON)
        agent = make.agent(status=AgentStatus.NEW)
        client.sign_in(make.user_of(agent), make.actor_of(agent))

        for path in ("/agent/", "/agent/pay", "/agent/offers", "/agent/calendar"):
            assert client.get(path).status_code == 200

    def test_with_time_given_there_is_nothing_to_do(self, day: Day) -> None:
        # Partly covered, and already begun: neither can be worked.
        day.make.slot(event=day.season.event, starts_at=shanghai(12, 22))
        day.make.slot(event=day.season.event, starts_at=shanghai(10, 8))
        day.at(shanghai(10, 9))

        page = day.page()

        assert "你写了 1 个班次有空。现在不用做什么" in page
        assert "govuk-button" not in page.split("<main", 1)[1].split("</section>", 1)[0]

    def test_open_offers_are_what_the_button_leads_to(self, day: Day) -> None:
        day.put(OFFERED, respond_by=NOON + 60 * MINUTE)
        day.put(OFFERED, starts_at=shanghai(12, 8), respond_by=NOON + 60 * MINUTE)

        card = day.page().split("<main", 1)[1].split("</section>", 1)[0]

        assert '<a class="govuk-button" href="/agent/offers">看你的 2 份邀约</a>' in card
        assert card.count("govuk-button") == 1


def test_unread_notices_are_shown_until_they_are_read(day: Day) -> None:
    for read_at in (None, NOON):
        day.make.save(
            Notice(
                id=uuid.uuid4(),
                user_id=day.agent.user_id,
                kind=NoticeKind.SHIFT_CHANGED,
                params={"project": "P", "when": "W", "change": "unread" if read_at is None else "read"},
                created_at=NOON,
                read_at=read_at,
            )
        )

    page = day.page()

    assert "P，W：unread" in page
    assert "P，W：read" not in page


class TestGivingUpADayBetweenOthers:
    @pytest.fixture
    def middle(self, day: Day) -> uuid.UUID:
        day.put(ACCEPTED, starts_at=shanghai(10, 20))
        day.put(ACCEPTED, starts_at=shanghai(12, 20))
        return day.put(OFFERED, respond_by=NOON + 60 * MINUTE)

    def test_says_what_is_left_before_and_after(self, day: Day, middle: uuid.UUID) -> None:
        day.make.needs(day.agent, min_consecutive_days=2)
        left = "11 月 10 日就只连着上 1 天了；你要的是至少 2 天"
        assert left in day.post(f"/agent/offers/{middle}/decline")

        again = day.put(ACCEPTED)
        assert left in day.page(f"/agent/shifts/{again}/release")
        assert left in day.page(f"/agent/shifts/{again}/sick")

    def test_says_nothing_to_whom_any_days_suit(self, day: Day, middle: uuid.UUID) -> None:
        assert "你要的是" not in day.post(f"/agent/offers/{middle}/decline")


class TestWhyThisShift:
    def test_counts_the_points_the_matcher_counts(self, day: Day) -> None:
        done = shanghai(1, 8)
        day.put(AssignmentStatus.DONE, starts_at=done)
        day.put(AssignmentStatus.DONE, starts_at=shanghai(2, 8), kind=AssignmentKind.STANDBY)
        shift = day.put(OFFERED)

        page = day.page(f"/agent/shifts/{shift}")

        assert "+ 1,000" in page
        assert "+ 60" in page
        assert "上过 1 班" in page
        assert "+ 6" in page
        assert "1,066" in page

    def test_shows_rules_kept_and_rules_that_changed_since(self, day: Day) -> None:
        shift = day.put(ACCEPTED)
        assert "排好以后变的" not in day.page(f"/agent/shifts/{shift}")

        day.make.needs(day.agent, max_day_minutes=180)

        page = day.page(f"/agent/shifts/{shift}")
        assert page.count("排好以后变的") == 1
        assert "一天最长 3 小时" in page

    @pytest.mark.parametrize(
        ("needs", "words", "other"),
        [
            ({"min_consecutive_days": 2}, "至少连着上 2 天", None),
            ({"min_days_off": 2}, "歇就至少连着歇 2 天", shanghai(9, 8)),
            ({"max_weekends": 0}, "周末都不上", None),
        ],
    )
    def test_shows_the_days_somebody_wants(
        self, day: Day, needs: dict[str, object], words: str, other: dt.datetime | None
    ) -> None:
        """The shift is on a Wednesday: a single day in the middle, two days after another, no weekend."""
        shift = day.put(ACCEPTED)
        if other is not None:
            day.put(ACCEPTED, starts_at=other)
        assert words not in day.page(f"/agent/shifts/{shift}")

        day.make.needs(day.agent, **needs)

        page = day.page(f"/agent/shifts/{shift}")
        assert words in page
        assert page.count("排好以后变的") == (0 if "max_weekends" in needs else 1)

    def test_explains_a_standby(self, day: Day) -> None:
        shift = day.put(ACCEPTED, kind=AssignmentKind.STANDBY)

        page = day.page(f"/agent/shifts/{shift}")

        assert "为什么候补是你" in page
        assert "¥24.00" in page

    @pytest.mark.parametrize("status", list(AssignmentStatus))
    def test_stands_in_every_state(self, day: Day, status: AssignmentStatus) -> None:
        shift = day.put(status)

        assert "从来不看的" in day.page(f"/agent/shifts/{shift}")


@pytest.mark.parametrize("path", ["/agent/", "/agent/offers", "/agent/pay"])
def test_pages_take_as_many_queries_however_much_there_is(
    day: Day, count_queries: CountQueries, path: str
) -> None:
    counts = []
    for first_hour in (0, 8):
        for status, on in ((ACCEPTED, 10), (OFFERED, 11), (AssignmentStatus.DONE, 1)):
            for hour in (first_hour, first_hour + 4):
                day.put(status, starts_at=shanghai(on, hour), respond_by=shanghai(11, 0))
        day.at(shanghai(9, 23))
        with count_queries() as statements:
            day.page(path)
        counts.append(len(statements))

    assert counts[0] == counts[1]
