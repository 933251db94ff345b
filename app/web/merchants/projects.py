"""A merchant's projects: what agents are certified for and seats are booked in."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.models import BookingStatus, ServiceLine
from app.permissions import Permission
from app.queries import bookings as booking_queries
from app.queries import projects as project_queries
from app.services import projects
from app.web.access import requires
from app.web.identity import the_actor
from app.web.merchants import bp, merchant_id
from app.web.merchants.forms import AS_USUAL, LEAST_PAY, SERVICE_LINES, ProjectForm, ValidityForm


@bp.get("/projects")
@requires(Permission.PROJECT_MANAGE)
def list_projects() -> ResponseReturnValue:
    summaries = project_queries.list_project_summaries(
        db.session, merchant_id=merchant_id(), now=clock.utc_now()
    )
    return render_template("merchants/list_projects.html", summaries=summaries, service_lines=SERVICE_LINES)


@bp.route("/projects/new", methods=["GET", "POST"])
@requires(Permission.PROJECT_MANAGE)
def create_project() -> ResponseReturnValue:
    form = ProjectForm()
    if form.validate_on_submit():
        with transaction(db.session):
            project = projects.create_project(
                db.session,
                merchant_id=merchant_id(),
                name=form.name.data or "",
                service_line=ServiceLine(form.service_line.data),
                concurrent_chats=form.concurrent_chats.data or 1,
                knowledge=form.knowledge.data or "",
                pay_fen_an_hour=round((form.pay_an_hour.data or LEAST_PAY) * 100),
                actor_user_id=the_actor().user_id,
                now=clock.utc_now(),
            )
        flash(_("项目建好了，现在可以订坐席。"))
        return redirect(url_for("merchants.show_project", project_id=project.id))
    return render_template("merchants/create_project.html", form=form), 422 if form.errors else 200


@bp.post("/projects/<uuid:project_id>/validity")
@requires(Permission.PROJECT_MANAGE)
def set_validity(project_id: uuid.UUID) -> ResponseReturnValue:
    form = ValidityForm()
    if not form.validate_on_submit():
        return _project_page(project_id, form), 422
    with transaction(db.session):
        projects.set_certificate_months(
            db.session,
            project_id=project_id,
            merchant_id=merchant_id(),
            months=int(form.months.data) or None,
            actor_user_id=the_actor().user_id,
            now=clock.utc_now(),
        )
    flash(_("改好了：以后发的和续的认证都按它算，已经发的不变。"))
    return redirect(url_for("merchants.show_project", project_id=project_id))


@bp.get("/projects/<uuid:project_id>")
@requires(Permission.PROJECT_MANAGE)
def show_project(project_id: uuid.UUID) -> ResponseReturnValue:
    return _project_page(project_id)


def _project_page(project_id: uuid.UUID, form: ValidityForm | None = None) -> str:
    summary = project_queries.get_project_summary(
        db.session, project_id, merchant_id=merchant_id(), now=clock.utc_now()
    )
    bookings = booking_queries.list_bookings(db.session, merchant_id=merchant_id(), project_id=project_id)
    months = summary.project.certificate_months
    return render_template(
        "merchants/show_project.html",
        form=form or ValidityForm(months=str(months or AS_USUAL)),
        summary=summary,
        bookings=bookings,
        service_lines=SERVICE_LINES,
        BookingStatus=BookingStatus,
    )
