"""A draft beside what is published: who changes, what it costs, and what publishing will do."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import clock
from app.db import db
from app.models import MatchStatus
from app.permissions import Permission
from app.queries import matching as matching_queries
from app.queries import pay, rota_change_lists
from app.queries.rota_change_lists import Filter, GroupBy
from app.queries.rota_changes import Change, count_changes
from app.services.rota_costs import pay_difference
from app.web.access import requires
from app.web.operations import bp
from app.web.operations.season import uuid_or_none
from app.web.paging import page_number, pages_of

CHANGE_WORDS = {
    Change.ADDED: _l("新排上"),
    Change.WITHDRAWN: _l("收回邀约"),
    Change.UNBOOKED: _l("没人再订，已接，不动"),
    Change.GONE: _l("已空出"),
    Change.KEPT: _l("不动"),
}
GROUP_WORDS = {GroupBy.MERCHANT: _l("按商家"), GroupBy.PROJECT: _l("按项目"), GroupBy.DAY: _l("按天")}
STATUS_WORDS = {
    "planned": _l("还没有告诉本人"),
    "offered": _l("等答复"),
    "accepted": _l("已接"),
    "present": _l("已报到"),
    "done": _l("上完了"),
    "declined": _l("没接"),
    "lapsed": _l("过期没答"),
    "released": _l("退了"),
    "missing": _l("没来"),
}


@bp.get("/runs/<uuid:run_id>/changes")
@requires(Permission.SEASON_READ)
def show_changes(run_id: uuid.UUID) -> ResponseReturnValue:
    """?change=, ?merchant=, ?project= and ?day= narrow the list, ?by= groups the counts."""
    now = clock.utc_now()
    run = matching_queries.get_run(db.session, run_id)
    if run.status is not MatchStatus.DONE:
        return render_template("operations/show_changes.html", run=run, counts=None)
    counts = count_changes(db.session, run, now=now)
    by = next((one for one in GroupBy if one.value == request.args.get("by")), GroupBy.MERCHANT)
    chosen = _asked()
    page = page_number()
    total = rota_change_lists.count_lines(db.session, run, chosen, now=now)
    phases = pay.list_phases(db.session, [run.event_id])
    return render_template(
        "operations/show_changes.html",
        run=run,
        counts=counts,
        pay=pay_difference(rota_change_lists.list_paid_groups(db.session, run, now=now), phases),
        groups=rota_change_lists.list_groups(db.session, run, by, now=now),
        by=by,
        lines=rota_change_lists.list_lines(db.session, run, chosen, now=now, page=page),
        total=total,
        pages=pages_of(total, rota_change_lists.PAGE_ROWS, page),
        chosen=chosen,
        change=Change,
        change_words=CHANGE_WORDS,
        group_words=GROUP_WORDS,
        status_words=STATUS_WORDS,
    )


def _asked() -> Filter:
    return Filter(
        change=next((one for one in Change if one.value == request.args.get("change")), None),
        merchant_id=uuid_or_none(request.args.get("merchant")),
        project_id=uuid_or_none(request.args.get("project")),
        day=_day_or_none(request.args.get("day")),
    )


def _day_or_none(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None
