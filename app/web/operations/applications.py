"""Applications for projects: see them, let people on trial, certify or decline with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app import clock
from app.db import db, transaction
from app.errors import StepSkippedError
from app.models import ApplicationStatus
from app.permissions import Permission
from app.queries import applications as application_queries
from app.queries import certificates as certificate_queries
from app.services import applications
from app.web.access import requires
from app.web.choices import choice
from app.web.identity import the_user
from app.web.operations import bp
from app.web.paging import page_number, pages_of

ROWS = 50
TRIAL, CERTIFY, DECLINE = "trial", "certify", "decline"


class DecisionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    decision = RadioField(_l("怎么办"), validators=[InputRequired(_l("请选一项"))])
    reason = TextAreaField(_l("评语或原因"), validators=[Length(max=500, message=_l("请写在 500 个字以内"))])

    def validate_reason(self, field: TextAreaField) -> None:
        """A verdict is read by the person it is about, so it has words; a trial needs none."""
        if self.decision.data in (CERTIFY, DECLINE) and not (field.data or "").strip():
            raise ValidationError(_("请写评语或原因，申请的人会读到"))


@bp.get("/applications")
@requires(Permission.APPLICATION_DECIDE)
def list_applications() -> ResponseReturnValue:
    status = _asked_status()
    counts = application_queries.count_applications(db.session)
    page = page_number()
    rows = application_queries.list_applications(
        db.session, statuses=[status], offset=(page - 1) * ROWS, limit=ROWS
    )
    return render_template(
        "operations/applications.html",
        applications=rows,
        assessments=application_queries.list_assessments(db.session, {row.agent_id for row in rows}),
        counts=counts,
        status=status,
        statuses=list(ApplicationStatus),
        pages=pages_of(counts[status], ROWS, page),
    )


@bp.route("/applications/<uuid:application_id>", methods=["GET", "POST"])
@requires(Permission.APPLICATION_DECIDE)
def decide_application(application_id: uuid.UUID) -> ResponseReturnValue:
    application = application_queries.get_application(db.session, application_id)
    assessment = application_queries.list_assessments(db.session, [application.agent_id]).get(
        (application.agent_id, application.project_id)
    )
    form = DecisionForm()
    if application.status is ApplicationStatus.TRIAL:
        form.decision.choices = [choice(CERTIFY, _("试岗通过，发项目认证")), choice(DECLINE, _("不通过"))]
    else:
        form.decision.choices = [choice(TRIAL, _("安排试岗")), choice(DECLINE, _("不通过"))]
    if form.validate_on_submit():
        try:
            with transaction(db.session):
                _decide(application_id, form.decision.data, (form.reason.data or "").strip())
        except StepSkippedError:
            form.decision.errors = [_("项目考核还没通过，不能安排试岗")]
        else:
            flash(_("已决定，并通知了本人。"))
            return redirect(url_for("operations.list_applications", status=application.status.value))
    page = render_template(
        "operations/decide_application.html",
        application=application,
        assessment=assessment,
        base=certificate_queries.find_valid_certificate(
            db.session, application.agent_id, project_id=None, now=clock.utc_now()
        ),
        is_open=application.status in application_queries.OPEN,
        form=form,
    )
    return page, 422 if form.errors else 200


def _decide(application_id: uuid.UUID, decision: str, reason: str) -> None:
    common: dict[str, Any] = {
        "application_id": application_id,
        "actor_user_id": the_user().id,
        "now": clock.utc_now(),
        "wall_now": clock.wall_now(),
    }
    steps: dict[str, Callable[[], object]] = {
        TRIAL: lambda: applications.start_trial(db.session, **common),
        CERTIFY: lambda: applications.certify(db.session, verdict=reason, **common),
        DECLINE: lambda: applications.decline(db.session, reason=reason, **common),
    }
    steps[decision]()


def _asked_status() -> ApplicationStatus:
    try:
        return ApplicationStatus(request.args.get("status", ""))
    except ValueError:
        return ApplicationStatus.APPLIED
