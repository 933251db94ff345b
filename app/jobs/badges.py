"""Sign badges with the proof that takes its time."""

from __future__ import annotations

import uuid

import structlog
from flask import current_app

from app import clock
from app.db import db, transaction
from app.queries.certificates import get_certificate
from app.services import badges, outbox
from app.services.certificates import is_genuine
from app.services.outbox import Claim

logger = structlog.get_logger(__name__)


def prove_badge(claim: Claim, *, certificate_id: str) -> None:
    """Make and save a certificate's badge; one that was changed since its issue is not signed."""
    row_id = uuid.UUID(certificate_id)
    with transaction(db.session):
        certificate = get_certificate(db.session, row_id)
        genuine = is_genuine(db.session, certificate)
    # The signature is made with no transaction open.
    now = clock.utc_now()
    document = badges.prove_badge(certificate, current_app.config["BADGES"], now=now) if genuine else None
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
        if document is not None:
            badges.keep_badge(db.session, row_id, document, now=now)
    if not genuine:
        logger.error("certificate changed since its issue: badge not signed", certificate_id=certificate_id)
