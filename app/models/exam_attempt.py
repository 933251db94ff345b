"""Sittings of an exam, and what was answered in them."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class AttemptStatus(enum.StrEnum):
    RUNNING = "running"
    SUBMITTED = "submitted"


class ExamAttempt(Base):
    """One sitting. `form` freezes which items, in which order, with which options, the person got.

    `breaks` is exams.breaks.Breaks as JSON, empty for whoever never had any.
    A failure that was waived counts for nothing; `waiver` keeps why, by whom and the evidence.
    `deadline_at` is empty when the person's time is unlimited. `exam` is the exam's name in exams/.
    """

    __tablename__ = "exam_attempt"
    __table_args__ = (
        Index(
            "uq_exam_attempt_running",
            "agent_id",
            unique=True,
            postgresql_where=text("status = 'running'"),
        ),
        CheckConstraint(
            "(waived_at IS NULL) = (waiver IS NULL) AND (waived_at IS NULL OR passed IS FALSE)",
            name="waiver_of_a_failure",
        ),
        Index(None, "agent_id", "exam", "started_at"),
    )

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    exam: Mapped[str]
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"))
    form: Mapped[dict[str, Any]]
    accommodation: Mapped[dict[str, Any]]
    breaks: Mapped[dict[str, Any] | None]
    status: Mapped[AttemptStatus] = mapped_column(text_enum(AttemptStatus, "status"))
    started_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime | None]
    submitted_at: Mapped[dt.datetime | None]
    percent: Mapped[int | None]
    passed: Mapped[bool | None]
    result: Mapped[dict[str, Any] | None]
    waived_at: Mapped[dt.datetime | None]
    waiver: Mapped[dict[str, Any] | None]


class ExamAnswer(Base):
    """The latest answer to one item. A save with an older sequence number changes nothing.

    `first_sequence` is that of the first answer: when it was made, in milliseconds since the start.
    """

    __tablename__ = "exam_answer"
    __table_args__ = (
        UniqueConstraint("attempt_id", "item_id"),
        CheckConstraint("sequence > 0", name="sequence_positive"),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_attempt.id"))
    item_id: Mapped[str]
    response: Mapped[dict[str, Any]]
    sequence: Mapped[int]
    first_sequence: Mapped[int | None]
    saved_at: Mapped[dt.datetime]
