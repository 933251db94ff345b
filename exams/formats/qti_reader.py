"""Read an assessmentItem of QTI 2.0, 2.1 or 2.2 (IMS Question and Test Interoperability)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal

from exams.formats.qti_answers import Asked, read_answer
from exams.formats.qti_scoring import Scoring
from exams.formats.qti_words import (
    FEEDBACK,
    INTERACTION,
    check_media,
    find_unknown,
    language_of,
    render,
    words_of,
)
from exams.formats.questions import (
    MISSING_WORD,
    Answer,
    Choices,
    Description,
    FormatError,
    Markup,
    Question,
    ShortAnswers,
    Words,
    read_extras,
    refuse,
)
from exams.formats.xml_tree import Node

_HINT = "endAttemptInteraction"
_VERSIONED = (
    ("templateDeclaration", "it draws its values anew each time: write them out."),
    ("templateProcessing", "it draws its values anew each time: write them out."),
    ("assessmentStimulusRef", "its text to read lies in another file: put it into the question."),
)


def read_item(root: Node, part: str) -> Question:
    """Return the question of an assessmentItem. Raises FormatError with the line of what is not known.

    `part` is the file inside a package, "" for a file of its own.
    """
    title = root.get("title") or root.get("identifier") or None
    try:
        return dataclasses.replace(_read(root), title=title, part=part)
    except FormatError as error:
        raise FormatError(
            [dataclasses.replace(found, title=title, part=part) for found in error.findings]
        ) from None


def _read(root: Node) -> Question:
    _check_fixed(root)
    body = root.first("itemBody") or Node("itemBody", root.line, {})
    modal = list(root.each("modalFeedback"))
    extras = {name: value for comment in root.comments for name, value in read_extras(comment).items()}
    for node in (body, *modal):
        check_media(node)
    rationale = _take_out_rubrics(body)
    interactions = [node for node in body.walk() if node.name.endswith(INTERACTION) and node.name != _HINT]
    answer: Answer = Description()
    points, lost = Decimal(1), [*find_unknown(body), *(_lost(root))]
    feedback = modal
    if len(interactions) > 1:
        raise refuse(
            interactions[1].line,
            f"it has {len(interactions)} places to answer, and here a question has one: split it.",
        )
    if interactions:
        asked = _ask(root, interactions[0], modal)
        answer, points = read_answer(asked)
        # Thirds in a mapping are written with as few decimals as their authors liked.
        points = round(points, 6).normalize()
        answer, feedback, told = _place_feedback(asked, answer)
        # Our own exports say in their extras how they are marked.
        lost += told + ([] if extras else asked.lost)
    inline = [
        node for node in body.walk() if node.name in FEEDBACK and not _belongs_to_option(node, interactions)
    ]
    if any(node.get("title") for node in modal):
        lost.append("the titles of its feedback are not kept.")
    # Authoring tools write the same words for right and for wrong answers.
    feedback = list({render(node): node for node in feedback}.values())
    if inline:
        lost.append("what it shows only after some answers is shown after the end here.")
    return Question(
        line=root.line,
        id=extras.get("id") or root.get("identifier") or None,
        language=language_of(root) or language_of(body),
        stem=Words(render(body, without=FEEDBACK, place=MISSING_WORD), Markup.HTML),
        answer=answer,
        feedback=words_of([*inline, *feedback]),
        rationale=words_of(rationale),
        points=points,
        extras=extras,
        lost=tuple(lost),
    )


def _check_fixed(root: Node) -> None:
    if root.get("adaptive") in ("true", "1"):
        raise refuse(root.line, "it is adaptive (asked again after an answer): make it one question.")
    for name, message in _VERSIONED:
        found = root.first(name)
        if found is not None:
            raise refuse(found.line, message)


def _take_out_rubrics(body: Node) -> list[Node]:
    """Remove from the body what candidates do not see, and return it."""
    taken: list[Node] = []
    for node in body.walk():
        hidden = [
            child
            for child in node.children
            if child.name == "rubricBlock" and "candidate" not in child.get("view", "candidate").split()
        ]
        if hidden:
            node.content = [part for part in node.content if not any(part is one for one in hidden)]
            taken += hidden
    return taken


def _lost(root: Node) -> list[str]:
    lost = []
    if root.first("stylesheet") is not None:
        lost.append("its style sheet is not kept.")
    if root.get("timeDependent") in ("true", "1"):
        lost.append("the time it takes counts in the file and not here.")
    if any(node.name == _HINT for node in root.walk()):
        lost.append("its hint is not kept.")
    return lost


def _ask(root: Node, node: Node, modal: Sequence[Node]) -> Asked:
    scoring = Scoring(root)
    name = node.get("responseIdentifier")
    response = scoring.responses.get(name)
    if response is None:
        raise refuse(node.line, f"its response {name[:60]!r} is not declared: add <responseDeclaration>.")
    return Asked(node=node, response=response, scoring=scoring, modal=modal)


def _belongs_to_option(node: Node, interactions: Sequence[Node]) -> bool:
    return any(node is inner for one in interactions for inner in one.walk())


def _place_feedback(asked: Asked, answer: Answer) -> tuple[Answer, list[Node], list[str]]:
    """Give to each option of a choice the feedback that only some options bring; return the rest.

    The last are sentences on feedback that the rest shows more often than the file does.
    """
    if not asked.modal or not asked.probes:
        return answer, list(asked.modal), []
    shown = [asked.shown(things) for things in asked.probes]
    always = [node for node in asked.modal if all(any(node is one for one in nodes) for nodes in shown)]
    if not (isinstance(answer, ShortAnswers) or (isinstance(answer, Choices) and answer.single)):
        lost = (
            "some of its feedback depends on the answer in the file; all of it is shown after the end here."
        )
        return answer, list(asked.modal), [] if len(always) == len(asked.modal) else [lost]
    own = [[node for node in nodes if not any(node is one for one in always)] for nodes in shown]
    placed = [node for nodes in own for node in nodes]
    never = [node for node in asked.modal if not any(node is one for one in [*always, *placed])]
    choices = tuple(
        dataclasses.replace(choice, feedback=_joined(choice.feedback, words_of(nodes)))
        for choice, nodes in zip(answer.choices, own, strict=True)
    )
    rest = [node for node in asked.modal if any(node is one for one in [*always, *never])]
    lost = "some of its feedback appears after other answers in the file; it is shown after the end here."
    return dataclasses.replace(answer, choices=choices), rest, [lost] if never else []


def _joined(first: Words | None, second: Words | None) -> Words | None:
    if first is None or second is None:
        return first or second
    return Words(first.text + second.text, Markup.HTML)
