"""People who can sign in, and the sign-ins they have open."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, text_enum


class Role(enum.StrEnum):
    AGENT = "agent"
    MERCHANT = "merchant"
    OPERATIONS = "operations"


class User(Base):
    """One person with one role. Reached by e-mail or by mobile number; both are stored normalised."""

    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint("email IS NOT NULL OR mobile IS NOT NULL", name="reachable"),)

    name: Mapped[str]
    role: Mapped[Role] = mapped_column(text_enum(Role, "role"))
    email: Mapped[str | None] = mapped_column(unique=True)
    mobile: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str]
    locale: Mapped[str] = mapped_column(default="zh")
    large_text: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]


class UserSession(Base):
    """One sign-in. The cookie holds a random token; only its SHA-256 is stored."""

    __tablename__ = "user_session"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    device: Mapped[str]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")
