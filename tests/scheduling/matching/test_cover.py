"""Standbys against the plain definition."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.matching.cover import chance_of_enough, distribution_of_shows, smallest_cover

CHANCES = st.lists(st.floats(0, 1), max_size=7)


@given(chances=CHANCES, needed=st.integers(0, 8))
def test_agrees_with_counting_every_outcome(chances: list[float], needed: int) -> None:
    expected = sum(
        prod(chance if comes else 1 - chance for chance, comes in zip(chances, outcome, strict=True))
        for outcome in product([True, False], repeat=len(chances))
        if sum(outcome) >= needed
    )

    assert chance_of_enough(chances, needed=needed) == pytest.approx(expected, abs=1e-12)
    assert distribution_of_shows(chances).sum() == pytest.approx(1)


def test_fifty_seats_at_a_show_rate_of_83_percent_need_66_people() -> None:
    """The worked figure of the trade: 66 claims for 50 seats, to be 95 % sure."""
    cover = smallest_cover([0.83] * 50, [0.83] * 40, needed=50, target=0.95)

    assert (cover.standbys, cover.enough) == (16, True)
    assert cover.chance >= 0.95
    assert chance_of_enough([0.83] * 65, needed=50) < 0.95


def test_sure_people_need_no_standbys() -> None:
    assert smallest_cover([1.0, 1.0], [0.5], needed=2, target=1.0).standbys == 0


def test_says_when_all_standbys_are_not_enough() -> None:
    cover = smallest_cover([0.5], [0.5], needed=2, target=0.9)

    assert (cover.standbys, cover.enough) == (1, False)
    assert cover.chance == pytest.approx(0.25)


@pytest.mark.parametrize(("chance", "target"), [(1.2, 0.5), (-0.1, 0.5), (0.5, 1.5)])
def test_refuses_what_is_no_probability(chance: float, target: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        smallest_cover([chance], [], needed=1, target=target)
