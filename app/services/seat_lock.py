"""One at a time may fill the seats of a project in a slot, so that no seat gets two people."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def lock_seats(session: Session, *, project_id: uuid.UUID, slot_id: uuid.UUID) -> None:
    """Wait for whoever fills seats here, and hold the lock until the transaction ends.

    Take it before any assignment's row: everybody does so in this order.
    """
    key = f"seats:{project_id}/{slot_id}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
