"""Pages for everybody."""

from flask import Blueprint

bp = Blueprint("public", __name__)

from app.web.public import certificates, health, language, pages  # noqa: E402, F401 - registers the routes on bp
