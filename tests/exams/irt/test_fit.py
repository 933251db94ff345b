"""An item that keeps to its curve fits; one that does not is seen."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from exams.irt.calibrate import calibrate
from exams.irt.fit import expected_shares, find_fit
from exams.irt.models import Items, Model
from exams.irt.patterns import normal_grid
from tests.exams.irt.make import draw_answers

FOUR = Items.from_difficulties(["p", "q", "r", "s"], a=[1.5, 0.8, 1.1, 2.0], b=[-1.0, 0.5, 1.2, 0.0], c=0.15)


def test_expected_shares_are_those_of_all_rows_counted_out() -> None:
    grid = normal_grid()
    p = FOUR.probability(grid.levels)
    reach, both = np.zeros(5), np.zeros((4, 5))
    for row in itertools.product((0, 1), repeat=4):
        answers = np.array(row)[:, None]
        chance = float(np.where(answers == 1, p, 1 - p).prod(axis=0) @ grid.weights)
        reach[sum(row)] += chance
        both[:, sum(row)] += chance * np.array(row)

    assert expected_shares(FOUR) == pytest.approx(both[:, 1:4] / reach[1:4])


def test_items_that_keep_to_their_curves_fit_and_mean_squares_are_one() -> None:
    truth = Items.from_difficulties([f"i{at}" for at in range(15)], a=1.3, b=np.linspace(-1.5, 1.5, 15))
    answers = draw_answers(truth, 2500, seed=2)
    found = calibrate(answers, item_ids=truth.ids, model=Model.TWO_PL)

    fits = find_fit(found.estimated(), answers, model=found.model)

    assert sum(fit.p is not None and fit.p < 0.01 for fit in fits) <= 1
    assert all(fit.rmsea is not None and fit.rmsea < 0.03 for fit in fits)
    assert [fit.infit for fit in fits] == pytest.approx([1.0] * 15, abs=0.03)
    assert [fit.outfit for fit in fits] == pytest.approx([1.0] * 15, abs=0.1)


def test_items_that_do_not_keep_to_a_curve_are_seen() -> None:
    truth = Items.from_difficulties([f"i{at}" for at in range(15)], a=1.3, b=np.linspace(-1.5, 1.5, 15))
    answers = draw_answers(truth, 2500, seed=2)
    rng = np.random.default_rng(3)
    total = answers.sum(axis=1)
    # The weak and the strong solve it, those between do not; and one is thrown like a coin.
    answers[:, 7] = rng.random(2500) < np.where((total < 5) | (total > 11), 0.8, 0.3)
    answers[:, 3] = rng.random(2500) < 0.5

    curves = calibrate(answers, item_ids=truth.ids, model=Model.TWO_PL)
    bent = find_fit(curves.estimated(), answers, model=curves.model)
    rasch = calibrate(answers, item_ids=truth.ids, model=Model.RASCH)
    random = find_fit(rasch.estimated(), answers, model=rasch.model)

    assert bent[7].p is not None
    assert bent[7].p < 1e-6
    assert bent[7].rmsea is not None
    assert bent[7].rmsea > 0.1
    # A flat curve is still a curve for 2PL; for Rasch it is noise.
    assert random[3].infit > 1.2
    assert random[3].infit == max(fit.infit for at, fit in enumerate(random) if at != 7)


def test_people_with_different_items_have_mean_squares_only() -> None:
    answers = draw_answers(FOUR, 4000, seed=4)
    answers[:2000, 0] = np.nan

    fits = find_fit(FOUR, answers, model=Model.THREE_PL)

    assert all((fit.s_x2, fit.df, fit.p, fit.rmsea) == (None, None, None, None) for fit in fits)
    assert [fit.infit for fit in fits] == pytest.approx([1.0] * 4, abs=0.05)


def test_scores_that_hardly_anybody_has_are_put_together() -> None:
    items = Items.from_difficulties([f"i{at}" for at in range(12)], a=1.0, b=-2.5)
    answers = draw_answers(items, 200, seed=5)

    fits = find_fit(items, answers, model=Model.TWO_PL)

    # Eleven scores, of which the low ones have no people.
    assert all(fit.df is None or fit.df < 7 for fit in fits)
