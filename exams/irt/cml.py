"""Rasch difficulties without any assumption about the people: conditional maximum likelihood.

Given how many items somebody solved, which ones they were does not depend on ability (G. Rasch, 1960). The
sums over all ways to reach a score are taken as chances of a score when each item is solved with p =
1 / (1 + exp(b)): the same ratios as elementary symmetric functions, but numbers that never overflow
(E. B. Andersen, 1972, Journal of the Royal Statistical Society B 34, 42-54).
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from exams.irt.models import Array
from exams.irt.patterns import Patterns

MOST_ITEMS = 80
MOST_DESIGNS = 40
"""Beyond these many items, or sets of items that people had, conditional estimates are left out."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Conditional:
    """Difficulties with mean 0, their standard errors, and the conditional log likelihood."""

    b: Array
    se: Array
    log_likelihood: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Design:
    """People who had the same items: `columns`, how many reached each score, how often each was solved."""

    columns: Array
    scores: Array
    solved: Array


def conditional_difficulties(patterns: Patterns) -> Conditional | None:
    """Return the estimates; None where there are too many items, or where they do not exist."""
    designs = _designs(patterns)
    items = patterns.right.shape[1]
    if items < 2 or items > MOST_ITEMS or not 0 < len(designs) <= MOST_DESIGNS:
        return None

    def fall(b: Array) -> tuple[float, Array]:
        value, gradient = _value(designs, b)
        return -value, -gradient

    found = minimize(
        fall,
        np.zeros(items),
        jac=True,
        method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-7, "maxiter": 500},
    )
    b = found.x - found.x.mean()
    step = 1e-4
    information = -np.array(
        [
            (_value(designs, b + shift)[1] - _value(designs, b - shift)[1]) / (2 * step)
            for shift in step * np.eye(items)
        ]
    )
    # The sum of the difficulties is free; every other direction must be known.
    roots = np.linalg.eigvalsh(information)
    if roots[1] < 1e-6 * roots[-1] or np.abs(found.jac).max() > 1e-2:
        return None
    covariance = np.linalg.pinv((information + information.T) / 2, rcond=1e-7, hermitian=True)
    return Conditional(b=b, se=np.sqrt(covariance.diagonal()), log_likelihood=-float(found.fun))


def _designs(patterns: Patterns) -> list[_Design]:
    masks, which = np.unique(patterns.seen, axis=0, return_inverse=True)
    designs = []
    for number, mask in enumerate(masks[: MOST_DESIGNS + 1]):
        columns = np.flatnonzero(mask)
        mine = which.ravel() == number
        right, counts = patterns.right[np.ix_(mine, columns)], patterns.counts[mine]
        score = right.sum(axis=1).astype(int)
        # Whoever solved all or none says nothing about which is harder.
        useful = (score > 0) & (score < len(columns))
        if useful.any():
            designs.append(
                _Design(
                    columns=columns.astype(np.float64),
                    scores=np.bincount(
                        score[useful], weights=counts[useful], minlength=len(columns) + 1
                    ).astype(np.float64),
                    solved=counts[useful] @ right[useful],
                )
            )
    return designs


def _value(designs: list[_Design], b: Array) -> tuple[float, Array]:
    total, gradient = 0.0, np.zeros(len(b))
    for design in designs:
        where = design.columns.astype(int)
        mine = b[where]
        chance = expit(-mine)
        reach, without = score_chances(chance)
        used = design.scores > 0
        # log P(pattern | score) = sum of log p and log q, less log P(score).
        people = design.scores[used].sum()
        total += float(design.solved @ log_expit(-mine) + (people - design.solved) @ log_expit(mine))
        total -= float(design.scores[used] @ np.log(reach[used]))
        expected = chance * (without[:, :-1] @ (design.scores[1:] / np.maximum(reach[1:], 1e-300)))
        gradient[where] -= design.solved - expected
    return total, gradient


def score_chances(chance: Array) -> tuple[Array, Array]:
    """Return the chance of each score, and the same without one item: (scores), (items, scores).

    F. M. Lord and M. S. Wingersky, 1984, Applied Psychological Measurement 8, 453-461.
    """
    items = len(chance)
    reach = np.zeros(items + 1)
    reach[0] = 1.0
    without = np.zeros((items, items + 1))
    without[:, 0] = 1.0
    for item, p in enumerate(chance):
        kept = without[item].copy()
        without[:, 1:] = without[:, 1:] * (1 - p) + without[:, :-1] * p
        without[:, 0] *= 1 - p
        without[item] = kept
        reach[1:] = reach[1:] * (1 - p) + reach[:-1] * p
        reach[0] *= 1 - p
    return reach, without
