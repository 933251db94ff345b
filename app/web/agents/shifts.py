"""One shift: its details, and why it is this person's."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import db
from app.models import Assignment, AssignmentStatus
from app.pay_rules import pay_of
from app.permissions import Permission
from app.queries import assignments as assignment_queries
from app.queries import pay as pay_queries
from app.queries.shift_reasons import Needs, ShiftReasons, get_shift_reasons
from app.services.agent_reasons import find_lead
from app.services.match_certificates import MOST_CONTINUITY_POINTS, POINTS_A_SHIFT_WORKED
from app.services.match_problem import (
    POINTS_A_PREFERENCE,
    SEAT_POINTS,
)
from app.services.time_rules import limits_beside, minutes_between, origin_before, season_days
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.shift_words import WORDS, length_words, near_moment, paid_shift
from app.web.i18n import locale_code
from app.web.identity import the_agent_id
from app.words import full_date_text
from scheduling.matching.obstacles import Obstacle, obstacles_of_time


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """One hard rule of this shift in words, with how it stands."""

    words: str
    note: str
    kept: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Points:
    """One line of the points that choose between people."""

    words: str
    note: str
    points: int


@bp.get("/shifts/<uuid:assignment_id>")
@requires(Permission.ASSIGNMENT_READ)
def show_shift(assignment_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.utc_now()
    assignment = assignment_queries.get_assignment(db.session, assignment_id, agent_id=the_agent_id())
    phases = pay_queries.list_phases(db.session, {assignment.event_id})
    reasons = get_shift_reasons(db.session, assignment)
    is_offer = assignment.status is AssignmentStatus.OFFERED and assignment.respond_by > now
    points = points_of(assignment, reasons)
    return render_template(
        "agents/shift.html",
        now=now,
        shift=assignment,
        pay=pay_of(paid_shift(assignment, phases, now=now if is_offer else None)),
        is_offer=is_offer,
        respond_by=near_moment(assignment.respond_by, now=now),
        can_release=assignment.status is AssignmentStatus.ACCEPTED and now < assignment.starts_at,
        can_call_in_sick=assignment.status is AssignmentStatus.ACCEPTED and now < assignment.ends_at,
        reasons=reasons,
        rules=rules_of(assignment, reasons),
        points=points,
        total=sum(line.points for line in points),
        lead=find_lead(db.session, assignment),
        **WORDS,
    )


def points_of(assignment: Assignment, reasons: ShiftReasons) -> list[Points]:
    """Return what the matcher counts for this person in this seat, on today's records."""
    worked = reasons.shifts_for_merchant
    return [
        Points(
            words=_("这个坐席有人来"),
            note=_("至少这么多，谁来都一样：空着最亏，所以先让每一席都有人"),
            points=SEAT_POINTS,
        ),
        Points(words=_("你的成绩分"), note=_("质量和到岗，0 到 100"), points=reasons.standing),
        Points(
            words=_(
                "给 %(merchant)s 上过 %(shifts)s 班", merchant=assignment.project.merchant.name, shifts=worked
            ),
            note=_(
                "熟人优先：每班 %(each)s 分，最多 %(most)s 分",
                each=POINTS_A_SHIFT_WORKED,
                most=MOST_CONTINUITY_POINTS,
            ),
            points=min(worked * POINTS_A_SHIFT_WORKED, MOST_CONTINUITY_POINTS),
        ),
        Points(
            words=_("你多想上这个时段"),
            note=_("你在可上班时间里写的，0 到 10，乘 %(each)s", each=POINTS_A_PREFERENCE),
            points=(reasons.preference or 0) * POINTS_A_PREFERENCE,
        ),
    ]


