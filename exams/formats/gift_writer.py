"""Write questions as GIFT."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from exams.formats.questions import (
    Answer,
    Category,
    Choice,
    Choices,
    Lines,
    Markup,
    NumberAnswer,
    Numbers,
    Pairs,
    Question,
    ShortAnswers,
    Truth,
    Words,
    write_extras,
)

_SPECIAL = re.compile(r"([\\~=#{}:])")


def write_gift(entries: Sequence[Question | Category]) -> str:
    """Return the text of a file. What GIFT has no place for stands in comments that our reader knows."""
    return "\n\n".join(
        f"$CATEGORY: {escape(entry.path)}" if isinstance(entry, Category) else _write_question(entry)
        for entry in entries
    ) + ("\n" if entries else "")


def escape(text: str) -> str:
    """Return a text in which no character has a meaning of its own."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "\\n")


def _write_question(question: Question) -> str:
    markup = question.stem.markup
    lines = [f"// {write_extras(question.extras)}"] if question.extras else []
    if question.id:
        lines.append(f"// [id:{question.id}]")
    title = f"::{escape(question.title)}::" if question.title else ""
    lines.append(f"{title}[{markup.value}]{escape(question.stem.text)}{{{_opening(question.answer)}")
    lines += [f"\t{line}" for line in _answer_lines(question.answer, markup)]
    if question.feedback is not None and not isinstance(question.answer, Lines):
        lines.append(f"\t####{_words(question.feedback, markup)}")
    return "\n".join([*lines, "}"])


def _opening(answer: Answer) -> str:
    if isinstance(answer, Truth):
        return "TRUE" if answer.right else "FALSE"
    if isinstance(answer, Numbers):
        return "#"
    if isinstance(answer, Lines):
        return f">{len(answer.lines)} ALL VERTICAL ABSOLUTE_POSITION"
    return ""


def _answer_lines(answer: Answer, markup: Markup) -> list[str]:
    if isinstance(answer, Choices | ShortAnswers):
        return [_write_choice(choice, markup) for choice in answer.choices]
    if isinstance(answer, Numbers):
        return [_write_number(one) for one in answer.answers]
    if isinstance(answer, Pairs):
        return [f"={_words(prompt, markup)} -> {escape(target.text)}" for prompt, target in answer.pairs]
    if isinstance(answer, Lines):
        return [_words(line, markup) for line in answer.lines]
    return []


def _write_choice(choice: Choice, markup: Markup) -> str:
    if choice.percent is None:
        return f"{'=' if choice.right else '~'}{_words(choice.words, markup)}"
    return f"~%{short(choice.percent)}%{_words(choice.words, markup)}"


def _write_number(answer: NumberAnswer) -> str:
    if answer.low is None or answer.high is None:
        return "=*"
    return f"={(answer.low + answer.high) / 2:f}:{(answer.high - answer.low) / 2:f}"


def short(number: Decimal) -> str:
    """Return a percentage with the five decimals that Moodle knows."""
    return format(round(number, 5).normalize(), "f")


def _words(words: Words, markup: Markup) -> str:
    """Return words inside a question of the given markup."""
    own = "" if words.markup is markup else f"[{words.markup.value}]"
    return own + escape(words.text)
