"""What a reader sees when something does not go: plain words, a way on, in both languages."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from app import create_app, errors
from app.web import identity
from app.web.errors import MISSING_STEPS, PAGES, REFUSALS, STATUS
from app.web.limits import limiter
from app.web.public import pages
from app.work_steps import WorkStep
from tests.conftest import RoleClient, settings_for
from tests.make import PASSWORD

HAN = re.compile(r"[\u4e00-\u9fff]")


def test_an_unknown_address_is_not_found(client: RoleClient) -> None:
    page = client.get("/nowhere")

    assert page.status_code == 404
    assert "没有找到这一页" in page.text
    assert 'href="/"' in page.text


def test_a_page_of_another_role_is_forbidden(as_agent: RoleClient) -> None:
    page = as_agent.get("/operations/season")

    assert page.status_code == 403
    assert "这一页不对你开放" in page.text
    assert 'href="/home"' in page.text


def test_a_wrong_method_is_refused(client: RoleClient) -> None:
    page = client.get("/verify/resend")

    assert page.status_code == 405
    assert "请从页面上的按钮进入" in page.text


@pytest.fixture
def strict_browser(database_url: str) -> Iterator[FlaskClient]:
    """A browser before an app that checks its forms' tokens."""
    app = create_app(settings_for(database_url))
    app.config["TESTING"] = True
    yield app.test_client()
    with app.app_context():
        from app.db import db

        db.engine.dispose()


def test_a_form_without_its_token_is_refused_in_plain_words(strict_browser: FlaskClient) -> None:
    page = strict_browser.post("/sign-in", data={"contact": "a@b.example", "password": PASSWORD})

    assert page.status_code == 400
    assert "这一页打开太久了" in page.text


def test_a_form_with_its_token_is_taken(strict_browser: FlaskClient) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', strict_browser.get("/sign-in").text)
    assert token

    page = strict_browser.post("/sign-in", data={"csrf_token": token[1], "contact": "", "password": ""})

    assert page.status_code == 422


def test_too_many_tries_are_told_to_wait(
    app: Flask, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    browser = app.test_client()
    address = {"REMOTE_ADDR": "192.0.2.77"}
    data = {"contact": "a@b.example", "password": "wrong"}

    answers = [browser.post("/sign-in", data=data, environ_base=address) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "请过几分钟再试" in answers[-1].text
    assert browser.get("/sign-in", environ_base=address).status_code == 200


SIGN_UP = {"name": "林", "region": "麻江", "contact": "lin@example.com"}


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/sign-in", {"contact": "a\0@b.example", "password": PASSWORD}),
        ("/sign-up/agent", SIGN_UP | {"name": "林\0"}),
        ("/sign-up/agent", SIGN_UP | {"contact": "lin\0@example.com"}),
        ("/sign-up/agent", SIGN_UP | {"other\0": "x"}),
    ],
)
def test_a_form_with_a_nul_byte_is_refused(client: RoleClient, address: str, data: dict[str, str]) -> None:
    page = client.post(address, data=data)

    assert page.status_code == 400
    assert "这个请求我们看不懂" in page.text


def test_an_address_with_a_nul_byte_is_refused(client: RoleClient) -> None:
    for address in ("/calendar/a%00b.ics", "/certificates?number=%00", "/?%00=1"):
        page = client.get(address)

        assert page.status_code == 400
        assert "这个请求我们看不懂" in page.text


@pytest.mark.parametrize(
    "address",
    [
        "/operations/messages?recipient=%00",
        "/operations/people?group=%00",
        "/operations/audit?action=%00",
        "/operations/audit?action=a&action=%00",
    ],
)
def test_a_search_for_a_nul_byte_is_refused(as_operations: RoleClient, address: str) -> None:
    assert as_operations.get(address).status_code == 400


def test_a_file_named_with_a_nul_byte_is_refused(as_operations: RoleClient) -> None:
    page = as_operations.post("/operations/imports/new", data={"file": (io.BytesIO(b"x"), "a\0.csv")})

    assert page.status_code == 400


def test_a_form_of_somebody_who_may_not_come_in_is_not_read(client: RoleClient) -> None:
    assert client.post("/operations/imports/new", data={"a": "\0"}).status_code == 302


def test_a_fault_of_ours_shows_no_inner_words(client: RoleClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("inner words")

    monkeypatch.setattr(pages, "find_season_figures", fail)

    page = client.get("/")

    assert page.status_code == 500
    assert "我们这边出错了" in page.text
    assert "inner words" not in page.text


def test_a_database_that_is_away_is_a_503(client: RoleClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(pages, "find_season_figures", fail)

    page = client.get("/")

    assert page.status_code == 503
    assert "暂时忙不过来" in page.text


@pytest.mark.parametrize("status", sorted(PAGES))
def test_every_page_of_errors_has_english(app: Flask, status: int) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        title, advice = PAGES[status]

        assert str(title)
        assert not HAN.search(f"{title} {advice}")


def test_every_refusal_has_a_sentence_in_both_languages(app: Flask) -> None:
    own_words = set(STATUS) - {errors.NotFoundError, errors.WorkStepMissingError}
    assert own_words == set(REFUSALS)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert [sentence for sentence in map(str, REFUSALS.values()) if HAN.search(sentence)] == []
        assert set(MISSING_STEPS) == set(WorkStep)
        words = [f"{advice} {place}" for advice, _, place in MISSING_STEPS.values()]
        assert [sentence for sentence in words if HAN.search(sentence)] == []


def test_a_database_that_is_away_is_a_503_for_whoever_is_signed_in_too(
    strict_browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(identity, "find_signed_in", fail)
    strict_browser.set_cookie(identity.COOKIE, "anything")

    page = strict_browser.get("/agent/exams")

    assert page.status_code == 503
    assert "暂时忙不过来" in page.text
