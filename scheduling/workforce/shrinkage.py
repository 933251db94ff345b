"""A person's share drawn towards that of others like them, the more so the fewer contacts there are.

Empirical Bayes: the others' own shares are taken as a Beta distribution whose spread is fitted by moments,
each person weighted by their contacts (Kleinman, "Proportions with extraneous variance", JASA 68, 1973;
Casella, "An introduction to empirical Bayes data analysis", The American Statistician 39, 1985).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from scheduling.workforce.measures import Measure

Floats = NDArray[np.float64]

FEWEST_PEOPLE = 3
WEIGHT_WHEN_UNKNOWN = 20.0
"""What the mean weighs, in contacts, where too few people are there to see how much they differ."""
LEAST_WEIGHT = 1.0
MOST_WEIGHT = 1_000.0
"""What the mean weighs where people differ no more than chance makes them."""


def spread_between(counts: ArrayLike, contacts: ArrayLike) -> tuple[float, float] | None:
    """Return the mean share and the variance between people's own shares, which may come out negative.

    None where fewer than two people have contacts or no spread could be seen. Raises ValueError for counts
    that do not lie between 0 and the contacts.
    """
    k, n = _columns(counts, contacts)
    k, n = k[n > 0], n[n > 0]
    people = len(n)
    if people < 2:
        return None
    total = float(n.sum())
    mean = float(k.sum()) / total
    # Chance alone gives a spread of (people - 1) mean (1 - mean); the variance between people comes on top.
    room = total - float((n**2).sum()) / total - (people - 1)
    if room <= 0:
        return None
    spread = float((n * (k / n - mean) ** 2).sum())
    return mean, (spread - (people - 1) * mean * (1 - mean)) / room


def weight_of_mean(counts: ArrayLike, contacts: ArrayLike) -> float:
    """Return how many contacts the common mean weighs as much as, from many people's counts and contacts."""
    _, n = _columns(counts, contacts)
    if int((n > 0).sum()) < FEWEST_PEOPLE:
        return WEIGHT_WHEN_UNKNOWN
    found = spread_between(counts, contacts)
    if found is None:
        return WEIGHT_WHEN_UNKNOWN
    mean, between = found
    if between <= 0 or not 0 < mean < 1:
        return MOST_WEIGHT
    return min(max(mean * (1 - mean) / between - 1, LEAST_WEIGHT), MOST_WEIGHT)


def drawn_share(
    count: int, contacts: int, *, mean: float, weight: float, confidence: float = 0.95
) -> Measure:
    """Return one person's share drawn towards `mean`, with the interval of the Beta distribution behind it.

    Somebody without contacts gets the mean. Raises ValueError for counts, mean, weight or confidence out of
    range.
    """
    if not 0 <= count <= contacts:
        raise ValueError(f"count is {count} of {contacts} contacts; it must lie between 0 and that")
    if not (0 <= mean <= 1 and 0 < weight < math.inf and 0 < confidence < 1):
        raise ValueError(f"mean {mean}, weight {weight} or confidence {confidence} is out of range")
    inside = min(max(mean, 1e-4), 1 - 1e-4)
    alpha, beta = count + weight * inside, contacts - count + weight * (1 - inside)
    tail = (1 - confidence) / 2
    return Measure(
        value=alpha / (alpha + beta),
        low=float(betaincinv(alpha, beta, tail)),
        high=float(betaincinv(alpha, beta, 1 - tail)),
        contacts=contacts,
    )


def shrink(counts: ArrayLike, contacts: ArrayLike) -> Floats:
    """Return everybody's share drawn towards the mean of all. Raises ValueError when nobody has contacts."""
    k, n = _columns(counts, contacts)
    if n.sum() <= 0:
        raise ValueError("nobody has any contacts, so there is no mean to draw to")
    weight = weight_of_mean(k, n)
    return np.asarray((k + weight * float(k.sum() / n.sum())) / (n + weight), dtype=np.float64)


def _columns(counts: ArrayLike, contacts: ArrayLike) -> tuple[Floats, Floats]:
    k, n = np.asarray(counts, dtype=np.float64), np.asarray(contacts, dtype=np.float64)
    if k.shape != n.shape or (k < 0).any() or (k > n).any():
        raise ValueError("counts must lie between 0 and the contacts of the same person")
    return k, n
