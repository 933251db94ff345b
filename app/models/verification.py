"""Codes sent to an e-mail address or a mobile number to prove that it is the person's."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class VerificationPurpose(enum.StrEnum):
    SIGN_UP = "sign-up"
    RESET_PASSWORD = "reset-password"


class Verification(Base):
    """A code on its way; only its hash is stored.

    `details` keeps what was typed on the page that asked for the code, until the account is made. The code
    was typed correctly at `confirmed_at`; from then on `expires_at` is the time to choose a password by.
    """

    __tablename__ = "verification"
    __table_args__ = (Index(None, "contact", "purpose", "created_at"),)

    contact: Mapped[str]
    purpose: Mapped[VerificationPurpose] = mapped_column(text_enum(VerificationPurpose, "purpose"))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    code_hash: Mapped[str]
    tries_left: Mapped[int] = mapped_column(default=5)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    confirmed_at: Mapped[dt.datetime | None]
    used_at: Mapped[dt.datetime | None]
