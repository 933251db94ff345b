"""Reads of certificates, for those who hold them and those who check them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.models import (
    Agent,
    ApplicationStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Certificate,
    CertificateKind,
    ExamAttempt,
    Project,
    ProjectApplication,
)


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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evidence:
    """What stands behind a project's certificate, step by step; None where there is no record of a step."""

    base_percent: int | None
    base_likely: tuple[float, float] | None
    trial_passed_at: dt.datetime | None
    shifts_done: int


def get_evidence(session: Session, certificate: Certificate) -> Evidence:
    """Return the steps that led to a project's certificate and what came after it, in three statements."""
    base = session.execute(
        select(Certificate.percent, ExamAttempt.result)
        .outerjoin(ExamAttempt, ExamAttempt.id == Certificate.attempt_id)
        .where(
            Certificate.agent_id == certificate.agent_id,
            Certificate.kind == CertificateKind.BASE,
            Certificate.issued_at <= certificate.issued_at,
        )
        .order_by(Certificate.issued_at.desc(), Certificate.id)
        .limit(1)
    ).one_or_none()
    trial_passed_at = session.scalar(
        select(ProjectApplication.decided_at)
        .where(
            ProjectApplication.agent_id == certificate.agent_id,
            ProjectApplication.project_id == certificate.project_id,
            ProjectApplication.status == ApplicationStatus.CERTIFIED,
        )
        .order_by(ProjectApplication.decided_at.desc(), ProjectApplication.id)
        .limit(1)
    )
    shifts_done = session.scalars(
        select(func.count())
        .select_from(Assignment)
        .where(
            Assignment.agent_id == certificate.agent_id,
            Assignment.project_id == certificate.project_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status == AssignmentStatus.DONE,
        )
    ).one()
    likely = (base.result or {}).get("likely_percent") if base else None
    return Evidence(
        base_percent=base.percent if base else None,
        base_likely=(likely[0], likely[1]) if likely else None,
        trial_passed_at=trial_passed_at,
        shifts_done=shifts_done,
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
