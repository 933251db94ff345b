"""Signs in exams: what was seen, in figures and words, and a reviewer's decision with its reason."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app import clock
from app.db import db, transaction
from app.models import ExamAttempt, IntegrityFlag, RetestOutcome, SignKind, SignState
from app.permissions import Permission
from app.queries import attempts as attempt_queries
from app.queries import integrity as integrity_queries
from app.services import integrity_reviews
from app.services.item_bank import bank_for
from app.web.access import requires
from app.web.agents.questions import ShownQuestion, show_form
from app.web.choices import choice
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from exams.blueprints import BLUEPRINTS
from exams.forms import Form
from exams.items import Kind

ROWS = 200

KINDS: Mapping[SignKind, object] = {
    SignKind.SPEED: _l("答对的题太快"),
    SignKind.SIMILARITY: _l("和另一个人的答案太像"),
}
STATES: Mapping[SignState, object] = {
    SignState.OPEN: _l("等人看"),
    SignState.CLEARED: _l("没有问题"),
    SignState.RETEST: _l("请本人确认成绩"),
    SignState.VOID: _l("成绩不算数"),
}
OUTCOMES: Mapping[RetestOutcome, object] = {
    RetestOutcome.AGREES: _l("两次成绩一致"),
    RetestOutcome.DIFFERS: _l("两次成绩不一样"),
    RetestOutcome.MISSED: _l("没有来考"),
}


class ReviewForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    decision = RadioField(_l("怎么定"), validators=[InputRequired(_l("请选一项"))])
    reason = TextAreaField(
        _l("理由"),
        filters=[lambda typed: (typed or "").strip()],
        validators=[
            DataRequired(_l("请写理由，本人会读到")),
            Length(max=2000, message=_l("请写在 2000 个字以内")),
        ],
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """One item of the evidence, in the reader's language; what does not belong to the kind stays empty."""

    stem: str
    right: bool
    mine: str
    seconds: float | None = None
    expected: float | None = None
    is_fast: bool = False
    theirs: str | None = None
    alike: bool = False

    @property
    def bar(self) -> float:
        """The time beside the expected one, which stands in the middle: 0 to 100."""
        return min(100.0, 50 * (self.seconds or 0) / (self.expected or 1))


@bp.get("/integrity")
@requires(Permission.INTEGRITY_REVIEW)
def list_signs() -> ResponseReturnValue:
    return render_template(
        "operations/signs.html",
        flags=integrity_queries.list_open_flags(db.session, limit=ROWS),
        kinds=KINDS,
        outcomes=OUTCOMES,
        exams=BLUEPRINTS,
        chance_words=chance_words,
    )


@bp.route("/integrity/<uuid:flag_id>", methods=["GET", "POST"])
@requires(Permission.INTEGRITY_REVIEW)
def review_sign(flag_id: uuid.UUID) -> ResponseReturnValue:
    flag, person = integrity_queries.get_flag(db.session, flag_id)
    form = ReviewForm()
    form.decision.choices = _choices(flag)
    if form.validate_on_submit():
        with transaction(db.session):
            integrity_reviews.decide_flag(
                db.session,
                flag_id,
                decision=SignState(form.decision.data),
                reason=form.reason.data or "",
                actor_user_id=the_user().id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
        flash(_("决定记下了。"))
        return redirect(url_for("operations.review_sign", flag_id=flag_id))
    page = render_template(
        "operations/review_sign.html",
        flag=flag,
        person=person,
        kind=KINDS[flag.kind],
        state=STATES[flag.state],
        outcome=OUTCOMES[flag.outcome] if flag.outcome else None,
        exam=BLUEPRINTS[flag.attempt.exam].title.in_language(locale_code()),
        chance=chance_words(flag.p),
        rows=_rows(flag),
        form=form,
    )
    return page, 422 if form.errors else 200


def chance_words(p: float) -> str:
    """Return a chance as "1 in so many", to one figure."""
    many = float(f"{1 / max(p, 1e-12):.0e}")
    return f"1/{int(many):,}"


def _choices(flag: IntegrityFlag) -> list[Any]:
    cleared = choice(SignState.CLEARED.value, _("没有问题"))
    void = choice(SignState.VOID.value, _("成绩不算数：按没通过算，因此发的认证撤销，可以按规定重考"))
    retest = choice(SignState.RETEST.value, _("请本人确认：14 天内考一份短卷子，期间什么都不变"))
    if flag.state is SignState.OPEN:
        return [cleared, retest, void]
    if flag.state is SignState.RETEST and flag.outcome is not None:
        return [cleared, void]
    return []


def _rows(flag: IntegrityFlag) -> list[Row]:
    mine = _shown(flag.attempt)
    theirs: Mapping[str, ShownQuestion] = {}
    if flag.other_attempt_id is not None:
        theirs = _shown(db.session.get_one(ExamAttempt, flag.other_attempt_id))
    rows = []
    for answer in flag.evidence["answers"]:
        item_id = answer["item"].rpartition("/")[0]
        shown = mine[item_id]
        rows.append(
            Row(
                stem=shown.stem,
                right=answer["right"],
                mine=_answer_words(shown),
                seconds=answer.get("seconds"),
                expected=answer.get("expected"),
                is_fast=answer.get("z", 0) < -2,
                theirs=_answer_words(theirs[item_id]) if item_id in theirs else None,
                alike=answer.get("alike", False),
            )
        )
    return rows


def _shown(attempt: ExamAttempt) -> dict[str, ShownQuestion]:
    answers = attempt_queries.list_answers(db.session, attempt.id)
    shown = show_form(Form.from_json(attempt.form), bank_for(db.session, attempt), answers)
    return {question.item_id: question for question in shown}


def _answer_words(shown: ShownQuestion) -> str:
    if shown.kind is Kind.TRUE_FALSE:
        return str(_("正确") if "true" in shown.values else _("不正确"))
    if shown.given:
        return "；".join(f"{left} {right}" for left, right in shown.given)
    options = dict(shown.options)
    return " / ".join(options.get(value, value) for value in shown.values)
