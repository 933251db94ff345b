"""Make questions of a foreign format from items of our bank, and name what no such format can hold."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from exams.formats.questions import (
    Answer,
    Category,
    Choice,
    Choices,
    Finding,
    Lines,
    Markup,
    NumberAnswer,
    Numbers,
    Pairs,
    Question,
    ShortAnswers,
    Truth,
    Words,
)
from exams.items import (
    ChoiceItem,
    Item,
    Kind,
    MatchingItem,
    MultipleItem,
    NumericItem,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    Text,
    Topic,
    TrueFalseItem,
)

FULL = Decimal(100)
ROOT = "$course$/top/zuoxi"


def export_items(items: Sequence[Item]) -> tuple[list[Question | Category], list[Finding]]:
    """Return the items as questions, a category before each topic, and a finding for each left out.

    Both languages go along, as Moodle's filter for several languages wants them.
    """
    entries: list[Question | Category] = []
    findings: list[Finding] = []
    for topic in Topic:
        of_topic = [item for item in items if item.topic is topic]
        held = [item for item in of_topic if item.kind in _ANSWERS]
        findings += [
            Finding(line=1, title=None, message=f"{item.id} is a {item.kind} item, which the format has not.")
            for item in of_topic
            if item.kind not in _ANSWERS
        ]
        if held:
            entries.append(Category(0, f"{ROOT}/{topic.value}"))
        entries += [_export_item(item) for item in held]
    return entries, findings


def _export_item(item: Item) -> Question:
    return Question(
        line=0,
        id=item.id,
        title=item.id,
        stem=both(item.stem),
        answer=_ANSWERS[item.kind](item),
        feedback=both(item.feedback),
        points=Decimal(item.points),
        extras=_extras(item),
    )


def _extras(item: Item) -> dict[str, str]:
    """Return what the formats have no place for."""
    extras = {
        "version": str(item.version),
        "difficulty": item.difficulty.value,
        "rationale_zh": item.rationale.zh,
        "rationale_en": item.rationale.en,
    }
    if item.points != 1:
        extras["points"] = str(item.points)
    if isinstance(item, ChoiceItem) and not item.shuffle:
        extras["shuffle"] = "no"
    if isinstance(item, OrderingItem):
        # Moodle's GIFT takes every line of an ordering for one to be put in order, the feedback too.
        extras |= {"feedback_zh": item.feedback.zh, "feedback_en": item.feedback.en}
    if item.practice:
        extras["practice"] = "yes"
    if isinstance(item, NumericItem):
        extras |= {"unit_zh": item.unit.zh, "unit_en": item.unit.en}
    return extras


def both(text: Text) -> Words:
    """Return a text in both languages as HTML."""
    spans = (
        f'<span lang="{code}" class="multilang">{_escape(words)}</span>'
        for code, words in (("zh_cn", text.zh), ("en", text.en))
    )
    return Words("".join(spans), Markup.HTML)


def _escape(words: str) -> str:
    """Return words as HTML that shows every blank and line break."""
    escaped = html.escape(words, quote=False).replace("  ", "&nbsp; ").replace("  ", " &nbsp;")
    return escaped.replace("\n ", "\n&nbsp;").replace("\n", "<br>")


def _single(item: SingleItem) -> Answer:
    return Choices(
        tuple(Choice(words=both(option.text), right=option.id == item.key) for option in item.options),
        single=True,
        shuffle=item.shuffle,
    )


def _multiple(item: MultipleItem) -> Answer:
    earned = FULL / len(item.key)
    lost = -FULL / (len(item.options) - len(item.key))
    return Choices(
        tuple(
            Choice(
                words=both(option.text),
                right=option.id in item.key,
                percent=earned if option.id in item.key else lost,
            )
            for option in item.options
        ),
        single=False,
        shuffle=item.shuffle,
    )


def _true_false(item: TrueFalseItem) -> Answer:
    return Truth(item.key)


def _short(item: ShortAnswerItem) -> Answer:
    # Moodle takes * for any words.
    return ShortAnswers(
        tuple(Choice(words=Words(key.replace("*", "\\*"), Markup.PLAIN), right=True) for key in item.key)
    )


def _numeric(item: NumericItem) -> Answer:
    return Numbers((NumberAnswer(low=item.key - item.tolerance, high=item.key + item.tolerance),))


def _matching(item: MatchingItem) -> Answer:
    texts = {option.id: both(option.text) for option in item.options}
    right = dict(item.key)
    pairs = [(both(prompt.text), texts[right[prompt.id]]) for prompt in item.prompts]
    pairs += [(Words("", Markup.HTML), texts[one]) for one in item.option_ids if one not in right.values()]
    return Pairs(tuple(pairs))


def _ordering(item: OrderingItem) -> Answer:
    texts = {option.id: both(option.text) for option in item.options}
    return Lines(tuple(texts[option_id] for option_id in item.key), len(item.key))


_ANSWERS: Mapping[Kind, Callable[[Any], Answer]] = {
    Kind.SINGLE: _single,
    Kind.MULTIPLE: _multiple,
    Kind.TRUE_FALSE: _true_false,
    Kind.SHORT_ANSWER: _short,
    Kind.NUMERIC: _numeric,
    Kind.ORDERING: _ordering,
    Kind.MATCHING: _matching,
}
