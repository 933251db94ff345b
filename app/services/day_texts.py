"""What a shift given up leaves of somebody's days, in plain words for pages and notices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.models import Assignment
from app.queries.needs import list_people_with_days
from app.queries.shift_reasons import get_shift_reasons
from app.services.time_rules import Remains, remains_of
from app.words import date_text
from scheduling.matching.obstacles import Obstacle


def tell_remains(
    session: Session, gone: Sequence[Assignment], words: str, locale: str, *, now: dt.datetime
) -> list[str]:
    """Return for each of one person's shifts that were taken from them the words to tell them with: what it
    leaves of their days is added where it is not as they want it.
    """
    session.flush()
    if not gone or not list_people_with_days(session, {gone[0].agent_id}):
        return [words] * len(gone)
    told = []
    for shift in gone:
        reasons = get_shift_reasons(session, shift)
        remains = remains_of(reasons.needs, reasons.held, shift.starts_at, event=reasons.event, now=now)
        told.append(" ".join((words, *remains_texts(remains, locale))))
    return told


def remains_texts(remains: Sequence[Remains], locale: str) -> list[str]:
    """Return one sentence for each thing that is not as the person wants it."""
    return [_text(one, locale) for one in remains]


def _text(one: Remains, locale: str) -> str:
    first, last = (date_text(day, locale) for day in (one.days[0], one.days[-1]))
    count = len(one.days)
    if one.obstacle is Obstacle.DAYS_OFF:
        if locale == "en":
            return f"{first} is then a single day off between shifts; you want at least {one.least} in a row."
        return f"{first}前后都有班，只歇这一天；你要的是至少连着歇 {one.least} 天。"
    if locale == "en":
        when = first if count == 1 else f"{first} to {last}"
        days = "1 day" if count == 1 else f"{count} days"
        return (
            f"On {when} you then work only {days} in a row; you want at least {one.least}. "
            "If that does not suit you, you may give that up too."
        )
    when = first if count == 1 else f"{first}到 {last}"
    return f"{when}就只连着上 {count} 天了；你要的是至少 {one.least} 天。不合适的话，也可以放出去。"
