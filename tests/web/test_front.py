from __future__ import annotations

import datetime as dt
import re

import pytest

from app import booking_rules, clock
from app.models import AssignmentStatus
from app.queries.front import SlotSeats
from app.web.public.season_chart import draw_season, round_up
from tests.conftest import RoleClient
from tests.make import NOON, Make, shanghai


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


def seats(day: int, hour: int, *, booked: int, staffed: int = 0, asked: int = 0) -> SlotSeats:
    start = shanghai(day, hour)
    return SlotSeats(
        starts_at=start,
        ends_at=start + dt.timedelta(hours=4),
        booked=booked,
        staffed=staffed,
        asked=asked,
    )


class TestFrontPage:
    def test_an_empty_database_says_that_nothing_is_on_sale(self, client: RoleClient) -> None:
        page = client.get("/")

        assert page.status_code == 200
        assert "现在没有在售的大促" in page.text
        assert 'href="/sign-up/agent"' in page.text
        assert 'href="/sign-up/merchant"' in page.text

    def test_a_season_without_bookings_has_no_chart(self, client: RoleClient, make: Make) -> None:
        make.seat_cell(slot=make.slot(), capacity=10)

        page = client.get("/").text

        assert "还没有商家下单" in page
        assert "zx-chart" not in page

    def test_before_the_rota_nothing_is_called_short(self, client: RoleClient, make: Make) -> None:
        make.seat_cell(slot=make.slot(), capacity=10, taken=4)

        page = client.get("/").text

        assert "还没排" in page
        assert "订得最多：4 席" in page
        assert "zx-column--lack" not in page

    def test_with_a_rota_it_says_who_waits_and_what_is_short(self, client: RoleClient, make: Make) -> None:
        slot = make.slot(starts_at=shanghai(11, 20))
        make.seat_cell(slot=slot, capacity=10, taken=4)
        make.assignment(slot=slot, status=AssignmentStatus.ACCEPTED)
        make.assignment(slot=slot, status=AssignmentStatus.OFFERED)

        page = client.get("/").text

        assert "11 月 11 日 20:00–24:00最忙：4 席，已排到 2 席" in page
        assert "其中 1 席等本人答复" in page
        assert re.search(r'zx-figure__value">50\.0<', page)
        assert "正在找人和叫候补" in page
        assert "zx-column--lack" in page

    def test_never_rounds_a_gap_away(self, client: RoleClient, make: Make) -> None:
        slot = make.slot()
        make.seat_cell(slot=slot, capacity=3000, taken=3000)
        make.assignment(slot=slot, status=AssignmentStatus.ACCEPTED)

        assert re.search(r'zx-figure__value">0\.0<', client.get("/").text)

    def test_warns_of_people_who_ask_for_money(self, client: RoleClient) -> None:
        assert "坐席从不收钱" in client.get("/").text

    def test_carries_no_inline_style_or_script(self, client: RoleClient, make: Make) -> None:
        make.seat_cell(slot=make.slot(), capacity=10, taken=4)

        page = client.get("/").text

        assert "style=" not in page
        assert not re.search(r"<script(?![^>]*src=)", page)


class TestChart:
    def test_columns_stand_on_each_other_and_on_the_ground(self) -> None:
        chart = draw_season([seats(11, 20, booked=100, staffed=60, asked=30)], has_rota=True)

        assert chart
        parts = [(bar.kind, float(bar.y), float(bar.height)) for bar in chart.bars]
        assert parts == [("done", 40.0, 60.0), ("asked", 10.0, 30.0), ("short", 0.0, 10.0)]

    def test_one_missing_person_among_many_can_still_be_seen(self) -> None:
        chart = draw_season([seats(11, 20, booked=2000, staffed=1999)], has_rota=True)

        assert chart
        assert [float(bar.height) for bar in chart.bars if bar.kind == "short"] == [2.5]

    def test_slots_share_the_width(self) -> None:
        chart = draw_season([seats(11, hour, booked=5) for hour in range(0, 24, 4)], has_rota=False)

        assert chart
        assert [bar.x for bar in chart.bars][:3] == ["0.000", "16.667", "33.333"]
        assert float(chart.bars[-1].x) + float(chart.bars[-1].width) < 100

    def test_the_table_adds_up_local_days(self) -> None:
        chart = draw_season(
            [seats(10, 20, booked=5, staffed=5), seats(11, 0, booked=7, asked=3), seats(11, 4, booked=1)],
            has_rota=True,
        )

        assert chart
        rows = [(day.day.day, day.booked, day.staffed, day.asked, day.short) for day in chart.days]
        assert rows == [(10, 5, 5, 0, 0), (11, 8, 0, 3, 5)]

    def test_nothing_booked_is_nothing_drawn(self) -> None:
        assert draw_season([seats(11, 20, booked=0)], has_rota=False) is None
        assert draw_season([], has_rota=False) is None

    @pytest.mark.parametrize(
        ("booked", "top"), [(1, 10), (10, 10), (11, 20), (60, 60), (61, 80), (81, 100), (2000, 2000)]
    )
    def test_the_axis_ends_at_a_round_number(self, booked: int, top: int) -> None:
        assert round_up(booked) == top


class TestRules:
    def test_the_fees_are_those_that_the_bookings_use(self, client: RoleClient) -> None:
        page = client.get("/fees").text

        assert f"{booking_rules.DEPOSIT_PERCENT}%" in page
        assert "30 分钟" in page
        for step in booking_rules.FEE_LADDER:
            assert f"{step.percent}%" in page
        assert "30 天或更早" in page
        assert "14 天到不足 30 天" in page
        assert "不到 3 天" in page

    @pytest.mark.parametrize("path", ["/privacy", "/accessibility", "/certificates"])
    def test_the_way_to_reach_us_is_on_the_page_or_one_link_away(self, client: RoleClient, path: str) -> None:
        page = client.get(path).text

        assert "mailto:help@zuoxi.example" in page or "/privacy#contact" in page

    def test_privacy_says_that_merchants_never_see_health(self, client: RoleClient) -> None:
        page = client.get("/privacy").text

        row = page[page.index("健康和残障情况") :]
        assert "永远看不到" in row[: row.index("</tr>")]
