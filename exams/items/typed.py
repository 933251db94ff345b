"""Questions that measure a skill at the keyboard: a text to copy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from exams.items.base import CandidateItem, Item
from exams.items.vocabulary import Flaw, Kind, Text

SHORTEST_PASSAGE = 40
LONGEST_PASSAGE = 600


@dataclasses.dataclass(frozen=True, kw_only=True)
class Speed:
    """Characters a minute, for the Chinese text and for the English one."""

    zh: int
    en: int

    def in_language(self, language: str) -> int:
        return self.en if language == "en" else self.zh


@dataclasses.dataclass(frozen=True, kw_only=True)
class TypingItem(Item):
    """A text to copy; each reader copies the text of their own language.

    Full marks: `full_speed` characters a minute with `full_accuracy` percent of the characters right. Below
    `least_accuracy` percent nothing is earned. `exams.typewriting` measures, `exams.marking` has the formula.
    """

    kind = Kind.TYPING

    passage: Text
    full_speed: Speed
    full_accuracy: int = 97
    least_accuracy: int = 80

    def shown(self) -> CandidateItem:
        return dataclasses.replace(super().shown(), passage=self.passage)

    def faults(self) -> Iterator[Flaw]:
        yield from super().faults()
        yield from self.passage.faults("passage")
        for language in ("zh", "en"):
            length = len(self.passage.in_language(language))
            if not SHORTEST_PASSAGE <= length <= LONGEST_PASSAGE:
                bounds = f"{SHORTEST_PASSAGE} to {LONGEST_PASSAGE}"
                yield Flaw(
                    f"passage.{language} has {length} characters: give {bounds}.",
                    zh=f"要打的文字有 {length} 个字符：请写 {SHORTEST_PASSAGE} 到 {LONGEST_PASSAGE} 个。",
                    field=f"passage.{language}",
                )
            if "\n" in self.passage.in_language(language):
                yield Flaw(
                    f"passage.{language} has several lines: write it as one.",
                    zh="要打的文字有好几行：请写成一行。",
                    field=f"passage.{language}",
                )
            if self.full_speed.in_language(language) < 1:
                yield Flaw(
                    f"full_speed.{language} is below 1: give the characters a minute that earn full marks.",
                    zh="满分速度小于 1：请写每分钟多少字符得满分。",
                    field=f"full_speed.{language}",
                )
        if not 0 <= self.least_accuracy < self.full_accuracy <= 100:
            yield Flaw(
                f"least_accuracy {self.least_accuracy} and full_accuracy {self.full_accuracy} do not fit: "
                "give two percentages, the least below the full.",
                zh="两个准确率对不上：请写两个百分数，最低的小于满分的。",
                field="full_accuracy",
            )
