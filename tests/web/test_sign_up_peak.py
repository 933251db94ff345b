"""Many people sign up and in at once: one address serves a room, and nobody's hashing holds a connection."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from app import passwords
from app.db import db
from app.models import Message, Role, User
from app.web.limits import limiter
from tests.make import PASSWORD, Make

ROOM = {"REMOTE_ADDR": "203.0.113.77"}


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count tries. The counts outlive a test: each one has addresses and accounts of its own."""
    monkeypatch.setattr(limiter, "enabled", True)


def sign_up(app: Flask, session: Session, mobile: str) -> list[int]:
    """Sign somebody up from the room and return the answers' status codes."""
    client = app.test_client()
    details = {"name": "林晓", "region": "寻乌县", "contact": mobile, "consent": "y"}
    answers = [client.post("/sign-up/agent", data=details, environ_base=ROOM)]
    body = session.scalars(select(Message.body).where(Message.recipient == mobile)).one()
    code = re.search(r"\d{6}", body)
    assert code
    answers.append(client.post("/verify", data={"code": code[0]}, environ_base=ROOM))
    answers.append(client.post("/verify/password", data={"password": PASSWORD}, environ_base=ROOM))
    return [answer.status_code for answer in answers]


def test_a_room_of_fifty_signs_up_in_the_same_minute(
    app: Flask, connection: Connection, session: Session, limited: None
) -> None:
    answers = [sign_up(app, session, f"137000000{number:02d}") for number in range(50)]

    assert answers == [[302, 302, 302]] * 50


def test_wrong_codes_of_one_address_are_counted(app: Flask, connection: Connection, limited: None) -> None:
    address = {"REMOTE_ADDR": "203.0.113.78"}
    answers = []
    for number in range(13):
        client = app.test_client()
        details = {"name": "林晓", "region": "寻乌县", "contact": f"137000001{number:02d}", "consent": "y"}
        client.post("/sign-up/agent", data=details, environ_base=address)
        answers += [
            client.post("/verify", data={"code": "wrong!"}, environ_base=address).status_code
            for _ in range(5)
        ]

    assert answers == [422] * 60 + [429] * 5


def test_hashing_waits_with_no_transaction_open(
    app: Flask, connection: Connection, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_password, password_matches = passwords.hash_password, passwords.password_matches
    waited: list[bool] = []

    def watch_hashing(password: str) -> str:
        waited.append(db.session.in_transaction())
        return hash_password(password)

    def watch_matching(stored: str, password: str) -> bool:
        waited.append(db.session.in_transaction())
        return password_matches(stored, password)

    make.user(role=Role.OPERATIONS, mobile="13600000001", password=PASSWORD)
    monkeypatch.setattr(passwords, "hash_password", watch_hashing)
    monkeypatch.setattr(passwords, "password_matches", watch_matching)

    app.test_client().post("/sign-in", data={"contact": "13600000001", "password": PASSWORD})
    sign_up(app, session, "13600000002")

    assert waited == [False, False]
    assert len(session.scalars(select(User)).all()) == 2
