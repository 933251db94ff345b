"""Undo what was decided about somebody: a suspension, a revocation, the verdict of a trial.

What stood on a base certificate fell with it, and comes back with it. Shifts that were given to others stay
theirs. The caller holds the person.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError, StaleStateError
from app.models import (
    ApplicationStatus,
    Certificate,
    CertificateKind,
    CertificateState,
    TrialShift,
)
from app.queries.applications import OPEN, find_open_application
from app.queries.certificates import find_live_certificate
from app.services import applications, audit
from app.services.certificate_states import lift_suspension, tell_holder


def lift_suspensions(
    session: Session,
    certificate_id: uuid.UUID,
    *,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """End a suspension, and those that came with it; one that is over already needs nothing."""
    certificate = _get(session, certificate_id)
    for one in _fallen_together(session, certificate, Certificate.suspended_at == certificate.suspended_at):
        if one.state_at(now) is CertificateState.SUSPENDED:
            lift_suspension(session, one.id, actor_user_id=actor_user_id, now=now, wall_now=wall_now)


def undo_revocation(
    session: Session,
    certificate_id: uuid.UUID,
    *,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Let a revoked certificate hold again, with those that were revoked with it.

    One whose place a newer certificate has taken since stays where it is; its bar falls all the same. Raises
    StaleStateError when the certificate is not revoked (any more).
    """
    certificate = _get(session, certificate_id)
    if certificate.state_at(now) is not CertificateState.REVOKED:
        raise StaleStateError
    for one in _fallen_together(session, certificate, Certificate.revoked_at == certificate.revoked_at):
        if one.state_at(now) is not CertificateState.REVOKED:
            continue
        one.barred_until = None
        if find_live_certificate(session, one.agent_id, project_id=one.project_id, now=now) is not None:
            continue
        one.revoked_at, one.state_reason = None, None
        session.flush()
        audit.record(
            session,
            "certificate.reinstated",
            one,
            actor_user_id=actor_user_id,
            now=now,
            number=one.number,
        )
        tell_holder(
            session,
            one,
            zh="恢复了，从现在起有效。",
            en="valid again from now.",
            now=now,
            wall_now=wall_now,
        )


def reopen_application(
    session: Session, trial_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> None:
    """Let another trial follow the one whose verdict was wrong; an application on its way needs nothing.

    Raises StaleStateError when the project's certificate has come by another way since.
    """
    trial = session.get(TrialShift, trial_id)
    if trial is None:
        raise NotFoundError(f"trial {trial_id}")
    application = applications.lock_application(session, trial.application_id)
    if application.status in OPEN:
        return
    if application.status is ApplicationStatus.CERTIFIED:
        raise StaleStateError
    if find_open_application(session, application.agent_id, project_id=application.project_id) is not None:
        return
    application.status, application.decided_at = ApplicationStatus.TRIAL, None
    session.flush()
    audit.record(session, "application.reopened", application, actor_user_id=actor_user_id, now=now)


def _get(session: Session, certificate_id: uuid.UUID) -> Certificate:
    certificate = session.get(Certificate, certificate_id, with_for_update=True, populate_existing=True)
    if certificate is None:
        raise NotFoundError(f"certificate {certificate_id}")
    return certificate


def _fallen_together(
    session: Session, certificate: Certificate, same_moment: ColumnElement[bool]
) -> Sequence[Certificate]:
    """Return the certificate; with a base one, those of projects that fell at the same moment."""
    wanted = Certificate.id == certificate.id
    if certificate.kind is CertificateKind.BASE:
        wanted = Certificate.agent_id == certificate.agent_id
    return session.scalars(
        select(Certificate)
        .where(wanted, same_moment)
        .options(joinedload(Certificate.project))
        .order_by(Certificate.id)
        .with_for_update(of=Certificate)
        .execution_options(populate_existing=True)
    ).all()
