"""The agent's own times in the published rota: what each brought, or the first reason why nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import clock
from app.db import db
from app.permissions import Permission
from app.queries import run_plans, seasons
from app.services.agent_reasons import Outcome, SlotReason, explain_agent
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.shift_words import SERVICE_LINES, hours_of, local_day
from app.web.identity import the_agent_id
from scheduling.matching.obstacles import Obstacle


@dataclasses.dataclass(frozen=True, kw_only=True)
class Words:
    """A reason in short and as a sentence, and what would make a difference, with a page to go to."""

    short: object
    sentence: object
    tip: object
    endpoint: str
    link: object


_LEARN: tuple[object, str, object] = (
    _l("多考一个项目的认证，能上的班就更多。"),
    "agents.list_projects",
    _l("看能考的项目"),
)
_NEEDS: tuple[object, str, object] = (
    _l("这是你的需要，或大家都一样的规则。需要随时能改，不影响分数。"),
    "agents.edit_needs",
    _l("看我的需要"),
)
_POINTS: tuple[object, str, object] = (
    _l("成绩分、给这家上过的班、你写的想上的程度都加分。"),
    "agents.edit_availability",
    _l("写想上的时间"),
)
_PLANNED: tuple[object, str, object] = (
    _l("排给你的班，对整个排班值更多分；规则不让你两班都上。"),
    "agents.list_offers",
    _l("看我的班"),
)
_NOTHING: tuple[object, str, object] = (
    _l("开班前有人放出来，会先问合适的人。"),
    "agents.list_offers",
    _l("看邀约"),
)


def _words(short: object, sentence: object, tip: tuple[object, str, object]) -> Words:
    return Words(short=short, sentence=sentence, tip=tip[0], endpoint=tip[1], link=tip[2])


AS_SUITABLE = _words(_l("一样合适"), _l("规则都合，席给了一样合适的人"), _POINTS)
NO_SEATS = _words(_l("没有坐席"), _l("你有认证的项目，这时没有订坐席"), _LEARN)
REASONS: Mapping[Obstacle, Words] = {
    Obstacle.NOT_CERTIFIED: _words(_l("没有认证"), _l("你的认证那天无效"), _LEARN),
    Obstacle.BLOCKED: _words(_l("互不安排"), _l("你和这家商家互不安排"), _LEARN),
    Obstacle.NEEDS: _words(_l("不合需要"), _l("项目或班的要求超出你写的需要"), _NEEDS),
    Obstacle.NOT_AVAILABLE: _words(_l("没报时间"), _l("你没报这个时间"), _POINTS),
    Obstacle.BUSY: _words(_l("在别处上班"), _l("你同一时间在别的坐席上"), _PLANNED),
    Obstacle.REST: _words(_l("歇不够"), _l("和你前后的班之间歇不够"), _NEEDS),
    Obstacle.STRETCH: _words(_l("一次太长"), _l("和你前后的班连起来，一次上得太长"), _NEEDS),
    Obstacle.DAY_LIMIT: _words(_l("一天到上限"), _l("你这一天的时间已排满"), _NEEDS),
    Obstacle.WEEK_LIMIT: _words(_l("一周到上限"), _l("你这一周的时间已排满"), _NEEDS),
    Obstacle.DAYS_IN_A_ROW: _words(_l("要先歇一天"), _l("你连着上班的天数到了上限"), _NEEDS),
    Obstacle.SHORT_RUN: _words(_l("单独一天，连不成班"), _l("你要连着几天上班，前后没有接得上的班"), _NEEDS),
    Obstacle.DAYS_OFF: _words(_l("要连着歇"), _l("这一班会让你连着歇的天数不够"), _NEEDS),
    Obstacle.WEEKENDS: _words(_l("周末到上限"), _l("你周末上班的次数到了上限"), _NEEDS),
    Obstacle.TAKEN: _words(_l("坐席已有人"), _l("坐席都被原有的班占了"), _NOTHING),
    Obstacle.OUTBID: _words(_l("合计分不够"), _l("规则都合，合计分差一点"), _POINTS),
    Obstacle.NOT_WORTH_IT: _words(_l("还没排到"), _l("规则都合，这一次没有算到"), _NOTHING),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class DayOfReasons:
    """One local day with its slots in order."""

    day: dt.date
    slots: Sequence[SlotReason]


def words_of(one: SlotReason) -> Words:
    """Return the words for a slot that brought nothing."""
    if one.obstacle is Obstacle.OUTBID and one.short == 0:
        return AS_SUITABLE
    return NO_SEATS if one.obstacle is None else REASONS[one.obstacle]


def points_words(one: SlotReason) -> str:
    """Return by how many points a slot was missed; nothing where points do not decide."""
    if one.short is None:
        return ""
    if not one.short:
        return str(_("不差分。"))
    return str(_("还差 %(points)s 分。", points=one.short))


@bp.get("/shifts/reasons")
@requires(Permission.ASSIGNMENT_READ)
def list_reasons() -> ResponseReturnValue:
    """Nobody else is named or counted here: a difference in points says nothing of who has the seat."""
    now = clock.utc_now()
    season = seasons.find_season(db.session, today=local_day(now))
    run = run_plans.find_published_run(db.session, season.id) if season else None
    found = explain_agent(db.session, run, the_agent_id()) if run is not None else []
    missed = [one for one in found if one.outcome in (Outcome.NOT_GIVEN, Outcome.NO_SEATS)]
    counts = Counter(words_of(one) for one in missed)
    by_day = groupby(found, key=lambda one: local_day(one.slot.starts_at))
    return render_template(
        "agents/reasons.html",
        run=run,
        found=found,
        missed=len(missed),
        counts=counts.most_common(),
        days=[DayOfReasons(day=day, slots=list(slots)) for day, slots in by_day],
        words_of=words_of,
        points_words=points_words,
        hours_of=hours_of,
        service_lines=SERVICE_LINES,
    )
