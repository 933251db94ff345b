"""Write a new item, or a new version of one: saved as a draft, which somebody else reviews before use."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import ItemTakenError
from app.models import ItemState
from app.permissions import Permission
from app.services import item_versions
from app.web.access import requires
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from app.web.operations.item_forms import ItemForm, form_for, read_form
from app.web.operations.items import WRITABLE, find_history
from exams.items import KIND_NAMES, Item, Kind


@bp.route("/bank/new/<string(maxlength=20):kind>", methods=["GET", "POST"])
@requires(Permission.BANK_EDIT)
def create_item(kind: str) -> ResponseReturnValue:
    if kind not in WRITABLE:
        abort(404)
    form = form_for(Kind(kind))
    if form.validate_on_submit():
        item = read_form(form, item_id=(form.item_id.data or "").strip())
        if item is not None:
            try:
                return _save(item, is_new=True)
            except ItemTakenError:
                form.item_id.errors = [_("这个编号已经有题了。请换一个编号。")]
    return _page(form, item=None)


@bp.route("/bank/items/<string(maxlength=80):item_id>/edit", methods=["GET", "POST"])
@requires(Permission.BANK_EDIT)
def edit_item(item_id: str) -> ResponseReturnValue:
    """Go on with the draft, or begin the next version from the newest."""
    newest = find_history(item_id)[0]
    if newest.item.kind not in WRITABLE or newest.state is ItemState.IN_REVIEW:
        # Its page says why in a sentence.
        return redirect(url_for("operations.show_item", item_id=item_id))
    form = form_for(newest.item.kind, newest.item)
    if form.validate_on_submit():
        item = read_form(form, item_id=item_id)
        if item is not None:
            return _save(item, is_new=False)
    is_draft = newest.row is not None and newest.state is ItemState.DRAFT
    return _page(form, item=newest.item, note=newest.row.note if newest.row and is_draft else None)


def _save(item: Item, *, is_new: bool) -> ResponseReturnValue:
    with transaction(db.session):
        item_versions.save_draft(
            db.session, item=item, is_new=is_new, actor_user_id=the_user().id, now=clock.utc_now()
        )
    flash(_("草稿存好了。看过预览再交给同事审。"))
    return redirect(url_for("operations.show_item", item_id=item.id))


def _page(form: ItemForm, *, item: Item | None, note: str | None = None) -> ResponseReturnValue:
    page = render_template(
        "operations/edit_item.html",
        form=form,
        item=item,
        note=note,
        kind_name=KIND_NAMES[form.kind].in_language(locale_code()),
    )
    return page, 422 if form.errors else 200
