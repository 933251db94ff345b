"""The shape of a season: which days and hours are busy, and what a seat costs then."""

from __future__ import annotations

import dataclasses
import datetime as dt

from app.clock import BUSINESS_ZONE
from app.models import ServiceLine

SLOT_HOURS = 4
SLOTS_A_DAY = 24 // SLOT_HOURS

# Share of a day's contacts by slot, 00-04 to 20-24; and the day's load, where the peak day is 1.
SLOT_SHARE = (0.30, 0.11, 0.53, 0.57, 0.60, 1.00)
# After midnight the opening hours of a sale are the busiest.
MIDNIGHT_RUSH_SHARE = 0.68
MIDNIGHT_RUSH_DAYS = (dt.date(2026, 11, 1), dt.date(2026, 11, 11))
DAY_LOAD = (
    *(0.13, 0.12, 0.14, 0.20, 0.60, 0.69, 0.38, 0.28, 0.20),
    *(0.19, 0.19, 0.23, 0.26, 0.32, 0.68, 1.00, 0.47, 0.28),
)
# The busiest slot of the season begins here: where the demo's visitor is sent.
PEAK_STARTS_AT = dt.datetime(2026, 11, 11, 20, tzinfo=BUSINESS_ZONE)
DEMO_NOW = dt.datetime(2026, 10, 20, 16, 40, tzinfo=BUSINESS_ZONE)

# Base price of a seat for one slot in fen, and surcharges in percent by slot.
BASE_PRICE_FEN = {
    ServiceLine.PRESALES_CHAT: 12800,
    ServiceLine.AFTERSALES_CHAT: 11800,
    ServiceLine.HOTLINE: 14800,
}
SLOT_SURCHARGE = (45, 35, 0, 4, 4, 22)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SlotTime:
    """One slot of the season: when, and how busy compared with the peak (1)."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    load: float
    hour_index: int
    day_load: float


def season_slots(starts_on: dt.date, ends_on: dt.date) -> list[SlotTime]:
    """Return every slot from the first to the last day; the load repeats DAY_LOAD for longer seasons."""
    slots = []
    for day_index in range((ends_on - starts_on).days + 1):
        day = starts_on + dt.timedelta(days=day_index)
        day_load = DAY_LOAD[day_index % len(DAY_LOAD)]
        midnight = dt.datetime.combine(day, dt.time(0), tzinfo=BUSINESS_ZONE).astimezone(dt.UTC)
        for index in range(SLOTS_A_DAY):
            share = MIDNIGHT_RUSH_SHARE if index == 0 and day in MIDNIGHT_RUSH_DAYS else SLOT_SHARE[index]
            starts_at = midnight + dt.timedelta(hours=SLOT_HOURS * index)
            slots.append(
                SlotTime(
                    starts_at=starts_at,
                    ends_at=starts_at + dt.timedelta(hours=SLOT_HOURS),
                    load=day_load * share,
                    hour_index=index,
                    day_load=day_load,
                )
            )
    return slots


def price_fen(line: ServiceLine, slot: SlotTime) -> int:
    """Return the price of a seat: base, hour's surcharge and up to a third more on the busiest day."""
    percent = 100 + SLOT_SURCHARGE[slot.hour_index] + round(33 * max(0.0, slot.day_load - 0.2) / 0.8)
    return BASE_PRICE_FEN[line] * percent // 10000 * 100
