"""The chance that a person comes to a shift, from what they did before and what people generally do.

Beta-binomial: the prior is a Beta(alpha, beta) over people's own chances, and every shift worked or missed
adds one to its side (Gelman et al., "Bayesian Data Analysis", 3rd ed. 2013, section 2.4). Somebody new has
the prior's mean.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from scheduling.workforce.shrinkage import LEAST_WEIGHT, MOST_WEIGHT, spread_between

Floats = NDArray[np.float64]

FEWEST_PEOPLE = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prior:
    """What is known before: `alpha / (alpha + beta)` come, and it weighs as much as `alpha + beta` shifts."""

    alpha: float
    beta: float

    def __post_init__(self) -> None:
        if not (self.alpha > 0 and self.beta > 0):
            raise ValueError(f"alpha and beta must be more than 0, not {self.alpha} and {self.beta}")

    @property
    def mean(self) -> float:
        return self.alpha / (self.alpha + self.beta)

    @property
    def weight(self) -> float:
        return self.alpha + self.beta


TRADE_PRIOR = Prior(alpha=8.3, beta=1.7)
"""83 % of claimed shifts are worked, as a shift marketplace reports; it weighs as much as ten shifts."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChanceToShow:
    """A person's chance to come, and the interval in which it lies with the confidence asked for."""

    chance: float
    low: float
    high: float
    shifts: int


def chance_to_show(
    worked: int, missed: int, *, prior: Prior = TRADE_PRIOR, confidence: float = 0.95
) -> ChanceToShow:
    """Return the chance that somebody who worked and missed so many shifts comes to the next one.

    Raises ValueError for negative counts or a confidence that is not between 0 and 1.
    """
    if worked < 0 or missed < 0:
        raise ValueError(f"worked is {worked} and missed is {missed}; neither can be negative")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must lie between 0 and 1")
    alpha, beta = prior.alpha + worked, prior.beta + missed
    tail = (1 - confidence) / 2
    return ChanceToShow(
        chance=alpha / (alpha + beta),
        low=float(betaincinv(alpha, beta, tail)),
        high=float(betaincinv(alpha, beta, 1 - tail)),
        shifts=worked + missed,
    )


def chances_to_show(worked: ArrayLike, missed: ArrayLike, *, prior: Prior = TRADE_PRIOR) -> Floats:
    """Return the chances of many people at once."""
    came, stayed_away = np.asarray(worked, dtype=np.float64), np.asarray(missed, dtype=np.float64)
    if (came < 0).any() or (stayed_away < 0).any():
        raise ValueError("counts of shifts cannot be negative")
    return np.asarray((prior.alpha + came) / (prior.weight + came + stayed_away), dtype=np.float64)


def learn_prior(worked: ArrayLike, missed: ArrayLike, *, trade: Prior = TRADE_PRIOR) -> Prior:
    """Return the prior that fits many people's history; with little of it, close to that of the trade.

    The mean is that of all their shifts with the trade's added. The weight is found by moments: Kleinman,
    "Proportions with extraneous variance", JASA 68 (1973), with each person weighted by their shifts. Where
    people differ no more than chance alone makes them, the mean weighs as much as all shifts seen, a thousand
    at most; with fewer than ten people of two shifts or more, as much as the trade's.
    """
    came, stayed_away = np.asarray(worked, dtype=np.float64), np.asarray(missed, dtype=np.float64)
    if (came < 0).any() or (stayed_away < 0).any():
        raise ValueError("counts of shifts cannot be negative")
    shifts = came + stayed_away
    total = float(shifts.sum())
    mean = (trade.alpha + float(came.sum())) / (trade.weight + total)
    weight = trade.weight
    if int((shifts >= 2).sum()) >= FEWEST_PEOPLE:
        weight = min(_weight_by_moments(came, shifts), max(total, trade.weight))
    return Prior(alpha=mean * weight, beta=(1 - mean) * weight)


def _weight_by_moments(came: Floats, shifts: Floats) -> float:
    found = spread_between(came[shifts >= 2], shifts[shifts >= 2])
    if found is None or found[1] <= 0:
        return MOST_WEIGHT
    mean, between = found
    # The variance between people as a part of the most it could be is 1 / (weight + 1).
    return min(max(mean * (1 - mean) / between - 1, LEAST_WEIGHT), MOST_WEIGHT)
