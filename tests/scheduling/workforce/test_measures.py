"""The measures of contacts: their definitions, their intervals, and what they cannot be fooled by."""

from __future__ import annotations

import math
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from scheduling.workforce.measures import (
    first_manual_response,
    quantile,
    quantile_of_counts,
    question_answer_ratio,
    ratio_of_sums,
    resolution,
    satisfaction,
    service_level,
    share,
)


class TestShare:
    @given(contacts=st.integers(1, 500), part=st.floats(0, 1))
    def test_has_wilsons_interval(self, contacts: int, part: float) -> None:
        count = round(part * contacts)
        found = share(count, contacts)

        assert found is not None
        expected = binomtest(count, contacts).proportion_ci(0.95, method="wilson")
        assert [found.low, found.high] == pytest.approx([expected.low, expected.high])
        assert found.low <= found.value <= found.high

    def test_of_nothing_is_nothing(self) -> None:
        assert share(0, 0) is None

    def test_refuses_more_than_all(self) -> None:
        with pytest.raises(ValueError, match="between 0 and"):
            share(4, 3)
        with pytest.raises(ValueError, match="confidence"):
            share(1, 3, confidence=1)


class TestQuantile:
    def test_median_of_a_hundred_lies_between_the_40th_and_the_61st(self) -> None:
        """The textbook interval: 95 % of the time the median is between these ranks of a hundred."""
        found = quantile(np.arange(1, 101), 0.5)

        assert found is not None
        assert (found.value, found.low, found.high, found.contacts) == (50, 40, 61, 100)

    def test_too_few_values_give_all_there_is(self) -> None:
        found = quantile([3.0, 1.0], 0.9)

        assert found is not None
        assert (found.value, found.low, found.high) == (3, 1, 3)

    @given(values=st.lists(st.integers(0, 20), min_size=1, max_size=50), part=st.floats(0.05, 0.95))
    def test_counts_of_values_say_the_same_as_the_values(self, values: list[int], part: float) -> None:
        distinct = sorted(set(values), reverse=True)
        counts = [values.count(value) for value in distinct]

        found = quantile(values, part)

        assert found == quantile_of_counts(distinct, counts, part)
        assert found is not None
        assert found.low <= found.value <= found.high
        assert sum(value <= found.value for value in values) >= part * len(values) - 1e-6
        assert sum(value < found.value for value in values) <= part * len(values)

    def test_of_nothing_is_nothing(self) -> None:
        assert quantile([], 0.5) is None
        with pytest.raises(ValueError, match="part is 1"):
            quantile([1.0], 1)
        with pytest.raises(ValueError, match="numbers"):
            quantile([nan], 0.5)

    def test_the_interval_holds_the_truth_about_as_often_as_it_says(self) -> None:
        random = np.random.default_rng(7)
        truth = math.log(10)

        hits = 0
        for _ in range(400):
            found = quantile(random.exponential(1, 80), 0.9)
            assert found is not None
            hits += found.low <= truth <= found.high

        assert 0.93 <= hits / 400 <= 1


class TestFirstManualResponse:
    def test_counts_those_without_a_reply_against_the_share_at_once(self) -> None:
        found = first_manual_response([2, 5, 5.1, 40, nan])

        assert found.at_once is not None
        assert (found.at_once.value, found.at_once.contacts, found.unanswered) == (0.4, 5, 1)
        assert found.median_seconds is not None
        assert found.p90_seconds is not None
        assert (found.median_seconds.value, found.p90_seconds.value) == (5, 40)
        assert found.median_seconds.contacts == 4

    def test_without_any_reply_there_is_no_median(self) -> None:
        found = first_manual_response([nan, nan])

        assert found.median_seconds is None
        assert found.at_once is not None
        assert found.at_once.value == 0
        assert first_manual_response([]).at_once is None


class TestQuestionAnswerRatio:
    def test_is_the_sum_over_the_sum(self) -> None:
        found = question_answer_ratio([6, 0, 6], [5, 1, 4])

        assert found is not None
        assert (found.value, found.contacts) == (1.2, 3)
        residuals = [6 - 1.2 * 5, 0 - 1.2, 6 - 1.2 * 4]
        half = 1.959964 * math.sqrt(3 / 2 * sum(one**2 for one in residuals)) / 10
        assert [found.low, found.high] == pytest.approx([1.2 - half, 1.2 + half])

    @given(counts=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=30))
    def test_sums_say_the_same_as_the_counts(self, counts: list[tuple[int, int]]) -> None:
        agent, customer = (np.array(column) for column in zip(*counts, strict=True))

        found = question_answer_ratio(agent, customer)
        sums = ratio_of_sums(
            contacts=len(counts),
            agent=int(agent.sum()),
            customer=int(customer.sum()),
            agent_squared=int((agent**2).sum()),
            customer_squared=int((customer**2).sum()),
            product=int((agent * customer).sum()),
        )

        assert found == sums
        assert (found is None) == (customer.sum() == 0)

    def test_one_contact_says_nothing_of_the_spread(self) -> None:
        found = question_answer_ratio([3], [2])

        assert found is not None
        assert (found.value, found.low, found.high) == (1.5, 0, math.inf)

    def test_refuses_columns_of_different_length(self) -> None:
        with pytest.raises(ValueError, match="both counts"):
            question_answer_ratio([1, 2], [1])


def test_service_level_counts_the_never_answered_as_late() -> None:
    found = service_level([0, 30, 30.5, nan])

    assert found is not None
    assert (found.value, found.contacts) == (0.5, 4)
    assert service_level([]) is None


def test_satisfaction_comes_with_the_share_who_answered() -> None:
    found = satisfaction([5, 4, 2, nan, nan], satisfied_from=4)

    assert found.satisfied is not None
    assert found.response is not None
    assert [found.satisfied.value, found.satisfied.contacts] == pytest.approx([2 / 3, 3])
    assert (found.response.value, found.response.contacts) == (0.6, 5)


def test_satisfaction_of_silence_is_nothing() -> None:
    found = satisfaction([nan], satisfied_from=4)

    assert found.satisfied is None
    assert found.response is not None
    assert found.response.value == 0


def test_resolution() -> None:
    found = resolution([True, False, True, True])

    assert found is not None
    assert (found.value, found.contacts) == (0.75, 4)
