"""The agent's day: the next shift and its check-in, the week, offers, money, and how to climb."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import CheckInClosedError, StaleStateError
from app.models import AgentStatus, Assignment, AssignmentKind, AssignmentStatus, SeasonPhase
from app.notice_texts import TEXTS
from app.pay_rules import Earnings, add_up
from app.permissions import Permission
from app.queries import agents as agent_queries
from app.queries import applications as application_queries
from app.queries import assignments as assignment_queries
from app.queries import availability as availability_queries
from app.queries import notices as notice_queries
from app.queries import pay as pay_queries
from app.queries import seasons as season_queries
from app.queries.substitutes import count_empty_seats
from app.services import assignments
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.shift_words import (
    DAYS_SHOWN,
    WORDS,
    NextShift,
    local_day,
    next_shift_of,
    offers_of,
    paid_shift,
    start_of,
    week_of,
)
from app.web.i18n import locale_code
from app.web.identity import the_agent_id

OFFERS_SHOWN = 3
NOTICES_SHOWN = 3


@bp.get("/")
@requires(Permission.WORK_READ)
def show_today() -> ResponseReturnValue:
    now, agent_id = clock.utc_now(), the_agent_id()
    today = local_day(now)
    agent = agent_queries.get_agent(db.session, agent_id)
    following = assignment_queries.find_next_shift(db.session, agent_id=agent_id, now=now)
    offers = assignment_queries.list_offers(db.session, agent_id=agent_id, now=now)
    since, until = start_of(today), start_of(today + dt.timedelta(days=DAYS_SHOWN))
    shifts = assignment_queries.list_shifts(db.session, agent_id=agent_id, since=since, until=until)
    money_season = pay_queries.find_pay_season(db.session, today=today)
    paid = (
        pay_queries.list_paid_shifts(db.session, agent_id=agent_id, event_id=money_season.id)
        if money_season
        else []
    )
    seen = [*offers, *paid, *([following] if following else [])]
    phases = pay_queries.list_phases(db.session, {assignment.event_id for assignment in seen})
    working = [
        shift
        for shift in shifts
        if shift.kind is AssignmentKind.FORMAL and shift.status is not AssignmentStatus.OFFERED
    ]
    return render_template(
        "agents/today.html",
        now=now,
        today=today,
        agent=agent,
        next=_next_shift(following, phases, now=now) if following else None,
        offers=offers_of(offers[:OFFERS_SHOWN], phases, now=now),
        offers_waiting=len(offers),
        free_slots=0 if following else availability_queries.count_free_slots(db.session, agent_id, now=now),
        week=week_of(
            shifts,
            availability_queries.list_windows(db.session, agent_id, starts_at=since, ends_at=until),
            season_queries.find_season(db.session, today=today),
            today=today,
        ),
        week_shifts=len(working),
        week_hours=sum((shift.ends_at - shift.starts_at).total_seconds() for shift in working) / 3600,
        money_season=money_season,
        earnings=_earnings(paid, phases),
        **WORDS,
        place=_place(agent.status, agent_id),
        notices=_unread(agent.user_id),
    )


@bp.get("/pay")
@requires(Permission.WORK_READ)
def show_pay() -> ResponseReturnValue:
    now, agent_id = clock.utc_now(), the_agent_id()
    season = pay_queries.find_pay_season(db.session, today=local_day(now))
    paid = pay_queries.list_paid_shifts(db.session, agent_id=agent_id, event_id=season.id) if season else []
    phases = pay_queries.list_phases(db.session, {assignment.event_id for assignment in paid})
    earnings = _earnings(paid, phases)
    return render_template(
        "agents/pay.html",
        season=season,
        earnings=earnings,
        rows=list(zip(paid, earnings.shifts, strict=True)),
        **WORDS,
    )


@bp.post("/shifts/<uuid:assignment_id>/check-in")
@requires(Permission.ASSIGNMENT_ANSWER)
def check_in(assignment_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.utc_now()
    try:
        with transaction(db.session):
            assignments.check_in(db.session, assignment_id, agent_id=the_agent_id(), now=now)
    except CheckInClosedError as error:
        flash(
            _("还没到报到的时间，请过一会儿再按。")
            if now < error.opens_at
            else _("报到时间已经过了，没有报上。")
        )
    except StaleStateError:
        flash(_("没有报上：这一班已经不是你的，或者已经有人接了。"))
    else:
        flash(_("报到好了，祝你顺手。"))
    return redirect(url_for("agents.show_today"))


def _next_shift(assignment: Assignment, phases: Sequence[SeasonPhase], *, now: dt.datetime) -> NextShift:
    missing = assignment.status is AssignmentStatus.MISSING
    left = missing and count_empty_seats(
        db.session, project_id=assignment.project_id, slot_id=assignment.slot_id
    )
    return next_shift_of(assignment, phases, is_replaced=missing and left <= 0, now=now)


def _earnings(paid: Sequence[Assignment], phases: Sequence[SeasonPhase]) -> Earnings:
    return add_up(paid_shift(assignment, phases) for assignment in paid)


def _place(status: AgentStatus, agent_id: uuid.UUID) -> str:
    """Name the step of the ladder that comes next: base, project, trial or shifts."""
    if status is AgentStatus.NEW:
        return "base"
    if status is AgentStatus.CERTIFIED:
        return "shifts"
    applied = any(
        application.status in application_queries.OPEN
        for application in application_queries.list_applications_of(db.session, agent_id)
    )
    return "trial" if applied else "project"


def _unread(user_id: uuid.UUID) -> list[dict[str, object]]:
    language = locale_code()
    newest = notice_queries.list_notices(db.session, user_id=user_id, limit=NOTICES_SHOWN)
    return [
        {
            "title": TEXTS[notice.kind].title(language, notice.params),
            "body": TEXTS[notice.kind].body(language, notice.params),
            "endpoint": TEXTS[notice.kind].endpoint,
        }
        for notice in newest
        if notice.read_at is None
    ]
