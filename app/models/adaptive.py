"""Adaptive exams: calibrations, which of them holds, how often items were seen, and single sittings."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Calibration(Base):
    """Item parameters as they were taken in; never changed afterwards.

    `figures` is {"items": [exams.adaptive_exam.ItemFigures as JSON]}. `model` and `people` are empty where
    the file does not say. `source` is the file's name, empty where the figures are from our own attempts.
    """

    __tablename__ = "calibration"
    __table_args__ = (UniqueConstraint("number"), CheckConstraint("number > 0", name="number_positive"))

    number: Mapped[int]
    source: Mapped[str]
    model: Mapped[str | None]
    people: Mapped[int | None]
    figures: Mapped[dict[str, Any]]
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[dt.datetime]


class ExamSetting(Base):
    """How an exam is held from `decided_at` on: the one with the highest number holds.

    `plan` is exams.adaptive_exam.Plan as JSON and `forecast` its Forecast; both are empty, like the
    calibration, where the exam is a fixed form.
    """

    __tablename__ = "exam_setting"
    __table_args__ = (
        UniqueConstraint("exam", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(
            "(calibration_id IS NULL) = (plan IS NULL) AND (plan IS NULL) = (forecast IS NULL)",
            name="plan_with_calibration",
        ),
    )

    exam: Mapped[str]
    number: Mapped[int]
    calibration_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("calibration.id"))
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    forecast: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[dt.datetime]


class ItemExposure(Base):
    """The counts of exams.irt.adaptive.Exposure over the finished attempts under a setting.

    Kept as a whole and brought up to date now and then, so that a start reads one row.
    """

    __tablename__ = "item_exposure"
    __table_args__ = (UniqueConstraint("setting_id"),)

    setting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_setting.id"))
    counts: Mapped[dict[str, Any]]
    real_attempts: Mapped[int]
    counted_at: Mapped[dt.datetime]


class AdaptiveSitting(Base):
    """What an adaptive attempt needs to go on: all of it frozen at its start, but for the answers.

    `plan` is exams.adaptive_exam.Plan as JSON, `usable` the items it may be given, `answers` pairs of item
    and right (1) or wrong (0) in order. `counted` says that the exposure counts have it.
    """

    __tablename__ = "adaptive_sitting"
    __table_args__ = (
        UniqueConstraint("attempt_id"),
        Index(
            "ix_adaptive_sitting_uncounted",
            "setting_id",
            postgresql_where=text("ended_at IS NOT NULL AND NOT counted"),
        ),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_attempt.id"))
    setting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_setting.id"))
    plan: Mapped[dict[str, Any]]
    usable: Mapped[list[Any]]
    answers: Mapped[list[Any]]
    ended_at: Mapped[dt.datetime | None]
    counted: Mapped[bool]
