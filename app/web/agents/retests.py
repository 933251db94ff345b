"""A result that somebody has asked about: what was seen, what happens next, and the exam that confirms it."""

from __future__ import annotations

import secrets
import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import AttemptRunningError
from app.models import SignState
from app.permissions import Permission
from app.queries import integrity as integrity_queries
from app.services import integrity_reviews
from app.services.item_bank import current_bank
from app.web.access import requires
from app.web.agents import bp
from app.web.i18n import locale_code
from app.web.identity import the_agent_id, the_user
from exams.blueprints import BLUEPRINTS, confirmation_of


@bp.get("/confirmations/<uuid:flag_id>")
@requires(Permission.EXAM_SIT)
def show_confirmation(flag_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.utc_now()
    flag = integrity_queries.get_flag_of(db.session, flag_id, agent_id=the_agent_id())
    exam = BLUEPRINTS[flag.attempt.exam]
    return render_template(
        "agents/confirmation.html",
        flag=flag,
        exam_title=exam.title.in_language(locale_code()),
        confirmation=confirmation_of(exam),
        may_start=flag.state is SignState.RETEST
        and flag.retest_attempt_id is None
        and flag.retest_by is not None
        and now < flag.retest_by,
    )


@bp.post("/confirmations/<uuid:flag_id>/start")
@requires(Permission.EXAM_SIT)
def start_confirmation(flag_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with transaction(db.session):
            attempt = integrity_reviews.start_confirmation(
                db.session,
                flag_id,
                agent_id=the_agent_id(),
                bank=current_bank(db.session),
                seed=secrets.randbits(63),
                actor_user_id=the_user().id,
                now=clock.utc_now(),
            )
    except AttemptRunningError as error:
        flash(_("你有一场考试正在进行，这里就是它。"))
        return redirect(url_for("agents.show_attempt", attempt_id=error.attempt_id))
    return redirect(url_for("agents.show_attempt", attempt_id=attempt.id))
