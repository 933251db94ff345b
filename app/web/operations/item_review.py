"""Review before use: hand in a draft, and let another person approve it or send it back; retire an item."""

from __future__ import annotations

import uuid

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import BankGapError
from app.permissions import Permission
from app.queries import items as item_queries
from app.services import item_versions
from app.web.access import requires
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from app.web.operations.item_decisions import APPROVE, DecideForm, RetireForm
from app.web.operations.items import find_history, render_item
from exams.blueprints import BLUEPRINTS


@bp.post("/bank/versions/<uuid:version_id>/submit")
@requires(Permission.BANK_EDIT)
def submit_item(version_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        row = item_versions.submit_for_review(
            db.session, version_id, actor_user_id=the_user().id, now=clock.utc_now()
        )
    flash(_("交给同事审了。审过以后才会考到。"))
    return redirect(url_for("operations.show_item", item_id=row.item_id))


@bp.post("/bank/versions/<uuid:version_id>/discard")
@requires(Permission.BANK_EDIT)
def discard_item(version_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        item_versions.discard_draft(db.session, version_id, actor_user_id=the_user().id, now=clock.utc_now())
    flash(_("草稿扔掉了。"))
    return redirect(url_for("operations.list_items"))


@bp.post("/bank/versions/<uuid:version_id>/decide")
@requires(Permission.BANK_REVIEW)
def decide_item(version_id: uuid.UUID) -> ResponseReturnValue:
    row = item_queries.get_version(db.session, version_id)
    form = DecideForm()
    if not form.validate_on_submit():
        return render_item(row.item_id, status=422, decide_form=form)
    try:
        with transaction(db.session):
            if form.decision.data == APPROVE:
                item_versions.approve_version(
                    db.session, version_id, actor_user_id=the_user().id, now=clock.utc_now()
                )
            else:
                item_versions.send_back(
                    db.session,
                    version_id,
                    reason=form.reason.data or "",
                    actor_user_id=the_user().id,
                    now=clock.utc_now(),
                )
    except BankGapError as error:
        return render_item(row.item_id, status=409, decide_form=form, refusal=gap_words(error))
    flash(_("通过了，从现在起会考到。") if form.decision.data == APPROVE else _("退回给作者了。"))
    return redirect(url_for("operations.show_item", item_id=row.item_id))


@bp.post("/bank/items/<string(maxlength=80):item_id>/retire")
@requires(Permission.BANK_REVIEW)
def retire_item(item_id: str) -> ResponseReturnValue:
    find_history(item_id)
    form = RetireForm()
    if not form.validate_on_submit():
        return render_item(item_id, status=422, retire_form=form)
    try:
        with transaction(db.session):
            item_versions.retire_item(
                db.session,
                item_id,
                reason=form.why.data or "",
                actor_user_id=the_user().id,
                now=clock.utc_now(),
            )
    except BankGapError as error:
        return render_item(item_id, status=409, retire_form=form, refusal=gap_words(error))
    flash(_("停用了。考过它的人照旧按它判分。"))
    return redirect(url_for("operations.show_item", item_id=item_id))


def gap_words(error: BankGapError) -> str:
    titles = [BLUEPRINTS[exam].title.in_language(locale_code()) for exam in error.exams]
    words: str = _(
        "没有改：这样一来，%(exams)s就凑不齐题了。请先补上能顶替的题。", exams=_("、").join(titles)
    )
    return words
