"""Serve three scripted customers at once: before the start, at the desk, and what it was worth."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import AttemptClosedError, ChatOverError, ChatSequenceError, NotFoundError
from app.models import AttemptStatus, ChatLine, ChatSitting, ExamAttempt
from app.permissions import Permission
from app.queries import attempts as attempt_queries
from app.queries import chats as chat_queries
from app.queries import needs as needs_queries
from app.services import chats, item_bank
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.desks import Desk, show_report, show_transcript
from app.web.agents.exam_time import is_text_only
from app.web.i18n import locale_code
from app.web.identity import the_agent_id
from exams.blueprints import BLUEPRINTS
from exams.chat.loader import get_script
from exams.chat.play import LineError, LineKind, Play, replay
from exams.chat.script import Script, UnknownConsumerError
from exams.forms import UnknownQuestionError
from exams.timing import seconds_left


@bp.get("/attempts/<uuid:attempt_id>/chats/<string(maxlength=80):item_id>")
@requires(Permission.EXAM_SIT)
def show_chat(attempt_id: uuid.UUID, item_id: str) -> ResponseReturnValue:
    attempt, script = _find(attempt_id, item_id)
    if attempt.status is AttemptStatus.SUBMITTED:
        return redirect(url_for("agents.show_chat_result", attempt_id=attempt_id, item_id=item_id))
    now = clock.utc_now()
    sitting = chat_queries.find_sitting(db.session, attempt_id, item_id=item_id)
    if sitting is None:
        needs = needs_queries.find_needs(db.session, the_agent_id())
        return render_template(
            "agents/chat_start.html",
            text_only=is_text_only(attempt),
            exam=BLUEPRINTS[attempt.exam],
            script=script,
            number=_number(attempt, item_id),
            terms=chats.terms_for(needs, by_script=True),
            may_choose=chats.may_choose_fewer(needs),
            start_url=url_for("agents.start_chat", attempt_id=attempt_id, item_id=item_id),
            back_url=_back_url(attempt, item_id),
            seconds_left=seconds_left(deadline_at=attempt.deadline_at, now=now),
        )
    if chats.is_over(sitting, now=now):
        flash(_("对话已经结束，分数交卷后看得到。"))
        return redirect(_back_url(attempt, item_id))
    return _show_desk(attempt, sitting, now=now)


@bp.post("/attempts/<uuid:attempt_id>/chats/<string(maxlength=80):item_id>/start")
@requires(Permission.EXAM_SIT)
def start_chat(attempt_id: uuid.UUID, item_id: str) -> ResponseReturnValue:
    try:
        with transaction(db.session):
            chats.start_chat(
                db.session,
                attempt_id=attempt_id,
                agent_id=the_agent_id(),
                item_id=item_id,
                bank=item_bank.current_bank(db.session),
                language=locale_code(),
                by_script=request.form.get("script") == "1",
                at_once=request.form.get("at_once", type=int),
                now=clock.utc_now(),
            )
    except UnknownQuestionError:
        abort(404)
    return redirect(url_for("agents.show_chat", attempt_id=attempt_id, item_id=item_id))


@bp.get("/attempts/<uuid:attempt_id>/chats/<string(maxlength=80):item_id>/messages")
@requires(Permission.EXAM_SIT)
def list_chat_messages(attempt_id: uuid.UUID, item_id: str) -> ResponseReturnValue:
    """Give the page's script every conversation as it stands."""
    attempt, _script = _find(attempt_id, item_id)
    sitting = chat_queries.find_sitting(db.session, attempt_id, item_id=item_id)
    if sitting is None:
        raise NotFoundError(f"chat {item_id} of attempt {attempt_id}")
    return jsonify(_news(attempt, sitting, now=clock.utc_now()))