def rules_of(assignment: Assignment, reasons: ShiftReasons) -> list[Rule]:
    """Return the hard rules with how this shift stands to each; a need written later may show as not kept."""
    needs = reasons.needs
    minutes = (assignment.ends_at - assignment.starts_at) // dt.timedelta(minutes=1)
    today, week = _minutes_around(assignment, reasons)
    rest = _rest_around(assignment, reasons)
    broken = _broken_rules(assignment, reasons)
    until = reasons.certified_until
    rules = [
        Rule(
            words=_("有这个项目的认证"),
            note=_("有效到 %(day)s", day=full_date_text(until, locale_code()))
            if until
            else _("现在没有有效的认证"),
            kept=until is not None and until >= assignment.ends_at,
        ),
        Rule(
            words=_("你写了这段时间有空"),
            note=_("在可上班时间里") if reasons.preference is not None else _("现在的可上班时间里没有它"),
            kept=reasons.preference is not None,
        ),
        Rule(
            words=_("连续最长 %(length)s", length=length_words(needs.max_stretch_minutes)),
            note=_source(needs, "max_stretch_minutes") + _("这一班 %(length)s", length=length_words(minutes)),
            kept=Obstacle.STRETCH not in broken,
        ),
        Rule(
            words=_("两班之间至少歇 %(length)s", length=length_words(needs.min_rest_minutes)),
            note=_source(needs, "min_rest_minutes")
            + (
                _("离最近的一班隔 %(length)s", length=length_words(rest))
                if rest is not None
                else _("前后半个月没有别的班")
            ),
            kept=Obstacle.REST not in broken,
        ),
        Rule(
            words=_("一天最长 %(length)s", length=length_words(needs.max_day_minutes)),
            note=_source(needs, "max_day_minutes") + _("这一天共 %(length)s", length=length_words(today)),
            kept=Obstacle.DAY_LIMIT not in broken,
        ),
        Rule(
            words=_("一周最长 %(length)s", length=length_words(needs.max_week_minutes)),
            note=_source(needs, "max_week_minutes") + _("这一周共 %(length)s", length=length_words(week)),
            kept=Obstacle.WEEK_LIMIT not in broken,
        ),
        Rule(
            words=_("最多连上 %(days)s 天", days=needs.max_consecutive_days),
            note=_source(needs, "max_consecutive_days"),
            kept=Obstacle.DAYS_IN_A_ROW not in broken,
        ),
        *_rules_of_days(needs, broken),
    ]
    if needs.text_only:
        rules.append(
            Rule(
                words=_("只做文字"),
                note=_("你写的需要。"),
                kept=not assignment.project.service_line.is_voice,
            )
        )
    if not assignment.project.service_line.is_voice:
        rules.append(
            Rule(
                words=_("最多同时 %(chats)s 位顾客", chats=needs.max_concurrent),
                note=_source(needs, "max_concurrent")
                + _("这个项目 %(chats)s 位", chats=assignment.project.concurrent_chats),
                kept=assignment.project.concurrent_chats <= needs.max_concurrent,
            )
        )
    return rules


def _rules_of_days(needs: Needs, broken: Sequence[Obstacle]) -> list[Rule]:
    """Return the rules of days in a row, days off and weekends that the person set: nobody else has them."""
    words = {
        "min_consecutive_days": (
            _("至少连着上 %(days)s 天", days=needs.min_consecutive_days),
            _("你写的需要。") + _("大促的头一天和最后一天除外"),
            Obstacle.SHORT_RUN,
        ),
        "min_days_off": (
            _("歇就至少连着歇 %(days)s 天", days=needs.min_days_off),
            _("你写的需要。"),
            Obstacle.DAYS_OFF,
        ),
        "max_weekends": (
            ngettext("一场大促最多上 %(num)s 个周末", "一场大促最多上 %(num)s 个周末", needs.max_weekends)
            if needs.max_weekends
            else _("周末都不上"),
            _("你写的需要。") + _("周六、周日上一天就算一个"),
            Obstacle.WEEKENDS,
        ),
    }
    return [
        Rule(words=rule, note=note, kept=obstacle not in broken)
        for name, (rule, note, obstacle) in words.items()
        if name in needs.own
    ]


def _source(needs: Needs, name: str) -> str:
    return str(_("你写的需要。") if name in needs.own else _("大家都一样的规则。"))


def _broken_rules(assignment: Assignment, reasons: ShiftReasons) -> Sequence[Obstacle]:
    """Ask the matcher's own rules of time about this shift beside the others."""
    origin, needs = origin_before(assignment.starts_at), reasons.needs
    held = [(minutes_between(origin, start), minutes_between(origin, end)) for start, end in reasons.held]
    wanted = minutes_between(origin, assignment.starts_at), minutes_between(origin, assignment.ends_at)
    limits = limits_beside(needs, held, season=season_days(reasons.event, origin))
    # Here the person reads how their days are, so nothing is excused for being settled already.
    return obstacles_of_time(held, wanted, dataclasses.replace(limits, pinned_days=frozenset()))


def _minutes_around(assignment: Assignment, reasons: ShiftReasons) -> tuple[int, int]:
    """Return the minutes of the shift's day and of its week, the shift's own among them."""
    day = assignment.starts_at.astimezone(BUSINESS_ZONE).date()
    monday = day - dt.timedelta(days=day.weekday())
    minutes_today = minutes_week = 0
    for start, end in [*reasons.held, (assignment.starts_at, assignment.ends_at)]:
        other = start.astimezone(BUSINESS_ZONE).date()
        length = (end - start) // dt.timedelta(minutes=1)
        minutes_today += length if other == day else 0
        minutes_week += length if monday <= other < monday + dt.timedelta(days=7) else 0
    return minutes_today, minutes_week


def _rest_around(assignment: Assignment, reasons: ShiftReasons) -> int | None:
    """Return the minutes to the nearest other shift; one that touches is part of the same stretch."""
    gaps = [assignment.starts_at - end for _start, end in reasons.held if end < assignment.starts_at]
    gaps += [start - assignment.ends_at for start, _end in reasons.held if start > assignment.ends_at]
    return min(gaps) // dt.timedelta(minutes=1) if gaps else None
