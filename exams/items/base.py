"""What every question has, what the kinds with options share, and the part a candidate may see."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from exams.items.vocabulary import Difficulty, Kind, Text, Topic

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


def option_faults(noun: str, options: Sequence[Option]) -> Iterator[str]:
    """Yield what is wrong with a list of options, called by the noun."""
    for option in options:
        if not _ID.fullmatch(option.id):
            yield f"the {noun} id {option.id!r} is not usable: write small letters or digits."
        yield from option.text.faults(f"{noun} {option.id}")
    if len({option.id for option in options}) < len(options):
        yield f"two {noun}s have the same id: give each its own."
    for language in ("zh", "en"):
        words = [option.text.in_language(language) for option in options]
        if len(set(words)) < len(words):
            yield f"two {noun}s read the same in {language}: change one."


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

    def faults(self) -> Iterator[str]:
        """Yield what makes the item unusable, each with its mend."""
        if not _ID.fullmatch(self.id):
            yield f"the id {self.id!r} is not usable: write small letters, digits and single hyphens."
        if self.version < 1:
            yield f"version is {self.version}: count versions from 1."
        if self.points < 1:
            yield f"points is {self.points}: give at least 1."
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

    def faults(self) -> Iterator[str]:
        yield from super().faults()
        if len(self.options) < 2:
            yield f"there are {len(self.options)} options: give at least 2."
        yield from option_faults("option", self.options)

    def shown(self) -> CandidateItem:
        return dataclasses.replace(super().shown(), options=self.options)
