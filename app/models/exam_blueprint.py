"""What exams are made of, as editors change it over the blueprints we ship."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class BlueprintState(enum.StrEnum):
    """The newest approved version counts; those before it stay to be read."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"


class BlueprintVersion(Base):
    """One version of an exam's blueprint (`body` as exams.blueprint_check.write_blueprint).

    Attempts carry their form with minutes and pass mark, so a version touches nobody who has begun.
    """

    __tablename__ = "exam_blueprint_version"
    __table_args__ = (
        UniqueConstraint("exam", "version"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("reviewer_id IS NULL OR reviewer_id <> author_id", name="four_eyes"),
        CheckConstraint(
            "state <> 'approved' OR (reviewer_id IS NOT NULL AND decided_at IS NOT NULL)",
            name="approved_by_somebody",
        ),
        Index(
            "uq_exam_blueprint_version_open",
            "exam",
            unique=True,
            postgresql_where=text("state IN ('draft', 'in_review')"),
        ),
    )

    exam: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    state: Mapped[BlueprintState] = mapped_column(text_enum(BlueprintState, "state"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    reviewer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str | None]
    changed_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
