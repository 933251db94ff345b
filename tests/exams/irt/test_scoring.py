"""Abilities against published values and against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from exams.irt.models import Items
from exams.irt.patterns import normal_grid
from exams.irt.scoring import (
    Method,
    Scores,
    empirical_reliability,
    marginal_reliability,
    score_people,
    total_information,
)
from tests.exams.irt.make import draw_answers

NAN = float("nan")
UPPER = Items.from_difficulties(
    ["x", "y", "z"], a=[1.32, 1.07, 0.84], b=[-0.63, 0.18, -0.84], c=[0.17, 0.1, 0.19], u=[0.87, 0.93, 1]
)
SCHOOL = Items.from_difficulties(
    ["1", "2", "3", "4", "5"],
    a=[0.8253715, 0.7229499, 0.8904748, 0.6885502, 0.6574516],
    b=[-3.3597341, -1.3696497, -0.2798983, -1.8659189, -3.1235725],
)


def test_the_posterior_mean_of_the_reference() -> None:
    found = score_people(UPPER, np.array([[0.0, 1, 0]]), grid=normal_grid(161, span=4))

    assert found.theta[0] == pytest.approx(-0.4565068, abs=1e-4)


def test_posterior_mean_and_deviation_are_those_of_the_integral() -> None:
    def integrand(theta: float, power: int) -> float:
        p = UPPER.probability(theta)[:, 0]
        return float(theta**power * math.exp(-0.5 * theta**2) * (1 - p[0]) * p[1])

    moments = [quad(integrand, -12, 12, args=(power,), epsabs=1e-13)[0] for power in range(3)]
    mean = moments[1] / moments[0]

    found = score_people(UPPER, np.array([[0, 1, NAN]]))

    assert found.theta[0] == pytest.approx(mean, abs=1e-7)
    assert found.se[0] == pytest.approx(math.sqrt(moments[2] / moments[0] - mean**2), abs=1e-6)


@pytest.mark.parametrize(
    ("row", "mode", "error"), [("00000", -1.895, 0.795), ("01111", 0.023, 0.828), ("11111", 0.606, 0.855)]
)
def test_posterior_modes_of_the_reference(row: str, mode: float, error: float) -> None:
    found = score_people(SCHOOL, np.array([[float(cell) for cell in row]]), method=Method.MAP)

    assert found.theta[0] == pytest.approx(mode, abs=1e-3)
    assert found.se[0] == pytest.approx(error, abs=1e-3)


@pytest.mark.parametrize(
    ("b", "row", "theta"),
    [
        ([0.7, 0.9, 0.6], [0, 1, 0], 0.0375530712),
        ([-1.603, 0.909], [1, 0], -0.347),
        ([-2.1851, -0.2897194], [1, 0], -1.237413),
    ],
)
def test_most_likely_abilities_of_the_reference(b: list[float], row: list[int], theta: float) -> None:
    items = Items.from_difficulties([str(at) for at in range(len(b))], a=1.0, b=b)

    found = score_people(items, np.array([row], dtype=np.float64), method=Method.ML)

    assert found.theta[0] == pytest.approx(theta, abs=1e-5)
    assert found.se[0] == pytest.approx(1 / math.sqrt(total_information(items, found.theta)[0]))


def test_who_has_all_right_or_all_wrong_has_no_most_likely_ability() -> None:
    rows = np.array([[1.0, 1, 1], [0, 0, 0], [NAN, NAN, NAN], [1, 0, 1]])
    items = Items.from_difficulties(["x", "y", "z"], a=1.0, b=[-1, 0, 1])

    found = score_people(items, rows, method=Method.ML)

    assert np.isnan(found.theta).tolist() == [True, True, True, False]
    assert np.isnan(found.se).tolist() == [True, True, True, False]


def test_somebody_without_answers_has_the_prior() -> None:
    for method in (Method.EAP, Method.MAP):
        found = score_people(UPPER, np.array([[NAN, NAN, NAN], [1, 1, 1]]), method=method)

        assert (found.theta[0], found.se[0]) == (0.0, 1.0)
        assert found.theta[1] > 0


def test_reliability_is_the_share_of_abilities_that_is_no_error() -> None:
    items = Items.from_difficulties([str(at) for at in range(30)], a=1.4, b=np.linspace(-2, 2, 30))
    rng = np.random.default_rng(4)
    theta = rng.normal(size=4000)
    answers = (rng.random((4000, 30)) < items.probability(theta).T).astype(np.float64)

    eap = score_people(items, answers)
    square = np.corrcoef(eap.theta, theta)[0, 1] ** 2

    assert empirical_reliability(eap) == pytest.approx(square, abs=0.02)
    assert marginal_reliability(items) == pytest.approx(square, abs=0.03)
    ml = score_people(items, answers, method=Method.ML)
    assert empirical_reliability(ml, method=Method.ML) == pytest.approx(square, abs=0.06)
    assert empirical_reliability(Scores(theta=np.array([1.0]), se=np.array([0.5]))) is None


def test_errors_are_as_large_as_the_standard_error_says() -> None:
    items = Items.from_difficulties([str(at) for at in range(10)], a=1.2, b=np.linspace(-1, 1, 10), c=0.2)
    found = score_people(items, draw_answers(items, 500, seed=2))

    # The posterior never knows less than the prior, nor more than all items together tell.
    assert (found.se < 1).all()
    assert (found.se > 1 / np.sqrt(1 + items.information(np.linspace(-4, 4, 81)).sum(axis=0).max())).all()
