"""What a question is, and the part of it a candidate may see.

Each kind is one class below `Item` with its own key; `exams.marking` holds one marker a kind. A new kind is
one such class, its row in `ITEM_TYPES`, and its marker; the bank's loader reads the fields from the class.

`CandidateItem` is a separate value without key, rationale and feedback: pages are given that one, so a key
cannot reach a page by mistake.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HAN = re.compile("[\u3400-\u9fff]")


class Kind(enum.StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    SHORT_ANSWER = "short_answer"
    NUMERIC = "numeric"


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


class ItemError(ValueError):
    """An item that cannot be used; `faults` says what is wrong and how to mend it, one sentence each."""

    def __init__(self, item_id: str, faults: Sequence[str]) -> None:
        super().__init__(f"item {item_id}: " + " ".join(faults))
        self.faults = tuple(faults)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Text:
    """The same words in Chinese and English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the English for `en`, `en_GB`, `en-US`, ...; the Chinese for everything else."""
        return self.en if language.lower().startswith("en") else self.zh

    def faults(self, name: str) -> Iterator[str]:
        """Yield what is wrong with the text called `name`."""
        for language, words in (("zh", self.zh), ("en", self.en)):
            if not words.strip():
                yield f"{name}.{language} is empty: write it."
            elif words != words.strip():
                yield f"{name}.{language} begins or ends with a blank: remove it."
        if _HAN.search(self.en):
            yield f"{name}.en holds Chinese characters: translate them."


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
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Option:
    """One answer to choose from. The id stays the same for good: responses are stored under it."""

    id: str
    text: Text


@dataclasses.dataclass(frozen=True, kw_only=True)
class CandidateItem:
    """What a page may show of an item: never the key, the rationale or the feedback."""

    id: str
    version: int
    kind: Kind
    topic: Topic
    points: int
    stem: Text
    options: tuple[Option, ...] = ()
    unit: Text | None = None

    def with_option_order(self, option_ids: Sequence[str]) -> CandidateItem:
        """Return the same item with its options in this order."""
        by_id = {option.id: option for option in self.options}
        return dataclasses.replace(self, options=tuple(by_id[option_id] for option_id in option_ids))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Item:
    """What every kind of question has. A changed question is a new version under the same id.

    `rationale` tells reviewers why the key is right; `feedback` tells the candidate after the end.
    `practice` items are never scored in an exam, exam items never appear in practice. A `retired` version
    is kept only to mark old attempts.
    """

    kind: ClassVar[Kind]

    id: str
    version: int
    topic: Topic
    difficulty: Difficulty
    stem: Text
    rationale: Text
    feedback: Text
    points: int = 1
    practice: bool = False
    retired: bool = False

    def __post_init__(self) -> None:
        faults = tuple(self.faults())
        if faults:
            raise ItemError(self.id, faults)

    def faults(self) -> Iterator[str]:
        """Yield what makes the item unusable, each with its mend."""
        if not _ID.fullmatch(self.id):
            yield f"the id {self.id!r} is not usable: write small letters, digits and single hyphens."
        if self.version < 1:
            yield f"version is {self.version}: count versions from 1."
        if self.points < 1:
            yield f"points is {self.points}: give at least 1."
        yield from self.stem.faults("stem")
        yield from self.rationale.faults("rationale")
        yield from self.feedback.faults("feedback")

    def shown(self) -> CandidateItem:
        """Return the candidate's view, its options in the bank's order."""
        return CandidateItem(
            id=self.id,
            version=self.version,
            kind=self.kind,
            topic=self.topic,
            points=self.points,
            stem=self.stem,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChoiceItem(Item):
    """What the kinds with options share. `shuffle` is false where the order of the options has a meaning."""

    options: tuple[Option, ...]
    shuffle: bool = True

    @property
    def option_ids(self) -> tuple[str, ...]:
        return tuple(option.id for option in self.options)

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        if len(self.options) < 3:
            yield f"there are {len(self.options)} options: give at least 3."
        for option in self.options:
            if not _ID.fullmatch(option.id):
                yield f"the option id {option.id!r} is not usable: write small letters or digits."
            yield from option.text.faults(f"option {option.id}")
        if len(set(self.option_ids)) < len(self.options):
            yield "two options have the same id: give each its own."
        for language in ("zh", "en"):
            words = [option.text.in_language(language) for option in self.options]
            if len(set(words)) < len(words):
                yield f"two options read the same in {language}: change one."

    def shown(self) -> CandidateItem:
        return dataclasses.replace(super().shown(), options=self.options)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SingleItem(ChoiceItem):
    """One option is right. Key: its id."""

    kind = Kind.SINGLE

    key: str

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        if self.key not in self.option_ids:
            yield f"the key {self.key!r} is not an option: choose one of {', '.join(self.option_ids)}."


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultipleItem(ChoiceItem):
    """Two or more options are right and at least one is wrong. Key: the ids of the right ones."""

    kind = Kind.MULTIPLE

    key: tuple[str, ...]

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        for option_id in self.key:
            if option_id not in self.option_ids:
                yield f"the key {option_id!r} is not an option: choose from {', '.join(self.option_ids)}."
        if len(set(self.key)) < len(self.key):
            yield "the key names an option twice: name it once."
        if len(self.key) < 2:
            yield "fewer than two options are right: make it a single-choice item or add a right option."
        if len(self.key) >= len(self.options):
            yield "every option is right: add a wrong one, or ticking everything would earn full marks."


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrueFalseItem(Item):
    """A statement that is right or wrong. Key: true or false."""

    kind = Kind.TRUE_FALSE

    key: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShortAnswerItem(Item):
    """A word or a few. Key: every answer that is accepted, in either language.

    Width, case, spaces and punctuation make no difference (see `exams.marking.normalise`).
    """

    kind = Kind.SHORT_ANSWER

    key: tuple[str, ...]

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        if not self.key:
            yield "no answer is accepted: list at least one in key."
        if any(not answer.strip() for answer in self.key):
            yield "an accepted answer is empty: remove it from key."


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumericItem(Item):
    """A number. Right when it is at most `tolerance` away from the key, both in `unit`."""

    kind = Kind.NUMERIC

    key: Decimal
    unit: Text
    tolerance: Decimal = Decimal(0)

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        yield from self.unit.faults("unit")
        if not self.key.is_finite():
            yield f"the key is {self.key}: write a number."
        if not self.tolerance.is_finite() or self.tolerance < 0:
            yield f"tolerance is {self.tolerance}: write 0 or more."

    def shown(self) -> CandidateItem:
        return dataclasses.replace(super().shown(), unit=self.unit)


ITEM_TYPES: Mapping[Kind, type[Item]] = {
    item_type.kind: item_type
    for item_type in (SingleItem, MultipleItem, TrueFalseItem, ShortAnswerItem, NumericItem)
}
