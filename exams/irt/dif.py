"""Whether an item has another curve for a group: Lord's comparison of item parameters.

Both groups are calibrated by themselves, the group's units are put into those of the others by the items
that do not differ, and what is left of each item is held against its errors (F. M. Lord, 1980, Applications
of item response theory, chapter 14). 2PL from 500 answers an item in either group, else Rasch.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.special import chdtrc

from exams.irt.calibrate import TWO_PL_FROM, Calibration, CalibrationError, calibrate
from exams.irt.models import Array, Items, Mask, Model
from exams.irt.patterns import FEW_LEVELS, normal_grid

MOST_ROUNDS = 10
UNFAIR = 0.01
"""Items with a smaller p are no measure for the units."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class CurveDifference:
    """One item: Wald's chi-square of the difference of its parameters between the group and the others.

    difference_percent: how much more often (less, when negative) people of the group are right than others of
    the same ability, averaged over the group, in percentage points.
    """

    item_id: str
    chi_square: float
    df: int
    p: float
    difference_percent: float


def compare_curves(
    answers: Array, group: Mask, *, item_ids: tuple[str, ...]
) -> tuple[Model, dict[str, CurveDifference]] | None:
    """Return the model used and the comparison by item, without items that lack parameters in either group.

    None when the groups cannot be calibrated, or fewer than three items can be compared.
    """
    fewest = min(int((~np.isnan(answers[who])).sum(axis=0).min()) for who in (group, ~group))
    model = Model.TWO_PL if fewest >= TWO_PL_FROM else Model.RASCH
    try:
        sides = [
            calibrate(answers[who], item_ids=item_ids, model=model, conditional=False, levels=FEW_LEVELS)
            for who in (~group, group)
        ]
    except CalibrationError:
        return None
    numbers = [_parameters(side) for side in sides]
    shared = [name for name in item_ids if all(name in side for side in numbers)]
    if len(shared) < 3:
        return None
    others, mine = ([side[name] for name in shared] for side in numbers)
    found = _link(others, mine, rasch=model is Model.RASCH)
    return model, {
        name: CurveDifference(
            item_id=name, chi_square=value, df=df, p=float(chdtrc(df, value)), difference_percent=percent
        )
        for name, (value, df, percent) in zip(shared, found, strict=True)
    }


def _parameters(side: Calibration) -> dict[str, tuple[Array, Array]]:
    """Return slope and intercept of each item with their covariance."""
    if side.covariance is None:
        return {}
    names = [item.item_id for item in side.items if item.a is not None]
    known = side.estimated()
    return {
        name: (np.array([known.a[at], known.d[at]]), side.covariance[:2, at, :2, at])
        for at, name in enumerate(names)
        if not np.isnan(side.covariance[:2, at, :2, at]).any()
    }


def _link(
    others: list[tuple[Array, Array]], mine: list[tuple[Array, Array]], *, rasch: bool
) -> list[tuple[float, int, float]]:
    """Return chi-square, degrees of freedom and mean difference in percent of each item.

    With theta = A theta' + B a slope of the group becomes a' / A, an intercept d' - a' B / A: both linear in
    1 / A and B / A, which least squares find from the items that do not differ.
    """
    theirs, own = np.array([pair[0] for pair in others]), np.array([pair[0] for pair in mine])
    fair = np.ones(len(others), dtype=np.bool_)
    values = np.zeros(len(others))
    df = 1 if rasch else 2
    scale, shift = 1.0, 0.0
    for _ in range(MOST_ROUNDS):
        weight = np.array([1 / (x[1][1, 1] + y[1][1, 1]) for x, y in zip(others, mine, strict=True)])
        anchors = weight * fair
        steep = np.array([1 / (x[1][0, 0] + y[1][0, 0]) for x, y in zip(others, mine, strict=True)]) * fair
        scale = float((steep * theirs[:, 0]) @ own[:, 0] / ((steep * own[:, 0]) @ own[:, 0]))
        gap = own[:, 1] - theirs[:, 1]
        shift = float((anchors * gap) @ own[:, 0] / ((anchors * own[:, 0]) @ own[:, 0]))
        away = np.column_stack(
            [theirs[:, 0] - scale * own[:, 0], theirs[:, 1] - own[:, 1] + shift * own[:, 0]]
        )
        turn = np.array([[scale, 0.0], [-shift, 1.0]])
        for at, (x, y) in enumerate(zip(others, mine, strict=True)):
            spread = x[1] + turn @ y[1] @ turn.T
            if rasch:
                # One slope for all is part of the units, not of the item.
                values[at] = away[at, 1] ** 2 / (x[1][1, 1] + y[1][1, 1])
            else:
                values[at] = float(away[at] @ np.linalg.solve(spread, away[at]))
        now = chdtrc(df, values) >= UNFAIR
        if (now == fair).all() or now.sum() < 3:
            break
        fair = now
    percents = _mean_differences(theirs, own, scale, shift, rasch=rasch)
    return [(float(value), df, float(percent)) for value, percent in zip(values, percents, strict=True)]


def _mean_differences(theirs: Array, own: Array, scale: float, shift: float, *, rasch: bool) -> Array:
    """Return the mean of P(group) - P(others) over the group's abilities, in percent."""
    grid = normal_grid()
    # Others' curves in the group's units, in which the group is standard normal.
    slope = own[:, 0] if rasch else theirs[:, 0] / scale
    intercept = theirs[:, 1] + shift * slope
    zeros, ones = np.zeros(len(own)), np.ones(len(own))
    ids = tuple(str(at) for at in range(len(own)))
    expected = Items(ids=ids, a=slope, d=intercept, c=zeros, u=ones).probability(grid.levels)
    actual = Items(ids=ids, a=own[:, 0], d=own[:, 1], c=zeros, u=ones).probability(grid.levels)
    return np.asarray(100 * (actual - expected) @ grid.weights)
