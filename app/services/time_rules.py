"""The rules of time after a rota is published: one more shift beside those a person has, or one less.

Whoever gives or takes a single shift asks here, so that a refill, an exchange and a page never differ. Days
and minutes are counted from one Monday 00:00 in the business's zone.

As in a run of the matcher, what a person has stays and excuses: a day beside a day that they work already is
no run of its own. So nobody is asked for a single day who wants several in a row, and a day that was given up
in the middle may be filled again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from app.clock import BUSINESS_ZONE
from app.models import PeakEvent
from scheduling.matching.obstacles import Limits, Obstacle, Times
from scheduling.matching.problem import MINUTES_PER_DAY
from scheduling.matching.units import FIRST_WEEKEND_DAY

Days = tuple[int, int]
"""The first and the last of some days."""


class TimeNeeds(Protocol):
    """What limits a person's time, in minutes, days and weekends."""

    @property
    def max_day_minutes(self) -> int: ...
    @property
    def max_stretch_minutes(self) -> int: ...
    @property
    def min_rest_minutes(self) -> int: ...
    @property
    def max_week_minutes(self) -> int: ...
    @property
    def max_consecutive_days(self) -> int: ...
    @property
    def min_consecutive_days(self) -> int: ...
    @property
    def min_days_off(self) -> int: ...
    @property
    def max_weekends(self) -> int: ...


def origin_before(moment: dt.datetime) -> dt.datetime:
    """Return a Monday 00:00 in the business's zone, some weeks back."""
    day = moment.astimezone(BUSINESS_ZONE).date() - dt.timedelta(weeks=4)
    return dt.datetime.combine(day - dt.timedelta(days=day.weekday()), dt.time(0), tzinfo=BUSINESS_ZONE)


def minutes_between(origin: dt.datetime, moment: dt.datetime) -> int:
    return int((moment - origin).total_seconds() // 60)


def season_days(event: PeakEvent, origin: dt.datetime) -> Days:
    """Return a season's first and last day: at these a run of days may be shorter than somebody's least."""
    monday = origin.date()
    return (event.starts_on - monday).days, (event.ends_on - monday).days


def limits_beside(needs: TimeNeeds, held: Iterable[Times], *, season: Days) -> Limits:
    """Return what one more shift has to keep beside the shifts held."""
    days = {start // MINUTES_PER_DAY for start, _ in held}
    return Limits(
        max_week_minutes=needs.max_week_minutes,
        max_stretch_minutes=needs.max_stretch_minutes,
        min_rest_minutes=needs.min_rest_minutes,
        max_consecutive_days=needs.max_consecutive_days,
        max_day_minutes=needs.max_day_minutes,
        min_consecutive_days=needs.min_consecutive_days,
        min_days_off=needs.min_days_off,
        max_weekends=most_weekends(needs.max_weekends, days, season=season),
        first_day=season[0],
        last_day=season[1],
        pinned_days=frozenset(days),
    )


def most_weekends(own: int, days: Iterable[int], *, season: Days) -> int:
    """Return on how many weekends in all a person may work who works on these days: `own` of the season's.

    Weekends of other seasons are not counted against it. Somebody who works more of them than they want by
    now, since they wrote it down later, gets no further one, and weekdays as before.
    """
    first, last = season
    worked = {day // 7 for day in days if day % 7 >= FIRST_WEEKEND_DAY}
    inside = sum(first <= 7 * week + 6 and 7 * week + FIRST_WEEKEND_DAY <= last for week in worked)
    return len(worked) - inside + max(own, inside)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Remains:
    """What would be left beside a shift given up that is not as its person wants it.

    SHORT_RUN: `days` are worked in a row, fewer than `least`. DAYS_OFF: the day between them, `days`, is free
    alone where at least `least` days should be.
    """

    obstacle: Obstacle
    days: tuple[dt.date, ...]
    least: int


def remains_of(
    needs: TimeNeeds,
    held: Sequence[tuple[dt.datetime, dt.datetime]],
    given_up: dt.datetime,
    *,
    event: PeakEvent,
    now: dt.datetime,
) -> list[Remains]:
    """Return what is left of a person's days when they give up the shift that starts then.

    `held` are their other live shifts. Days that are over are no longer anybody's choice: a run counts when
    a shift of it is still to come.
    """
    day = _local_day(given_up)
    worked = {_local_day(start) for start, _ in held}
    to_come = {_local_day(start) for start, _ in held if start > now}
    if day in worked:
        return []
    runs = runs_of(worked)
    before = next((run for run in runs if run[-1] == day - 1), ())
    after = next((run for run in runs if run[0] == day + 1), ())
    edges = {event.starts_on.toordinal(), event.ends_on.toordinal()}
    remains = [
        Remains(obstacle=Obstacle.SHORT_RUN, days=_dates(run), least=needs.min_consecutive_days)
        for run in (before, after)
        if 0 < len(run) < needs.min_consecutive_days and edges.isdisjoint(run) and not to_come.isdisjoint(run)
    ]
    if before and needs.min_days_off > 1 and not to_come.isdisjoint(after):
        remains.append(Remains(obstacle=Obstacle.DAYS_OFF, days=_dates([day]), least=needs.min_days_off))
    return remains


def runs_of(days: Collection[int]) -> list[tuple[int, ...]]:
    """Return days put together where one follows the other, in order."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [tuple(run) for run in runs]


def _local_day(moment: dt.datetime) -> int:
    return moment.astimezone(BUSINESS_ZONE).date().toordinal()


def _dates(days: Iterable[int]) -> tuple[dt.date, ...]:
    return tuple(dt.date.fromordinal(day) for day in days)
