"""Item parameters as the answers of our own attempts give them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ItemFigure
from exams.adaptive_exam import ItemFigures


def list_parameters(session: Session) -> list[ItemFigures]:
    """Return the newest parameters of each version of an item for which the answers tell any."""
    rows = session.scalars(
        select(ItemFigure)
        .where(ItemFigure.a.is_not(None), ItemFigure.b.is_not(None))
        .order_by(ItemFigure.item_id, ItemFigure.version)
    )
    return [
        ItemFigures(item_id=row.item_id, version=row.version, a=row.a, b=row.b, c=row.c or 0.0)
        for row in rows
        if row.a is not None and row.b is not None
    ]
