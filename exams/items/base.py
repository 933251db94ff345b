"""What every question has, what the kinds with options share, and the part a candidate may see."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from exams.items.vocabulary import Difficulty, Flaw, Kind, Text, Topic

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class ItemError(ValueError):
    """An item that cannot be used; `faults` says what is wrong and how to mend it, one sentence each."""

    def __init__(self, item_id: str, faults: Sequence[str]) -> None:
        super().__init__(f"item {item_id}: " + " ".join(faults))
        self.faults = tuple(faults)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Option:
    """One answer to choose from. The id stays the same for good: responses are stored under it."""

    id: str
    text: Text


def option_faults(noun: str, options: Sequence[Option]) -> Iterator[Flaw]:
    """Yield what is wrong with a list of options, called by the noun."""
    field = f"{noun}s"
    for option in options:
        if not _ID.fullmatch(option.id):
            yield Flaw(
                f"the {noun} id {option.id!r} is not usable: write small letters or digits.",
                zh=f"编号“{option.id}”不能用：请用小写字母或数字。",
                field=field,
            )
        yield from option.text.faults(f"{noun} {option.id}")
    if len({option.id for option in options}) < len(options):
        yield Flaw(
            f"two {noun}s have the same id: give each its own.",
            zh="有两行的编号一样：请各用各的。",
            field=field,
        )
    for language in ("zh", "en"):
        words = [option.text.in_language(language) for option in options]
        if len(set(words)) < len(words):
            yield Flaw(
                f"two {noun}s read the same in {language}: change one.",
                zh=f"有两行的{'中文' if language == 'zh' else '英文'}一样：请改一行。",
                field=field,
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class CandidateItem:
    """What a page may show of an item: never the key, the rationale or the feedback.

    `prompts` are what the options of a matching question are given to, in the bank's order. The `passage` of
    a typing question is for those who have asked for it: the clock runs from then on.
    """

    id: str
    version: int
    kind: Kind
    topic: Topic
    points: int
    stem: Text
    options: tuple[Option, ...] = ()
    prompts: tuple[Option, ...] = ()
    unit: Text | None = None
    passage: Text | None = None

    def with_option_order(self, option_ids: Sequence[str]) -> CandidateItem:
        """Return the same item with its options in this order."""
        by_id = {option.id: option for option in self.options}
        return dataclasses.replace(self, options=tuple(by_id[option_id] for option_id in option_ids))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Item:
    """What every kind of question has. A changed question is a new version under the same id.

    `rationale` tells reviewers why the key is right; `feedback` tells the candidate after the end.
    `practice` items are never scored in an exam, exam items never appear in practice. A `retired` version
    is kept only to mark old attempts.
    """

    kind: ClassVar[Kind]

    id: str
    version: int
    topic: Topic
    difficulty: Difficulty
    stem: Text
    rationale: Text
    feedback: Text
    points: int = 1
    practice: bool = False
    retired: bool = False

    def __post_init__(self) -> None:
        faults = tuple(self.faults())
        if faults:
            raise ItemError(self.id, faults)

    def faults(self) -> Iterator[Flaw]:
        """Yield what makes the item unusable, each with its mend."""
        if not _ID.fullmatch(self.id):
            yield Flaw(
                f"the id {self.id!r} is not usable: write small letters, digits and single hyphens.",
                zh=f"编号“{self.id}”不能用：请用小写字母、数字和单个连字符。",
                field="id",
            )
        if self.version < 1:
            yield Flaw(
                f"version is {self.version}: count versions from 1.",
                zh=f"版本是 {self.version}：请从 1 数起。",
                field="version",
            )
        if self.points < 1:
            yield Flaw(
                f"points is {self.points}: give at least 1.",
                zh=f"分值是 {self.points}：至少要 1 分。",
                field="points",
            )
        yield from self.stem.faults("stem")
        yield from self.rationale.faults("rationale")
        yield from self.feedback.faults("feedback")

    def shown(self) -> CandidateItem:
        """Return the candidate's view, its options in the bank's order."""
        return CandidateItem(
            id=self.id,
            version=self.version,
            kind=self.kind,
            topic=self.topic,
            points=self.points,
            stem=self.stem,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChoiceItem(Item):
    """What the kinds with options share. `shuffle` is false where the order of the options has a meaning."""

    options: tuple[Option, ...]
    shuffle: bool = True

    @property
    def option_ids(self) -> tuple[str, ...]:
        return tuple(option.id for option in self.options)

    def faults(self) -> Iterator[Flaw]:
        yield from super().faults()
        if len(self.options) < 2:
            yield Flaw(
                f"there are {len(self.options)} options: give at least 2.",
                zh=f"只有 {len(self.options)} 个选项：至少要 2 个。",
                field="options",
            )
        yield from option_faults("option", self.options)

    def shown(self) -> CandidateItem:
        return dataclasses.replace(super().shown(), options=self.options)
