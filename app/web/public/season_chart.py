"""The season's seats as columns: geometry for the template, in hundredths of the plot's width and height."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Sequence

from app.clock import BUSINESS_ZONE
from app.queries.front import SlotSeats

# The part of a slot's width that its column fills; the rest is air.
FILL = 0.87
# A column's short part is drawn at least this high, else a few missing people could not be seen.
LEAST_SHORT = 2.5
STEPS = (1, 2, 3, 4, 6, 8)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bar:
    """One rectangle; `kind` is done, asked or short."""

    kind: str
    x: str
    y: str
    width: str
    height: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Day:
    """One day's sums, for the table beside the chart."""

    day: dt.date
    booked: int
    staffed: int
    asked: int
    short: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class SeasonChart:
    bars: Sequence[Bar]
    top: int
    days: Sequence[Day]
    peak: SlotSeats


def round_up(seats: int) -> int:
    """Return the end of the axis: a short number from 10 on, of which the half is short as well."""
    power = 10
    while True:
        for step in STEPS:
            if seats <= step * power:
                return step * power
        power *= 10


def draw_season(slots: Sequence[SlotSeats], *, has_rota: bool) -> SeasonChart | None:
    """Return the chart, or None when there is nothing to draw. Without a rota, all seats wait for one."""
    if not any(slot.booked for slot in slots):
        return None
    peak = max(slots, key=lambda slot: slot.booked)
    top = round_up(peak.booked)
    width = 100 / len(slots)
    bars = []
    for position, slot in enumerate(slots):
        x = position * width
        in_rota = [("done", slot.staffed), ("asked", slot.asked), ("short", slot.short)]
        parts = in_rota if has_rota else [("asked", slot.booked)]
        foot = 100.0
        for kind, seats in parts:
            if not seats:
                continue
            height = seats / top * 100
            if kind == "short":
                height = max(height, LEAST_SHORT)
            foot -= height
            bars.append(
                Bar(
                    kind=kind,
                    x=f"{x:.3f}",
                    y=f"{foot:.2f}",
                    width=f"{width * FILL:.3f}",
                    height=f"{height:.2f}",
                )
            )
    return SeasonChart(bars=bars, top=top, days=_sum_days(slots), peak=peak)


def _sum_days(slots: Sequence[SlotSeats]) -> list[Day]:
    days = []
    by_day = itertools.groupby(slots, key=lambda slot: slot.starts_at.astimezone(BUSINESS_ZONE).date())
    for day, group in by_day:
        of_day = list(group)
        days.append(
            Day(
                day=day,
                booked=sum(slot.booked for slot in of_day),
                staffed=sum(slot.staffed for slot in of_day),
                asked=sum(slot.asked for slot in of_day),
                short=sum(slot.short for slot in of_day),
            )
        )
    return days
