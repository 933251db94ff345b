"""Questions with an answer that is right or wrong: choices, statements, words and numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal

from exams.items.base import CandidateItem, ChoiceItem, Item
from exams.items.vocabulary import Flaw, Kind, Text


@dataclasses.dataclass(frozen=True, kw_only=True)
class SingleItem(ChoiceItem):
    """One option is right. Key: its id."""

    kind = Kind.SINGLE

    key: str

    def faults(self) -> Iterator[Flaw]:
        yield from super().faults()
        if self.key not in self.option_ids:
            yield Flaw(
                f"the key {self.key!r} is not an option: choose one of {', '.join(self.option_ids)}.",
                zh="还没有选哪个是对的：请选一个。" if not self.key else f"“{self.key}”不是选项：请选一个。",
                field="key",
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultipleItem(ChoiceItem):
    """Two or more options are right and at least one is wrong. Key: the ids of the right ones."""

    kind = Kind.MULTIPLE

    key: tuple[str, ...]

    def faults(self) -> Iterator[Flaw]:
        yield from super().faults()
        for option_id in self.key:
            if option_id not in self.option_ids:
                yield Flaw(
                    f"the key {option_id!r} is not an option: choose from {', '.join(self.option_ids)}.",
                    zh=f"“{option_id}”不是选项：请从选项里选。",
                    field="key",
                )
        if len(set(self.key)) < len(self.key):
            yield Flaw(
                "the key names an option twice: name it once.",
                zh="同一个选项选了两次：一次就够。",
                field="key",
            )
        if len(self.key) < 2:
            yield Flaw(
                "fewer than two options are right: make it a single-choice item or add a right option.",
                zh="对的选项不到两个：请改成单选题，或再加一个对的。",
                field="key",
            )
        if len(self.key) >= len(self.options):
            yield Flaw(
                "every option is right: add a wrong one, or ticking everything would earn full marks.",
                zh="每个选项都对：请加一个错的，不然全选就得满分。",
                field="key",
            )


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

    def faults(self) -> Iterator[Flaw]:
        yield from super().faults()
        if not self.key:
            yield Flaw(
                "no answer is accepted: list at least one in key.",
                zh="还没有写哪些答案算对：至少写一个。",
                field="key",
            )
        if any(not answer.strip() for answer in self.key):
            yield Flaw(
                "an accepted answer is empty: remove it from key.",
                zh="有一个答案是空的：请删掉。",
                field="key",
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumericItem(Item):
    """A number. Right when it is at most `tolerance` away from the key, both in `unit`."""

    kind = Kind.NUMERIC

    key: Decimal
    unit: Text
    tolerance: Decimal = Decimal(0)

    def faults(self) -> Iterator[Flaw]:
        yield from super().faults()
        yield from self.unit.faults("unit")
        if not self.key.is_finite():
            yield Flaw(
                f"the key is {self.key}: write a number.", zh=f"答案是 {self.key}：请写数字。", field="key"
            )
        if not self.tolerance.is_finite() or self.tolerance < 0:
            yield Flaw(
                f"tolerance is {self.tolerance}: write 0 or more.",
                zh=f"允许的误差是 {self.tolerance}：请写 0 或更大的数。",
                field="tolerance",
            )

    def shown(self) -> CandidateItem:
        return dataclasses.replace(super().shown(), unit=self.unit)
