"""Pairs that agree too often: exact tails, no false alarm, and copying that is found."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from exams.integrity.control import false_discovery_limit
from exams.integrity.similarity import estimate_chances, find_similar_pairs
from exams.integrity.tails import tail, tail_given_scores
from tests.exams.integrity.make import draw, name


def test_the_tail_is_the_sum_over_all_ways() -> None:
    chances = np.random.default_rng(7).uniform(0.05, 0.95, 9)
    for least in range(11):
        total = sum(
            np.prod(np.where(ways, chances, 1 - chances))
            for ways in itertools.product([True, False], repeat=9)
            if sum(ways) >= least
        )
        assert tail(chances, least) == pytest.approx(total, abs=1e-12)


def test_the_tail_given_scores_is_the_sum_over_all_patterns() -> None:
    rng = np.random.default_rng(8)
    ease, alike = rng.uniform(0.2, 4.0, 6), rng.uniform(0.2, 0.6, 6)
    patterns = list(itertools.product([0, 1], repeat=6))
    weight = {one: float(np.prod(np.where(one, ease, 1.0))) for one in patterns}
    first, second = 4, 3
    whole, above = 0.0, 0.0
    for one in patterns:
        for other in patterns:
            if sum(one) != first or sum(other) != second:
                continue
            both_wrong = [place for place in range(6) if not one[place] and not other[place]]
            both_right = sum(mine and theirs for mine, theirs in zip(one, other, strict=True))
            chance = weight[one] * weight[other]
            whole += chance
            above += chance * tail(alike[both_wrong], 4 - both_right)

    found = tail_given_scores(ease=ease, alike=alike, scores=(first, second), least=4)

    assert found == pytest.approx(above / whole, rel=1e-10)


def test_nothing_is_found_among_people_who_work_by_themselves() -> None:
    found = [find_similar_pairs(draw(seed, people=300).records).found for seed in range(6)]

    # A false pair is allowed in one run of twenty.
    assert sum(map(len, found)) <= 2


def test_the_chance_of_a_pair_is_at_most_what_it_says() -> None:
    drawn = draw(11, people=600)
    chances = estimate_chances(drawn.records)
    codes = np.full((600, 20), -1)
    codes[drawn.records.person, drawn.records.item] = drawn.records.answer
    right = np.zeros((600, 20), dtype=bool)
    right[drawn.records.person, drawn.records.item] = drawn.records.right
    # Three hundred pairs with nobody in two of them.
    p = [
        tail_given_scores(
            ease=chances.ease,
            alike=chances.alike[np.arange(20), chances.band[one], chances.band[one + 1]],
            scores=(int(right[one].sum()), int(right[one + 1].sum())),
            least=int((codes[one] == codes[one + 1]).sum()),
        )
        for one in range(0, 600, 2)
    ]

    assert np.mean(np.array(p) <= 0.05) <= 0.08
    assert np.mean(np.array(p) <= 0.5) >= 0.3


def test_a_copied_exam_is_found_and_nobody_else() -> None:
    drawn = draw(12, people=300, items=40, bank=40, copying=6, copied=32)

    found = find_similar_pairs(drawn.records).found

    planted = {(name(298 - 2 * pair), name(299 - 2 * pair)) for pair in range(6)}
    pairs = {(pair.first, pair.second) for pair in found}
    assert len(pairs & planted) >= 5
    assert not pairs - planted
    assert all(pair.alike > pair.expected and max(pair.omega_first, pair.omega_second) > 3 for pair in found)


def test_identical_wrong_answers_tell_more_than_right_ones() -> None:
    ease, alike = np.ones(10), np.full(10, 1 / 3)

    wrong = tail_given_scores(ease=ease, alike=alike, scores=(4, 4), least=10)
    right = tail_given_scores(ease=ease, alike=alike, scores=(9, 9), least=10)

    assert wrong < right / 1000


def test_two_attempts_of_one_person_can_be_left_out() -> None:
    drawn = draw(13, people=200, items=40, bank=40, copying=1, copied=40)
    pair = (name(198), name(199))

    assert [(one.first, one.second) for one in find_similar_pairs(drawn.records).found] == [pair]
    assert find_similar_pairs(drawn.records, apart=[pair]).found == ()


def test_pairs_that_share_few_items_are_not_compared() -> None:
    drawn = draw(14, people=60, items=5, bank=40)

    assert find_similar_pairs(drawn.records).pairs == 0


class TestFalseDiscoveryLimit:
    def test_keeps_the_share_of_false_findings(self) -> None:
        """The worked example of Benjamini and Hochberg (1995), section 4: 15 tests, four stand at 0.05."""
        p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
            0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
        ]  # fmt: skip

        assert false_discovery_limit(p, tests=15, rate=0.05) == 0.0095

    def test_finds_nothing_where_nothing_stands(self) -> None:
        assert false_discovery_limit([0.04, 0.5], tests=2, rate=0.05) == 0.0
