from __future__ import annotations

import datetime as dt
import io
import re
import uuid

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.models import Booking, BookingStatus, PeakEvent, Project, SeatCell
from app.services.seasons import DOUBLE_11_PHASES, set_phases
from app.web.i18n import LANGUAGE_COOKIE
from app.web.merchants import season
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make, shanghai


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


class Shop:
    """The signed-in merchant's project and a season of a few cells."""

    def __init__(self, client: RoleClient, make: Make, *, days: int = 1, capacity: int = 20) -> None:
        assert client.actor is not None
        self.client, self.make = client, make
        self.project: Project = make.project(merchant_id=client.actor.merchant_id)
        self.event: PeakEvent = make.event()
        self.cells: list[SeatCell] = []
        self.add_days(days, capacity=capacity)

    def add_days(self, days: int, *, capacity: int = 20) -> None:
        first = len(self.cells) // 6
        for number in range(first * 6, (first + days) * 6):
            slot = self.make.slot(event=self.event, starts_at=shanghai(1 + number // 6, number % 6 * 4))
            self.cells.append(self.make.seat_cell(slot=slot, capacity=capacity, price_fen=20000))

    def fields(self, seats: dict[int, str], **more: str) -> dict[str, str | list[str]]:
        chosen = {str(self.cells[number].id): typed for number, typed in seats.items()}
        return {
            "project": str(self.project.id),
            "seats": "1",
            "cell": list(chosen),
            **{f"seats-{cell_id}": typed for cell_id, typed in chosen.items()},
            **more,
        }


@pytest.fixture
def shop(as_merchant: RoleClient, make: Make) -> Shop:
    return Shop(as_merchant, make)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class TestShowSeason:
    def test_says_what_is_left_and_why_not(self, shop: Shop, session: Session) -> None:
        full, nobody, held = shop.cells[0], shop.cells[1], shop.cells[2]
        with transaction(session):
            session.execute(update(SeatCell).where(SeatCell.id == full.id).values(taken=20))
            session.execute(update(SeatCell).where(SeatCell.id == nobody.id).values(capacity=0))
            session.execute(update(SeatCell).where(SeatCell.id == held.id).values(taken=20))
        shop.make.booking(
            cells={held.id: 20}, event_id=shop.event.id, status=BookingStatus.HELD, created_at=NOON
        )

        page = shop.client.get("/merchant/season").text

        assert [page.count(f"<dt>{words}") for words in ("都付了款", "没有人手", "有人占着")] == [1, 1, 1]
        assert "最早 10 月 20 日 12:30 没付就放回" in page
        assert page.count('type="checkbox"') == 3
        assert "余 20" in page

    def test_the_legend_says_both_halves_of_what_is_nearly_full(self, shop: Shop, session: Session) -> None:
        few_of_many, few_of_few = shop.cells[0], shop.cells[1]
        with transaction(session):
            session.execute(
                update(SeatCell).where(SeatCell.id == few_of_many.id).values(capacity=40, taken=31)
            )
            session.execute(
                update(SeatCell).where(SeatCell.id == few_of_few.id).values(capacity=20, taken=11)
            )

        pages = {}
        for language in ("zh", "en"):
            shop.client.set_cookie(LANGUAGE_COOKIE, language)
            pages[language] = shop.client.get("/merchant/season").text

        # Nine seats are left of each: they are nearly full as the legend says only where there were 40.
        assert [page.count('<label class="zx-slot zx-slot--few">') for page in pages.values()] == [1, 1]
        assert "快满了：不到 10 席，也不到总数的四分之一" in pages["zh"]
        assert "Nearly full: under 10 seats left, and under a quarter of all" in pages["en"]

    def test_groups_days_by_phase_with_their_demand(self, shop: Shop, session: Session) -> None:
        with transaction(session):
            set_phases(session, session.get_one(PeakEvent, shop.event.id), DOUBLE_11_PHASES)

        page = text_of(shop.client.get("/merchant/season").text)

        assert "开门红 10 月 31 日 – 11 月 3 日 · 来量是平日的 2.5–6.2 倍" in page

    def test_takes_at_most_four_queries_however_long_the_season_is(
        self, shop: Shop, count_queries: CountQueries
    ) -> None:
        counts = []
        for _ in range(2):
            shop.add_days(3)
            with count_queries() as statements:
                page = shop.client.get("/merchant/season").text
            assert page.count('type="checkbox"') == len(shop.cells)
            counts.append(len(statements))

        assert counts[0] == counts[1]
        assert counts[0] <= 4

    def test_without_a_project_it_leads_to_making_one(self, as_merchant: RoleClient, make: Make) -> None:
        make.event()

        assert "/merchant/projects/new" in as_merchant.get("/merchant/season").text

    def test_without_a_season_it_says_so(self, as_merchant: RoleClient, make: Make) -> None:
        assert as_merchant.actor is not None
        make.project(merchant_id=as_merchant.actor.merchant_id)

        assert "现在没有可以订的大促" in as_merchant.get("/merchant/season").text

    @pytest.mark.parametrize("project", ["nonsense", "00000000-0000-0000-0000-000000000000"])
    def test_an_unknown_project_is_not_found(self, shop: Shop, project: str) -> None:
        assert shop.client.get(f"/merchant/season?project={project}").status_code == 404

    def test_somebody_elses_project_is_not_found(self, shop: Shop, make: Make) -> None:
        other = make.project()

        assert shop.client.get(f"/merchant/season?project={other.id}").status_code == 404

    def test_the_day_of_a_phone_is_the_one_asked_for(self, shop: Shop) -> None:
        shop.add_days(2)

        page = shop.client.get("/merchant/season?day=2026-11-02").text

        assert 'zx-season__row is-current" data-day="2026-11-02"' in page

    def test_a_day_without_shifts_is_not_in_the_calendar(self, shop: Shop, make: Make) -> None:
        make.seat_cell(slot=make.slot(event=shop.event, starts_at=shanghai(3, 8)))

        page = shop.client.get("/merchant/season").text

        assert re.findall('name="day" value="([^"]+)"', page)[1:] == ["2026-11-01", "2026-11-03"]


class TestBasket:
    def test_two_seats_are_two_fields_and_a_sum(self, shop: Shop) -> None:
        page = text_of(shop.client.post("/merchant/season/review", data=shop.fields({5: "2"})).text)

        assert "篮子：1 个班次，2 席" in page
        assert "坐席费 ¥400.00" in page
        assert "现在付定金 30% ¥120.00" in page

    def test_the_ladder_stands_in_fen_before_booking(self, shop: Shop) -> None:
        page = text_of(shop.client.post("/merchant/season/review", data=shop.fields({0: "1"})).text)

        for words in ("30 天到 14 天 坐席费的 10% ¥20.00", "不到 3 天 坐席费的 80% ¥160.00"):
            assert words in page
        # Twelve days before the shift.
        assert "付了定金，今天就取消 ¥60.00" in page

    @pytest.mark.parametrize(("step", "seats"), [("more", "3"), ("less", "1")])
    def test_steppers_work_without_script(self, shop: Shop, step: str, seats: str) -> None:
        cell_id = shop.cells[0].id

        page = shop.client.post("/merchant/season", data=shop.fields({0: "2"}, step=f"{step}:{cell_id}")).text

        assert re.search(f'name="seats-{cell_id}"[^>]* value="{seats}"', page)

    def test_one_number_for_all_chosen_cells(self, shop: Shop) -> None:
        page = shop.client.post(
            "/merchant/season", data=shop.fields({0: "2", 1: "5"}, step="all") | {"seats": "7"}
        ).text

        assert "篮子：2 个班次，14 席" in page

    def test_a_line_can_be_taken_out(self, shop: Shop) -> None:
        page = shop.client.post(
            "/merchant/season/review", data=shop.fields({0: "2", 1: "5"}, step=f"drop:{shop.cells[1].id}")
        ).text

        assert "篮子：1 个班次，2 席" in page

    def test_for_htmx_only_the_basket_comes_back(self, shop: Shop) -> None:
        page = shop.client.post(
            "/merchant/season", data=shop.fields({0: "2"}), headers={"HX-Request": "true"}
        ).text

        assert "篮子：1 个班次，2 席" in page
        assert "<html" not in page
        assert 'id="basket-status"' in page

    def test_what_is_short_is_said_beside_its_line(self, shop: Shop) -> None:
        page = shop.client.post("/merchant/season/review", data=shop.fields({0: "21"})).text

        assert "你要 21 席，只剩 20 席" in page

    def test_the_calendar_turns_to_the_day_pressed_last(self, shop: Shop) -> None:
        shop.add_days(1)
        fields = shop.fields({0: "1"}) | {"day": ["2026-11-01", "2026-11-02"]}

        page = shop.client.post("/merchant/season", data=fields).text

        assert 'is-current" data-day="2026-11-02"' in page
        assert "篮子：1 个班次，1 席" in page


class TestCreateBooking:
    def hold(self, shop: Shop, seats: dict[int, str]) -> tuple[int, str]:
        response = shop.client.post("/merchant/bookings", data=shop.fields(seats))
        return response.status_code, response.text

    def taken(self, session: Session) -> int:
        session.expire_all()
        return sum(session.scalars(select(SeatCell.taken)))

    def test_holds_the_basket_and_shows_the_booking(self, shop: Shop, session: Session) -> None:
        response = shop.client.post("/merchant/bookings", data=shop.fields({0: "2", 5: "3"}))

        booking = session.scalars(select(Booking)).one()
        assert response.location == f"/merchant/bookings/{booking.id}"
        assert self.taken(session) == 5
        page = text_of(shop.client.get(response.location).text)
        assert "5 席占住了，12:30 前付定金" in page
        assert "还有约 30 分钟" in page

    def test_one_seat_too_many_holds_none_and_keeps_what_was_typed(
        self, shop: Shop, session: Session
    ) -> None:
        status, page = self.hold(shop, {0: "2", 5: "21"})

        assert status == 422
        assert self.taken(session) == 0
        assert "有 1 个班次余席不够，所以一席也没有占" in page
        assert "你要 21 席，只剩 20 席" in page
        assert 'value="21"' in page
        assert re.search("<title>有错误：", page)

    @pytest.mark.parametrize("typed", ["0", "-1", "1000000000", "", "two", "1.5", "٣"])
    def test_no_number_of_seats_is_named_and_nothing_held(
        self, shop: Shop, session: Session, typed: str
    ) -> None:
        status, page = self.hold(shop, {0: typed})

        assert status == 422
        assert "请填 1 到 9999 的整数" in page
        assert self.taken(session) == 0

    def test_an_empty_basket_is_refused(self, shop: Shop) -> None:
        status, page = self.hold(shop, {})

        assert status == 422
        assert "篮子是空的。请先在表格里勾选班次。" in page

    def test_a_closed_season_is_refused(
        self, shop: Shop, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: shanghai(26, 0, month=10))

        status, page = self.hold(shop, {0: "1"})

        assert status == 422
        assert "现在不在预订期内，一席也没有占。" in page
        assert self.taken(session) == 0

    def test_cells_that_are_not_in_the_season_are_not_held(self, shop: Shop, session: Session) -> None:
        fields = shop.fields({0: "1"})
        response = shop.client.post("/merchant/bookings", data=fields | {"cell": [str(uuid.uuid4()), "x"]})

        assert response.status_code == 422
        assert self.taken(session) == 0


class TestImportCells:
    def upload(self, shop: Shop, text: str | bytes) -> tuple[int, str]:
        data = text.encode() if isinstance(text, str) else text
        response = shop.client.post(
            "/merchant/season/import",
            data={"project": str(shop.project.id), "file": (io.BytesIO(data), "seats.csv")},
        )
        return response.status_code, text_of(response.text)

    def test_a_good_file_goes_to_the_review(self, shop: Shop) -> None:
        status, page = self.upload(shop, "日期,班次,席数\n2026-11-01,20-24,12\n2026/11/1,08:00-12:00,3\n")

        assert status == 200
        assert "篮子：2 个班次，15 席" in page

    def test_every_fault_is_named_with_its_line_and_nothing_taken(self, shop: Shop, session: Session) -> None:
        status, page = self.upload(
            shop, "day,slot,seats\n2026-11-01,20-24,0\nxx,20-24,1\n2026-11-01,20-23,1\n2026-11-01,00-04,1\n"
        )

        assert status == 422
        assert "文件里有 3 处要改，一席也没有放进篮子" in page
        assert "2 席数“0”不行" in page
        assert "3 日期“xx”读不懂" in page
        assert "4 这一季没有“2026-11-01 20-23”这个班次" in page
        assert session.scalars(select(Booking)).all() == []

    def test_no_file_is_said_beside_the_field(self, shop: Shop) -> None:
        response = shop.client.post("/merchant/season/import", data={"project": str(shop.project.id)})

        assert response.status_code == 422
        assert "请选一个 CSV 文件" in response.text

    def test_a_huge_file_is_refused_without_reading_it_all(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(season, "MOST_LIST_BYTES", 1000)
        status, page = self.upload(shop, b"x" * 1001)

        assert status == 422
        assert "文件最大 1 MB" in page


def test_a_hold_whose_time_is_over_says_so(
    shop: Shop, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = shop.client.post("/merchant/bookings", data=shop.fields({0: "1"})).location
    monkeypatch.setattr(clock, "utc_now", lambda: NOON + dt.timedelta(minutes=30))

    page = shop.client.get(location).text

    assert "时间到了，坐席正在放回" in page
    assert 'name="provider"' not in page
