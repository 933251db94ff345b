"""Times, money and numbers as the reader writes them. Filters of every template."""

from __future__ import annotations

import datetime as dt

from flask import Flask

from app import clock
from app.clock import BUSINESS_ZONE
from app.web.i18n import locale_code
from app.words import (
    date_text,
    full_date_text,
    full_moment_text,
    moment_text,
    money_text,
    slot_text,
)

WEEKDAYS_ZH = "一二三四五六日"


def init_formats(app: Flask) -> None:
    """Register the filters: words for times, money and numbers."""
    app.jinja_env.filters.update(
        day=format_day,
        weekday=format_weekday,
        moment=format_moment,
        full_day=format_full_day,
        full_moment=format_full_moment,
        slot=format_slot,
        clock_time=format_clock_time,
        money=format_money,
        number=format_number,
        percent=format_percent,
        local=to_local,
        iso=lambda moment: moment.astimezone(BUSINESS_ZONE).isoformat(),
    )


def to_local(moment: dt.datetime) -> dt.datetime:
    """Return the moment in the business's zone."""
    return moment.astimezone(BUSINESS_ZONE)


def format_day(day: dt.date) -> str:
    """11 月 11 日 / 11 November, with the year where it is not this one."""
    return date_text(day, locale_code(), today=clock.utc_now())


def format_full_day(day: dt.date) -> str:
    """2026 年 11 月 11 日 / 11 November 2026: for what is kept for long, or valid for long."""
    return full_date_text(day, locale_code())


def format_weekday(day: dt.date) -> str:
    """周三 / Wed."""
    if isinstance(day, dt.datetime):
        day = to_local(day).date()
    return f"{day:%a}" if locale_code() == "en" else f"周{WEEKDAYS_ZH[day.weekday()]}"


def format_moment(moment: dt.datetime) -> str:
    """11 月 5 日 22:00 / 5 November 22:00, with the year where it is not this one."""
    return moment_text(moment, locale_code(), today=clock.utc_now())


def format_full_moment(moment: dt.datetime) -> str:
    """2026 年 11 月 5 日 22:00 / 5 November 2026 22:00: for records."""
    return full_moment_text(moment, locale_code())


def format_clock_time(moment: dt.datetime) -> str:
    """20:00; the end of a day is 24:00 only in format_slot."""
    return f"{to_local(moment):%H:%M}"


def format_slot(slot: object) -> str:
    """11 月 11 日 20:00–24:00 / 11 November 20:00–24:00; anything with starts_at and ends_at."""
    today = clock.utc_now()
    return slot_text(slot.starts_at, slot.ends_at, locale_code(), today=today)  # type: ignore[attr-defined]


def format_money(fen: int) -> str:
    """¥1,234.50 from fen."""
    return money_text(fen)


def format_number(value: float, digits: int = 0) -> str:
    """1,234 or 1,234.5."""
    return f"{value:,.{digits}f}"


def format_percent(share: float, digits: int = 1) -> str:
    """98.7% from 0.987."""
    return f"{share * 100:.{digits}f}%"
