"""Save answers while an exam is sat, and tell its page how things stand."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import AnswerConfirmedError, AttemptClosedError, QuestionFrozenError
from app.models import ExamAttempt
from app.permissions import Permission
from app.queries import attempts as attempt_queries
from app.services import attempts, breaks
from app.services.attempt_rows import hold_attempt
from app.services.item_bank import bank_for
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.exam_time import (
    MOST_MILLISECONDS,
    make_stamp,
    milliseconds_left,
    milliseconds_since_start,
    page_version,
    read_made_at,
    read_sequence,
)
from app.web.agents.exams import questions_of, show_question_page
from app.web.errors import REFUSALS
from app.web.formats import format_clock_time
from app.web.i18n import locale_code
from app.web.identity import the_agent_id
from exams.forms import Form, UnknownQuestionError, show_question
from exams.responses import ResponseError

OVERLAP_MILLISECONDS = 10_000
"""A save is committed a moment after its time was taken; so much is told twice, so that none is missed."""


@bp.post("/attempts/<uuid:attempt_id>/answers")
@requires(Permission.EXAM_SIT)
def save_answer(attempt_id: uuid.UUID) -> ResponseReturnValue:
    """Save one answer: from the page's script, which gets JSON, or from the form, which leads on."""
    now = clock.utc_now()
    by_script = request.accept_mimetypes.best == "application/json"
    number = request.form.get("number", 1, type=int)
    if "start" in request.form:
        return _start_typing(attempt_id, by_script=by_script, number=number, now=now)
    made_at = read_made_at(attempt_id)
    item_id = request.form.get("item_id", "")
    try:
        with transaction(db.session):
            attempt = hold_attempt(db.session, attempt_id, agent_id=the_agent_id(), share=True)
            sequence = read_sequence(attempt, now=now)
            is_newest = attempts.save_held(
                db.session,
                attempt,
                item_id=item_id,
                values=request.form.getlist("answer"),
                sequence=sequence,
                bank=bank_for(db.session, attempt),
                now=now,
                made_at=made_at,
                # A form without script says no age: it is sent when the typing is done.
                typed_at=made_at if "age" in request.form else None,
            )
    except UnknownQuestionError:
        if by_script:
            return jsonify(message=_("这道题不在这场考试里，没有保存。请刷新页面再答。")), 404
        abort(404)
    except ResponseError as error:
        words = error.sentence.in_language(locale_code())
        if by_script:
            return jsonify(message=words), 422
        return show_question_page(attempt, number=number, refusal=words)
    except (QuestionFrozenError, AttemptClosedError, AnswerConfirmedError) as error:
        if by_script:
            return answer_refused(error)
        raise
    if by_script:
        kept = None if is_newest else _newer_answer(attempt, item_id, than=sequence)
        return _receipt(attempt, now=now, **({"kept": kept} if kept else {}))
    return _lead_on(attempt_id, number=number, go=request.form.get("go", ""), now=now)


@bp.get("/attempts/<uuid:attempt_id>/state")
@requires(Permission.EXAM_SIT)
def show_state(attempt_id: uuid.UUID) -> ResponseReturnValue:
    """Tell the page's script how things stand: the time, and what other pages have saved since it asked."""
    now = clock.utc_now()
    attempt = attempt_queries.get_attempt(db.session, attempt_id, agent_id=the_agent_id())
    since = min(request.args.get("since", 0, type=int), MOST_MILLISECONDS) - OVERLAP_MILLISECONDS
    changed = attempt.started_at + dt.timedelta(milliseconds=max(0, since))
    return jsonify(
        page=page_version(attempt, now=now),
        stamp=make_stamp(attempt_id, now=now),
        milliseconds_left=milliseconds_left(attempt, now=now),
        elapsed=milliseconds_since_start(attempt, now=now),
        answers=[
            {"item": question.item_id, "values": question.values, "sequence": question.sequence}
            for question in questions_of(attempt, since=changed)
        ],
    )


def _newer_answer(attempt: ExamAttempt, item_id: str, *, than: int) -> dict[str, object] | None:
    """Return the answer that stands because it is newer than the one just sent, or None."""
    found = next(one for one in questions_of(attempt) if one.item_id == item_id)
    return {"values": found.values, "sequence": found.sequence} if found.sequence > than else None


def _start_typing(
    attempt_id: uuid.UUID, *, by_script: bool, number: int, now: dt.datetime
) -> ResponseReturnValue:
    """Begin the clock of a typing question and give its text: as JSON, or on the question's page."""
    attempt = attempt_queries.get_attempt(db.session, attempt_id, agent_id=the_agent_id())
    item_id = request.form.get("item_id", "")
    try:
        with transaction(db.session):
            typed = attempts.start_typing(
                db.session,
                attempt_id=attempt.id,
                agent_id=the_agent_id(),
                item_id=item_id,
                language=locale_code(),
                bank=bank_for(db.session, attempt),
                now=now,
            )
    except UnknownQuestionError:
        abort(404)
    if not by_script:
        return _lead_on(attempt.id, number=number, go=str(number), now=now)
    question = Form.from_json(attempt.form).question(item_id)
    passage = show_question(bank_for(db.session, attempt), question).passage
    assert passage is not None
    language = typed["language"]
    return _receipt(attempt, now=now, passage=passage.in_language(language), language=language)


def answer_refused(
    error: QuestionFrozenError | AttemptClosedError | AnswerConfirmedError,
) -> ResponseReturnValue:
    """Tell the page's script why an answer is not taken."""
    if isinstance(error, AnswerConfirmedError):
        return jsonify(message=str(REFUSALS[AnswerConfirmedError])), 422
    if isinstance(error, QuestionFrozenError):
        return jsonify(message=str(REFUSALS[QuestionFrozenError])), 422
    return jsonify(message=_("时间已到或已交卷，不再收答案。")), 409


def _receipt(attempt: ExamAttempt, *, now: dt.datetime, **more: object) -> ResponseReturnValue:
    """Tell the page's script that something is saved, and what time it is here."""
    return jsonify(
        saved_at=format_clock_time(now),
        stamp=make_stamp(attempt.id, now=now),
        milliseconds_left=milliseconds_left(attempt, now=now),
        **more,
    )


def _lead_on(attempt_id: uuid.UUID, *, number: int, go: str, now: dt.datetime) -> ResponseReturnValue:
    """Go where the pressed button says: a question's number, the check before handing in, or nowhere."""
    if go == "submit":
        return redirect(url_for("agents.submit_attempt", attempt_id=attempt_id))
    target = int(go) if go.isdecimal() and len(go) < len(str(MOST_MILLISECONDS)) else number
    if target != number:
        with transaction(db.session):
            breaks.open_question(
                db.session, attempt_id=attempt_id, agent_id=the_agent_id(), number=target, now=now
            )
    return redirect(url_for("agents.show_attempt", attempt_id=attempt_id, question=target))
