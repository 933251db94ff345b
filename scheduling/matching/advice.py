"""What can be done about empty seats, as plain records; `remedies` finds it."""

from __future__ import annotations

import dataclasses
import enum
from collections import Counter
from collections.abc import Mapping


class RemedyKind(enum.StrEnum):
    """What can be done about the empty seats of a project."""

    TRAIN = "train"
    ASK = "ask"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Remedy:
    """Something that fills seats of one project: each agent of `pairs` can work their rows beside all that
    the plan gives them, once they are certified (TRAIN), or once they offer the time (ASK).

    `pairs` are (agent, demand row) by position, `named` the same by id.
    """

    kind: RemedyKind
    project_id: str
    pairs: tuple[tuple[int, int], ...]
    named: tuple[tuple[str, str], ...]

    @property
    def people(self) -> int:
        return len({agent for agent, _ in self.pairs})

    @property
    def fills(self) -> int:
        return len(self.pairs)

    def seats(self) -> dict[str, int]:
        """Return how many seats of which demand rows it fills."""
        return dict(Counter(demand_id for _, demand_id in self.named))


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowRemedies:
    """What would fill the empty seats of one demand row, each by itself.

    `trainable` people are open then, may learn the project, and fit the seat beside their plan. `askable`
    ones are certified and fit, but did not offer the time. `movable` ones are certified and open and work
    something else that they would have to give up; `raise_first` is how many points more the seat must be
    worth to outweigh what the cheapest of them gives up, `raise_all` to outweigh it for as many people as
    there are empty seats. From that on every best plan has more people here, and fewer elsewhere. None where
    there are too few such people, or where there were more seats than were worked out.
    """

    empty: int
    trainable: int
    askable: int
    movable: int
    raise_first: int | None
    raise_all: int | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Remedies:
    """`rows` by demand row. `advice` is in order: each is counted on top of those before it, so that all of
    it together fills the sum; what fills most seats comes first.
    """

    rows: Mapping[int, RowRemedies]
    advice: tuple[Remedy, ...]

    @property
    def fills(self) -> int:
        """How many seats all the advice together fills."""
        return sum(remedy.fills for remedy in self.advice)
