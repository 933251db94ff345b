"""A day replayed: contacts arrive, wait in one queue, are answered by whoever is free, or hang up.

A discrete-event simulation, first come first served. The number of seats changes from interval to interval; a
person whose interval ends finishes the contact at hand.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scheduling.demand.arrivals import DAY_SECONDS

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """What the contacts of an interval met. `level` is the share of all of them answered within the time
    promised.

    Waits are of the answered, in seconds; level and waits are None where there was nothing to measure.
    """

    offered: int
    answered: int
    answered_within: int
    abandoned: int
    level: float | None
    mean_wait_seconds: float | None
    p90_wait_seconds: float | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Replay:
    """The whole day and each of its intervals."""

    day: Service
    intervals: tuple[Service, ...]


def replay(
    arrival_seconds: Floats,
    handling_seconds: Floats,
    *,
    seats: Sequence[int],
    within_seconds: float = 30,
    patience_seconds: float | None = None,
    at_once: int = 1,
    seed: int = 0,
) -> Replay:
    """Replay one day of contacts (seconds of the day, in order) with `seats` in equal intervals of the day.

    One person holds `at_once` conversations at a time. `patience_seconds` is the mean of exponential patience
    (drawn by numpy's default generator from the seed), None for people who never hang up; who is still
    waiting at the end of the day without being answered has hung up. Raises ValueError for arrivals out of
    order or seats that are negative.
    """
    if (np.diff(arrival_seconds) < 0).any():
        raise ValueError("arrivals must be in order")
    if not seats or min(seats) < 0 or at_once < 1:
        raise ValueError("give at least one interval, no negative seats and at_once of 1 or more")
    count = len(arrival_seconds)
    patience = (
        np.full(count, np.inf)
        if patience_seconds is None
        else np.random.default_rng(seed).exponential(patience_seconds, count)
    )
    starts = _answer_times(
        arrival_seconds.tolist(),
        handling_seconds.tolist(),
        (arrival_seconds + patience).tolist(),
        [number * at_once for number in seats],
    )
    waits = starts - arrival_seconds
    interval = np.minimum(arrival_seconds * len(seats) // DAY_SECONDS, len(seats) - 1).astype(np.int64)
    return Replay(
        day=_measure(waits, within_seconds),
        intervals=tuple(_measure(waits[interval == place], within_seconds) for place in range(len(seats))),
    )


def _answer_times(
    arrivals: list[float], handling: list[float], patient_until: list[float], places: list[int]
) -> Floats:
    """Return when each contact is answered; infinity for those who hang up first.

    First come, first served, so contacts are taken in order and each gets the first moment at which fewer are
    being handled than there are places. That moment never goes back, so ended contacts can be forgotten.
    """
    length = DAY_SECONDS / len(places)
    answered = np.full(len(arrivals), np.inf)
    ends: list[float] = []
    now = 0.0
    for contact, arrival in enumerate(arrivals):
        at = _first_free(max(now, arrival), patient_until[contact], ends, places, length)
        if at is None:
            # Nothing was free while this one waited, so nobody behind them can be answered earlier.
            now = max(now, min(patient_until[contact], DAY_SECONDS))
            continue
        now = answered[contact] = at
        heapq.heappush(ends, at + handling[contact])
    return answered


def _first_free(at: float, until: float, ends: list[float], places: list[int], length: float) -> float | None:
    """Return the first moment from `at` to `until` with a free place, or None.

    `ends` is a heap of the ends of contacts being handled; those past are dropped once the moment is taken.
    """
    while at <= until and at < DAY_SECONDS:
        while ends and ends[0] <= at:
            heapq.heappop(ends)
        interval = min(len(places) - 1, int(at // length))
        if len(ends) < places[interval]:
            return at
        next_change = (interval + 1) * length
        at = min(next_change, ends[0]) if ends else next_change
    return None


def _measure(waits: Floats, within_seconds: float) -> Service:
    answered = waits[np.isfinite(waits)]
    within = int((answered <= within_seconds).sum())
    return Service(
        offered=len(waits),
        answered=len(answered),
        answered_within=within,
        abandoned=len(waits) - len(answered),
        level=within / len(waits) if len(waits) else None,
        mean_wait_seconds=float(answered.mean()) if len(answered) else None,
        p90_wait_seconds=float(np.quantile(answered, 0.9)) if len(answered) else None,
    )
