"""The calendar file against RFC 5545: folding, escaping, and what a calendar program needs of an event."""

from __future__ import annotations

import datetime as dt
import re

from hypothesis import given
from hypothesis import strategies as st

from app.calendar_feed import CalendarEvent, EventStatus, escape, fold, write_calendar
from tests.make import shanghai

# Everything a database text can hold: no surrogates, no NUL.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300)
ONE_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300)


def unfold(text: str) -> str:
    return text.replace("\r\n ", "")


def unescape(value: str) -> str:
    return re.sub(r"\\([\\;,nN])", lambda found: "\n" if found[1] in "nN" else found[1], value)


def event(**changes: object) -> CalendarEvent:
    values: dict[str, object] = {
        "uid": "1@zuoxi",
        "starts_at": shanghai(11, 20),
        "ends_at": shanghai(11, 24),
        "changed_at": shanghai(5, 9),
        "summary": "坐席·小鹿家居",
        "description": "小鹿家居旗舰店",
        "url": "https://zuoxi.example/agent/shifts/1",
        "status": EventStatus.CONFIRMED,
        "alarm": "30 分钟后开班",
    }
    return CalendarEvent(**values | changes)  # type: ignore[arg-type]


class TestFolding:
    @given(ONE_LINE)
    def test_keeps_every_line_within_75_octets_and_loses_nothing(self, line: str) -> None:
        folded = fold(line)

        assert all(len(part.encode()) <= 75 for part in folded.split("\r\n"))
        assert unfold(folded) == line

    def test_75_octets_stay_one_line_and_76_do_not(self) -> None:
        assert "\r\n" not in fold("a" * 75)
        assert fold("a" * 76) == "a" * 75 + "\r\n a"

    def test_the_space_of_a_continued_line_counts_too(self) -> None:
        assert [len(part) for part in fold("a" * 149).split("\r\n")] == [75, 75]
        assert [len(part) for part in fold("a" * 150).split("\r\n")] == [75, 75, 2]

    def test_never_cuts_a_character(self) -> None:
        # 25 characters of three octets are 75; one octet before them pushes the last onto the next line.
        assert fold("a" + "席" * 25) == "a" + "席" * 24 + "\r\n 席"


class TestEscaping:
    @given(TEXTS)
    def test_comes_back_as_it_was_but_for_control_characters(self, text: str) -> None:
        value = escape(text)
        wanted = re.sub(r"[\x01-\x08\x0b-\x1f\x7f]", "", re.sub(r"\r\n|[\r\n]", "\n", text))

        assert unescape(value) == wanted
        assert not re.search(r"[\r\n]", value)

    def test_names_every_special_character(self) -> None:
        assert escape("a,b;c\\d\ne\r\nf") == "a\\,b\\;c\\\\d\\ne\\nf"


class TestTheFile:
    def test_has_what_a_calendar_needs(self) -> None:
        lines = unfold(write_calendar([event()], name="我的班")).split("\r\n")

        assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Zuoxi//Shifts//ZH"]
        assert lines[-2:] == ["END:VCALENDAR", ""]
        assert {
            "UID:1@zuoxi",
            "DTSTAMP:20261105T010000Z",
            "DTSTART:20261111T120000Z",
            "DTEND:20261111T160000Z",
            "STATUS:CONFIRMED",
            "TRIGGER:-PT30M",
        } <= set(lines)

    def test_blocks_are_nested_in_order(self) -> None:
        text = write_calendar([event(), event(uid="2@zuoxi")], name="x")
        blocks = re.findall(r"^(BEGIN|END):(\w+)\r$", text, flags=re.M)

        one = [("BEGIN", "VEVENT"), ("BEGIN", "VALARM"), ("END", "VALARM"), ("END", "VEVENT")]
        assert blocks == [("BEGIN", "VCALENDAR"), *one, *one, ("END", "VCALENDAR")]

    def test_times_of_any_zone_are_written_in_utc(self) -> None:
        zone = dt.timezone(dt.timedelta(hours=8))
        text = write_calendar([event(starts_at=shanghai(11, 20).astimezone(zone))], name="x")

        assert "DTSTART:20261111T120000Z" in text

    def test_what_is_cancelled_rings_nobody(self) -> None:
        text = write_calendar([event(status=EventStatus.CANCELLED, alarm=None)], name="x")

        assert "STATUS:CANCELLED" in text
        assert "VALARM" not in text

    @given(TEXTS, TEXTS)
    def test_no_text_can_add_a_line_of_its_own(self, summary: str, name: str) -> None:
        plain = write_calendar([event(summary="", description="")], name="")
        text = write_calendar([event(summary=summary, description=summary)], name=name)

        assert len(unfold(text).split("\r\n")) == len(plain.split("\r\n"))
        assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
