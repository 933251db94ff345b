"""The question bank's items as editors write them, and what the answers say about each."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class ItemState(enum.StrEnum):
    """A draft is one person's work; only an approved version is asked; a retired one marks old attempts."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETIRED = "retired"


class ItemVersion(Base):
    """One version of an item. `body` holds it under the names of the bank's files (exams.bank.write_body).

    A trigger keeps an approved or retired version as it is: attempts are marked by it for ever. A shipped
    item has a row only once it is retired. `note` is the reviewer's reason for sending back or retiring.
    """

    __tablename__ = "exam_item_version"
    __table_args__ = (
        UniqueConstraint("item_id", "version"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint(
            "state NOT IN ('approved', 'retired') OR decided_at IS NOT NULL", name="decided_when_approved"
        ),
        CheckConstraint("reviewer_id IS NULL OR reviewer_id <> author_id", name="four_eyes"),
        # One open version an item: two drafts of the same number could not both be approved.
        Index(
            "uq_exam_item_version_open",
            "item_id",
            unique=True,
            postgresql_where=text("state IN ('draft', 'in_review')"),
        ),
        Index(None, "state", "changed_at"),
    )

    item_id: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    topic: Mapped[str]
    kind: Mapped[str]
    difficulty: Mapped[str]
    state: Mapped[ItemState] = mapped_column(text_enum(ItemState, "state"))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    reviewer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    decided_at: Mapped[dt.datetime | None]


class ExamRevision(Base):
    """A mark that changes with what exams are made of: who holds a copy in memory compares it.

    `subject` says of what ("items"). A random mark and not a number: one that was rolled back never returns.
    """

    __tablename__ = "exam_revision"

    subject: Mapped[str] = mapped_column(unique=True)
    mark: Mapped[uuid.UUID]


class ItemFigure(Base):
    """What submitted attempts say about one version of an item, as of `computed_at`.

    a, b, c and their standard errors are the model's (exams.irt); None where the answers do not tell.
    `facility` is the mean share of the points, 0 to 1; `discrimination` the correlation with the rest, -1 to
    1; `exposure` the share of the attempts since its first use that had it. `options` are
    exams.distractors.Option by id; `flags` what somebody should look at (app.services.item_figures).
    """

    __tablename__ = "item_figure"
    __table_args__ = (UniqueConstraint("item_id", "version"),)

    item_id: Mapped[str]
    version: Mapped[int]
    model: Mapped[str | None]
    a: Mapped[float | None]
    b: Mapped[float | None]
    c: Mapped[float | None]
    se_a: Mapped[float | None]
    se_b: Mapped[float | None]
    se_c: Mapped[float | None]
    answers: Mapped[int]
    facility: Mapped[float | None]
    discrimination: Mapped[float | None]
    exposure: Mapped[float | None]
    options: Mapped[list[Any]]
    flags: Mapped[list[Any]]
    computed_at: Mapped[dt.datetime]
