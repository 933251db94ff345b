"""The second sitting beside the first."""

from __future__ import annotations

import pytest

from exams.integrity.confirmation import compare_results


def test_the_lady_tasting_tea() -> None:
    """Fisher's own example: of eight cups four each; no match at all has a chance of 1 in 70."""
    found = compare_results(first_right=4, first_items=4, second_right=0, second_items=4)

    assert found.p == pytest.approx(1 / 70)


@pytest.mark.parametrize(("second_right", "agrees"), [(10, True), (6, True), (5, False), (0, False)])
def test_a_great_fall_differs_and_a_small_one_does_not(second_right: int, agrees: bool) -> None:
    found = compare_results(first_right=19, first_items=20, second_right=second_right, second_items=10)

    assert found.agrees is agrees


def test_doing_better_never_speaks_against_anybody() -> None:
    assert compare_results(first_right=8, first_items=20, second_right=10, second_items=10).agrees


def test_a_result_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="11 right of 10 items"):
        compare_results(first_right=8, first_items=20, second_right=11, second_items=10)
