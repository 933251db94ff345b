from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.models import (
    AuditEntry,
    Booking,
    BookingLine,
    BookingStatus,
    MatchStatus,
    Payment,
    PaymentProvider,
    PaymentStatus,
    Project,
    Role,
    SeatCell,
    ServiceLine,
    ShiftSlot,
)
from app.permissions import Actor
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, PEAK, Make


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


def set_now(monkeypatch: pytest.MonkeyPatch, now: dt.datetime) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: now)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class Shop:
    """The signed-in merchant with a held booking of two seats at ¥200 in the peak's evening."""

    def __init__(self, client: RoleClient, make: Make) -> None:
        assert client.actor is not None
        self.client, self.make = client, make
        self.project = make.project(merchant_id=client.actor.merchant_id)
        event = make.event()
        cell = make.seat_cell(slot=make.slot(event=event), price_fen=20000)
        response = client.post(
            "/merchant/bookings", data={"project": str(self.project.id), "seats": "2", "cell": str(cell.id)}
        )
        self.address: str = response.location
        self.booking_id = uuid.UUID(self.address.rsplit("/", 1)[1])

    def pay(self, provider: str) -> int:
        return self.client.post(f"{self.address}/pay", data={"provider": provider}).status_code

    def look(self) -> str:
        return text_of(self.client.get(self.address).text)


@pytest.fixture
def shop(as_merchant: RoleClient, make: Make) -> Shop:
    return Shop(as_merchant, make)


