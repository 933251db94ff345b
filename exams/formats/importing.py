"""Make items of our bank from the questions of a foreign file, and name what they cannot hold.

The bank has every text in Chinese and in English; a foreign file usually has one. The words it has stand in
both languages where the bank allows it; an English text may not hold Chinese characters, so for those (and
for English words too long for a Chinese answer) a placeholder stands that says what to write. A note names
each such question.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from exams.formats.answers import build_item
from exams.formats.plain import to_plain
from exams.formats.questions import (
    Entry,
    Finding,
    Question,
    Watch,
    Words,
)
from exams.formats.texts import NotHeldError, Translator
from exams.items import TOPIC_NAMES, Item, ItemError, Topic

_HAN = re.compile("[\u3400-\u9fff]")
_NOT_ID = re.compile(r"[^a-z0-9]+")
LONGEST_ID = 60
LONGEST_TITLE = 60
UNFILED = Topic.MANNERS
_TOPICS = {
    name.casefold(): topic
    for topic in Topic
    for name in (topic.value, TOPIC_NAMES[topic].zh, TOPIC_NAMES[topic].en)
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Import:
    """What became of a file. `problems`: questions that cannot be held; `notes`: what to know of others.

    `items` and `problems` together are all that the file asks: nothing is passed over.
    """

    items: tuple[Item, ...]
    language: str
    problems: tuple[Finding, ...]
    notes: tuple[Finding, ...]


def import_questions(
    entries: Sequence[Entry],
    *,
    file: str,
    language: str | None,
    topic: Topic | None,
    watch: Watch = iter,
) -> Import:
    """Return the items, and a finding for every question that became none.

    `language` is that of the file's texts, None to go by its characters; `topic` is for questions whose
    category names none of ours.
    """
    questions = [entry for entry in entries if isinstance(entry, Question)]
    language = language or find_language(questions)
    items: list[Item] = []
    problems: list[Finding] = []
    notes = [entry for entry in entries if isinstance(entry, Finding) and entry.harmless]
    taken: set[str] = set()
    unfiled = 0
    number = 0
    for question in watch(entries):
        if isinstance(question, Finding) and not question.harmless:
            problems.append(question)
        if not isinstance(question, Question):
            continue
        number += 1
        translator = Translator(question.language or language)
        try:
            item = build_item(
                question,
                translator,
                item_id=_choose_id(question, f"{file.rpartition('.')[0] or file}-{number}", taken),
                topic=find_topic(question.category) or topic or UNFILED,
                source=f"{f'{file}/' if question.part else ''}{question.part or file}:{question.line}",
            )
        except ItemError as error:
            problems.append(_finding(question, " ".join(error.faults)))
            continue
        except NotHeldError as error:
            problems.append(_finding(question, str(error)))
            continue
        taken.add(item.id)
        items.append(item)
        notes.extend(_finding(question, message) for message in [*question.lost, *translator.notes])
        unfiled += topic is None and find_topic(question.category) is None
    if unfiled:
        message = f"{unfiled} questions have no topic of ours and go to {UNFILED}: --topic chooses another."
        notes.append(Finding(line=1, title=None, message=message))
    return Import(items=tuple(items), language=language, problems=tuple(problems), notes=tuple(notes))


def find_language(questions: Sequence[Question]) -> str:
    """Return zh when any question holds Chinese characters, else en."""
    return "zh" if any(_HAN.search(words.text) for one in questions for words in one.words()) else "en"


def find_topic(category: str) -> Topic | None:
    """Return the topic that the innermost part of a category names, by id or name."""
    for part in reversed(category.split("/")):
        if part.strip().casefold() in _TOPICS:
            return _TOPICS[part.strip().casefold()]
    return None


def _choose_id(question: Question, fallback: str, taken: set[str]) -> str:
    """Return an id made of the question's own, its title or its place, that no other item has."""
    said = (_slug(words) for words in (question.id or "", question.title or "", fallback))
    wanted = next((slug for slug in said if slug), f"imported-{fallback.rpartition('-')[2]}")
    free, number = wanted, 2
    while free in taken:
        free, number = f"{wanted}-{number}", number + 1
    return free


def _slug(words: str) -> str:
    # A title in Chinese with a figure in it would leave the figure alone.
    if _HAN.search(words):
        return ""
    return _NOT_ID.sub("-", words.lower())[:LONGEST_ID].strip("-")


def _finding(question: Question, message: str) -> Finding:
    title = " ".join(
        (question.title or to_plain(Words(question.stem.text[:1000], question.stem.markup)).zh).split()
    )
    return Finding(line=question.line, title=title[:LONGEST_TITLE], message=message, part=question.part)
