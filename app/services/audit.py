"""Write down who changed what, in the transaction of the change."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from app.models import AuditEntry, Base


def record(
    session: Session,
    action: str,
    subject: Base,
    *,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
    **details: Any,
) -> None:
    """Add an entry: `action` is noun.verb ("booking.confirmed"), `details` are not personal facts.

    `actor_user_id` is None when the system itself acts.
    """
    session.add(
        AuditEntry(
            id=uuid.uuid4(),
            at=now,
            actor_user_id=actor_user_id,
            action=action,
            subject_type=subject.__tablename__,
            subject_id=subject.id,
            details=details,
        )
    )
