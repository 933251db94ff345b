"""Try each kind of question before the clock runs: feedback at once, nothing kept."""

from __future__ import annotations

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from app import clock
from app.db import db
from app.permissions import Permission
from app.queries import needs as needs_queries
from app.services.accommodations import accommodation_of
from app.services.item_bank import current_bank
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.questions import show_one
from app.web.i18n import locale_code
from app.web.identity import the_agent_id
from exams import typewriting
from exams.bank import Bank
from exams.blueprints import PRACTICE_EXAM
from exams.forms import Form, Question, assemble_form
from exams.items import Item, Kind
from exams.marking import mark
from exams.responses import Response, ResponseError, parse_response
from exams.timing import typing_time_factor
from exams.typewriting import TypedResponse


@bp.get("/practice")
@requires(Permission.EXAM_SIT)
def show_practice() -> ResponseReturnValue:
    """Show one practice question; with `check`, also what the answer in the address is worth."""
    lap = max(0, request.args.get("round", 0, type=int))
    bank = current_bank(db.session)
    form = assemble_form(bank, PRACTICE_EXAM, lap)
    number = min(max(1, request.args.get("question", 1, type=int)), len(form.questions))
    begun = _begun()
    question = show_one(form.questions[number - 1], bank, number=number, response=begun)
    answer = request.args.getlist("answer")
    accommodation = accommodation_of(needs_queries.find_needs(db.session, the_agent_id()), large_text=False)
    time_factor = typing_time_factor(PRACTICE_EXAM.minutes, accommodation)
    marked, refusal = None, None
    if "check" in request.args:
        try:
            item = _item(bank, form, number)
            response = _response(item, form.questions[number - 1], answer, begun)
            marked = mark(item, response, time_factor=time_factor)
        except ResponseError as error:
            refusal = error.sentence.in_language(locale_code())
    page = render_template(
        "agents/practice.html",
        text_only=accommodation.text_only,
        question=question,
        values=answer,
        count=len(form.questions),
        lap=lap,
        marked=marked,
        feedback=marked.feedback.in_language(locale_code()) if marked else None,
        refusal=refusal,
        started=_starts().dumps(begun) if begun and question.kind is Kind.TYPING else None,
        typing_untimed=time_factor is None,
    )
    return page, 422 if refusal else 200


def _item(bank: Bank, form: Form, number: int) -> Item:
    question = form.questions[number - 1]
    return bank.item(question.item_id, question.version)


def _response(
    item: Item, question: Question, values: list[str], begun: TypedResponse | None
) -> Response | None:
    response = parse_response(
        item.kind,
        values,
        option_ids=question.option_ids or None,
        prompt_ids=[prompt.id for prompt in item.shown().prompts],
    )
    if item.kind is Kind.TYPING and isinstance(response, str):
        return None if begun is None else typewriting.go_on(begun, text=response, at=_now())
    return response


def _begun() -> TypedResponse | None:
    """Return the typing that was begun: with this request, or at the signed time that it brings back."""
    if "start" in request.args:
        return typewriting.begin(language=locale_code(), at=_now())
    try:
        started: TypedResponse = _starts().loads(request.args.get("started", ""))
    except BadSignature:
        return None
    return started


def _now() -> int:
    """Return the time in milliseconds; only differences of it matter."""
    return int(clock.utc_now().timestamp() * 1000)


def _starts() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="practice typing")
