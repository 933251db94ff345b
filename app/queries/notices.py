"""Reads of what people were told."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Notice, NoticeKind, NoticePreference


def list_notices(session: Session, *, user_id: uuid.UUID, limit: int, offset: int = 0) -> Sequence[Notice]:
    """Return a person's notices, newest first."""
    return session.scalars(
        select(Notice)
        .where(Notice.user_id == user_id)
        .order_by(Notice.created_at.desc(), Notice.id)
        .limit(limit)
        .offset(offset)
    ).all()


def count_unread(session: Session, *, user_id: uuid.UUID) -> int:
    """Return how many of a person's notices were not read yet."""
    return session.scalars(
        select(func.count()).select_from(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    ).one()


def list_declined_kinds(session: Session, *, user_id: uuid.UUID) -> Sequence[NoticeKind]:
    """Return the kinds of notices that a person does not want by mail."""
    return session.scalars(
        select(NoticePreference.kind)
        .where(NoticePreference.user_id == user_id, NoticePreference.by_mail.is_(False))
        .order_by(NoticePreference.kind)
    ).all()
