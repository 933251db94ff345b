"""Fairness of a run: hours wished, workable and given, by need, region, month joined and person."""

from __future__ import annotations

import csv
import dataclasses
import io
import uuid
from collections.abc import Mapping

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.clock import BUSINESS_ZONE
from app.db import db
from app.permissions import Permission
from app.queries import fairness as fairness_queries
from app.queries import matching as matching_queries
from app.queries.fairness import ANY_NEED, FEWER_PROJECTS, NO_NEED, OPEN_PROJECTS, Kind, Order
from app.web.access import requires
from app.web.operations import bp
from app.web.operations.spreadsheets import csv_response, harmless
from app.web.paging import page_number, pages_of
from scheduling.matching.fairness import LEAST_PEOPLE, GroupShare, Sums

KIND_WORDS = {Kind.NEED: _l("按需要"), Kind.REGION: _l("按地区"), Kind.MONTH: _l("按加入月份")}
ORDER_WORDS = {
    Order.SHARE: _l("拿到的比例，低的在前"),
    Order.GIVEN: _l("排到的工时，多的在前"),
    Order.WORKABLE: _l("能上的工时，多的在前"),
    Order.WISHED: _l("报的时间，多的在前"),
    Order.NAME: _l("姓名"),
}
NEED_WORDS: Mapping[str, object] = {
    ANY_NEED: _l("写了任何一种需要的人"),
    NO_NEED: _l("没有写需要的人"),
    OPEN_PROJECTS: _l("有需要，每个项目都能上"),
    FEWER_PROJECTS: _l("有需要，有的项目不能上"),
    "text-only": _l("只用文字"),
    "short-stretch": _l("一次上得短"),
    "short-day": _l("一天上得少"),
    "short-week": _l("一周上得少"),
    "long-rest": _l("歇得久"),
    "days-off": _l("连着上的天数少"),
    "long-runs": _l("要连着上几天"),
    "long-breaks": _l("要连着歇几天"),
    "few-weekends": _l("周末上得少"),
    "few-chats": _l("同时会话少"),
    "one-hand": _l("单手操作"),
    "screen-reader": _l("用读屏软件"),
    "breaks": _l("每小时要休息"),
    "slower-replies": _l("回复时限放宽"),
}
# The groups that the others are read against come first.
FIRST = (ANY_NEED, NO_NEED, OPEN_PROJECTS, FEWER_PROJECTS)
# Closer than this to the others counts as the same.
TOLERANCE = 0.02


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """Those with needs beside those without: their shares, and the first as a part of the second less one."""

    with_needs: Sums
    without: Sums
    difference: float
    open_difference: float | None

    @property
    def is_for_want_of_projects(self) -> bool:
        """Say whether only those get less whose needs rule projects out: what suits them is booked less."""
        return not self.is_fair and self.open_difference is not None and _is_same(self.open_difference)

    @property
    def is_fair(self) -> bool:
        return _is_same(self.difference)

    @property
    def equal_difference(self) -> float | None:
        """Return the difference among people whose certificates open as many seats; None if not reckoned."""
        ours, others = self.with_needs.beyond_expected, self.without.beyond_expected
        return None if ours is None or others is None or others <= -1 else (1 + ours) / (1 + others) - 1

    @property
    def is_fair_among_equals(self) -> bool | None:
        return None if self.equal_difference is None else _is_same(self.equal_difference)


def _is_same(difference: float) -> bool:
    """Say whether somebody gets as much as the others, or more."""
    # A difference of two percent sharp must not fall to the last bit of a float.
    return round(difference, 9) >= -TOLERANCE


