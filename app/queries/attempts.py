"""Reads of exam attempts and their answers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import AttemptStatus, Certificate, ExamAnswer, ExamAttempt
from exams.timing import GRACE, UNLIMITED_IDLE_LIMIT


def get_attempt(session: Session, attempt_id: uuid.UUID, *, agent_id: uuid.UUID) -> ExamAttempt:
    """Return an attempt of this agent; another agent's is not found."""
    attempt = session.scalar(
        select(ExamAttempt).where(ExamAttempt.id == attempt_id, ExamAttempt.agent_id == agent_id)
    )
    if attempt is None:
        raise NotFoundError(f"attempt {attempt_id}")
    return attempt


def find_running_attempt(session: Session, agent_id: uuid.UUID) -> ExamAttempt | None:
    """Return the attempt the agent is sitting now, if any."""
    return session.scalar(
        select(ExamAttempt).where(
            ExamAttempt.agent_id == agent_id, ExamAttempt.status == AttemptStatus.RUNNING
        )
    )


def list_attempts(session: Session, agent_id: uuid.UUID) -> Sequence[ExamAttempt]:
    """Return all of an agent's attempts, newest first."""
    return session.scalars(
        select(ExamAttempt)
        .where(ExamAttempt.agent_id == agent_id)
        .order_by(ExamAttempt.started_at.desc(), ExamAttempt.id)
    ).all()


def list_answers(session: Session, attempt_id: uuid.UUID) -> Mapping[str, ExamAnswer]:
    """Return the saved answers of an attempt by item id."""
    found = session.scalars(
        select(ExamAnswer).where(ExamAnswer.attempt_id == attempt_id).order_by(ExamAnswer.item_id)
    )
    return {answer.item_id: answer for answer in found}


def list_overdue_attempts(session: Session, *, now: dt.datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return the running attempts whose time is over, grace included, the longest overdue first.

    An attempt without a limit is overdue a day after its last save, or after its start without any. This is
    exams.timing.closes_at as a condition.
    """
    last_saved_at = (
        select(func.max(ExamAnswer.saved_at)).where(ExamAnswer.attempt_id == ExamAttempt.id).scalar_subquery()
    )
    return session.scalars(
        select(ExamAttempt.id)
        .where(
            ExamAttempt.status == AttemptStatus.RUNNING,
            or_(
                ExamAttempt.deadline_at <= now - GRACE,
                and_(
                    ExamAttempt.deadline_at.is_(None),
                    func.coalesce(last_saved_at, ExamAttempt.started_at) <= now - UNLIMITED_IDLE_LIMIT,
                ),
            ),
        )
        .order_by(ExamAttempt.deadline_at, ExamAttempt.id)
        .limit(limit)
    ).all()


def find_passed_attempt(
    session: Session, agent_id: uuid.UUID, *, project_id: uuid.UUID
) -> ExamAttempt | None:
    """Return the agent's newest passed assessment for a project that has not earned a certificate, or None.

    One pass earns one certificate: whoever lost theirs, or let it run out, sits the assessment again.
    """
    used = select(Certificate.id).where(
        Certificate.attempt_id == ExamAttempt.id, Certificate.project_id == project_id
    )
    return session.scalars(
        select(ExamAttempt)
        .where(
            ExamAttempt.agent_id == agent_id,
            ExamAttempt.project_id == project_id,
            ExamAttempt.passed.is_(True),
            ~used.exists(),
        )
        .order_by(ExamAttempt.started_at.desc(), ExamAttempt.id)
        .limit(1)
    ).one_or_none()
