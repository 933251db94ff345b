"""Signing up, signing in, and what belongs to an account."""

from flask import Blueprint

bp = Blueprint("auth", __name__)

from app.web.auth import account, notices, sign_in, sign_up, verify  # noqa: E402, F401 - registers the routes on bp
