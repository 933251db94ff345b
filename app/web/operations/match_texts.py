"""The matcher's findings in plain words: causes of empty seats, what can be done, what stands in the way."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models import ServiceLine
from app.services.matching import FailureKind
from scheduling.matching.obstacles import Obstacle
from scheduling.matching.report import Cause

LINE_WORDS = {
    ServiceLine.PRESALES_CHAT: _l("售前文字"),
    ServiceLine.AFTERSALES_CHAT: _l("售后文字"),
    ServiceLine.HOTLINE: _l("热线"),
}

# Causes that publishing adds to those that the matcher knows.
TAKEN_MEANWHILE = "taken_meanwhile"
CHANGED_MEANWHILE = "changed_meanwhile"


@dataclasses.dataclass(frozen=True, kw_only=True)
class CauseWords:
    """Why seats are empty, in short and with the figures of one shortage, and what helps."""

    short: object
    sentence: object
    action: object
    endpoint: str


CAUSES: Mapping[str, CauseWords] = {
    Cause.NOBODY_CERTIFIED: CauseWords(
        short=_l("认证的人不够"),
        sentence=_l("有这个项目认证的只有 %(certified)s 人，订了 %(booked)s 席"),
        action=_l("让更多人考这个项目的认证"),
        endpoint="operations.list_applications",
    ),
    Cause.NOBODY_AVAILABLE: CauseWords(
        short=_l("报了这个时间的人不够"),
        sentence=_l("有认证的 %(certified)s 人里，只有 %(available)s 人报了这个时间"),
        action=_l("请还没报时间的人看看这一班"),
        endpoint="operations.show_people",
    ),
    Cause.REST: CauseWords(
        short=_l("前后有班，歇不够"),
        sentence=_l("有空的 %(available)s 人里，多数前后有班，两班之间歇不够"),
        action=_l("请当天没有班的人报这个时间"),
        endpoint="operations.show_people",
    ),
    Cause.STRETCH: CauseWords(
        short=_l("这一班比他们一次能上的长"),
        sentence=_l("有空的 %(available)s 人里，多数一次能上的时间比这一班短"),
        action=_l("请能上整班的人报这个时间"),
        endpoint="operations.show_people",
    ),
    Cause.DAY_LIMIT: CauseWords(
        short=_l("当天的时间已排满"),
        sentence=_l("有空的 %(available)s 人里，多数当天已排到上限"),
        action=_l("请当天没有班的人报这个时间"),
        endpoint="operations.show_people",
    ),
    Cause.WEEK_LIMIT: CauseWords(
        short=_l("这一周的时间已排满"),
        sentence=_l("有空的 %(available)s 人里，多数这一周已排到上限"),
        action=_l("请这一周班少的人报这个时间"),
        endpoint="operations.show_people",
    ),
    Cause.DAYS_IN_A_ROW: CauseWords(
        short=_l("连着上班的天数到了上限"),
        sentence=_l("有空的 %(available)s 人里，多数已连着上满天数，要先歇一天"),
        action=_l("请前几天没有班的人报这个时间"),
        endpoint="operations.show_people",
    ),
    Cause.SHORT_RUN: CauseWords(
        short=_l("单独一天，连不成班"),
        sentence=_l("有空的 %(available)s 人里，多数要连着几天上班，前后没有接得上的班"),
        action=_l("请前后几天有班的人报这个时间"),
        endpoint="operations.show_people",
    ),
    Cause.DAYS_OFF: CauseWords(
        short=_l("连着歇的天数不够"),
        sentence=_l("有空的 %(available)s 人里，多数要连着歇几天，这一班会把它断开"),
        action=_l("请前后几天没有班的人报这个时间"),
        endpoint="operations.show_people",
    ),
    Cause.WEEKENDS: CauseWords(
        short=_l("周末上班的次数到了上限"),
        sentence=_l("有空的 %(available)s 人里，多数周末上班的次数到了上限"),
        action=_l("请周末班少的人报这个时间"),
        endpoint="operations.show_people",
    ),
    Cause.DEARER_SEATS: CauseWords(
        short=_l("有空的人都在别的坐席上"),
        sentence=_l("有空的 %(available)s 人都在同一时间的别的坐席上"),
        action=_l("让更多人考这个项目的认证"),
        endpoint="operations.list_applications",
    ),
    Cause.NOT_WORTH_IT: CauseWords(
        short=_l("算的时间不够，还没排到"),
        sentence=_l("还有合适的人，这一次没有算到"),
        action=_l("多给一点时间再算一次"),
        endpoint="operations.show_season",
    ),
    TAKEN_MEANWHILE: CauseWords(
        short=_l("发布时人已有别的班"),
        sentence=_l("排好之后，这个人在同一时间有了别的班"),
        action=_l("再算一次，补上这一席"),
        endpoint="operations.show_season",
    ),
    CHANGED_MEANWHILE: CauseWords(
        short=_l("发布时人已不合适"),
        sentence=_l("排好之后，这个人改了时间或需要，认证变了，或有了别的班"),
        action=_l("再算一次，补上这一席"),
        endpoint="operations.show_season",
    ),
}

OBSTACLES: Mapping[Obstacle, object] = {
    Obstacle.NOT_CERTIFIED: _l("认证那天无效"),
    Obstacle.BLOCKED: _l("和这家商家互不安排"),
    Obstacle.NEEDS: _l("项目或班的要求超出需要里写的"),
    Obstacle.NOT_AVAILABLE: _l("没有报这个时间"),
    Obstacle.BUSY: _l("同一时间在别的坐席上"),
    Obstacle.REST: _l("和前后的班之间歇不够"),
    Obstacle.STRETCH: _l("这一班比一次能上的时间长"),
    Obstacle.DAY_LIMIT: _l("当天会超过上限"),
    Obstacle.WEEK_LIMIT: _l("这一周会超过上限"),
    Obstacle.DAYS_IN_A_ROW: _l("连着上班的天数会超过上限"),
    Obstacle.SHORT_RUN: _l("连着上班的天数会太少"),
    Obstacle.DAYS_OFF: _l("连着歇的天数会太少"),
    Obstacle.WEEKENDS: _l("上班的周末会超过上限"),
    Obstacle.TAKEN: _l("坐席都被原有的班占了"),
    Obstacle.OUTBID: _l("合计分比排上的人低"),
    Obstacle.NOT_WORTH_IT: _l("可以排，这一次没有算到"),
}

# The checker's rules, for a plan that was refused.
RULES: Mapping[str, object] = {
    "plan_names_known_agents_and_rows": _l("排的人已经离开"),
    "agent_is_certified": _l("没有这个项目当天有效的认证，或项目的要求超出需要"),
    "agent_is_not_blocked": _l("和商家互不安排"),
    "shift_lies_in_one_window": _l("不在报的时间里"),
    "agent_does_one_thing_at_a_time": _l("同一时间有两个班"),
    "agent_rests_between_stretches": _l("两班之间歇不够"),
    "stretch_is_not_too_long": _l("一次上得太长"),
    "week_is_not_too_long": _l("一周超过上限"),
    "day_is_not_too_long": _l("一天超过上限"),
    "agent_gets_a_day_off_in_time": _l("连着上班太多天"),
    "run_of_days_is_not_too_short": _l("连着上班的天数太少"),
    "agent_gets_enough_days_off_in_a_row": _l("连着歇的天数太少"),
    "agent_has_enough_weekends_off": _l("上班的周末太多"),
    "row_has_no_more_people_than_seats": _l("人比订的坐席多"),
    "pinned_assignment_stays": _l("动了已经定下的班"),
}

# Rules whose detail is a figure and its limit, and their units.
_MEASURED = {
    "agent_rests_between_stretches": _l("歇了 %(is)s 分钟，至少要 %(limit)s 分钟"),
    "stretch_is_not_too_long": _l("%(is)s 分钟，最多 %(limit)s 分钟"),
    "week_is_not_too_long": _l("%(is)s 分钟，最多 %(limit)s 分钟"),
    "day_is_not_too_long": _l("%(is)s 分钟，最多 %(limit)s 分钟"),
    "agent_gets_a_day_off_in_time": _l("第 %(is)s 天，最多 %(limit)s 天"),
    "run_of_days_is_not_too_short": _l("连着 %(is)s 天，至少要 %(limit)s 天"),
    "agent_gets_enough_days_off_in_a_row": _l("连着歇 %(is)s 天，至少要 %(limit)s 天"),
    "agent_has_enough_weekends_off": _l("%(is)s 个周末，最多 %(limit)s 个"),
    "row_has_no_more_people_than_seats": _l("%(is)s 人，%(limit)s 席"),
}

FAILURES: Mapping[str, object] = {
    FailureKind.UNREADABLE: _l("数据里有排班不能接受的内容。请把下面的原因告诉我们，改好再算。"),
    FailureKind.GAVE_UP: _l("试了几次都没有做成。请过一会儿再算；如果还不行，把下面的原因告诉我们。"),
    FailureKind.RULES_BROKEN: _l(
        "没有发布：核对时发现破了规则，多半是排好以后有人改了时间、认证或预订。请再算一次。"
    ),
}

PHASES: Mapping[str, object] = {
    "read": _l("正在读数据"),
    "prepare": _l("正在整理数据"),
    "price": _l("正在给每一席定价"),
    "build": _l("正在搭第一版排法"),
    "improve": _l("正在一步步改进"),
    "standby": _l("正在挑候补"),
    "hours": _l("正在算每人的工时"),
    "save": _l("正在存结果"),
}

# The same once they are over, for what took how long.
STEPS: Mapping[str, object] = {
    "read": _l("读数据"),
    "prepare": _l("整理数据"),
    "price": _l("给每一席定价"),
    "build": _l("搭第一版排法"),
    "improve": _l("一步步改进"),
    "standby": _l("挑候补"),
    "hours": _l("算每人的工时"),
    "save": _l("存结果"),
}


def cause_words(cause: str) -> CauseWords:
    """Return the words of a cause; a cause that nobody named here shows its own name."""
    return CAUSES.get(
        cause,
        CauseWords(short=cause, sentence=cause, action=_("看这一次排班"), endpoint="operations.show_season"),
    )


def cause_sentence(cause: str, details: Mapping[str, Any]) -> str:
    """Return why seats are empty, with the figures of this shortage."""
    figures = {"certified": 0, "available": 0, "working": 0, "booked": 0, **details}
    if cause == Cause.NOBODY_AVAILABLE and not figures["available"]:
        return str(_("有认证的 %(certified)s 人，没有一个报了这个时间", certified=figures["certified"]))
    return str(cause_words(cause).sentence) % figures


def violation_figures(violation: Mapping[str, Any]) -> str:
    """Return by how much a rule is broken, or a dash where it is not a matter of how much."""
    words = _MEASURED.get(violation["rule"])
    figures = re.findall(r"\d+", violation["detail"])
    if words is None or len(figures) < 2:
        return "–"
    return str(words) % {"is": figures[0], "limit": figures[1]}
