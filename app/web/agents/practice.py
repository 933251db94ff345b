"""Try each kind of question before the clock runs: feedback at once, nothing kept."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.permissions import Permission
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.questions import show_one
from app.web.i18n import locale_code
from exams.bank import shipped_bank
from exams.blueprints import PRACTICE_EXAM
from exams.forms import Form, assemble_form
from exams.marking import Mark, mark
from exams.responses import ResponseError, parse_response


@bp.get("/practice")
@requires(Permission.EXAM_SIT)
def show_practice() -> ResponseReturnValue:
    """Show one practice question; with `check`, also what the answer in the address is worth."""
    lap = max(0, request.args.get("round", 0, type=int))
    form = assemble_form(shipped_bank(), PRACTICE_EXAM, lap)
    number = min(max(1, request.args.get("question", 1, type=int)), len(form.questions))
    question = show_one(form.questions[number - 1], shipped_bank(), number=number)
    answer = request.args.getlist("answer")
    marked, refusal = None, None
    if "check" in request.args:
        try:
            marked = _mark(form, number, answer)
        except ResponseError as error:
            refusal = error.sentence.in_language(locale_code())
    page = render_template(
        "agents/practice.html",
        question=question,
        values=answer,
        count=len(form.questions),
        lap=lap,
        marked=marked,
        feedback=marked.feedback.in_language(locale_code()) if marked else None,
        refusal=refusal,
    )
    return page, 422 if refusal else 200


def _mark(form: Form, number: int, values: list[str]) -> Mark:
    question = form.questions[number - 1]
    item = shipped_bank().item(question.item_id, question.version)
    response = parse_response(
        item.kind,
        values,
        option_ids=question.option_ids or None,
        prompt_ids=[prompt.id for prompt in item.shown().prompts],
    )
    return mark(item, response)
