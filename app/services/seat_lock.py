"""One at a time may fill the seats of a project in a slot, and one at a time may give a person shifts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.models import Agent


def lock_seats(session: Session, *, project_id: uuid.UUID, slot_id: uuid.UUID) -> None:
    """Wait for whoever fills seats here, and hold the lock until the transaction ends.

    Take it before any assignment's row: everybody does so in this order.
    """
    session.execute(select(func.pg_advisory_xact_lock(_key(project_id, slot_id))))


def try_lock_seats(session: Session, *, project_id: uuid.UUID, slot_id: uuid.UUID) -> bool:
    """Take the lock if nobody has it: for a second seat, where two who waited would wait for each other."""
    taken: bool = session.scalars(select(func.pg_try_advisory_xact_lock(_key(project_id, slot_id)))).one()
    return taken


def lock_people(session: Session, agent_ids: Sequence[uuid.UUID]) -> None:
    """Wait for whoever gives these people shifts, and hold them until the transaction ends.

    Rest, days and weeks reach over several shifts, so no constraint sees two new ones that come too close.
    Read what the people hold after this, take it after any seat's lock, and take all at once: in the order of
    ids nobody waits in a circle. The rows may still be referred to by others meanwhile.
    """
    session.execute(
        select(Agent.id).where(Agent.id.in_(agent_ids)).order_by(Agent.id).with_for_update(key_share=True)
    ).all()


def _key(project_id: uuid.UUID, slot_id: uuid.UUID) -> ColumnElement[int]:
    return func.hashtextextended(f"seats:{project_id}/{slot_id}", 0)
