"""Put the pages together: identity, access, languages, headers, errors and every audience's blueprint."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

from app import clock
from app.db import db
from app.queries import notices
from app.web import agents, auth, merchants, operations, public
from app.web.access import check_access
from app.web.errors import init_errors
from app.web.formats import init_formats
from app.web.headers import init_headers
from app.web.i18n import LOCALES, init_i18n, locale_code
from app.web.identity import current_actor, init_identity
from app.web.limits import limiter
from app.web.navigation import navigation_for
from app.web.plain_text import refuse_nul
from app.web.static_files import init_static_files

csrf = CSRFProtect()


def init_site(app: Flask) -> None:
    """Register everything a request meets, in the order in which it meets it."""
    init_identity(app)
    init_i18n(app)
    init_headers(app)
    init_static_files(app)
    limiter.init_app(app)
    app.before_request(check_access)
    # Not before: whoever may not come in has no form read.
    app.before_request(refuse_nul)
    csrf.init_app(app)
    init_formats(app)
    init_errors(app)
    init_templates(app)
    for blueprint in (public.bp, auth.bp, agents.bp, merchants.bp, operations.bp):
        app.register_blueprint(blueprint)


def init_templates(app: Flask) -> None:
    """Find govuk-frontend's macros, and give every template what the layouts need."""
    app.jinja_loader = ChoiceLoader(
        [
            app.jinja_loader,  # type: ignore[list-item]
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    def count_unread_notices() -> int:
        """Return how many notices the reader has not seen; called by the layout of signed-in pages only."""
        actor = current_actor()
        return notices.count_unread(db.session, user_id=actor.user_id) if actor else 0

    @app.context_processor
    def add_layout_values() -> dict[str, object]:
        actor = current_actor()
        return {
            "actor": actor,
            "locale": locale_code(),
            "locales": LOCALES,
            "navigation": navigation_for(actor),
            "demo": app.config["DEMO"],
            "support_mail": app.config["SUPPORT_MAIL"],
            "count_unread_notices": count_unread_notices,
            "business_now": clock.utc_now(),
        }
