"""What answers say about a person, with item parameters taken as known.

EAP: mean and standard deviation of the posterior under a standard normal prior (R. D. Bock and R. J. Mislevy,
1982, Applied Psychological Measurement 6, 431-444). MAP: its highest point. ML: the most likely ability,
without any prior; it does not exist for people who have all items right, or all wrong.
"""

from __future__ import annotations

import dataclasses
import enum

import numpy as np
from scipy.special import expit

from exams.irt.models import Array, Items
from exams.irt.patterns import Grid, Patterns, collapse, log_likelihoods, normal_grid, posterior

SEARCH = np.linspace(-20.0, 20.0, 801)
"""Where highest points are sought first: likelihoods under 3PL may have several."""

MOST_STEPS = 50


class Method(enum.StrEnum):
    """How abilities are estimated."""

    EAP = "eap"
    MAP = "map"
    ML = "ml"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scores:
    """Abilities and their standard errors, one a person; nan where there is no estimate."""

    theta: Array
    se: Array


def log_chances(items: Items, levels: Array) -> tuple[Array, Array]:
    """Return the logarithms of P and 1 - P, (items, levels); exact also where P is next to 0 or 1."""
    z = np.outer(items.a, levels) + items.d[:, None]
    span = (items.u - items.c)[:, None]
    right = items.c[:, None] + span * expit(z)
    wrong = 1 - items.u[:, None] + span * expit(-z)
    return np.log(np.maximum(right, 1e-300)), np.log(np.maximum(wrong, 1e-300))


def score_people(
    items: Items, answers: Array, *, method: Method = Method.EAP, grid: Grid | None = None
) -> Scores:
    """Return abilities of people; `answers` is (people, items) with 1, 0, or nan for not had.

    Somebody without answers has the prior under EAP and MAP, nothing under ML. `grid` is that of EAP.
    """
    patterns = collapse(answers)
    theta, se = np.empty(len(patterns.counts)), np.empty(len(patterns.counts))
    for block in patterns.blocks():
        if method is Method.EAP:
            theta[block], se[block] = _means(items, patterns, block, grid or normal_grid())
        else:
            theta[block], se[block] = _tops(items, patterns, block, prior=method is Method.MAP)
    nothing = (np.nan, np.nan) if method is Method.ML else (0.0, 1.0)
    return Scores(
        theta=np.append(theta, nothing[0])[patterns.row], se=np.append(se, nothing[1])[patterns.row]
    )


def total_information(items: Items, theta: Array) -> Array:
    """Return the sum of the items' information at each ability."""
    return np.asarray(items.information(theta).sum(axis=0))


def empirical_reliability(scores: Scores, *, method: Method = Method.EAP) -> float | None:
    """Return the share of the variance of abilities that is no error; None with fewer than two people.

    The posterior's mean varies less than ability: var / (var + mean se^2). An ML estimate varies by its
    error besides: 1 - mean se^2 / var.
    """
    known = np.isfinite(scores.theta) & np.isfinite(scores.se)
    if known.sum() < 2:
        return None
    spread = float(scores.theta[known].var(ddof=1))
    error = float((scores.se[known] ** 2).mean())
    if method is Method.ML:
        return 1 - error / spread if spread > 0 else None
    return spread / (spread + error)


def marginal_reliability(items: Items) -> float:
    """Return the reliability that the parameters promise for a standard normal population.

    The mean of I / (I + 1) over abilities (B. F. Green et al., 1984, Journal of Educational Measurement 21).
    """
    grid = normal_grid()
    information = total_information(items, grid.levels)
    return float(grid.weights @ (information / (information + 1)))


def _means(items: Items, patterns: Patterns, block: slice, grid: Grid) -> tuple[Array, Array]:
    shares, _ = posterior(patterns, block, *log_chances(items, grid.levels), np.log(grid.weights))
    mean = shares @ grid.levels
    spread = shares @ grid.levels**2 - mean**2
    return mean, np.sqrt(np.maximum(spread, 0.0))


def _tops(items: Items, patterns: Patterns, block: slice, *, prior: bool) -> tuple[Array, Array]:
    table = log_likelihoods(patterns, block, *log_chances(items, SEARCH))
    if prior:
        table -= 0.5 * SEARCH**2
    best = table.argmax(axis=1)
    theta = SEARCH[best]
    step = SEARCH[1] - SEARCH[0]
    low, high = theta - step, theta + step
    # The top lies within one step: halve the interval by the sign of the slope until nothing is left.
    for _ in range(MOST_STEPS):
        slope, _ = _slope(items, patterns, block, theta, prior=prior)
        low, high = np.where(slope > 0, theta, low), np.where(slope > 0, high, theta)
        theta = (low + high) / 2
    _, information = _slope(items, patterns, block, theta, prior=prior)
    endless = (best == 0) | (best == len(SEARCH) - 1)
    theta = np.where(endless, np.nan, theta)
    with np.errstate(divide="ignore", invalid="ignore"):
        return theta, np.where(endless | (information <= 0), np.nan, 1 / np.sqrt(information))


def _slope(
    items: Items, patterns: Patterns, block: slice, theta: Array, *, prior: bool
) -> tuple[Array, Array]:
    """Return the slope of the log likelihood at each pattern's own ability, and the information there."""
    z = theta[:, None] * items.a + items.d
    span = items.u - items.c
    right = items.c + span * expit(z)
    wrong = 1 - items.u + span * expit(-z)
    by_theta = items.a * span * expit(z) * expit(-z)
    solved, seen = patterns.right[block], patterns.seen[block]
    slope = by_theta * (solved / np.maximum(right, 1e-300) - (seen - solved) / np.maximum(wrong, 1e-300))
    information = seen * by_theta**2 / np.maximum(right * wrong, 1e-300)
    extra = 1.0 if prior else 0.0
    return slope.sum(axis=1) - extra * theta, information.sum(axis=1) + extra
