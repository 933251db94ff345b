"""Items in words, for those who write and review them."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models import ItemState
from exams.forms import Quota
from exams.items import (
    KIND_NAMES,
    TOPIC_NAMES,
    ChatItem,
    Difficulty,
    Item,
    MatchingItem,
    MultipleItem,
    NumericItem,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    TrueFalseItem,
    TypingItem,
)

STATE_NAMES: Mapping[ItemState, object] = {
    ItemState.DRAFT: _l("草稿"),
    ItemState.IN_REVIEW: _l("等人审"),
    ItemState.APPROVED: _l("在用"),
    ItemState.RETIRED: _l("停用"),
}

DIFFICULTY_NAMES: Mapping[Difficulty, object] = {
    Difficulty.EASY: _l("容易"),
    Difficulty.MEDIUM: _l("中等"),
    Difficulty.HARD: _l("难"),
}


def key_lines(item: Item, language: str) -> list[str]:
    """Return the right answer, one line a part."""
    if isinstance(item, SingleItem | MultipleItem | OrderingItem):
        words = {option.id: option.text.in_language(language) for option in item.options}
        keys = (item.key,) if isinstance(item, SingleItem) else item.key
        return [words[key] for key in keys]
    if isinstance(item, MatchingItem):
        words = {option.id: option.text.in_language(language) for option in item.options}
        right = dict(item.key)
        return [f"{one.text.in_language(language)} → {words[right[one.id]]}" for one in item.prompts]
    if isinstance(item, TrueFalseItem):
        return [_("正确") if item.key else _("不正确")]
    if isinstance(item, ShortAnswerItem):
        return list(item.key)
    if isinstance(item, NumericItem):
        unit = item.unit.in_language(language)
        if item.tolerance:
            return [
                _(
                    "%(number)s %(unit)s，差 %(tolerance)s 以内也算对",
                    number=f"{item.key:f}",
                    unit=unit,
                    tolerance=f"{item.tolerance:f}",
                )
            ]
        return [f"{item.key:f} {unit}"]
    if isinstance(item, TypingItem):
        return [
            _(
                "每分钟 %(speed)s 个字符、打对 %(percent)s%% 得满分",
                speed=item.full_speed.in_language(language),
                percent=item.full_accuracy,
            )
        ]
    if isinstance(item, ChatItem):
        return [_("按剧本 %(script)s 的六个部分计分", script=item.script)]
    return []


def quota_words(quota: Quota, language: str) -> str:
    """Return what a quota asks for, without its number."""
    parts = [
        "/".join(TOPIC_NAMES[topic].in_language(language) for topic in quota.topics) or _("任何主题"),
        "/".join(KIND_NAMES[kind].in_language(language) for kind in quota.kinds) or _("任何题型"),
        "/".join(str(DIFFICULTY_NAMES[one]) for one in quota.difficulties) or _("任何难度"),
    ]
    return " · ".join(parts)
