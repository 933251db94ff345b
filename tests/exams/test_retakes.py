"""When an exam may be sat again."""

from __future__ import annotations

import datetime as dt

import pytest

from exams.blueprints import BLUEPRINTS, confirmation_of
from exams.retakes import BASE_RETAKES, RETAKES, RetakePolicy, next_attempt_at

DAY = dt.timedelta(days=1)
OPENS = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
POLICY = RetakePolicy(waits=(DAY, 7 * DAY))


@pytest.mark.parametrize(
    ("failed", "opens"),
    [
        ([], OPENS),
        ([OPENS], OPENS + DAY),
        ([OPENS, OPENS + 2 * DAY], OPENS + 9 * DAY),
        ([OPENS + 2 * DAY, OPENS], OPENS + 9 * DAY),
        ([OPENS, OPENS + DAY, OPENS + 9 * DAY], None),
        ([OPENS - 5 * DAY], OPENS),
    ],
)
def test_waits_grow_until_no_attempt_is_left(failed: list[dt.datetime], opens: dt.datetime | None) -> None:
    assert next_attempt_at(exam_opens_at=OPENS, failed_at=failed, policy=POLICY) == opens


def test_a_wait_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        RetakePolicy(waits=(-DAY,))


def test_every_scored_exam_has_a_policy_but_confirmations_which_are_sat_once() -> None:
    scored = {exam_id for exam_id, exam in BLUEPRINTS.items() if not exam.is_practice}
    confirmations = {confirmation_of(BLUEPRINTS[exam_id]).id for exam_id in RETAKES}
    assert set(RETAKES) == scored - confirmations
    assert BASE_RETAKES.attempts == 4
