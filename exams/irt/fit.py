"""Whether an item answers as its curve says.

S-X2 compares, for people with the same number right, the share who solved the item with what the model
expects (M. Orlando and D. Thissen, 2000, Applied Psychological Measurement 24, 50-64); it needs people who
all had the same items. Infit and outfit are mean squares of what is left over, weighted by information and
not (B. D. Wright and G. N. Masters, 1982, Rating scale analysis), taken over each person's posterior instead
of at one estimate: they are 1 on average whatever the length of the test, and need no complete table.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy.special import chdtrc

from exams.irt.models import Array, Items, Model
from exams.irt.patterns import collapse, expect, normal_grid
from exams.irt.scoring import log_chances

LEAST_EXPECTED = 1.0
"""Scores are put together until this many right and wrong answers are expected."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemFit:
    """Fit of one item. `rmsea` is the misfit a degree of freedom and person; the S-X2 figures are None where
    people had different items, or too few scores are left.
    """

    item_id: str
    infit: float
    outfit: float
    s_x2: float | None
    df: int | None
    p: float | None
    rmsea: float | None


def find_fit(items: Items, answers: Array, *, model: Model) -> tuple[ItemFit, ...]:
    """Return the fit of each item; `answers` is (people, items) with 1, 0 or nan, in the items' order."""
    patterns = collapse(answers)
    grid = normal_grid()
    found = expect(patterns, *log_chances(items, grid.levels), grid)
    p = items.probability(grid.levels)
    left = found.right * (1 - p) ** 2 + (found.seen - found.right) * p**2
    variance = p * (1 - p)
    infit = left.sum(axis=1) / (found.seen * variance).sum(axis=1)
    # Where the model leaves no doubt at all a level has no weight either.
    outfit = (left / np.maximum(variance, 1e-9)).sum(axis=1) / found.seen.sum(axis=1)
    parameters = {Model.RASCH: 1, Model.TWO_PL: 2, Model.THREE_PL: 3}[model]
    tests: list[tuple[float, int] | None] = [None] * len(items)
    if patterns.complete and len(items) > 2:
        tests = _compare_scores(items, answers, parameters)
    people = patterns.people
    fits = []
    for at, test in enumerate(tests):
        value, df = (None, None) if test is None else test
        fits.append(
            ItemFit(
                item_id=items.ids[at],
                infit=float(infit[at]),
                outfit=float(outfit[at]),
                s_x2=value,
                df=df,
                p=None if value is None or df is None else float(chdtrc(df, value)),
                rmsea=None
                if value is None or df is None
                else math.sqrt(max(0.0, (value - df) / (df * max(people - 1, 1)))),
            )
        )
    return tuple(fits)


def _compare_scores(items: Items, answers: Array, parameters: int) -> list[tuple[float, int] | None]:
    """Return S-X2 and its degrees of freedom for each item."""
    complete = answers[~np.isnan(answers).any(axis=1)]
    score = complete.sum(axis=1).astype(int)
    count = len(items)
    people = np.bincount(score, minlength=count + 1).astype(np.float64)
    expected = expected_shares(items)
    found: list[tuple[float, int] | None] = []
    for item in range(count):
        right = np.bincount(score, weights=complete[:, item], minlength=count + 1).astype(np.float64)
        # Nobody with nothing right has it right: only scores between say anything.
        found.append(_chi_square(people[1:count], right[1:count], expected[item], parameters))
    return found


def expected_shares(items: Items) -> Array:
    """Return the share who solve each item among people with 1 to n - 1 right: (items, scores).

    F. M. Lord and M. S. Wingersky, 1984, Applied Psychological Measurement 8, 453-461.
    """
    grid = normal_grid()
    p = items.probability(grid.levels)
    count = len(items)
    reach = np.zeros((count + 1, len(grid.levels)))
    reach[0] = 1.0
    without = np.zeros((count, count + 1, len(grid.levels)))
    without[:, 0] = 1.0
    for item in range(count):
        chance = p[item]
        kept = without[item].copy()
        without[:, 1:] = without[:, 1:] * (1 - chance) + without[:, :-1] * chance
        without[:, 0] *= 1 - chance
        without[item] = kept
        reach[1:] = reach[1:] * (1 - chance) + reach[:-1] * chance
        reach[0] *= 1 - chance
    both = np.einsum("iq,ikq,q->ik", p, without[:, : count - 1], grid.weights)
    return np.asarray(both / np.maximum(reach[1:count] @ grid.weights, 1e-300))


def _chi_square(people: Array, right: Array, share: Array, parameters: int) -> tuple[float, int] | None:
    cells = _merge(people, right, people * share)
    df = len(cells) - parameters
    if df < 1:
        return None
    total = sum((seen - wanted) ** 2 / (wanted * (count - wanted) / count) for count, seen, wanted in cells)
    return float(total), df


def _merge(people: Array, right: Array, expected: Array) -> list[tuple[float, float, float]]:
    """Put scores together, from both ends inwards, until every cell expects enough of either answer."""
    cells = [(float(n), float(r), float(e)) for n, r, e in zip(people, right, expected, strict=True)]
    while len(cells) > 1:
        thin = [at for at, (n, _, e) in enumerate(cells) if min(e, n - e) < LEAST_EXPECTED]
        if not thin:
            return cells
        # The outermost one goes to its inner neighbour.
        at = max(thin, key=lambda place: abs(place - (len(cells) - 1) / 2))
        into = at + 1 if at < len(cells) / 2 and at + 1 < len(cells) else at - 1
        low, high = min(at, into), max(at, into)
        n, r, e = (a + b for a, b in zip(cells[low], cells[high], strict=True))
        cells[low : high + 1] = [(n, r, e)]
    return []
