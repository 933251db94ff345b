"""Whether this process can work: for the supervisor and the load balancer."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from sqlalchemy import text

from app.db import db
from app.web.access import public
from app.web.public import bp


@bp.get("/health")
@public
def show_health() -> ResponseReturnValue:
    """Answer 200 when the database answers; an error handler answers 503 when it does not."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}
