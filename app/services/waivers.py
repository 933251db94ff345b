"""Let a failed attempt count for nothing because something technical went wrong."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFoundError, StaleStateError
from app.models import Agent, AttemptStatus, ExamAttempt, NoticeKind, User
from app.queries.attempt_evidence import get_evidence
from app.services import audit, notices
from exams.blueprints import BLUEPRINTS


def waive_attempt(
    session: Session,
    attempt_id: uuid.UUID,
    *,
    reason: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> ExamAttempt:
    """Waive a failed attempt: it costs neither a wait nor an attempt. What the server saw is kept.

    Raises NotFoundError, StaleStateError for one that runs, was passed or is waived already, and ValueError
    without a reason: the person reads it.
    """
    if not reason.strip():
        raise ValueError("a waiver has a reason")
    agent_id = session.scalar(select(ExamAttempt.agent_id).where(ExamAttempt.id == attempt_id))
    if agent_id is None:
        raise NotFoundError(f"attempt {attempt_id}")
    # Whoever starts an attempt holds the person too, and then reads which attempts count.
    agent = session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    attempt = session.get_one(ExamAttempt, attempt_id, with_for_update=True, populate_existing=True)
    if attempt.status is not AttemptStatus.SUBMITTED or attempt.passed or attempt.waived_at is not None:
        raise StaleStateError
    evidence = get_evidence(session, attempt_id).to_json()
    attempt.waived_at = now
    attempt.waiver = {"reason": reason.strip(), "by": str(actor_user_id), "evidence": evidence}
    audit.record(
        session, "attempt.waived", attempt, actor_user_id=actor_user_id, now=now, reason=reason.strip()
    )
    locale = session.scalars(select(User.locale).where(User.id == agent.user_id)).one()
    notices.notify(
        session,
        user_id=agent.user_id,
        kind=NoticeKind.ATTEMPT_WAIVED,
        now=now,
        wall_now=wall_now,
        exam=BLUEPRINTS[attempt.exam].title.in_language(locale),
        reason=reason.strip(),
    )
    return attempt
