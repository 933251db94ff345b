"""Items in words, for those who write and review them."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models import ItemFlag, ItemState
from app.web.formats import format_number
from exams.bank_figures import FlagKind
from exams.forms import Quota
from exams.items import (
    KIND_NAMES,
    TOPIC_NAMES,
    ChatItem,
    ChoiceItem,
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


FLAG_NAMES: Mapping[str, object] = {
    FlagKind.NEGATIVE: _l("弱的人反而答得更好"),
    FlagKind.LOW: _l("分不出谁强谁弱"),
    FlagKind.DISTRACTOR: _l("强的人更常选一个错的选项"),
    FlagKind.MISFIT: _l("答案比能力说明的更乱"),
    FlagKind.ACCOMMODATION: _l("有考试需要的人和别人答得不一样"),
    FlagKind.LANGUAGE: _l("两种语言的人答得不一样"),
}


def flag_evidence(flag: ItemFlag, item: Item, language: str) -> str:
    """Return what the numbers say, in one sentence."""
    told = flag.details
    if flag.kind in (FlagKind.NEGATIVE, FlagKind.LOW):
        words: str = _(
            "%(people)s 人答过，和其余题目得分的相关是 %(index)s。",
            people=told["people"],
            index=format_number(told["index"], 2),
        )
    elif flag.kind == FlagKind.DISTRACTOR:
        options = item.options if isinstance(item, ChoiceItem) else ()
        names = {option.id: option.text.in_language(language) for option in options}
        words = _(
            "最强的三分之一里，%(chosen)s 人选“%(option)s”，%(key)s 人选对的。",
            chosen=told["chosen"],
            option=names.get(told["option"], told["option"]),
            key=told["key"],
        )
    elif flag.kind == FlagKind.MISFIT:
        words = _("加权均方（infit）%(infit)s，1 是正好。", infit=format_number(told["infit"], 2))
        if told.get("p") is not None:
            words += _(
                "S-X2 是 %(value)s，自由度 %(df)s，p = %(p)s。",
                value=format_number(told["s_x2"], 1),
                df=told["df"],
                p=format_number(told["p"], 3),
            )
    else:
        words = _group_evidence(flag)
    return words


def _group_evidence(flag: ItemFlag) -> str:
    told = flag.details
    accommodated = flag.kind == FlagKind.ACCOMMODATION
    who = _("有考试需要的人") if accommodated else _("用英文的人")
    points = told.get("points")
    harder = (points if points is not None else told["delta"] or 0) < 0
    how = _("更难") if harder else _("更容易")
    words: str = _(
        "能力一样时，这道题对%(who)s%(how)s"
        "（其中 %(people)s 人答过；Mantel-Haenszel 差 %(delta)s，%(grade)s 级）。",
        who=who,
        how=how,
        people=told["people"],
        delta=format_number(told["delta"], 2),
        grade=told["ets_class"],
    )
    if points is not None:
        words += _(
            "按曲线算，答对的比例差 %(points)s 个百分点（p = %(p)s）。",
            points=format_number(abs(points), 0),
            p=format_number(told["curve_p"], 3),
        )
    return words


def flag_advice(flag: ItemFlag) -> object:
    """Return what a reviewer checks."""
    return {
        FlagKind.NEGATIVE: _l("先核对答案有没有写错，再看题目是不是有歧义。"),
        FlagKind.LOW: _l("看题目是不是太容易、太难，或者两个选项都说得通。"),
        FlagKind.DISTRACTOR: _l("看那个选项是不是也说得通，或者规则已经变了。"),
        FlagKind.MISFIT: _l("看题目里是不是藏着第二个意思，或者不懂也猜得到。"),
        FlagKind.ACCOMMODATION: _l(
            "看它是不是要求了工作用不到的东西：看图、记很长的句子、动作快、只靠颜色或位置。"
        ),
        FlagKind.LANGUAGE: _l("对照两种语言的题目和选项，看意思和难易是不是一样。"),
    }[FlagKind(flag.kind)]
