"""The people who answer, and when they can."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, text_enum
from app.models.user import User


class AgentStatus(enum.StrEnum):
    """Where a person stands on the ladder; CERTIFIED means at least one project certificate."""

    NEW = "new"
    IN_POOL = "in-pool"
    CERTIFIED = "certified"
    LEFT = "left"


class Agent(Base):
    """One agent. `standing` is the score 0-100 that the matcher adds for quality and reliability.

    Nobody is given a shift before `identity_confirmed_at`. Until `minor_until`, the eighteenth birthday, a
    minor's hours are limited (app/minor_rules.py); empty for adults.
    """

    __tablename__ = "agent"
    __table_args__ = (
        CheckConstraint("standing BETWEEN 0 AND 100", name="standing_in_range"),
        Index(
            "ix_agent_record",
            "shifts_worked",
            "shifts_missed",
            postgresql_where=text("shifts_worked + shifts_missed > 0"),
        ),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), unique=True)
    region: Mapped[str]
    recruited_by: Mapped[str] = mapped_column(default="self")
    status: Mapped[AgentStatus] = mapped_column(text_enum(AgentStatus, "status"), index=True)
    standing: Mapped[int] = mapped_column(default=60)
    shifts_worked: Mapped[int] = mapped_column(default=0)
    shifts_missed: Mapped[int] = mapped_column(default=0)
    calendar_token: Mapped[str] = mapped_column(unique=True)
    joined_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]
    identity_confirmed_at: Mapped[dt.datetime | None]
    minor_until: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class Availability(Base):
    """A stretch of time in which an agent is willing to work, with a preference from 0 to 10 points."""

    __tablename__ = "availability"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("preference BETWEEN 0 AND 10", name="preference_in_range"),
        Index(None, "agent_id", "starts_at"),
        ExcludeConstraint(
            (text("agent_id"), "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_availability_agent_time",
            using="gist",
        ),
    )

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    preference: Mapped[int] = mapped_column(default=0)
