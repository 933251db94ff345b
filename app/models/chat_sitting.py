"""Chat simulations that are sat in an exam, and what the candidate did in them."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum
from exams.chat.play import LineKind


class ChatSitting(Base):
    """One play of a chat question in an attempt, on the terms that the person's needs ask for.

    What the consumers say is not stored: `exams.chat.play` gives it again from the lines.
    """

    __tablename__ = "chat_sitting"
    __table_args__ = (
        UniqueConstraint("attempt_id", "item_id"),
        CheckConstraint("pace BETWEEN 1 AND 20", name="pace_in_range"),
        CheckConstraint("at_once BETWEEN 1 AND 3", name="at_once_in_range"),
        CheckConstraint("language IN ('zh', 'en')", name="language_known"),
        CheckConstraint("ended_at >= started_at", name="ends_after_start"),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_attempt.id"))
    item_id: Mapped[str]
    script: Mapped[str]
    language: Mapped[str]
    pace: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    timed: Mapped[bool]
    at_once: Mapped[int]
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class ChatLine(Base):
    """One thing a candidate did: a message typed, a quick phrase, a conversation closed. Never changed.

    `made_at` is when the page says it was done; only `received_at` counts.
    """

    __tablename__ = "chat_line"
    __table_args__ = (
        UniqueConstraint("sitting_id", "sequence"),
        CheckConstraint("sequence > 0", name="sequence_positive"),
        CheckConstraint("char_length(text) <= 500", name="text_short"),
    )

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("chat_sitting.id"))
    sequence: Mapped[int]
    consumer: Mapped[str]
    kind: Mapped[LineKind] = mapped_column(text_enum(LineKind, "kind"))
    text: Mapped[str]
    received_at: Mapped[dt.datetime]
    made_at: Mapped[dt.datetime | None]
