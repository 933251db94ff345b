"""Choose the language of the pages."""

from __future__ import annotations

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.web.access import public
from app.web.i18n import LANGUAGE_COOKIE, LOCALES
from app.web.public import bp

ONE_YEAR_SECONDS = 365 * 24 * 3600


def safe_next(target: str | None) -> str | None:
    """Return a target within this site, or None: nobody is sent elsewhere by a crafted link."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    return target.rstrip("?")


def keep_language(response: Response, language: str | None) -> Response:
    """Remember a language in this browser; anything that is none of ours changes nothing."""
    if language in LOCALES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=ONE_YEAR_SECONDS,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


@bp.post("/language")
@public
def set_language() -> ResponseReturnValue:
    target = safe_next(request.form.get("next")) or url_for("public.show_front")
    return keep_language(redirect(target), request.form.get("language"))
