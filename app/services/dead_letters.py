"""What is buried with work that failed too often: the run or the mail that waited for it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.models import MatchRun, Message, MessageStatus, OutboxMessage, Topic
from app.services import match_retries, matching, outbox
from app.services.matching import FailureKind


def mark_failed(
    session: Session, topic: Topic, payload: Mapping[str, Any], *, failure: str, now: dt.datetime
) -> None:
    """Say of what waited for buried work that it failed, in the transaction that buries the work.

    A run that stayed active would keep every later run of its season waiting. What is gone is passed over:
    its work is buried all the same. `now` is business time.
    """
    if topic in (Topic.RUN_MATCH, Topic.PUBLISH_ROTA):
        run = session.get(MatchRun, uuid.UUID(payload["run_id"]))
        if run is not None:
            matching.fail_run(session, run.id, FailureKind.GAVE_UP, reason=failure, now=now)
    elif topic is Topic.DELIVER_MESSAGE:
        message = _message_of(session, payload)
        if message is not None:
            message.status = MessageStatus.FAILED
            # Its own failure says what stopped it; none is there where the worker died.
            message.failure = message.failure or failure


def revive(session: Session, work: OutboxMessage, *, now: dt.datetime) -> None:
    """Give dead work a new life, and with it the mail or the run that it carries. `now` is wall-clock time.

    Raises MatchRunningError for a run while another run of its season is active.
    """
    outbox.revive_message(session, work.id, now=now)
    if work.topic in (Topic.RUN_MATCH, Topic.PUBLISH_ROTA):
        run = session.get(MatchRun, uuid.UUID(work.payload["run_id"]), with_for_update=True)
        if run is not None:
            match_retries.resume_run(session, run, work.topic)
    elif work.topic is Topic.DELIVER_MESSAGE:
        message = _message_of(session, work.payload)
        if message is not None and message.status is MessageStatus.FAILED:
            message.status, message.failure = MessageStatus.WAITING, None


def _message_of(session: Session, payload: Mapping[str, Any]) -> Message | None:
    return session.get(Message, uuid.UUID(payload["message_id"]), populate_existing=True)
