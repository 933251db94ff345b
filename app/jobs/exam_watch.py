"""Keep an eye on exams: count what is shown, compare confirmations, and look for signs for a reviewer."""

from __future__ import annotations

import structlog

from app import clock
from app.db import db, transaction
from app.queries.integrity import list_due_retests
from app.services import integrity_checks, integrity_reviews, outbox
from app.services.item_bank import current_bank
from app.services.outbox import Claim
from exams.retakes import RETAKES

logger = structlog.get_logger(__name__)


def watch_exams(claim: Claim) -> None:
    """Do all three, each exam and each confirmation in a transaction of its own.

    A second run finds the same signs there already and the confirmations compared.
    """
    with transaction(db.session):
        due = list_due_retests(db.session, now=clock.utc_now())
    for flag_id in due:
        with transaction(db.session):
            outbox.hold_claim(db.session, claim)
            integrity_reviews.settle_retest(
                db.session, flag_id, now=clock.utc_now(), wall_now=clock.wall_now()
            )
    for exam in RETAKES:
        _look_at(exam, claim)
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())


def _look_at(exam: str, claim: Claim) -> None:
    now = clock.utc_now()
    with transaction(db.session):
        outbox.hold_claim(db.session, claim)
        integrity_checks.count_shares(db.session, exam, now=now)
    with transaction(db.session):
        material = integrity_checks.gather(db.session, exam, bank=current_bank(db.session), now=now)
    if material is None:
        return
    findings = integrity_checks.look(material)
    with transaction(db.session):
        outbox.hold_claim(db.session, claim)
        new = integrity_checks.raise_flags(db.session, exam, material, findings, now=now)
    if new:
        logger.info("signs in exams raised", exam=exam, flags=new)
