"""What is kept of a typing question: its start, remembered once, and each change of the text."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import ExamAnswer, ExamAttempt
from exams import typewriting
from exams.items import Text
from exams.responses import ResponseError
from exams.timing import GRACE
from exams.typewriting import TypedResponse

NOT_STARTED = Text(zh="请先按“开始”，再照着打。", en="Press start first, then copy the text.")

FIRST = 1
"""The sequence number of a start: any text comes after it."""


def start(
    session: Session, attempt: ExamAttempt, item_id: str, *, language: str, now: dt.datetime
) -> TypedResponse:
    """Remember that the text was asked for now, unless it was already; return what is kept."""
    begun = typewriting.begin(language=language, at=_milliseconds(attempt, now))
    session.execute(
        insert(ExamAnswer)
        .values(
            id=uuid.uuid4(),
            attempt_id=attempt.id,
            item_id=item_id,
            response={"value": begun},
            sequence=FIRST,
            first_sequence=FIRST,
            saved_at=now,
        )
        .on_conflict_do_nothing(index_elements=[ExamAnswer.attempt_id, ExamAnswer.item_id])
    )
    return _kept(session, attempt, item_id) or begun


def go_on(
    session: Session,
    attempt: ExamAttempt,
    item_id: str,
    *,
    text: str,
    now: dt.datetime,
    typed_at: dt.datetime | None,
) -> TypedResponse | None:
    """Return what to keep after this text, None when there is nothing to keep because nothing was begun.

    `typed_at` is when the page says the text was last changed, by a time that we signed; at most the grace
    period of it is believed, so that a lost connection does not make anybody slow. Raises ResponseError for
    a text without a start.
    """
    kept = _kept(session, attempt, item_id)
    if kept is None:
        if text:
            raise ResponseError(NOT_STARTED)
        return None
    ended = now if typed_at is None else min(now, max(typed_at, now - GRACE))
    return typewriting.go_on(kept, text=text, at=_milliseconds(attempt, ended))


def _kept(session: Session, attempt: ExamAttempt, item_id: str) -> TypedResponse | None:
    # Locked: of two saves at once the second must see the first one's text and time.
    response: dict[str, Any] | None = session.scalar(
        select(ExamAnswer.response)
        .where(ExamAnswer.attempt_id == attempt.id, ExamAnswer.item_id == item_id)
        .with_for_update()
    )
    return None if response is None else typewriting.read_typed(response["value"])


def _milliseconds(attempt: ExamAttempt, moment: dt.datetime) -> int:
    return int((moment - attempt.started_at) / dt.timedelta(milliseconds=1))
