"""Questions whose parts are arranged: steps put in order, and pairs found."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence

from exams.items.base import CandidateItem, ChoiceItem, Option, option_faults
from exams.items.vocabulary import Flaw, Kind

FEWEST_LINES, MOST_LINES = 3, 8
FEWEST_PROMPTS, MOST_PROMPTS = 3, 8
MOST_TARGETS = 10
LONGEST_TARGET = {"zh": 24, "en": 60}
"""Characters of a target: more cannot be read in the list of a phone."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderingItem(ChoiceItem):
    """Lines to put in order, such as the steps of a task. Key: the ids of all options, first to last.

    Ids and places of the bank are in every page's source, so neither may tell the key.
    """

    kind = Kind.ORDERING

    key: tuple[str, ...]

    @property
    def pairs(self) -> int:
        """How many pairs of lines there are: the most that `agreement` can be."""
        return len(self.key) * (len(self.key) - 1) // 2

    def agreement(self, places: Mapping[str, int]) -> int:
        """Return the pairs of lines in the right order less those in the wrong one.

        `places` are by option id; a pair with a line without a place, or with the same place for both,
        counts as neither.
        """
        difference = 0
        for first, second in itertools.combinations(self.key, 2):
            if first in places and second in places:
                difference += (places[first] < places[second]) - (places[first] > places[second])
        return difference

    def hides_key(self, option_ids: Sequence[str]) -> bool:
        """Say whether lines shown in this order tell nothing: half of the pairs are right, half are wrong.

        Leaving the lines as they are then earns nothing, and turning them round no more than one pair.
        """
        return self.agreement({option_id: place for place, option_id in enumerate(option_ids)}) in (0, -1)

    def faults(self) -> Iterator[Flaw]:
        yield from super().faults()
        if not FEWEST_LINES <= len(self.options) <= MOST_LINES:
            yield Flaw(
                f"there are {len(self.options)} lines: give {FEWEST_LINES} to {MOST_LINES}.",
                zh=f"现在有 {len(self.options)} 行：请写 {FEWEST_LINES} 到 {MOST_LINES} 行。",
                field="options",
            )
        if sorted(self.key) != sorted(self.option_ids):
            yield Flaw(
                f"the key does not name each line once: order {', '.join(self.option_ids)}.",
                zh="顺序里没有把每一行写一次：请排好所有的行。",
                field="key",
            )
        elif self.key == self.option_ids:
            yield Flaw(
                "the lines stand in the right order already: write them in another.",
                zh="各行已经按对的顺序排着：请打乱。",
                field="options",
            )
        elif list(self.key) == sorted(self.key):
            yield Flaw(
                "the ids give the right order away: name the lines so that the ids are not in order.",
                zh="各行的编号泄露了顺序：请换编号。",
                field="options",
            )
        if not self.shuffle:
            yield Flaw(
                "the lines are always shuffled: remove shuffle.",
                zh="各行总是打乱的：请去掉“不打乱”。",
                field="shuffle",
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class MatchingItem(ChoiceItem):
    """Prompts, each to be given one of the options. Key: (prompt's id, option's id) for every prompt.

    An option may be right for several prompts, or for none: then it is there to mislead.
    """

    kind = Kind.MATCHING

    prompts: tuple[Option, ...]
    key: tuple[tuple[str, str], ...]

    @property
    def prompt_ids(self) -> tuple[str, ...]:
        return tuple(prompt.id for prompt in self.prompts)

    def hides_key(self, option_ids: Sequence[str]) -> bool:
        """Say whether options in this order tell nothing: reading them downwards does not give the key."""
        right = dict(self.key)
        places = [option_ids.index(right[prompt_id]) for prompt_id in self.prompt_ids]
        return places != sorted(places)

    def shown(self) -> CandidateItem:
        return dataclasses.replace(super().shown(), prompts=self.prompts)

    def faults(self) -> Iterator[Flaw]:
        yield from super().faults()
        yield from option_faults("prompt", self.prompts)
        if not FEWEST_PROMPTS <= len(self.prompts) <= MOST_PROMPTS:
            yield Flaw(
                f"there are {len(self.prompts)} prompts: give {FEWEST_PROMPTS} to {MOST_PROMPTS}.",
                zh=f"左边有 {len(self.prompts)} 行：请写 {FEWEST_PROMPTS} 到 {MOST_PROMPTS} 行。",
                field="prompts",
            )
        if len(self.options) > MOST_TARGETS:
            yield Flaw(
                f"there are {len(self.options)} options: give at most {MOST_TARGETS}.",
                zh=f"右边有 {len(self.options)} 个答案：最多 {MOST_TARGETS} 个。",
                field="options",
            )
        for option in self.options:
            for language, longest in LONGEST_TARGET.items():
                if len(option.text.in_language(language)) > longest:
                    yield Flaw(
                        f"option {option.id}.{language} is longer than {longest} characters: shorten it.",
                        zh=f"这个答案超过了 {longest} 个字符，手机上看不全：请写短些。",
                        field=f"option {option.id}.{language}",
                    )
        yield from self._key_faults()

    def _key_faults(self) -> Iterator[Flaw]:
        if sorted(prompt_id for prompt_id, _ in self.key) != sorted(self.prompt_ids):
            yield Flaw(
                f"the key does not name each prompt once: give one option to {', '.join(self.prompt_ids)}.",
                zh="左边有的行还没有答案：请给每一行选一个。",
                field="key",
            )
            return
        targets = [option_id for _, option_id in self.key]
        strange = [option_id for option_id in targets if option_id not in self.option_ids]
        for option_id in strange:
            yield Flaw(
                f"the key {option_id!r} is not an option: choose from {', '.join(self.option_ids)}.",
                zh="左边有的行选了一个没有写的答案：请从右边写了的里面选。",
                field="key",
            )
        if strange:
            return
        if len(set(targets)) == 1:
            yield Flaw(
                "every prompt has the same option: give them different ones.",
                zh="每一行的答案都一样：请给不同的答案。",
                field="key",
            )
        elif not self.hides_key(self.option_ids):
            yield Flaw(
                "the options stand in the order of the prompts: write them in another.",
                zh="右边的答案和左边的行同一个顺序，从上往下读就是答案：请换一换顺序。",
                field="options",
            )
        elif not self.hides_key(sorted(self.option_ids)):
            yield Flaw(
                "the ids give the pairs away: name the options so that they do not follow the prompts.",
                zh="右边答案的编号泄露了配对：请换编号。",
                field="options",
            )
