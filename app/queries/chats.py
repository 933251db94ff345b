"""Reads of simulated conversations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ChatLine, ChatSitting


def find_sitting(session: Session, attempt_id: uuid.UUID, *, item_id: str) -> ChatSitting | None:
    """Return the play of a chat question in an attempt, or None before its start."""
    return session.scalar(
        select(ChatSitting).where(ChatSitting.attempt_id == attempt_id, ChatSitting.item_id == item_id)
    )


def list_sittings(session: Session, attempt_id: uuid.UUID) -> Sequence[ChatSitting]:
    """Return the plays of an attempt."""
    return session.scalars(
        select(ChatSitting).where(ChatSitting.attempt_id == attempt_id).order_by(ChatSitting.item_id)
    ).all()


def list_lines(session: Session, sitting_id: uuid.UUID) -> Sequence[ChatLine]:
    """Return what the candidate did in a play, in order."""
    return session.scalars(
        select(ChatLine).where(ChatLine.sitting_id == sitting_id).order_by(ChatLine.sequence)
    ).all()
