"""Times and money in plain words, for pages, mail and notices alike; the locale is given."""

from __future__ import annotations

import datetime as dt

from app.clock import BUSINESS_ZONE

MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def date_text(day: dt.date, locale: str) -> str:
    """Return 11 月 11 日 or 11 November; a moment is taken in the business's zone."""
    if isinstance(day, dt.datetime):
        day = day.astimezone(BUSINESS_ZONE).date()
    if locale == "en":
        return f"{day.day} {MONTHS_EN[day.month - 1]}"
    return f"{day.month} 月 {day.day} 日"


def moment_text(moment: dt.datetime, locale: str) -> str:
    """Return 11 月 5 日 22:00 or 5 November 22:00, in the business's zone."""
    local = moment.astimezone(BUSINESS_ZONE)
    return f"{date_text(local, locale)} {local:%H:%M}"


def slot_text(starts_at: dt.datetime, ends_at: dt.datetime, locale: str) -> str:
    """Return the day and hours of a shift; an end at midnight is written 24:00."""
    start, end = starts_at.astimezone(BUSINESS_ZONE), ends_at.astimezone(BUSINESS_ZONE)
    end_hours = "24:00" if end.time() == dt.time(0) else f"{end:%H:%M}"
    return f"{date_text(start, locale)} {start:%H:%M}–{end_hours}"


def money_text(fen: int) -> str:
    """Return ¥1,234.50 from fen, with a true minus sign."""
    sign = "−" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
