"""Write questions as Moodle XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from exams.formats.gift_writer import short
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

_MARKUPS = {
    Markup.HTML: "html",
    Markup.MOODLE: "moodle_auto_format",
    Markup.PLAIN: "plain_text",
    Markup.MARKDOWN: "markdown",
}
_TYPES = {
    Truth: "truefalse",
    Choices: "multichoice",
    ShortAnswers: "shortanswer",
    Numbers: "numerical",
    Pairs: "matching",
    Lines: "ordering",
}


def write_moodle_xml(entries: Sequence[Question | Category]) -> str:
    """Return the text of a file. What the format has no place for stands in comments our reader knows."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    for entry in entries:
        lines += _write_category(entry) if isinstance(entry, Category) else _write_question(entry)
    return "\n".join([*lines, "</quiz>", ""])


def _write_category(category: Category) -> Iterator[str]:
    yield '  <question type="category">'
    yield f"    <category><text>{escape(category.path)}</text></category>"
    yield "  </question>"


def _write_question(question: Question) -> Iterator[str]:
    yield f'  <question type="{_TYPES[type(question.answer)]}">'
    if question.extras:
        yield f"    <!-- {write_extras(question.extras)} -->"
    yield f"    <name><text>{escape(question.title or '')}</text></name>"
    yield _element("questiontext", question.stem)
    yield _element("generalfeedback", question.feedback or Words("", Markup.HTML))
    yield f"    <defaultgrade>{question.points:f}</defaultgrade>"
    yield f"    <idnumber>{escape(question.id or '')}</idnumber>"
    yield from _write_answer(question.answer)
    yield "  </question>"


def _write_answer(answer: Answer) -> Iterator[str]:
    if isinstance(answer, Truth):
        for name in (True, False):
            yield _answer(100 if name is answer.right else 0, Words(str(name).lower()))
    elif isinstance(answer, Choices):
        yield f"    <single>{str(answer.single).lower()}</single>"
        yield f"    <shuffleanswers>{str(answer.shuffle).lower()}</shuffleanswers>"
        yield "    <answernumbering>abc</answernumbering>"
        yield from (_write_choice(choice) for choice in answer.choices)
    elif isinstance(answer, ShortAnswers):
        yield f"    <usecase>{int(answer.case_counts)}</usecase>"
        yield from (_write_choice(choice) for choice in answer.choices)
    elif isinstance(answer, Numbers):
        yield from (_write_number(one) for one in answer.answers)
    elif isinstance(answer, Pairs):
        yield f"    <shuffleanswers>{str(answer.shuffle).lower()}</shuffleanswers>"
        for prompt, target in answer.pairs:
            yield (
                f'    <subquestion format="{_MARKUPS[prompt.markup]}"><text>{escape(prompt.text)}</text>'
                f"<answer><text>{escape(target.text)}</text></answer></subquestion>"
            )
    elif isinstance(answer, Lines):
        yield "    <layouttype>VERTICAL</layouttype>"
        yield "    <selecttype>ALL</selecttype>"
        yield f"    <selectcount>{len(answer.lines)}</selectcount>"
        yield "    <gradingtype>ABSOLUTE_POSITION</gradingtype>"
        yield from (_answer(place, line) for place, line in enumerate(answer.lines, start=1))


def _element(tag: str, words: Words) -> str:
    return f'    <{tag} format="{_MARKUPS[words.markup]}"><text>{escape(words.text)}</text></{tag}>'


def _answer(fraction: object, words: Words, inner: str = "") -> str:
    return (
        f'    <answer fraction="{fraction}" format="{_MARKUPS[words.markup]}">'
        f"<text>{escape(words.text)}</text>{inner}</answer>"
    )


def _write_choice(choice: Choice) -> str:
    return _answer(short(choice.worth), choice.words)


def _write_number(answer: NumberAnswer) -> str:
    if answer.low is None or answer.high is None:
        return _answer(short(answer.worth), Words("*"))
    tolerance = f"<tolerance>{(answer.high - answer.low) / 2:f}</tolerance>"
    return _answer(short(answer.worth), Words(f"{(answer.low + answer.high) / 2:f}"), tolerance)
