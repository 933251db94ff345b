"""Item statistics against a published oracle and against figures worked out by hand."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from exams.analysis import Matrix, analyse, cronbach_alpha

NAN = float("nan")
ORACLE = Path(__file__).parents[3] / "shared" / "data" / "moodle" / "item_stats"


def read_oracle() -> tuple[Matrix, list[float]]:
    """The attempts follow each other in the file, twenty rows each."""
    with (ORACLE / "mdl_question_states.csv").open(newline="") as file:
        states = list(csv.DictReader(file))
    attempts = [states[start : start + 20] for start in range(0, len(states), 20)]
    points = np.full((len(attempts), 20), np.nan)
    limits = [0.0] * 20
    for row, attempt in enumerate(attempts):
        assert sorted(int(state["slot"]) for state in attempt) == list(range(1, 21))
        assert len({state["sumgrades"] for state in attempt}) == 1
        for state in attempt:
            points[row, int(state["slot"]) - 1] = float(state["mark"])
            limits[int(state["slot"]) - 1] = float(state["maxmark"])
    return points, limits


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the published figures are not on this machine")
def test_every_figure_of_the_moodle_oracle_is_met_to_a_millionth() -> None:
    points, limits = read_oracle()
    expected = json.loads((ORACLE / "expected.json").read_text())

    found = analyse(points, item_ids=[str(slot) for slot in range(1, 21)], max_points=limits).items

    assert [item.facility_percent for item in found] == approximately(expected["facility"])
    assert [None if item.sd is None else item.sd * 1000 for item in found] == approximately(expected["sd"])
    # The oracle writes 0 where an item without points has no weight.
    assert [item.effective_weight or 0 for item in found] == approximately(expected["effectiveweight"])
    assert [item.discrimination_index for item in found] == approximately(expected["discriminationindex"])
    assert [item.discriminative_efficiency for item in found] == approximately(
        expected["discriminativeefficiency"]
    )


def approximately(values: list[float | None]) -> list[object]:
    return [None if value is None else pytest.approx(value, abs=1e-6) for value in values]


def test_alpha_and_standard_error_by_hand() -> None:
    # Totals 3, 2, 1, 0: variance 5/3. Items: variances 1/4, 1/3, 1/4. alpha = 3/2 (1 - (5/6) / (5/3)) = 0.75.
    points = np.array([[1.0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]])

    found = analyse(points, item_ids=["a", "b", "c"])

    assert found.alpha == pytest.approx(0.75)
    assert found.standard_error == pytest.approx(math.sqrt(5 / 3) * math.sqrt(0.25))
    assert found.mean_percent == pytest.approx(50)
    assert found.items[0].facility_percent == pytest.approx(75)
    # Item a against the rest (2, 1, 0, 0): covariance 1/4, standard deviations 1/2 and sqrt(11/12).
    assert found.items[0].discrimination_index == pytest.approx(100 * 0.25 / (0.5 * math.sqrt(11 / 12)))


def test_items_that_some_did_not_have_are_judged_by_those_who_had_them() -> None:
    points = np.array([[1.0, 1, NAN], [0, 0, NAN], [1, NAN, 1], [0, NAN, 0]])

    found = analyse(points, item_ids=["a", "b", "c"])

    assert [item.answers for item in found.items] == [4, 2, 2]
    assert [item.facility_percent for item in found.items] == [50, 50, 50]
    assert found.items[0].discrimination_index == pytest.approx(100)
    assert (found.alpha, found.standard_error) == (None, None)
    assert [item.effective_weight for item in found.items] == [None, None, None]


def test_what_cannot_be_said_is_none_and_not_a_number_that_is_none() -> None:
    everybody_right = np.ones((5, 2))

    found = analyse(everybody_right, item_ids=["a", "b"])

    assert found.alpha is None
    assert found.items[0].sd == 0
    assert found.items[0].discrimination_index is None
    assert "nan" not in json.dumps(found.to_json()).lower()


def test_sums_that_differ_only_in_the_last_binary_digit_do_not_discriminate() -> None:
    assert 0.1 + 0.2 + 0.3 != 0.3 + 0.2 + 0.1
    points = np.array([[1, 0.1, 0.2, 0.3], [0, 0.3, 0.2, 0.1]] * 3)

    found = analyse(points, item_ids=["a", "b", "c", "d"])

    assert found.items[0].discrimination_index is None


def test_an_item_that_favours_the_weak_is_remarked_upon() -> None:
    strong, weak = [0.0, 1, 1, 1], [1.0, 0, 0, 0]
    points = np.array([strong] * 20 + [weak] * 20)

    found = analyse(points, item_ids=["backwards", "b", "c", "d"])

    assert found.items[0].remarks == ("the weaker do better on it: check the key",)
    assert found.items[0].effective_weight is None
    assert found.items[1].remarks == ()


def test_few_answers_are_said_to_be_few() -> None:
    found = analyse(np.array([[1.0, 0]] * 29), item_ids=["a", "b"])

    assert found.items[0].remarks == ("fewer than 30 answers: too few to judge",)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([[1.0, 2.0]], "attempt 1 has 2 points in b, which brings 0 to 1"),
        ([[1.0, -0.5]], "attempt 1 has -0.5 points in b"),
        ([[NAN, NAN]], "no answer"),
        ([[1.0]], "there are 2 items"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(points: list[list[float]], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        analyse(np.array(points), item_ids=["a", "b"])


def test_alpha_of_a_single_item_does_not_exist() -> None:
    assert cronbach_alpha(np.array([[1.0], [0.0]])) is None
