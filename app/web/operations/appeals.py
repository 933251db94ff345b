"""Appeals that wait: what was decided and why, what the person says, and the answer with its effect."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app import clock
from app.db import db, transaction
from app.models import Appeal, AppealKind, AppealState
from app.permissions import Permission
from app.queries import appeals as appeal_queries
from app.queries import attempts as attempt_queries
from app.services import appeals
from app.services.appeals import Answer, Remedy
from app.services.item_bank import bank_for, current_bank
from app.web.access import requires
from app.web.appeal_words import EFFECTS, KINDS, STATES, subject_of
from app.web.choices import choice
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from exams.forms import Form
from exams.items import Item, Kind
from exams.marking import mark_attempt
from exams.timing import Accommodation

ROWS = 200
REFUSE, GRANT = "refuse", "grant"


class AnswerForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    decision = RadioField(_l("怎么答复"), validators=[InputRequired(_l("请选一项"))])
    items = SelectMultipleField(_l("哪些题给满分"), choices=[])
    answer = TextAreaField(
        _l("理由"),
        filters=[lambda typed: (typed or "").strip()],
        validators=[
            DataRequired(_l("请写理由，本人会读到")),
            Length(max=2000, message=_l("请写在 2000 个字以内")),
        ],
    )

    def validate_items(self, field: SelectMultipleField) -> None:
        """A new mark without an item would change nothing."""
        if self.decision.data == Remedy.REMARK and not field.data:
            raise ValidationError(_("重新判分要选至少一道题"))


@bp.get("/appeals")
@requires(Permission.APPEAL_DECIDE)
def list_appeals() -> ResponseReturnValue:
    return render_template(
        "operations/appeals.html",
        appeals=appeal_queries.list_open_appeals(db.session, limit=ROWS),
        kinds=KINDS,
        answer_within=appeals.ANSWER_WITHIN,
        now=clock.utc_now(),
    )


@bp.route("/appeals/<uuid:appeal_id>", methods=["GET", "POST"])
@requires(Permission.APPEAL_DECIDE)
def decide_appeal(appeal_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.utc_now()
    appeal = appeal_queries.get_appeal(db.session, appeal_id)
    decision = appeal_queries.find_decision(db.session, appeal, now=now)
    doubtful = _doubtful_items(appeal) if appeal.state is AppealState.OPEN else {}
    form = AnswerForm()
    form.decision.choices = _choices(appeal, doubtful)
    form.items.choices = [choice(item.id, item.stem.in_language(locale_code())) for item in doubtful.values()]
    if form.validate_on_submit():
        with transaction(db.session):
            appeals.decide_appeal(
                db.session,
                appeal_id,
                answer=Answer(
                    granted=form.decision.data != REFUSE,
                    words=form.answer.data or "",
                    remedy=Remedy.REMARK if form.decision.data == Remedy.REMARK else Remedy.WAIVE,
                    granted_items=form.items.data or (),
                ),
                bank=current_bank(db.session),
                actor_user_id=the_user().id,
                now=now,
                wall_now=clock.wall_now(),
            )
        flash(_("已答复，并通知了本人。"))
        return redirect(url_for("operations.decide_appeal", appeal_id=appeal_id))
    page = render_template(
        "operations/decide_appeal.html",
        appeal=appeal,
        decision=decision,
        subject=subject_of(decision) if decision else "",
        title=KINDS[appeal.kind],
        state=STATES[appeal.state],
        effect=EFFECTS[appeal.kind],
        is_mine=appeal.first_decider_id == the_user().id,
        rationales={item.id: item.rationale.in_language(locale_code()) for item in doubtful.values()},
        form=form,
    )
    return page, 422 if form.errors else 200


def _choices(appeal: Appeal, doubtful: Mapping[str, Item]) -> list[Any]:
    refuse = choice(REFUSE, _("不同意，维持原来的决定"))
    if appeal.kind is not AppealKind.EXAM_RESULT:
        return [choice(GRANT, _("同意")), refuse]
    waive = choice(Remedy.WAIVE.value, _("同意：这一次不算，不用等就能再考"))
    remark = [choice(Remedy.REMARK.value, _("同意：下面选的题给满分，重新算分"))] if doubtful else []
    return [*remark, waive, refuse]


def _doubtful_items(appeal: Appeal) -> dict[str, Item]:
    """Return the items of an appealed exam that did not bring all their points, conversations apart."""
    if appeal.kind is not AppealKind.EXAM_RESULT:
        return {}
    attempt = attempt_queries.get_attempt(db.session, appeal.subject_id, agent_id=appeal.agent_id)
    if "adaptive" in (attempt.result or {}):
        # Its mark is an ability, not a sum of points: there the attempt is let off.
        return {}
    bank, form = bank_for(db.session, attempt), Form.from_json(attempt.form)
    answers = attempt_queries.list_answers(db.session, attempt.id)
    marked = mark_attempt(
        form,
        bank,
        {item_id: answer.response["value"] for item_id, answer in answers.items()},
        accommodation=Accommodation(**attempt.accommodation),
        granted=(attempt.result or {}).get("granted", ()),
    )
    items = [bank.item(asked.item_id, asked.version) for asked in form.questions]
    return {
        item.id: item
        for item in items
        if item.kind is not Kind.CHAT and item.id in answers and not marked.marks[item.id].correct
    }
