"""The replay against cases worked by hand and against the formulas."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.demand.queue import replay
from scheduling.demand.staffing import impatient_queue, service_level

HOUR = 3600


def day_of(arrivals: list[float], handling: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(arrivals, dtype=np.float64), np.array(handling, dtype=np.float64)


def test_one_seat_answers_one_after_the_other() -> None:
    result = replay(*day_of([0, 10, 20], [60, 60, 5]), seats=[1], within_seconds=50)

    # Waits: 0, then 50 (from 10 to 60), then 100 (from 20 to 120).
    assert (result.day.offered, result.day.answered, result.day.answered_within) == (3, 3, 2)
    assert result.day.mean_wait_seconds == pytest.approx(50)
    assert result.day.level == pytest.approx(2 / 3)


def test_two_conversations_at_once_are_two_places() -> None:
    result = replay(*day_of([0, 10, 20], [60, 60, 5]), seats=[1], at_once=2)

    assert result.day.mean_wait_seconds == pytest.approx(40 / 3)


def test_people_wait_for_the_next_interval_and_count_in_the_one_they_came_in() -> None:
    result = replay(*day_of([12 * HOUR - 40, 12 * HOUR - 20], [60, 60]), seats=[0, 1], within_seconds=45)

    morning, afternoon = result.intervals
    assert (morning.offered, morning.answered, morning.answered_within) == (2, 2, 1)
    assert morning.mean_wait_seconds == pytest.approx((40 + 80) / 2)
    assert (afternoon.offered, afternoon.level, afternoon.mean_wait_seconds) == (0, None, None)


def test_who_is_talking_when_seats_go_finishes_first() -> None:
    """Two talk when the interval with one seat begins; the next is answered when both have ended."""
    start = 12 * HOUR
    result = replay(*day_of([start - 20, start - 10, start + 1], [100, 50, 10]), seats=[2, 1])

    assert result.intervals[1].mean_wait_seconds == pytest.approx(79)


def test_with_seats_cut_to_one_the_line_goes_on_one_by_one() -> None:
    start = 12 * HOUR
    arrivals, handling = day_of([start - 30, start - 30, start - 20, start - 19], [200, 40, 10, 10])
    result = replay(arrivals, handling, seats=[2, 1])

    assert result.intervals[0].answered == 4
    assert result.day.mean_wait_seconds == pytest.approx((0 + 0 + 190 + 199) / 4)


def test_nobody_overtakes_somebody_who_waits_in_vain() -> None:
    """Seats are cut to one while two talk until 50 s and 60 s later; the third gives up after 54. The fourth,
    who came after the third and waits on, is answered at 60 s. The seed draws such patience."""
    start = 12 * HOUR
    arrivals, handling = day_of([start - 100, start - 100, start - 90, start - 80], [150, 160, 10, 10])

    result = replay(arrivals, handling, seats=[2, 1], patience_seconds=120, seed=75)

    assert (result.day.answered, result.day.abandoned) == (3, 1)
    assert result.day.mean_wait_seconds == pytest.approx(140 / 3)


def test_nobody_is_answered_without_seats() -> None:
    result = replay(*day_of([5, 6], [60, 60]), seats=[0])

    assert (result.day.answered, result.day.abandoned, result.day.level) == (0, 2, 0.0)
    assert result.day.mean_wait_seconds is None


def test_an_empty_day_has_nothing_to_measure() -> None:
    result = replay(*day_of([], []), seats=[1, 1])

    assert (result.day.offered, result.day.level) == (0, None)


@given(
    gaps=st.lists(st.integers(0, 400), max_size=40),
    handling=st.integers(1, 900),
    seats=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    patience=st.sampled_from([None, 20.0, 300.0]),
)
def test_everybody_is_answered_or_not_and_intervals_add_up(
    gaps: list[int], handling: int, seats: list[int], patience: float | None
) -> None:
    arrivals = np.cumsum(np.array(gaps, dtype=np.float64))
    times = np.full(len(gaps), float(handling))

    result = replay(arrivals, times, seats=seats, patience_seconds=patience, seed=3)
    again = replay(arrivals, times, seats=seats, patience_seconds=patience, seed=3)

    assert result == again
    assert result.day.offered == len(gaps) == result.day.answered + result.day.abandoned
    assert result.day.offered == sum(interval.offered for interval in result.intervals)
    assert result.day.answered_within == sum(interval.answered_within for interval in result.intervals)


def step_by_step(
    arrivals: np.ndarray, handling: np.ndarray, patience: np.ndarray, seats: list[int]
) -> list[float | None]:
    """Return the waits by going from event to event with a waiting line, as one would on paper."""
    length = 86_400 / len(seats)
    moments = [*arrivals.tolist(), *(place * length for place in range(len(seats)))]
    heapq.heapify(moments)
    line: list[int] = []
    talking: list[float] = []
    waits: list[float | None] = [None] * len(arrivals)
    come = 0
    while moments:
        now = heapq.heappop(moments)
        talking = [end for end in talking if end > now]
        line = [one for one in line if arrivals[one] + patience[one] >= now]
        while come < len(arrivals) and arrivals[come] <= now:
            line.append(come)
            come += 1
        while line and now < 86_400 and len(talking) < seats[min(len(seats) - 1, int(now // length))]:
            one = line.pop(0)
            waits[one] = now - arrivals[one]
            talking.append(now + handling[one])
            heapq.heappush(moments, talking[-1])
    return waits


@given(
    contacts=st.lists(st.tuples(st.integers(0, 600), st.integers(1, 2_000)), max_size=40),
    start=st.sampled_from([0, 28_000, 43_000, 85_000]),
    seats=st.lists(st.integers(0, 3), min_size=1, max_size=4),
    patience=st.sampled_from([None, 30.0, 900.0]),
)
def test_agrees_with_going_from_event_to_event(
    contacts: list[tuple[int, int]], start: int, seats: list[int], patience: float | None
) -> None:
    arrivals = np.minimum(start + np.cumsum([gap for gap, _ in contacts]), 86_399).astype(np.float64)
    handling = np.array([seconds for _, seconds in contacts], dtype=np.float64)
    random = np.random.default_rng(5)
    count = len(contacts)
    lasts = np.full(count, np.inf) if patience is None else random.exponential(patience, count)

    result = replay(arrivals, handling, seats=seats, patience_seconds=patience, seed=5)
    waits = step_by_step(arrivals, handling, lasts, seats)

    answered = [wait for wait in waits if wait is not None]
    assert result.day.answered == len(answered)
    assert result.day.answered_within == sum(wait <= 30 for wait in answered)
    if answered:
        assert result.day.mean_wait_seconds == pytest.approx(np.mean(answered))


def poisson_days(seats: int, patience: float | None) -> tuple[float, float]:
    """Return the level and the share that hung up: ten seeded days, 0.5 contacts a second of 60 s."""
    days = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        arrivals = np.cumsum(random.exponential(2, 44_000))
        arrivals = arrivals[arrivals < 86_400]
        handling = random.exponential(60, len(arrivals))
        days.append(replay(arrivals, handling, seats=[seats], patience_seconds=patience, seed=100 + seed).day)
    offered = sum(day.offered for day in days)
    return sum(day.answered_within for day in days) / offered, sum(day.abandoned for day in days) / offered


def test_poisson_days_come_near_erlang_c() -> None:
    level, _ = poisson_days(34, None)

    assert level == pytest.approx(float(service_level(0.5, 60, 34, within_seconds=30)), abs=0.01)


def test_impatient_poisson_days_come_near_erlang_a() -> None:
    level, abandoned = poisson_days(28, 60.0)

    expected = impatient_queue(0.5, 60, 28, patience_seconds=60, within_seconds=30)
    assert abandoned == pytest.approx(float(expected.abandons), abs=0.004)
    assert level == pytest.approx(float(expected.answered_within), abs=0.01)


@pytest.mark.parametrize(
    ("arrivals", "seats", "at_once"),
    [([5.0, 4.0], [1], 1), ([1.0], [], 1), ([1.0], [-1], 1), ([1.0], [1], 0)],
)
def test_refuses_what_makes_no_sense(arrivals: list[float], seats: list[int], at_once: int) -> None:
    with pytest.raises(ValueError, match=r"order|interval"):
        replay(*day_of(arrivals, [1.0] * len(arrivals)), seats=seats, at_once=at_once)
