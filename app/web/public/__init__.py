"""Pages for everybody."""

from flask import Blueprint

bp = Blueprint("public", __name__)

from app.web.public import (  # noqa: E402 - registers the routes on bp
    badges,  # noqa: F401
    calendars,  # noqa: F401
    certificates,  # noqa: F401
    health,  # noqa: F401
    language,  # noqa: F401
    pages,  # noqa: F401
)
