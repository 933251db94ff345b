"""Classical item analysis: how hard each item is, and whether it tells strong candidates from weak ones.

The definitions are those of Moodle's quiz statistics report (docs.moodle.org, Quiz statistics
calculations), so that figures can be compared. Rows of the matrix are attempts, columns items, cells
points; nan is an item that the attempt did not have. On forms drawn from a bank the rest of an attempt is
what its other items brought as a share of their points; where everybody has every item this is the ordinary
rest score.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW_ANSWERS = 30
"""Below this many answers the figures of an item say little."""

SAME = 1e-9
"""Points closer than this are equal: sums of thirds differ in their last binary digit."""

Matrix = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemStatistics:
    """What the answers say about one item. None where it cannot be said: no answers, or all the same.

    facility_percent: mean points as a share of the item's points.
    sd: standard deviation of the points (n - 1).
    discrimination_index: 100 times the correlation of the item with the rest of the attempt.
    discriminative_efficiency: 100 times the covariance with the rest, as a share of the largest that the
    same points
        could reach.
    effective_weight: the item's part in deciding the total, in percent; None when its covariance with the
    total is
        negative, and for all items when not everybody had every item.
    remarks: what a reviewer should look at, in plain words.
    """

    item_id: str
    answers: int
    facility_percent: float | None
    sd: float | None
    discrimination_index: float | None
    discriminative_efficiency: float | None
    effective_weight: float | None
    remarks: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExamStatistics:
    """What the answers say about the exam as a whole.

    alpha is Cronbach's coefficient; it and the standard error (points) are None when not everybody had
    every item.
    """

    attempts: int
    mean_percent: float
    sd_percent: float | None
    alpha: float | None
    standard_error: float | None
    items: tuple[ItemStatistics, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)


def analyse(
    points: Matrix, *, item_ids: Sequence[str], max_points: Sequence[float] | None = None
) -> ExamStatistics:
    """Return the statistics of an exam.

    `max_points` are the points an item can bring, 1 each when left out. Raises ValueError when the matrix
    does not fit the items, when it holds no answer, or when a cell is outside 0 to the item's points.
    """
    limits = np.ones(len(item_ids)) if max_points is None else np.asarray(max_points, dtype=np.float64)
    _check(points, item_ids, limits)
    seen = ~np.isnan(points)
    filled = np.where(seen, points, 0.0)
    available = seen * limits
    totals, totals_available = filled.sum(axis=1), available.sum(axis=1)
    sat = totals_available > 0
    shares = totals[sat] / totals_available[sat]
    complete = bool(seen.all())
    weights = _effective_weights(filled, totals) if complete else [None] * len(item_ids)
    items = []
    for column, item_id in enumerate(item_ids):
        rest_available = totals_available - available[:, column]
        used = seen[:, column] & (rest_available > 0)
        rest = (totals - filled[:, column])[used] / rest_available[used]
        items.append(
            _describe(
                item_id,
                points[seen[:, column], column],
                points[used, column],
                rest,
                limit=float(limits[column]),
                weight=weights[column],
            )
        )
    alpha = cronbach_alpha(points) if complete else None
    error = None if alpha is None or len(points) < 2 else float(totals.std(ddof=1)) * math.sqrt(1 - alpha)
    return ExamStatistics(
        attempts=len(points),
        mean_percent=100 * float(shares.mean()),
        sd_percent=100 * float(shares.std(ddof=1)) if len(shares) > 1 else None,
        alpha=alpha,
        standard_error=error,
        items=tuple(items),
    )


def cronbach_alpha(points: Matrix) -> float | None:
    """Return Cronbach's alpha of a complete matrix; None with fewer than two items or without variance.

    L. J. Cronbach, 1951, Coefficient alpha and the internal structure of tests, Psychometrika 16.
    """
    count = points.shape[1]
    if count < 2 or len(points) < 2:
        return None
    total_variance = float(points.sum(axis=1).var(ddof=1))
    if total_variance < SAME**2:
        return None
    item_variance = float(points.var(axis=0, ddof=1).sum())
    return float(count / (count - 1) * (1 - item_variance / total_variance))


def _check(points: Matrix, item_ids: Sequence[str], limits: Matrix) -> None:
    if points.ndim != 2 or points.shape[1] != len(item_ids) or len(limits) != len(item_ids):
        raise ValueError(f"the matrix has the shape {points.shape}, but there are {len(item_ids)} items")
    if len(set(item_ids)) < len(item_ids):
        raise ValueError("two columns have the same name")
    if np.isnan(points).all() or not (limits > 0).any():
        raise ValueError("there is no answer to analyse")
    # nan compares as false, so cells without an answer pass.
    if ((points < 0) | (points > limits)).any():
        row, column = np.argwhere((points < 0) | (points > limits))[0]
        value, limit = points[row, column], limits[column]
        raise ValueError(
            f"attempt {row + 1} has {value:g} points in {item_ids[column]}, which brings 0 to {limit:g}"
        )


def _effective_weights(filled: Matrix, totals: Matrix) -> list[float | None]:
    """Return the square roots of the covariances with the total, in percent of their sum, as Moodle does."""
    if len(filled) < 2:
        return [None] * filled.shape[1]
    covariances = (filled - filled.mean(axis=0)).T @ (totals - totals.mean()) / (len(filled) - 1)
    roots = np.sqrt(np.maximum(covariances, 0.0))
    if roots.sum() == 0:
        return [None] * filled.shape[1]
    return [
        None if covariance < 0 else 100 * float(root) / float(roots.sum())
        for covariance, root in zip(covariances, roots, strict=True)
    ]


def _describe(
    item_id: str, answers: Matrix, paired: Matrix, rest: Matrix, *, limit: float, weight: float | None
) -> ItemStatistics:
    facility = 100 * float(answers.mean()) / limit if len(answers) and limit > 0 else None
    index = efficiency = None
    if len(paired) > 1 and np.ptp(paired) > SAME and np.ptp(rest) > SAME:
        covariance = _covariance(paired, rest)
        index = 100 * covariance / float(paired.std(ddof=1) * rest.std(ddof=1))
        # The largest covariance: the best points to the best attempts.
        efficiency = 100 * covariance / _covariance(np.sort(paired), np.sort(rest))
    return ItemStatistics(
        item_id=item_id,
        answers=len(answers),
        facility_percent=facility,
        sd=float(answers.std(ddof=1)) if len(answers) > 1 and limit > 0 else None,
        discrimination_index=index,
        discriminative_efficiency=efficiency,
        effective_weight=weight,
        remarks=tuple(_remarks(len(answers), facility, index)),
    )


def _covariance(left: Matrix, right: Matrix) -> float:
    return float((left - left.mean()) @ (right - right.mean())) / (len(left) - 1)


def _remarks(answers: int, facility: float | None, index: float | None) -> list[str]:
    if answers < FEW_ANSWERS:
        return [f"fewer than {FEW_ANSWERS} answers: too few to judge"]
    remarks = []
    if facility is not None and facility > 95:
        remarks.append("nearly everybody is right: it tells little")
    if facility is not None and facility < 20:
        remarks.append("nearly nobody is right: check the key and the wording")
    if index is not None and index < 0:
        remarks.append("the weaker do better on it: check the key")
    elif index is not None and index < 20:
        remarks.append("it hardly tells strong from weak")
    return remarks
