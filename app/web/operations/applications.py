"""Applications for projects: see how far people have come, and decline with a reason."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app import clock
from app.db import db, transaction
from app.models import ApplicationStatus
from app.permissions import Permission
from app.queries import applications as application_queries
from app.queries import certificates as certificate_queries
from app.queries.ladder import get_place
from app.services import applications
from app.web.access import requires
from app.web.identity import the_user
from app.web.operations import bp
from app.web.paging import page_number, pages_of
from app.web.trial_words import CRITERIA, MARKS, VERDICTS

ROWS = 50


class DeclineForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    reason = TextAreaField(
        _l("原因"),
        filters=[lambda typed: (typed or "").strip()],
        validators=[
            DataRequired(_l("请写评语或原因，申请的人会读到")),
            Length(max=500, message=_l("请写在 500 个字以内")),
        ],
    )


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
    """Show how far somebody has come, with the way to the next step; or decline, with a reason."""
    application = application_queries.get_application(db.session, application_id)
    form = DeclineForm()
    if form.validate_on_submit():
        with transaction(db.session):
            applications.decline(
                db.session,
                application_id=application_id,
                reason=form.reason.data or "",
                actor_user_id=the_user().id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
        flash(_("已决定，并通知了本人。"))
        return redirect(url_for("operations.list_applications", status=application.status.value))
    page = render_template(
        "operations/decide_application.html",
        application=application,
        place=get_place(db.session, application),
        base=certificate_queries.find_valid_certificate(
            db.session, application.agent_id, project_id=None, now=clock.utc_now()
        ),
        is_open=application.status in application_queries.OPEN,
        form=form,
        criteria=CRITERIA,
        marks=MARKS,
        verdicts=VERDICTS,
        now=clock.utc_now(),
    )
    return page, 422 if form.errors else 200


def _asked_status() -> ApplicationStatus:
    try:
        return ApplicationStatus(request.args.get("status", ""))
    except ValueError:
        return ApplicationStatus.APPLIED
