"""Exam questions as pages show them: never with a key. The answers come from what was saved."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from app.models import ExamAnswer
from app.web.i18n import locale_code
from exams.bank import Bank
from exams.forms import Form, Question, show_question
from exams.items import KIND_NAMES, TOPIC_NAMES, Kind


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShownQuestion:
    """One question in the reader's language. `values` are what a form would send for the saved answer."""

    number: int
    item_id: str
    kind: Kind
    kind_name: str
    topic_name: str
    stem: str
    options: Sequence[tuple[str, str]]
    unit: str
    values: Sequence[str]
    sequence: int

    @property
    def is_answered(self) -> bool:
        return bool(self.values)


def show_form(form: Form, bank: Bank, answers: Mapping[str, ExamAnswer]) -> list[ShownQuestion]:
    """Return the form's questions in its order."""
    return [
        show_one(question, bank, number=number, answer=answers.get(question.item_id))
        for number, question in enumerate(form.questions, start=1)
    ]


def show_one(
    question: Question, bank: Bank, *, number: int, answer: ExamAnswer | None = None
) -> ShownQuestion:
    """Return one question with the answer that is saved for it."""
    item = show_question(bank, question)
    language = locale_code()
    return ShownQuestion(
        number=number,
        item_id=item.id,
        kind=item.kind,
        kind_name=KIND_NAMES[item.kind].in_language(language),
        topic_name=TOPIC_NAMES[item.topic].in_language(language),
        stem=item.stem.in_language(language),
        options=[(option.id, option.text.in_language(language)) for option in item.options],
        unit=item.unit.in_language(language) if item.unit else "",
        values=_as_values(answer.response["value"]) if answer else [],
        sequence=answer.sequence if answer else 0,
    )


def _as_values(response: object) -> list[str]:
    if response is None:
        return []
    if isinstance(response, bool):
        return ["true" if response else "false"]
    return [str(value) for value in response] if isinstance(response, list) else [str(response)]
