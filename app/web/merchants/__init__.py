"""The pages of merchants."""

import uuid

from flask import Blueprint

from app.errors import NotFoundError
from app.web.identity import the_actor

bp = Blueprint("merchants", __name__, url_prefix="/merchant")


def merchant_id() -> uuid.UUID:
    """Return the merchant of the signed-in member."""
    owner = the_actor().merchant_id
    if owner is None:
        raise NotFoundError("the actor belongs to no merchant")
    return owner


from app.web.merchants import bookings, live, projects, season  # noqa: E402, F401 - registers the routes on bp
