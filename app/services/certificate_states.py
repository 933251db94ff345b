"""Stop a certificate for a time or for good, and take back the shifts that rested on it.

A suspension begins at once and ends by itself; a revocation ends the certificate and keeps the person from
starting again until a day. Whoever has no base certificate may work nowhere: what is done to it is done to
all their projects' certificates. `now` is business time, `wall_now` the machine's, for promises.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError, StaleStateError
from app.models import (
    Agent,
    Assignment,
    AssignmentStatus,
    Certificate,
    CertificateKind,
    CertificateState,
    NoticeKind,
    User,
)
from app.services import audit, notices
from app.services.assignments import promise_refill, tell
from app.services.certificates import name_of
from app.services.day_texts import tell_remains
from app.services.seat_lock import lock_people
from app.words import full_moment_text

TAKEN_BACK = {
    "zh": "你的认证停了，这一班收回。记录不受影响。",
    "en": "your certificate has stopped, so this shift is taken back. It does not count against you.",
}


def suspend_certificate(
    session: Session,
    certificate_id: uuid.UUID,
    *,
    until: dt.datetime,
    reason: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> int:
    """Stop a valid certificate until a moment to come, and return how many shifts were taken back.

    Raises StaleStateError when it is not valid (any more), ValueError for an end that is not to come or for
    no reason: the person reads it.
    """
    if until <= now or not reason.strip():
        raise ValueError("a suspension has an end to come and a reason")
    taken = 0
    for certificate in _lock_with_projects(session, certificate_id, now=now):
        certificate.suspended_at, certificate.suspended_until = now, until
        certificate.state_reason = reason.strip()
        audit.record(
            session,
            "certificate.suspended",
            certificate,
            actor_user_id=actor_user_id,
            now=now,
            number=certificate.number,
            reason=certificate.state_reason,
            until=until.isoformat(),
        )
        tell_holder(
            session,
            certificate,
            zh=f"从现在起停用，到 {full_moment_text(until, 'zh')} 自动恢复。原因：{certificate.state_reason}",
            en=f"suspended from now until {full_moment_text(until, 'en')}, when it is valid again. "
            f"Reason: {certificate.state_reason}",
            now=now,
            wall_now=wall_now,
        )
        session.flush()
        taken += _take_back_shifts(session, certificate, before=until, now=now, wall_now=wall_now)
    return taken


def lift_suspension(
    session: Session,
    certificate_id: uuid.UUID,
    *,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """End a suspension before its time. Shifts given to others stay theirs. Raises StaleStateError."""
    certificate = _lock(session, certificate_id)
    if certificate.state_at(now) is not CertificateState.SUSPENDED:
        raise StaleStateError
    certificate.suspended_until, certificate.state_reason = now, None
    audit.record(
        session,
        "certificate.reinstated",
        certificate,
        actor_user_id=actor_user_id,
        now=now,
        number=certificate.number,
    )
    tell_holder(
        session,
        certificate,
        zh="恢复了，从现在起有效。",
        en="valid again from now.",
        now=now,
        wall_now=wall_now,
    )


def revoke_certificate(
    session: Session,
    certificate_id: uuid.UUID,
    *,
    barred_until: dt.datetime,
    reason: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> int:
    """End a certificate for good, and return how many shifts were taken back.

    The road to a new one is open again from `barred_until`. Raises StaleStateError when it has ended already,
    ValueError without a reason: the person reads it.
    """
    if not reason.strip():
        raise ValueError("a revocation has a reason")
    taken = 0
    for certificate in _lock_with_projects(session, certificate_id, now=now, suspended_too=True):
        certificate.revoked_at, certificate.barred_until = now, max(now, barred_until)
        certificate.state_reason = reason.strip()
        audit.record(
            session,
            "certificate.revoked",
            certificate,
            actor_user_id=actor_user_id,
            now=now,
            number=certificate.number,
            reason=certificate.state_reason,
            until=certificate.barred_until.isoformat(),
        )
        tell_holder(
            session,
            certificate,
            zh=f"撤销了，{full_moment_text(certificate.barred_until, 'zh')} 起可以从头再来。"
            f"原因：{certificate.state_reason}",
            en=f"revoked; you may start again from {full_moment_text(certificate.barred_until, 'en')}. "
            f"Reason: {certificate.state_reason}",
            now=now,
            wall_now=wall_now,
        )
        session.flush()
        taken += _take_back_shifts(session, certificate, before=None, now=now, wall_now=wall_now)
    return taken


def _take_back_shifts(
    session: Session,
    certificate: Certificate,
    *,
    before: dt.datetime | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> int:
    """Take back what the person has not begun in the project, and find others for the seats.

    Who is at work finishes the shift. The caller holds the person, as everybody does who gives shifts: an
    offer made on the strength of the certificate stands before this, or is not made at all.
    """
    if certificate.project_id is None:
        return 0
    waiting = (
        select(Assignment)
        .where(
            Assignment.agent_id == certificate.agent_id,
            Assignment.project_id == certificate.project_id,
            Assignment.status.in_((AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)),
            Assignment.ends_at > now,
        )
        .order_by(Assignment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if before is not None:
        waiting = waiting.where(Assignment.starts_at < before)
    shifts = session.scalars(waiting).all()
    locale = "en" if _locale(session, certificate.agent_id) == "en" else "zh"
    for shift in shifts:
        # Not RELEASED: a shift given up shortly before its start speaks against a person, this does not.
        shift.status, shift.responded_at = AssignmentStatus.LAPSED, now
        audit.record(session, "assignment.taken-back", shift, actor_user_id=None, now=now)
    for shift, change in zip(
        shifts, tell_remains(session, shifts, TAKEN_BACK[locale], locale, now=now), strict=True
    ):
        tell(session, shift, NoticeKind.SHIFT_CHANGED, now=now, change=change)
        promise_refill(session, shift, wall_now=wall_now)
    return len(shifts)


def _lock_with_projects(
    session: Session, certificate_id: uuid.UUID, *, now: dt.datetime, suspended_too: bool = False
) -> Sequence[Certificate]:
    """Return the certificate and, when it is the base one, those of projects that stand on it.

    Whoever is revoked may be suspended at the time; whoever is suspended must have been valid.
    """
    certificate = _lock(session, certificate_id)
    states = {CertificateState.VALID} | ({CertificateState.SUSPENDED} if suspended_too else set())
    if certificate.state_at(now) not in states:
        raise StaleStateError
    if certificate.kind is CertificateKind.PROJECT:
        return [certificate]
    others = session.scalars(
        select(Certificate)
        .where(
            Certificate.agent_id == certificate.agent_id,
            Certificate.project_id.is_not(None),
            Certificate.revoked_at.is_(None),
            Certificate.expires_at > now,
        )
        .options(joinedload(Certificate.project))
        .order_by(Certificate.id)
        .with_for_update(of=Certificate)
        .execution_options(populate_existing=True)
    ).all()
    return [certificate, *(other for other in others if other.state_at(now) in states)]


def _lock(session: Session, certificate_id: uuid.UUID) -> Certificate:
    """Hold the person first, as everybody does who gives them shifts or certificates; then read."""
    agent_id = session.scalar(select(Certificate.agent_id).where(Certificate.id == certificate_id))
    if agent_id is None:
        raise NotFoundError(f"certificate {certificate_id}")
    lock_people(session, [agent_id])
    return session.scalars(
        select(Certificate)
        .where(Certificate.id == certificate_id)
        .options(joinedload(Certificate.project))
        .with_for_update(of=Certificate)
        .execution_options(populate_existing=True)
    ).one()


def _locale(session: Session, agent_id: uuid.UUID) -> str:
    return session.scalars(
        select(User.locale).join(Agent, Agent.user_id == User.id).where(Agent.id == agent_id)
    ).one()


def tell_holder(
    session: Session,
    certificate: Certificate,
    *,
    zh: str,
    en: str,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Send the holder a notice that names the certificate, in their language."""
    user_id, locale = session.execute(
        select(User.id, User.locale)
        .join(Agent, Agent.user_id == User.id)
        .where(Agent.id == certificate.agent_id)
    ).one()
    notices.notify(
        session,
        user_id=user_id,
        kind=NoticeKind.CERTIFICATE_CHANGED,
        now=now,
        wall_now=wall_now,
        certificate=name_of(certificate.project, locale),
        change=en if locale == "en" else zh,
    )
