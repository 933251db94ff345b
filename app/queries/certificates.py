"""Reads of certificates, for those who hold them and those who check them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.models import Agent, Certificate, ExamAttempt, Project


def find_certificate(session: Session, number: str) -> Certificate | None:
    """Return the certificate with this number (in its one written form), with its holder and its project."""
    return session.scalar(
        select(Certificate)
        .where(Certificate.number == number)
        .options(
            joinedload(Certificate.agent).joinedload(Agent.user),
            joinedload(Certificate.project).joinedload(Project.merchant),
        )
    )


def find_attempt_of(session: Session, certificate: Certificate) -> ExamAttempt | None:
    """Return the exam that led to a certificate; one given by hand or after a trial shift alone has none."""
    if certificate.attempt_id is None:
        return None
    return session.get(ExamAttempt, certificate.attempt_id)


def find_valid_certificate(
    session: Session, agent_id: uuid.UUID, *, project_id: uuid.UUID | None, now: dt.datetime
) -> Certificate | None:
    """Return the agent's certificate for a project that is valid now; for no project, the base one."""
    return session.scalar(
        select(Certificate).where(
            Certificate.agent_id == agent_id,
            Certificate.project_id.is_(None) if project_id is None else Certificate.project_id == project_id,
            Certificate.revoked_at.is_(None),
            Certificate.expires_at > now,
        )
    )


def list_certificates(session: Session, agent_id: uuid.UUID) -> Sequence[Certificate]:
    """Return an agent's certificates with project and merchant, newest first."""
    return session.scalars(
        select(Certificate)
        .where(Certificate.agent_id == agent_id)
        .options(joinedload(Certificate.project).joinedload(Project.merchant))
        .order_by(Certificate.issued_at.desc(), Certificate.id)
    ).all()


def find_certificate_of_attempt(session: Session, attempt_id: uuid.UUID) -> Certificate | None:
    """Return the base certificate that an attempt earned, or None."""
    return session.scalar(
        select(Certificate).where(Certificate.attempt_id == attempt_id, Certificate.project_id.is_(None))
    )
