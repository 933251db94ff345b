from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from app import passwords
from app.models import NoticeKind, NoticePreference, Role, User, UserSession
from app.notice_texts import TEXTS
from app.web.auth.account import KIND_WORDS
from app.web.auth.devices import device_name
from app.web.identity import COOKIE
from tests.make import PASSWORD, Make

EMAIL = "ops@zuoxi.example"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 MicroMessenger/8.0"


@pytest.fixture
def user(make: Make) -> User:
    return make.user(role=Role.OPERATIONS, name="周敏", email=EMAIL, password=PASSWORD)


def signed_in(app: Flask, device: str = CHROME) -> FlaskClient:
    browser = app.test_client()
    browser.environ_base["HTTP_USER_AGENT"] = device
    browser.post("/sign-in", data={"contact": EMAIL, "password": PASSWORD})
    return browser


@pytest.fixture
def browser(app: Flask, connection: Connection, user: User) -> FlaskClient:
    """A client with real cookies, signed in as somebody in operations."""
    return signed_in(app)


class TestProfile:
    def test_saves_name_language_and_large_text(
        self, browser: FlaskClient, session: Session, user: User
    ) -> None:
        browser.post("/account/profile", data={"name": "周小敏", "locale": "en", "large_text": "y"})

        saved = session.get_one(User, user.id, populate_existing=True)
        assert (saved.name, saved.locale, saved.large_text) == ("周小敏", "en", True)
        page = browser.get("/account").text
        assert 'lang="en"' in page
        assert "zx-large-text" in page
        assert "My account" in page

    def test_wins_over_an_earlier_press_of_the_language_switch(self, browser: FlaskClient) -> None:
        browser.post("/language", data={"language": "en"})

        browser.post("/account/profile", data={"name": "周敏", "locale": "zh"})

        assert 'lang="zh-CN"' in browser.get("/account").text

    def test_an_empty_name_is_refused_and_the_rest_of_the_page_stays(self, browser: FlaskClient) -> None:
        page = browser.post("/account/profile", data={"name": " ", "locale": "en"})

        assert page.status_code == 422
        assert "<title>有错误：" in page.text
        assert 'href="#name"' in page.text
        assert "现在的密码" in page.text

    def test_another_language_than_ours_is_refused(self, browser: FlaskClient) -> None:
        assert browser.post("/account/profile", data={"name": "周敏", "locale": "fr"}).status_code == 422


class TestChangePassword:
    def test_keeps_this_sign_in_and_ends_the_others(self, app: Flask, browser: FlaskClient) -> None:
        elsewhere = signed_in(app)

        page = browser.post("/account/password", data={"current": PASSWORD, "password": "a new password"})

        assert page.location == "/account"
        assert browser.get("/account").status_code == 200
        assert elsewhere.get("/account").status_code == 302

    def test_a_wrong_current_password_is_told_beside_its_field(
        self, browser: FlaskClient, session: Session, user: User
    ) -> None:
        page = browser.post("/account/password", data={"current": "wrong", "password": "a new password"})

        assert page.status_code == 422
        assert 'href="#current"' in page.text
        saved = session.get_one(User, user.id, populate_existing=True)
        assert passwords.password_matches(saved.password_hash, PASSWORD)

    def test_passwords_are_never_sent_back(self, browser: FlaskClient) -> None:
        page = browser.post("/account/password", data={"current": "secret words", "password": "short"})

        assert page.status_code == 422
        assert "secret words" not in page.text
        assert 'value="short"' not in page.text


class TestSessions:
    def test_lists_devices_and_marks_this_one(self, app: Flask, browser: FlaskClient) -> None:
        signed_in(app, WECHAT)

        page = browser.get("/account").text

        assert "正在登录的设备：2 个" in page
        assert "微信 · iPhone" in page
        assert len(re.findall("/account/sessions/[0-9a-f-]+/end", page)) == 1
        assert "这台设备" in page

    def test_ends_another_device(self, app: Flask, browser: FlaskClient) -> None:
        phone = signed_in(app, WECHAT)
        found = re.search("/account/sessions/[0-9a-f-]+/end", browser.get("/account").text)
        assert found

        browser.post(found[0])

        assert phone.get("/account").status_code == 302
        assert browser.get("/account").status_code == 200

    def test_somebody_elses_session_cannot_be_ended(
        self, app: Flask, browser: FlaskClient, session: Session, make: Make
    ) -> None:
        make.user(role=Role.OPERATIONS, email="other@zuoxi.example", password=PASSWORD)
        other = app.test_client()
        other.post("/sign-in", data={"contact": "other@zuoxi.example", "password": PASSWORD})
        theirs = session.scalars(select(UserSession).order_by(UserSession.created_at.desc())).first()
        assert theirs

        page = browser.post(f"/account/sessions/{theirs.id}/end")

        assert page.status_code == 404
        assert other.get("/account").status_code == 200

    def test_the_page_shows_no_token(self, browser: FlaskClient, session: Session) -> None:
        cookie = browser.get_cookie(COOKIE)
        assert cookie
        page = browser.get("/account").text
        assert cookie.value not in page
        assert session.scalars(select(UserSession.token_hash)).one() not in page

    @pytest.mark.parametrize(
        ("user_agent", "name"),
        [(CHROME, "Chrome · Linux"), (WECHAT, "微信 · iPhone"), ("curl/8.0", "curl/8.0"), ("", "")],
    )
    def test_names_of_devices(self, user_agent: str, name: str) -> None:
        assert device_name(user_agent) == name


class TestMails:
    def test_offers_the_kinds_of_the_readers_role_only(self, browser: FlaskClient) -> None:
        page = browser.get("/account").text

        assert 'value="match-finished"' in page
        assert 'value="offer-made"' not in page

    def test_saves_the_ticked_and_declines_the_rest(self, browser: FlaskClient, session: Session) -> None:
        browser.post("/account/mails", data={"kinds": ["match-finished"]})

        wanted = {row.kind for row in session.scalars(select(NoticePreference)) if row.by_mail}
        declined = {row.kind for row in session.scalars(select(NoticePreference)) if not row.by_mail}
        assert wanted == {NoticeKind.MATCH_FINISHED}
        assert NoticeKind.ROTA_PUBLISHED in declined
        assert NoticeKind.OFFER_MADE not in declined
        page = browser.get("/account").text
        assert re.search(r'value="match-finished"[^>]*checked', page)
        assert not re.search(r'value="rota-published"[^>]*checked', page)

    def test_a_kind_of_another_role_changes_nothing(self, browser: FlaskClient, session: Session) -> None:
        page = browser.post("/account/mails", data={"kinds": ["offer-made"]})

        assert page.status_code == 422
        assert session.scalars(select(NoticePreference)).all() == []

    def test_without_an_address_there_is_nothing_to_choose(
        self, app: Flask, connection: Connection, make: Make
    ) -> None:
        make.user(role=Role.OPERATIONS, mobile="13900003333", password=PASSWORD)
        browser = app.test_client()
        browser.post("/sign-in", data={"contact": "13900003333", "password": PASSWORD})

        page = browser.get("/account").text

        assert "没有留邮箱" in page
        assert 'name="kinds"' not in page

    def test_every_kind_has_a_word(self) -> None:
        assert set(KIND_WORDS) == set(TEXTS) == set(NoticeKind)
