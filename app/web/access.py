"""Every endpoint says who may call it; one that says nothing is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.permissions import Permission, may
from app.web.identity import ask_to_sign_in, current_actor

View = TypeVar("View", bound=Callable[..., object])

_ACCESS = "_access"
PUBLIC = "public"


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view as open to actors who hold the permission."""

    def mark(view: View) -> View:
        setattr(view, _ACCESS, permission)
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to everybody."""
    setattr(view, _ACCESS, PUBLIC)
    return view


def declared_access(app: Flask, endpoint: str) -> Permission | str | None:
    """Return what an endpoint declares: a permission, PUBLIC, or None."""
    if endpoint == "static":
        return PUBLIC
    return getattr(app.view_functions[endpoint], _ACCESS, None)


def check_access() -> ResponseReturnValue | None:
    """Refuse the request unless its endpoint's declaration lets the actor in."""
    if request.endpoint is None:
        # No such address, not with this method, or a slash too few: routing knows which.
        raise request.routing_exception or NotFound
    access = declared_access(current_app, request.endpoint)
    if access == PUBLIC:
        return None
    if not isinstance(access, Permission):
        abort(403)
    actor = current_actor()
    if actor is None:
        answer: ResponseReturnValue = ask_to_sign_in()
        return answer
    if not may(actor, access):
        abort(403)
    g.actor = actor
    return None
