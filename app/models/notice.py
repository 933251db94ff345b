"""What a person is told inside the site, and what they also want by mail."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class NoticeKind(enum.StrEnum):
    OFFER_MADE = "offer-made"
    OFFER_LAPSED = "offer-lapsed"
    SHIFT_CHANGED = "shift-changed"
    STANDBY_CALLED = "standby-called"
    CERTIFICATE_ISSUED = "certificate-issued"
    APPLICATION_DECIDED = "application-decided"
    BOOKING_HELD = "booking-held"
    BOOKING_CONFIRMED = "booking-confirmed"
    BOOKING_EXPIRED = "booking-expired"
    BOOKING_CANCELLED = "booking-cancelled"
    PAYMENT_RECEIVED = "payment-received"
    MATCH_FINISHED = "match-finished"
    ROTA_PUBLISHED = "rota-published"
    SEAT_UNSTAFFED = "seat-unstaffed"
    IMPORT_FINISHED = "import-finished"
    REFUND_DUE = "refund-due"
    MATCH_FAILED = "match-failed"
    CERTIFICATE_CHANGED = "certificate-changed"
    IDENTITY_DECIDED = "identity-decided"
    ATTEMPT_WAIVED = "attempt-waived"
    APPEAL_DECIDED = "appeal-decided"
    RESULT_QUESTIONED = "result-questioned"
    CERTIFICATE_EXPIRING = "certificate-expiring"


class Notice(Base):
    """One thing a person should know. `kind` and `params` become words in the reader's language."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "user_id", "created_at"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[NoticeKind] = mapped_column(text_enum(NoticeKind, "kind"))
    params: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]


class NoticePreference(Base):
    """Whether a person wants a kind of notice by mail too. No row means yes."""

    __tablename__ = "notice_preference"
    __table_args__ = (UniqueConstraint("user_id", "kind"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[NoticeKind] = mapped_column(text_enum(NoticeKind, "kind"))
    by_mail: Mapped[bool]