@bp.post("/attempts/<uuid:attempt_id>/chats/<string(maxlength=80):item_id>/lines")
@requires(Permission.EXAM_SIT)
def send_chat_line(attempt_id: uuid.UUID, item_id: str) -> ResponseReturnValue:
    """Take a message, a quick phrase or a closing: from the page's script, which gets JSON, or its form."""
    attempt, _script = _find(attempt_id, item_id)
    now = clock.utc_now()
    consumer = request.form.get("consumer", "")
    kind, text = read_line()
    try:
        with transaction(db.session):
            chats.send_line(
                db.session,
                attempt_id=attempt_id,
                agent_id=the_agent_id(),
                item_id=item_id,
                consumer=consumer,
                kind=kind,
                text=text,
                sequence=max(1, min(request.form.get("sequence", 1, type=int), 2**31 - 1)),
                now=now,
                made_at=_made_at(),
            )
    except UnknownConsumerError:
        abort(404)
    except LineError as error:
        return _refuse(attempt, item_id, consumer, error.sentence.in_language(locale_code()), text, now=now)
    except ChatSequenceError as error:
        if by_script():
            return jsonify(following=error.following), 409
        words = _("你在另一个窗口刚发过一条。看一眼上面的对话，再发一次。")
        return _refuse(attempt, item_id, consumer, words, text, now=now)
    except (AttemptClosedError, ChatOverError):
        if by_script():
            return jsonify(over=_back_url(attempt, item_id)), 409
        raise
    if by_script():
        sitting = _sitting(attempt_id, item_id)
        return jsonify(_news(attempt, sitting, now=now))
    page = url_for("agents.show_chat", attempt_id=attempt_id, item_id=item_id)
    return redirect(f"{page}?{urlencode({'with': consumer})}#chat-{consumer}")


@bp.post("/attempts/<uuid:attempt_id>/chats/<string(maxlength=80):item_id>/end")
@requires(Permission.EXAM_SIT)
def end_chat(attempt_id: uuid.UUID, item_id: str) -> ResponseReturnValue:
    attempt, _script = _find(attempt_id, item_id)
    with transaction(db.session):
        chats.end_chat(
            db.session,
            attempt_id=attempt_id,
            agent_id=the_agent_id(),
            item_id=item_id,
            now=clock.utc_now(),
        )
    flash(_("对话已经结束，分数交卷后看得到。"))
    return redirect(_back_url(attempt, item_id))


@bp.get("/attempts/<uuid:attempt_id>/chats/<string(maxlength=80):item_id>/result")
@requires(Permission.EXAM_SIT)
def show_chat_result(attempt_id: uuid.UUID, item_id: str) -> ResponseReturnValue:
    attempt, script = _find(attempt_id, item_id)
    report = (attempt.result or {}).get("chats", {}).get(item_id)
    sitting = chat_queries.find_sitting(db.session, attempt_id, item_id=item_id)
    if attempt.status is AttemptStatus.RUNNING or report is None or sitting is None:
        return redirect(url_for("agents.show_attempt", attempt_id=attempt_id))
    assert sitting.ended_at is not None
    rows = chat_queries.list_lines(db.session, sitting.id)
    play = _play(sitting, rows, chats.seconds_played(sitting, now=sitting.ended_at))
    return render_template(
        "agents/chat_result.html",
        text_only=is_text_only(attempt),
        script=script,
        report=show_report(script, report),
        transcript=show_transcript(script, play),
        back_url=url_for("agents.show_result", attempt_id=attempt_id),
    )


def by_script() -> bool:
    """Whether the page's script asks, and not the browser itself."""
    return request.accept_mimetypes.best == "application/json"


def read_line() -> tuple[LineKind, str]:
    """Return what the form sent: a quick phrase's number, the closing, or the typed text."""
    if "close" in request.form:
        return LineKind.CLOSE, ""
    if "quick" in request.form:
        return LineKind.QUICK, request.form["quick"]
    return LineKind.TYPED, request.form.get("text", "")


def _find(attempt_id: uuid.UUID, item_id: str) -> tuple[ExamAttempt, Script]:
    attempt = attempt_queries.get_attempt(db.session, attempt_id, agent_id=the_agent_id())
    try:
        return attempt, chats.chat_script(item_bank.bank_for(db.session, attempt), attempt, item_id)
    except UnknownQuestionError:
        abort(404)


