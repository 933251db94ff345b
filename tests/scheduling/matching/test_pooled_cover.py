"""Shared cover against counting every outcome."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.matching.cover import distribution_of_shows, smallest_cover
from scheduling.matching.pooled_cover import (
    NOBODY,
    People,
    Place,
    assess_cover,
    choose_standbys,
    distribution,
    size_cover,
)

# A person: demand, chance, place.
Person = tuple[int, float, int]


def people_of(people: Sequence[Person]) -> People:
    demand, chance, place = zip(*people, strict=True) if people else ((), (), ())
    return People.of(demand, chance, place)


def outcomes(people: Sequence[Person]) -> list[tuple[float, list[Person]]]:
    """Return everything that may happen: its probability and who came."""
    return [
        (
            math.prod(one[1] if came else 1 - one[1] for one, came in zip(people, coming, strict=True)),
            [one for one, came in zip(people, coming, strict=True) if came],
        )
        for coming in itertools.product([True, False], repeat=len(people))
    ]


def can_be_worked(needed: Sequence[int], standbys: Sequence[tuple[int, ...]], here: Sequence[int]) -> bool:
    """Say by trying whether standbys, each with the demands they may serve, fill every empty seat."""
    empty = [max(0, seats - count) for seats, count in zip(needed, here, strict=True)]
    holder: list[int | None] = [None] * sum(empty)
    seat_of = [demand for demand, count in enumerate(empty) for _ in range(count)]

    def place(standby: int, seen: set[int]) -> bool:
        for seat, demand in enumerate(seat_of):
            if demand in standbys[standby] and seat not in seen:
                seen.add(seat)
                if holder[seat] is None or place(int(holder[seat] or 0), seen):
                    holder[seat] = standby
                    return True
        return False

    return sum(place(standby, set()) for standby in range(len(standbys))) == len(seat_of)


@st.composite
def small_times(draw: st.DrawFn) -> tuple[list[int], list[int], list[Person]]:
    demands = draw(st.integers(1, 4))
    needed = draw(st.lists(st.integers(0, 3), min_size=demands, max_size=demands))
    # Each helps a later one or nobody: a forest.
    helps = [draw(st.sampled_from([NOBODY, *range(demand + 1, demands)])) for demand in range(demands)]
    person = st.tuples(st.integers(0, demands - 1), st.floats(0, 1), st.sampled_from(list(Place)))
    people = draw(st.lists(person, max_size=8))
    return needed, helps, [(demand, chance, int(place)) for demand, chance, place in people]


@given(small_times())
def test_agrees_with_counting_every_outcome(time: tuple[list[int], list[int], list[Person]]) -> None:
    needed, helps, people = time
    together = 0.0
    for probability, came in outcomes(people):
        here = [
            sum(one[0] == demand and one[2] == Place.SEAT for one in came) for demand in range(len(needed))
        ]
        standbys = [
            (home, helps[home]) if place == Place.SHARED else (home,)
            for home, _, place in came
            if place != Place.SEAT
        ]
        together += probability * can_be_worked(needed, standbys, here)

    chances = assess_cover(needed, helps, people_of(people))

    everything = chances.everything([0] * len(needed), times=1)[0]
    assert everything == pytest.approx(together, abs=1e-12)
    assert (chances.chance >= everything - 1e-12).all()


@given(small_times())
def test_one_demand_at_a_time_its_own_standbys_first(
    time: tuple[list[int], list[int], list[Person]],
) -> None:
    """Each demand's chance is that of the rule by which standbys are called, followed person by person."""
    needed, helps, people = time
    expected = [0.0] * len(needed)
    for probability, came in outcomes(people):
        arrived = [0] * len(needed)
        for demand, seats in enumerate(needed):
            places = [one[2] for one in came if one[0] == demand]
            empty = max(0, seats - places.count(Place.SEAT) - arrived[demand] - places.count(Place.OWN))
            left = places.count(Place.SHARED) - empty
            expected[demand] += probability * (left >= 0)
            if helps[demand] != NOBODY:
                arrived[helps[demand]] += max(0, left)

    chances = assess_cover(needed, helps, people_of(people))

    assert chances.chance == pytest.approx(expected, abs=1e-12)


@given(chances=st.lists(st.floats(0, 1), max_size=60))
def test_the_distribution_is_exact(chances: list[float]) -> None:
    """Beside Hong's discrete Fourier transform of the characteristic function (2013, section 2.2)."""
    people = len(chances)
    circle = np.exp(2j * np.pi * np.arange(people + 1) / (people + 1))
    values = np.prod([1 - chance + chance * circle for chance in chances], axis=0) * np.ones(people + 1)
    by_fourier = np.real(np.fft.fft(values)) / (people + 1)

    exactly = distribution(np.array(chances))

    assert np.abs(exactly - by_fourier).max() < 1e-12
    assert np.abs(exactly - distribution_of_shows(chances)).max() < 1e-12


