"""Mail and SMS leave once, or say why they did not."""

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
from app.models import Message, MessageChannel, MessageStatus, OutboxMessage
from app.providers.sms import SmsSandbox
from app.services import dead_letters, messages, outbox


class Phones:
    """A provider that notes what it was given."""

    is_sandbox = False

    def __init__(self) -> None:
        self.came: list[tuple[str, str, uuid.UUID]] = []

    def send(self, recipient: str, text: str, *, message_id: uuid.UUID) -> None:
        self.came.append((recipient, text, message_id))


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    # The renewing thread would need a second connection; the tests below are shorter than any lease.
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)


def promise(session: Session, channel: MessageChannel = MessageChannel.SMS) -> Message:
    with transaction(session):
        return messages.send_message(
            session,
            channel=channel,
            recipient="13912345678" if channel is MessageChannel.SMS else "lin@example.com",
            subject="code",
            body="code 135790",
            now=clock.wall_now(),
        )


def deliver(session: Session, *, times: int = 1) -> OutboxMessage:
    """Work on the one promise, each time as though its wait were over."""
    message_id = session.scalars(select(OutboxMessage.id)).one()
    for _ in range(times):
        runner.handle(message_id=str(message_id))
    session.expire_all()
    return session.get_one(OutboxMessage, message_id)


def test_an_sms_goes_to_the_provider_once(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = Phones()
    monkeypatch.setitem(app.config, "SMS_PROVIDER", phones)
    message = promise(session)

    deliver(session, times=2)

    assert phones.came == [("13912345678", "code 135790", message.id)]
    assert session.get_one(Message, message.id).status is MessageStatus.SENT


def test_the_sandbox_takes_every_sms(session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SMS_PROVIDER", SmsSandbox())
    message = promise(session)

    assert deliver(session).done_at is not None
    assert session.get_one(Message, message.id).status is MessageStatus.SENT


@pytest.mark.parametrize(
    ("channel", "setting"), [(MessageChannel.SMS, "ZUOXI_SMS_PROVIDER"), (MessageChannel.MAIL, "SMTP_URL")]
)
def test_without_a_provider_nothing_counts_as_sent(
    session: Session, channel: MessageChannel, setting: str
) -> None:
    message = promise(session, channel)

    job = deliver(session)

    assert job.failure is not None
    assert f"{setting} is not set" in job.failure
    assert job.done_at is None
    kept = session.get_one(Message, message.id)
    assert (kept.status, kept.sent_at) == (MessageStatus.WAITING, None)
    assert f"{setting} is not set" in (kept.failure or "")


def test_it_has_failed_after_the_last_try_and_leaves_when_it_is_revived(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = promise(session)
    assert deliver(session, times=outbox.MAX_ATTEMPTS).dead_at is not None
    assert session.get_one(Message, message.id).status is MessageStatus.FAILED
    monkeypatch.setitem(app.config, "SMS_PROVIDER", SmsSandbox())
    with transaction(session):
        job = session.scalars(select(OutboxMessage)).one()
        dead_letters.revive(session, job, now=clock.wall_now() + dt.timedelta(seconds=1))
    waiting = session.get_one(Message, message.id)
    assert (waiting.status, waiting.failure) == (MessageStatus.WAITING, None)

    deliver(session)

    sent = session.get_one(Message, message.id)
    assert (sent.status, sent.failure) == (MessageStatus.SENT, None)


def test_it_has_failed_when_its_workers_died(session: Session) -> None:
    message = promise(session)
    with transaction(session):
        session.scalars(select(OutboxMessage)).one().attempt = outbox.MAX_ATTEMPTS

    deliver(session)

    failed = session.get_one(Message, message.id)
    assert (failed.status, failed.failure) == (MessageStatus.FAILED, outbox.WORN_OUT)
