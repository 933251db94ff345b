"""A project's training: its lessons in order, one at a time, going on where one stopped."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app import clock
from app.db import db, transaction
from app.errors import NotFoundError
from app.permissions import Permission
from app.queries.training import get_training
from app.services import training
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id


@bp.get("/projects/<uuid:project_id>/training")
@requires(Permission.TRAINING_READ)
def show_training(project_id: uuid.UUID) -> ResponseReturnValue:
    project = training.open_training(
        db.session, agent_id=the_agent_id(), project_id=project_id, now=clock.utc_now()
    )
    return render_template(
        "agents/training.html", project=project, training=get_training(db.session, the_agent_id(), project)
    )


@bp.get("/projects/<uuid:project_id>/training/<string:lesson_id>")
@requires(Permission.TRAINING_READ)
def show_lesson(project_id: uuid.UUID, lesson_id: str) -> ResponseReturnValue:
    project = training.open_training(
        db.session, agent_id=the_agent_id(), project_id=project_id, now=clock.utc_now()
    )
    standing = get_training(db.session, the_agent_id(), project)
    lesson = standing.find(lesson_id)
    if lesson is None:
        raise NotFoundError(f"lesson {lesson_id}")
    return render_template(
        "agents/lesson.html",
        project=project,
        training=standing,
        lesson=lesson,
        number=standing.lessons.index(lesson) + 1,
        # Safe as it is: it comes with this package, and nobody else writes there.
        drawing=Markup(lesson.picture.svg) if lesson.picture else None,
    )


@bp.post("/projects/<uuid:project_id>/training/<string:lesson_id>")
@requires(Permission.TRAINING_READ)
def finish_lesson(project_id: uuid.UUID, lesson_id: str) -> ResponseReturnValue:
    """Keep the lesson as read, and lead to the next that is not."""
    with transaction(db.session):
        standing = training.finish_lesson(
            db.session,
            agent_id=the_agent_id(),
            project_id=project_id,
            lesson_id=lesson_id,
            now=clock.utc_now(),
        )
    if standing.is_done:
        flash(_("都看完了。项目考核现在开着，什么时候考由你定。"))
        return redirect(url_for("agents.show_training", project_id=project_id))
    return redirect(url_for("agents.show_lesson", project_id=project_id, lesson_id=standing.unread[0].id))
