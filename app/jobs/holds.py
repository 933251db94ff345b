"""Give back the seats of holds whose time is over."""

from __future__ import annotations

from app import clock
from app.db import db, transaction
from app.services import bookings, outbox
from app.services.outbox import Claim

# Few enough that their cells are locked for a moment only.
BATCH_SIZE = 50


def expire_holds(claim: Claim) -> None:
    """Expire everything that is due, a batch in each transaction. A worker that dies loses only its batch."""
    while True:
        with transaction(db.session):
            outbox.hold_claim(db.session, claim)
            expired = bookings.expire_due_holds(
                db.session, now=clock.utc_now(), wall_now=clock.wall_now(), limit=BATCH_SIZE
            )
            if expired < BATCH_SIZE:
                outbox.finish_message(db.session, claim, now=clock.wall_now())
                return
