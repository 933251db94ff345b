"""The Erlang queues against their definitions, a birth-death chain and published figures."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.demand.staffing import (
    blocking,
    impatient_queue,
    offered_load,
    seats_for_level,
    service_level,
    waiting_probability,
)


def exact_erlang_b(load: Fraction, seats: int) -> Fraction:
    terms = [load**k / math.factorial(k) for k in range(seats + 1)]
    return terms[-1] / sum(terms, Fraction(0))


def exact_erlang_c(load: Fraction, seats: int) -> Fraction:
    queue = load**seats / math.factorial(seats) * Fraction(seats) / (seats - load)
    return queue / (sum((load**k / math.factorial(k) for k in range(seats)), Fraction(0)) + queue)


def chain(arrivals: float, handling: float, seats: int, patience: float) -> tuple[float, float, float]:
    """Return P(wait), P(abandon) and mean wait from the stationary birth-death chain."""
    logs = [0.0]
    for people in range(1, seats + 3000):
        leaving = min(people, seats) / handling + max(0, people - seats) / patience
        logs.append(logs[-1] + math.log(arrivals) - math.log(leaving))
    weights = np.exp(np.array(logs) - max(logs))
    shares = weights / weights.sum()
    waiting = np.maximum(0, np.arange(len(shares)) - seats)
    return (
        float(shares[seats:].sum()),
        float((shares * waiting).sum() / patience / arrivals),
        float((shares * waiting).sum() / arrivals),
    )


@given(load=st.fractions(min_value=Fraction(1, 10), max_value=40), seats=st.integers(1, 60))
def test_agrees_with_exact_fractions(load: Fraction, seats: int) -> None:
    assert float(blocking(float(load), seats)) == pytest.approx(float(exact_erlang_b(load, seats)), rel=1e-9)
    if seats > load:
        expected = float(exact_erlang_c(load, seats))
        assert float(waiting_probability(float(load), seats)) == pytest.approx(expected, rel=1e-6)


def test_ten_small_merchants_apart_need_80_seats_and_pooled_41() -> None:
    """30 contacts a half hour each, 180 s of handling, 99 % within 30 s."""
    apart = seats_for_level(np.full(10, 30 / 1800), 180, level=0.99, within_seconds=30)
    pooled = seats_for_level(300 / 1800, 180, level=0.99, within_seconds=30)

    assert apart.tolist() == [8] * 10
    assert int(pooled) == 41


@pytest.mark.parametrize("level", [0.0, 0.5, 0.8, 0.95, 0.999])
@pytest.mark.parametrize("arrivals", [0.001, 0.1, 5.0])
def test_seats_are_enough_and_one_fewer_is_not(arrivals: float, level: float) -> None:
    seats = int(seats_for_level(arrivals, 180, level=level, within_seconds=30))

    assert float(service_level(arrivals, 180, seats, within_seconds=30)) >= level
    load = float(offered_load(arrivals, 180))
    fewer = float(service_level(arrivals, 180, seats - 1, within_seconds=30)) if seats - 1 > load else -1.0
    assert fewer < level or seats == 1


def test_no_contacts_need_no_seats_and_are_all_in_time() -> None:
    assert seats_for_level([0.0, 0.1], 180, level=0.9, within_seconds=30).tolist()[0] == 0
    assert float(service_level(0.0, 180, 0, within_seconds=30)) == 1.0


def test_too_few_seats_answer_nobody_in_time() -> None:
    assert float(service_level(1.0, 100, 100, within_seconds=30)) == 0.0
    assert float(waiting_probability(100, 100)) == 1.0


def test_impatience_against_the_figures_of_garnett_mandelbaum_and_reiman() -> None:
    """Designing a call center with impatient customers (2002), table 1: 50 agents, 48 calls a minute
    of one minute, patience two minutes: 3.1 % abandon, 3.7 s of waiting on average."""
    queue = impatient_queue(48 / 60, 60, 50, patience_seconds=120, within_seconds=20)

    assert round(100 * float(queue.abandons), 1) == 3.1
    assert round(float(queue.mean_wait_seconds), 1) == 3.7


@pytest.mark.parametrize(
    ("arrivals", "handling", "seats", "patience"),
    [
        (0.8, 60, 30, 120),
        (2, 180, 300, 60),
        (2, 180, 400, 60),
        (0.01, 180, 1, 30),
        (20, 180, 3000, 100),
        (5, 10, 1, 5),
    ],
)
def test_impatience_against_the_birth_death_chain(
    arrivals: float, handling: float, seats: int, patience: float
) -> None:
    queue = impatient_queue(arrivals, handling, seats, patience_seconds=patience, within_seconds=30)

    waits, abandons, mean_wait = chain(arrivals, handling, seats, patience)
    assert float(queue.waits) == pytest.approx(waits, rel=1e-4)
    assert float(queue.abandons) == pytest.approx(abandons, rel=1e-4)
    assert float(queue.mean_wait_seconds) == pytest.approx(mean_wait, rel=1e-4)


def test_everybody_is_answered_or_abandons_when_there_is_time_enough() -> None:
    queue = impatient_queue([0.8, 2.0], 60, [40, 100], patience_seconds=90, within_seconds=3600)

    assert queue.answered_within + queue.abandons == pytest.approx(np.ones(2), abs=1e-4)


def test_very_patient_people_make_it_erlang_c() -> None:
    queue = impatient_queue(0.8, 60, 55, patience_seconds=1e7, within_seconds=20)

    assert float(queue.answered_within) == pytest.approx(
        float(service_level(0.8, 60, 55, within_seconds=20)), abs=1e-4
    )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: seats_for_level(1.0, 60, level=1.0, within_seconds=30),
        lambda: seats_for_level(-1.0, 60, level=0.9, within_seconds=30),
        lambda: seats_for_level(math.nan, 60, level=0.9, within_seconds=30),
        lambda: waiting_probability(1.0, -1),
        lambda: waiting_probability(1.0, np.array(1.5)),
        lambda: impatient_queue(1.0, 60, 0, patience_seconds=60, within_seconds=30),
        lambda: impatient_queue(1.0, 60, 10, patience_seconds=0, within_seconds=30),
    ],
)
def test_refuses_what_makes_no_sense(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match=r"must|level"):
        wrong()
