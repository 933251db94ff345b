"""The first, supervised shift in a project, and what its supervisor found."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, text_enum
from app.models.project import ProjectApplication
from app.models.user import User


class TrialStatus(enum.StrEnum):
    """AGAIN: not yet, another trial follows. MOVED: another time was set before it began."""

    SCHEDULED = "scheduled"
    PASSED = "passed"
    AGAIN = "again"
    FAILED = "failed"
    MOVED = "moved"


class TrialShift(Base):
    """One trial shift of an application. `scores` says how each criterion went (app/trial_rules.py)."""

    __tablename__ = "trial_shift"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("(status = 'scheduled') = (decided_at IS NULL)", name="decided_when_over"),
        CheckConstraint(
            "status IN ('scheduled', 'moved') OR (scores IS NOT NULL AND remarks IS NOT NULL)",
            name="verdict_has_reasons",
        ),
        Index(
            "uq_trial_shift_scheduled",
            "application_id",
            unique=True,
            postgresql_where=text("status = 'scheduled'"),
        ),
        Index(None, "application_id", "starts_at"),
    )

    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project_application.id"))
    supervisor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[TrialStatus] = mapped_column(text_enum(TrialStatus, "status"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    scores: Mapped[dict[str, Any] | None]
    remarks: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None]

    application: Mapped[ProjectApplication] = relationship(lazy="raise_on_sql")
    supervisor: Mapped[User] = relationship(lazy="raise_on_sql")
