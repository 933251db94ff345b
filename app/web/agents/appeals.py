"""Say that a decision is wrong: what was decided and why, what I say against it, and the answer."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app import clock
from app.db import db, transaction
from app.models import AppealKind
from app.permissions import Permission
from app.queries import appeals as appeal_queries
from app.services import appeals
from app.web.access import requires
from app.web.agents import bp
from app.web.appeal_words import EFFECTS, KINDS, STATES, subject_of
from app.web.identity import the_agent_id, the_user


class AppealForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    reason = TextAreaField(
        _l("哪里不对"),
        filters=[lambda typed: (typed or "").strip()],
        validators=[
            DataRequired(_l("请写哪里不对，或者缺了什么")),
            Length(max=2000, message=_l("请写在 2000 个字以内")),
        ],
    )


@bp.get("/appeals")
@requires(Permission.APPEAL_SUBMIT)
def list_appeals() -> ResponseReturnValue:
    now = clock.utc_now()
    decisions = appeal_queries.list_decisions(db.session, the_agent_id(), now=now)
    return render_template(
        "agents/appeals.html",
        decisions=[one for one in decisions if one.may_appeal(now)],
        appeals=appeal_queries.list_appeals(db.session, the_agent_id()),
        kinds=KINDS,
        states=STATES,
        subject_of=subject_of,
        answer_within=appeals.ANSWER_WITHIN,
    )


@bp.route("/appeals/<string(maxlength=20):kind>/<uuid:subject_id>", methods=["GET", "POST"])
@requires(Permission.APPEAL_SUBMIT)
def make_appeal(kind: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.utc_now()
    if kind not in set(AppealKind):
        abort(404)
    decision = appeal_queries.get_decision(
        db.session, agent_id=the_agent_id(), kind=AppealKind(kind), subject_id=subject_id, now=now
    )
    form = AppealForm()
    if form.validate_on_submit():
        with transaction(db.session):
            appeals.submit_appeal(
                db.session,
                agent_id=the_agent_id(),
                kind=decision.kind,
                subject_id=subject_id,
                reason=form.reason.data or "",
                actor_user_id=the_user().id,
                now=now,
            )
        flash(_("收到了。会由另一个人看，答复会通知你。"))
        return redirect(url_for("agents.list_appeals"))
    page = render_template(
        "agents/make_appeal.html",
        decision=decision,
        may_appeal=decision.may_appeal(now),
        title=KINDS[decision.kind],
        subject=subject_of(decision),
        effect=EFFECTS[decision.kind],
        answer_days=appeals.ANSWER_WITHIN.days,
        form=form,
    )
    return page, 422 if form.errors else 200
