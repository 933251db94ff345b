"""What happens to offers and shifts without anybody pressing a button."""

from __future__ import annotations

import uuid

from app import clock
from app.db import db, transaction
from app.errors import NoSubstituteError
from app.services import assignments, outbox, refills
from app.services.outbox import Claim


def refill_seat(claim: Claim, *, assignment_id: str) -> None:
    """Find somebody else for a seat, or tell operations that there is nobody."""
    seat_id = uuid.UUID(assignment_id)
    try:
        with transaction(db.session):
            outbox.finish_message(db.session, claim, now=clock.wall_now())
            refills.refill_seat(db.session, seat_id, actor_user_id=None, now=clock.utc_now())
    except NoSubstituteError:
        with transaction(db.session):
            outbox.finish_message(db.session, claim, now=clock.wall_now())
            refills.report_unstaffed(db.session, seat_id, now=clock.utc_now())


def lapse_offers(claim: Claim) -> None:
    """Close offers whose time is over."""
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
        assignments.lapse_offers(db.session, now=clock.utc_now(), wall_now=clock.wall_now())


def watch_attendance(claim: Claim) -> None:
    """Mark who has not come, and finish what is over."""
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
        assignments.watch_attendance(db.session, now=clock.utc_now(), wall_now=clock.wall_now())
