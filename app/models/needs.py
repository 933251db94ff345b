"""What helps an agent. Needs are rules for the matcher and the exams; facts about health are kept apart."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class AgentNeeds(Base):
    """One row a person: what the work and the exams must respect. No diagnosis, no reason.

    `max_weekends` counts those of one season; None: any number.
    """

    __tablename__ = "agent_needs"
    __table_args__ = (
        CheckConstraint("max_day_minutes BETWEEN 60 AND 720", name="max_day_minutes_in_range"),
        CheckConstraint("max_stretch_minutes BETWEEN 60 AND 720", name="max_stretch_minutes_in_range"),
        CheckConstraint("min_rest_minutes BETWEEN 0 AND 2880", name="min_rest_minutes_in_range"),
        CheckConstraint("max_week_minutes BETWEEN 60 AND 3600", name="max_week_minutes_in_range"),
        CheckConstraint("max_consecutive_days BETWEEN 1 AND 14", name="max_consecutive_days_in_range"),
        CheckConstraint(
            "min_consecutive_days BETWEEN 1 AND max_consecutive_days", name="min_consecutive_days_in_range"
        ),
        CheckConstraint("min_days_off BETWEEN 1 AND 7", name="min_days_off_in_range"),
        CheckConstraint("max_weekends BETWEEN 0 AND 10", name="max_weekends_in_range"),
        CheckConstraint("max_concurrent BETWEEN 1 AND 8", name="max_concurrent_in_range"),
        CheckConstraint("exam_time_multiplier BETWEEN 1 AND 5", name="exam_time_multiplier_in_range"),
        CheckConstraint("exam_extra_minutes BETWEEN 0 AND 600", name="exam_extra_minutes_in_range"),
        CheckConstraint("exam_breaks BETWEEN 0 AND 10", name="exam_breaks_in_range"),
        CheckConstraint("exam_break_minutes BETWEEN 0 AND 60", name="exam_break_minutes_in_range"),
    )

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"), unique=True)
    text_only: Mapped[bool] = mapped_column(default=False)
    one_hand: Mapped[bool] = mapped_column(default=False)
    screen_reader: Mapped[bool] = mapped_column(default=False)
    max_day_minutes: Mapped[int] = mapped_column(default=480)
    max_stretch_minutes: Mapped[int] = mapped_column(default=480)
    min_rest_minutes: Mapped[int] = mapped_column(default=660)
    max_week_minutes: Mapped[int] = mapped_column(default=2400)
    max_consecutive_days: Mapped[int] = mapped_column(default=6)
    min_consecutive_days: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    min_days_off: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    max_weekends: Mapped[int | None]
    max_concurrent: Mapped[int] = mapped_column(default=4)
    break_minutes_an_hour: Mapped[int] = mapped_column(default=0)
    response_allowance: Mapped[Decimal] = mapped_column(Numeric(3, 1), default=Decimal("1.0"))
    exam_time_multiplier: Mapped[Decimal] = mapped_column(Numeric(3, 2), default=Decimal("1.00"))
    exam_time_unlimited: Mapped[bool] = mapped_column(default=False)
    exam_extra_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    exam_breaks: Mapped[int] = mapped_column(default=0, server_default="0")
    exam_break_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    updated_at: Mapped[dt.datetime]


class DisabilityFact(Base):
    """What a person chose to tell us about their health: each field encrypted (AES-GCM, row id as AAD)."""

    __tablename__ = "disability_fact"
    __table_args__ = (UniqueConstraint("agent_id", "field"),)

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    field: Mapped[str]
    key_id: Mapped[str]
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime]


class ConsentPurpose(enum.StrEnum):
    NEEDS_IN_MATCHING = "needs-in-matching"
    DISABILITY_FACTS = "disability-facts"
    NAME_ON_CERTIFICATES = "name-on-certificates"


class Consent(Base):
    """A yes to one use of personal facts, until it is withdrawn."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "agent_id", "purpose"),)

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(text_enum(ConsentPurpose, "purpose"))
    given_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]


class DisclosureEntry(Base):
    """Somebody read a disability fact: who, of whom, which, why. Only ever added to."""

    __tablename__ = "disclosure_entry"
    __table_args__ = (Index(None, "agent_id", "at"),)

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    reader_user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    field: Mapped[str]
    reason: Mapped[str]
    at: Mapped[dt.datetime]
