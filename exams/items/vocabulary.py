"""The words of the question bank: kinds, topics, difficulties, texts in two languages, and their names."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterator, Mapping

_HAN = re.compile("[\u3400-\u9fff]")


class Kind(enum.StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    SHORT_ANSWER = "short_answer"
    NUMERIC = "numeric"
    ORDERING = "ordering"
    MATCHING = "matching"
    TYPING = "typing"
    CHAT = "chat"


class Topic(enum.StrEnum):
    """What a question is about. One file of the bank holds one topic."""

    MANNERS = "manners"
    PRE_SALES = "pre_sales"
    AFTER_SALES = "after_sales"
    PROMOTIONS = "promotions"
    PRIVACY = "privacy"
    ESCALATION = "escalation"
    TOOLS = "tools"
    HOTLINE = "hotline"


class Difficulty(enum.StrEnum):
    """The author's guess, used until answers say better."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"

    @property
    def logit(self) -> float:
        """The guess on the scale of item response theory, as a starting value for calibration."""
        return {Difficulty.EASY: -1.0, Difficulty.MEDIUM: 0.0, Difficulty.HARD: 1.0}[self]


class Flaw(str):
    """What makes an item unusable, in English with its mend: `zh` says the same, `field` names where."""

    __slots__ = ("field", "zh")

    field: str
    zh: str

    def __new__(cls, en: str, *, zh: str, field: str) -> Flaw:
        flaw = super().__new__(cls, en)
        flaw.field, flaw.zh = field, zh
        return flaw

    def in_language(self, language: str) -> str:
        return str(self) if language.lower().startswith("en") else self.zh


@dataclasses.dataclass(frozen=True, kw_only=True)
class Text:
    """The same words in Chinese and English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the English for `en`, `en_GB`, `en-US`, ...; the Chinese for everything else."""
        return self.en if language.lower().startswith("en") else self.zh

    def faults(self, name: str) -> Iterator[Flaw]:
        """Yield what is wrong with the text called `name`."""
        for language, words in (("zh", self.zh), ("en", self.en)):
            field = f"{name}.{language}"
            said = "中文" if language == "zh" else "英文"
            if not words.strip():
                yield Flaw(f"{field} is empty: write it.", zh=f"{said}还没有写：请写上。", field=field)
            elif words != words.strip():
                yield Flaw(
                    f"{field} begins or ends with a blank: remove it.",
                    zh=f"{said}的开头或末尾有空格：请删掉。",
                    field=field,
                )
        if _HAN.search(self.en):
            yield Flaw(
                f"{name}.en holds Chinese characters: translate them.",
                zh="英文里有汉字：请翻译。",
                field=f"{name}.en",
            )


TOPIC_NAMES: Mapping[Topic, Text] = {
    Topic.MANNERS: Text(zh="服务礼仪", en="Service manners"),
    Topic.PRE_SALES: Text(zh="售前咨询", en="Pre-sales"),
    Topic.AFTER_SALES: Text(zh="售后规则", en="After-sales rules"),
    Topic.PROMOTIONS: Text(zh="大促优惠与算价", en="Peak-event promotions and prices"),
    Topic.PRIVACY: Text(zh="隐私与防诈骗", en="Privacy and anti-fraud"),
    Topic.ESCALATION: Text(zh="升级与求助", en="Escalation"),
    Topic.TOOLS: Text(zh="工具与操作", en="Tools"),
    Topic.HOTLINE: Text(zh="热线通话", en="Hotline calls"),
}

KIND_NAMES: Mapping[Kind, Text] = {
    Kind.SINGLE: Text(zh="单选", en="Choose one"),
    Kind.MULTIPLE: Text(zh="多选", en="Choose all that are right"),
    Kind.TRUE_FALSE: Text(zh="判断", en="True or false"),
    Kind.SHORT_ANSWER: Text(zh="简答", en="Short answer"),
    Kind.NUMERIC: Text(zh="计算", en="Number"),
    Kind.ORDERING: Text(zh="排序", en="Put in order"),
    Kind.MATCHING: Text(zh="配对", en="Match"),
    Kind.TYPING: Text(zh="打字", en="Typing"),
    Kind.CHAT: Text(zh="对话模拟", en="Chat simulation"),
}

ASKED_BY_NAME: frozenset[Kind] = frozenset({Kind.TYPING, Kind.CHAT})
"""Kinds that measure a skill and take their own time: a quota gets them only when it names them."""
