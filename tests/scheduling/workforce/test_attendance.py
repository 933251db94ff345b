"""The chance to show."""

from __future__ import annotations

import numpy as np
import pytest

from scheduling.workforce.attendance import (
    TRADE_PRIOR,
    Prior,
    chance_to_show,
    chances_to_show,
    learn_prior,
)


def test_somebody_new_has_the_chance_of_the_trade() -> None:
    chance = chance_to_show(0, 0)

    assert chance.chance == pytest.approx(0.83)
    assert chance.low < 0.6 < 0.98 < chance.high


def test_a_history_counts_for_more_the_longer_it_is() -> None:
    few, many = chance_to_show(2, 0), chance_to_show(200, 0)

    assert TRADE_PRIOR.mean < few.chance < many.chance < 1
    assert many.high - many.low < few.high - few.low
    assert chance_to_show(10, 0, prior=Prior(alpha=1, beta=1)).chance == pytest.approx(11 / 12)


def test_the_interval_is_that_of_the_beta_distribution() -> None:
    """Beta(1, 1) after 1 worked and 0 missed is Beta(2, 1), whose distribution function is x squared."""
    chance = chance_to_show(1, 0, prior=Prior(alpha=1, beta=1), confidence=0.9)

    assert [chance.low, chance.high] == pytest.approx([0.05**0.5, 0.95**0.5])


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    chances = chances_to_show([0, 3, 9], [0, 1, 9])

    expected = [chance_to_show(*pair).chance for pair in ((0, 0), (3, 1), (9, 9))]
    assert chances == pytest.approx(expected)


def test_learns_the_prior_that_people_were_drawn_from() -> None:
    random = np.random.default_rng(42)
    shifts = random.integers(5, 60, 4_000)
    worked = random.binomial(shifts, random.beta(16, 4, 4_000))

    prior = learn_prior(worked, shifts - worked)

    assert prior.mean == pytest.approx(0.8, abs=0.01)
    assert prior.weight == pytest.approx(20, rel=0.15)


def test_with_few_people_the_trade_still_counts() -> None:
    """The trade's ten shifts and these ten, with its weight: 8.3 + 9 of 20 came."""
    prior = learn_prior([5, 4], [0, 1])

    assert prior.mean == pytest.approx(17.3 / 20)
    assert prior.weight == pytest.approx(TRADE_PRIOR.weight)
    assert learn_prior([], []).mean == pytest.approx(TRADE_PRIOR.mean)


@pytest.mark.parametrize(
    ("worked", "missed"), [([10] * 20, [0] * 20), ([8] * 20, [2] * 20)], ids=["all sure", "all the same"]
)
def test_people_who_do_not_differ_share_one_chance(worked: list[int], missed: list[int]) -> None:
    """Their mean weighs as much as all 200 shifts seen; nobody's own ten shifts change much."""
    prior = learn_prior(worked, missed)

    assert prior.mean == pytest.approx((8.3 + sum(worked)) / 210)
    assert prior.weight == pytest.approx(200)


def test_one_shift_each_does_not_tell_how_people_differ() -> None:
    assert learn_prior([1] * 20, [0] * 20).weight == pytest.approx(TRADE_PRIOR.weight)


def test_refuses_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="negative"):
        chance_to_show(-1, 0)
    with pytest.raises(ValueError, match="negative"):
        chances_to_show([1], [-1])
    with pytest.raises(ValueError, match="negative"):
        learn_prior([1], [-1])
    with pytest.raises(ValueError, match="alpha and beta"):
        Prior(alpha=0, beta=1)
    with pytest.raises(ValueError, match="confidence"):
        chance_to_show(1, 1, confidence=0)
