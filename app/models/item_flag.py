"""What the answers say somebody should look at, item by item, and what they made of it."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class FlagState(enum.StrEnum):
    """Open until somebody looked: seen (waits for more answers), kept as it is, or the item is retired."""

    OPEN = "open"
    SEEN = "seen"
    KEPT = "kept"
    RETIRED = "retired"


class ItemFlag(Base):
    """One thing to look at in one version of an item: `kind` as in exams.bank_figures.FlagKind.

    `details` are the numbers of the last reckoning that found it. One that nobody decided goes when the
    numbers no longer say it.
    """

    __tablename__ = "item_flag"
    __table_args__ = (
        UniqueConstraint("item_id", "version", "kind"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_unless_open"),
        CheckConstraint("(state = 'open') = (reason IS NULL)", name="decided_with_reason"),
        Index(None, "state", "found_at"),
    )

    item_id: Mapped[str]
    version: Mapped[int]
    kind: Mapped[str]
    details: Mapped[dict[str, Any]]
    state: Mapped[FlagState] = mapped_column(text_enum(FlagState, "state"))
    found_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str | None]
