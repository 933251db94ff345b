"""Read Moodle XML (docs.moodle.org, "Moodle XML format")."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from decimal import Decimal

from exams.formats.questions import (
    Answer,
    Category,
    Choice,
    Choices,
    Description,
    Entry,
    Essay,
    FormatError,
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
    collect,
    read_extras,
    read_number,
    refuse,
)
from exams.formats.xml_tree import Node

_MARKUPS = {
    "html": Markup.HTML,
    "moodle_auto_format": Markup.MOODLE,
    "plain_text": Markup.PLAIN,
    "plain": Markup.PLAIN,
    "markdown": Markup.MARKDOWN,
}
_EXTRA_FEEDBACK = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")


def read_moodle_xml(root: Node) -> list[Entry]:
    """Return what a file says, in its order. Raises FormatError for a root that is no quiz."""
    if root.tag != "quiz":
        raise refuse(root.line, f"the file begins with <{root.tag}>: Moodle XML begins with <quiz>.")
    return collect((_part(node) for node in root.children), _read_question)


def _part(node: Node) -> Category | Node:
    if node.tag == "question" and node.attributes.get("type") == "category":
        return Category(node.line, _text(node.first("category")).strip())
    return node


def _read_question(node: Node) -> Question:
    if node.tag != "question":
        raise refuse(node.line, f"<{node.tag}> is not known here: a <quiz> holds <question>.")
    kind = node.attributes.get("type", "")
    title = _text(node.first("name")).strip() or None
    reader = _READERS.get(kind)
    if not kind:
        raise refuse(node.line, "the question has no type: write <question type=...>.", title=title)
    try:
        answer = (
            Unsupported(f"is of the type {kind!r}, which the bank has not.")
            if reader is None
            else reader(node)
        )
        points = _number(node.first("defaultgrade"), default="1")
    except FormatError as error:
        raise FormatError([dataclasses.replace(found, title=title) for found in error.findings]) from None
    return Question(
        line=node.line,
        title=title,
        id=_plain(node, "idnumber") or None,
        tags=tuple(_text(tag).strip() for tags in node.each("tags") for tag in tags.each("tag")),
        stem=_words(node.first("questiontext")),
        answer=answer,
        feedback=_filled(node.first("generalfeedback")),
        points=points,
        media=tuple(
            dict.fromkeys(
                found.attributes.get("name", found.tag)
                for found in node.walk()
                if found.tag in ("file", "image") and (found.tag == "file" or found.text.strip())
            )
        ),
        extras={name: value for comment in node.comments for name, value in read_extras(comment).items()},
        lost=tuple(_find_lost(node)),
    )


def _find_lost(node: Node) -> list[str]:
    lost = []
    if any(_filled(node.first(tag)) for tag in _EXTRA_FEEDBACK):
        lost.append("its words for right, partly right and wrong answers as a whole are not kept.")
    if any(_filled(hint) for hint in node.each("hint")):
        lost.append("its hints are not kept.")
    return lost


def _read_choices(node: Node) -> Answer:
    shuffle = _flag(node, "shuffleanswers", default=True)
    single = _flag(node, "single", default=True)
    return Choices(tuple(_choice(answer) for answer in node.each("answer")), single, shuffle)


def _read_truth(node: Node) -> Answer:
    by_name: dict[bool, Node] = {}
    for answer in node.each("answer"):
        name = _text(answer).strip().lower()
        if name not in ("true", "false"):
            raise refuse(answer.line, f"the answer {name!r} is neither true nor false: write one of them.")
        by_name[name == "true"] = answer
    right = [name for name, answer in by_name.items() if _fraction(answer) > 0]
    if len(right) != 1:
        raise refuse(
            node.line, "it is not clear whether the statement is true: give one answer fraction 100."
        )
    feedback = {name: _filled(answer.first("feedback")) for name, answer in by_name.items()}
    return Truth(right[0], feedback.get(True), feedback.get(False))


def _read_short(node: Node) -> Answer:
    return ShortAnswers(
        tuple(_choice(answer) for answer in node.each("answer")), _flag(node, "usecase", default=False)
    )


def _read_numbers(node: Node) -> Answer:
    units = [unit for group in node.each("units") for unit in group.each("unit")]
    if any(_number(unit.first("multiplier"), default="1") != 1 for unit in units):
        return Unsupported("is answered in several units, which the bank cannot convert.")
    return Numbers(
        tuple(_number_answer(answer) for answer in node.each("answer")),
        tuple(_plain(unit, "unit_name") for unit in units if _plain(unit, "unit_name")),
    )


def _number_answer(answer: Node) -> NumberAnswer:
    said = _text(answer).strip()
    low = high = None
    if said != "*":
        number = read_number(said, answer.line)
        tolerance = abs(_number(answer.first("tolerance"), default="0"))
        low, high = number - tolerance, number + tolerance
    return NumberAnswer(
        low=low,
        high=high,
        right=_fraction(answer) > 0,
        percent=_fraction(answer),
        feedback=_filled(answer.first("feedback")),
    )


def _read_pairs(node: Node) -> Answer:
    pairs = []
    for part in node.each("subquestion"):
        answer = part.first("answer")
        pairs.append((_words(part), Words(_text(answer).strip())))
    return Pairs(tuple(pairs), _flag(node, "shuffleanswers", default=True))


def _read_lines(node: Node) -> Answer:
    """Read the type "ordering": its answers stand in the right order."""
    lines = tuple(_words(answer) for answer in node.each("answer"))
    whole = _plain(node, "selecttype").upper() in ("ALL", "EXACT")
    return Lines(
        lines, len(lines) if whole else min(len(lines), int(_number(node.first("selectcount"), default="6")))
    )


_READERS: Mapping[str, Callable[[Node], Answer]] = {
    "multichoice": _read_choices,
    "truefalse": _read_truth,
    "shortanswer": _read_short,
    "numerical": _read_numbers,
    "matching": _read_pairs,
    "ordering": _read_lines,
    "essay": lambda _node: Essay(),
    "description": lambda _node: Description(),
}


def _choice(answer: Node) -> Choice:
    fraction = _fraction(answer)
    return Choice(
        words=_words(answer),
        right=fraction > 0,
        percent=fraction,
        feedback=_filled(answer.first("feedback")),
    )


def _text(node: Node | None) -> str:
    """Return what the <text> of a node says; older files write it into the node itself."""
    if node is None:
        return ""
    inner = node.first("text")
    return node.text if inner is None else inner.text


def _plain(node: Node, tag: str) -> str:
    return _text(node.first(tag)).strip()


def _words(node: Node | None) -> Words:
    markup = Markup.MOODLE if node is None else _MARKUPS.get(node.attributes.get("format", ""), Markup.MOODLE)
    return Words(_text(node).strip(), markup)


def _filled(node: Node | None) -> Words | None:
    words = _words(node)
    return words if words.text else None


def _flag(node: Node, tag: str, *, default: bool) -> bool:
    said = _plain(node, tag).lower()
    return default if not said else said in ("1", "true")


def _fraction(answer: Node) -> Decimal:
    return read_number(answer.attributes.get("fraction", "0"), answer.line)


def _number(node: Node | None, *, default: str) -> Decimal:
    said = _text(node).strip()
    return read_number(said or default, node.line if node else 1)
