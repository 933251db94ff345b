"""Say who I am, once, before the first trial shift; and what became of it."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import db, transaction
from app.errors import UnderAgeError
from app.identity_rules import (
    LEAST_AGE,
    OLDEST_AGE,
    Identity,
    age_on,
    birth_date_in,
    is_document,
    normal_document,
)
from app.models import IdentityStatus
from app.permissions import Permission
from app.providers.identity import identity_provider
from app.queries import agents as agent_queries
from app.queries.identity_checks import find_last_check
from app.services import identity_checks
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id, the_user


class IdentityForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    name = StringField(
        _l("证件上的姓名"),
        filters=[lambda typed: (typed or "").strip()],
        validators=[DataRequired(_l("请填证件上的姓名")), Length(max=80, message=_l("请写在 80 个字以内"))],
    )
    born_on = DateField(_l("出生日期"), validators=[InputRequired(_l("请填出生日期，例如 1998-05-20"))])
    document = StringField(
        _l("证件号码"),
        filters=[lambda typed: normal_document(typed or "")],
        validators=[DataRequired(_l("请填证件号码"))],
    )
    consent = BooleanField(
        _l("我同意用这些内容核实身份和年龄，核实完就删"),
        validators=[InputRequired(_l("请勾选同意，我们才能核实"))],
    )

    def validate_born_on(self, field: DateField) -> None:
        """Refuse a slip of the keyboard; whether somebody is old enough is the service's business."""
        if field.data is None:
            raise ValidationError(_("请填出生日期，例如 1998-05-20"))
        if not 0 <= age_on(clock.utc_now().astimezone(BUSINESS_ZONE).date(), born_on=field.data) < OLDEST_AGE:
            raise ValidationError(_("请检查出生日期的年份"))

    def validate_document(self, field: StringField) -> None:
        number = field.data or ""
        if not is_document(number):
            raise ValidationError(_("证件号不对：身份证 18 位，其他 6 到 20 位字母和数字。请再核对一遍"))
        born_on = birth_date_in(number)
        if born_on is not None and self.born_on.data is not None and born_on != self.born_on.data:
            raise ValidationError(_("身份证号里的生日和上面填的不一样。请再核对一遍"))


@bp.route("/identity", methods=["GET", "POST"])
@requires(Permission.IDENTITY_SUBMIT)
def show_identity() -> ResponseReturnValue:
    form = IdentityForm()
    if form.validate_on_submit() and _submit(form):
        return redirect(url_for("agents.show_identity"))
    agent = agent_queries.get_agent(db.session, the_agent_id())
    last = find_last_check(db.session, agent.id)
    page = render_template(
        "agents/identity.html",
        form=form,
        agent=agent,
        last=last,
        may_submit=agent.identity_confirmed_at is None
        and (last is None or last.status is not IdentityStatus.WAITING),
        least_age=LEAST_AGE,
    )
    return page, 422 if form.errors else 200


def _submit(form: IdentityForm) -> bool:
    name, born_on, document = form.name.data, form.born_on.data, form.document.data
    assert name
    assert born_on
    assert document
    identity = Identity(name=name, born_on=born_on, document=document)
    provider = identity_provider(sandbox=current_app.config["SANDBOX_IDENTITY"])
    finding = provider.check(identity)
    try:
        with transaction(db.session):
            identity_checks.submit_identity(
                db.session,
                agent_id=the_agent_id(),
                identity=identity,
                finding=finding,
                source=provider.source,
                cipher=current_app.config["CIPHER"],
                actor_user_id=the_user().id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
    except UnderAgeError:
        form.born_on.errors = [_("要满 %(age)s 周岁才能接班。你填的内容没有保存", age=LEAST_AGE)]
        return False
    flash(_("收到了。结果会通知你。"))
    return True
