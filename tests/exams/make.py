"""Builders of exam values with everything that a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from exams.bank import Bank
from exams.forms import Form, Question
from exams.items import (
    ChoiceItem,
    Difficulty,
    Item,
    MatchingItem,
    MultipleItem,
    NumericItem,
    Option,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    Speed,
    Text,
    Topic,
    TrueFalseItem,
    TypingItem,
)

WORDS = Text(zh="文字", en="words")
PASSAGE = Text(zh="您好请稍等我在查看订单" * 9 + "。", en="Please wait a bit..." * 10)


def options(ids: str) -> tuple[Option, ...]:
    return tuple(Option(id=one, text=Text(zh=f"选项{one}", en=f"option {one}")) for one in ids)


def single(
    item_id: str = "single",
    *,
    key: str = "a",
    ids: str = "abcd",
    topic: Topic = Topic.MANNERS,
    difficulty: Difficulty = Difficulty.EASY,
    version: int = 1,
    points: int = 1,
    practice: bool = False,
    retired: bool = False,
    shuffle: bool = True,
) -> SingleItem:
    return SingleItem(
        id=item_id,
        version=version,
        topic=topic,
        difficulty=difficulty,
        stem=WORDS,
        rationale=WORDS,
        feedback=WORDS,
        points=points,
        practice=practice,
        retired=retired,
        options=options(ids),
        shuffle=shuffle,
        key=key,
    )


def multiple(
    item_id: str = "multiple",
    *,
    key: str = "ab",
    ids: str = "abcde",
    topic: Topic = Topic.MANNERS,
    difficulty: Difficulty = Difficulty.EASY,
) -> MultipleItem:
    return MultipleItem(
        id=item_id,
        version=1,
        topic=topic,
        difficulty=difficulty,
        stem=WORDS,
        rationale=WORDS,
        feedback=WORDS,
        options=options(ids),
        key=tuple(key),
    )


def true_false(item_id: str = "statement", *, key: bool = True) -> TrueFalseItem:
    return TrueFalseItem(
        id=item_id,
        version=1,
        topic=Topic.PRIVACY,
        difficulty=Difficulty.EASY,
        stem=WORDS,
        rationale=WORDS,
        feedback=WORDS,
        key=key,
    )


def short_answer(item_id: str = "short", *, key: tuple[str, ...] = ("七天",)) -> ShortAnswerItem:
    return ShortAnswerItem(
        id=item_id,
        version=1,
        topic=Topic.AFTER_SALES,
        difficulty=Difficulty.EASY,
        stem=WORDS,
        rationale=WORDS,
        feedback=WORDS,
        key=key,
    )


def numeric(item_id: str = "number", *, key: str = "320.45", tolerance: str = "0") -> NumericItem:
    return NumericItem(
        id=item_id,
        version=1,
        topic=Topic.PROMOTIONS,
        difficulty=Difficulty.EASY,
        stem=WORDS,
        rationale=WORDS,
        feedback=WORDS,
        key=Decimal(key),
        tolerance=Decimal(tolerance),
        unit=Text(zh="元", en="yuan"),
    )


def ordering(
    item_id: str = "steps", *, key: str = "dbac", ids: str = "abcd", shuffle: bool = True
) -> OrderingItem:
    return OrderingItem(
        id=item_id,
        version=1,
        topic=Topic.ESCALATION,
        difficulty=Difficulty.EASY,
        stem=WORDS,
        rationale=WORDS,
        feedback=WORDS,
        options=options(ids),
        shuffle=shuffle,
        key=tuple(key),
    )


def matching(
    item_id: str = "pairs",
    *,
    key: Mapping[str, str] = MappingProxyType({"k": "c", "l": "a", "m": "b"}),
    ids: str = "abcd",
    prompts: str = "klm",
    shuffle: bool = True,
) -> MatchingItem:
    return MatchingItem(
        id=item_id,
        version=1,
        topic=Topic.PRIVACY,
        difficulty=Difficulty.EASY,
        stem=WORDS,
        rationale=WORDS,
        feedback=WORDS,
        prompts=options(prompts),
        options=options(ids),
        shuffle=shuffle,
        key=tuple(key.items()),
    )


def typing(
    item_id: str = "copying",
    *,
    passage: Text = PASSAGE,
    full_speed: Mapping[str, int] = MappingProxyType({"zh": 40, "en": 150}),
    full_accuracy: int = 97,
    least_accuracy: int = 80,
) -> TypingItem:
    return TypingItem(
        id=item_id,
        version=1,
        topic=Topic.TOOLS,
        difficulty=Difficulty.EASY,
        stem=WORDS,
        rationale=WORDS,
        feedback=WORDS,
        passage=passage,
        full_speed=Speed(**full_speed),
        full_accuracy=full_accuracy,
        least_accuracy=least_accuracy,
    )


def form_of(*items: Item, pass_percent: int | None = 70) -> tuple[Form, Bank]:
    """A form that asks these items in this order, and the bank that holds them."""
    questions = tuple(
        Question(
            item_id=item.id,
            version=item.version,
            option_ids=item.option_ids if isinstance(item, ChoiceItem) else (),
        )
        for item in items
    )
    return Form(exam_id="test", seed=1, minutes=10, pass_percent=pass_percent, questions=questions), Bank(
        items
    )
