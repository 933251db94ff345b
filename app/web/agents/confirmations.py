"""Confirm the answer to a question of an adaptive exam: by the page's script, or by its form."""

from __future__ import annotations

import uuid

from flask import abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import AttemptClosedError, QuestionFrozenError
from app.models import ExamAttempt
from app.permissions import Permission
from app.queries import attempts as attempt_queries
from app.services.confirmations import Then, confirm_answer
from app.services.item_bank import current_bank
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.answers import answer_refused
from app.web.agents.exam_time import read_made_at, read_sequence
from app.web.agents.exams import show_question_page
from app.web.i18n import locale_code
from app.web.identity import the_agent_id, the_user
from exams.forms import UnknownQuestionError
from exams.responses import ResponseError


@bp.post("/attempts/<uuid:attempt_id>/confirm")
@requires(Permission.EXAM_SIT)
def confirm_question(attempt_id: uuid.UUID) -> ResponseReturnValue:
    """Take an answer for good and lead to the next question, or to the result."""
    now = clock.utc_now()
    attempt = attempt_queries.get_attempt(db.session, attempt_id, agent_id=the_agent_id())
    by_script = request.accept_mimetypes.best == "application/json"
    item_id, pressed = request.form.get("item_id", ""), request.form.get("go", "")
    then = Then(pressed) if pressed in list(Then) else Then.CONFIRM
    values = [value for value in request.form.getlist("answer") if value.strip()]
    is_current = attempt.form["questions"][-1]["item_id"] == item_id
    if then is not Then.SKIP and not values and is_current and "empty" not in request.form:
        return _refuse(
            attempt, _("先选好或写好答案再确认。真的不会，请按“不会，下一题”。"), by_script=by_script
        )
    try:
        with transaction(db.session):
            confirmed = confirm_answer(
                db.session,
                attempt_id=attempt_id,
                agent_id=the_agent_id(),
                item_id=item_id,
                values=values,
                sequence=read_sequence(attempt, now=now),
                then=then,
                # The next item may be one that no form of this process has had yet.
                bank=current_bank(db.session),
                actor_user_id=the_user().id,
                now=now,
                wall_now=clock.wall_now(),
                made_at=read_made_at(attempt_id),
            )
    except UnknownQuestionError:
        if by_script:
            return jsonify(message=_("这道题不在这场考试里，没有保存。请刷新页面再答。")), 404
        abort(404)
    except ResponseError as error:
        return _refuse(attempt, error.sentence.in_language(locale_code()), by_script=by_script)
    except (QuestionFrozenError, AttemptClosedError) as error:
        if by_script:
            return answer_refused(error)
        raise
    where = "agents.show_result" if confirmed.is_over else "agents.show_attempt"
    address = url_for(where, attempt_id=attempt_id)
    if by_script:
        return jsonify(next=address)
    if confirmed.is_over:
        flash(_("考完了。"))
    return redirect(address)


def _refuse(attempt: ExamAttempt, words: str, *, by_script: bool) -> ResponseReturnValue:
    if by_script:
        return jsonify(message=words), 422
    return show_question_page(attempt, number=1, refusal=words)
