"""Issue certificates, and tell a true one from one that was changed.

`now` is business time, `wall_now` the machine's, for the promise of the mail.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import (
    Agent,
    AgentStatus,
    Certificate,
    CertificateKind,
    CertificateState,
    ExamAttempt,
    NoticeKind,
    Project,
    Topic,
    User,
)
from app.queries.certificates import find_live_certificate
from app.renewal_rules import valid_until
from app.services import audit, notices, outbox
from exams.certificates import SPACE, make_certificate_number, payload_digest


def issue_certificate(
    session: Session,
    *,
    agent: Agent,
    attempt: ExamAttempt,
    project: Project | None,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> Certificate:
    """Give the agent the certificate that the attempt earned: the base one, or one for the project.

    A run-out certificate of the same kind is put away first. One that still holds is renewed: the new one
    takes its place at once and is valid for as long again from its end, suspended if it was. The caller holds
    the agent's row.
    """
    kind = CertificateKind.PROJECT if project else CertificateKind.BASE
    project_id = project.id if project else None
    # One certificate of a kind is live at a time; its run-out predecessor counts as ended when it ran out.
    session.execute(
        update(Certificate)
        .where(
            Certificate.agent_id == agent.id,
            Certificate.project_id.is_(None) if project_id is None else Certificate.project_id == project_id,
            Certificate.revoked_at.is_(None),
            Certificate.expires_at <= now,
        )
        .values(revoked_at=Certificate.expires_at)
    )
    predecessor = find_live_certificate(session, agent.id, project_id=project_id, now=now)
    is_suspended = predecessor is not None and predecessor.state_at(now) is CertificateState.SUSPENDED
    if predecessor is not None:
        predecessor.revoked_at = predecessor.replaced_at = now
        session.flush()
    certificate = Certificate(
        id=uuid.uuid4(),
        number=_draw_number(session, year=now.year),
        kind=kind,
        agent_id=agent.id,
        project_id=project_id,
        attempt_id=attempt.id,
        percent=attempt.percent,
        issued_at=now,
        expires_at=valid_until(project, since=predecessor.expires_at if predecessor else now),
    )
    if predecessor is not None and is_suspended:
        certificate.suspended_at, certificate.suspended_until = now, predecessor.suspended_until
        certificate.state_reason = predecessor.state_reason
    certificate.digest = seal(certificate, attempt)
    session.add(certificate)
    promise_proof(session, certificate.id, wall_now=wall_now)
    _raise_status(agent, kind)
    audit.record(
        session,
        "certificate.issued",
        certificate,
        actor_user_id=actor_user_id,
        now=now,
        number=certificate.number,
    )
    locale = session.scalars(select(User.locale).where(User.id == agent.user_id)).one()
    notices.notify(
        session,
        user_id=agent.user_id,
        kind=NoticeKind.CERTIFICATE_ISSUED,
        now=now,
        wall_now=wall_now,
        certificate=name_of(project, locale),
        number=certificate.number,
    )
    return certificate


def promise_proof(session: Session, certificate_id: uuid.UUID, *, wall_now: dt.datetime) -> None:
    """Have the badge's proof made by a worker. Promised twice, it is made once."""
    outbox.promise(
        session,
        Topic.PROVE_BADGE,
        now=wall_now,
        dedupe_key=f"badge:{certificate_id}",
        certificate_id=str(certificate_id),
    )


def seal(certificate: Certificate, attempt: ExamAttempt | None) -> str:
    """Return the digest of what the certificate says, chained to the attempt that earned it."""
    payload: dict[str, Any] = {
        "number": certificate.number,
        "kind": certificate.kind.value,
        "agent_id": str(certificate.agent_id),
        "project_id": str(certificate.project_id) if certificate.project_id else None,
        "percent": certificate.percent,
        "issued_at": certificate.issued_at.astimezone(dt.UTC).isoformat(),
        "expires_at": certificate.expires_at.astimezone(dt.UTC).isoformat(),
    }
    evidence = (attempt.result or {}).get("digest", "") if attempt else ""
    return payload_digest(payload, previous_digest=evidence)


def is_genuine(session: Session, certificate: Certificate) -> bool:
    """Say whether the certificate still says what was sealed."""
    attempt = session.get(ExamAttempt, certificate.attempt_id) if certificate.attempt_id else None
    return secrets.compare_digest(seal(certificate, attempt), certificate.digest)


def _draw_number(session: Session, *, year: int) -> str:
    while True:
        number = make_certificate_number(year=year, entropy=secrets.randbelow(SPACE))
        if session.scalar(select(Certificate.id).where(Certificate.number == number)) is None:
            return number


def _raise_status(agent: Agent, kind: CertificateKind) -> None:
    if kind is CertificateKind.PROJECT and agent.status in (AgentStatus.NEW, AgentStatus.IN_POOL):
        agent.status = AgentStatus.CERTIFIED
    elif kind is CertificateKind.BASE and agent.status is AgentStatus.NEW:
        agent.status = AgentStatus.IN_POOL


def name_of(project: Project | None, locale: str) -> str:
    """Return what a certificate is for, in the reader's language."""
    if project is not None:
        return project.name
    return "Base certificate" if locale == "en" else "基础认证"
