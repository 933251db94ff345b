"""What the server saw of an attempt: its times, its silences and what was written down about it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import Agent, AuditEntry, ExamAnswer, ExamAttempt

# Shorter ones are thinking.
LEAST_SILENCE = dt.timedelta(minutes=3)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evidence:
    """An attempt with its person. `silences` are stretches without a save that is still the latest of its
    question; `events` are the audit's, in order of time.
    """

    attempt: ExamAttempt
    agent: Agent
    answered: int
    questions: int
    silences: Sequence[tuple[dt.datetime, dt.datetime]]
    events: Sequence[AuditEntry]

    def to_json(self) -> dict[str, Any]:
        """Return what is kept with a waiver."""
        return {
            "answered": self.answered,
            "questions": self.questions,
            "silences": [[start.isoformat(), end.isoformat()] for start, end in self.silences],
            "events": [[event.action, event.at.isoformat()] for event in self.events],
        }


def get_evidence(session: Session, attempt_id: uuid.UUID) -> Evidence:
    """Return what is known of any attempt: for operations. Four statements."""
    attempt = session.get(ExamAttempt, attempt_id)
    if attempt is None:
        raise NotFoundError(f"attempt {attempt_id}")
    agent = session.scalars(
        select(Agent).where(Agent.id == attempt.agent_id).options(joinedload(Agent.user))
    ).one()
    saved = session.scalars(
        select(ExamAnswer.saved_at).where(ExamAnswer.attempt_id == attempt_id).order_by(ExamAnswer.saved_at)
    ).all()
    events = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_type == ExamAttempt.__tablename__, AuditEntry.subject_id == attempt_id)
        .order_by(AuditEntry.at, AuditEntry.id)
    ).all()
    moments = [attempt.started_at, *saved, *([attempt.submitted_at] if attempt.submitted_at else [])]
    return Evidence(
        attempt=attempt,
        agent=agent,
        answered=len(saved),
        questions=len(attempt.form["questions"]),
        silences=[(start, end) for start, end in pairwise(moments) if end - start >= LEAST_SILENCE],
        events=events,
    )
