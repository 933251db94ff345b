"""Which function does the work of which topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.jobs import (
    assignments,
    attempts,
    badges,
    certificates,
    cover,
    exam_watch,
    figures,
    holds,
    imports,
    matching,
    messages,
    rota,
)
from app.models import Topic

HANDLERS: Mapping[Topic, Callable[..., None]] = {
    Topic.DELIVER_MESSAGE: messages.deliver_message,
    Topic.RUN_MATCH: matching.run_match,
    Topic.PUBLISH_ROTA: rota.publish_rota,
    Topic.IMPORT_CONTACTS: imports.import_contacts,
    Topic.EXPIRE_HOLDS: holds.expire_holds,
    Topic.CLOSE_ATTEMPTS: attempts.close_attempts,
    Topic.REFRESH_COVER: cover.refresh_cover,
    Topic.PROVE_BADGE: badges.prove_badge,
    Topic.REMIND_OF_EXPIRY: certificates.remind_of_expiry,
    Topic.COMPUTE_FIGURES: figures.compute_figures,
    Topic.WATCH_EXAMS: exam_watch.watch_exams,
    Topic.REFILL_SEAT: assignments.refill_seat,
    Topic.LAPSE_OFFERS: assignments.lapse_offers,
    Topic.WATCH_ATTENDANCE: assignments.watch_attendance,
}
