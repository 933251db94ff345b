"""Read an uploaded file of contacts and take it in."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from app import clock
from app.db import db, transaction
from app.queries.contacts import find_agents
from app.services import imports, outbox
from app.services.contacts import ContactSpool
from app.services.outbox import Claim


def import_contacts(claim: Claim, *, contact_import_id: str) -> None:
    """Read the file with no transaction open; take everything in, or refuse it, in the last one.

    Killed at any point before that, nothing is in the tables, and the next worker starts at the first line.
    """
    import_id = uuid.UUID(contact_import_id)
    with transaction(db.session):
        outbox.hold_claim(db.session, claim)
        upload = imports.start_reading(db.session, import_id, now=clock.utc_now())
        if upload is None:
            outbox.finish_message(db.session, claim, now=clock.wall_now())
    if upload is None:
        return

    def checkpoint(rows_read: int, references: Collection[str]) -> Mapping[str, uuid.UUID]:
        with transaction(db.session):
            outbox.hold_claim(db.session, claim)
            imports.save_progress(db.session, import_id, rows_read=rows_read)
            return find_agents(db.session, references)

    with ContactSpool() as spool:
        reading = imports.read_upload(upload, spool, checkpoint=checkpoint)
        with transaction(db.session):
            outbox.finish_message(db.session, claim, now=clock.wall_now())
            imports.finish_import(db.session, upload, reading, now=clock.utc_now(), wall_now=clock.wall_now())
