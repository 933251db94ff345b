"""Who somebody is, as they said it, until somebody has looked."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class IdentityStatus(enum.StrEnum):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class IdentitySource(enum.StrEnum):
    """Who decides. BEFORE: the person worked here before identities were kept; their row only says so."""

    REVIEW = "review"
    SANDBOX = "sandbox"
    BEFORE = "before"


class IdentityCheck(Base):
    """One asking of somebody to be known by name, birth date and document.

    What was written is encrypted (AES-GCM, row id as AAD) and deleted with the decision: afterwards the row
    keeps only that, when, by whom and, for a no, why.
    """

    __tablename__ = "identity_check"
    __table_args__ = (
        CheckConstraint("(status = 'waiting') = (ciphertext IS NOT NULL)", name="details_until_decided"),
        CheckConstraint("(ciphertext IS NULL) = (key_id IS NULL)", name="key_named"),
        CheckConstraint("(status = 'waiting') = (decided_at IS NULL)", name="decided_when_not_waiting"),
        CheckConstraint("status <> 'refused' OR reason IS NOT NULL", name="refused_with_reason"),
        Index(
            "uq_identity_check_waiting", "agent_id", unique=True, postgresql_where=text("status = 'waiting'")
        ),
        Index(None, "agent_id", "submitted_at"),
        Index(None, "status", "submitted_at"),
    )

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    status: Mapped[IdentityStatus] = mapped_column(text_enum(IdentityStatus, "status"))
    source: Mapped[IdentitySource] = mapped_column(text_enum(IdentitySource, "source"))
    key_id: Mapped[str | None]
    ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    submitted_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str | None]
