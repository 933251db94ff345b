"""Reads of the mail and SMS that left, or did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.models import Message, MessageChannel

PAGE_ROWS = 30


def list_messages(
    session: Session, *, channel: MessageChannel | None, recipient: str | None, page: int
) -> Sequence[Message]:
    """Return one page of messages, newest first."""
    return session.scalars(
        _filtered(select(Message), channel=channel, recipient=recipient)
        .order_by(Message.created_at.desc(), Message.id)
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS)
    ).all()


def count_messages(session: Session, *, channel: MessageChannel | None, recipient: str | None) -> int:
    """Return how many messages there are."""
    statement = _filtered(select(func.count(Message.id)), channel=channel, recipient=recipient)
    total: int = session.scalars(statement).one()
    return total


def _filtered(
    statement: Select[*tuple[Any, ...]], *, channel: MessageChannel | None, recipient: str | None
) -> Select[*tuple[Any, ...]]:
    if channel is not None:
        statement = statement.where(Message.channel == channel)
    if recipient:
        statement = statement.where(Message.recipient.contains(recipient, autoescape=True))
    return statement
