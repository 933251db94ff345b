from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock
from app.models import Agent, Membership, Merchant, Message, Role, User, UserSession, Verification
from app.web.identity import COOKIE
from tests.make import NOON, PASSWORD, Make

AGENT = {"name": " 林晓 ", "region": "寻乌县", "contact": "139 0000 1111", "consent": "y"}
MERCHANT = {
    "name": "陈敏",
    "region": "杭州",
    "shop": "小鹿家居旗舰店",
    "contact": "Chen@A.example",
    "consent": "y",
}


@pytest.fixture
def browser(app: Flask, connection: Connection) -> FlaskClient:
    """A client with real cookies."""
    return app.test_client()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


class Clock:
    """Sets the machine's time of later requests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self(NOON)

    def __call__(self, moment: dt.datetime) -> None:
        self._monkeypatch.setattr(clock, "wall_now", lambda: moment)


def last_body(session: Session, contact: str) -> str:
    """What was last sent to the contact."""
    return session.scalars(
        select(Message.body).where(Message.recipient == contact).order_by(Message.created_at.desc()).limit(1)
    ).one()


def last_code(session: Session, contact: str) -> str:
    found = re.search(r"\b\d{6}\b", last_body(session, contact))
    assert found
    return found[0]


def shape(page: TestResponse) -> str:
    """A page without its tokens and contacts: what two people see alike."""
    text = re.sub(r'name="csrf_token"[^>]*', "", page.text)
    return re.sub(r"1390000\d{4}", "number", text)


class TestSignUp:
    def test_three_pages_lead_an_agent_to_their_own_page(
        self, browser: FlaskClient, session: Session, at: Clock
    ) -> None:
        first = browser.post("/sign-up/agent", data=AGENT)
        assert first.location == "/verify"
        assert "13900001111" in browser.get("/verify").text
        second = browser.post("/verify", data={"code": last_code(session, "13900001111")})
        assert second.location == "/verify/password"

        third = browser.post("/verify/password", data={"password": PASSWORD})

        user = session.scalars(select(User)).one()
        assert third.location == "/agent/"
        assert (user.name, user.role) == ("林晓", Role.AGENT)
        assert session.scalars(select(Agent.user_id)).one() == user.id
        assert browser.get("/home").location == "/agent/"
        with browser.session_transaction() as kept:
            assert "verification" not in kept

    def test_a_merchant_signs_up_by_mail(self, browser: FlaskClient, session: Session, at: Clock) -> None:
        browser.post("/sign-up/merchant", data=MERCHANT)
        browser.post("/verify", data={"code": last_code(session, "chen@a.example")})

        last = browser.post("/verify/password", data={"password": PASSWORD})

        assert last.location.startswith("/merchant")
        assert session.scalars(select(Merchant.name)).one() == "小鹿家居旗舰店"
        assert session.scalars(select(Membership.user_id)).one() == session.scalars(select(User.id)).one()

    def test_the_account_speaks_the_language_of_the_page(
        self, browser: FlaskClient, session: Session, at: Clock
    ) -> None:
        browser.post("/language", data={"language": "en"})
        browser.post("/sign-up/agent", data=AGENT)

        assert last_body(session, "13900001111").startswith("Your Zuoxi sign-up code is")

    def test_faults_are_named_beside_their_fields_and_nothing_typed_is_lost(
        self, browser: FlaskClient, session: Session
    ) -> None:
        page = browser.post("/sign-up/agent", data={**AGENT, "contact": "1390000111", "name": ""})

        assert page.status_code == 422
        assert "<title>有错误：" in page.text
        assert 'href="#contact"' in page.text
        assert "请填 11 位手机号" in page.text
        assert "请填写姓名" in page.text
        assert 'value="1390000111"' in page.text
        assert 'value="寻乌县"' in page.text
        assert re.search(r'name="consent"[^>]*checked', page.text)
        assert session.scalars(select(Verification)).all() == []

    def test_without_consent_nothing_is_kept(self, browser: FlaskClient, session: Session) -> None:
        page = browser.post("/sign-up/agent", data={**AGENT, "consent": ""})

        assert page.status_code == 422
        assert "请先勾选同意" in page.text
        assert session.scalars(select(Verification)).all() == []

    def test_the_page_warns_of_people_who_ask_for_money(self, browser: FlaskClient) -> None:
        assert "坐席从不收钱" in browser.get("/sign-up/agent").text

    def test_a_second_code_at_once_is_refused_beside_the_field(
        self, browser: FlaskClient, session: Session, at: Clock
    ) -> None:
        browser.post("/sign-up/agent", data=AGENT)

        page = browser.post("/sign-up/agent", data=AGENT)

        assert page.status_code == 422
        assert "请等 60 秒" in page.text
        assert 'value="139 0000 1111"' in page.text

    def test_the_cookie_carries_nothing_that_was_typed(
        self, app: Flask, browser: FlaskClient, at: Clock
    ) -> None:
        browser.post("/sign-up/agent", data=AGENT)

        with browser.session_transaction() as kept:
            assert set(kept) - {"csrf_token"} == {"verification"}


class TestNobodyLearnsWhoIsRegistered:
    def test_signing_up_with_a_known_contact_looks_the_same(
        self, app: Flask, connection: Connection, session: Session, make: Make, at: Clock
    ) -> None:
        make.user(mobile="13900002222", password=PASSWORD)
        seen = []
        for contact in ("13900001111", "13900002222"):
            browser = app.test_client()
            first = browser.post("/sign-up/agent", data={**AGENT, "contact": contact})
            second = browser.get("/verify")
            third = browser.post("/verify", data={"code": "000000"})
            seen.append((first.status_code, first.location, shape(second), third.status_code, shape(third)))

        assert seen[0] == seen[1]
        assert "已有账号" in last_body(session, "13900002222")

    def test_a_forgotten_password_of_nobody_looks_the_same(
        self, app: Flask, connection: Connection, session: Session, make: Make, at: Clock
    ) -> None:
        make.user(mobile="13900002222", password=PASSWORD)
        seen = []
        for contact in ("13900001111", "13900002222"):
            browser = app.test_client()
            first = browser.post("/forgot-password", data={"contact": contact})
            second = browser.post("/verify", data={"code": "000000"})
            seen.append((first.location, second.status_code, shape(second)))

        assert seen[0] == seen[1]
        assert "没有账号" in last_body(session, "13900001111")


class TestCode:
    def test_a_wrong_code_says_how_often_it_may_be_tried_again(
        self, browser: FlaskClient, session: Session, at: Clock
    ) -> None:
        browser.post("/sign-up/agent", data=AGENT)
        wrong = f"{(int(last_code(session, '13900001111')) + 1) % 10**6:06d}"

        pages = [browser.post("/verify", data={"code": wrong}) for _ in range(5)]

        assert [page.status_code for page in pages] == [422] * 5
        assert "还能试 4 次" in pages[0].text
        assert f'value="{wrong}"' in pages[0].text
        assert "不能再用了" in pages[4].text

    def test_a_code_of_another_shape_takes_no_try(
        self, browser: FlaskClient, session: Session, at: Clock
    ) -> None:
        browser.post("/sign-up/agent", data=AGENT)

        page = browser.post("/verify", data={"code": "12345"})

        assert "验证码是 6 位数字" in page.text
        assert session.scalars(select(Verification.tries_left)).one() == 5

    def test_an_expired_code_can_be_sent_again_without_typing_all_again(
        self, browser: FlaskClient, session: Session, at: Clock
    ) -> None:
        browser.post("/sign-up/agent", data=AGENT)
        at(NOON + dt.timedelta(minutes=10))
        refused = browser.post("/verify", data={"code": last_code(session, "13900001111")})
        assert "不能再用了" in refused.text

        browser.post("/verify/resend")
        browser.post("/verify", data={"code": last_code(session, "13900001111")})
        browser.post("/verify/password", data={"password": PASSWORD})

        assert session.scalars(select(User.name)).one() == "林晓"

    def test_sending_again_at_once_says_to_wait(
        self, browser: FlaskClient, session: Session, at: Clock
    ) -> None:
        browser.post("/sign-up/agent", data=AGENT)

        page = browser.post("/verify/resend", follow_redirects=True)

        assert "请等 60 秒" in page.text
        assert len(session.scalars(select(Verification)).all()) == 1

    @pytest.mark.parametrize("path", ["/verify", "/verify/password"])
    def test_without_a_code_asked_for_there_is_nothing_to_type(self, browser: FlaskClient, path: str) -> None:
        page = browser.get(path, follow_redirects=True)

        assert page.request.path == "/sign-in"
        assert "从头再来" in page.text

    def test_the_password_page_waits_for_the_code(self, browser: FlaskClient, at: Clock) -> None:
        browser.post("/sign-up/agent", data=AGENT)

        assert browser.get("/verify/password").location == "/verify"
        assert browser.post("/verify/password", data={"password": PASSWORD}).location == "/verify"


class TestPassword:
    def confirmed(self, browser: FlaskClient, session: Session) -> None:
        browser.post("/sign-up/agent", data=AGENT)
        browser.post("/verify", data={"code": last_code(session, "13900001111")})

    @pytest.mark.parametrize(("length", "status"), [(7, 422), (8, 302), (128, 302), (129, 422)])
    def test_needs_8_to_128_characters_of_any_kind(
        self, browser: FlaskClient, session: Session, at: Clock, length: int, status: int
    ) -> None:
        self.confirmed(browser, session)

        page = browser.post("/verify/password", data={"password": "密" * length})

        assert page.status_code == status

    def test_the_field_may_be_filled_by_a_password_manager(
        self, browser: FlaskClient, session: Session, at: Clock
    ) -> None:
        self.confirmed(browser, session)

        page = browser.get("/verify/password").text

        assert 'autocomplete="new-password"' in page
        assert "onpaste" not in page

    def test_an_account_made_meanwhile_is_told_to_the_owner(
        self, browser: FlaskClient, session: Session, make: Make, at: Clock
    ) -> None:
        self.confirmed(browser, session)
        make.user(mobile="13900001111")

        page = browser.post("/verify/password", data={"password": PASSWORD}, follow_redirects=True)

        assert page.request.path == "/sign-in"
        assert "已经开好账号" in page.text

    def test_the_same_confirmed_code_makes_no_second_account(
        self, browser: FlaskClient, session: Session, at: Clock
    ) -> None:
        self.confirmed(browser, session)
        with browser.session_transaction() as kept:
            verification = kept["verification"]
        browser.post("/verify/password", data={"password": PASSWORD})
        with browser.session_transaction() as kept:
            kept["verification"] = verification

        page = browser.post("/verify/password", data={"password": PASSWORD})

        assert page.location == "/sign-in"
        assert len(session.scalars(select(User)).all()) == 1


class TestForgottenPassword:
    def test_a_new_password_signs_in_here_and_ends_the_old_sign_ins(
        self, app: Flask, browser: FlaskClient, session: Session, make: Make, at: Clock
    ) -> None:
        make.user(role=Role.OPERATIONS, email="ops@zuoxi.example", password=PASSWORD)
        elsewhere = app.test_client()
        elsewhere.post("/sign-in", data={"contact": "ops@zuoxi.example", "password": PASSWORD})
        assert elsewhere.get("/home").status_code == 302
        old_cookie = elsewhere.get_cookie(COOKIE)

        browser.post("/forgot-password", data={"contact": "ops@zuoxi.example"})
        browser.post("/verify", data={"code": last_code(session, "ops@zuoxi.example")})
        last = browser.post("/verify/password", data={"password": "a new password"})

        assert last.location.startswith("/operations")
        assert old_cookie is not None
        assert elsewhere.get("/home").location.startswith("/sign-in")
        assert browser.get("/home").location.startswith("/operations")
        assert len([row for row in session.scalars(select(UserSession)) if row.ended_at is None]) == 1

    def test_the_word_of_the_new_page_is_not_about_signing_up(
        self, browser: FlaskClient, session: Session, make: Make, at: Clock
    ) -> None:
        make.user(email="ops@zuoxi.example")
        browser.post("/forgot-password", data={"contact": "ops@zuoxi.example"})
        browser.post("/verify", data={"code": last_code(session, "ops@zuoxi.example")})

        assert "设一个新密码" in unescape(browser.get("/verify/password").text)
