"""Reads of accounts and of the codes that lead to them."""

from __future__ import annotations

import uuid

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import User, Verification


def find_user_by_contact(session: Session, contact: str) -> User | None:
    """Return the person with this normalised e-mail address or mobile number."""
    return session.scalar(select(User).where(or_(User.email == contact, User.mobile == contact)))


def find_verification(session: Session, verification_id: uuid.UUID) -> Verification | None:
    """Return a code's row in whatever state; an unknown or forgotten one is None."""
    return session.get(Verification, verification_id, populate_existing=True)
