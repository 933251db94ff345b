"""One at a time may fill the seats of a project in a slot, and one at a time may give a person shifts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from psycopg.errors import LockNotAvailable
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.models import Agent

PATIENCE = "300ms"


def lock_seats(session: Session, *, project_id: uuid.UUID, slot_id: uuid.UUID) -> None:
    """Wait for whoever fills seats here, and hold the lock until the transaction ends.

    Take it before any assignment's row: everybody does so in this order.
    """
    key = f"seats:{project_id}/{slot_id}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def try_lock_seats(session: Session, *, project_id: uuid.UUID, slot_id: uuid.UUID) -> bool:
    """Take the lock of a second seat, waiting only as long as one refill takes: two who held a seat each and
    waited for the other's would wait for ever. Returns whether it was taken.
    """
    try:
        with session.begin_nested():
            session.execute(select(func.set_config("lock_timeout", PATIENCE, True)))
            lock_seats(session, project_id=project_id, slot_id=slot_id)
            session.execute(select(func.set_config("lock_timeout", "0", True)))
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        return False
    return True


def lock_people(session: Session, agent_ids: Sequence[uuid.UUID]) -> None:
    """Wait for whoever gives these people shifts, and hold them until the transaction ends.

    Rest, days and weeks reach over several shifts, so no constraint sees two new ones that come too close.
    Read what the people hold after this, take it after any seat's lock, and take all at once: in the order of
    ids nobody waits in a circle. The rows may still be referred to by others meanwhile.
    """
    session.execute(
        select(Agent.id).where(Agent.id.in_(agent_ids)).order_by(Agent.id).with_for_update(key_share=True)
    ).all()
