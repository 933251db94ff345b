"""One person's needs in exams as an AfA PNP file: look at what is understood, apply it, or hand it on."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import BooleanField, TextAreaField
from wtforms.validators import Length, ValidationError

from app import clock
from app.db import db, transaction
from app.models import ConsentPurpose
from app.permissions import Permission
from app.queries import needs as needs_queries
from app.queries import people
from app.services import accommodation_files
from app.services.accommodation_files import BREAK_MINUTES, BREAKS
from app.web.access import requires
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from exams.formats.questions import Finding, FormatError
from exams.pnp import SOURCE_SYSTEM, Profile, Wishes, read_pnp, write_pnp

MOST_BYTES = 1_000_000


class ProfileForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    file = FileField(_l("AfA PNP 文件"), validators=[FileRequired(_l("请选一个文件"))])


class ApplyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    consented = BooleanField(_l("本人同意照这份文件办，我这里有本人的同意"))


class HandOutForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    reason = TextAreaField(
        _l("给谁、为什么"), validators=[Length(max=200, message=_l("请写在 200 个字以内"))]
    )

    def validate_reason(self, field: TextAreaField) -> None:
        """The person reads it: who took it, and what for."""
        if not (field.data or "").strip():
            raise ValidationError(_("请写给谁、为什么，本人会读到"))


@bp.route("/people/<uuid:agent_id>/accommodations", methods=["GET", "POST"])
@requires(Permission.ACCOMMODATION_MANAGE)
def show_accommodations(agent_id: uuid.UUID) -> ResponseReturnValue:
    """Take a file, and say what in it is understood; nothing is changed yet."""
    form = ProfileForm()
    if not form.validate_on_submit():
        return _show(agent_id, form=form), 422 if form.errors else 200
    with form.file.data.stream as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        form.file.errors = [_("文件超过 1 MB。一个人的需要用不了这么大，请只导出这一个人的。")]
        return _show(agent_id, form=form), 422
    try:
        profile = _read(content, agent_id)
    except FormatError as error:
        form.file.errors = [_sentence(finding) for finding in error.findings[:5]]
        return _show(agent_id, form=form), 422
    if profile is None:
        form.file.errors = [_("文件里没有这个人：按手机号、邮箱或本系统的编号都对不上。请核对是谁的文件。")]
        return _show(agent_id, form=form), 422
    carried = str(_files().dumps([str(agent_id), base64.b64encode(content).decode()]))
    return _show(agent_id, form=form, profile=profile, carried=carried)


@bp.post("/people/<uuid:agent_id>/accommodations/apply")
@requires(Permission.ACCOMMODATION_MANAGE)
def apply_accommodations(agent_id: uuid.UUID) -> ResponseReturnValue:
    people.get_person(db.session, agent_id)
    content = _read_carried(agent_id)
    profile = None if content is None else _read(content, agent_id)
    if profile is None:
        flash(_("没有收到文件。请再选一次。"))
        return redirect(url_for("operations.show_accommodations", agent_id=agent_id))
    form = ApplyForm()
    with transaction(db.session):
        refusals = accommodation_files.import_profiles(
            db.session,
            [profile],
            consented=form.consented.data,
            actor_user_id=the_user().id,
            now=clock.utc_now(),
        )
    if refusals:
        form.consented.errors = [_("本人还没有同意。请本人在“我的需要”里同意，或确认您手里有本人的同意。")]
        carried = request.form.get("document", "")
        return _show(
            agent_id, form=ProfileForm(formdata=None), profile=profile, carried=carried, apply=form
        ), 422
    flash(_("照办了。正在考的试也马上算。"))
    return redirect(url_for("operations.show_accommodations", agent_id=agent_id))


@bp.post("/people/<uuid:agent_id>/accommodations/file")
@requires(Permission.ACCOMMODATION_MANAGE)
def hand_out_accommodations(agent_id: uuid.UUID) -> ResponseReturnValue:
    people.get_person(db.session, agent_id)
    form = HandOutForm()
    if not form.validate_on_submit():
        return _show(agent_id, form=ProfileForm(formdata=None), hand_out=form), 422
    with transaction(db.session):
        wishes = accommodation_files.hand_out_profile(
            db.session,
            agent_id=agent_id,
            reason=form.reason.data or "",
            actor_user_id=the_user().id,
            now=clock.utc_now(),
        )
    return Response(
        write_pnp([(str(agent_id), wishes)]),
        mimetype="application/xml",
        headers={
            "Content-Disposition": f'attachment; filename="pnp-{agent_id}.xml"',
            "Cache-Control": "no-store",
        },
    )


def _read(content: bytes, agent_id: uuid.UUID) -> Profile | None:
    """Return what a file says of this person. A profile that names nobody is taken for theirs."""
    profiles = read_pnp(content, person=str(agent_id))
    if len(profiles) == 1 and profiles[0].person == str(agent_id) and not profiles[0].source_system:
        profiles = [_addressed(profiles[0])]
    return accommodation_files.pick_profile(db.session, profiles, agent_id=agent_id)


def _addressed(profile: Profile) -> Profile:
    return Profile(
        person=profile.person,
        source_system=SOURCE_SYSTEM,
        line=profile.line,
        wishes=profile.wishes,
        unknown=profile.unknown,
    )


def _show(
    agent_id: uuid.UUID,
    *,
    form: ProfileForm,
    profile: Profile | None = None,
    carried: str = "",
    apply: ApplyForm | None = None,
    hand_out: HandOutForm | None = None,
) -> str:
    consents = needs_queries.list_live_consents(db.session, agent_id)
    return render_template(
        "operations/accommodations.html",
        person=people.get_person(db.session, agent_id),
        form=form,
        apply=apply or ApplyForm(formdata=None),
        hand_out=hand_out or HandOutForm(formdata=None),
        understood=_words(profile.wishes) if profile else None,
        unknown=[_sentence(finding) for finding in profile.unknown] if profile else [],
        carried=carried,
        has_consent=ConsentPurpose.NEEDS_IN_MATCHING in consents,
    )


def _words(wishes: Wishes) -> list[tuple[str, str]]:
    """Return what a profile asks for, a line each; what it leaves out stays as it is."""
    lines: list[tuple[str, str]] = []
    if wishes.says_time:
        if wishes.unlimited:
            time = _("不限时")
        elif wishes.multiplier > 1:
            time = _("%(times)s 倍", times=f"{wishes.multiplier:g}")
        elif wishes.fixed_minutes:
            time = _("加 %(minutes)s 分钟", minutes=wishes.fixed_minutes)
        else:
            time = _("和大家一样")
        lines.append((_("考试时间"), time))
    if wishes.breaks is not None:
        rest = _(
            "可以停表休息；原来没有的，给 %(count)s 次，每次 %(minutes)s 分钟",
            count=BREAKS,
            minutes=BREAK_MINUTES,
        )
        lines.append((_("考试里的休息"), rest if wishes.breaks else _("不要")))
    flags = (
        (_("页面用大字"), wishes.large_text),
        (_("只用文字"), wishes.text_only),
        (_("用读屏软件"), wishes.screen_reader),
    )
    lines += [(name, _("要") if value else _("不要")) for name, value in flags if value is not None]
    return lines


def _sentence(finding: Finding) -> str:
    if locale_code().startswith("en"):
        words = finding.message
    else:
        words = finding.zh or _("这不是完整、能读的 XML 文件。请重新导出。")
    return str(_("第 %(line)s 行：%(words)s", line=finding.line, words=words))


def _files() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="accommodations")


def _read_carried(agent_id: uuid.UUID) -> bytes | None:
    """Return the file that was looked at, or None for one that we did not sign for this person."""
    try:
        owner, content = _checked(_files().loads(request.form.get("document", "")))
    except BadSignature:
        return None
    return base64.b64decode(content) if owner == str(agent_id) else None


def _checked(said: Any) -> tuple[str, str]:
    owner, content = said
    return str(owner), str(content)
