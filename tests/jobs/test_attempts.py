"""Exams whose time is over are handed in by the timer: once, whatever the queue does."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.jobs import runner
from app.models import AgentStatus, AttemptStatus, Certificate, ExamAttempt, OutboxMessage, Topic
from app.services import attempts, outbox
from exams.forms import Form
from exams.timing import GRACE
from tests.exam_keys import answers_for
from tests.make import NOON, Make
from tests.services.test_attempts import BANK, BASE_MINUTES, SECOND, save, start

OVER = NOON + BASE_MINUTES + GRACE


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    # The renewing thread would need a second connection; the tests below are shorter than any lease.
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)


def run_job(session: Session, monkeypatch: pytest.MonkeyPatch, *, now: dt.datetime) -> OutboxMessage:
    """Promise the work and run it at a business time; return its message."""
    monkeypatch.setattr(clock, "utc_now", lambda: now)
    with transaction(session):
        outbox.promise(session, Topic.CLOSE_ATTEMPTS, now=clock.wall_now(), dedupe_key=uuid.uuid4().hex)
    message_id = session.scalars(
        select(OutboxMessage.id).where(
            OutboxMessage.topic == Topic.CLOSE_ATTEMPTS, OutboxMessage.done_at.is_(None)
        )
    ).one()
    runner.handle(message_id=str(message_id))
    session.expire_all()
    return session.get_one(OutboxMessage, message_id)


def status_of(session: Session, attempt: ExamAttempt) -> AttemptStatus:
    return session.get_one(ExamAttempt, attempt.id).status


def test_hands_in_what_is_over_and_leaves_the_rest(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = start(session, make.agent())
    running = start(session, make.agent(), now=NOON + SECOND)

    message = run_job(session, monkeypatch, now=OVER)

    assert message.done_at is not None
    assert status_of(session, over) is AttemptStatus.SUBMITTED
    assert status_of(session, running) is AttemptStatus.RUNNING


def test_a_person_who_has_gone_gets_the_certificate_they_earned(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = start(session, make.agent(status=AgentStatus.NEW))
    for item_id, values in answers_for(Form.from_json(attempt.form), BANK, right=20).items():
        save(session, attempt, item_id=item_id, values=values)

    run_job(session, monkeypatch, now=OVER)

    assert session.scalars(select(Certificate.attempt_id)).one() == attempt.id


def test_a_second_run_changes_nothing(session: Session, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = start(session, make.agent())
    run_job(session, monkeypatch, now=OVER)
    before = session.get_one(ExamAttempt, attempt.id).result

    message = run_job(session, monkeypatch, now=OVER + SECOND)

    assert message.done_at is not None
    assert session.get_one(ExamAttempt, attempt.id).result == before


def test_the_same_message_twice_hands_in_once(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = make.agent(), make.agent()
    first = start(session, one)
    message = run_job(session, monkeypatch, now=OVER)
    later = start(session, other, now=NOON + SECOND)
    monkeypatch.setattr(clock, "utc_now", lambda: OVER + SECOND)

    runner.handle(message_id=str(message.id))

    session.expire_all()
    assert status_of(session, first) is AttemptStatus.SUBMITTED
    assert status_of(session, later) is AttemptStatus.RUNNING


def test_one_that_cannot_be_marked_keeps_nobody_waiting(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = start(session, make.agent()), start(session, make.agent())
    with transaction(session):
        form = dict(session.get_one(ExamAttempt, broken.id).form)
        form["questions"] = [{"item_id": "gone", "version": 1, "option_ids": []}]
        session.get_one(ExamAttempt, broken.id).form = form

    message = run_job(session, monkeypatch, now=OVER)

    assert message.done_at is not None
    assert status_of(session, broken) is AttemptStatus.RUNNING
    assert status_of(session, sound) is AttemptStatus.SUBMITTED


def test_a_worker_that_lost_its_claim_hands_in_nothing(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = start(session, make.agent())
    with transaction(session):
        outbox.promise(session, Topic.CLOSE_ATTEMPTS, now=clock.wall_now())
    message_id = session.scalars(
        select(OutboxMessage.id).where(OutboxMessage.topic == Topic.CLOSE_ATTEMPTS)
    ).one()

    def take_over() -> dt.datetime:
        # Between this worker's claim and its first save, another one takes the message.
        with transaction(session):
            later = clock.wall_now() + dt.timedelta(hours=2)
            outbox.claim_message(session, message_id, lease=dt.timedelta(seconds=30), now=later)
        monkeypatch.setattr(clock, "utc_now", lambda: OVER)
        return OVER

    monkeypatch.setattr(clock, "utc_now", take_over)

    runner.handle(message_id=str(message_id))

    session.expire_all()
    assert status_of(session, attempt) is AttemptStatus.RUNNING
    assert session.get_one(OutboxMessage, message_id).done_at is None


def test_time_that_was_given_meanwhile_counts(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of overdue attempts is a moment old when each is handed in."""
    attempt = start(session, make.agent())
    submit_overdue = attempts.submit_overdue

    def extend_then_submit(session_: Session, **values: object) -> bool:
        session_.get_one(ExamAttempt, attempt.id).deadline_at = OVER + BASE_MINUTES
        session_.flush()
        return submit_overdue(session_, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(attempts, "submit_overdue", extend_then_submit)

    run_job(session, monkeypatch, now=OVER)

    assert status_of(session, attempt) is AttemptStatus.RUNNING
