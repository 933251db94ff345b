"""Items that the answers say somebody should look at: why, in plain words, and what comes of it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from app import clock
from app.db import db, transaction
from app.errors import BankGapError, NotFoundError
from app.models import FlagState
from app.permissions import Permission
from app.queries import item_flags as flag_queries
from app.queries import items as item_queries
from app.services import item_figures
from app.services.item_bank import current_bank
from app.web.access import requires
from app.web.choices import choice
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from app.web.operations.item_review import gap_words
from app.web.operations.item_words import FLAG_NAMES, flag_advice, flag_evidence
from app.web.operations.items import names
from app.web.paging import page_number, pages_of
from exams.items import Item


class FlagForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    decision = RadioField(
        _l("看过以后"),
        choices=[
            choice(FlagState.SEEN.value, _l("记下了，等更多人答过再看")),
            choice(FlagState.KEPT.value, _l("题没有问题，留着")),
            choice(FlagState.RETIRED.value, _l("停用这道题")),
        ],
        validators=[InputRequired(_l("请选一项"))],
    )
    reason = TextAreaField(
        _l("原因"),
        validators=[
            InputRequired(_l("请写原因，以后的人会读到")),
            Length(max=500, message=_l("请写在 500 个字以内")),
        ],
    )


@bp.get("/bank/flags")
@requires(Permission.BANK_READ)
def list_flags() -> ResponseReturnValue:
    asked = request.args.get("state", "")
    state = FlagState(asked) if asked in list(FlagState) else FlagState.OPEN
    page = page_number()
    total = flag_queries.count_flags(db.session, state=state)
    bank = current_bank(db.session)
    rows = flag_queries.list_flags(db.session, state=state, page=page)
    return render_template(
        "operations/item_flags.html",
        rows=[(flag, bank.item(flag.item_id, flag.version)) for flag in rows],
        state=state,
        states=_state_names(),
        total=total,
        pages=pages_of(total, flag_queries.PAGE_ROWS, page),
        flag_names=FLAG_NAMES,
        evidence=flag_evidence,
    )


@bp.route("/bank/flags/<uuid:flag_id>", methods=["GET", "POST"])
@requires(Permission.BANK_REVIEW)
def decide_flag(flag_id: uuid.UUID) -> ResponseReturnValue:
    flag = flag_queries.get_flag(db.session, flag_id)
    form = FlagForm()
    if form.validate_on_submit():
        try:
            with transaction(db.session):
                item_figures.decide_flag(
                    db.session,
                    flag_id,
                    state=FlagState(form.decision.data),
                    reason=form.reason.data or "",
                    actor_user_id=the_user().id,
                    now=clock.utc_now(),
                )
        except BankGapError as error:
            form.decision.errors = [gap_words(error)]
        except NotFoundError:
            form.decision.errors = [_("这道题已经停用了。请选别的一项。")]
        else:
            flash(_("记下了。"))
            return redirect(url_for("operations.list_flags"))
    item: Item = current_bank(db.session).item(flag.item_id, flag.version)
    figures = item_queries.list_figures(db.session, [(flag.item_id, flag.version)])
    page = render_template(
        "operations/decide_flag.html",
        flag=flag,
        item=item,
        figure=figures.get((flag.item_id, flag.version)),
        title=FLAG_NAMES[flag.kind],
        evidence=flag_evidence(flag, item, locale_code()),
        advice=flag_advice(flag),
        states=_state_names(),
        form=form,
        is_open=flag.state in (FlagState.OPEN, FlagState.SEEN),
        **names(),
    )
    return page, 422 if form.errors else 200


@bp.post("/bank/figures")
@requires(Permission.BANK_REVIEW)
def compute_figures() -> ResponseReturnValue:
    with transaction(db.session):
        item_figures.ask_for_figures(db.session, wall_now=clock.wall_now())
    flash(_("正在算，几秒到一分钟。过一会儿刷新看。"))
    return redirect(url_for("operations.list_flags"))


def _state_names() -> dict[FlagState, str]:
    return {
        FlagState.OPEN: _("还没看"),
        FlagState.SEEN: _("等更多人答"),
        FlagState.KEPT: _("留着"),
        FlagState.RETIRED: _("停用了"),
    }
