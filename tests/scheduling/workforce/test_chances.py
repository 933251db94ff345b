"""The chance to stay until a day and to work it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scheduling.workforce.attendance import TRADE_PRIOR
from scheduling.workforce.chances import Histories, learn_chances
from scheduling.workforce.staying import STRETCHES, TRADE_DAYS, TRADE_RATE, LeavingRates, learn_rates


class TestRates:
    def test_nobody_known_leaves_like_the_trade(self) -> None:
        """One in ten within thirty days: 19 % of the people planned two months ahead are gone by the day."""
        rates = learn_rates([], [], [], cohorts=1)

        assert rates.a_day[0] == pytest.approx([TRADE_RATE] * len(STRETCHES))
        assert rates.chance_to_stay(0, 0.0, 60.0) == pytest.approx(0.81)

    def test_one_cohort_is_leavings_over_days_with_the_trades_one_added(self) -> None:
        """Ten people came to day 60, four left on day 30; one of the others did on day 100."""
        tenure = [30.0] * 4 + [100.0] * 6
        rates = learn_rates(tenure, [True] * 4 + [True] + [False] * 5, [0] * 10, cohorts=1)

        assert rates.a_day[0] == pytest.approx(
            [
                (1 + 4) / (TRADE_DAYS + 4 * 30 + 6 * 60),
                (1 + 1) / (TRADE_DAYS + 6 * 40),
                TRADE_RATE,
            ]
        )

    def test_cohorts_are_drawn_together_by_moments(self) -> None:
        """Marshall's weights, worked out by hand for two cohorts of 1,000 and 3,000 days."""
        tenure = [10.0] * 100 + [10.0] * 300
        left = [True] * 30 + [False] * 70 + [True] * 30 + [False] * 270
        rates = learn_rates(tenure, left, [0] * 100 + [1] * 300, cohorts=2)

        mean, everybody = 60 / 4000, 61 / (TRADE_DAYS + 4000)
        spread = (1000 * (0.03 - mean) ** 2 + 3000 * (0.01 - mean) ** 2) / 4000
        between = spread - mean / 2000
        expected = [
            everybody + between / (between + mean / days) * (own - everybody)
            for own, days in ((0.03, 1000), (0.01, 3000))
        ]
        assert rates.a_day[:, 0] == pytest.approx(expected)

    def test_cohorts_that_differ_by_chance_alone_get_one_rate(self) -> None:
        rates = learn_rates([10.0] * 200, ([True] + [False] * 9) * 20, [0] * 100 + [1] * 100, cohorts=2)

        assert rates.a_day[0, 0] == rates.a_day[1, 0]

    def test_finds_the_rates_that_people_left_by(self) -> None:
        random = np.random.default_rng(42)
        cohort = random.integers(0, 2, 6_000)
        stayed = random.exponential(1 / np.array([0.008, 0.002])[cohort])
        watched = random.uniform(5, 50, 6_000)

        rates = learn_rates(np.minimum(stayed, watched), stayed <= watched, cohort, cohorts=2)

        assert rates.a_day[:, 0] == pytest.approx([0.008, 0.002], rel=0.12)

    def test_staying_crosses_stretches(self) -> None:
        """Ten days at the first rate and twenty at the second."""
        rates = LeavingRates(a_day=np.array([[0.02, 0.001, 0.0005]]))

        assert rates.chance_to_stay(0, 50.0, 30.0) == pytest.approx(math.exp(-10 * 0.02 - 20 * 0.001))
        assert rates.chance_to_stay([0, 0], [0.0, 200.0], [-3.0, 10.0]) == pytest.approx(
            [1.0, math.exp(-0.005)]
        )

    def test_refuses_what_cannot_be(self) -> None:
        with pytest.raises(ValueError, match="less than 0 days"):
            learn_rates([-1.0], [False], [0], cohorts=1)
        with pytest.raises(ValueError, match="from 0 to 0"):
            learn_rates([1.0], [False], [1], cohorts=1)
        with pytest.raises(ValueError, match="one cohort a person"):
            learn_rates([1.0], [False], [0, 0], cohorts=1)
        with pytest.raises(ValueError, match="less than 0 days"):
            learn_rates([1.0], [False], [0], cohorts=1).chance_to_stay(0, -1.0, 1.0)


class TestPeople:
    def test_working_is_staying_and_showing(self) -> None:
        chances = learn_chances(
            Histories(worked=[0, 9], missed=[0, 1], tenure_days=[0, 400], left=[0, 0], cohort=[0, 1])
        )

        stay = chances.to_stay([0, 1], [30.0, 0.0])
        assert stay[1] == 1.0
        assert chances.to_work([0, 1], [30.0, 0.0]) == pytest.approx(stay * chances.show)
        assert chances.show[0] == pytest.approx(chances.prior.mean)

    def test_who_left_works_no_shift(self) -> None:
        chances = learn_chances(Histories(worked=[9], missed=[0], tenure_days=[400], left=[1], cohort=[0]))

        assert chances.to_work([0], [1.0]) == pytest.approx([0.0])

    def test_without_anybody_there_is_the_trade(self) -> None:
        chances = learn_chances(Histories(worked=[], missed=[], tenure_days=[], left=[], cohort=[]))

        assert chances.prior.mean == pytest.approx(TRADE_PRIOR.mean)
        assert chances.prior.weight == pytest.approx(TRADE_PRIOR.weight)
