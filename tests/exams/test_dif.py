"""Groups of the same ability are compared: by hand, and on answers whose differences are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from exams.dif import compare_groups
from exams.irt.dif import compare_curves
from exams.irt.models import Array, Items, Model

NAMES = tuple(f"i{at:02}" for at in range(20))
Mask = NDArray[np.bool_]


def draw_groups(
    people: int, share: float, *, harder: float, seed: int, mean: float = -0.6
) -> tuple[Array, Mask]:
    """Answers to 20 items; the group is less able by 0.6, and item 0 is harder for it besides."""
    rng = np.random.default_rng(seed)
    group = rng.random(people) < share
    theta = rng.normal(size=people) + mean * group
    b = np.linspace(-1.5, 1.5, 20)[rng.permutation(20)]
    items = Items.from_difficulties(NAMES, a=rng.uniform(0.8, 1.6, 20), b=b)
    z = items.a * theta[:, None] + items.d
    z[:, 0] -= harder * items.a[0] * group
    return (rng.random(z.shape) < 1 / (1 + np.exp(-z))).astype(np.float64), group


def test_two_totals_by_hand() -> None:
    # Totals 0 and 1 of the others' matching: (right, wrong) of the others, then of the group.
    tables = [((30, 20), (10, 15)), ((40, 10), (15, 10))]
    right, group, strata = [], [], []
    for stratum, (others, mine) in enumerate(tables):
        for who, (solved, missed) in ((False, others), (True, mine)):
            right += [1.0] * solved + [0.0] * missed
            group += [who] * (solved + missed)
            strata += [stratum] * (solved + missed)

    found = compare_groups(
        np.array(right)[:, None], np.array(group), item_ids=("x",), strata=np.array(strata, dtype=np.intp)
    )[0]

    r = [30 * 15 / 75, 40 * 10 / 75]
    s = [20 * 10 / 75, 10 * 15 / 75]
    ratio = sum(r) / sum(s)
    expected = 50 * 40 / 75 + 50 * 55 / 75
    variance = 50 * 25 * 40 * 35 / (75**2 * 74) + 50 * 25 * 55 * 20 / (75**2 * 74)
    assert found.odds_ratio == pytest.approx(ratio)
    assert found.chi_square == pytest.approx((abs(70 - expected) - 0.5) ** 2 / variance)
    assert found.delta == pytest.approx(-2.35 * math.log(ratio))
    same, other = [45 / 75, 50 / 75], [30 / 75, 25 / 75]
    error = math.sqrt(
        sum(p * x for p, x in zip(same, r, strict=True)) / (2 * sum(r) ** 2)
        + sum(p * y + q * x for p, q, x, y in zip(same, other, r, s, strict=True)) / (2 * sum(r) * sum(s))
        + sum(q * y for q, y in zip(other, s, strict=True)) / (2 * sum(s) ** 2)
    )
    assert found.delta_se == pytest.approx(2.35 * error)
    # Below -1.5, but not surely below -1; with four times the people it is.
    assert found.ets_class == "B"
    four = compare_groups(
        np.array(right * 4)[:, None],
        np.array(group * 4),
        item_ids=("x",),
        strata=np.array(strata * 4, dtype=np.intp),
    )[0]
    assert four.delta == pytest.approx(found.delta)
    assert four.ets_class == "C"


def test_the_error_of_delta_is_what_it_varies_by() -> None:
    deltas, errors = [], []
    for seed in range(40):
        right, group = draw_groups(600, 0.3, harder=0.0, seed=seed)
        found = compare_groups(right, group, item_ids=NAMES, purify=False)[0]
        assert found.delta is not None
        assert found.delta_se is not None
        deltas.append(found.delta)
        errors.append(found.delta_se)

    assert float(np.std(deltas, ddof=1)) == pytest.approx(float(np.mean(errors)), rel=0.3)


@pytest.mark.parametrize(("share", "people"), [(0.5, 3000), (0.08, 4000)])
def test_an_item_that_is_harder_for_the_group_is_found_and_less_ability_alone_is_not(
    share: float, people: int
) -> None:
    right, group = draw_groups(people, share, harder=0.9, seed=3)

    totals = compare_groups(right, group, item_ids=NAMES)
    curves = compare_curves(right, group, item_ids=NAMES)

    assert totals[0].ets_class == "C"
    assert totals[0].delta is not None
    assert totals[0].delta < -1.5
    assert [item.ets_class for item in totals[1:]].count("A") >= 18
    assert curves is not None
    model, found = curves
    assert model is (Model.TWO_PL if share == 0.5 else Model.RASCH)
    assert found["i00"].p < 0.001
    # 0.9 on the ability scale is about a sixth of all answers.
    assert -24 < found["i00"].difference_percent < -11
    assert sum(found[name].p < 0.01 for name in NAMES[1:]) <= 1


def test_items_that_differ_are_taken_out_of_what_people_are_matched_by() -> None:
    right, group = draw_groups(4000, 0.5, harder=0.0, seed=8)
    rng = np.random.default_rng(1)
    # Six items nobody of the group solves but by luck make all others look easier for it.
    for at in range(6):
        right[group, at] *= rng.random(int(group.sum())) < 0.4

    plain = compare_groups(right, group, item_ids=NAMES, purify=False)
    purified = compare_groups(right, group, item_ids=NAMES)

    assert sum(item.ets_class != "A" for item in plain[6:]) > 5
    assert sum(item.ets_class != "A" for item in purified[6:]) <= 1
    assert all(item.ets_class == "C" for item in purified[:6])
    # An item that is taken out still counts where it is compared itself.
    fair = [at for at, item in enumerate(purified) if item.ets_class == "A"]
    matched = (right[:, fair].sum(axis=1) + right[:, 0]).astype(np.intp)
    assert purified[0] == compare_groups(right, group, item_ids=NAMES, strata=matched)[0]
    curves = compare_curves(right, group, item_ids=NAMES)
    assert curves is not None
    assert sum(curves[1][name].p < 0.01 for name in NAMES[6:]) <= 1
    assert all(curves[1][name].p < 1e-6 for name in NAMES[:6])


def test_what_cannot_be_compared_is_none() -> None:
    group = np.array([True, True, False, False])
    # Everybody right; and only one group at each total.
    right = np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]])

    found = compare_groups(right, group, item_ids=("same", "apart"))

    assert [(item.odds_ratio, item.p, item.ets_class) for item in found] == [(None, None, None)] * 2
    assert compare_curves(right, group, item_ids=("same", "apart")) is None
    with pytest.raises(ValueError, match="need strata"):
        compare_groups(np.array([[1.0, np.nan]]), np.array([True]), item_ids=("a", "b"))
