"""Put mail and SMS on their way."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from app.models import Message, MessageChannel, MessageStatus, Topic
from app.services import outbox


def send_message(
    session: Session,
    *,
    channel: MessageChannel,
    recipient: str,
    subject: str,
    body: str,
    now: dt.datetime,
    wall_now: dt.datetime | None = None,
    user_id: uuid.UUID | None = None,
) -> Message:
    """Promise one mail or SMS; it leaves at once after commit, whatever the clock.

    `now` is when it was written, as people read it; `wall_now` is the machine's time, where that differs.
    """
    message = Message(
        id=uuid.uuid4(),
        channel=channel,
        recipient=recipient,
        subject=subject,
        body=body,
        user_id=user_id,
        status=MessageStatus.WAITING,
        created_at=now,
    )
    session.add(message)
    outbox.promise(session, Topic.DELIVER_MESSAGE, now=wall_now or now, message_id=str(message.id))
    return message
