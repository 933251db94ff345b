"""Reads of item versions that editors wrote, and of the figures of items."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import ItemFigure, ItemState, ItemVersion, User

OPEN = (ItemState.DRAFT, ItemState.IN_REVIEW)


def find_open_version(session: Session, item_id: str, *, lock: bool = False) -> ItemVersion | None:
    """Return the draft of an item, or its version in review, or None."""
    statement = select(ItemVersion).where(ItemVersion.item_id == item_id, ItemVersion.state.in_(OPEN))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def list_open_versions(session: Session) -> Sequence[ItemVersion]:
    """Return every draft and every version in review, by item."""
    return session.scalars(
        select(ItemVersion).where(ItemVersion.state.in_(OPEN)).order_by(ItemVersion.item_id, ItemVersion.id)
    ).all()


def list_versions(session: Session, item_id: str) -> Sequence[ItemVersion]:
    """Return the versions of an item that have a row, newest first."""
    return session.scalars(
        select(ItemVersion)
        .where(ItemVersion.item_id == item_id)
        .order_by(ItemVersion.version.desc(), ItemVersion.id)
    ).all()


def get_version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    """Return one version, or raise NotFoundError."""
    row = session.get(ItemVersion, version_id)
    if row is None:
        raise NotFoundError(f"item version {version_id}")
    return row


def count_in_review(session: Session) -> int:
    """Return how many versions wait for a second person."""
    return session.scalars(
        select(func.count()).select_from(ItemVersion).where(ItemVersion.state == ItemState.IN_REVIEW)
    ).one()


def name_users(session: Session, user_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Return the names of these accounts."""
    if not user_ids:
        return {}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return {row.id: row.name for row in rows}


def list_figures(session: Session, keys: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], ItemFigure]:
    """Return the figures of these (item id, version)."""
    if not keys:
        return {}
    rows = session.scalars(
        select(ItemFigure).where(tuple_(ItemFigure.item_id, ItemFigure.version).in_(list(keys)))
    )
    return {(row.item_id, row.version): row for row in rows}
