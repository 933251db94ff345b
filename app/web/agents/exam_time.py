"""What an exam's page and the server tell each other about time. The server's clock is the only one."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from typing import Any

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.models import ExamAttempt
from exams.breaks import Breaks
from exams.timing import Accommodation

MOST_MILLISECONDS = 366 * 86_400_000
"""No attempt lasts longer; what a page says of its time is cut to this."""


def page_version(attempt: ExamAttempt, *, now: dt.datetime) -> str:
    """Return what the page was made from; when it changes, an open page has to be made anew."""
    granted = Accommodation(**attempt.accommodation)
    breaks = Breaks.from_json(attempt.breaks)
    is_on = breaks.current(now) is not None
    parts = (granted.breaks, granted.breaks_minutes, len(breaks.taken), f"{is_on:d}")
    # An adaptive form grows: a question that was confirmed on another page is gone from this one.
    return ".".join(map(str, (attempt.status.value, *parts, len(attempt.form["questions"]))))


def is_text_only(attempt: ExamAttempt) -> bool:
    """Return whether the person's pages of this attempt have words only, and fields instead of gestures."""
    return Accommodation(**attempt.accommodation).text_only


def read_sequence(attempt: ExamAttempt, *, now: dt.datetime) -> int:
    """Return the save's place in time: milliseconds since the start, by the sender's reckoning.

    Two tabs, two devices and a form without script share that scale, so the newest answer wins whatever
    arrives first. A sender whose clock runs ahead is taken at the server's time.
    """
    latest = milliseconds_since_start(attempt, now=now)
    return max(1, min(request.form.get("sequence", latest, type=int), latest))


def milliseconds_since_start(attempt: ExamAttempt, *, now: dt.datetime) -> int:
    """Return how long the attempt has run."""
    return int((now - attempt.started_at) / dt.timedelta(milliseconds=1))


def milliseconds_left(attempt: ExamAttempt, *, now: dt.datetime) -> int | None:
    """Return how long answers are still taken, None without a limit."""
    if attempt.deadline_at is None:
        return None
    return max(0, math.floor((attempt.deadline_at - now) / dt.timedelta(milliseconds=1)))


def _stamps() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="exam time")


def make_stamp(attempt_id: uuid.UUID, *, now: dt.datetime) -> str:
    """Return the server's time, signed, for the page to send back with later answers."""
    return str(_stamps().dumps([str(attempt_id), now.timestamp()]))


def read_made_at(attempt_id: uuid.UUID) -> dt.datetime | None:
    """Return when the answer was made: the signed time of the page, plus how old the page says it was."""
    try:
        stamped: Any = _stamps().loads(request.form.get("stamp", ""))
    except BadSignature:
        return None
    if stamped[0] != str(attempt_id):
        return None
    age = min(max(0, request.form.get("age", 0, type=int)), MOST_MILLISECONDS)
    return dt.datetime.fromtimestamp(stamped[1], dt.UTC) + dt.timedelta(milliseconds=age)
