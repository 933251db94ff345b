"""The exams we hold: practice, the base exam, and one project assessment a service line."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping

from exams.forms import Blueprint, Quota
from exams.items import Difficulty, Kind, Text, Topic

PASS_PERCENT = 70


class ServiceLine(enum.StrEnum):
    """The lines that have an assessment of their own."""

    PRESALES_CHAT = "presales-chat"
    AFTERSALES_CHAT = "aftersales-chat"
    HOTLINE = "hotline"


CHAT_MINUTES = 10
"""What a chat simulation adds to an exam: the play, and time to read the shop's notes."""

_MODERATE = (Difficulty.EASY, Difficulty.MEDIUM)
_DEMANDING = (Difficulty.MEDIUM, Difficulty.HARD)


def _quota(count: int, topic: Topic, *kinds: Kind, difficulties: tuple[Difficulty, ...] = ()) -> Quota:
    return Quota(count=count, topics=(topic,), kinds=kinds, difficulties=difficulties)


# Few items have parts to arrange: in an assessment several topics share one place for them.
_ARRANGED = (Kind.ORDERING, Kind.MATCHING)
_TYPING = _quota(1, Topic.TOOLS, Kind.TYPING)


BASE_EXAM = Blueprint(
    id="base",
    title=Text(zh="基础认证考试", en="Base exam"),
    minutes=25,
    pass_percent=PASS_PERCENT,
    quotas=(
        _quota(1, Topic.MANNERS, Kind.SINGLE),
        _quota(1, Topic.MANNERS, Kind.MULTIPLE),
        _quota(1, Topic.MANNERS, Kind.TRUE_FALSE),
        _quota(1, Topic.PRE_SALES, Kind.SINGLE),
        _quota(1, Topic.PRE_SALES, Kind.MULTIPLE),
        _quota(1, Topic.PRE_SALES, Kind.TRUE_FALSE),
        _quota(1, Topic.AFTER_SALES, Kind.SINGLE, difficulties=_MODERATE),
        _quota(1, Topic.AFTER_SALES, *_ARRANGED),
        _quota(1, Topic.AFTER_SALES, Kind.MULTIPLE),
        _quota(1, Topic.AFTER_SALES, Kind.SHORT_ANSWER),
        _quota(1, Topic.PROMOTIONS, Kind.SINGLE),
        _quota(1, Topic.PROMOTIONS, Kind.NUMERIC, difficulties=_MODERATE),
        _quota(1, Topic.PROMOTIONS, Kind.NUMERIC, difficulties=_DEMANDING),
        _quota(1, Topic.PRIVACY, Kind.SINGLE),
        _quota(1, Topic.PRIVACY, Kind.MULTIPLE),
        _quota(1, Topic.PRIVACY, Kind.TRUE_FALSE),
        _quota(1, Topic.ESCALATION, Kind.SINGLE),
        _quota(1, Topic.ESCALATION, Kind.MULTIPLE),
        _quota(1, Topic.TOOLS, Kind.TRUE_FALSE, Kind.SINGLE),
        _quota(1, Topic.TOOLS, Kind.SHORT_ANSWER),
    ),
)

PRACTICE_EXAM = Blueprint(
    id="practice",
    title=Text(zh="练习", en="Practice"),
    minutes=10,
    pass_percent=None,
    # Conversations are practised on a page of their own.
    quotas=tuple(Quota(count=1, kinds=(kind,)) for kind in Kind if kind is not Kind.CHAT),
)

PROJECT_EXAMS: Mapping[str, Blueprint] = {
    ServiceLine.PRESALES_CHAT: Blueprint(
        id="project-presales-chat",
        title=Text(zh="售前在线项目考核", en="Pre-sales chat assessment"),
        minutes=18 + CHAT_MINUTES,
        pass_percent=PASS_PERCENT,
        quotas=(
            _quota(3, Topic.PRE_SALES, difficulties=_DEMANDING),
            _quota(1, Topic.PROMOTIONS, Kind.NUMERIC),
            Quota(count=1, topics=(Topic.PROMOTIONS, Topic.PRE_SALES, Topic.MANNERS), kinds=_ARRANGED),
            _quota(1, Topic.MANNERS, difficulties=_DEMANDING),
            _quota(1, Topic.PRIVACY),
            _quota(1, Topic.TOOLS),
            _TYPING,
            _quota(1, Topic.PRE_SALES, Kind.CHAT),
        ),
    ),
    ServiceLine.AFTERSALES_CHAT: Blueprint(
        id="project-aftersales-chat",
        title=Text(zh="售后在线项目考核", en="After-sales chat assessment"),
        minutes=18 + CHAT_MINUTES,
        pass_percent=PASS_PERCENT,
        quotas=(
            _quota(4, Topic.AFTER_SALES, difficulties=_DEMANDING),
            _quota(1, Topic.ESCALATION),
            Quota(count=1, topics=(Topic.AFTER_SALES, Topic.ESCALATION), kinds=_ARRANGED),
            _quota(1, Topic.PRIVACY),
            _quota(1, Topic.TOOLS),
            _TYPING,
            _quota(1, Topic.AFTER_SALES, Kind.CHAT),
        ),
    ),
    ServiceLine.HOTLINE: Blueprint(
        id="project-hotline",
        title=Text(zh="热线项目考核", en="Hotline assessment"),
        minutes=12,
        pass_percent=PASS_PERCENT,
        quotas=(
            _quota(4, Topic.HOTLINE),
            _quota(2, Topic.AFTER_SALES, difficulties=_DEMANDING),
            Quota(count=1, topics=(Topic.ESCALATION, Topic.PRIVACY), kinds=_ARRANGED),
            _quota(1, Topic.PRIVACY),
        ),
    ),
}

SHORT_ITEMS = 10
"""A confirmation is no longer than this where the first exam was longer."""


def confirmation_of(blueprint: Blueprint) -> Blueprint:
    """Return the shorter exam that confirms a result: every second place of a long one, in less time.

    Nothing is typed against the clock and no conversation is played: what is compared is what is known.
    """
    left_out = {Kind.TYPING, Kind.CHAT}
    places = [
        dataclasses.replace(quota, count=1)
        for quota in blueprint.quotas
        if not left_out & set(quota.kinds)
        for _ in range(quota.count)
    ]
    chosen = places if len(places) <= SHORT_ITEMS else places[::2]
    return Blueprint(
        id=f"confirm-{blueprint.id}",
        title=Text(
            zh=f"{blueprint.title.zh}·成绩确认",
            en=f"{blueprint.title.en}: confirmation",
        ),
        minutes=max(1, math.ceil(blueprint.minutes * len(chosen) / blueprint.length)),
        pass_percent=blueprint.pass_percent,
        quotas=tuple(chosen),
    )


BLUEPRINTS: Mapping[str, Blueprint] = {
    blueprint.id: blueprint
    for blueprint in (
        PRACTICE_EXAM,
        BASE_EXAM,
        *PROJECT_EXAMS.values(),
        *map(confirmation_of, (BASE_EXAM, *PROJECT_EXAMS.values())),
    )
}
"""Every exam by its id, as stored with an attempt."""
