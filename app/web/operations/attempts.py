"""An attempt as operations see it when something technical went wrong: the evidence, and the waiver."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app import clock
from app.db import db, transaction
from app.permissions import Permission
from app.queries.attempt_evidence import get_evidence
from app.services import waivers
from app.web.access import requires
from app.web.identity import the_user
from app.web.operations import bp
from app.web.operations.audit_texts import action_words
from exams.blueprints import BLUEPRINTS


class WaiverForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    reason = TextAreaField(
        _l("原因"),
        filters=[lambda typed: (typed or "").strip()],
        validators=[
            DataRequired(_l("请写是什么技术问题、从哪里看出来")),
            Length(max=500, message=_l("请写在 500 个字以内")),
        ],
    )


@bp.route("/attempts/<uuid:attempt_id>", methods=["GET", "POST"])
@requires(Permission.ATTEMPT_WAIVE)
def review_attempt(attempt_id: uuid.UUID) -> ResponseReturnValue:
    evidence = get_evidence(db.session, attempt_id)
    form = WaiverForm()
    if form.validate_on_submit():
        with transaction(db.session):
            waivers.waive_attempt(
                db.session,
                attempt_id,
                reason=form.reason.data or "",
                actor_user_id=the_user().id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
        flash(_("这次不算了，并通知了本人。"))
        return redirect(url_for("operations.review_attempt", attempt_id=attempt_id))
    page = render_template(
        "operations/review_attempt.html",
        evidence=evidence,
        attempt=evidence.attempt,
        exam=BLUEPRINTS[evidence.attempt.exam],
        action_words=action_words,
        form=form,
    )
    return page, 422 if form.errors else 200
