"""Take back offers that nobody answered yet, on seats that nobody books any more."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Agent, Assignment, AssignmentStatus, NoticeKind, User
from app.queries.rota_changes import list_unbooked
from app.services import audit
from app.services.assignments import tell
from app.services.day_texts import tell_remains
from app.services.seat_lock import lock_seats

CHANGE = {
    "zh": "商家不再需要这一席，邀约收回。你不用答复，记录也不受影响。",
    "en": "The merchant no longer needs this seat, so the offer is taken back. You need not answer, and it "
    "does not count against you.",
}


def withdraw_unbooked_offers(session: Session, event_id: uuid.UUID, *, now: dt.datetime) -> int:
    """Take these offers of a season back, tell their people, and return how many they were.

    Accepted shifts stay: somebody has planned their day around them.
    """
    seats = {(offer.slot_id, offer.project_id) for offer in list_unbooked(session, event_id, now=now)}
    for slot_id, project_id in sorted(seats):
        lock_seats(session, project_id=project_id, slot_id=slot_id)
    # Somebody may have said yes, or another booking have come, before the locks were held.
    still = [offer.id for offer in list_unbooked(session, event_id, now=now)] if seats else []
    offers = session.scalars(
        select(Assignment)
        .where(Assignment.id.in_(still), Assignment.status == AssignmentStatus.OFFERED)
        .order_by(Assignment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    locales = {
        row.id: row.locale
        for row in session.execute(
            select(Agent.id, User.locale)
            .join(User, User.id == Agent.user_id)
            .where(Agent.id.in_({offer.agent_id for offer in offers}))
        )
    }
    for offer in offers:
        # Not RELEASED: a shift given up shortly before its start speaks against a person, this does not.
        offer.status, offer.responded_at = AssignmentStatus.LAPSED, now
        audit.record(session, "assignment.withdrawn", offer, actor_user_id=None, now=now)
    of_person: dict[uuid.UUID, list[Assignment]] = defaultdict(list)
    for offer in offers:
        of_person[offer.agent_id].append(offer)
    for agent_id, gone in of_person.items():
        locale = "en" if locales[agent_id] == "en" else "zh"
        words = tell_remains(session, gone, CHANGE[locale], locale, now=now)
        for offer, change in zip(gone, words, strict=True):
            tell(session, offer, NoticeKind.SHIFT_CHANGED, now=now, change=change)
    return len(offers)
