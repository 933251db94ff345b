"""Publish a rota."""

from __future__ import annotations

import uuid
from itertools import islice

from app import clock
from app.db import db, transaction
from app.models import MatchStatus, Topic
from app.queries.matching import get_run
from app.services import outbox, rota
from app.services.offer_notices import tell_of_offers
from app.services.outbox import Claim
from app.services.rota_checks import check_rota, is_outdated
from app.services.seat_lock import lock_people


def publish_rota(claim: Claim, *, run_id: str) -> None:
    """Check a plan and offer its seats, in batches of people; a second delivery goes on where it stood.

    Seats that break a rule are left out. A plan that breaks one even so is not published at all.
    """
    with transaction(db.session):
        run = get_run(db.session, uuid.UUID(run_id))
        if run.status is not MatchStatus.PUBLISHING:
            outbox.finish_message(db.session, claim, now=clock.wall_now())
    if run.status is not MatchStatus.PUBLISHING:
        return
    with transaction(db.session):
        checked = check_rota(db.session, run)
        people = iter(rota.list_people_to_offer(db.session, run.id))
    while batch := list(islice(people, rota.PEOPLE_A_BATCH)):
        with transaction(db.session):
            outbox.hold_claim(db.session, claim)
            lock_people(db.session, batch)
            if is_outdated(db.session, run, checked, batch):
                checked = check_rota(db.session, run)
            now = clock.utc_now()
            if checked.broken:
                outbox.finish_message(db.session, claim, now=clock.wall_now())
                rota.refuse_rota(db.session, run.id, checked.broken, now=now)
            else:
                left_out = checked.left_out
                offers = rota.offer_seats(db.session, run, batch, now=now, left_out=left_out)
                tell_of_offers(db.session, rota.group_by_agent(offers), now=now, wall_now=clock.wall_now())
        if checked.broken:
            return
        # Thousands of offers need not stay in memory.
        db.session.close()
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
        rota.finish_publishing(db.session, run.id, checked, now=clock.utc_now())
        outbox.promise(db.session, Topic.REFRESH_COVER, now=clock.wall_now())
