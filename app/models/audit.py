"""Who did what and when. Rows are only ever added; a trigger refuses anything else."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class AuditEntry(Base):
    """One change of state. `actor_user_id` is empty when the system itself acted (a timer, a job)."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "subject_type", "subject_id", "at"),
    )

    at: Mapped[dt.datetime]
    actor_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    details: Mapped[dict[str, Any]]
