from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from app import clock
from app.web.formats import format_day, format_full_day, format_full_moment, format_moment, format_slot
from app.words import date_text, full_date_text, full_moment_text, moment_text
from tests.make import Make

DAY = dt.date(2027, 10, 20)
# Half past midnight of New Year's Day in Shanghai, still the old year in UTC.
NEW_YEAR = dt.datetime(2026, 12, 31, 16, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("locale", "day", "moment"),
    [
        ("zh", "2027 年 10 月 20 日", "2027 年 1 月 1 日 00:30"),
        ("en", "20 October 2027", "1 January 2027 00:30"),
    ],
)
def test_full_dates_say_their_year(locale: str, day: str, moment: str) -> None:
    assert full_date_text(DAY, locale) == day
    assert full_moment_text(NEW_YEAR, locale) == moment


def test_the_year_is_said_where_today_is_in_another_one() -> None:
    assert date_text(DAY, "en", today=dt.date(2027, 1, 1)) == "20 October"
    assert date_text(DAY, "en", today=dt.date(2026, 12, 31)) == "20 October 2027"
    assert date_text(DAY, "zh") == "10 月 20 日"


def test_years_are_those_of_the_business_zone() -> None:
    assert moment_text(NEW_YEAR, "en", today=dt.date(2027, 5, 1)) == "1 January 00:30"
    assert date_text(dt.date(2027, 5, 1), "en", today=NEW_YEAR) == "1 May"


def test_pages_measure_the_year_by_business_time(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = make.slot()
    monkeypatch.setattr(clock, "utc_now", lambda: slot.starts_at)
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        near = [format_day(slot.starts_at), format_moment(slot.starts_at), format_slot(slot)]
        monkeypatch.setattr(clock, "utc_now", lambda: slot.starts_at + dt.timedelta(days=365))
        far = [format_day(slot.starts_at), format_moment(slot.starts_at), format_slot(slot)]
        full = [format_full_day(slot.starts_at), format_full_moment(slot.starts_at)]

    assert near == ["11 月 11 日", "11 月 11 日 20:00", "11 月 11 日 20:00–24:00"]
    assert far == [f"2026 年 {words}" for words in near]
    assert full == far[:2]
