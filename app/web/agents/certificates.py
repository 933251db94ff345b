"""The certificates I hold, and where anybody can check them."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.db import db
from app.permissions import Permission
from app.queries import certificates as certificate_queries
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id


@bp.get("/certificates")
@requires(Permission.CERTIFICATE_READ)
def list_certificates() -> ResponseReturnValue:
    return render_template(
        "agents/certificates.html",
        certificates=certificate_queries.list_certificates(db.session, the_agent_id()),
        now=clock.utc_now(),
    )
