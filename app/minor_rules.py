"""What is asked of the hours of those who are 16 or 17.

The Labour Law (articles 15 and 58) lets people work from 16 on and protects them until 18. Eight hours a day
and forty a week (article 36, State Council Order 174) are the most for them, whatever they would like; that
they do not work at night is this house's own rule, for the law leaves it to the places. Whoever operates the
site registers them and has their health checked as the rules of 1994 ask.
"""

from __future__ import annotations

import datetime as dt

from app.clock import BUSINESS_ZONE

ADULT_AGE = 18
MOST_DAY_MINUTES = 480
MOST_WEEK_MINUTES = 2400
# Minutes of the day between which they may work.
DAY_STARTS = 6 * 60
DAY_ENDS = 22 * 60
MINUTES_PER_DAY = 24 * 60


def minor_until(born_on: dt.date, *, now: dt.datetime) -> dt.datetime | None:
    """Return the first moment of somebody's eighteenth birthday in the business's zone; None once it is past.

    Who was born on 29 February has it on 1 March, as eighteen years later there is no such day.
    """
    year = born_on.year + ADULT_AGE
    leap_day = (born_on.month, born_on.day) == (2, 29)
    birthday = dt.date(year, 3, 1) if leap_day else born_on.replace(year=year)
    moment = dt.datetime.combine(birthday, dt.time(0), tzinfo=BUSINESS_ZONE).astimezone(dt.UTC)
    return moment if moment > now else None


def touches_night(starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    """Say whether some of a stretch lies before six or after ten in the evening."""
    start = starts_at.astimezone(BUSINESS_ZONE)
    first = start.hour * 60 + start.minute
    minutes = (ends_at - starts_at) // dt.timedelta(minutes=1)
    return not (first >= DAY_STARTS and first + minutes <= DAY_ENDS)


def day_stretches(start: int, end: int, *, until: int) -> list[tuple[int, int]]:
    """Return the parts of a stretch in which somebody may work who is a minor until then.

    All are minutes from one midnight in the business's zone.
    """
    parts = [
        (max(start, day + DAY_STARTS), min(end, until, day + DAY_ENDS))
        for day in range(start // MINUTES_PER_DAY * MINUTES_PER_DAY, min(end, until), MINUTES_PER_DAY)
    ]
    if end > until:
        parts.append((max(start, until), end))
    return [(first, last) for first, last in parts if first < last]
