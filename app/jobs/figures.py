"""Reckon every night what the answers say about the items of the bank."""

from __future__ import annotations

from app import clock
from app.db import db, transaction
from app.services import item_figures, outbox
from app.services.item_bank import current_bank
from app.services.outbox import Claim
from exams.bank_figures import compute_figures as compute


def compute_figures(claim: Claim, *, asked: str = "") -> None:
    """Reckon anew when the night's reckoning is due, or when somebody `asked`; else do nothing."""
    now = clock.wall_now()
    with transaction(db.session):
        due = bool(asked) or item_figures.is_due(db.session, wall_now=now)
        sittings = item_figures.read_sittings(db.session) if due else []
        bank = current_bank(db.session)
    # Seconds of computing, with no transaction open.
    figures = compute(sittings, bank)
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
        if due:
            item_figures.save_figures(db.session, figures, wall_now=now)
