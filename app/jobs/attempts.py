"""Hand in the exams whose time is over."""

from __future__ import annotations

import structlog

from app import clock
from app.db import db, transaction
from app.queries.attempts import list_overdue_attempts
from app.services import attempts, item_bank, outbox
from app.services.outbox import Claim

logger = structlog.get_logger(__name__)

BATCH_SIZE = 500


def close_attempts(claim: Claim) -> None:
    """Submit every attempt that is overdue. One that cannot be marked does not keep back the others.

    Each is saved under the claim on its own; a second run finds nothing left to do.
    """
    with transaction(db.session):
        overdue = list_overdue_attempts(db.session, now=clock.utc_now(), limit=BATCH_SIZE)
    for attempt_id in overdue:
        try:
            with transaction(db.session):
                outbox.hold_claim(db.session, claim)
                attempts.submit_overdue(
                    db.session,
                    attempt_id=attempt_id,
                    bank=item_bank.current_bank(db.session),
                    now=clock.utc_now(),
                    wall_now=clock.wall_now(),
                )
        except (KeyError, ValueError):
            # The bank lacks an item of the form, or a stored answer has no shape: somebody has to look.
            logger.exception("attempt cannot be marked", attempt_id=str(attempt_id))
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
