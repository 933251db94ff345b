"""Exam questions as pages show them: never with a key. The answers come from what was saved."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from app.models import ExamAnswer
from app.web.i18n import locale_code
from exams.bank import Bank
from exams.forms import Form, Question, show_question
from exams.items import KIND_NAMES, TOPIC_NAMES, Item, Kind, MatchingItem, OrderingItem
from exams.typewriting import read_typed


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShownQuestion:
    """One question in the reader's language. `values` are what a form would send for the saved answer.

    `needed` is how many values a whole answer has: a line or prompt left open leaves the question open. The
    `passage` of a typing question is empty until its start was pressed; then it stays in that language.
    """

    number: int
    item_id: str
    kind: Kind
    kind_name: str
    topic_name: str
    stem: str
    options: Sequence[tuple[str, str]]
    prompts: Sequence[tuple[str, str]]
    unit: str
    passage: str
    passage_language: str
    values: Sequence[str]
    sequence: int

    @property
    def needed(self) -> int:
        return {Kind.ORDERING: len(self.options), Kind.MATCHING: len(self.prompts)}.get(self.kind, 1)

    @property
    def given(self) -> Sequence[tuple[str, str]]:
        """What was arranged: an ordering's lines by number, or a matching's prompts with their options."""
        options = dict(self.options)
        pairs = [value.split("=") for value in self.values]
        if self.kind is Kind.ORDERING:
            return sorted((place, options[line]) for line, place in pairs)
        if self.kind is Kind.MATCHING:
            given = dict(pairs)
            return [(words, options[given[one]]) for one, words in self.prompts if one in given]
        return []

    @property
    def is_answered(self) -> bool:
        return len(self.values) >= self.needed


def show_form(form: Form, bank: Bank, answers: Mapping[str, ExamAnswer]) -> list[ShownQuestion]:
    """Return the form's questions in its order."""
    shown = []
    for number, question in enumerate(form.questions, start=1):
        answer = answers.get(question.item_id)
        response, sequence = (answer.response["value"], answer.sequence) if answer else (None, 0)
        shown.append(show_one(question, bank, number=number, response=response, sequence=sequence))
    return shown


def show_one(
    question: Question, bank: Bank, *, number: int, response: object = None, sequence: int = 0
) -> ShownQuestion:
    """Return one question with the response that is saved for it."""
    item = show_question(bank, question)
    language = locale_code()
    typed = read_typed(response) if isinstance(response, dict) else None
    return ShownQuestion(
        number=number,
        item_id=item.id,
        kind=item.kind,
        kind_name=KIND_NAMES[item.kind].in_language(language),
        topic_name=TOPIC_NAMES[item.topic].in_language(language),
        stem=item.stem.in_language(language),
        options=[(option.id, option.text.in_language(language)) for option in item.options],
        prompts=[(prompt.id, prompt.text.in_language(language)) for prompt in item.prompts],
        unit=item.unit.in_language(language) if item.unit else "",
        passage=item.passage.in_language(typed["language"]) if item.passage and typed else "",
        passage_language=typed["language"] if typed else language,
        values=_as_values(response),
        sequence=sequence,
    )


def show_solution(item: Item) -> list[tuple[str, str]]:
    """Return the right arrangement in the reader's language, for the time after the end; else nothing.

    An ordering's lines with their numbers, first to last; a matching's prompts with their options.
    """
    language = locale_code()
    if isinstance(item, OrderingItem):
        words = {option.id: option.text.in_language(language) for option in item.options}
        return [(str(place), words[option_id]) for place, option_id in enumerate(item.key, start=1)]
    if isinstance(item, MatchingItem):
        words = {option.id: option.text.in_language(language) for option in item.options}
        right = dict(item.key)
        return [(prompt.text.in_language(language), words[right[prompt.id]]) for prompt in item.prompts]
    return []


def _as_values(response: object) -> list[str]:
    if response is None:
        return []
    if isinstance(response, bool):
        return ["true" if response else "false"]
    if isinstance(response, dict) and (typed := read_typed(response)) is not None:
        return [typed["text"]] if typed["text"] else []
    if isinstance(response, dict):
        return [f"{left}={right}" for left, right in response.items()]
    return [str(value) for value in response] if isinstance(response, list) else [str(response)]
