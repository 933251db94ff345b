"""Remind people of certificates that are about to run out."""

from __future__ import annotations

from app import clock
from app.db import db, transaction
from app.services import outbox, renewals
from app.services.outbox import Claim

BATCH_SIZE = 100


def remind_of_expiry(claim: Claim) -> None:
    """Send every reminder that is due, a batch in each transaction: a worker that dies loses one batch."""
    while True:
        with transaction(db.session):
            outbox.hold_claim(db.session, claim)
            reminded = renewals.remind_of_expiry(
                db.session, now=clock.utc_now(), wall_now=clock.wall_now(), limit=BATCH_SIZE
            )
            if reminded < BATCH_SIZE:
                outbox.finish_message(db.session, claim, now=clock.wall_now())
                return
