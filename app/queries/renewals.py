"""Which certificates run out, and which have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Agent, Certificate, User
from app.queries.match_input import is_working_agent
from app.renewal_rules import REMINDERS


def lock_certificates_to_remind_of(
    session: Session, *, now: dt.datetime, limit: int
) -> Sequence[tuple[Certificate, int, User]]:
    """Return certificates whose holders are due a reminder, held, with its days and the holder.

    Those that somebody else holds are passed over. Of several reminders that are due only the last is sent.
    """
    due = case(
        *((Certificate.expires_at <= now + dt.timedelta(days=days), days) for days in REMINDERS), else_=None
    )
    rows = session.execute(
        select(Certificate, due.label("days"), User)
        .join(Agent, Agent.id == Certificate.agent_id)
        .join(User, User.id == Agent.user_id)
        .where(
            Certificate.revoked_at.is_(None),
            Certificate.expires_at > now,
            Certificate.expires_at <= now + dt.timedelta(days=max(REMINDERS)),
            or_(Certificate.reminded_days.is_(None), Certificate.reminded_days > due),
            is_working_agent(),
        )
        .options(joinedload(Certificate.project))
        .order_by(Certificate.expires_at, Certificate.id)
        .limit(limit)
        .with_for_update(of=Certificate, skip_locked=True)
    )
    return [(certificate, days, user) for certificate, days, user in rows]
