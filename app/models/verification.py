"""Codes sent to an e-mail address or a mobile number to prove that it is the person's."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class VerificationPurpose(enum.StrEnum):
    SIGN_UP = "sign-up"
    RESET_PASSWORD = "reset-password"


class Verification(Base):
    """A code on its way; only its hash is stored."""

    __tablename__ = "verification"
    __table_args__ = (Index(None, "contact", "purpose", "created_at"),)

    contact: Mapped[str]
    purpose: Mapped[VerificationPurpose] = mapped_column(text_enum(VerificationPurpose, "purpose"))
    code_hash: Mapped[str]
    tries_left: Mapped[int] = mapped_column(default=5)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
