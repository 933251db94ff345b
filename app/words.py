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


def date_text(day: dt.date, locale: str, *, today: dt.date | None = None) -> str:
    """Return 11 月 11 日 or 11 November, with the year where `today` is in another one.

    Moments are taken in the business's zone.
    """
    if today is not None and _local_day(day).year != _local_day(today).year:
        return full_date_text(day, locale)
    day = _local_day(day)
    if locale == "en":
        return f"{day.day} {MONTHS_EN[day.month - 1]}"
    return f"{day.month} 月 {day.day} 日"


def full_date_text(day: dt.date, locale: str) -> str:
    """Return 2026 年 11 月 11 日 or 11 November 2026."""
    day = _local_day(day)
    words = date_text(day, locale)
    return f"{words} {day.year}" if locale == "en" else f"{day.year} 年 {words}"


def moment_text(moment: dt.datetime, locale: str, *, today: dt.date | None = None) -> str:
    """Return 11 月 5 日 22:00 or 5 November 22:00, in the business's zone."""
    return f"{date_text(moment, locale, today=today)} {moment.astimezone(BUSINESS_ZONE):%H:%M}"


def full_moment_text(moment: dt.datetime, locale: str) -> str:
    """Return 2026 年 11 月 5 日 22:00 or 5 November 2026 22:00, in the business's zone."""
    return f"{full_date_text(moment, locale)} {moment.astimezone(BUSINESS_ZONE):%H:%M}"


def slot_text(
    starts_at: dt.datetime, ends_at: dt.datetime, locale: str, *, today: dt.date | None = None
) -> str:
    """Return the day and hours of a shift; an end at midnight is written 24:00."""
    start, end = starts_at.astimezone(BUSINESS_ZONE), ends_at.astimezone(BUSINESS_ZONE)
    end_hours = "24:00" if end.time() == dt.time(0) else f"{end:%H:%M}"
    return f"{date_text(start, locale, today=today)} {start:%H:%M}–{end_hours}"


def money_text(fen: int) -> str:
    """Return ¥1,234.50 from fen, with a true minus sign."""
    sign = "−" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def _local_day(day: dt.date) -> dt.date:
    return day.astimezone(BUSINESS_ZONE).date() if isinstance(day, dt.datetime) else day
