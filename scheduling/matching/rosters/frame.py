"""The instance as the compiled planner takes it, and the planner's working memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.matching.rosters.instance import Flags, Instance, Ints

Ints32 = NDArray[np.int32]

LARGEST_PATH = 1 << 27
"""No plan's cost, scaled, is larger than this."""
INFINITE = 1 << 29
BARRED = 1 << 30
"""The cost of a shift that cannot be worked on that day."""
FINEST = 1 << 14
TABLE_CELLS = 80_000_000
"""Most cells of the tables of all threads (4 bytes each)."""
COUNTED = 3
"""Most kinds of shift whose number is counted in one table."""


class Frame(NamedTuple):
    """An instance in integers: lengths in units (the common divisor of all shifts), costs in 1/scale.

    A *class* holds the shifts after which an employee may work the same shifts. Classes come in order of how
    many shifts may follow; `class_extra[e, c, :class_extras[e, c]]` are those that may follow c and not its
    parent.
    """

    days: int
    shifts: int
    scale: int
    length: Ints
    max_shifts: Ints
    max_units: Ints
    min_units: Ints
    max_run: Ints
    min_run: Ints
    min_off: Ints
    max_weekends: Ints
    cost: Ints32
    classes: Ints
    class_of: Ints
    class_parent: Ints
    class_extras: Ints
    class_extra: Ints
    class_allows: Flags


class Scratch(NamedTuple):
    """Working memory of one thread, made once."""

    table: Ints32
    bar: Ints32
    ends: Flags
    dims: Ints
    caps: Ints
    counted: Ints
    penalty: Ints32
    net: Ints32
    plan: NDArray[np.int16]


def make_frame(instance: Instance) -> Frame:
    """Return the arrays of an instance."""
    divisor = max(1, int(np.gcd.reduce(instance.shift_minutes)))
    dearest = max(
        1,
        int(np.abs(instance.request_cost).max(initial=0))
        + int(max(instance.under.max(initial=0), instance.over.max(initial=0))),
    )
    scale = FINEST
    while scale > 1 and dearest * scale * instance.days > LARGEST_PATH:
        scale //= 2
    can = instance.max_shifts > 0
    cost = instance.request_cost * scale
    cost[~np.broadcast_to(can[:, None, :], cost.shape) | instance.day_off[:, :, None]] = BARRED
    employees, shifts = instance.employees, instance.shifts
    classes = np.zeros(employees, dtype=np.int64)
    class_of = np.zeros((employees, shifts), dtype=np.int64)
    parent = np.full((employees, shifts), -1, dtype=np.int64)
    extras = np.zeros((employees, shifts), dtype=np.int64)
    extra = np.zeros((employees, shifts, shifts), dtype=np.int64)
    allows = np.zeros((employees, shifts, shifts), dtype=np.bool_)
    for employee in range(employees):
        sets = _successors(instance.follows, can[employee])
        distinct = sorted(set(sets.values()), key=lambda those: (len(those), sorted(those)))
        classes[employee] = len(distinct)
        for shift, those in sets.items():
            class_of[employee, shift] = distinct.index(those)
        for place, those in enumerate(distinct):
            below = [k for k in range(place) if distinct[k] <= those]
            parent[employee, place] = below[-1] if below else -1
            new = sorted(those - distinct[below[-1]]) if below else sorted(those)
            extras[employee, place] = len(new)
            extra[employee, place, : len(new)] = new
            allows[employee, place, sorted(those)] = True
    longest = int(instance.shift_minutes.max(initial=0)) // divisor
    return Frame(
        days=instance.days,
        shifts=shifts,
        scale=scale,
        length=instance.shift_minutes // divisor,
        max_shifts=np.ascontiguousarray(instance.max_shifts),
        max_units=np.minimum(instance.max_minutes // divisor, instance.days * longest),
        min_units=-(-instance.min_minutes // divisor),
        max_run=np.minimum(instance.max_run, instance.days),
        min_run=np.ascontiguousarray(instance.min_run),
        min_off=np.clip(instance.min_off, 1, instance.days),
        max_weekends=np.ascontiguousarray(instance.max_weekends),
        cost=cost.astype(np.int32),
        classes=classes,
        class_of=class_of,
        class_parent=parent,
        class_extras=extras,
        class_extra=extra,
        class_allows=allows,
    )


def _successors(follows: Flags, can: Flags) -> dict[int, frozenset[int]]:
    """Return, for each shift that can be worked, those that may be worked the day after."""
    own = np.flatnonzero(can)
    return {int(shift): frozenset(int(k) for k in own if follows[shift, k]) for shift in own}


def make_scratch(frame: Frame, cells: int) -> Scratch:
    """Return working memory with a table of so many cells."""
    nodes = int((frame.min_off + frame.classes * frame.max_run).max(initial=1))
    return Scratch(
        table=np.empty(cells, dtype=np.int32),
        bar=np.empty(cells // 8 + 1, dtype=np.int32),
        ends=np.zeros(nodes, dtype=np.bool_),
        dims=np.zeros(16 + 2 * COUNTED, dtype=np.int64),
        caps=np.zeros(frame.shifts, dtype=np.int64),
        counted=np.zeros(frame.shifts, dtype=np.int64),
        penalty=np.zeros(frame.shifts, dtype=np.int32),
        net=np.zeros((frame.days, frame.shifts), dtype=np.int32),
        plan=np.zeros(frame.days, dtype=np.int16),
    )
