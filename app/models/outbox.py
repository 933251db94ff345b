"""Work promised by a committed transaction, until it is done."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class Topic(enum.StrEnum):
    DELIVER_MESSAGE = "deliver-message"
    RUN_MATCH = "run-match"
    PUBLISH_ROTA = "publish-rota"
    REFILL_SEAT = "refill-seat"
    IMPORT_CONTACTS = "import-contacts"
    EXPIRE_HOLDS = "expire-holds"
    LAPSE_OFFERS = "lapse-offers"
    WATCH_ATTENDANCE = "watch-attendance"
    CLOSE_ATTEMPTS = "close-attempts"
    REFRESH_COVER = "refresh-cover"
    PROVE_BADGE = "prove-badge"
    REMIND_OF_EXPIRY = "remind-of-expiry"
    COMPUTE_FIGURES = "compute-figures"
    WATCH_EXAMS = "watch-exams"


class OutboxMessage(Base):
    """A promise of work. The row is the truth: the queue only carries its id, and may lose or repeat it.

    `attempt` is the fence: a worker saves only while the row still carries the number it claimed.
    Times here are wall-clock times, not the business's (see app/clock.py).
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index(
            "ix_outbox_message_waiting",
            "available_at",
            "created_at",
            postgresql_where=text("dispatched_at IS NULL AND done_at IS NULL AND dead_at IS NULL"),
        ),
        Index(
            "ix_outbox_message_sent",
            "dispatched_at",
            postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
        ),
    )

    topic: Mapped[Topic] = mapped_column(text_enum(Topic, "topic"))
    payload: Mapped[dict[str, Any]]
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime]
    available_at: Mapped[dt.datetime]
    dispatched_at: Mapped[dt.datetime | None]
    dispatches: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[dt.datetime | None]
    done_at: Mapped[dt.datetime | None]
    dead_at: Mapped[dt.datetime | None]
    failure: Mapped[str | None]
