"""Identities that wait for somebody to look: confirm, or refuse with a reason. Then they are deleted."""

from __future__ import annotations

import uuid

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import db, transaction
from app.identity_rules import age_on
from app.permissions import Permission
from app.queries import identity_checks as check_queries
from app.services import identity_checks
from app.web.access import requires
from app.web.choices import choice
from app.web.identity import the_user
from app.web.operations import bp
from app.web.paging import page_number, pages_of

ROWS = 50
CONFIRM, REFUSE = "confirm", "refuse"


class DecisionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    decision = RadioField(_l("怎么办"), validators=[InputRequired(_l("请选一项"))])
    reason = TextAreaField(_l("原因"), validators=[Length(max=500, message=_l("请写在 500 个字以内"))])

    def validate_reason(self, field: TextAreaField) -> None:
        """Whoever is refused must know what to mend."""
        if self.decision.data == REFUSE and not (field.data or "").strip():
            raise ValidationError(_("请写原因，本人会读到"))


@bp.get("/identities")
@requires(Permission.IDENTITY_DECIDE)
def list_identities() -> ResponseReturnValue:
    total = check_queries.count_waiting(db.session)
    page = page_number()
    return render_template(
        "operations/identities.html",
        checks=check_queries.list_waiting(db.session, offset=(page - 1) * ROWS, limit=ROWS),
        total=total,
        pages=pages_of(total, ROWS, page),
    )


@bp.route("/identities/<uuid:check_id>", methods=["GET", "POST"])
@requires(Permission.IDENTITY_DECIDE)
def decide_identity(check_id: uuid.UUID) -> ResponseReturnValue:
    check, account_name = check_queries.get_check(db.session, check_id)
    form = DecisionForm()
    form.decision.choices = [choice(CONFIRM, _("确认是本人，年龄够")), choice(REFUSE, _("不能确认"))]
    if form.validate_on_submit():
        with transaction(db.session):
            identity_checks.decide_identity(
                db.session,
                check_id,
                confirmed=form.decision.data == CONFIRM,
                reason=form.reason.data,
                cipher=current_app.config["CIPHER"],
                actor_user_id=the_user().id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
        flash(_("已决定，并通知了本人。填的内容已经删掉。"))
        return redirect(url_for("operations.list_identities"))
    identity = identity_checks.read_identity(check, cipher=current_app.config["CIPHER"])
    today = clock.utc_now().astimezone(BUSINESS_ZONE).date()
    page = render_template(
        "operations/decide_identity.html",
        check=check,
        account_name=account_name,
        identity=identity,
        age=age_on(today, born_on=identity.born_on) if identity else None,
        form=form,
    )
    return page, 422 if form.errors else 200
