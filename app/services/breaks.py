"""Breaks of an exam: taken, ended, and what they freeze. Each holds the attempt's row."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from app.errors import AttemptClosedError, BreakRefusedError, QuestionFrozenError
from app.models import AttemptStatus, ExamAttempt
from app.queries.chats import list_sittings
from app.services import audit
from app.services.attempt_rows import hold_attempt
from exams.breaks import Breaks
from exams.forms import Form
from exams.timing import Accommodation


def check_open(attempt: ExamAttempt, item_id: str, *, now: dt.datetime) -> None:
    """Raise QuestionFrozenError during a break, and for a question that was seen before one."""
    breaks = Breaks.from_json(attempt.breaks)
    if item_id in breaks.frozen or breaks.current(now) is not None:
        raise QuestionFrozenError


def start_break(
    session: Session,
    *,
    attempt_id: uuid.UUID,
    agent_id: uuid.UUID,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    """Stop the clock for a break that the person's accommodation has left; during one nothing changes.

    Raises NotFoundError for another's attempt, AttemptClosedError when it is over, and BreakRefusedError when
    no break is left or a conversation is going on.
    """
    attempt = hold_attempt(session, attempt_id, agent_id=agent_id)
    accommodation = Accommodation(**attempt.accommodation)
    breaks = Breaks.from_json(attempt.breaks)
    if attempt.status is not AttemptStatus.RUNNING or (attempt.deadline_at and now >= attempt.deadline_at):
        raise AttemptClosedError
    if breaks.current(now) is not None:
        return
    if attempt.deadline_at is None or not breaks.left(accommodation):
        raise BreakRefusedError
    if any(sitting.ended_at is None for sitting in list_sittings(session, attempt_id)):
        raise BreakRefusedError(conversation=True)
    items = [question.item_id for question in Form.from_json(attempt.form).questions]
    attempt.breaks = breaks.start(minutes=accommodation.breaks_minutes, items=items, now=now).to_json()
    # All of it at once, so that whoever never comes back is handed in at the right time.
    attempt.deadline_at += dt.timedelta(minutes=accommodation.breaks_minutes)
    audit.record(session, "attempt.break-started", attempt, actor_user_id=actor_user_id, now=now)


def end_break(
    session: Session,
    *,
    attempt_id: uuid.UUID,
    agent_id: uuid.UUID,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    """Let the clock go on. What was not used of the break is not time to work in. Twice does no harm."""
    attempt = hold_attempt(session, attempt_id, agent_id=agent_id)
    breaks = Breaks.from_json(attempt.breaks)
    if breaks.current(now) is None or attempt.status is not AttemptStatus.RUNNING:
        return
    ended, unused = breaks.end(now=now)
    attempt.breaks = ended.to_json()
    if attempt.deadline_at is not None:
        attempt.deadline_at -= unused
    audit.record(session, "attempt.break-ended", attempt, actor_user_id=actor_user_id, now=now)


def open_question(
    session: Session, *, attempt_id: uuid.UUID, agent_id: uuid.UUID, number: int, now: dt.datetime
) -> None:
    """Remember that a question is shown from now on; a number that no question has opens none.

    Raises QuestionFrozenError during a break.
    """
    attempt = hold_attempt(session, attempt_id, agent_id=agent_id)
    breaks = Breaks.from_json(attempt.breaks)
    questions = Form.from_json(attempt.form).questions
    if attempt.status is not AttemptStatus.RUNNING or breaks.opened is None:
        return
    if breaks.current(now) is not None:
        raise QuestionFrozenError
    if 1 <= number <= len(questions):
        opened = breaks.opened | {questions[number - 1].item_id}
        attempt.breaks = Breaks(opened=opened, frozen=breaks.frozen, taken=breaks.taken).to_json()
