"""What is looked at: who answered what, whether it was right, and how long it took."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Array = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class AnswerRecord:
    """One answer. `answer` is what was chosen or written, in one spelling; `seconds` None is not known."""

    person: str
    item: str
    answer: str
    right: bool
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.seconds is not None and not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise ValueError(f"{self.person}, {self.item}: {self.seconds} is no number of seconds")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Records:
    """The same as columns. `people` and `items` are sorted; `person` and `item` are rows of them.

    `answer` numbers the different answers to an item from 0 in sorted order; `seconds` is nan if not known.
    """

    people: tuple[str, ...]
    items: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    person: Rows
    item: Rows
    answer: Rows
    right: NDArray[np.bool_]
    seconds: Array


def collect(records: Iterable[AnswerRecord]) -> Records:
    """Return the records as columns, ordered by person and item.

    Raises ValueError when somebody answered the same item twice: the last answer is the one that counts.
    """
    ordered = sorted(records, key=lambda record: (record.person, record.item))
    for earlier, later in itertools.pairwise(ordered):
        if (earlier.person, earlier.item) == (later.person, later.item):
            raise ValueError(f"{later.person} answered {later.item} twice: give the answer that counts")
    people = tuple(sorted({record.person for record in ordered}))
    items = tuple(sorted({record.item for record in ordered}))
    said: dict[str, set[str]] = {item: set() for item in items}
    for record in ordered:
        said[record.item].add(record.answer)
    answers = tuple(tuple(sorted(said[item])) for item in items)
    number = [{answer: place for place, answer in enumerate(words)} for words in answers]
    person_row = {person: row for row, person in enumerate(people)}
    item_row = {item: row for row, item in enumerate(items)}
    item_rows = [item_row[record.item] for record in ordered]
    return Records(
        people=people,
        items=items,
        answers=answers,
        person=np.array([person_row[record.person] for record in ordered], dtype=np.intp),
        item=np.array(item_rows, dtype=np.intp),
        answer=np.array(
            [number[row][record.answer] for row, record in zip(item_rows, ordered, strict=True)],
            dtype=np.intp,
        ),
        right=np.array([record.right for record in ordered], dtype=np.bool_),
        seconds=np.array(
            [math.nan if record.seconds is None else record.seconds for record in ordered], dtype=np.float64
        ),
    )


def spent_seconds(
    changes: Mapping[str, Sequence[int]], *, pauses: Sequence[tuple[int, int]] = ()
) -> dict[str, float]:
    """Return how long each item took, in seconds.

    changes: the moments at which each item's answer changed, in milliseconds since the start. The time since
    the last change of anything belongs to the item that changed next; `pauses` (begin, end) belong to none.
    """
    moments = sorted((at, item) for item, found in changes.items() for at in set(found))
    spent = dict.fromkeys(changes, 0.0)
    before = 0
    for at, item in moments:
        paused = sum(max(0, min(at, end) - max(before, begin)) for begin, end in pauses)
        spent[item] += (at - before - paused) / 1000
        before = at
    return spent
