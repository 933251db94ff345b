"""The pages of agents."""

from flask import Blueprint

bp = Blueprint("agents", __name__, url_prefix="/agent")

from app.web.agents import (  # noqa: E402 - registers the routes on bp
    answers,  # noqa: F401
    appeals,  # noqa: F401
    availability,  # noqa: F401
    breaks,  # noqa: F401
    calendar,  # noqa: F401
    certificates,  # noqa: F401
    chat_practice,  # noqa: F401
    chats,  # noqa: F401
    confirmations,  # noqa: F401
    exams,  # noqa: F401
    growth,  # noqa: F401
    identity,  # noqa: F401
    needs,  # noqa: F401
    offers,  # noqa: F401
    practice,  # noqa: F401
    projects,  # noqa: F401
    reasons,  # noqa: F401
    retests,  # noqa: F401
    scorecard,  # noqa: F401
    shifts,  # noqa: F401
    today,  # noqa: F401
    training,  # noqa: F401
)
