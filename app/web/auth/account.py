"""An account's own pages: sign-ins, notices, preferences."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.permissions import Permission
from app.web.access import requires
from app.web.auth import bp


@bp.get("/account")
@requires(Permission.ACCOUNT_MANAGE)
def show_account() -> ResponseReturnValue:
    return render_template("public/front.html")


@bp.get("/notices")
@requires(Permission.NOTICE_READ)
def list_notices() -> ResponseReturnValue:
    return render_template("public/front.html")
