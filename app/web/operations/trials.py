"""Trial shifts: set one with a supervisor, and say afterwards how it went."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import db, transaction
from app.errors import OverlapError
from app.models import TrialStatus
from app.permissions import Permission
from app.queries import applications as application_queries
from app.queries import trials as trial_queries
from app.queries.ladder import get_place
from app.services import trials
from app.trial_rules import VERDICTS as POSSIBLE
from app.trial_rules import Criterion, Mark, verdict_contradicts
from app.web.access import requires
from app.web.choices import choice
from app.web.identity import the_user
from app.web.operations import bp
from app.web.trial_words import CRITERIA, MARKS, VERDICTS

LENGTHS_HOURS = (2, 3, 4, 1)


class ScheduleForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    supervisor = SelectField(_l("谁来带"), validators=[InputRequired(_l("请选带班的人"))])
    starts_at = DateTimeLocalField(
        _l("什么时候开始"), validators=[InputRequired(_l("请填日期和时间，例如 2026-11-05 14:00"))]
    )
    hours = SelectField(_l("多长"), validators=[InputRequired(_l("请选多长"))])

    def validate_starts_at(self, field: DateTimeLocalField) -> None:
        """Ask for a time to come; the field holds the time on the clocks of the business's zone."""
        if field.data is None:
            raise ValidationError(_("请填日期和时间，例如 2026-11-05 14:00"))
        if field.data.replace(tzinfo=BUSINESS_ZONE) <= clock.utc_now():
            raise ValidationError(_("请填还没到的时间"))


class VerdictForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    promptness = RadioField(CRITERIA[Criterion.PROMPTNESS], validators=[InputRequired(_l("请选一项"))])
    facts = RadioField(CRITERIA[Criterion.FACTS], validators=[InputRequired(_l("请选一项"))])
    manners = RadioField(CRITERIA[Criterion.MANNERS], validators=[InputRequired(_l("请选一项"))])
    privacy = RadioField(CRITERIA[Criterion.PRIVACY], validators=[InputRequired(_l("请选一项"))])
    escalation = RadioField(CRITERIA[Criterion.ESCALATION], validators=[InputRequired(_l("请选一项"))])
    verdict = RadioField(_l("结论"), validators=[InputRequired(_l("请选一项"))])
    remarks = TextAreaField(
        _l("评语"),
        filters=[lambda typed: (typed or "").strip()],
        validators=[
            DataRequired(_l("请写评语：哪里好，哪里要改。本人会读到")),
            Length(max=500, message=_l("请写在 500 个字以内")),
        ],
    )

    def marks(self) -> dict[Criterion, Mark]:
        return {criterion: Mark(self[criterion.value].data) for criterion in Criterion}

    def validate_verdict(self, field: RadioField) -> None:
        """The marks are the reasons: a verdict that they speak against has none."""
        if field.data is None or any(self[criterion.value].data is None for criterion in Criterion):
            return
        if verdict_contradicts(TrialStatus(field.data), self.marks()):
            raise ValidationError(_("有一项“不够”，就不能算通过；没有一项“不够”，就该算通过。请改评分或结论"))


@bp.route("/applications/<uuid:application_id>/trial", methods=["GET", "POST"])
@requires(Permission.APPLICATION_DECIDE)
def schedule_trial(application_id: uuid.UUID) -> ResponseReturnValue:
    application = application_queries.get_application(db.session, application_id)
    form = ScheduleForm()
    form.supervisor.choices = [
        choice(str(user.id), user.name) for user in trial_queries.list_supervisors(db.session)
    ]
    form.hours.choices = [choice(str(hours), _("%(hours)s 小时", hours=hours)) for hours in LENGTHS_HOURS]
    if form.validate_on_submit() and _schedule(application_id, form):
        flash(_("试岗排好了，并通知了本人。"))
        return redirect(url_for("operations.decide_application", application_id=application_id))
    page = render_template(
        "operations/schedule_trial.html",
        application=application,
        place=get_place(db.session, application),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.route("/trials/<uuid:trial_id>", methods=["GET", "POST"])
@requires(Permission.APPLICATION_DECIDE)
def judge_trial(trial_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.utc_now()
    trial = trial_queries.get_trial(db.session, trial_id)
    form = VerdictForm()
    for criterion in Criterion:
        form[criterion.value].choices = [choice(mark.value, MARKS[mark]) for mark in Mark]
    form.verdict.choices = [choice(verdict.value, VERDICTS[verdict]) for verdict in POSSIBLE]
    if form.validate_on_submit():
        with transaction(db.session):
            trials.judge_trial(
                db.session,
                trial_id,
                verdict=TrialStatus(form.verdict.data),
                marks=form.marks(),
                remarks=form.remarks.data or "",
                actor_user_id=the_user().id,
                now=now,
                wall_now=clock.wall_now(),
            )
        flash(_("已决定，并通知了本人。"))
        return redirect(url_for("operations.decide_application", application_id=trial.application_id))
    page = render_template(
        "operations/judge_trial.html",
        trial=trial,
        form=form,
        fields=[form[criterion.value] for criterion in Criterion],
        has_begun=now >= trial.starts_at,
        criteria=CRITERIA,
        marks=MARKS,
        verdicts=VERDICTS,
    )
    return page, 422 if form.errors else 200


def _schedule(application_id: uuid.UUID, form: ScheduleForm) -> bool:
    typed = form.starts_at.data
    assert typed is not None
    starts_at = typed.replace(tzinfo=BUSINESS_ZONE)
    try:
        with transaction(db.session):
            trials.schedule_trial(
                db.session,
                application_id=application_id,
                supervisor_id=uuid.UUID(form.supervisor.data),
                starts_at=starts_at,
                ends_at=starts_at + dt.timedelta(hours=int(form.hours.data)),
                actor_user_id=the_user().id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
    except OverlapError:
        form.starts_at.errors = [_("他这时有别的班或试岗，请换个时间")]
        return False
    return True
