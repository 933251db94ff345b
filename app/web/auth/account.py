"""An account's own pages: name, language, password, mails, and the sign-ins that are open."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm

from app import clock
from app.db import db, transaction
from app.errors import SignInRefusedError
from app.models import NoticeKind
from app.notice_texts import TEXTS
from app.permissions import Permission
from app.queries import notices as notice_queries
from app.queries import sessions as session_queries
from app.services import accounts, sessions
from app.web.access import requires
from app.web.auth import bp
from app.web.auth.devices import device_name
from app.web.auth.forms import ChangePasswordForm, MailsForm, ProfileForm
from app.web.choices import choice
from app.web.identity import the_actor, the_user
from app.web.limits import limiter
from app.web.public.language import keep_language

# Each kind of notice as a topic to choose; the notices themselves have their words in app/notice_texts.py.
KIND_WORDS = {
    NoticeKind.OFFER_MADE: _l("有新邀约"),
    NoticeKind.OFFER_LAPSED: _l("邀约过期"),
    NoticeKind.SHIFT_CHANGED: _l("班次有变动"),
    NoticeKind.STANDBY_CALLED: _l("候补被叫到"),
    NoticeKind.CERTIFICATE_ISSUED: _l("认证发下来"),
    NoticeKind.CERTIFICATE_CHANGED: _l("认证有变动"),
    NoticeKind.IDENTITY_DECIDED: _l("身份核实有结果"),
    NoticeKind.ATTEMPT_WAIVED: _l("有一次考试不算"),
    NoticeKind.APPEAL_DECIDED: _l("申诉有答复"),
    NoticeKind.RESULT_QUESTIONED: _l("有人看了你的考试"),
    NoticeKind.CERTIFICATE_EXPIRING: _l("认证快到期"),
    NoticeKind.APPLICATION_DECIDED: _l("项目申请有结果"),
    NoticeKind.BOOKING_HELD: _l("坐席已占住，等付定金"),
    NoticeKind.BOOKING_CONFIRMED: _l("预订已确认"),
    NoticeKind.BOOKING_EXPIRED: _l("占位过期"),
    NoticeKind.BOOKING_CANCELLED: _l("坐席已取消"),
    NoticeKind.REFUND_DUE: _l("有钱要退给你"),
    NoticeKind.PAYMENT_RECEIVED: _l("有转账等确认"),
    NoticeKind.MATCH_FINISHED: _l("排班算完"),
    NoticeKind.ROTA_PUBLISHED: _l("排班发布"),
    NoticeKind.MATCH_FAILED: _l("排班失败"),
    NoticeKind.SEAT_UNSTAFFED: _l("有坐席没找到人"),
    NoticeKind.IMPORT_FINISHED: _l("会话导入完成"),
}


@bp.get("/account")
@requires(Permission.ACCOUNT_MANAGE)
def show_account() -> ResponseReturnValue:
    return _show()


@bp.post("/account/profile")
@requires(Permission.ACCOUNT_MANAGE)
def save_profile() -> ResponseReturnValue:
    form = ProfileForm()
    if not form.validate():
        return _show(profile=form)
    with transaction(db.session):
        accounts.save_profile(
            db.session,
            user_id=the_actor().user_id,
            name=form.name.data or "",
            locale=form.locale.data,
            large_text=form.large_text.data,
            now=clock.utc_now(),
        )
    flash(_("已保存。"))
    # The choice made here also wins over an earlier press of the language switch.
    return keep_language(redirect(url_for("auth.show_account")), form.locale.data)


@bp.post("/account/password")
@requires(Permission.ACCOUNT_MANAGE)
@limiter.limit("20 per minute")
def change_password() -> ResponseReturnValue:
    form = ChangePasswordForm()
    if form.validate():
        try:
            with transaction(db.session):
                accounts.change_password(
                    db.session,
                    user_id=the_actor().user_id,
                    current=form.current.data or "",
                    new=form.password.data or "",
                    session_id=current_user.session_id,
                    now=clock.utc_now(),
                    wall_now=clock.wall_now(),
                )
        except SignInRefusedError:
            form.current.errors = [_("现在的密码不对。忘了的话，请退出后在登录页选“忘记密码”。")]
        else:
            flash(_("密码改好了。其他设备上的登录都已结束。"))
            return redirect(url_for("auth.show_account"))
    return _show(password=form)


@bp.post("/account/mails")
@requires(Permission.ACCOUNT_MANAGE)
def choose_mails() -> ResponseReturnValue:
    kinds = kinds_of_reader()
    form = MailsForm()
    form.kinds.choices = choices_of(kinds)
    if not form.validate():
        abort(422)
    with transaction(db.session):
        accounts.choose_mails(
            db.session,
            user_id=the_actor().user_id,
            kinds=kinds,
            wanted=[NoticeKind(value) for value in form.kinds.data or []],
            now=clock.utc_now(),
        )
    flash(_("已保存。"))
    return redirect(url_for("auth.show_account"))


@bp.post("/account/sessions/<uuid:session_id>/end")
@requires(Permission.ACCOUNT_MANAGE)
def end_session(session_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        sessions.end_session(db.session, session_id, user_id=the_actor().user_id, now=clock.wall_now())
    flash(_("那台设备上的登录已结束。"))
    return redirect(url_for("auth.show_account"))


def kinds_of_reader() -> list[NoticeKind]:
    """Return the kinds of notices that the reader's role can get: those whose page is theirs."""
    area = {"agent": "agents.", "merchant": "merchants.", "operations": "operations."}[the_actor().role.value]
    return [kind for kind, words in TEXTS.items() if words.endpoint.startswith(area)]


def choices_of(kinds: list[NoticeKind]) -> list[Any]:
    """Return the kinds as choices of a form."""
    return [choice(kind.value, KIND_WORDS[kind]) for kind in kinds]


def _show(
    *, profile: ProfileForm | None = None, password: ChangePasswordForm | None = None
) -> ResponseReturnValue:
    user = the_user()
    kinds = kinds_of_reader()
    declined = notice_queries.list_declined_kinds(db.session, user_id=user.id)
    mails = MailsForm(formdata=None, kinds=[kind.value for kind in kinds if kind not in declined])
    mails.kinds.choices = choices_of(kinds)
    open_sessions = session_queries.list_sessions(db.session, user_id=user.id, now=clock.wall_now())
    refused: FlaskForm | None = next((form for form in (profile, password) if form and form.errors), None)
    return (
        render_template(
            "auth/account.html",
            user=user,
            profile=profile or ProfileForm(formdata=None, obj=user),
            password=password or ChangePasswordForm(formdata=None),
            mails=mails,
            refused=refused,
            sign_ins=[(row, device_name(row.device)) for row in open_sessions],
            this_session=current_user.session_id,
        ),
        422 if refused else 200,
    )
