"""When a shift may be answered, checked in to and given up. Plain rules; times are aware UTC."""

from __future__ import annotations

import datetime as dt

CHECK_IN_OPENS = dt.timedelta(minutes=30)
ON_TIME = dt.timedelta(minutes=5)
CHECK_IN_CLOSES = dt.timedelta(minutes=15)
# Who is called, or says yes, when the shift has begun or is about to needs a moment to get there.
TIME_TO_COME = dt.timedelta(minutes=15)
# Two days to think, but never so long that nobody else could be found.
TIME_TO_ANSWER = dt.timedelta(hours=48)
ANSWER_BEFORE_START = dt.timedelta(hours=12)
SHORTEST_TIME_TO_ANSWER = dt.timedelta(minutes=10)
# So shortly before the start nobody is asked: a standby is called.
URGENT = dt.timedelta(hours=2)
# Whoever is found in the last half hour of a shift could hardly help any more.
LAST_REFILL = dt.timedelta(minutes=30)


def respond_by(*, offered_at: dt.datetime, starts_at: dt.datetime) -> dt.datetime:
    """Return until when an offer waits: two days, at most until half a day before the shift.

    Offers made later than that wait until half of what is left has passed, but ten minutes at least.
    """
    latest = starts_at - ANSWER_BEFORE_START
    if latest >= offered_at + ANSWER_BEFORE_START:
        return min(offered_at + TIME_TO_ANSWER, latest)
    return offered_at + max((starts_at - offered_at) / 2, SHORTEST_TIME_TO_ANSWER)


def on_time_until(
    *, starts_at: dt.datetime, called_at: dt.datetime | None = None, accepted_at: dt.datetime | None = None
) -> dt.datetime:
    """Return until when a check-in is on time: five minutes after the start.

    Who was called from standby, or said yes, only then has a quarter of an hour from that moment.
    """
    late = [moment + TIME_TO_COME for moment in (called_at, accepted_at) if moment is not None]
    return max([starts_at + ON_TIME, *late])


def check_in_window(
    *, starts_at: dt.datetime, called_at: dt.datetime | None = None, accepted_at: dt.datetime | None = None
) -> tuple[dt.datetime, dt.datetime]:
    """Return from when until when a person can check in; it closes later than on time, never before."""
    on_time = on_time_until(starts_at=starts_at, called_at=called_at, accepted_at=accepted_at)
    return starts_at - CHECK_IN_OPENS, max(starts_at + CHECK_IN_CLOSES, on_time)


def is_urgent(*, starts_at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether there is no time left to ask around."""
    return now > starts_at - URGENT


def is_too_late_to_refill(*, ends_at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether so little of the shift is left that nobody is looked for any more."""
    return now > ends_at - LAST_REFILL
