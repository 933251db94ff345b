"""A roster to make: employees, days, kinds of shift, what each employee may work, what is wished and needed.

Costs are whole numbers and are to be small. A plan is one kind of shift, or `OFF`, a day.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Roster = NDArray[np.int16]
"""`roster[employee, day]` is the number of a shift, or `OFF`."""

OFF = -1
UNSET = -2
"""A day of a roster that is not planned yet."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """What a roster must keep to and what it costs. Day 0 is a Monday.

    `follows[s, t]`: shift t may be worked on the day after shift s. `request_cost[e, d, s]` is what it costs
    that e works s on day d: negative where the wish was to work it, `constant` being the cost of no wish to
    work fulfilled at all. `under` and `over` are the costs of each person too few and too many.
    """

    days: int
    shift_ids: tuple[str, ...]
    shift_minutes: Ints
    follows: Flags
    employee_ids: tuple[str, ...]
    max_shifts: Ints
    max_minutes: Ints
    min_minutes: Ints
    max_run: Ints
    min_run: Ints
    min_off: Ints
    max_weekends: Ints
    day_off: Flags
    request_cost: Ints
    constant: int
    need: Ints
    under: Ints
    over: Ints

    @property
    def employees(self) -> int:
        return len(self.employee_ids)

    @property
    def shifts(self) -> int:
        return len(self.shift_ids)

    def loads(self, roster: Roster) -> Ints:
        """Return how many people work each shift of each day."""
        load = np.zeros((self.days, self.shifts), dtype=np.int64)
        employee, day = np.nonzero(roster >= 0)
        np.add.at(load, (day, roster[employee, day]), 1)
        return load

    def cover_cost(self, load: Ints) -> int:
        """Return what too few and too many people cost."""
        short = self.need - load
        return int((self.under * np.maximum(short, 0) + self.over * np.maximum(-short, 0)).sum())

    def cost(self, roster: Roster) -> int:
        """Return the whole cost of a roster."""
        employee, day = np.nonzero(roster >= 0)
        wishes = int(self.request_cost[employee, day, roster[employee, day]].sum())
        return self.constant + wishes + self.cover_cost(self.loads(roster))
