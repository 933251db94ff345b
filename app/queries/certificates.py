"""Reads of certificates, for those who hold them and those who check them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import (
    Agent,
    ApplicationStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Certificate,
    CertificateKind,
    CertificateState,
    ExamAttempt,
    Project,
    ProjectApplication,
)


def find_certificate(session: Session, number: str) -> Certificate | None:
    """Return the certificate with this number (in its one written form), with its holder and its project."""
    return session.scalar(_whole().where(Certificate.number == number))


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
    certificate = find_live_certificate(session, agent_id, project_id=project_id, now=now)
    return certificate if certificate and certificate.state_at(now) is CertificateState.VALID else None


def find_live_certificate(
    session: Session, agent_id: uuid.UUID, *, project_id: uuid.UUID | None, now: dt.datetime
) -> Certificate | None:
    """Return the agent's certificate that is neither ended nor run out; it may be suspended."""
    return session.scalar(
        select(Certificate).where(
            Certificate.agent_id == agent_id,
            _is_for(project_id),
            Certificate.revoked_at.is_(None),
            Certificate.expires_at > now,
        )
    )


def find_bar(session: Session, agent_id: uuid.UUID, *, project_id: uuid.UUID | None) -> dt.datetime | None:
    """Return until when a revocation keeps the agent from starting again, None when nothing ever did."""
    return session.scalar(
        select(func.max(Certificate.barred_until)).where(
            Certificate.agent_id == agent_id, _is_for(project_id)
        )
    )


def get_certificate(session: Session, certificate_id: uuid.UUID) -> Certificate:
    """Return any certificate with its holder, project and merchant: for operations."""
    certificate = session.scalar(_whole().where(Certificate.id == certificate_id))
    if certificate is None:
        raise NotFoundError(f"certificate {certificate_id}")
    return certificate


def _is_for(project_id: uuid.UUID | None) -> ColumnElement[bool]:
    return Certificate.project_id.is_(None) if project_id is None else Certificate.project_id == project_id


def _whole() -> Select[Certificate]:
    return select(Certificate).options(
        joinedload(Certificate.agent).joinedload(Agent.user),
        joinedload(Certificate.project).joinedload(Project.merchant),
    )


def list_certificates(session: Session, agent_id: uuid.UUID) -> Sequence[Certificate]:
    """Return an agent's certificates with project and merchant, newest first."""
    return session.scalars(
        select(Certificate)
        .where(Certificate.agent_id == agent_id)
        .options(joinedload(Certificate.project).joinedload(Project.merchant))
        .order_by(Certificate.issued_at.desc(), Certificate.id)
    ).all()


def get_certificate_of(session: Session, certificate_id: uuid.UUID, *, agent_id: uuid.UUID) -> Certificate:
    """Return a certificate of this agent with holder, project and merchant; another's is not found."""
    certificate = session.scalar(
        _whole().where(Certificate.id == certificate_id, Certificate.agent_id == agent_id)
    )
    if certificate is None:
        raise NotFoundError(f"certificate {certificate_id}")
    return certificate


def find_certificate_of_attempt(session: Session, attempt_id: uuid.UUID) -> Certificate | None:
    """Return the base certificate that an attempt earned, or None."""
    return session.scalar(
        select(Certificate).where(Certificate.attempt_id == attempt_id, Certificate.project_id.is_(None))
    )
