"""Reads of signs in exams: what is looked at, what was raised, and what a reviewer and the person see."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import (
    Agent,
    AttemptStatus,
    ExamAnswer,
    ExamAttempt,
    ExamWatch,
    IntegrityFlag,
    SignState,
    User,
)

TOLD = (SignState.RETEST, SignState.VOID)
"""The decisions that a person hears of; a sign that nobody has looked at, or that was none, is not theirs."""


def find_watch(session: Session, exam: str) -> ExamWatch | None:
    """Return what is known of an exam's recent forms."""
    return session.scalar(select(ExamWatch).where(ExamWatch.exam == exam))


def shares_of(session: Session, exam: str) -> Mapping[str, float]:
    """Return on what part of recent forms each item stood; those that are seldom used are left out."""
    found: Mapping[str, float] | None = session.scalar(select(ExamWatch.shares).where(ExamWatch.exam == exam))
    return found or {}


def list_recent_forms(session: Session, exam: str, *, limit: int) -> Sequence[Mapping[str, object]]:
    """Return the forms that were drawn last."""
    return session.scalars(
        select(ExamAttempt.form)
        .where(ExamAttempt.exam == exam)
        .order_by(ExamAttempt.started_at.desc(), ExamAttempt.id)
        .limit(limit)
    ).all()


def list_finished_attempts(
    session: Session, exam: str, *, since: dt.datetime, limit: int
) -> Sequence[ExamAttempt]:
    """Return the attempts handed in since then, the newest first."""
    return session.scalars(
        select(ExamAttempt)
        .where(
            ExamAttempt.exam == exam,
            ExamAttempt.status == AttemptStatus.SUBMITTED,
            ExamAttempt.submitted_at >= since,
        )
        .order_by(ExamAttempt.submitted_at.desc(), ExamAttempt.id)
        .limit(limit)
    ).all()


def list_answers_of(session: Session, attempt_ids: Collection[uuid.UUID]) -> Sequence[ExamAnswer]:
    """Return all answers of these attempts, by attempt and item."""
    return session.scalars(
        select(ExamAnswer)
        .where(ExamAnswer.attempt_id.in_(attempt_ids))
        .order_by(ExamAnswer.attempt_id, ExamAnswer.item_id)
    ).all()


def list_open_flags(session: Session, *, limit: int) -> Sequence[tuple[IntegrityFlag, str]]:
    """Return the signs that wait for a reviewer, with attempts and names, the least likely first.

    One whose confirmation went wrong, or was missed, waits again.
    """
    rows = session.execute(
        select(IntegrityFlag, User.name)
        .join(ExamAttempt, ExamAttempt.id == IntegrityFlag.attempt_id)
        .join(Agent, Agent.id == ExamAttempt.agent_id)
        .join(User, User.id == Agent.user_id)
        .where(
            (IntegrityFlag.state == SignState.OPEN)
            | ((IntegrityFlag.state == SignState.RETEST) & IntegrityFlag.outcome.is_not(None))
        )
        .options(joinedload(IntegrityFlag.attempt))
        .order_by(IntegrityFlag.p, IntegrityFlag.id)
        .limit(limit)
    ).all()
    return [(row[0], row[1]) for row in rows]


def get_flag(session: Session, flag_id: uuid.UUID) -> tuple[IntegrityFlag, User]:
    """Return any sign with its attempt and its person: for operations."""
    row = session.execute(
        select(IntegrityFlag, User)
        .join(ExamAttempt, ExamAttempt.id == IntegrityFlag.attempt_id)
        .join(Agent, Agent.id == ExamAttempt.agent_id)
        .join(User, User.id == Agent.user_id)
        .where(IntegrityFlag.id == flag_id)
        .options(joinedload(IntegrityFlag.attempt))
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"flag {flag_id}")
    return row[0], row[1]


def list_flags_of(session: Session, agent_id: uuid.UUID) -> Sequence[IntegrityFlag]:
    """Return what this agent was told of, with the attempts, the newest first."""
    return session.scalars(
        select(IntegrityFlag)
        .join(ExamAttempt, ExamAttempt.id == IntegrityFlag.attempt_id)
        .where(
            ExamAttempt.agent_id == agent_id,
            IntegrityFlag.state.in_(TOLD) | IntegrityFlag.outcome.is_not(None),
        )
        .options(joinedload(IntegrityFlag.attempt))
        .order_by(IntegrityFlag.decided_at.desc(), IntegrityFlag.id)
    ).all()


def get_flag_of(session: Session, flag_id: uuid.UUID, *, agent_id: uuid.UUID) -> IntegrityFlag:
    """Return a sign that this agent was told of; any other is not found."""
    for flag in list_flags_of(session, agent_id):
        if flag.id == flag_id:
            return flag
    raise NotFoundError(f"flag {flag_id}")


def find_flag_of_confirmation(session: Session, attempt_id: uuid.UUID) -> IntegrityFlag | None:
    """Return what a confirmation was asked for."""
    return session.scalars(
        select(IntegrityFlag).where(IntegrityFlag.retest_attempt_id == attempt_id).limit(1)
    ).one_or_none()


def list_due_retests(session: Session, *, now: dt.datetime) -> Sequence[uuid.UUID]:
    """Return the confirmations that are handed in or missed and not compared yet."""
    sat = select(ExamAttempt.id).where(
        ExamAttempt.id == IntegrityFlag.retest_attempt_id, ExamAttempt.status == AttemptStatus.SUBMITTED
    )
    missed = IntegrityFlag.retest_attempt_id.is_(None) & (IntegrityFlag.retest_by <= now)
    return session.scalars(
        select(IntegrityFlag.id)
        .where(
            IntegrityFlag.state == SignState.RETEST,
            IntegrityFlag.outcome.is_(None),
            sat.exists() | missed,
        )
        .order_by(IntegrityFlag.id)
    ).all()
