"""The desk: what waits for somebody in operations, and the way to it."""

from __future__ import annotations

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.db import db
from app.permissions import Permission
from app.queries import desk as desk_queries
from app.web.access import requires
from app.web.operations import bp
from app.web.operations.clock import ClockForm, local_text


@bp.get("/desk")
@requires(Permission.SEASON_READ)
def show_desk() -> ResponseReturnValue:
    return render_template(
        "operations/show_desk.html",
        counts=desk_queries.count_desk(db.session, wall_now=clock.wall_now()),
        clock_form=ClockForm(formdata=None) if current_app.config["DEMO"] else None,
        clock_text=local_text(clock.utc_now()),
    )
