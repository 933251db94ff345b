"""Time, accommodations and grace. The clock is an argument."""

from __future__ import annotations

import datetime as dt

import pytest

from exams.timing import (
    GRACE,
    NO_ACCOMMODATION,
    Accommodation,
    SaveVerdict,
    allowed_seconds,
    announcements,
    closes_at,
    deadline,
    judge_save,
    seconds_left,
    working_seconds,
)

START = dt.datetime(2026, 10, 27, 12, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("accommodation", "seconds"),
    [
        (NO_ACCOMMODATION, 1500),
        (Accommodation(multiplier=1.5), 2250),
        (Accommodation(multiplier=1.1), 1650),
        (Accommodation(multiplier=1.0001), 1501),
        (Accommodation(multiplier=20), 30000),
        (Accommodation(fixed_minutes=15), 2400),
        # The clock stands still in a break: none is part of the time.
        (Accommodation(breaks=2, breaks_minutes=10), 1500),
        (Accommodation(multiplier=2, breaks=2, breaks_minutes=10), 3000),
        (Accommodation(unlimited=True), None),
        (Accommodation(unlimited=True, breaks=2, breaks_minutes=10), None),
        (Accommodation(large_text=True, text_only=True), 1500),
    ],
)
def test_twenty_five_minutes_with_each_accommodation(
    accommodation: Accommodation, seconds: int | None
) -> None:
    assert allowed_seconds(25, accommodation) == seconds


def test_breaks_are_not_working_time() -> None:
    assert working_seconds(25, Accommodation(multiplier=2, breaks_minutes=10)) == 3000


@pytest.mark.parametrize(
    "fields",
    [
        {"multiplier": 0.9},
        {"multiplier": 20.1},
        {"multiplier": float("nan")},
        {"fixed_minutes": -1},
        {"breaks": -1},
        {"breaks_minutes": -1},
        {"multiplier": 1.5, "fixed_minutes": 10},
        {"multiplier": 1.5, "unlimited": True},
        {"fixed_minutes": 10, "unlimited": True},
    ],
)
def test_an_accommodation_that_makes_no_sense_cannot_be_made(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"multiplier|negative|choose one"):
        Accommodation(**fields)  # type: ignore[arg-type]


def test_an_exam_of_no_minutes_cannot_be_sat() -> None:
    with pytest.raises(ValueError, match="0 minutes"):
        allowed_seconds(0, NO_ACCOMMODATION)


def test_an_accommodation_granted_during_the_attempt_moves_its_deadline() -> None:
    before = deadline(started_at=START, exam_minutes=25)
    after = deadline(started_at=START, exam_minutes=25, accommodation=Accommodation(multiplier=1.5))

    assert before == START + dt.timedelta(minutes=25)
    assert after == START + dt.timedelta(minutes=37, seconds=30)
    assert deadline(started_at=START, exam_minutes=25, accommodation=Accommodation(unlimited=True)) is None


def test_the_seconds_left_never_promise_too_much() -> None:
    assert seconds_left(deadline_at=START, now=START - dt.timedelta(seconds=9.9)) == 9
    assert seconds_left(deadline_at=START, now=START) == 0
    assert seconds_left(deadline_at=START, now=START + SECOND) == 0
    assert seconds_left(deadline_at=None, now=START) is None


@pytest.mark.parametrize(
    ("received", "made", "verdict"),
    [
        (dt.timedelta(0), None, SaveVerdict.ON_TIME),
        (SECOND, None, SaveVerdict.TOO_LATE),
        (SECOND, -SECOND, SaveVerdict.IN_GRACE),
        (SECOND, dt.timedelta(0), SaveVerdict.IN_GRACE),
        (SECOND, SECOND, SaveVerdict.TOO_LATE),
        (GRACE, -SECOND, SaveVerdict.IN_GRACE),
        (GRACE + SECOND, -SECOND, SaveVerdict.TOO_LATE),
    ],
)
def test_a_late_arrival_counts_only_when_made_in_time_and_within_grace(
    received: dt.timedelta, made: dt.timedelta | None, verdict: SaveVerdict
) -> None:
    """Offsets are from the deadline."""
    found = judge_save(
        deadline_at=START, received_at=START + received, made_at=None if made is None else START + made
    )

    assert found is verdict


def test_without_a_limit_every_save_is_on_time() -> None:
    assert judge_save(deadline_at=None, received_at=START) is SaveVerdict.ON_TIME


def test_the_server_closes_after_the_grace_or_a_day_of_silence() -> None:
    assert closes_at(deadline_at=START, last_saved_at=START - SECOND) == START + GRACE
    assert closes_at(deadline_at=None, last_saved_at=START) == START + dt.timedelta(hours=24)


def test_ten_five_and_one_minute_are_announced() -> None:
    found = announcements(1500)

    assert [notice.seconds_left for notice in found] == [600, 300, 60]
    assert [notice.text.zh for notice in found] == ["还剩 10 分钟。", "还剩 5 分钟。", "还剩 1 分钟。"]
    assert [notice.text.en for notice in found] == ["10 minutes left.", "5 minutes left.", "1 minute left."]


def test_a_short_exam_announces_only_what_is_still_to_come_and_an_unlimited_one_nothing() -> None:
    assert [notice.seconds_left for notice in announcements(600)] == [300, 60]
    assert announcements(None) == ()
