"""What somebody says against a decision about them, and the answer."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.agent import Agent
from app.models.base import Base, text_enum
from app.models.user import User


class AppealKind(enum.StrEnum):
    """What is appealed. The subject is an attempt, a sign in an exam, a certificate (twice), a trial."""

    EXAM_RESULT = "exam-result"
    INTEGRITY = "integrity"
    SUSPENSION = "suspension"
    REVOCATION = "revocation"
    TRIAL = "trial"


class AppealState(enum.StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


class Appeal(Base):
    """One appeal of one decision: there is no second of the same.

    `subject_decided_at` tells two suspensions of one certificate apart. `first_decider_id` is empty where the
    system decided, as an exam is marked; otherwise somebody else answers.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "subject_decided_at"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_when_not_open"),
        CheckConstraint(
            "state = 'open' OR (answer IS NOT NULL AND decided_by IS NOT NULL)", name="answer_has_reasons"
        ),
        CheckConstraint("decided_by <> first_decider_id", name="another_person_decides"),
        Index(None, "agent_id", "submitted_at"),
        Index(None, "state", "submitted_at"),
    )

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    kind: Mapped[AppealKind] = mapped_column(text_enum(AppealKind, "kind"))
    subject_id: Mapped[uuid.UUID]
    subject_decided_at: Mapped[dt.datetime]
    first_decider_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str]
    state: Mapped[AppealState] = mapped_column(text_enum(AppealState, "state"))
    submitted_at: Mapped[dt.datetime]
    answer: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))

    agent: Mapped[Agent] = relationship(lazy="raise_on_sql")
    first_decider: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[first_decider_id])
