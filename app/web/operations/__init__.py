"""The pages of operations."""

from flask import Blueprint

bp = Blueprint("operations", __name__, url_prefix="/operations")

from app.web.operations import applications, imports, payments  # noqa: E402, F401 - registers the routes on bp
