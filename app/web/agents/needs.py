"""What helps me: say it, take it back, and see who looked."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import ConsentMissingError
from app.models import ConsentPurpose
from app.permissions import Permission
from app.queries import needs as needs_queries
from app.services import needs
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.needs_forms import NeedsForm, NoteForm
from app.web.identity import the_agent_id, the_user


@bp.route("/needs", methods=["GET", "POST"])
@requires(Permission.NEEDS_MANAGE)
def edit_needs() -> ResponseReturnValue:
    form = NeedsForm(
        row=needs_queries.find_needs(db.session, the_agent_id()), large_text=the_user().large_text
    )
    if form.validate_on_submit():
        try:
            with transaction(db.session):
                needs.save_needs(
                    db.session,
                    agent_id=the_agent_id(),
                    needs=form.needs(),
                    large_text=form.large_text.data,
                    consent=form.consent.data,
                    actor_user_id=the_user().id,
                    now=clock.utc_now(),
                )
        except ConsentMissingError:
            form.consent.errors = [_("请勾选同意，我们才能按你的需要办；或者把需要改回默认")]
        else:
            flash(_("已保存。排班和考试从现在起按它办。"))
            return redirect(url_for("agents.edit_needs"))
    return _show(form, NoteForm(formdata=None))


@bp.post("/needs/withdraw")
@requires(Permission.NEEDS_MANAGE)
def withdraw_needs() -> ResponseReturnValue:
    with transaction(db.session):
        needs.withdraw_consent(
            db.session, agent_id=the_agent_id(), actor_user_id=the_user().id, now=clock.utc_now()
        )
    flash(_("已撤回同意。你的需要已清空，排班和考试按默认办。"))
    return redirect(url_for("agents.edit_needs"))


@bp.post("/needs/note")
@requires(Permission.NEEDS_MANAGE)
def save_note() -> ResponseReturnValue:
    form = NoteForm()
    if form.validate_on_submit():
        with transaction(db.session):
            needs.save_note(
                db.session,
                agent_id=the_agent_id(),
                note=form.note.data or "",
                cipher=current_app.config["CIPHER"],
                actor_user_id=the_user().id,
                now=clock.utc_now(),
            )
        flash(_("已加密保存。你随时可以删除。"))
        return redirect(url_for("agents.edit_needs"))
    row = needs_queries.find_needs(db.session, the_agent_id())
    return _show(NeedsForm(row=row, large_text=the_user().large_text), form)


@bp.post("/needs/note/delete")
@requires(Permission.NEEDS_MANAGE)
def delete_note() -> ResponseReturnValue:
    with transaction(db.session):
        needs.delete_note(
            db.session, agent_id=the_agent_id(), actor_user_id=the_user().id, now=clock.utc_now()
        )
    flash(_("已删除，同意也一起撤回了。"))
    return redirect(url_for("agents.edit_needs"))


def _show(form: NeedsForm, note_form: NoteForm) -> ResponseReturnValue:
    agent_id = the_agent_id()
    consents = needs_queries.list_live_consents(db.session, agent_id)
    page = render_template(
        "agents/needs.html",
        form=form,
        note_form=note_form,
        consent=consents.get(ConsentPurpose.NEEDS_IN_MATCHING),
        note=needs.read_own_note(db.session, agent_id=agent_id, cipher=current_app.config["CIPHER"]),
        disclosures=needs_queries.list_disclosures(db.session, agent_id),
    )
    return page, 422 if form.errors or note_form.errors else 200