@pytest.fixture
def _play_money(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SANDBOX_PAYMENTS", True)


def status_of(session: Session, shop: Shop) -> BookingStatus:
    return session.scalars(select(Booking.status).where(Booking.id == shop.booking_id)).one()


def taken(session: Session) -> int:
    return sum(session.scalars(select(SeatCell.taken)))


class TestPayBooking:
    @pytest.mark.usefixtures("_play_money")
    def test_play_money_confirms(self, shop: Shop, session: Session) -> None:
        assert shop.pay("sandbox") == 302

        assert status_of(session, shop) is BookingStatus.CONFIRMED
        assert "2 席已确认" in shop.look()
        assert "¥280.00" in shop.look()

    def test_play_money_is_refused_where_it_is_not_allowed(self, shop: Shop, session: Session) -> None:
        assert shop.pay("sandbox") == 409

        assert status_of(session, shop) is BookingStatus.HELD
        assert "演示付款" not in shop.look()

    @pytest.mark.parametrize("provider", ["", "cash"])
    def test_an_unknown_way_is_refused(self, shop: Shop, provider: str) -> None:
        assert shop.pay(provider) == 409

    def test_a_transfer_shows_what_to_copy_and_until_when(self, shop: Shop, session: Session) -> None:
        assert shop.pay("bank-transfer") == 302

        page = shop.look()
        reference = session.scalars(select(Payment.reference)).one()
        assert f"附言 {reference}" in page
        assert "2 席留到 10 月 23 日 12:00，等转账到账" in page
        assert "有一席不够就全数退回" in page

    def test_a_second_transfer_is_refused_in_plain_words(self, shop: Shop, session: Session) -> None:
        words = "这份预订已经为银行转账留过一次坐席，不能再留。"
        shop.pay("bank-transfer")
        assert words not in shop.look()
        session.execute(update(Payment).values(status=PaymentStatus.FAILED))
        session.commit()

        page = shop.look()
        answer = shop.client.post(f"{shop.address}/pay", data={"provider": "bank-transfer"})

        assert words in page
        assert "10 月 23 日 12:00 前付定金" in page
        assert "银行转账，坐席留" not in page
        assert answer.status_code == 409
        assert words in answer.text

    def test_paying_twice_is_told_that_it_is_done(self, shop: Shop, app: Flask) -> None:
        app.config["SANDBOX_PAYMENTS"] = True
        try:
            assert [shop.pay("sandbox"), shop.pay("sandbox")] == [302, 409]
        finally:
            app.config["SANDBOX_PAYMENTS"] = False


class TestCover:
    def published(self, shop: Shop, session: Session, status: MatchStatus) -> None:
        booking = session.get_one(Booking, shop.booking_id)
        booking.status = BookingStatus.CONFIRMED
        run = shop.make.match_run(event_id=booking.event_id, status=status)
        line = session.scalars(select(BookingLine).where(BookingLine.booking_id == booking.id)).one()
        slot = session.get_one(ShiftSlot, session.get_one(SeatCell, line.seat_cell_id).slot_id)
        shop.make.seat_cover(run_id=run.id, project=shop.project, slot=slot, chance=0.9899)
        session.expunge_all()

    def test_says_how_sure_the_seats_are(self, shop: Shop, session: Session) -> None:
        self.published(shop, session, MatchStatus.PUBLISHED)

        page = text_of(shop.client.get(shop.address).text)
        live = text_of(shop.client.get("/merchant/live?day=2026-11-11").text)

        assert "席席有人的把握" in page
        assert " 98% " in page
        assert "10 月 20 日 12:00 算的" in page
        assert "席席有人的把握" in live
        assert " 98% " in live

    def test_a_plan_that_is_not_published_promises_nothing(self, shop: Shop, session: Session) -> None:
        self.published(shop, session, MatchStatus.DONE)

        assert "席席有人的把握" not in shop.client.get(shop.address).text
        assert "席席有人的把握" not in shop.client.get("/merchant/live?day=2026-11-11").text


class TestCancelBooking:
    def line(self, session: Session) -> str:
        return f"seats-{session.scalars(select(BookingLine.id)).one()}"

    @pytest.mark.usefixtures("_play_money")
    def test_shows_fee_and_refund_before_anything_is_cancelled(self, shop: Shop, session: Session) -> None:
        shop.pay("sandbox")

        response = shop.client.post(f"{shop.address}/cancel", data={self.line(session): "1"})

        # 22 days before the shift: 10 % of ¥200, out of a deposit of ¥60.
        assert response.status_code == 200
        assert "取消费 ¥20.00，退回 ¥40.00" in text_of(response.text)
        assert "取消 1 席：取消费 ¥20.00，退 ¥40.00" in text_of(response.text)
        assert taken(session) == 2

    @pytest.mark.usefixtures("_play_money")
    def test_confirmed_it_gives_the_seats_back(self, shop: Shop, session: Session) -> None:
        shop.pay("sandbox")

        response = shop.client.post(
            f"{shop.address}/cancel",
            data={self.line(session): "1", "shown_fee": "2000", "confirm": "1"},
        )

        assert response.status_code == 302
        assert taken(session) == 1
        assert "1 席已确认" in shop.look()
        assert "取消费 ¥20.00 退 ¥40.00" in shop.look()

    @pytest.mark.usefixtures("_play_money")
    @pytest.mark.parametrize("shown", ["1999", "", "-5", "x"])
    def test_a_fee_above_the_one_shown_is_shown_again(self, shop: Shop, session: Session, shown: str) -> None:
        shop.pay("sandbox")

        response = shop.client.post(
            f"{shop.address}/cancel", data={self.line(session): "1", "shown_fee": shown, "confirm": "1"}
        )

        assert response.status_code == 422
        assert "取消费涨了一档" in response.text
        assert taken(session) == 2

    def test_a_hold_is_cancelled_for_nothing(self, shop: Shop, session: Session) -> None:
        page = text_of(shop.client.post(f"{shop.address}/cancel", data={"everything": "1"}).text)
        assert "取消不收费，退回 ¥0.00" in page

        shop.client.post(
            f"{shop.address}/cancel", data={self.line(session): "2", "shown_fee": "0", "confirm": "1"}
        )

        assert status_of(session, shop) is BookingStatus.CANCELLED
        assert shop.client.get(f"{shop.address}/cancel").status_code == 409

    def test_part_of_a_hold_says_the_new_deposit_and_what_to_transfer(
        self, shop: Shop, session: Session
    ) -> None:
        shop.pay("bank-transfer")

        page = text_of(
            shop.client.post(
                f"{shop.address}/cancel",
                data={self.line(session): "1", "shown_fee": "0", "confirm": "1"},
                follow_redirects=True,
            ).text
        )

        assert "定金改为 ¥60.00。多转的钱，到账后退回。" in page
        assert re.search(r"金额 ¥60\.00 附言 \S+-2 ", page)

    @pytest.mark.parametrize("typed", ["3", "-1", "x", "1000000000"])
    def test_a_number_that_cannot_be_is_named_and_kept(
        self, shop: Shop, session: Session, typed: str
    ) -> None:
        response = shop.client.post(f"{shop.address}/cancel", data={self.line(session): typed})

        assert response.status_code == 422
        assert "请填 0 到 2 的整数" in response.text
        assert f'value="{typed}"' in response.text

    def test_nothing_chosen_is_said(self, shop: Shop) -> None:
        response = shop.client.post(f"{shop.address}/cancel", data={})

        assert response.status_code == 422
        assert "请至少填一个班次要取消几席" in response.text

    @pytest.mark.usefixtures("_play_money")
    def test_a_shift_that_has_begun_is_not_offered(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        shop.pay("sandbox")
        set_now(monkeypatch, PEAK)

        assert shop.client.get(f"{shop.address}/cancel").status_code == 409
        assert "取消全部或几席" not in shop.look()


class TestListBookings:
    def test_takes_as_many_queries_for_many_as_for_few(
        self, shop: Shop, make: Make, session: Session, count_queries: CountQueries
    ) -> None:
        cell_id, event_id = session.execute(select(SeatCell.id, SeatCell.event_id)).one()
        counts = []
        for _ in range(2):
            for _ in range(3):
                make.booking(project=shop.project, cells={cell_id: 1}, event_id=event_id)
            with count_queries() as statements:
                page = shop.client.get("/merchant/bookings").text
            assert page.count("已确认") >= 3
            counts.append(len(statements))

        assert counts[0] == counts[1]

    def test_shows_only_ones_own(self, shop: Shop, make: Make, session: Session) -> None:
        cell_id, event_id = session.execute(select(SeatCell.id, SeatCell.event_id)).one()
        strange = make.booking(cells={cell_id: 1}, event_id=event_id)

        assert strange.number not in shop.client.get("/merchant/bookings").text


FIELDS = {
    "name": "小鹿家居·售后",
    "service_line": "aftersales-chat",
    "concurrent_chats": "4",
    "pay_an_hour": "26.50",
    "knowledge": "七天无理由",
}


class TestProjects:
    def test_made_it_is_shown_with_its_figures(
        self, as_merchant: RoleClient, make: Make, session: Session
    ) -> None:
        location = as_merchant.post("/merchant/projects/new", data=FIELDS).location

        project = session.scalars(select(Project)).one()
        assert (project.service_line, project.concurrent_chats, project.pay_fen_an_hour) == (
            ServiceLine.AFTERSALES_CHAT,
            4,
            2650,
        )
        make.certificate(make.agent(), project=project)
        make.certificate(make.agent(), project=project, revoked_at=NOON)
        make.certificate(make.agent(), project=project, expires_at=NOON)
        page = text_of(as_merchant.get(location).text)
        assert "认证过的客服 1 人" in page
        assert "七天无理由" in page

    def test_on_the_phone_it_is_one_at_a_time(self, as_merchant: RoleClient, session: Session) -> None:
        as_merchant.post("/merchant/projects/new", data=FIELDS | {"service_line": "hotline"})

        assert session.scalars(select(Project.concurrent_chats)).one() == 1

    @pytest.mark.parametrize(
        ("field", "typed", "words"),
        [
            ("name", " ", "请写项目名称"),
            ("name", "长" * 61, "最多 60 个字"),
            ("service_line", "fax", "请选一条服务线"),
            ("concurrent_chats", "0", "1 到 8"),
            ("concurrent_chats", "9", "1 到 8"),
            ("pay_an_hour", "14.99", "15 到 500"),
            ("pay_an_hour", "500.01", "15 到 500"),
            ("pay_an_hour", "NaN", "15 到 500"),
            ("pay_an_hour", "abc", "15 到 500"),
            ("concurrent_chats", "three", "1 到 8"),
        ],
    )
    def test_a_wrong_field_is_named_and_nothing_made(
        self, as_merchant: RoleClient, session: Session, field: str, typed: str, words: str
    ) -> None:
        response = as_merchant.post("/merchant/projects/new", data=FIELDS | {field: typed})

        assert response.status_code == 422
        assert words in response.text
        assert session.scalars(select(Project)).all() == []

    def test_listing_takes_as_many_queries_for_many_as_for_few(
        self, as_merchant: RoleClient, make: Make, count_queries: CountQueries
    ) -> None:
        assert as_merchant.actor is not None
        counts = []
        for _ in range(2):
            for _ in range(3):
                make.project(merchant_id=as_merchant.actor.merchant_id)
            with count_queries() as statements:
                as_merchant.get("/merchant/projects")
            counts.append(len(statements))

        assert counts[0] == counts[1]


class TestPaymentDesk:
    def as_operations(self, shop: Shop) -> RoleClient:
        user = shop.make.user(role=Role.OPERATIONS)
        shop.client.sign_in(user, Actor(user_id=user.id, role=Role.OPERATIONS))
        return shop.client

    def test_an_arrival_is_confirmed_once_and_the_page_says_what_it_did(
        self, shop: Shop, session: Session
    ) -> None:
        shop.pay("bank-transfer")
        payment_id = session.scalars(select(Payment.id)).one()
        desk = self.as_operations(shop)

        pages = [
            desk.post(f"/operations/payments/{payment_id}/confirm", follow_redirects=True).text
            for _ in range(2)
        ]

        assert "已确认。" in pages[0]
        assert "没有重复入账" in pages[1]
        assert status_of(session, shop) is BookingStatus.CONFIRMED
        actions = session.scalars(select(AuditEntry.action)).all()
        assert (actions.count("payment.arrived"), actions.count("booking.confirmed")) == (1, 1)

    def test_waiting_transfers_say_which_booking_they_keep(self, shop: Shop) -> None:
        shop.pay("bank-transfer")

        page = text_of(self.as_operations(shop).get("/operations/payments").text)

        assert "1 笔转账等确认，0 笔退款要付" in page
        assert "坐席留到 10 月 23 日 12:00" in page

    def test_a_refund_is_paid_out(self, shop: Shop, session: Session, make: Make) -> None:
        refund = make.save(
            Payment(
                id=uuid.uuid4(),
                booking_id=shop.booking_id,
                provider=PaymentProvider.BANK_TRANSFER,
                status=PaymentStatus.REFUND_DUE,
                amount_fen=-500,
                reference="R-1",
                created_at=NOON,
            )
        )

        self.as_operations(shop).post(f"/operations/payments/{refund.id}/refund")

        assert session.scalars(select(Payment.status)).one() is PaymentStatus.REFUNDED

    def test_takes_as_many_queries_for_many_as_for_few(
        self, shop: Shop, make: Make, count_queries: CountQueries
    ) -> None:
        desk = self.as_operations(shop)
        counts = []
        for round_number in range(2):
            for number in range(3):
                make.save(
                    Payment(
                        id=uuid.uuid4(),
                        booking_id=shop.booking_id,
                        provider=PaymentProvider.BANK_TRANSFER,
                        status=PaymentStatus.PENDING,
                        amount_fen=500,
                        reference=f"R-{round_number}-{number}",
                        created_at=NOON,
                    )
                )
            with count_queries() as statements:
                desk.get("/operations/payments")
            counts.append(len(statements))

        assert counts[0] == counts[1]
