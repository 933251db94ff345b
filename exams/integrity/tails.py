"""Exact tails of how many items two people answer alike, by recursion over the items."""

from __future__ import annotations

import numpy as np
from numba import njit

from exams.integrity.records import Array


@njit(cache=True)
def independent_tail(chance: Array, count: int, least: int) -> float:
    """Return the chance that at least `least` of `count` independent events happen.

    By the number of events that do not happen, of which at most count - least may.
    """
    most = count - least
    missing = np.zeros(most + 1)
    missing[0] = 1.0
    for place in range(count):
        happens = chance[place]
        for number in range(most, 0, -1):
            missing[number] = missing[number] * happens + missing[number - 1] * (1 - happens)
        missing[0] *= happens
    return float(missing.sum())


def tail(chances: Array, least: int) -> float:
    """Return the chance that at least `least` of independent events with these chances happen, exactly."""
    if least <= 0:
        return 1.0
    if least > len(chances):
        return 0.0
    return float(independent_tail(np.asarray(chances, dtype=np.float64), len(chances), least))


def tail_given_scores(*, ease: Array, alike: Array, scores: tuple[int, int], least: int) -> float:
    """Return the chance that two people with these scores answer at least `least` items alike.

    ease: each item's odds to be right. alike: the chance that two wrong answers to it are the same. Exact
    under the Rasch model, where all patterns of one score have chances in proportion to the product of the
    odds of the items that are right.
    """
    if least > len(ease):
        return 0.0
    scaled = np.asarray(ease / np.exp(np.log(ease).mean()), dtype=np.float64)
    first, second = scores
    return float(_tail_given_scores(scaled, np.asarray(alike, dtype=np.float64), first, second, least))


@njit(cache=True)
def _tail_given_scores(ease: Array, alike: Array, first: int, second: int, least: int) -> float:
    most = len(ease) - least
    # By how many each has right so far, and how many items are not alike so far.
    ways = np.zeros((first + 1, second + 1, most + 1))
    ways[0, 0, 0] = 1.0
    for item in range(len(ease)):
        odds = ease[item]
        for mine in range(first, -1, -1):
            for theirs in range(second, -1, -1):
                for apart in range(most, -1, -1):
                    total = ways[mine, theirs, apart] * alike[item]
                    if mine > 0 and theirs > 0:
                        total += ways[mine - 1, theirs - 1, apart] * odds * odds
                    if apart > 0:
                        total += ways[mine, theirs, apart - 1] * (1 - alike[item])
                        if mine > 0:
                            total += ways[mine - 1, theirs, apart - 1] * odds
                        if theirs > 0:
                            total += ways[mine, theirs - 1, apart - 1] * odds
                    ways[mine, theirs, apart] = total
    return float(ways[first, second].sum() / (_all_patterns(ease, first) * _all_patterns(ease, second)))


@njit(cache=True)
def _all_patterns(ease: Array, score: int) -> float:
    """Return the elementary symmetric function of the odds: the weight of all patterns with this score."""
    weight = np.zeros(score + 1)
    weight[0] = 1.0
    for odds in ease:
        for right in range(score, 0, -1):
            weight[right] += weight[right - 1] * odds
    return float(weight[score])
