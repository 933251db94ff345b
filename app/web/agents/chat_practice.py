"""Practise a chat simulation: nothing is kept, the page carries the play itself, signed."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from app import clock
from app.db import db
from app.permissions import Permission
from app.queries import needs as needs_queries
from app.services import chats
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.chats import by_script, read_line
from app.web.agents.desks import Desk, show_report, show_transcript
from app.web.i18n import locale_code
from app.web.identity import the_agent_id
from exams.chat.loader import get_script
from exams.chat.play import Line, LineError, LineKind, check_line, clean, replay, time_limit
from exams.chat.record import Record
from exams.chat.script import Script, UnknownConsumerError

SCRIPT = "practice-first-three"


@bp.route("/practice/chat", methods=["GET", "POST"])
@requires(Permission.EXAM_SIT)
def practise_chat() -> ResponseReturnValue:
    """Show the practice play; a POST carries it on: start, news, send or end."""
    script = get_script(SCRIPT)
    if request.method == "GET":
        return _show_start(script)
    action = request.form.get("action", "")
    if action == "start":
        return _show_desk(script, _start())
    carried = _read_state()
    if carried is None:
        return redirect(url_for("agents.practise_chat"))
    record, started = carried
    now = clock.utc_now().timestamp() - started
    limit = time_limit(script, record.terms)
    if action == "end" or (limit is not None and now >= limit and not by_script()):
        return _show_result(script, record, min(now, limit) if limit is not None else now)
    if action == "send":
        return _send(script, record, started, now)
    return (
        jsonify(_desk(script, record, now).news()) if by_script() else _show_desk(script, (record, started))
    )


def _start() -> tuple[Record, float]:
    needs = needs_queries.find_needs(db.session, the_agent_id())
    terms = chats.terms_for(
        needs, by_script=request.form.get("script") == "1", at_once=request.form.get("at_once", type=int)
    )
    language = "en" if locale_code().startswith("en") else "zh"
    record = Record(script=SCRIPT, language=language, terms=terms, lines=(), ended_at=0.0)
    return record, clock.utc_now().timestamp()


def _send(script: Script, record: Record, started: float, now: float) -> ResponseReturnValue:
    consumer = request.form.get("consumer", "")
    kind, text = read_line()
    try:
        line = Line(at=now, consumer=consumer, kind=kind, text=_words(script, record, kind, text))
        check_line(script, record.lines, line, record.terms, language=record.language)
    except UnknownConsumerError:
        abort(404)
    except LineError as error:
        words = error.sentence.in_language(locale_code())
        if by_script():
            return jsonify(message=words), 422
        return _show_desk(script, (record, started), refused=consumer, refusal=words, typed=text[:2000])
    record = Record(
        script=record.script,
        language=record.language,
        terms=record.terms,
        lines=(*record.lines, line),
        ended_at=record.ended_at,
    )
    if by_script():
        return jsonify(_desk(script, record, now).news() | {"state": _write_state(record, started)})
    return _show_desk(script, (record, started), refused=consumer)


def _words(script: Script, record: Record, kind: LineKind, text: str) -> str:
    if kind is LineKind.CLOSE:
        return ""
    if kind is LineKind.TYPED:
        return clean(text)
    if not text.isdecimal() or not 0 < int(text) <= len(script.quick):
        abort(404)
    return script.quick[int(text) - 1].in_language(record.language)


def _show_start(script: Script) -> ResponseReturnValue:
    needs = needs_queries.find_needs(db.session, the_agent_id())
    return render_template(
        "agents/chat_start.html",
        text_only=needs is not None and needs.text_only,
        exam=None,
        number=None,
        script=script,
        terms=chats.terms_for(needs, by_script=True),
        may_choose=chats.may_choose_fewer(needs),
        start_url=url_for("agents.practise_chat"),
        back_url=url_for("agents.list_exams"),
        seconds_left=None,
    )


def _show_desk(
    script: Script,
    carried: tuple[Record, float],
    *,
    refused: str = "",
    refusal: str | None = None,
    typed: str = "",
) -> ResponseReturnValue:
    record, started = carried
    desk = _desk(script, record, clock.utc_now().timestamp() - started)
    url = url_for("agents.practise_chat")
    page = render_template(
        "agents/chat.html",
        text_only=_is_text_only(),
        title=script.title.in_language(locale_code()),
        script=script,
        desk=desk,
        customers=desk.customers(),
        chosen=desk.chosen(refused or request.form.get("with", "")),
        refused=refused,
        refusal=refusal,
        typed=typed,
        send_url=url,
        news_url=url,
        end_url=url,
        page_url=url,
        back_url=url_for("agents.list_exams"),
        seconds_left=None,
        state=_write_state(record, started),
    )
    return page, 422 if refusal else 200


def _show_result(script: Script, record: Record, now: float) -> ResponseReturnValue:
    finished = Record(
        script=record.script,
        language=record.language,
        terms=record.terms,
        lines=record.lines,
        ended_at=max([now, *(line.at for line in record.lines)]),
    )
    play = replay(
        script, finished.lines, now=finished.ended_at, terms=finished.terms, language=finished.language
    )
    return render_template(
        "agents/chat_result.html",
        text_only=_is_text_only(),
        script=script,
        report=show_report(script, finished.score().to_json()),
        transcript=show_transcript(script, play),
        again_url=url_for("agents.practise_chat"),
        back_url=url_for("agents.list_exams"),
    )


def _is_text_only() -> bool:
    needs = needs_queries.find_needs(db.session, the_agent_id())
    return needs is not None and needs.text_only


def _desk(script: Script, record: Record, now: float) -> Desk:
    play = replay(script, record.lines, now=now, terms=record.terms, language=record.language)
    return Desk(
        script=script, play=play, terms=record.terms, language=record.language, sequence=len(record.lines) + 1
    )


def _states() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="practice chat")


def _write_state(record: Record, started: float) -> str:
    return str(_states().dumps({"record": record.to_json(), "started": started}))


def _read_state() -> tuple[Record, float] | None:
    """Return the play that the page carries, or None for one that we did not sign."""
    try:
        carried: dict[str, Any] = _states().loads(request.form.get("state", ""))
    except BadSignature:
        return None
    return Record.from_json(carried["record"]), float(carried["started"])
