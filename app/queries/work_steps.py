"""What still stands between a person and a shift: asked whenever one is offered, accepted or begun."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.minor_rules import MOST_DAY_MINUTES, touches_night
from app.models import LIVE_STATUSES, Agent, Assignment, Certificate
from app.work_steps import WorkStep


def find_missing_step(
    session: Session, agent_id: uuid.UUID, shift: Assignment, *, since: dt.datetime | None = None
) -> WorkStep | None:
    """Return the first step that is missing for a shift, None when the person may work it, as things are.

    `since` is from when on they would work, if the shift has begun. Two statements, for minors three.
    """
    begins = max(shift.starts_at, since) if since else shift.starts_at
    known_since, minor_until = session.execute(
        select(Agent.identity_confirmed_at, Agent.minor_until).where(Agent.id == agent_id)
    ).one()
    if known_since is None:
        return WorkStep.IDENTITY
    certificate = session.scalar(
        select(Certificate)
        .where(Certificate.agent_id == agent_id, Certificate.project_id == shift.project_id)
        # The one that has not ended, if there is one: there is one at most.
        .order_by(Certificate.revoked_at.desc().nulls_first(), Certificate.id)
        .limit(1)
    )
    missing = _missing_of(certificate, begins, shift.ends_at)
    if missing is None and minor_until is not None and shift.starts_at < minor_until:
        return _missing_of_minor(session, agent_id, shift)
    return missing


def _missing_of(certificate: Certificate | None, begins: dt.datetime, ends: dt.datetime) -> WorkStep | None:
    if certificate is None:
        return WorkStep.CERTIFICATE
    if certificate.revoked_at is not None:
        # One that had run out is put away at its end.
        has_run_out = certificate.revoked_at >= certificate.expires_at
        return WorkStep.EXPIRED if has_run_out else WorkStep.REVOKED
    if certificate.expires_at < ends:
        return WorkStep.EXPIRED
    if certificate.works_from > begins:
        return WorkStep.SUSPENDED
    return None


def _missing_of_minor(session: Session, agent_id: uuid.UUID, shift: Assignment) -> WorkStep | None:
    if touches_night(shift.starts_at, shift.ends_at):
        return WorkStep.MINOR_HOURS
    midnight = shift.starts_at.astimezone(BUSINESS_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    others = session.execute(
        select(Assignment.starts_at, Assignment.ends_at).where(
            Assignment.agent_id == agent_id,
            # Not the shift itself, nor an offer at the same time that it takes the place of.
            or_(Assignment.starts_at >= shift.ends_at, Assignment.ends_at <= shift.starts_at),
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.starts_at >= midnight,
            Assignment.starts_at < midnight + dt.timedelta(days=1),
        )
    ).all()
    worked = sum((other.ends_at - other.starts_at for other in others), shift.ends_at - shift.starts_at)
    return WorkStep.MINOR_HOURS if worked > dt.timedelta(minutes=MOST_DAY_MINUTES) else None
