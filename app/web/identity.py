"""Who sends the request: a cookie with a random token, looked up in PostgreSQL."""

from __future__ import annotations

import uuid

from flask import Flask, Request, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response

from app import clock
from app.db import db
from app.models import User
from app.permissions import Actor
from app.queries.sessions import SignedIn, find_signed_in
from app.services.sessions import LIFETIME, hash_token

COOKIE = "zuoxi_sign_in"

login_manager = LoginManager()


class Visitor(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """What Flask-Login keeps of the signed-in person for the length of a request."""

    def __init__(self, signed_in: SignedIn) -> None:
        self.id = str(signed_in.user.id)
        self.user = signed_in.user
        self.session_id = signed_in.session_id
        self.actor = signed_in.actor


def init_identity(app: Flask) -> None:
    """Teach the app to know its visitors."""
    login_manager.init_app(app)


@login_manager.request_loader  # type: ignore[untyped-decorator]
def load_visitor(incoming: Request) -> Visitor | None:
    token = incoming.cookies.get(COOKIE)
    if not token:
        return None
    signed_in = find_signed_in(db.session, hash_token(token), now=clock.wall_now())
    return Visitor(signed_in) if signed_in else None


def forget_visitor() -> None:
    """Take the rest of the request for a stranger's: for an error page, when nobody can be looked up."""
    g._login_user = login_manager.anonymous_user()


@login_manager.unauthorized_handler  # type: ignore[untyped-decorator]
def ask_to_sign_in() -> ResponseReturnValue:
    """Send the visitor to the sign-in page and, after it, back to what they wanted."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=wanted))


def current_actor() -> Actor | None:
    """Return the signed-in actor, or None."""
    actor: Actor | None = current_user.actor if current_user.is_authenticated else None
    return actor


def the_actor() -> Actor:
    """Return the signed-in actor of a page that only signed-in people reach."""
    actor: Actor = g.actor
    return actor


def the_agent_id() -> uuid.UUID:
    """Return the signed-in agent's id, on a page whose permission only agents hold."""
    agent_id = the_actor().agent_id
    assert agent_id is not None
    return agent_id


def the_user() -> User:
    """Return the signed-in person of a page that only signed-in people reach."""
    user: User = current_user.user
    return user


def remember(response: Response, token: str) -> Response:
    """Put the session's token into the response's cookie."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME.total_seconds()),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: Response) -> Response:
    """Take the sign-in cookie away."""
    response.delete_cookie(COOKIE)
    return response
