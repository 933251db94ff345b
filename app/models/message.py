"""Mail and SMS on their way to people outside the site."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class MessageChannel(enum.StrEnum):
    MAIL = "mail"
    SMS = "sms"


class MessageStatus(enum.StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Message(Base):
    """One mail or SMS. The row is kept, so that operations can see what was said and when it left."""

    __tablename__ = "message"
    __table_args__ = (Index(None, "created_at", "id"),)

    channel: Mapped[MessageChannel] = mapped_column(text_enum(MessageChannel, "channel"))
    recipient: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    body: Mapped[str]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[MessageStatus] = mapped_column(
        text_enum(MessageStatus, "status"), default=MessageStatus.WAITING
    )
    failure: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]
