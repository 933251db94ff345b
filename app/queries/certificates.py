"""Reads of certificates, for those who hold them and those who check them."""

from __future__ import annotations

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
