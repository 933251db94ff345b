"""The person's shifts in their phone's calendar: the address, how to add it, and how to change it."""

from __future__ import annotations

import urllib.parse

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.permissions import Permission
from app.queries import agents as agent_queries
from app.services import calendars
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id, the_user


@bp.get("/calendar")
@requires(Permission.ASSIGNMENT_READ)
def show_calendar() -> ResponseReturnValue:
    agent = agent_queries.get_agent(db.session, the_agent_id())
    address = url_for("public.show_calendar_feed", token=agent.calendar_token, _external=True)
    return render_template(
        "agents/calendar.html",
        address=address,
        # Phones take this scheme as "subscribe"; the calendar asks over https by itself.
        subscribe=urllib.parse.urlsplit(address)._replace(scheme="webcal").geturl(),
    )


@bp.post("/calendar/address")
@requires(Permission.ASSIGNMENT_ANSWER)
def change_calendar() -> ResponseReturnValue:
    with transaction(db.session):
        calendars.change_token(
            db.session, agent_id=the_agent_id(), actor_user_id=the_user().id, now=clock.utc_now()
        )
    flash(_("换好了。旧地址已经失效，请在手机上改用下面的新地址。"))
    return redirect(url_for("agents.show_calendar"))
