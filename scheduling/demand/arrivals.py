"""Calls and counts from files, scaled, and the seats that they need by slot of the day."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scheduling.demand.staffing import seats_for_level

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

DAY_SECONDS = 86_400
HALF_HOUR = 1_800
HALF_HOURS = DAY_SECONDS // HALF_HOUR
SHORTEST_SERVICE = 6
"""Seconds; shorter services in call records are artefacts of the switch, not conversations."""


class ArrivalsError(ValueError):
    """A file of calls or counts cannot be read; says which line, what and how to mend it."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Day:
    """One day's contacts in order: second of arrival, seconds of handling (0 when nobody answered), of
    waiting.
    """

    date: dt.date
    arrival_seconds: Floats
    handling_seconds: Floats
    waited_seconds: Floats
    abandoned: NDArray[np.bool_]

    @property
    def contacts(self) -> int:
        return len(self.arrival_seconds)

    def per_half_hour(self) -> Counts:
        """Return how many contacts arrive in each of the 48 half hours."""
        return count_half_hours(self.arrival_seconds)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class IntervalCounts:
    """Contacts by interval, as read from a file of counts."""

    starts: tuple[dt.datetime, ...]
    counts: Counts


def count_half_hours(arrival_seconds: ArrayLike) -> Counts:
    """Return how many arrivals (seconds of the day) fall in each half hour."""
    places = np.asarray(arrival_seconds, dtype=np.float64) // HALF_HOUR
    return np.bincount(np.clip(places.astype(np.int64), 0, HALF_HOURS - 1), minlength=HALF_HOURS)


def read_interval_counts(path: Path) -> IntervalCounts:
    """Read interval_start and total from a CSV file. Raises ArrivalsError for a line that cannot be read."""
    starts: list[dt.datetime] = []
    counts: list[int] = []
    for line, row in _records(path, delimiter=",", needed=("interval_start", "total")):
        try:
            starts.append(dt.datetime.fromisoformat(row["interval_start"]))
            counts.append(int(row["total"]))
        except ValueError as error:
            raise ArrivalsError(f"{path.name} line {line}: {error}; give a time and a whole number") from None
        if counts[-1] < 0:
            raise ArrivalsError(f"{path.name} line {line}: total is {counts[-1]}; give 0 or more")
    return IntervalCounts(starts=tuple(starts), counts=np.array(counts, dtype=np.int64))


def read_calls(path: Path) -> list[Day]:
    """Read call records (tab-separated: date, vru_exit, q_time, outcome, ser_time) and return the days in
    order.

    Calls that never reached the queue (outcome PHANTOM) are left out. Raises ArrivalsError for a line that
    cannot be read.
    """
    needed = ("date", "vru_exit", "q_time", "outcome", "ser_time")
    calls: dict[dt.date, list[tuple[float, float, float, bool]]] = {}
    for line, row in _records(path, delimiter="\t", needed=needed):
        if row["outcome"] == "PHANTOM":
            continue
        try:
            # The records' dates are local and carry no zone.
            day = dt.datetime.strptime(row["date"], "%y%m%d").date()  # noqa: DTZ007
            service = float(row["ser_time"])
            call = (_clock(row["vru_exit"]), service, float(row["q_time"]), row["outcome"] == "HANG")
        except ValueError as error:
            raise ArrivalsError(
                f"{path.name} line {line}: {error}; give yymmdd, h:mm:ss and seconds"
            ) from None
        calls.setdefault(day, []).append(call)
    return [_day(day, sorted(calls[day])) for day in sorted(calls)]


def busiest(days: Sequence[Day]) -> Day:
    """Return the day with the most contacts, the first of equals. Raises ArrivalsError when there is none."""
    if not days:
        raise ArrivalsError("the file holds no calls; give one with at least one day")
    return max(days, key=lambda day: (day.contacts, -day.date.toordinal()))


