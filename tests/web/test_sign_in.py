from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from app.models import Role, UserSession
from app.web.identity import COOKIE
from app.web.limits import limiter
from tests.make import PASSWORD, Make


def browser(app: Flask, connection: Connection) -> FlaskClient:
    """A client with real cookies."""
    return app.test_client()


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count tries. The counts outlive a test: each one has addresses and accounts of its own."""
    monkeypatch.setattr(limiter, "enabled", True)


def try_wrong(app: Flask, contact: str, *, from_address: str) -> int:
    return (
        app.test_client()
        .post(
            "/sign-in",
            data={"contact": contact, "password": "wrong"},
            environ_base={"REMOTE_ADDR": from_address},
        )
        .status_code
    )


class TestSignIn:
    def test_leads_to_the_page_that_was_wanted(self, app: Flask, connection: Connection, make: Make) -> None:
        make.user(role=Role.OPERATIONS, mobile="13900001111", password=PASSWORD)
        client = browser(app, connection)
        refused = client.get("/account")

        response = client.post(refused.location, data={"contact": "139 0000 1111", "password": PASSWORD})

        assert response.location == "/account"
        assert client.get("/account").status_code == 200

    def test_never_leads_off_the_site(self, app: Flask, connection: Connection, make: Make) -> None:
        make.user(role=Role.OPERATIONS, email="ops@zuoxi.example", password=PASSWORD)
        client = browser(app, connection)

        response = client.post(
            "/sign-in?next=//evil.example/", data={"contact": "ops@zuoxi.example", "password": PASSWORD}
        )

        assert response.location.startswith("/operations")

    def test_a_wrong_password_is_told_beside_the_field_and_keeps_the_name(
        self, app: Flask, connection: Connection, make: Make
    ) -> None:
        make.user(email="a@b.example", password=PASSWORD)

        response = browser(app, connection).post(
            "/sign-in", data={"contact": "a@b.example", "password": "wrong"}
        )

        assert response.status_code == 422
        assert "账号或密码不对" in response.text
        assert 'value="a@b.example"' in response.text
        assert re.search("<title>有错误：", response.text)

    def test_an_unknown_name_reads_the_same_as_a_wrong_password(
        self, app: Flask, connection: Connection, make: Make
    ) -> None:
        make.user(email="known@b.example", password=PASSWORD)
        pages = [
            browser(app, connection).post("/sign-in", data={"contact": name, "password": "wrong"}).text
            for name in ("known@b.example", "nobody@b.example")
        ]

        known, unknown = (re.sub(r'name="csrf_token"[^>]*', "", page) for page in pages)
        assert known.replace("known", "") == unknown.replace("nobody", "")

    def test_an_account_is_not_guessed_from_many_addresses(
        self, app: Flask, connection: Connection, limited: None
    ) -> None:
        answers = [
            try_wrong(app, "139 0000 2222", from_address=f"198.51.100.{number}") for number in range(10)
        ]

        assert answers == [422] * 10
        # However the number is written, it is the same account.
        assert try_wrong(app, "+86 13900002222", from_address="198.51.100.200") == 429
        assert try_wrong(app, "13900003333", from_address="198.51.100.200") == 422

    def test_a_full_computer_room_is_let_in(
        self, app: Flask, connection: Connection, make: Make, limited: None
    ) -> None:
        make.user(role=Role.OPERATIONS, mobile="13900001111", password=PASSWORD)
        room = "203.0.113.9"
        for number in range(50):
            assert try_wrong(app, f"lin{number}@example.com", from_address=room) == 422

        for _ in range(12):
            response = app.test_client().post(
                "/sign-in",
                data={"contact": "13900001111", "password": PASSWORD},
                environ_base={"REMOTE_ADDR": room},
            )
            assert response.status_code == 302

    def test_one_address_does_not_go_through_everybody(
        self, app: Flask, connection: Connection, limited: None
    ) -> None:
        answers = [
            try_wrong(app, f"chen{number}@example.com", from_address="203.0.113.5") for number in range(101)
        ]

        assert answers == [422] * 100 + [429]

    def test_signing_out_ends_the_session_on_the_server(
        self, app: Flask, connection: Connection, session: Session, make: Make
    ) -> None:
        make.user(role=Role.OPERATIONS, email="ops@zuoxi.example", password=PASSWORD)
        client = browser(app, connection)
        client.post("/sign-in", data={"contact": "ops@zuoxi.example", "password": PASSWORD})
        cookie = client.get_cookie(COOKIE)
        assert cookie is not None

        client.post("/sign-out")

        client.set_cookie(COOKIE, cookie.value)
        assert client.get("/account").status_code == 302
        assert session.scalars(select(UserSession.ended_at)).one() is not None

    def test_the_database_holds_no_usable_token(
        self, app: Flask, connection: Connection, session: Session, make: Make
    ) -> None:
        make.user(role=Role.OPERATIONS, email="ops@zuoxi.example", password=PASSWORD)
        client = browser(app, connection)
        client.post("/sign-in", data={"contact": "ops@zuoxi.example", "password": PASSWORD})

        cookie = client.get_cookie(COOKIE)

        assert cookie is not None
        assert session.scalars(select(UserSession.token_hash)).one() != cookie.value
