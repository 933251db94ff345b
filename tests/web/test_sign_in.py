from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from app.models import Role, UserSession
from app.web.identity import COOKIE
from tests.make import PASSWORD, Make


def browser(app: Flask, connection: Connection) -> FlaskClient:
    """A client with real cookies."""
    return app.test_client()


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
