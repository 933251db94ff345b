"""The front page and the rules that anybody may read."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app import booking_rules, clock
from app.db import db
from app.queries.front import find_season_figures
from app.services import verifications
from app.services.sessions import LIFETIME
from app.web.access import public
from app.web.public import bp
from app.web.public.season_chart import draw_season


@bp.get("/")
@public
def show_front() -> ResponseReturnValue:
    now = clock.utc_now()
    season = find_season_figures(db.session, now=now)
    return render_template(
        "public/front.html",
        now=now,
        season=season,
        chart=draw_season(season.slots, has_rota=season.has_rota) if season else None,
    )


@bp.get("/accessibility")
@public
def show_accessibility() -> ResponseReturnValue:
    return render_template(
        "public/accessibility.html",
        minutes_for_password=int(verifications.PASSWORD_TIME.total_seconds() // 60),
        days_signed_in=LIFETIME.days,
    )


@bp.get("/privacy")
@public
def show_privacy() -> ResponseReturnValue:
    return render_template("public/privacy.html", days_signed_in=LIFETIME.days)


@bp.get("/fees")
@public
def show_fees() -> ResponseReturnValue:
    steps = booking_rules.FEE_LADDER
    return render_template(
        "public/fees.html",
        # Each step with the longer notice at which it begins to hold; the first has none above it.
        ladder=[(step, steps[index - 1].days if index else None) for index, step in enumerate(steps)],
        hold_minutes=int(booking_rules.HOLD_TIME.total_seconds() // 60),
        transfer_days=booking_rules.TRANSFER_TIME.days,
        deposit_percent=booking_rules.DEPOSIT_PERCENT,
        # A worked example: one evening shift with four seats.
        example_seats=4,
        example_fen=4 * 15600,
        share_of=booking_rules.share_of,
    )
