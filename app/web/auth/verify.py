"""The two pages that signing up and a forgotten password share: type the code, choose a password."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock, passwords
from app.contacts import is_mobile, normalise_contact
from app.db import db, transaction
from app.errors import AlreadyRegisteredError, CodeRefusedError, TooManyCodesError
from app.models import User, Verification, VerificationPurpose
from app.queries import accounts as account_queries
from app.services import accounts, sessions, verifications
from app.web.access import public
from app.web.auth import bp
from app.web.auth.forms import CodeForm, ContactForm, NewPasswordForm
from app.web.auth.sign_in import HOME
from app.web.i18n import locale_code
from app.web.identity import remember
from app.web.limits import is_refused_form, limiter
from app.words import moment_text

VERIFICATION = "verification"
# Wrong codes and bad passwords alone count, for a room of fifty types all its codes in the same minute. A
# code allows five tries whatever the address they come from.
CODE_TRIES = "60 per minute"


@bp.route("/forgot-password", methods=["GET", "POST"])
@public
@limiter.limit("120 per hour", methods=["POST"])
def forgot_password() -> ResponseReturnValue:
    form = ContactForm()
    if form.validate_on_submit():
        try:
            with transaction(db.session):
                verification = accounts.ask_for_password_reset(
                    db.session,
                    contact=normalise_contact(form.contact.data) or "",
                    locale=locale_code(),
                    wall_now=clock.wall_now(),
                )
        except TooManyCodesError as error:
            form.contact.errors = [say_when_again(error)]
        else:
            session[VERIFICATION] = str(verification.id)
            return redirect(url_for("auth.enter_code"))
    return render_template("auth/forgot_password.html", form=form), 422 if form.errors else 200


@bp.route("/verify", methods=["GET", "POST"])
@public
@limiter.limit(CODE_TRIES, methods=["POST"], deduct_when=is_refused_form)
def enter_code() -> ResponseReturnValue:
    verification = _find_verification()
    if verification is None:
        return _start_again()
    if verification.confirmed_at is not None:
        return redirect(url_for("auth.choose_password"))
    form = CodeForm()
    if form.validate_on_submit():
        with transaction(db.session):
            check = verifications.try_code(
                db.session, verification.id, code=form.code.data or "", now=clock.wall_now()
            )
        if check.right:
            return redirect(url_for("auth.choose_password"))
        form.code.errors = [
            _("验证码不对，还能试 %(tries)s 次。请对照短信或邮件再填。", tries=check.tries_left)
            if check.tries_left
            else _("这个验证码不能再用了。请点“重新发送”，用新的验证码。")
        ]
    return (
        render_template(
            "auth/enter_code.html",
            form=form,
            verification=verification,
            by_sms=is_mobile(verification.contact),
            signing_up=verification.purpose is VerificationPurpose.SIGN_UP,
            minutes=int(verifications.CODE_LIFETIME.total_seconds() // 60),
        ),
        422 if form.errors else 200,
    )


@bp.post("/verify/resend")
@public
@limiter.limit(CODE_TRIES)
def resend_code() -> ResponseReturnValue:
    verification = _find_verification()
    if verification is None or verification.confirmed_at is not None:
        return _start_again()
    try:
        with transaction(db.session):
            fresh = verifications.send_code(
                db.session,
                contact=verification.contact,
                purpose=verification.purpose,
                details=verification.details,
                locale=locale_code(),
                now=clock.wall_now(),
            )
    except TooManyCodesError as error:
        flash(say_when_again(error))
    else:
        session[VERIFICATION] = str(fresh.id)
        flash(_("新的验证码发出了。旧的不用管。"))
    return redirect(url_for("auth.enter_code"))


@bp.route("/verify/password", methods=["GET", "POST"])
@public
@limiter.limit(CODE_TRIES, methods=["POST"], deduct_when=is_refused_form)
def choose_password() -> ResponseReturnValue:
    verification = _find_verification()
    if verification is None:
        return _start_again()
    if verification.confirmed_at is None:
        return redirect(url_for("auth.enter_code"))
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            return _finish(verification, password=form.password.data or "")
        except CodeRefusedError:
            return _start_again()
        except AlreadyRegisteredError:
            flash(_("这个手机号或邮箱刚刚已经开好账号了，请登录。"))
            return redirect(url_for("auth.sign_in"))
    return (
        render_template(
            "auth/choose_password.html",
            form=form,
            verification=verification,
            signing_up=verification.purpose is VerificationPurpose.SIGN_UP,
        ),
        422 if form.errors else 200,
    )


def say_when_again(error: TooManyCodesError) -> str:
    """Say from when on the next code can be asked for."""
    seconds = (error.again_at - clock.wall_now()).total_seconds()
    if seconds <= verifications.RESEND_AFTER.total_seconds():
        words = _("刚刚发过验证码。请等 %(seconds)s 秒再要新的。", seconds=max(1, round(seconds)))
    else:
        when = moment_text(error.again_at, locale_code())
        words = _("一小时内最多发 5 个验证码。请在 %(when)s 以后再要。", when=when)
    return str(words)


def _find_verification() -> Verification | None:
    """Return the code's row that this browser asked for, while something can still come of it."""
    try:
        verification_id = uuid.UUID(session.get(VERIFICATION, ""))
    except ValueError:
        return None
    verification = account_queries.find_verification(db.session, verification_id)
    if verification is None or verification.used_at is not None:
        return None
    if verification.confirmed_at is not None and verification.expires_at <= clock.wall_now():
        return None
    return verification


def _start_again() -> Response:
    session.pop(VERIFICATION, None)
    flash(_("这一步已经过期或做完了。请从头再来一次。"))
    return redirect(url_for("auth.sign_in"))


def _finish(verification: Verification, *, password: str) -> Response:
    """Make the account or set the password, and sign the person in, in one transaction."""
    signing_up = verification.purpose is VerificationPurpose.SIGN_UP
    finish = accounts.sign_up if signing_up else accounts.reset_password
    # No connection waits for a turn to hash.
    db.session.close()
    password_hash = passwords.hash_password(password)
    with transaction(db.session):
        user: User = finish(
            db.session,
            verification_id=verification.id,
            password_hash=password_hash,
            now=clock.utc_now(),
            wall_now=clock.wall_now(),
        )
        token = sessions.start_session(
            db.session, user_id=user.id, device=request.user_agent.string, now=clock.wall_now()
        )
    # A fresh CSRF token belongs to a fresh identity.
    session.clear()
    if signing_up:
        flash(_("账号开好了，你已经登录。"))
    else:
        flash(_("密码改好了，你已经登录。其他设备上的登录都已结束。"))
    return remember(redirect(url_for(HOME[user.role])), token)
