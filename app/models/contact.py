"""Conversations with consumers, and the files they were imported from."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class ContactChannel(enum.StrEnum):
    CHAT = "chat"
    CALL = "call"


class Contact(Base):
    """One conversation. `first_manual_seconds` is the wait for the first reply that a human wrote.

    `external_id` is the source's own name for it: the same one imported again replaces the row.
    """

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("project_id", "external_id"),
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction_in_range"),
        CheckConstraint("messages_in >= 0 AND messages_out >= 0", name="messages_not_negative"),
        Index(None, "agent_id", "started_at"),
        Index(None, "project_id", "started_at"),
        Index(None, "merchant_id", "started_at"),
        Index(None, "import_id"),
        # Contacts come in roughly by time, so a small index of ranges finds the last days.
        Index("ix_contact_started_at", "started_at", postgresql_using="brin"),
    )

    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchant.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agent.id"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contact_import.id"))
    external_id: Mapped[str]
    channel: Mapped[ContactChannel] = mapped_column(text_enum(ContactChannel, "channel"))
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    first_manual_seconds: Mapped[int | None]
    messages_in: Mapped[int]
    messages_out: Mapped[int]
    handoffs: Mapped[int] = mapped_column(default=0)
    satisfaction: Mapped[int | None]
    resolved: Mapped[bool | None]
    ordered: Mapped[bool | None]


class ImportStatus(enum.StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class ContactImport(Base):
    """One uploaded file and what became of it. REFUSED means: it had faults, and nothing was taken in.

    `started_on` is the day of contacts whose source tells no times; `started_at` is when the reading began.
    """

    __tablename__ = "contact_import"
    __table_args__ = (Index(None, "created_at", "id"),)

    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    uploaded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    file_name: Mapped[str]
    file_format: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    skip_faulty_rows: Mapped[bool] = mapped_column(default=False)
    status: Mapped[ImportStatus] = mapped_column(text_enum(ImportStatus, "status"))
    rows_total: Mapped[int | None]
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_imported: Mapped[int] = mapped_column(default=0)
    faults_total: Mapped[int] = mapped_column(default=0)
    started_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class ImportFault(Base):
    """One fault of one line. `code` and `params` become a sentence in the reader's language."""

    __tablename__ = "import_fault"
    __table_args__ = (Index(None, "import_id", "line"),)

    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact_import.id"))
    line: Mapped[int]
    column: Mapped[str]
    code: Mapped[str]
    params: Mapped[dict[str, Any]]
