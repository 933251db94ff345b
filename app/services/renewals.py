"""Renew certificates before they run out, and remind their holders in time."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Agent, Certificate, ExamAttempt, NoticeKind, Project
from app.queries.applications import find_open_application
from app.queries.certificates import find_live_certificate
from app.queries.renewals import lock_certificates_to_remind_of
from app.renewal_rules import days_left, is_renewable, renewal_opens_at
from app.services import certificates, notices
from app.services.certificates import name_of
from app.words import full_date_text


def find_renewable(
    session: Session, agent_id: uuid.UUID, *, project_id: uuid.UUID | None, now: dt.datetime
) -> Certificate | None:
    """Return the agent's certificate for a project, or the base one, if it may be renewed now."""
    certificate = find_live_certificate(session, agent_id, project_id=project_id, now=now)
    return certificate if certificate is not None and is_renewable(certificate, now) else None


def renew_certificate(
    session: Session,
    *,
    agent: Agent,
    attempt: ExamAttempt,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Renew a project's certificate with a passed assessment that was sat for it.

    An assessment on the way to a first certificate renews nothing: its trial comes next. Nor does one whose
    certificate was revoked meanwhile. The caller holds the agent's row.
    """
    project_id = attempt.project_id
    if project_id is None or find_open_application(session, agent.id, project_id=project_id) is not None:
        return
    predecessor = session.scalar(
        select(Certificate).where(
            Certificate.agent_id == agent.id,
            Certificate.project_id == project_id,
            Certificate.revoked_at.is_(None),
            # It may have run out during the exam.
            Certificate.expires_at > attempt.started_at,
        )
    )
    if predecessor is None or renewal_opens_at(predecessor) > attempt.started_at:
        return
    certificates.issue_certificate(
        session,
        agent=agent,
        attempt=attempt,
        project=session.get_one(Project, project_id),
        actor_user_id=actor_user_id,
        now=now,
        wall_now=wall_now,
    )


def remind_of_expiry(session: Session, *, now: dt.datetime, wall_now: dt.datetime, limit: int) -> int:
    """Remind people 60, 30 and 7 days before a certificate ends, of each once; return how many were reminded.

    The mark and the notice are saved together, so nobody is told twice.
    """
    due = lock_certificates_to_remind_of(session, now=now, limit=limit)
    for certificate, days, user in due:
        certificate.reminded_days = days
        notices.notify(
            session,
            user_id=user.id,
            kind=NoticeKind.CERTIFICATE_EXPIRING,
            now=now,
            wall_now=wall_now,
            certificate=name_of(certificate.project, user.locale),
            when=full_date_text(certificate.expires_at, user.locale),
            days=days_left(certificate, now),
        )
    return len(due)
