"""The watch over exams counts what is shown, compares confirmations, and is done once."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.jobs.exam_watch import watch_exams
from app.models import AgentStatus, OutboxMessage, Topic
from app.queries.integrity import find_watch
from app.services import outbox
from tests.make import NOON, Make
from tests.services.test_attempts import sit


def test_shares_are_counted_and_the_look_is_remembered(
    app: Flask, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON + dt.timedelta(hours=1))
    sat = sit(session, make.agent(status=AgentStatus.NEW), right=20)
    with transaction(session):
        outbox.promise(session, Topic.WATCH_EXAMS, now=clock.wall_now())
    message_id = session.scalars(
        select(OutboxMessage.id).where(OutboxMessage.topic == Topic.WATCH_EXAMS)
    ).one()
    with transaction(session):
        claim = outbox.claim_message(session, message_id, lease=dt.timedelta(minutes=1), now=clock.wall_now())
    assert claim is not None

    with app.app_context():
        watch_exams(claim)

    session.expire_all()
    watch = find_watch(session, sat.exam)
    assert watch is not None
    assert watch.looked_until == sat.submitted_at
    assert set(watch.shares.values()) == {1.0}
    assert session.get_one(OutboxMessage, message_id).done_at is not None
