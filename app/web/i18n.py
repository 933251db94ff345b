"""Languages: Chinese is the source, English complete. One catalog for each room under app/translations/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, g, request
from flask_babel import Babel, get_locale, get_translations
from flask_login import current_user

LANGUAGE_COOKIE = "zuoxi_language"
LOCALES = ("zh", "en")
TRANSLATIONS = Path(__file__).parent.parent / "translations"

babel = Babel()


def init_i18n(app: Flask) -> None:
    """Set up gettext with every room's catalog."""
    rooms = sorted(path for path in TRANSLATIONS.iterdir() if path.is_dir()) if TRANSLATIONS.exists() else []
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(str(room) for room in rooms)
    babel.init_app(app, default_locale="zh", locale_selector=select_locale)
    # Flask-Babel finds the catalog anew for each of the hundred words of a page, a tenth of the page's time.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda words: _catalog().ugettext(words),
        ngettext=lambda one, many, count: _catalog().ungettext(one, many, count),
        pgettext=lambda context, words: _catalog().upgettext(context, words),
        npgettext=lambda context, one, many, count: _catalog().unpgettext(context, one, many, count),
        newstyle=True,
    )


def _catalog() -> Any:
    """Return the reader's catalog, looked up once for as long as their language stays the same."""
    locale = get_locale()
    kept = getattr(g, "catalog", None)
    if kept is None or kept[0] is not locale:
        kept = g.catalog = (locale, get_translations())
    return kept[1]


def select_locale() -> str:
    """Return the reader's language: chosen here, else their account's, else their browser's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LOCALES:
        return chosen
    if current_user.is_authenticated:
        return str(current_user.user.locale)
    return request.accept_languages.best_match(LOCALES, default="zh") or "zh"


def locale_code() -> str:
    """Return "zh" or "en" for the reader of this page."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"
