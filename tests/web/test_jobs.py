"""A new life for work that gave up, and for what waits for it."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from app import clock
from app.models import Message, MessageChannel, MessageStatus, OutboxMessage, Topic
from tests.conftest import RoleClient
from tests.make import NOON, Make


def test_mail_that_failed_waits_again_when_its_work_is_revived(
    as_operations: RoleClient, make: Make, session: Session
) -> None:
    message = make.save(
        Message(
            id=uuid.uuid4(),
            channel=MessageChannel.MAIL,
            recipient="lin@example.com",
            subject="code",
            body="code 135790",
            status=MessageStatus.FAILED,
            failure="no server",
            created_at=NOON,
        )
    )
    job = make.save(
        OutboxMessage(
            id=uuid.uuid4(),
            topic=Topic.DELIVER_MESSAGE,
            payload={"message_id": str(message.id)},
            created_at=clock.wall_now(),
            available_at=clock.wall_now(),
            dispatches=1,
            attempt=8,
            dead_at=NOON,
        )
    )

    as_operations.post(f"/operations/jobs/{job.id}/revive")

    session.expire_all()
    assert session.get_one(OutboxMessage, job.id).dead_at is None
    waiting = session.get_one(Message, message.id)
    assert (waiting.status, waiting.failure) == (MessageStatus.WAITING, None)
