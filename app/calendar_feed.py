"""Shifts as an iCalendar file (RFC 5545). Times are UTC, so no time zone has to be described.

Lines end in CRLF and are folded at 75 octets, never inside a character.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import re
from collections.abc import Iterable, Iterator

MOST_OCTETS = 75
PRODUCT = "-//Zuoxi//Shifts//ZH"
# How long before the start the phone rings.
ALARM = "-PT30M"
# What a calendar may ask for again, so that a new shift is on the phone within the hour.
REFRESH = "PT1H"
_SPECIAL = re.compile(r"[\\;,]")
# A line break in any guise is written \n; other control characters have no place in a text.
_LINE_BREAK = re.compile(r"\r\n|[\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class EventStatus(enum.StrEnum):
    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclasses.dataclass(frozen=True, kw_only=True)
class CalendarEvent:
    """One shift. `uid` stays the same for ever; `alarm` is what the phone says before the start, if so."""

    uid: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    changed_at: dt.datetime
    summary: str
    description: str
    url: str
    status: EventStatus
    alarm: str | None = None


def write_calendar(events: Iterable[CalendarEvent], *, name: str) -> str:
    """Return the file's text."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escape(name)}",
        f"X-WR-CALNAME:{escape(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return "".join(f"{fold(line)}\r\n" for line in lines)


def escape(text: str) -> str:
    """Return a text as a property's value."""
    escaped = _SPECIAL.sub(lambda found: "\\" + found[0], text)
    return _CONTROL.sub("", _LINE_BREAK.sub(r"\\n", escaped))


def fold(line: str) -> str:
    """Break a line so that no part is longer than 75 octets; each part but the first starts with a space."""
    parts, part, octets = [], "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > MOST_OCTETS:
            parts.append(part)
            # The space that starts the next part counts too.
            part, octets = "", 1
        part += character
        octets += size
    return "\r\n ".join([*parts, part])


def _event(event: CalendarEvent) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{_utc(event.changed_at)}"
    yield f"LAST-MODIFIED:{_utc(event.changed_at)}"
    yield f"DTSTART:{_utc(event.starts_at)}"
    yield f"DTEND:{_utc(event.ends_at)}"
    yield f"SUMMARY:{escape(event.summary)}"
    yield f"DESCRIPTION:{escape(event.description)}"
    yield f"URL:{event.url}"
    yield f"STATUS:{event.status}"
    yield "TRANSP:TRANSPARENT" if event.status is EventStatus.CANCELLED else "TRANSP:OPAQUE"
    if event.alarm is not None:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{escape(event.alarm)}"
        yield f"TRIGGER:{ALARM}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _utc(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
