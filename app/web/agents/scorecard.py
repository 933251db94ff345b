"""The agent's own measures: the same figures that operations see, and every contact behind them."""

from __future__ import annotations

import uuid

from flask import render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.db import db
from app.errors import NotFoundError
from app.permissions import Permission
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_actor
from app.web.scorecards import load_contacts, load_scorecard


@bp.get("/scorecard")
@requires(Permission.SCORECARD_READ)
def show_scorecard() -> ResponseReturnValue:
    page = load_scorecard(db.session, _agent_id(), now=clock.utc_now())
    return render_template("agents/scorecard.html", page=page, card=page.card)


@bp.get("/scorecard/contacts")
@requires(Permission.SCORECARD_READ)
def list_contacts() -> ResponseReturnValue:
    return render_template(
        "agents/contacts.html", page=load_contacts(db.session, _agent_id(), now=clock.utc_now())
    )


def _agent_id() -> uuid.UUID:
    agent_id = the_actor().agent_id
    if agent_id is None:
        raise NotFoundError("the actor is no agent")
    return agent_id