def test_three_hundred_seats_lose_no_digits() -> None:
    random = np.random.default_rng(7)
    chances = random.uniform(0.5, 1, 300)

    exactly = distribution(chances)

    assert exactly.sum() == pytest.approx(1, abs=1e-12)
    assert (exactly * np.arange(301)).sum() == pytest.approx(chances.sum(), abs=1e-9)


def test_a_single_demand_is_plain_cover() -> None:
    seats = People.of([0] * 50, [0.83] * 50, Place.SEAT)

    wanted = size_cover([50], [NOBODY], seats, typical=[0.83], target=0.95, most=60)

    assert wanted.tolist() == [16]
    alone = smallest_cover([0.83] * 50, [0.83] * 16, needed=50, target=0.95)
    both = seats.and_also(People.of([0] * 16, [0.83] * 16, Place.OWN))
    assert assess_cover([50], [NOBODY], both).chance[0] == pytest.approx(alone.chance, abs=1e-12)


def fewest_by_trying(
    needed: Sequence[int], helps: Sequence[int], seats: People, typical: Sequence[float], target: float
) -> int:
    """Return the smallest number of shared standbys in all that brings every demand to the target."""
    best = 99
    for counts in itertools.product(range(5), repeat=len(needed)):
        if sum(counts) >= best:
            continue
        demand = [home for home, count in enumerate(counts) for _ in range(count)]
        place = [Place.OWN if helps[home] == NOBODY else Place.SHARED for home in demand]
        standbys = People.of(demand, [typical[home] for home in demand], place)
        if (assess_cover(needed, helps, seats.and_also(standbys)).chance >= target).all():
            best = sum(counts)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_takes_the_fewest_there_can_be(seed: int) -> None:
    random = np.random.default_rng(seed)
    needed = random.integers(1, 5, 4).tolist()
    helps = [int(random.integers(demand + 1, 4)) for demand in range(3)] + [NOBODY]
    seats = People.of(np.repeat(range(4), needed), random.uniform(0.8, 0.97, sum(needed)), Place.SEAT)
    typical = random.uniform(0.75, 0.95, 4).tolist()

    wanted = size_cover(needed, helps, seats, typical=typical, target=0.97, most=60)

    assert int(wanted.sum()) == fewest_by_trying(needed, helps, seats, typical, 0.97)


def test_sharing_needs_fewer_than_each_alone() -> None:
    """Ten small projects whose standbys also know a large one: it hardly needs standbys of its own."""
    needed = [4] * 10 + [60]
    seats = People.of(np.repeat(range(11), needed), [0.9] * sum(needed), Place.SEAT)
    typical = [0.9] * 11

    alone = size_cover(needed, [NOBODY] * 11, seats, typical=typical, target=0.98, most=60)
    shared = size_cover(needed, [10] * 10 + [NOBODY], seats, typical=typical, target=0.98, most=60)

    assert alone.tolist() == [2] * 10 + [13]
    assert shared.tolist() == [2] * 10 + [0]


def test_chooses_the_surest_and_no_more_than_needed() -> None:
    seats = People.of([0, 0, 1], [0.9, 0.9, 0.9], Place.SEAT)
    candidates = People.of(
        [0, 0, 0, 1, 1],
        [0.7, 0.95, 0.9, 0.5, 0.6],
        [Place.OWN, Place.OWN, Place.OWN, Place.OWN, Place.SHARED],
    )

    taken, chances = choose_standbys([2, 1], [NOBODY, 0], seats, candidates, target=0.98)

    # The second demand takes both it can have, and reaches 0.98; the first one needs two beside that help.
    assert taken.tolist() == [False, True, False, True, True]
    assert (chances.chance >= 0.98).all()


def test_says_when_the_candidates_are_not_enough() -> None:
    seats = People.of([0], [0.5], Place.SEAT)

    taken, chances = choose_standbys([1], [NOBODY], seats, People.of([0], [0.5], Place.OWN), target=0.98)

    assert taken.tolist() == [True]
    assert chances.chance.tolist() == [0.75]


def test_an_empty_seat_counts() -> None:
    """Two booked, one person: without a standby all seats are never worked."""
    assert assess_cover([2], [NOBODY], People.of([0], [1.0], Place.SEAT)).chance.tolist() == [0.0]


def test_refuses_what_cannot_be() -> None:
    nobody = People.of([], [], Place.SEAT)
    with pytest.raises(ValueError, match="circle"):
        assess_cover([1, 1], [1, 0], nobody)
    with pytest.raises(ValueError, match="between 0 and 1"):
        People.of([0], [1.5], Place.SEAT)
    with pytest.raises(ValueError, match="target"):
        size_cover([1], [NOBODY], nobody, typical=[0.9], target=1.5, most=60)
