"""Reckon anew how likely seats are to be worked: people answer, give shifts up and leave all the time."""

from __future__ import annotations

from flask import current_app

from app import clock
from app.db import db, transaction
from app.services import outbox, seat_covers
from app.services.outbox import Claim


def refresh_cover(claim: Claim) -> None:
    """Bring the covers of every season that is not over up to date, each in a transaction of its own."""
    for run in seat_covers.list_runs_to_refresh(db.session, now=clock.utc_now()):
        with transaction(db.session):
            outbox.hold_claim(db.session, claim)
            seat_covers.refresh_covers(
                db.session, run, target=current_app.config["COVER_TARGET"], now=clock.utc_now()
            )
        db.session.close()
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
