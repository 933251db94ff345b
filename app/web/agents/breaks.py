"""Take a break from an exam, come back, and open the next question where breaks may be taken."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import BreakRefusedError
from app.permissions import Permission
from app.services import breaks
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id, the_user


@bp.post("/attempts/<uuid:attempt_id>/break")
@requires(Permission.EXAM_SIT)
def start_break(attempt_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with transaction(db.session):
            breaks.start_break(
                db.session,
                attempt_id=attempt_id,
                agent_id=the_agent_id(),
                actor_user_id=the_user().id,
                now=clock.utc_now(),
            )
    except BreakRefusedError as error:
        flash(
            _("有一场对话还没结束。先结束它，再休息。")
            if error.conversation
            else _("休息的次数用完了，没有再停表。")
        )
    return redirect(url_for("agents.show_attempt", attempt_id=attempt_id))


@bp.post("/attempts/<uuid:attempt_id>/break/end")
@requires(Permission.EXAM_SIT)
def end_break(attempt_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        breaks.end_break(
            db.session,
            attempt_id=attempt_id,
            agent_id=the_agent_id(),
            actor_user_id=the_user().id,
            now=clock.utc_now(),
        )
    return redirect(url_for("agents.show_attempt", attempt_id=attempt_id))


@bp.post("/attempts/<uuid:attempt_id>/questions")
@requires(Permission.EXAM_SIT)
def open_question(attempt_id: uuid.UUID) -> ResponseReturnValue:
    asked = request.form.get("number", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 4 else 0
    with transaction(db.session):
        breaks.open_question(
            db.session,
            attempt_id=attempt_id,
            agent_id=the_agent_id(),
            number=number,
            now=clock.utc_now(),
        )
    return redirect(url_for("agents.show_attempt", attempt_id=attempt_id, question=number or 1))
