"""Which lessons somebody has read."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class LessonReading(Base):
    """Somebody read a lesson to its end; `version` is the newest they read. Ids are those of the content."""

    __tablename__ = "lesson_reading"
    __table_args__ = (
        UniqueConstraint("agent_id", "lesson_id"),
        CheckConstraint("version > 0", name="version_positive"),
    )

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    lesson_id: Mapped[str]
    version: Mapped[int]
    read_at: Mapped[dt.datetime]
