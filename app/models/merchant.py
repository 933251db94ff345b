"""Organisations that book seats, and their people."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, text_enum
from app.models.user import User


class Merchant(Base):
    __tablename__ = "merchant"

    name: Mapped[str]
    region: Mapped[str]
    created_at: Mapped[dt.datetime]


class MemberRole(enum.StrEnum):
    OWNER = "owner"
    MEMBER = "member"


class Membership(Base):
    """A person of a merchant. One person belongs to one merchant."""

    __tablename__ = "membership"

    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchant.id"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), unique=True)
    role: Mapped[MemberRole] = mapped_column(text_enum(MemberRole, "role"))

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(lazy="raise_on_sql")
