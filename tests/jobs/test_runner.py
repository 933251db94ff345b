"""The claim around every job: twice delivered it acts once, failed it is tried again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import db, transaction
from app.errors import LostClaimError
from app.jobs import registry, runner
from app.models import AuditEntry, OutboxMessage, Topic
from app.services import audit, outbox
from app.services.outbox import MAX_ATTEMPTS, Claim
from app.task_queue import QUEUE_OF

LEASE = dt.timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    # The renewing thread would need a second connection; the tests below are shorter than any lease.
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)


@pytest.fixture
def handle_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], None]:
    def use(handler: Callable[..., None]) -> None:
        monkeypatch.setattr(registry, "HANDLERS", dict.fromkeys(Topic, handler))

    return use


def promise(session: Session) -> uuid.UUID:
    with transaction(session):
        outbox.promise(session, Topic.REFILL_SEAT, now=clock.wall_now(), assignment_id="a1")
    return session.scalars(select(OutboxMessage.id)).one()


def read(session: Session) -> OutboxMessage:
    session.expire_all()
    return session.scalars(select(OutboxMessage)).one()


def work(claim: Claim, **_: Any) -> None:
    """Leave one audit entry, and finish in the same transaction."""
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
        message = db.session.get_one(OutboxMessage, claim.message_id)
        audit.record(db.session, "tested", message, actor_user_id=None, now=clock.wall_now())


def test_delivered_twice_it_acts_once(
    session: Session, handle_with: Callable[[Callable[..., None]], None]
) -> None:
    handle_with(work)
    message_id = promise(session)

    for _ in range(2):
        runner.handle(message_id=str(message_id))

    assert len(session.scalars(select(AuditEntry)).all()) == 1
    assert read(session).done_at is not None


def test_a_failure_is_kept_and_tried_again_later(
    session: Session, handle_with: Callable[[Callable[..., None]], None]
) -> None:
    def fail(claim: Claim, **_: Any) -> None:
        raise RuntimeError("no seat today")

    handle_with(fail)
    message_id = promise(session)

    runner.handle(message_id=str(message_id))

    message = read(session)
    assert message.failure == "RuntimeError: no seat today"
    assert message.dispatched_at is None
    assert message.available_at > message.created_at
    assert message.dead_at is None


def test_what_fails_too_often_is_buried_and_can_be_revived(
    session: Session, handle_with: Callable[[Callable[..., None]], None]
) -> None:
    def fail(claim: Claim, **_: Any) -> None:
        raise RuntimeError("never")

    handle_with(fail)
    message_id = promise(session)
    for _ in range(MAX_ATTEMPTS):
        assert read(session).dead_at is None
        runner.handle(message_id=str(message_id))
    assert read(session).dead_at is not None

    with transaction(session):
        outbox.revive_message(session, message_id, now=clock.wall_now())
    handle_with(work)
    runner.handle(message_id=str(message_id))

    assert read(session).done_at is not None


def wear_out(session: Session, message_id: uuid.UUID) -> None:
    """Leave the message as the last of its workers did when it was killed: claimed, its lease out."""
    long_ago = clock.wall_now() - dt.timedelta(hours=1)
    with transaction(session):
        for number in range(MAX_ATTEMPTS):
            now = long_ago + number * 2 * LEASE
            assert outbox.claim_message(session, message_id, lease=LEASE, now=now)


def test_work_that_kills_its_workers_is_buried(
    session: Session, handle_with: Callable[[Callable[..., None]], None]
) -> None:
    handle_with(work)
    message_id = promise(session)
    wear_out(session, message_id)

    runner.handle(message_id=str(message_id))

    message = read(session)
    assert (message.attempt, message.done_at, message.failure) == (MAX_ATTEMPTS, None, outbox.WORN_OUT)
    assert message.dead_at is not None
    assert session.scalars(select(AuditEntry)).all() == []


def test_the_last_try_is_not_buried_while_its_worker_lives(session: Session) -> None:
    message_id = promise(session)
    wear_out(session, message_id)
    lease_begins = clock.wall_now() - dt.timedelta(hours=1) + (MAX_ATTEMPTS - 1) * 2 * LEASE

    assert outbox.bury_worn_out(session, message_id, now=lease_begins) is None
    assert outbox.claim_message(session, message_id, lease=LEASE, now=clock.wall_now()) is None


def test_a_worker_whose_work_was_buried_saves_nothing(session: Session) -> None:
    message_id = promise(session)
    wear_out(session, message_id)
    claim = Claim(message_id=message_id, attempt=MAX_ATTEMPTS, topic=Topic.REFILL_SEAT, payload={})
    assert outbox.bury_worn_out(session, message_id, now=clock.wall_now())

    with pytest.raises(LostClaimError):
        outbox.hold_claim(session, claim)
    with pytest.raises(LostClaimError):
        outbox.finish_message(session, claim, now=clock.wall_now())


def test_a_handler_that_forgets_to_finish_is_a_failure(
    session: Session, handle_with: Callable[[Callable[..., None]], None]
) -> None:
    handle_with(lambda claim, **_: None)
    message_id = promise(session)

    runner.handle(message_id=str(message_id))

    assert "without finishing" in (read(session).failure or "")


def test_a_worker_that_lost_its_claim_saves_nothing(
    session: Session, handle_with: Callable[[Callable[..., None]], None]
) -> None:
    def lose_then_work(claim: Claim, **payload: Any) -> None:
        with transaction(db.session):
            later = clock.wall_now() + dt.timedelta(hours=2)
            assert outbox.claim_message(db.session, claim.message_id, lease=LEASE, now=later)
        work(claim, **payload)

    handle_with(lose_then_work)
    message_id = promise(session)

    runner.handle(message_id=str(message_id))

    assert session.scalars(select(AuditEntry)).all() == []
    message = read(session)
    assert (message.done_at, message.attempt, message.failure) == (None, 2, None)


@pytest.mark.parametrize(("wait", "taken"), [(LEASE, False), (LEASE + dt.timedelta(seconds=1), True)])
def test_a_claim_is_free_again_only_when_its_lease_is_out(
    session: Session, wait: dt.timedelta, taken: bool
) -> None:
    message_id = promise(session)
    now = clock.wall_now()
    outbox.claim_message(session, message_id, lease=LEASE, now=now)

    second = outbox.claim_message(session, message_id, lease=LEASE, now=now + wait)

    assert (second is not None) == taken


def test_what_was_sent_and_never_claimed_is_sent_again(session: Session) -> None:
    message_id = promise(session)
    now = clock.wall_now()
    with transaction(session):
        session.get_one(OutboxMessage, message_id).dispatched_at = now

    assert outbox.resend_lost(session, after=LEASE, now=now + LEASE) == 0
    assert outbox.resend_lost(session, after=LEASE, now=now + LEASE + dt.timedelta(seconds=1)) == 1


def test_the_same_dedupe_key_promises_once(session: Session) -> None:
    for _ in range(2):
        outbox.promise(session, Topic.EXPIRE_HOLDS, now=clock.wall_now(), dedupe_key="k")

    assert len(session.scalars(select(OutboxMessage)).all()) == 1


def test_every_topic_has_a_handler_and_a_queue() -> None:
    assert set(registry.HANDLERS) == set(Topic)
    assert set(QUEUE_OF) == set(Topic)
