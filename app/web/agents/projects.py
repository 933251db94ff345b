"""Projects to choose from, as far as one's needs allow, and one's applications."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.permissions import Permission
from app.queries import applications as application_queries
from app.queries import certificates as certificate_queries
from app.queries import needs as needs_queries
from app.queries.ladder import get_place
from app.services import applications
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id, the_user
from app.web.trial_words import CRITERIA, MARKS, VERDICTS


@bp.get("/projects")
@requires(Permission.PROJECT_READ)
def list_projects() -> ResponseReturnValue:
    agent_id, now = the_agent_id(), clock.utc_now()
    needs = needs_queries.find_needs(db.session, agent_id)
    mine = application_queries.list_applications_of(db.session, agent_id)
    held = {
        certificate.project_id
        for certificate in certificate_queries.list_certificates(db.session, agent_id)
        if certificate.revoked_at is None and certificate.expires_at > now
    }
    on_the_way = {
        application.project_id for application in mine if application.status in application_queries.OPEN
    }
    projects = [
        (project, applications.obstacle_for(project, needs))
        for project in application_queries.list_open_projects(db.session)
    ]
    return render_template(
        "agents/projects.html",
        fitting=[project for project, obstacle in projects if obstacle is None],
        left_out=[(project, obstacle) for project, obstacle in projects if obstacle is not None],
        applications=mine,
        open_statuses=application_queries.OPEN,
        assessments=application_queries.list_assessments(db.session, [agent_id]),
        has_base=None in held,
        held=held,
        on_the_way=on_the_way,
        needs=needs,
    )


@bp.post("/projects/<uuid:project_id>/apply")
@requires(Permission.APPLICATION_CREATE)
def apply_for_project(project_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        applications.apply_for_project(
            db.session,
            agent_id=the_agent_id(),
            project_id=project_id,
            actor_user_id=the_user().id,
            now=clock.utc_now(),
        )
    flash(_("已申请。下一步是看培训，然后考核；什么时候都由你定。"))
    return redirect(url_for("agents.show_training", project_id=project_id))


@bp.get("/applications/<uuid:application_id>")
@requires(Permission.PROJECT_READ)
def show_application(application_id: uuid.UUID) -> ResponseReturnValue:
    """Show every step of one application: what is behind, what comes next, and how the trials went."""
    application = application_queries.get_application_of(db.session, application_id, agent_id=the_agent_id())
    return render_template(
        "agents/application.html",
        application=application,
        place=get_place(db.session, application),
        certificate=certificate_queries.find_live_certificate(
            db.session, the_agent_id(), project_id=application.project_id, now=clock.utc_now()
        ),
        criteria=CRITERIA,
        marks=MARKS,
        verdicts=VERDICTS,
    )


@bp.post("/applications/<uuid:application_id>/withdraw")
@requires(Permission.APPLICATION_CREATE)
def withdraw_application(application_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        applications.withdraw_application(
            db.session,
            application_id=application_id,
            agent_id=the_agent_id(),
            actor_user_id=the_user().id,
            now=clock.utc_now(),
        )
    flash(_("已撤回申请。以后还可以再申请。"))
    return redirect(url_for("agents.list_projects"))
