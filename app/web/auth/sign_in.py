"""Sign in and out."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app import clock
from app.contacts import normalise_contact
from app.db import db, transaction
from app.errors import SignInRefusedError
from app.models import Role
from app.permissions import Permission
from app.queries import accounts as account_queries
from app.services import sessions
from app.web.access import public, requires
from app.web.auth import bp
from app.web.auth.forms import SignInForm
from app.web.identity import forget, remember
from app.web.limits import asked_contact, is_refused_form, limiter
from app.web.public.language import safe_next

HOME = {
    Role.AGENT: "agents.show_today",
    Role.MERCHANT: "merchants.show_season",
    Role.OPERATIONS: "operations.show_season",
}

# One account cannot be guessed from many addresses, and a computer room full of people shares one address.
FAILURES_OF_A_CONTACT = "10 per 10 minutes"
FAILURES_OF_AN_ADDRESS = "100 per minute; 600 per hour"


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit(FAILURES_OF_A_CONTACT, methods=["POST"], key_func=asked_contact, deduct_when=is_refused_form)
@limiter.limit(FAILURES_OF_AN_ADDRESS, methods=["POST"], deduct_when=is_refused_form)
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if form.validate_on_submit():
        found = account_queries.find_user_by_contact(db.session, normalise_contact(form.contact.data) or "")
        # No connection waits for a turn to hash.
        db.session.close()
        try:
            user = sessions.check_password(found, password=form.password.data or "")
        except SignInRefusedError:
            form.password.errors = [_("账号或密码不对。请检查后再试，或找回密码。")]
        else:
            with transaction(db.session):
                token = sessions.start_session(
                    db.session,
                    user_id=user.id,
                    device=request.user_agent.string,
                    now=clock.wall_now(),
                )
            # A fresh CSRF token belongs to a fresh identity.
            session.clear()
            target = safe_next(request.args.get("next")) or url_for(HOME[user.role])
            return remember(redirect(target), token)
    return render_template("auth/sign_in.html", form=form), 422 if form.errors else 200


@bp.post("/sign-out")
@requires(Permission.ACCOUNT_MANAGE)
def sign_out() -> ResponseReturnValue:
    with transaction(db.session):
        sessions.end_session(
            db.session,
            current_user.session_id,
            user_id=current_user.user.id,
            now=clock.wall_now(),
        )
    session.clear()
    return forget(redirect(url_for("public.show_front")))


@bp.get("/home")
@requires(Permission.ACCOUNT_MANAGE)
def show_home() -> ResponseReturnValue:
    return redirect(url_for(HOME[current_user.user.role]))
