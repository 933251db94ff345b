"""Small seasons written by hand: one or few agents, shifts named by day and hour of the week of 2 November
2026.
"""

from __future__ import annotations

import datetime as dt

from scheduling.matching.checker import Person, Season, Shift, Window

MONDAY = dt.datetime(2026, 11, 2)  # noqa: DTZ001 - a season's times are local and carry no zone


def at(day: int, hour: float) -> dt.datetime:
    """Return a time in the week: day 0 is Monday, and it goes on past Sunday."""
    return MONDAY + dt.timedelta(days=day, hours=hour)


def shift(
    name: str, day: int, hour: float, hours: float = 4, *, seats: int = 1, project: str = "shop"
) -> Shift:
    """Return a demand row worth 100 points a seat."""
    start = at(day, hour)
    return Shift(
        id=name,
        project_id=project,
        start=start,
        end=start + dt.timedelta(hours=hours),
        seats=seats,
        value=100,
    )


def season(
    *shifts: Shift,
    agents: int = 1,
    week: int = 2400,
    stretch: int = 480,
    rest: int = 660,
    days: int = 6,
    day: int | None = None,
    run: int = 1,
    off: int = 1,
    weekends: int | None = None,
    windows: tuple[Window, ...] = (Window(start=at(0, 0), end=at(28, 0), preference=5),),
    blocked: frozenset[tuple[str, str]] = frozenset(),
    pinned: tuple[tuple[str, str], ...] = (),
) -> Season:
    """Return a season whose agents a0, a1, ... are all alike and certified for "shop" with a score of 10."""
    names = [f"a{number}" for number in range(agents)]
    return Season(
        people={
            name: Person(
                id=name,
                max_week_minutes=week,
                max_stretch_minutes=stretch,
                min_rest_minutes=rest,
                max_consecutive_days=days,
                max_day_minutes=day,
                min_consecutive_days=run,
                min_days_off=off,
                max_weekends=weekends,
            )
            for name in names
        },
        scores={(name, "shop"): 10 for name in names},
        windows=dict.fromkeys(names, windows),
        shifts={one.id: one for one in shifts},
        blocked=blocked,
        pinned=pinned,
    )
