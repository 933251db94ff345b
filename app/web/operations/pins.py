"""People whom operations put on a seat before a run."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired

from app import clock
from app.db import db, transaction
from app.errors import NotFoundError, PinRefusedError, StaleStateError
from app.models import PeakEvent, SeatPin
from app.permissions import Permission
from app.queries import people, seat_pins
from app.queries.contacts import find_agents
from app.services.seat_pins import pin_person, stands_alone, unpin_person
from app.web.access import requires
from app.web.choices import choice
from app.web.formats import format_slot
from app.web.identity import the_actor
from app.web.operations import bp
from app.web.operations.match_texts import RULES
from app.web.operations.season import find_event, uuid_or_none


class PinForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    who = StringField(_l("谁"), validators=[InputRequired(_l("请填手机号、邮箱或认证编号"))])
    project = SelectField(_l("项目"), validators=[InputRequired(_l("请选一个项目"))])
    slot = SelectField(_l("班次"), validators=[InputRequired(_l("请选一个班次"))])


@bp.route("/season/pins", methods=["GET", "POST"])
@requires(Permission.MATCH_RUN)
def list_pins() -> ResponseReturnValue:
    """?who=, ?project= and ?slot= fill the form in; who may be an agent's id."""
    event = find_event()
    if event is None:
        raise NotFoundError("no season")
    form = _make_form(event)
    if form.validate_on_submit() and (pin := _pin(form)):
        flash(
            _("记下了，还排不了：本人要连着上几天，把旁边的日子也定上，这一席才算数。")
            if stands_alone(db.session, pin)
            else _("定下了。以后每次排班都留着这一席；发布时才告诉本人。")
        )
        return redirect(url_for("operations.list_pins"))
    page = render_template(
        "operations/list_pins.html",
        event=event,
        form=form,
        pins=seat_pins.list_pins(db.session, event.id, now=clock.utc_now()),
        known=_known_person(form),
    )
    return page, 422 if form.errors else 200


@bp.post("/season/pins/<uuid:pin_id>/remove")
@requires(Permission.MATCH_RUN)
def remove_pin(pin_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        unpin_person(db.session, pin_id, actor_user_id=the_actor().user_id, now=clock.utc_now())
    flash(_("放开了。下一次排班按大家的分重新挑。"))
    return redirect(url_for("operations.list_pins"))


def _make_form(event: PeakEvent) -> PinForm:
    now = clock.utc_now()
    form = PinForm()
    projects = seat_pins.list_bookable_projects(db.session, event, now=now)
    slots = seat_pins.list_coming_slots(db.session, event, now=now)
    form.project.choices = [choice("", _("请选")), *(choice(str(one.id), one.name) for one in projects)]
    form.slot.choices = [choice("", _("请选")), *(choice(str(one.id), format_slot(one)) for one in slots)]
    if not form.is_submitted():
        form.who.data = request.args.get("who", "")
        form.project.data = request.args.get("project", "")
        form.slot.data = request.args.get("slot", "")
    return form


def _pin(form: PinForm) -> SeatPin | None:
    """Pin whom the form names, or put what stands in the way beside its field."""
    who = (form.who.data or "").strip()
    agent_id = find_agents(db.session, [who]).get(who)
    if agent_id is None:
        form.who.errors = [_("没有这位客服。请填手机号、邮箱或认证编号")]
        return None
    try:
        with transaction(db.session):
            return pin_person(
                db.session,
                agent_id=agent_id,
                project_id=uuid.UUID(form.project.data),
                slot_id=uuid.UUID(form.slot.data),
                actor_user_id=the_actor().user_id,
                now=clock.utc_now(),
            )
    except PinRefusedError as refused:
        reasons = _("；").join(str(REFUSALS.get(rule) or RULES[rule]) for rule in refused.rules)
        form.who.errors = [_("不能定在这里：%(reasons)s", reasons=reasons)]
    except StaleStateError:
        form.slot.errors = [_("这一班已经开始。请选还没开始的班次")]
    return None


REFUSALS = {
    "already_pinned": _l("已经定在这一席"),
    "row_has_no_more_people_than_seats": _l("这一班的席都有人了，或没有人订"),
}


def _known_person(form: PinForm) -> people.PersonLine | None:
    """Return whom an id in the form stands for: a link from another page brings ids."""
    agent_id = uuid_or_none(form.who.data)
    return people.find_person(db.session, agent_id) if agent_id else None
