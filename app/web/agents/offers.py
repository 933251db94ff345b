"""Offers and shifts to come: say yes, say no, give one up."""

from __future__ import annotations

import datetime as dt
import uuid

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
from app.services import assignments
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.shift_words import WORDS, local_day, offers_of
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
    try:
        with transaction(db.session):
            assignments.accept_offer(db.session, assignment_id, agent_id=the_agent_id(), now=clock.utc_now())
    except OfferClosedError:
        return _too_late()
    flash(_("接下了，已经排进你的班表。"))
    return redirect(url_for("agents.list_offers"))


@bp.post("/offers/<uuid:assignment_id>/decline")
@requires(Permission.ASSIGNMENT_ANSWER)
def decline_offer(assignment_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with transaction(db.session):
            assignments.decline_offer(
                db.session,
                assignment_id,
                agent_id=the_agent_id(),
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
    except OfferClosedError:
        return _too_late()
    flash(_("这次不接，已经转给别人。不影响以后的邀约。"))
    return redirect(url_for("agents.list_offers"))


@bp.route("/shifts/<uuid:assignment_id>/release", methods=["GET", "POST"])
@requires(Permission.ASSIGNMENT_ANSWER)
def release_shift(assignment_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more before a shift is given up: the page says what happens then."""
    now = clock.utc_now()
    assignment = assignment_queries.get_assignment(db.session, assignment_id, agent_id=the_agent_id())
    can_release = assignment.status is AssignmentStatus.ACCEPTED and now < assignment.starts_at
    if not can_release:
        return _not_to_release()
    if request.method == "GET":
        return render_template(
            "agents/release_shift.html",
            shift=assignment,
            is_urgent=attendance_rules.is_urgent(starts_at=assignment.starts_at, now=now),
            **WORDS,
        )
    try:
        with transaction(db.session):
            assignments.release_shift(
                db.session, assignment_id, agent_id=the_agent_id(), now=now, wall_now=clock.wall_now()
            )
    except StaleStateError:
        return _not_to_release()
    flash(_("已经替你放出这一班，正在找别人。照顾好自己。"))
    return redirect(url_for("agents.list_offers"))


@bp.route("/shifts/<uuid:assignment_id>/sick", methods=["GET", "POST"])
@requires(Permission.ASSIGNMENT_ANSWER)
def call_in_sick(assignment_id: uuid.UUID) -> ResponseReturnValue:
    """Say that one is ill, also when the shift has begun. Why is asked nowhere and kept nowhere."""
    now = clock.utc_now()
    assignment = assignment_queries.get_assignment(db.session, assignment_id, agent_id=the_agent_id())
    if request.method == "GET":
        if assignment.status is not AssignmentStatus.ACCEPTED or now >= assignment.ends_at:
            return _not_to_call_in()
        return render_template(
            "agents/call_in_sick.html",
            shift=assignment,
            is_urgent=attendance_rules.is_urgent(starts_at=assignment.starts_at, now=now),
            **WORDS,
        )
    try:
        with transaction(db.session):
            assignments.call_in_sick(
                db.session, assignment_id, agent_id=the_agent_id(), now=now, wall_now=clock.wall_now()
            )
    except StaleStateError:
        return _not_to_call_in()
    flash(_("好好休息。这一班已经在找别人，你不用再做什么。"))
    return redirect(url_for("agents.list_offers"))


def _too_late() -> ResponseReturnValue:
    flash(_("这份邀约已经答复过，或者过了期限，所以什么也没有变。"))
    return redirect(url_for("agents.list_offers"))


def _not_to_release() -> ResponseReturnValue:
    flash(_("这一班已经开始，或者已经不是你的，不能再放出去。开班后来不了，不用做什么：候补会接上。"))
    return redirect(url_for("agents.list_offers"))


def _not_to_call_in() -> ResponseReturnValue:
    flash(_("这一班已经不是你的，或者你已经报到、已经结束，所以什么也没有变。"))
    return redirect(url_for("agents.list_offers"))
