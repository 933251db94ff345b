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

from scheduling.workforce.shrinkage import spread_between

Floats = NDArray[np.float64]


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


def learn_prior(worked: ArrayLike, missed: ArrayLike, *, fallback: Prior = TRADE_PRIOR) -> Prior:
    """Return the prior that fits many people's history, by moments; `fallback` when there is too little to
    tell.

    Kleinman, "Proportions with extraneous variance", JASA 68 (1973), with each person weighted by their
    shifts. At least ten people with two shifts or more are needed, and they must differ more than chance
    alone makes them.
    """
    came = np.asarray(worked, dtype=np.float64)
    shifts = came + np.asarray(missed, dtype=np.float64)
    came, shifts = came[shifts >= 2], shifts[shifts >= 2]
    if len(shifts) < 10:
        return fallback
    found = spread_between(came, shifts)
    if found is None:
        return fallback
    mean, between = found
    # The variance between people as a part of the most it could be is 1 / (weight + 1).
    likeness = between / (mean * (1 - mean)) if 0 < mean < 1 else 0.0
    if not 0 < likeness < 1:
        return fallback
    weight = 1 / likeness - 1
    return Prior(alpha=mean * weight, beta=(1 - mean) * weight)
