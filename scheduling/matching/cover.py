"""How many standbys make it likely enough that all seats are worked.

Each person comes or does not, independently of the others and with a chance of their own, so the number who
come is Poisson-binomial. Its distribution is built exactly by adding one person at a time (Hong, "On
computing the distribution function for the Poisson binomial distribution", CSDA 59 (2013), the direct
convolution).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cover:
    """So many standbys, taken in the order given, and the chance that at least the needed people come.

    `enough` is False when even all standbys leave the chance below the target.
    """

    standbys: int
    chance: float
    enough: bool


def distribution_of_shows(chances: Sequence[float]) -> Floats:
    """Return the probability that exactly 0, 1, ..., len(chances) people come.

    Raises ValueError for a chance outside 0 to 1.
    """
    exactly = np.ones(1)
    for chance in chances:
        exactly = _with_one_more(exactly, chance)
    return exactly


def chance_of_enough(chances: Sequence[float], *, needed: int) -> float:
    """Return the probability that at least `needed` people come."""
    return float(min(1.0, distribution_of_shows(chances)[max(0, needed) :].sum()))


def smallest_cover(
    primaries: Sequence[float], standbys: Sequence[float], *, needed: int, target: float
) -> Cover:
    """Return the fewest standbys with which at least `needed` people come with probability `target` or more.

    `primaries` and `standbys` are the chances of the people, the standbys in the order in which they would be
    taken; for the smallest number of all, give the surest first. Raises ValueError for a chance or target
    outside 0 to 1.
    """
    if not 0 <= target <= 1:
        raise ValueError(f"target is {target}; it must lie between 0 and 1")
    exactly = distribution_of_shows(primaries)
    chance = float(exactly[max(0, needed) :].sum())
    taken = 0
    while chance < target and taken < len(standbys):
        exactly = _with_one_more(exactly, standbys[taken])
        taken += 1
        chance = float(exactly[max(0, needed) :].sum())
    return Cover(standbys=taken, chance=min(1.0, chance), enough=chance >= target)


def _with_one_more(exactly: Floats, chance: float) -> Floats:
    if not 0 <= chance <= 1:
        raise ValueError(f"a chance is {chance}; it must lie between 0 and 1")
    longer = np.zeros(len(exactly) + 1)
    longer[:-1] = exactly * (1 - chance)
    longer[1:] += exactly * chance
    return longer
