"""The pages of agents."""

from flask import Blueprint

bp = Blueprint("agents", __name__, url_prefix="/agent")
