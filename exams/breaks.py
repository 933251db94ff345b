"""Breaks in an exam: the clock stands still, and what was seen before cannot be answered afterwards.

Whoever may take breaks gets each question when it is opened, so that what was seen is known. A break that is
granted only during an attempt finds all questions on the page already; what was answered counts as seen then.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from exams.timing import Accommodation


@dataclasses.dataclass(frozen=True, kw_only=True)
class Break:
    """One break; it is over at `ends_at`, which an early return moves forward."""

    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class Breaks:
    """The breaks of an attempt. `opened` is None where all questions are on the page from the start.

    `frozen` are the items that were seen before a break.
    """

    opened: frozenset[str] | None = None
    frozen: frozenset[str] = frozenset()
    taken: tuple[Break, ...] = ()

    def current(self, now: dt.datetime) -> Break | None:
        """Return the break that is on, if any."""
        return next((one for one in self.taken if one.starts_at <= now < one.ends_at), None)

    def left(self, accommodation: Accommodation) -> int:
        """Return how many breaks may still be taken; without a limit of time nobody needs one."""
        return 0 if accommodation.unlimited else max(0, accommodation.breaks - len(self.taken))

    def is_open(self, item_id: str) -> bool:
        """Whether the question may be shown and answered."""
        return item_id not in self.frozen and (self.opened is None or item_id in self.opened)

    def start(self, *, minutes: int, items: Sequence[str], now: dt.datetime) -> Breaks:
        """Return the state after a break of so many minutes begins; of `items`, the seen ones freeze."""
        seen = items if self.opened is None else self.opened
        begun = Break(starts_at=now, ends_at=now + dt.timedelta(minutes=minutes))
        return dataclasses.replace(self, frozen=self.frozen | set(seen), taken=(*self.taken, begun))

    def end(self, *, now: dt.datetime) -> tuple[Breaks, dt.timedelta]:
        """Return the state after the break that is on has ended early, and the time not used."""
        current = self.current(now)
        if current is None:
            return self, dt.timedelta()
        taken = tuple(dataclasses.replace(one, ends_at=now) if one is current else one for one in self.taken)
        return dataclasses.replace(self, taken=taken), current.ends_at - now

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON column."""
        return {
            "opened": None if self.opened is None else sorted(self.opened),
            "frozen": sorted(self.frozen),
            "taken": [[one.starts_at.isoformat(), one.ends_at.isoformat()] for one in self.taken],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Breaks:
        """Return what `to_json` made; None is an attempt that never had any."""
        if stored is None:
            return cls()
        return cls(
            opened=None if stored["opened"] is None else frozenset(stored["opened"]),
            frozen=frozenset(stored["frozen"]),
            taken=tuple(
                Break(starts_at=dt.datetime.fromisoformat(starts), ends_at=dt.datetime.fromisoformat(ends))
                for starts, ends in stored["taken"]
            ),
        )
