"""Shares drawn towards the mean of others."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta

from scheduling.workforce.shrinkage import (
    LEAST_WEIGHT,
    MOST_WEIGHT,
    WEIGHT_WHEN_UNKNOWN,
    drawn_share,
    shrink,
    weight_of_mean,
)


def test_finds_the_weight_that_people_were_drawn_with() -> None:
    random = np.random.default_rng(3)
    contacts = random.integers(10, 200, 3_000)
    counts = random.binomial(contacts, random.beta(30, 10, 3_000))

    assert weight_of_mean(counts, contacts) == pytest.approx(40, rel=0.15)


@pytest.mark.parametrize(
    ("counts", "contacts", "weight"),
    [
        ([5, 6], [10, 10], WEIGHT_WHEN_UNKNOWN),
        ([5, 5, 0], [10, 10, 0], WEIGHT_WHEN_UNKNOWN),
        ([5, 5, 5], [10, 10, 10], MOST_WEIGHT),
        ([10, 10, 10], [10, 10, 10], MOST_WEIGHT),
        ([0, 100, 0, 100], [100, 100, 100, 100], LEAST_WEIGHT),
        ([1, 0, 1], [1, 1, 1], WEIGHT_WHEN_UNKNOWN),
    ],
    ids=["two people", "two with contacts", "alike", "perfect", "as different as can be", "one contact each"],
)
def test_weight_at_its_edges(counts: list[int], contacts: list[int], weight: float) -> None:
    assert weight_of_mean(counts, contacts) == weight


def test_a_few_lucky_contacts_do_not_beat_a_long_good_record() -> None:
    counts, contacts = [3, 950, 700, 800, 620], [3, 1000, 1000, 1000, 1000]

    fair = shrink(counts, contacts)

    assert fair[1] > fair[0] > fair[2]
    assert fair[1] == pytest.approx(0.95, abs=0.01)


def test_nobodys_contacts_give_the_mean() -> None:
    fair = shrink([0, 8, 4, 6], [0, 10, 10, 10])

    assert fair[0] == pytest.approx(0.6)
    with pytest.raises(ValueError, match="nobody has any contacts"):
        shrink([0, 0], [0, 0])


def test_drawn_share_has_the_interval_of_its_beta_distribution() -> None:
    found = drawn_share(8, 10, mean=0.6, weight=20)

    assert found.value == pytest.approx((8 + 12) / 30)
    assert [found.low, found.high] == pytest.approx(list(beta.interval(0.95, 20, 10)))
    assert drawn_share(0, 0, mean=0.6, weight=20).value == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("count", "contacts", "mean", "weight"),
    [(3, 2, 0.5, 1), (1, 2, 1.5, 1), (1, 2, 0.5, 0), (1, 2, 0.5, math.inf)],
)
def test_refuses_what_cannot_be(count: int, contacts: int, mean: float, weight: float) -> None:
    with pytest.raises(ValueError, match=r"must lie|out of range"):
        drawn_share(count, contacts, mean=mean, weight=weight)


def test_refuses_counts_beyond_the_contacts() -> None:
    with pytest.raises(ValueError, match="between 0 and"):
        shrink([3], [2])
