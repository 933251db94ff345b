"""Sign up in three small pages: who you are, the code that was sent, a password.

The cookie carries only the id of the code's row; what was typed lies in that row.
"""

from __future__ import annotations

from flask import redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.contacts import normalise_contact
from app.db import db, transaction
from app.errors import TooManyCodesError
from app.models import Role
from app.services import accounts
from app.services.accounts import SignUpDetails
from app.web.access import public
from app.web.auth import bp
from app.web.auth.forms import AgentSignUpForm, MerchantSignUpForm
from app.web.auth.verify import VERIFICATION, say_when_again
from app.web.i18n import locale_code
from app.web.limits import limiter

# What an address may cost us in SMS. Generous: a care centre signs up fifty people in a minute, and a mobile
# carrier puts thousands behind one address on the night everybody comes. Each contact is counted on its own.
STARTS = "300 per minute; 3000 per hour"


@bp.route("/sign-up/agent", methods=["GET", "POST"])
@public
@limiter.limit(STARTS, methods=["POST"])
def sign_up_agent() -> ResponseReturnValue:
    return _sign_up(AgentSignUpForm(), role=Role.AGENT)


@bp.route("/sign-up/merchant", methods=["GET", "POST"])
@public
@limiter.limit(STARTS, methods=["POST"])
def sign_up_merchant() -> ResponseReturnValue:
    return _sign_up(MerchantSignUpForm(), role=Role.MERCHANT)


def _sign_up(form: AgentSignUpForm | MerchantSignUpForm, *, role: Role) -> ResponseReturnValue:
    if form.validate_on_submit():
        details = SignUpDetails(
            role=role,
            name=form.name.data or "",
            region=form.region.data or "",
            locale=locale_code(),
            shop=form.shop.data or "" if isinstance(form, MerchantSignUpForm) else "",
        )
        try:
            with transaction(db.session):
                verification = accounts.ask_to_sign_up(
                    db.session,
                    contact=normalise_contact(form.contact.data) or "",
                    details=details,
                    wall_now=clock.wall_now(),
                )
        except TooManyCodesError as error:
            form.contact.errors = [say_when_again(error)]
        else:
            session[VERIFICATION] = str(verification.id)
            return redirect(url_for("auth.enter_code"))
    title = _("注册成为客服") if role is Role.AGENT else _("给店铺开账号")
    return (
        render_template("auth/sign_up.html", form=form, role=role, title=title),
        422 if form.errors else 200,
    )
