"""Estimates are the maximum of a likelihood that is worked out in another way, and find what was drawn."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit

from exams.irt.calibrate import Calibration, CalibrationError, calibrate
from exams.irt.likelihood import Prior
from exams.irt.models import Array, Items, Model
from tests.exams.irt.make import draw_answers, integrate_log_likelihood

NAN = float("nan")
FOUR = Items.from_difficulties(["p", "q", "r", "s"], a=[1.5, 0.8, 1.1, 2.0], b=[-1.0, 0.5, 1.2, 0.0], c=0.15)


def names(count: int) -> list[str]:
    return [f"i{number:02}" for number in range(count)]


def numbers(found: Calibration, name: str) -> Array:
    return np.array([getattr(item, name) for item in found.items], dtype=np.float64)


def second_derivative(value: Callable[[Array], float], at: Array) -> Array:
    step = 1e-3
    shifts = step * np.eye(len(at))
    found = np.empty((len(at), len(at)))
    for row, column in itertools.combinations_with_replacement(range(len(at)), 2):
        x, y = shifts[row], shifts[column]
        found[row, column] = found[column, row] = (
            value(at + x + y) - value(at + x - y) - value(at - x + y) + value(at - x - y)
        ) / (4 * step * step)
    return found


@pytest.mark.parametrize("model", [Model.TWO_PL, Model.THREE_PL])
def test_estimates_are_the_top_of_the_integrated_likelihood_and_errors_its_curvature(model: Model) -> None:
    answers = draw_answers(FOUR.pick([0, 1, 3]), 800, seed=3)
    answers[:60, 1] = NAN
    prior = Prior(mean=-1.2, sd=0.4) if model is Model.THREE_PL else None

    found = calibrate(answers, item_ids=["p", "q", "s"], model=model, prior=prior)

    a, d, c = numbers(found, "a"), numbers(found, "d"), numbers(found, "c")
    at = np.concatenate([a, d, np.log(c / (1 - c))]) if prior else np.concatenate([a, d])

    def value(point: Array) -> float:
        guessing = expit(point[6:]) if prior else np.zeros(3)
        away = (point[6:] - prior.mean) / prior.sd if prior else np.zeros(3)
        return integrate_log_likelihood(answers, point[:3], point[3:6], guessing) - 0.5 * float(away @ away)

    assert found.converged
    assert found.log_likelihood == pytest.approx(integrate_log_likelihood(answers, a, d, c), abs=1e-6)
    for shift in 1e-3 * np.eye(len(at)):
        assert (value(at + shift) - value(at - shift)) / 2e-3 == pytest.approx(0, abs=5e-3)
    errors = np.sqrt(np.linalg.inv(-second_derivative(value, at)).diagonal())
    assert numbers(found, "se_a") == pytest.approx(errors[:3], rel=1e-3)
    assert numbers(found, "se_d") == pytest.approx(errors[3:6], rel=1e-3)
    # In slopes and difficulties the top is the same, and its curvature gives their errors.
    by_b = np.concatenate([a, -d / a, at[6:]])
    errors = np.sqrt(
        np.linalg.inv(
            -second_derivative(lambda p: value(np.concatenate([p[:3], -p[:3] * p[3:6], p[6:]])), by_b)
        ).diagonal()
    )
    assert numbers(found, "se_b") == pytest.approx(errors[3:6], rel=2e-3)
    if prior:
        assert numbers(found, "se_c") == pytest.approx(c * (1 - c) * errors[6:], rel=1e-3)


def test_parameters_that_answers_were_drawn_from_are_found_within_their_errors() -> None:
    slopes = [1.0, 0.7, 1.6, 2.2, -0.8, 0.3, 1.2, 0.9, 1.4, 1.1]
    difficulties = [0.0, -2.0, 1.0, 0.3, 0.5, 13.0, -0.7, 2.5, -1.2, 0.8]
    truth = Items.from_difficulties(names(10), a=slopes, b=difficulties)
    answers = draw_answers(truth, 4000, seed=11)
    answers[np.random.default_rng(5).random(answers.shape) < 0.3] = NAN

    found = calibrate(answers, item_ids=truth.ids, model=Model.TWO_PL)

    assert (np.abs(numbers(found, "a") - truth.a) / numbers(found, "se_a") < 3.5).all()
    assert (np.abs(numbers(found, "d") - truth.d) / numbers(found, "se_d") < 3.5).all()
    # A difficulty far outside the people is not pulled in.
    assert 6 < numbers(found, "b")[5] < 40
    assert found.items[4].remarks == ("negative slope: the weaker do better on it, check the key",)
    assert [item.answers for item in found.items] == (~np.isnan(answers)).sum(axis=0).tolist()


def test_ability_points_where_most_of_the_slopes_do() -> None:
    truth = Items.from_difficulties(names(4), a=[1.5, 1.5, -1.8, -1.8], b=[0.2, -0.4, 0.1, 0.5])

    for mirrored in (truth, dataclasses.replace(truth, a=-truth.a)):
        found = calibrate(draw_answers(mirrored, 3000, seed=3), item_ids=truth.ids, model=Model.TWO_PL)

        assert numbers(found, "a") == pytest.approx([-1.5, -1.5, 1.8, 1.8], abs=0.4)
        assert numbers(found, "se_a") == pytest.approx([0.1] * 4, abs=0.1)


def test_guessing_is_found_with_the_prior_and_without() -> None:
    rng = np.random.default_rng(2)
    truth = Items.from_difficulties(names(12), a=rng.uniform(0.8, 2, 12), b=np.linspace(-2, 2, 12), c=0.2)
    answers = draw_answers(truth, 2000, seed=8)
    theta = np.linspace(-3, 3, 61)
    weights = np.exp(-0.5 * theta**2) / np.exp(-0.5 * theta**2).sum()

    for prior in (Prior(), None):
        found = calibrate(answers, item_ids=truth.ids, model=Model.THREE_PL, prior=prior)
        curves = found.estimated().probability(theta) - truth.probability(theta)

        assert float((np.abs(curves) @ weights).mean()) < 0.02
        assert (found.warnings == ()) == (prior is not None)


def test_a_guessing_parameter_that_goes_to_nought_is_nought_and_the_rest_keeps_its_errors() -> None:
    truth = Items.from_difficulties(names(6), a=1.5, b=[-2, -1, 0, 0.5, 1, 1.5])
    answers = draw_answers(truth, 1500, seed=4)

    found = calibrate(answers, item_ids=truth.ids, model=Model.THREE_PL, prior=None)

    gone = [item for item in found.items if item.c == 0]
    assert gone
    assert found.converged
    assert found.parameters == 18 - len(gone)
    for item in gone:
        assert item.se_c is None
        assert item.se_a is not None
        assert "no sign of guessing: c is 0" in item.remarks


def test_rasch_has_one_slope_and_its_conditional_difficulties_are_those_of_all_orderings() -> None:
    truth = Items.from_difficulties(names(5), a=1.3, b=[-1.5, -0.5, 0, 0.6, 1.8])
    answers = draw_answers(truth, 700, seed=6)

    found = calibrate(answers, item_ids=truth.ids, model=Model.RASCH)

    def conditional(b: Array) -> float:
        """The chance of each row among all rows with the same number right, counted out."""
        worth = {row: math.exp(-float(np.dot(row, b))) for row in itertools.product((0, 1), repeat=5)}
        sums = {score: sum(v for row, v in worth.items() if sum(row) == score) for score in range(6)}
        return sum(math.log(worth[row] / sums[sum(row)]) for row in (tuple(map(int, r)) for r in answers))

    assert len(set(numbers(found, "a").tolist())) == 1
    assert found.latent_sd == pytest.approx(1.3, abs=0.2)
    b = numbers(found, "cml_b")
    assert b.sum() == pytest.approx(0, abs=1e-9)
    assert found.cml_log_likelihood == pytest.approx(conditional(b), abs=1e-6)
    for shift in 1e-3 * np.eye(5):
        assert (conditional(b + shift) - conditional(b - shift)) / 2e-3 == pytest.approx(0, abs=5e-3)
    covariance = np.linalg.pinv(-second_derivative(conditional, b), rcond=1e-5, hermitian=True)
    assert numbers(found, "cml_se") == pytest.approx(np.sqrt(covariance.diagonal()), rel=1e-3)


def test_conditional_difficulties_join_people_who_had_different_items() -> None:
    truth = Items.from_difficulties(names(6), a=1.0, b=[-1.5, -0.5, 0, 0.3, 0.9, 1.5])
    answers = draw_answers(truth, 6000, seed=21)
    answers[:3000, :2] = NAN
    answers[3000:, 4:] = NAN

    found = calibrate(answers, item_ids=truth.ids, model=Model.RASCH)

    away = numbers(found, "cml_b") - (truth.b - truth.b.mean())
    assert (np.abs(away) < 3.5 * numbers(found, "cml_se")).all()


def test_lines_with_counts_are_the_same_as_lines_written_out() -> None:
    answers = draw_answers(FOUR, 500, seed=9)
    rows, counts = np.unique(answers, axis=0, return_counts=True)

    whole = calibrate(answers, item_ids=FOUR.ids, model=Model.TWO_PL)
    counted = calibrate(rows, item_ids=FOUR.ids, model=Model.TWO_PL, counts=counts.astype(np.float64))

    assert counted.people == 500
    assert counted.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-6)
    assert numbers(counted, "a") == pytest.approx(numbers(whole, "a"), abs=1e-5)
    assert counted.bic == pytest.approx(math.log(500) * 8 - 2 * counted.log_likelihood)


def test_items_with_answers_all_alike_are_left_out_and_named() -> None:
    answers = np.column_stack(
        [draw_answers(FOUR, 400, seed=1), np.ones(400), np.zeros(400), np.full(400, NAN)]
    )

    found = calibrate(answers, item_ids=[*FOUR.ids, "all", "none", "empty"], model=Model.RASCH)

    assert [item.a is None for item in found.items] == [False] * 4 + [True] * 3
    assert found.items[4].remarks == ("everybody is right: no difficulty can be estimated",)
    assert found.items[5].remarks == ("nobody is right: no difficulty can be estimated",)
    assert found.items[6].remarks == ("no answers",)
    assert found.warnings[0].startswith("all, none, empty: all answers alike or none at all")
    assert found.log_likelihood == pytest.approx(
        calibrate(answers[:, :4], item_ids=FOUR.ids, model=Model.RASCH).log_likelihood
    )
    assert "NaN" not in json.dumps(found.to_json())


@pytest.mark.parametrize(
    ("people", "model", "why"),
    [
        (499, Model.RASCH, "has 499, and 2PL needs 500 an item."),
        (500, Model.TWO_PL, "has 500, and 3PL needs 1,000 an item."),
        (1000, Model.THREE_PL, "every item has at least 1,000 answers"),
    ],
)
def test_the_number_of_answers_chooses_the_model_and_says_so(people: int, model: Model, why: str) -> None:
    found = calibrate(draw_answers(FOUR, people, seed=13), item_ids=FOUR.ids)

    assert found.model is model
    assert why in found.reason
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("people", "model", "warning"),
    [
        (25, Model.RASCH, "p, q, r, s: fewer than 30 answers (the fewest: 25), too few for Rasch"),
        (150, Model.TWO_PL, "below 200 only Rasch can be trusted: use --model rasch."),
        (400, Model.TWO_PL, "too few for 2PL; Rasch is safer."),
        (700, Model.THREE_PL, "too few for 3PL; 2PL is safer."),
    ],
)
def test_too_few_answers_are_said_to_be_too_few(people: int, model: Model, warning: str) -> None:
    found = calibrate(draw_answers(FOUR, people, seed=13), item_ids=FOUR.ids, model=model)

    assert warning in found.warnings[0]


@pytest.mark.parametrize(
    ("answers", "model", "reason"),
    [
        ([[1, 0], [0, 1]], Model.TWO_PL, "2PL needs at least 3 items with both right and wrong answers"),
        ([[1.0], [0.0]], None, "Rasch needs at least 2 items .* and there is 1: add items or answers."),
        ([[1, 0, 1]], None, "and there are 0"),
        ([[NAN, NAN]], None, "and there are 0"),
    ],
)
def test_answers_that_tell_nothing_are_refused(
    answers: list[list[float]], model: Model | None, reason: str
) -> None:
    with pytest.raises(CalibrationError, match=reason):
        calibrate(np.array(answers, dtype=np.float64), item_ids=names(len(answers[0])), model=model)


def test_two_people_who_agree_in_nothing_get_figures_and_warnings_not_a_crash() -> None:
    answers = np.array([[1.0, 0, 1], [0, 1, 0]])

    rasch = calibrate(answers, item_ids=names(3))
    steep = calibrate(answers, item_ids=names(3), model=Model.TWO_PL)

    assert any("hang together no better than chance" in warning for warning in rasch.warnings)
    assert not steep.converged
    assert any("did not settle" in warning for warning in steep.warnings)
    assert any("grows without limit" in remark for remark in steep.items[0].remarks)


def test_a_matrix_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"person 1 has 0.5 in b, not 0 or 1"):
        calibrate(np.array([[1.0, 0.5]]), item_ids=["a", "b"])
    with pytest.raises(ValueError, match="there are 3 items"):
        calibrate(np.array([[1.0, 0.5]]), item_ids=["a", "b", "c"])
    with pytest.raises(ValueError, match="two items have the same name"):
        calibrate(np.array([[1.0, 0.0]]), item_ids=["a", "a"])