@bp.get("/runs/<uuid:run_id>/fairness")
@requires(Permission.PEOPLE_READ)
def show_fairness(run_id: uuid.UUID) -> ResponseReturnValue:
    """?by= groups, ?order= sorts the people."""
    run = matching_queries.get_run(db.session, run_id)
    kind = next((one for one in Kind if one.value == request.args.get("by")), Kind.NEED)
    order = next((one for one in Order if one.value == request.args.get("order")), Order.SHARE)
    page = page_number()
    needs = fairness_queries.list_group_hours(db.session, run_id, Kind.NEED)
    groups = needs if kind is Kind.NEED else fairness_queries.list_group_hours(db.session, run_id, kind)
    total = fairness_queries.get_total(db.session, run_id)
    shares = [group.sums.share for group in groups if group.sums and group.sums.share is not None]
    return render_template(
        "operations/fairness.html",
        run=run,
        total=total,
        finding=find_difference(needs),
        groups=sorted(groups, key=_place),
        widest=max([*shares, total.share or 0.0]) or 1.0,
        people=fairness_queries.list_people_hours(db.session, run_id, order=order, page=page),
        pages=pages_of(total.people, fairness_queries.PAGE_ROWS, page),
        kind=kind,
        order=order,
        kind_words=KIND_WORDS,
        order_words=ORDER_WORDS,
        group_name=_group_name,
        least=LEAST_PEOPLE,
        tolerance=TOLERANCE,
    )


def find_difference(needs: list[GroupShare]) -> Finding | None:
    """Compare those with needs and those without; None where one group is too small."""
    sums = {group.group: group.sums for group in needs}
    with_needs, without, unhindered = sums.get(ANY_NEED), sums.get(NO_NEED), sums.get(OPEN_PROJECTS)
    if with_needs is None or without is None or with_needs.share is None or not without.share:
        return None
    return Finding(
        with_needs=with_needs,
        without=without,
        difference=with_needs.share / without.share - 1,
        open_difference=unhindered.share / without.share - 1
        if unhindered is not None and unhindered.share is not None
        else None,
    )


def _place(group: GroupShare) -> tuple[int, str]:
    return FIRST.index(group.group) if group.group in FIRST else len(FIRST), group.group


@bp.get("/runs/<uuid:run_id>/fairness.csv")
@requires(Permission.PEOPLE_READ)
def export_fairness(run_id: uuid.UUID) -> ResponseReturnValue:
    """Groups of every kind, or with ?of=people everybody's hours, as a file for a spreadsheet."""
    run = matching_queries.get_run(db.session, run_id)
    return (
        _people_file(run_id, run.number)
        if request.args.get("of") == "people"
        else _group_file(run_id, run.number)
    )


def _group_file(run_id: uuid.UUID, number: int) -> Response:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([_("分组"), _("组"), _("人数"), *_hour_headings()])
    writer.writerow([_("所有人"), "", *_cells(fairness_queries.get_total(db.session, run_id))])
    for kind in Kind:
        for group in fairness_queries.list_group_hours(db.session, run_id, kind):
            cells = _cells(group.sums) if group.sums else [_("少于 5 人，不列")]
            writer.writerow([str(KIND_WORDS[kind]), harmless(str(_group_name(group))), *cells])
    return csv_response(file, f"zuoxi-fairness-{number}.csv")


def _people_file(run_id: uuid.UUID, number: int) -> Response:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([_("客服"), _("地区"), _("加入月份"), *_hour_headings()])
    for person in fairness_queries.list_people_hours(db.session, run_id, order=Order.SHARE, page=None):
        sums = Sums(
            people=1,
            wished=person.wished,
            workable=person.workable,
            given=person.given,
            expected=person.expected,
        )
        joined = f"{person.joined_at.astimezone(BUSINESS_ZONE):%Y-%m}"
        writer.writerow([harmless(person.name), harmless(person.region), joined, *_cells(sums)[1:]])
    return csv_response(file, f"zuoxi-hours-{number}.csv")


def _hour_headings() -> list[str]:
    return [_("报的小时"), _("能上的小时"), _("排到的小时"), _("比例"), _("照证书该有的比例")]


def _cells(sums: Sums) -> list[object]:
    hours = [round(minutes / 60, 2) for minutes in (sums.wished, sums.workable, sums.given)]
    shares = ["" if share is None else round(share, 4) for share in (sums.share, sums.expected_share)]
    return [sums.people, *hours, *shares]


def _group_name(group: GroupShare) -> object:
    return NEED_WORDS.get(group.group, group.group) if group.kind == Kind.NEED else group.group
