"""The rows of attempts: held while something is decided about them, and opened for a new one.

Whoever starts or ends an attempt holds the person first and the attempt then.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import AttemptRunningError, NotFoundError
from app.models import Agent, AttemptStatus, ExamAttempt
from app.queries.attempts import find_running_attempt
from app.services import accommodations, audit
from exams.forms import Form
from exams.timing import deadline

_THE_ATTEMPT = (
    select(ExamAttempt)
    .where(ExamAttempt.id == bindparam("attempt_id"), ExamAttempt.agent_id == bindparam("agent_id"))
    .execution_options(populate_existing=True)
)
_LOCKED, _SHARED = _THE_ATTEMPT.with_for_update(), _THE_ATTEMPT.with_for_update(read=True)


def hold_agent(session: Session, agent_id: uuid.UUID) -> Agent:
    """Hold the person's row: who starts or ends an attempt of theirs waits."""
    return session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)


def hold_attempt(
    session: Session, attempt_id: uuid.UUID, *, agent_id: uuid.UUID, share: bool = False
) -> ExamAttempt:
    """Return this agent's attempt, held to the end of the transaction.

    With `share` others may hold it so too: answers are saved side by side, but not while it is handed in.
    Raises NotFoundError.
    """
    attempt = session.scalar(_SHARED if share else _LOCKED, {"attempt_id": attempt_id, "agent_id": agent_id})
    if attempt is None:
        raise NotFoundError(f"attempt {attempt_id}")
    return attempt


def open_attempt(
    session: Session,
    agent: Agent,
    form: Form,
    *,
    project_id: uuid.UUID | None,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> ExamAttempt:
    """Start an attempt of a held person at this form, with the time and breaks that they have.

    Raises AttemptRunningError when somebody started one without holding the person.
    """
    accommodation = accommodations.get_accommodation(session, agent)
    attempt = ExamAttempt(
        id=uuid.uuid4(),
        agent_id=agent.id,
        exam=form.exam_id,
        project_id=project_id,
        form=form.to_json(),
        accommodation=dataclasses.asdict(accommodation),
        breaks=accommodations.first_breaks(form, accommodation),
        status=AttemptStatus.RUNNING,
        started_at=now,
        deadline_at=deadline(started_at=now, exam_minutes=form.minutes, accommodation=accommodation),
    )
    try:
        with session.begin_nested():
            session.add(attempt)
    except IntegrityError as error:
        other = find_running_attempt(session, agent.id)
        raise AttemptRunningError(attempt_id=other.id if other else attempt.id) from error
    audit.record(session, "attempt.started", attempt, actor_user_id=actor_user_id, now=now, exam=form.exam_id)
    return attempt
