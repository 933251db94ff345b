"""Reads of the items that somebody should look at."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import FlagState, ItemFlag

PAGE_ROWS = 25


def list_flags(session: Session, *, state: FlagState, page: int) -> Sequence[ItemFlag]:
    """Return a page of the flags in a state, the oldest first."""
    return session.scalars(
        select(ItemFlag)
        .where(ItemFlag.state == state)
        .order_by(ItemFlag.found_at, ItemFlag.item_id, ItemFlag.id)
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS)
    ).all()


def count_flags(session: Session, *, state: FlagState) -> int:
    """Return how many flags are in a state."""
    return session.scalars(select(func.count()).select_from(ItemFlag).where(ItemFlag.state == state)).one()


def list_flags_of(session: Session, item_id: str, *, version: int) -> Sequence[ItemFlag]:
    """Return the flags of one version of an item."""
    return session.scalars(
        select(ItemFlag)
        .where(ItemFlag.item_id == item_id, ItemFlag.version == version)
        .order_by(ItemFlag.kind, ItemFlag.id)
    ).all()


def get_flag(session: Session, flag_id: uuid.UUID) -> ItemFlag:
    """Return one flag, or raise NotFoundError."""
    flag = session.get(ItemFlag, flag_id)
    if flag is None:
        raise NotFoundError(f"flag {flag_id}")
    return flag