def _sitting(attempt_id: uuid.UUID, item_id: str) -> ChatSitting:
    sitting = chat_queries.find_sitting(db.session, attempt_id, item_id=item_id)
    if sitting is None:
        raise NotFoundError(f"chat {item_id} of attempt {attempt_id}")
    return sitting


def _play(sitting: ChatSitting, rows: Sequence[ChatLine], seconds: float) -> Play:
    return replay(
        get_script(sitting.script),
        chats.lines_of(sitting, rows),
        now=seconds,
        terms=chats.terms_of(sitting),
        language=sitting.language,
    )


def _desk(sitting: ChatSitting, *, now: dt.datetime) -> Desk:
    rows = chat_queries.list_lines(db.session, sitting.id)
    return Desk(
        script=get_script(sitting.script),
        play=_play(sitting, rows, chats.seconds_played(sitting, now=now)),
        terms=chats.terms_of(sitting),
        language=sitting.language,
        sequence=rows[-1].sequence + 1 if rows else 1,
        is_over=chats.is_over(sitting, now=now),
    )


def _news(attempt: ExamAttempt, sitting: ChatSitting, *, now: dt.datetime) -> dict[str, object]:
    is_closed = attempt.status is AttemptStatus.SUBMITTED
    left = seconds_left(deadline_at=attempt.deadline_at, now=now)
    desk = _desk(sitting, now=now)
    over = _back_url(attempt, sitting.item_id) if desk.is_over or is_closed or left == 0 else None
    return desk.news() | {"seconds_left": left, "over": over}


def _show_desk(
    attempt: ExamAttempt,
    sitting: ChatSitting,
    *,
    now: dt.datetime,
    refused: str = "",
    refusal: str | None = None,
    typed: str = "",
) -> ResponseReturnValue:
    where: dict[str, Any] = {"attempt_id": attempt.id, "item_id": sitting.item_id}
    desk = _desk(sitting, now=now)
    page = render_template(
        "agents/chat.html",
        text_only=is_text_only(attempt),
        title=BLUEPRINTS[attempt.exam].title.in_language(locale_code()),
        script=desk.script,
        desk=desk,
        customers=desk.customers(),
        chosen=desk.chosen(refused or request.args.get("with", "")),
        refused=refused,
        refusal=refusal,
        typed=typed,
        send_url=url_for("agents.send_chat_line", **where),
        news_url=url_for("agents.list_chat_messages", **where),
        end_url=url_for("agents.end_chat", **where),
        page_url=url_for("agents.show_chat", **where),
        back_url=_back_url(attempt, sitting.item_id),
        seconds_left=seconds_left(deadline_at=attempt.deadline_at, now=now),
        state=None,
    )
    return page, 422 if refusal else 200


def _refuse(
    attempt: ExamAttempt, item_id: str, consumer: str, words: str, typed: str, *, now: dt.datetime
) -> ResponseReturnValue:
    if by_script():
        return jsonify(message=words), 422
    return _show_desk(
        attempt,
        _sitting(attempt.id, item_id),
        now=now,
        refused=consumer,
        refusal=words,
        # What is too long for a message is too long to send back as well.
        typed=typed[:2000],
    )


def _number(attempt: ExamAttempt, item_id: str) -> int:
    items = [asked["item_id"] for asked in attempt.form["questions"]]
    return items.index(item_id) + 1


def _back_url(attempt: ExamAttempt, item_id: str) -> str:
    return url_for("agents.show_attempt", attempt_id=attempt.id, question=_number(attempt, item_id))


def _made_at() -> dt.datetime | None:
    """Return when the page says the message was written; it decides nothing."""
    milliseconds = request.form.get("made_at", type=int)
    if milliseconds is None or not 0 < milliseconds < 4_102_444_800_000:
        return None
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
