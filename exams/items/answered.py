"""Questions with an answer that is right or wrong: choices, statements, words and numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal

from exams.items.base import CandidateItem, ChoiceItem, Item
from exams.items.vocabulary import Kind, Text


@dataclasses.dataclass(frozen=True, kw_only=True)
class SingleItem(ChoiceItem):
    """One option is right. Key: its id."""

    kind = Kind.SINGLE

    key: str

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        if self.key not in self.option_ids:
            yield f"the key {self.key!r} is not an option: choose one of {', '.join(self.option_ids)}."


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultipleItem(ChoiceItem):
    """Two or more options are right and at least one is wrong. Key: the ids of the right ones."""

    kind = Kind.MULTIPLE

    key: tuple[str, ...]

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        for option_id in self.key:
            if option_id not in self.option_ids:
                yield f"the key {option_id!r} is not an option: choose from {', '.join(self.option_ids)}."
        if len(set(self.key)) < len(self.key):
            yield "the key names an option twice: name it once."
        if len(self.key) < 2:
            yield "fewer than two options are right: make it a single-choice item or add a right option."
        if len(self.key) >= len(self.options):
            yield "every option is right: add a wrong one, or ticking everything would earn full marks."


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrueFalseItem(Item):
    """A statement that is right or wrong. Key: true or false."""

    kind = Kind.TRUE_FALSE

    key: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShortAnswerItem(Item):
    """A word or a few. Key: every answer that is accepted, in either language.

    Width, case, spaces and punctuation make no difference (see `exams.marking.normalise`).
    """

    kind = Kind.SHORT_ANSWER

    key: tuple[str, ...]

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        if not self.key:
            yield "no answer is accepted: list at least one in key."
        if any(not answer.strip() for answer in self.key):
            yield "an accepted answer is empty: remove it from key."


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumericItem(Item):
    """A number. Right when it is at most `tolerance` away from the key, both in `unit`."""

    kind = Kind.NUMERIC

    key: Decimal
    unit: Text
    tolerance: Decimal = Decimal(0)

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        yield from self.unit.faults("unit")
        if not self.key.is_finite():
            yield f"the key is {self.key}: write a number."
        if not self.tolerance.is_finite() or self.tolerance < 0:
            yield f"tolerance is {self.tolerance}: write 0 or more."

    def shown(self) -> CandidateItem:
        return dataclasses.replace(super().shown(), unit=self.unit)
