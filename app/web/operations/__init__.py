"""The pages of operations."""

from flask import Blueprint

bp = Blueprint("operations", __name__, url_prefix="/operations")

from app.web.operations import (  # noqa: E402 - registers the routes on bp
    accommodations,  # noqa: F401
    appeals,  # noqa: F401
    applications,  # noqa: F401
    attempts,  # noqa: F401
    audit,  # noqa: F401
    base_exam,  # noqa: F401
    blueprints,  # noqa: F401
    certificates,  # noqa: F401
    clock,  # noqa: F401
    day,  # noqa: F401
    desk,  # noqa: F401
    fairness,  # noqa: F401
    identities,  # noqa: F401
    imports,  # noqa: F401
    integrity,  # noqa: F401
    item_edit,  # noqa: F401
    item_flags,  # noqa: F401
    item_imports,  # noqa: F401
    item_review,  # noqa: F401
    items,  # noqa: F401
    jobs,  # noqa: F401
    messages,  # noqa: F401
    payments,  # noqa: F401
    people,  # noqa: F401
    pins,  # noqa: F401
    rota_changes,  # noqa: F401
    runs,  # noqa: F401
    season,  # noqa: F401
    trials,  # noqa: F401
)
