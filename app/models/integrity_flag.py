"""Signs in an exam that a person looks at, and what that person decides."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, text_enum
from app.models.exam_attempt import ExamAttempt


class SignKind(enum.StrEnum):
    SPEED = "speed"
    SIMILARITY = "similarity"


class SignState(enum.StrEnum):
    """RETEST: the person was asked to confirm the result. VOID: the result does not count."""

    OPEN = "open"
    CLEARED = "cleared"
    RETEST = "retest"
    VOID = "void"


class RetestOutcome(enum.StrEnum):
    """AGREES closes the matter by itself; the other two go back to the reviewer."""

    AGREES = "agrees"
    DIFFERS = "differs"
    MISSED = "missed"


class IntegrityFlag(Base):
    """One sign about one attempt. `evidence` keeps the figures of the moment it was raised.

    A pair of people is two rows: each is decided about alone. Nothing happens to anybody by a row: a reviewer
    decides, with a reason. `retest` keeps the comparison of the two results.
    """

    __tablename__ = "integrity_flag"
    __table_args__ = (
        CheckConstraint("(kind = 'similarity') = (other_attempt_id IS NOT NULL)", name="pair_named"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_when_not_open"),
        CheckConstraint("state = 'open' OR reason IS NOT NULL", name="decision_has_reasons"),
        CheckConstraint("state <> 'retest' OR retest_by IS NOT NULL", name="retest_has_a_day"),
        Index("uq_integrity_flag_speed", "attempt_id", unique=True, postgresql_where=text("kind = 'speed'")),
        Index(
            "uq_integrity_flag_pair",
            "attempt_id",
            "other_attempt_id",
            unique=True,
            postgresql_where=text("kind = 'similarity'"),
        ),
        Index(None, "state", "raised_at"),
        Index(None, "retest_attempt_id"),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_attempt.id"))
    other_attempt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("exam_attempt.id"))
    kind: Mapped[SignKind] = mapped_column(text_enum(SignKind, "kind"))
    p: Mapped[float]
    evidence: Mapped[dict[str, Any]]
    state: Mapped[SignState] = mapped_column(text_enum(SignState, "state"))
    raised_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str | None]
    retest_by: Mapped[dt.datetime | None]
    retest_attempt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("exam_attempt.id"))
    outcome: Mapped[RetestOutcome | None] = mapped_column(text_enum(RetestOutcome, "outcome"))
    retest: Mapped[dict[str, Any] | None]

    attempt: Mapped[ExamAttempt] = relationship(lazy="raise_on_sql", foreign_keys=[attempt_id])


class ExamWatch(Base):
    """What is known of an exam's recent forms: `shares` says on what part of them each item stood.

    `looked_until` is the end of the latest attempt that was looked at for signs, `looked_at` when that was.
    """

    __tablename__ = "exam_watch"

    exam: Mapped[str] = mapped_column(unique=True)
    shares: Mapped[dict[str, Any]]
    counted_at: Mapped[dt.datetime]
    looked_at: Mapped[dt.datetime | None]
    looked_until: Mapped[dt.datetime | None]
