"""The demo's clock: move the business's time to any moment of the season. Only in a demo."""

from __future__ import annotations

import datetime as dt

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField
from wtforms.validators import InputRequired

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import db, transaction
from app.demo.passage import let_time_pass
from app.permissions import Permission
from app.queries import desk as desk_queries
from app.web.access import requires
from app.web.formats import format_moment
from app.web.operations import bp

EARLIEST, LATEST = dt.datetime(2020, 1, 1), dt.datetime(2100, 1, 1)  # noqa: DTZ001 - what people type is local


def local_text(moment: dt.datetime) -> str:
    """Return a moment as a date and time field shows it."""
    return f"{moment.astimezone(BUSINESS_ZONE):%Y-%m-%dT%H:%M}"


class ClockForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    moment = DateTimeLocalField(
        _l("把现在改成"), validators=[InputRequired(_l("请填日期和时间，例如 2026-11-11 20:05"))]
    )


@bp.post("/clock")
@requires(Permission.CLOCK_SET)
def set_clock() -> ResponseReturnValue:
    """Show every process of the demo another time. An installation that is no demo has no such page."""
    shift_file = current_app.config["CLOCK_FILE"]
    if not current_app.config["DEMO"] or shift_file is None:
        abort(404)
    form = ClockForm()
    typed = form.moment.data
    if form.validate_on_submit() and typed is not None and EARLIEST <= typed < LATEST:
        moment = typed.replace(tzinfo=BUSINESS_ZONE)
        if moment > clock.utc_now():
            # Before the clock moves: the jobs would find at once that nobody came all season.
            with transaction(db.session):
                let_time_pass(db.session, now=moment.astimezone(dt.UTC))
        clock.set_business_time(moment, shift_file)
        flash(_("现在是 %(when)s。", when=format_moment(moment)))
        return redirect(url_for("operations.show_desk"))
    # Whatever was typed is no date and time of ours, and is answered in one way.
    form.moment.errors = [_("请填日期和时间，例如 2026-11-11 20:05")]
    return (
        render_template(
            "operations/show_desk.html",
            counts=desk_queries.count_desk(db.session, wall_now=clock.wall_now()),
            clock_form=form,
            clock_text=form.moment.raw_data[0] if form.moment.raw_data else "",
        ),
        422,
    )
