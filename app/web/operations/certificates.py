"""One certificate as operations see it: suspend it, lift that, revoke it; each with a day and a reason."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import db, transaction
from app.models import Certificate, CertificateState
from app.permissions import Permission
from app.queries import certificates as certificate_queries
from app.services import certificate_states
from app.web.access import requires
from app.web.choices import choice
from app.web.identity import the_user
from app.web.operations import bp

SUSPEND, LIFT, REVOKE = "suspend", "lift", "revoke"
LONGEST_DAYS = 365


class StateForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    action = RadioField(_l("怎么办"), validators=[InputRequired(_l("请选一项"))])
    until = DateField(_l("到哪一天"), validators=[Optional()])
    reason = TextAreaField(_l("原因"), validators=[Length(max=500, message=_l("请写在 500 个字以内"))])

    def validate_until(self, field: DateField) -> None:
        """Ask for a day to come, but not for one that a slip of the keyboard put years away."""
        if self.action.data == LIFT:
            return
        today = clock.utc_now().astimezone(BUSINESS_ZONE).date()
        if field.data is None:
            raise ValidationError(_("请填一个日期，例如 2026-12-01"))
        if not today < field.data <= today + dt.timedelta(days=LONGEST_DAYS):
            raise ValidationError(_("请填从明天起一年以内的日期"))

    def validate_reason(self, field: TextAreaField) -> None:
        """What takes somebody's work away has a reason, and the person reads it."""
        if self.action.data != LIFT and not (field.data or "").strip():
            raise ValidationError(_("请写原因，本人会读到"))


@bp.route("/certificates/<uuid:certificate_id>", methods=["GET", "POST"])
@requires(Permission.CERTIFICATE_MANAGE)
def manage_certificate(certificate_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.utc_now()
    certificate = certificate_queries.get_certificate(db.session, certificate_id)
    state = certificate.state_at(now)
    form = StateForm()
    form.action.choices = _actions(state)
    if form.validate_on_submit():
        taken = _change(certificate, form, now=now)
        flash(_say(form.action.data, taken))
        return redirect(url_for("operations.manage_certificate", certificate_id=certificate_id))
    page = render_template(
        "operations/manage_certificate.html", certificate=certificate, state=state, form=form
    )
    return page, 422 if form.errors else 200


def _actions(state: CertificateState) -> list[tuple[str, str]]:
    if state is CertificateState.VALID:
        return [choice(SUSPEND, _("停用一段时间")), choice(REVOKE, _("撤销"))]
    if state is CertificateState.SUSPENDED:
        return [choice(LIFT, _("现在就恢复")), choice(REVOKE, _("撤销"))]
    return []


def _change(certificate: Certificate, form: StateForm, *, now: dt.datetime) -> int:
    """Do what was chosen and return how many shifts were taken back."""
    day = form.until.data
    until = dt.datetime.combine(day, dt.time(), BUSINESS_ZONE) if day else now
    reason = form.reason.data or ""
    actor_user_id, wall_now = the_user().id, clock.wall_now()
    with transaction(db.session):
        if form.action.data == LIFT:
            certificate_states.lift_suspension(
                db.session, certificate.id, actor_user_id=actor_user_id, now=now, wall_now=wall_now
            )
            return 0
        if form.action.data == SUSPEND:
            return certificate_states.suspend_certificate(
                db.session,
                certificate.id,
                until=until,
                reason=reason,
                actor_user_id=actor_user_id,
                now=now,
                wall_now=wall_now,
            )
        return certificate_states.revoke_certificate(
            db.session,
            certificate.id,
            barred_until=until,
            reason=reason,
            actor_user_id=actor_user_id,
            now=now,
            wall_now=wall_now,
        )


def _say(action: str, taken: int) -> str:
    if action == LIFT:
        return str(_("恢复了，并通知了本人。"))
    done = _("停用了，并通知了本人。") if action == SUSPEND else _("撤销了，并通知了本人。")
    if not taken:
        return str(done)
    shifts = ngettext("收回 %(num)s 班，正在找人接。", "收回 %(num)s 班，正在找人接。", taken)
    return f"{done}{shifts}"
