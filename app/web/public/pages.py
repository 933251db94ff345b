"""The front page and what anybody may read."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.public import bp


@bp.get("/")
@public
def show_front() -> ResponseReturnValue:
    return render_template("public/front.html")


@bp.get("/certificates")
@public
def check_certificate() -> ResponseReturnValue:
    return render_template("public/front.html")


@bp.get("/accessibility")
@public
def show_accessibility() -> ResponseReturnValue:
    return render_template("public/front.html")


@bp.get("/privacy")
@public
def show_privacy() -> ResponseReturnValue:
    return render_template("public/front.html")


@bp.get("/fees")
@public
def show_fees() -> ResponseReturnValue:
    return render_template("public/front.html")
