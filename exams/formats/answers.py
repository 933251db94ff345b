"""Make an item from one question, kind by kind; NotHeldError or ItemError for what an item cannot hold."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from exams.formats.plain import to_plain, usable
from exams.formats.questions import (
    Choice,
    Choices,
    Description,
    Essay,
    Lines,
    Markup,
    NumberAnswer,
    Numbers,
    Pairs,
    Question,
    ShortAnswers,
    Truth,
    Unsupported,
    Words,
)
from exams.formats.texts import NO_FEEDBACK, NO_UNIT, NotHeldError, Translator
from exams.items import (
    Difficulty,
    Item,
    MatchingItem,
    MultipleItem,
    NumericItem,
    Option,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    Text,
    Topic,
    TrueFalseItem,
)
from exams.items.arranged import LONGEST_TARGET

FULL = Decimal(100)
LONGEST_TEXT = 10_000
_CHOSE_TRUE = Text(zh="选“正确”", en='"True"')
_CHOSE_FALSE = Text(zh="选“错误”", en='"False"')
# What the two options of a choice say that is a statement to judge, in either language or in both.
_STATEMENT = tuple(
    list(zip(zh, en, strict=True))
    for zh, en in (
        (("正确", "错误"), ("true", "false")),
        (("true", "false"), ("true", "false")),
        (("right", "wrong"), ("right", "wrong")),
        (("正确", "错误"), ("[to be translated: option 1]", "[to be translated: option 2]")),
        (("对", "错"), ("[to be translated: option 1]", "[to be translated: option 2]")),
    )
)
# Thirds and sixths are written with as few decimals as their authors liked.
_SAME = Decimal("0.5")
_ARRANGEMENTS = 500
_FREE_STAR = re.compile(r"(?<!\\)\*")


def build_item(
    question: Question, translator: Translator, *, item_id: str, topic: Topic, source: str
) -> Item:
    """Return the item. `source` says in the rationale where it came from."""
    if question.media:
        raise NotHeldError(
            f"it comes with the file {question.media[0]}, and the bank holds no media: say it in words."
        )
    if any(len(words.text) > LONGEST_TEXT for words in question.words()):
        raise NotHeldError(f"one of its texts has more than {LONGEST_TEXT:,} characters: shorten it.")
    extras = question.extras
    common: dict[str, Any] = {
        "id": item_id,
        "topic": topic,
        "version": int(extras["version"]) if extras.get("version", "").isdecimal() else 1,
        "difficulty": Difficulty(extras["difficulty"])
        if extras.get("difficulty") in set(Difficulty)
        else Difficulty.MEDIUM,
        "stem": translator.text(question.stem, "stem"),
        "points": _points(question, translator),
        "practice": extras.get("practice") == "yes",
        "rationale": _extra_text(extras, "rationale") or _rationale(question, translator, _latin(source)),
        "feedback": _extra_text(extras, "feedback") or _feedback(question, translator),
    }
    return _BUILDERS[type(question.answer)](question, question.answer, translator, common)


def _nothing(_question: Question, answer: Any, _translator: Translator, _common: dict[str, Any]) -> Item:
    reasons = {
        Description: "is a text without a question: the bank holds only questions.",
        Essay: "is an essay, which a person would have to mark: make it a short answer or leave it out.",
    }
    raise NotHeldError("it " + (answer.reason if isinstance(answer, Unsupported) else reasons[type(answer)]))


def _truth(_question: Question, answer: Truth, _translator: Translator, common: dict[str, Any]) -> Item:
    return TrueFalseItem(**common, key=answer.right)


def _choices(question: Question, answer: Choices, translator: Translator, common: dict[str, Any]) -> Item:
    options = tuple(
        Option(id=_letter(place), text=translator.text(choice.words, "option", number=place + 1))
        for place, choice in enumerate(answer.choices)
    )
    right = [option.id for option, choice in zip(options, answer.choices, strict=True) if choice.worth > 0]
    shuffle = answer.shuffle and question.extras.get("shuffle") != "no"
    if answer.single:
        _check_one_right(answer.choices)
        if any(choice.worth < 0 for choice in answer.choices):
            translator.note("a wrong answer takes nothing here, whatever the file says.")
        words = [(option.text.zh.casefold(), option.text.en.casefold()) for option in options]
        if words in _STATEMENT:
            return TrueFalseItem(**common, key=right == ["a"])
        if words[::-1] in _STATEMENT:
            return TrueFalseItem(**common, key=right == ["b"])
        return SingleItem(**common, options=options, key=right[0], shuffle=shuffle)
    worths = [choice.worth for choice in answer.choices if choice.worth > 0]
    if worths and max(worths) - min(worths) > _SAME:
        raise NotHeldError(
            "its right options earn different shares, and here each earns the same: make them equal."
        )
    if worths and abs(sum(worths) - FULL) > len(worths) * _SAME:
        raise NotHeldError(f"its right options earn {sum(worths):f} % together: make it 100 %.")
    wrong = [choice.worth for choice in answer.choices if choice.worth <= 0]
    if wrong and any(abs(worth + FULL / len(wrong)) > _SAME for worth in wrong):
        translator.note(f"a wrong tick takes {FULL / len(wrong):.4g} % here, whatever the file says.")
    return MultipleItem(**common, options=options, key=tuple(right), shuffle=shuffle)


def _check_one_right(choices: tuple[Choice, ...]) -> None:
    full = [choice for choice in choices if choice.worth == FULL]
    partly = [choice for choice in choices if choice.worth > 0 and choice.worth != FULL]
    if partly:
        raise NotHeldError(
            f"one of its options earns {partly[0].worth.normalize():f} % of the points, and here one is "
            "right and the others are wrong: make it 0 or 100 %."
        )
    if len(full) != 1:
        raise NotHeldError(f"{len(full)} of its options are right: mark exactly one with = or 100 %.")


def _short(_question: Question, answer: ShortAnswers, translator: Translator, common: dict[str, Any]) -> Item:
    if answer.case_counts:
        raise NotHeldError(
            "capital and small letters count in its answer, and here they never do: let them be the same."
        )
    accepted = [choice for choice in answer.choices if choice.worth > 0]
    _check_all_or_nothing([choice.worth for choice in accepted])
    keys = []
    for choice in accepted:
        # Moodle compares what is typed with the answer as it stands, whatever the markup of the question.
        markup = Markup.MOODLE if choice.words.markup is Markup.HTML else choice.words.markup
        key = to_plain(Words(choice.words.text, markup))
        if key.media:
            raise NotHeldError(f"its answer holds {key.media[0]}: say it in words.")
        if _FREE_STAR.search(key.zh):
            raise NotHeldError(
                f"its answer {key.zh[:40]!r} holds *, which stands for any words: list the answers."
            )
        keys += [key.zh, key.en] if key.multilingual else [key.zh]
    if len(accepted) < len(answer.choices):
        translator.note("the answers it lists as wrong are not kept: every other answer is wrong anyway.")
    return ShortAnswerItem(**common, key=tuple(dict.fromkeys(key.replace("\\*", "*") for key in keys)))


def _check_all_or_nothing(worths: list[Decimal]) -> None:
    partly = [worth for worth in worths if worth != FULL]
    if partly:
        raise NotHeldError(
            f"one of its answers earns {partly[0].normalize():f} % of the points, and here an answer is "
            "right or wrong: make it 0 or 100 %."
        )


def _numbers(question: Question, answer: Numbers, translator: Translator, common: dict[str, Any]) -> Item:
    accepted = [one for one in answer.answers if one.worth > 0]
    _check_all_or_nothing([one.worth for one in accepted])
    if len(accepted) != 1:
        raise NotHeldError(f"it accepts {len(accepted)} numbers or ranges, and here one is right: keep one.")
    key, tolerance = _middle(accepted[0])
    if len(answer.answers) > 1:
        translator.note("the numbers it lists as wrong are not kept: every other number is wrong anyway.")
    if len(answer.units) > 1:
        raise NotHeldError("it accepts several units, and here there is one: keep one.")
    unit = _extra_text(question.extras, "unit")
    if unit is None and answer.units:
        unit = translator.text(Words(answer.units[0]), "unit")
    if unit is None:
        translator.note(f"it has no unit: {NO_UNIT.en} stands behind the field until you write one.")
    return NumericItem(**common, key=key, tolerance=tolerance, unit=unit or NO_UNIT)


def _middle(answer: NumberAnswer) -> tuple[Decimal, Decimal]:
    if answer.low is None or answer.high is None:
        raise NotHeldError("it accepts every number: write the one that is right.")
    if answer.high < answer.low:
        raise NotHeldError(
            f"its range goes from {answer.low} down to {answer.high}: write the lower number first."
        )
    return _short_decimal((answer.low + answer.high) / 2), _short_decimal((answer.high - answer.low) / 2)


def _short_decimal(number: Decimal) -> Decimal:
    """Return the number without needless zeros and without an exponent."""
    return Decimal(format(number.normalize(), "f"))


def _pairs(_question: Question, answer: Pairs, translator: Translator, common: dict[str, Any]) -> Item:
    prompts: list[Option] = []
    chosen: list[str] = []
    targets: dict[str, Words] = {}
    for prompt, target in answer.pairs:
        plain = to_plain(target)
        targets.setdefault(plain.zh, target)
        if prompt.text:
            text = translator.text(prompt, "prompt", number=len(prompts) + 1)
            prompts.append(Option(id=f"p{len(prompts) + 1}", text=text))
            chosen.append(plain.zh)
    texts = {
        name: translator.text(words, "option", number=number, longest_zh=LONGEST_TARGET["zh"])
        for number, (name, words) in enumerate(targets.items(), start=1)
    }
    if not answer.shuffle:
        translator.note("its answers are shuffled here.")

    def build(names: list[str]) -> Item:
        ids = {name: _letter(place) for place, name in enumerate(names)}
        return MatchingItem(
            **common,
            prompts=tuple(prompts),
            options=tuple(Option(id=ids[name], text=texts[name]) for name in names),
            key=tuple((prompt.id, ids[name]) for prompt, name in zip(prompts, chosen, strict=True)),
        )

    def hides(names: list[str]) -> bool:
        places = [names.index(name) for name in chosen]
        return places != sorted(places)

    return build(_arrange(list(targets), hides, seed=common["id"]))


def _lines(_question: Question, answer: Lines, translator: Translator, common: dict[str, Any]) -> Item:
    if answer.shown < len(answer.lines):
        raise NotHeldError(
            f"it shows {answer.shown} of its {len(answer.lines)} lines, and here all are shown: show all."
        )
    texts = [translator.text(line, "option", number=place + 1) for place, line in enumerate(answer.lines)]
    right = list(range(len(texts)))

    def hides(order: list[int]) -> bool:
        pairs = [(order.index(one), order.index(two)) for one in right for two in right if one < two]
        return sum((first < second) - (first > second) for first, second in pairs) in (0, -1)

    order = _arrange(right, hides, seed=common["id"])
    return OrderingItem(
        **common,
        options=tuple(Option(id=_letter(place), text=texts[line]) for place, line in enumerate(order)),
        key=tuple(_letter(order.index(line)) for line in right),
    )


def _arrange(things: list[Any], hides: Callable[[list[Any]], bool], *, seed: str) -> list[Any]:
    """Return the things in an order that does not give the key away, the same one for the same seed.

    Where there is none, the item's own check says so.
    """
    source = random.Random(seed)
    for _ in range(_ARRANGEMENTS):
        order = source.sample(things, len(things))
        if hides(order):
            return order
    return list(things)


_BUILDERS: Mapping[type, Callable[[Question, Any, Translator, dict[str, Any]], Item]] = {
    Description: _nothing,
    Essay: _nothing,
    Unsupported: _nothing,
    Truth: _truth,
    Choices: _choices,
    ShortAnswers: _short,
    Numbers: _numbers,
    Pairs: _pairs,
    Lines: _lines,
}


def _letter(place: int) -> str:
    return string.ascii_lowercase[place] if place < len(string.ascii_lowercase) else f"z{place}"


def _latin(source: str) -> str:
    """Return the name of the source as an English text may hold it."""
    return re.sub("[\u3400-\u9fff]+", "_", usable(source))


def _extra_text(extras: Mapping[str, str], name: str) -> Text | None:
    zh, en = extras.get(f"{name}_zh"), extras.get(f"{name}_en")
    return Text(zh=usable(zh), en=usable(en)) if zh and en else None


def _points(question: Question, translator: Translator) -> int:
    said = question.extras.get("points", "")
    points = Decimal(said) if said.isdecimal() else question.points
    whole = max(1, int(points.to_integral_value(rounding=ROUND_HALF_EVEN)))
    if whole != points:
        translator.note(
            f"it is worth {points.normalize():f} points in the file and {whole} here: points are whole."
        )
    return whole


def _rationale(question: Question, translator: Translator, source: str) -> Text:
    if question.rationale is not None and not _is_blank(question.rationale):
        return translator.text(question.rationale, "rationale")
    return Text(zh=f"导入自 {source}，没有写理由。", en=f"Imported from {source} without a rationale.")


def _feedback(question: Question, translator: Translator) -> Text:
    """Return the general feedback, and behind it what the file says to single answers, each with its name."""
    parts = [(None, question.feedback), *_answer_feedback(question, translator)]
    said = [(label, words) for label, words in parts if words is not None and not _is_blank(words)]
    if not said:
        translator.note("it has no feedback: write what a candidate should read afterwards.")
        return NO_FEEDBACK
    texts = [(label, translator.text(words, "feedback")) for label, words in said]
    return Text(
        zh="\n".join(f"{label.zh}：{text.zh}" if label else text.zh for label, text in texts),
        en="\n".join(f"{label.en}: {text.en}" if label else text.en for label, text in texts),
    )


def _is_blank(words: Words) -> bool:
    plain = to_plain(words)
    return not plain.zh and not plain.media


def _answer_feedback(question: Question, translator: Translator) -> list[tuple[Text | None, Words | None]]:
    answer = question.answer
    if isinstance(answer, Truth):
        return [(_CHOSE_TRUE, answer.true_feedback), (_CHOSE_FALSE, answer.false_feedback)]
    if isinstance(answer, Choices | ShortAnswers):
        return [
            (translator.text(choice.words, "option", number=number), choice.feedback)
            for number, choice in enumerate(answer.choices, start=1)
            if choice.feedback is not None
        ]
    if isinstance(answer, Numbers):
        return [(_name_of(one), one.feedback) for one in answer.answers]
    return []


def _name_of(answer: NumberAnswer) -> Text:
    name = "*" if answer.low is None else format(_middle(answer)[0], "f")
    return Text(zh=name, en=name)
