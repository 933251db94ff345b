"""When a shift may be answered, checked in to and given up. Plain rules; times are aware UTC."""

from __future__ import annotations

import datetime as dt

CHECK_IN_OPENS = dt.timedelta(minutes=30)
ON_TIME = dt.timedelta(minutes=5)
CHECK_IN_CLOSES = dt.timedelta(minutes=15)
# Two days to think, but never so long that nobody else could be found.
TIME_TO_ANSWER = dt.timedelta(hours=48)
ANSWER_BEFORE_START = dt.timedelta(hours=12)
SHORTEST_TIME_TO_ANSWER = dt.timedelta(minutes=10)
# So shortly before the start nobody is asked: a standby is called.
URGENT = dt.timedelta(hours=2)


def respond_by(*, offered_at: dt.datetime, starts_at: dt.datetime) -> dt.datetime:
    """Return until when an offer waits: two days, at most until half a day before the shift.

    Offers made later than that wait until half of what is left has passed, but ten minutes at least.
    """
    latest = starts_at - ANSWER_BEFORE_START
    if latest >= offered_at + ANSWER_BEFORE_START:
        return min(offered_at + TIME_TO_ANSWER, latest)
    return offered_at + max((starts_at - offered_at) / 2, SHORTEST_TIME_TO_ANSWER)


def check_in_window(starts_at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return from when until when a person can check in."""
    return starts_at - CHECK_IN_OPENS, starts_at + CHECK_IN_CLOSES


def is_on_time(*, starts_at: dt.datetime, checked_in_at: dt.datetime) -> bool:
    """Say whether a check-in counts as on time."""
    return checked_in_at <= starts_at + ON_TIME


def is_missing(*, starts_at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether somebody who has not checked in counts as missing by now."""
    return now > starts_at + ON_TIME


def is_urgent(*, starts_at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether there is no time left to ask around."""
    return now > starts_at - URGENT