def scale_day(day: Day, factor: float, *, seed: int) -> Day:
    """Return the day with `factor` times as many contacts, of the same shape over the day.

    Every contact is repeated the whole part of the factor and once more with the chance of the rest; copies
    arrive up to half an hour apart, so that they do not come in bursts of their own. Raises ValueError unless
    factor > 0.
    """
    if factor <= 0:
        raise ValueError(f"factor is {factor}; it must be more than 0")
    random = np.random.default_rng(seed)
    copies = int(factor) + (random.random(day.contacts) < factor - int(factor))
    source = np.repeat(np.arange(day.contacts), copies)
    first = np.concatenate([[True], source[1:] != source[:-1]]) if len(source) else np.zeros(0, dtype=bool)
    shift = np.where(first, 0.0, random.uniform(-HALF_HOUR / 2, HALF_HOUR / 2, len(source)))
    arrival = np.clip(day.arrival_seconds[source] + shift, 0, DAY_SECONDS - 1)
    order = np.argsort(arrival, kind="stable")
    return Day(
        date=day.date,
        arrival_seconds=arrival[order],
        handling_seconds=day.handling_seconds[source][order],
        waited_seconds=day.waited_seconds[source][order],
        abandoned=day.abandoned[source][order],
    )


def scale_to_peak(counts: ArrayLike, peak: float) -> Floats:
    """Return counts scaled so that the largest is `peak`. Raises ValueError when all are 0."""
    array = np.asarray(counts, dtype=np.float64)
    if array.max(initial=0) <= 0:
        raise ValueError("all counts are 0, so there is no peak to scale")
    return np.asarray(array * (peak / array.max()), dtype=np.float64)


def mean_handling(day: Day) -> float:
    """Return the mean seconds of handling of the answered contacts. Raises ArrivalsError when none was
    answered.
    """
    real = day.handling_seconds[day.handling_seconds >= SHORTEST_SERVICE]
    if len(real) == 0:
        raise ArrivalsError(f"no contact of {day.date} was answered, so the handling time is not known")
    return float(real.mean())


def mean_patience(day: Day) -> float | None:
    """Return the mean seconds before somebody hangs up, or None when nobody did.

    The maximum-likelihood estimate for exponential patience: all seconds waited over the number who hung up,
    since those who were answered would have waited longer.
    """
    lost = int(day.abandoned.sum())
    waited = float(day.waited_seconds.sum())
    return waited / lost if lost and waited > 0 else None


def fill_handling(day: Day, *, seed: int) -> Day:
    """Return the day with handling times for those who hung up, drawn from those who were answered."""
    real = day.handling_seconds[day.handling_seconds >= SHORTEST_SERVICE]
    if len(real) == 0:
        raise ArrivalsError(f"no contact of {day.date} was answered, so the handling time is not known")
    drawn = np.random.default_rng(seed).choice(real, day.contacts)
    known = day.handling_seconds >= SHORTEST_SERVICE
    return dataclasses.replace(day, handling_seconds=np.where(known, day.handling_seconds, drawn))


def seats_per_slot(
    per_half_hour: ArrayLike,
    handling_seconds: float,
    *,
    slots: int = 6,
    level: float = 0.9,
    within_seconds: float = 30,
    at_once: int = 1,
) -> Counts:
    """Return the seats of each slot of the day with which its busiest half hour reaches the level (Erlang C).

    `at_once` conversations are held by one person at the same time. Raises ValueError unless the 48 half
    hours divide into the slots.
    """
    counts = np.asarray(per_half_hour, dtype=np.float64)
    if counts.shape != (HALF_HOURS,) or slots < 1 or HALF_HOURS % slots:
        raise ValueError(
            f"give 48 half hours and a number of slots that divides them, not {counts.shape}, {slots}"
        )
    if at_once < 1:
        raise ValueError(f"at_once is {at_once}; it must be at least 1")
    places = seats_for_level(counts / HALF_HOUR, handling_seconds, level=level, within_seconds=within_seconds)
    people = -(-places // at_once)
    return np.asarray(people.reshape(slots, -1).max(axis=1), dtype=np.int64)


def _records(path: Path, *, delimiter: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise ArrivalsError(f"{path.name} line 1: has no column {', '.join(missing)}; add it")
        for row in reader:
            short = Counter(name for name in needed if row[name] is None)
            if short:
                raise ArrivalsError(
                    f"{path.name} line {reader.line_num}: is cut off before {next(iter(short))}"
                )
            yield reader.line_num, row


def _clock(text: str) -> float:
    """Return h:mm:ss as seconds of the day."""
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return float(hours * 3600 + minutes * 60 + seconds) % DAY_SECONDS


def _day(date: dt.date, calls: list[tuple[float, float, float, bool]]) -> Day:
    arrival, handling, waited, abandoned = zip(*calls, strict=True)
    return Day(
        date=date,
        arrival_seconds=np.array(arrival),
        handling_seconds=np.array(handling),
        waited_seconds=np.array(waited),
        abandoned=np.array(abandoned),
    )
