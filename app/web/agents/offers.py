"""Offers and shifts to come: say yes, say no, give one up."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import attendance_rules, clock
from app.db import db, transaction
from app.errors import OfferClosedError, StaleStateError
from app.models import AssignmentStatus
from app.permissions import Permission
from app.queries import assignments as assignment_queries
from app.queries import pay as pay_queries
from app.queries.shift_reasons import get_shift_reasons
from app.services import assignments
from app.services.day_texts import remains_texts
from app.services.time_rules import remains_of
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.shift_words import WORDS, local_day, offers_of
from app.web.i18n import locale_code
from app.web.identity import the_agent_id

# Nobody has a shift further away than a season's length.
AHEAD = dt.timedelta(days=60)


@bp.get("/offers")
@requires(Permission.ASSIGNMENT_READ)
def list_offers() -> ResponseReturnValue:
    now, agent_id = clock.utc_now(), the_agent_id()
    offers = assignment_queries.list_offers(db.session, agent_id=agent_id, now=now)
    live = assignment_queries.list_shifts(db.session, agent_id=agent_id, since=now, until=now + AHEAD)
    phases = pay_queries.list_phases(db.session, {offer.event_id for offer in offers})
    shifts = [
        shift for shift in live if shift.status in (AssignmentStatus.ACCEPTED, AssignmentStatus.PRESENT)
    ]
    return render_template(
        "agents/offers.html",
        now=now,
        today=local_day(now),
        offers=offers_of(offers, phases, now=now),
        shifts_to_come=shifts,
        hours=sum((shift.ends_at - shift.starts_at).total_seconds() for shift in shifts) / 3600,
        **WORDS,
    )


@bp.post("/offers/<uuid:assignment_id>/accept")
@requires(Permission.ASSIGNMENT_ANSWER)
def accept_offer(assignment_id: uuid.UUID) -> ResponseReturnValue:
    def accept() -> None:
        assignments.accept_offer(db.session, assignment_id, agent_id=the_agent_id(), now=clock.utc_now())

    return _answer(accept, _("接下了，已经排进你的班表。"))


@bp.post("/offers/<uuid:assignment_id>/decline")
@requires(Permission.ASSIGNMENT_ANSWER)
def decline_offer(assignment_id: uuid.UUID) -> ResponseReturnValue:
    remains = _remains(assignment_id)

    def decline() -> None:
        assignments.decline_offer(
            db.session,
            assignment_id,
            agent_id=the_agent_id(),
            now=clock.utc_now(),
            wall_now=clock.wall_now(),
        )

    return _answer(decline, _("这次不接，已经转给别人。不影响以后的邀约。"), *remains)


@bp.route("/shifts/<uuid:assignment_id>/release", methods=["GET", "POST"])
@requires(Permission.ASSIGNMENT_ANSWER)
def release_shift(assignment_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more before a shift is given up: the page says what happens then."""
    return _give_up(assignment_id, is_ill=False)


@bp.route("/shifts/<uuid:assignment_id>/sick", methods=["GET", "POST"])
@requires(Permission.ASSIGNMENT_ANSWER)
def call_in_sick(assignment_id: uuid.UUID) -> ResponseReturnValue:
    """Say that one is ill, also when the shift has begun. Why is asked nowhere and kept nowhere."""
    return _give_up(assignment_id, is_ill=True)


def _remains(assignment_id: uuid.UUID) -> list[str]:
    """Say what giving a shift up would leave of the person's days that is not as they want it."""
    shift = assignment_queries.get_assignment(db.session, assignment_id, agent_id=the_agent_id())
    reasons = get_shift_reasons(db.session, shift)
    remains = remains_of(
        reasons.needs, reasons.held, shift.starts_at, event=reasons.event, now=clock.utc_now()
    )
    return remains_texts(remains, locale_code())


def _answer(answer: Callable[[], None], words: str, *more: str) -> ResponseReturnValue:
    """Answer an offer and say so, and what `more` follows; an offer that is closed stays as it was."""
    try:
        with transaction(db.session):
            answer()
    except OfferClosedError:
        return _back_to_offers(_("这份邀约已经答复过，或者过了期限，所以什么也没有变。"))
    return _back_to_offers(" ".join((words, *more)))


def _give_up(assignment_id: uuid.UUID, *, is_ill: bool) -> ResponseReturnValue:
    """Show what giving the shift up means, or do it."""
    now = clock.utc_now()
    shift = assignment_queries.get_assignment(db.session, assignment_id, agent_id=the_agent_id())
    too_late = (
        _("这一班已经不是你的，或者你已经报到、已经结束，所以什么也没有变。")
        if is_ill
        else _("这一班已经开始，或者已经不是你的，不能再放出去。开班后来不了，不用做什么：候补会接上。")
    )
    if request.method == "GET":
        is_over = now >= (shift.ends_at if is_ill else shift.starts_at)
        if shift.status is not AssignmentStatus.ACCEPTED or is_over:
            return _back_to_offers(too_late)
        return render_template(
            "agents/give_up_shift.html",
            shift=shift,
            is_ill=is_ill,
            is_urgent=attendance_rules.is_urgent(starts_at=shift.starts_at, now=now),
            remains=_remains(assignment_id),
            **WORDS,
        )
    give_up = assignments.call_in_sick if is_ill else assignments.release_shift
    try:
        with transaction(db.session):
            give_up(db.session, assignment_id, agent_id=the_agent_id(), now=now, wall_now=clock.wall_now())
    except StaleStateError:
        return _back_to_offers(too_late)
    return _back_to_offers(
        _("好好休息。这一班已经在找别人，你不用再做什么。")
        if is_ill
        else _("已经替你放出这一班，正在找别人。照顾好自己。")
    )


def _back_to_offers(words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("agents.list_offers"))
