"""Answers of many people, alike ones counted once, and what they say about each level of ability.

Ability is standard normal and stands on an even grid: sums over it are the trapezoid rule, whose error falls
faster than any power of the step for such smooth functions. 121 levels from -6 to 6 are exact to far more
digits than anybody prints, also for difficulties far outside the grid.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from exams.irt.models import Array

LEVELS = 121
SPAN = 6.0
FEW_LEVELS = 61
"""Enough for the third digit, and twice as fast."""

BLOCK = 4096
"""Patterns treated at once: keeps a table of patterns by levels at 4 MB however many people there are."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grid:
    """Levels of ability and their weights, which sum to 1."""

    levels: Array
    weights: Array


def normal_grid(levels: int = LEVELS, *, span: float = SPAN) -> Grid:
    """Return an even grid from -span to span with weights in proportion to the standard normal density."""
    points = np.linspace(-span, span, levels)
    density = np.exp(-0.5 * points**2)
    return Grid(levels=points, weights=density / density.sum())


@dataclasses.dataclass(frozen=True, kw_only=True)
class Patterns:
    """Different rows of answers: `right` and `seen` are 0 or 1 (patterns, items), `counts` how many people.

    `row` gives each person's pattern; -1 for people without any answer, who are left out. `complete` says
    that everybody had every item.
    """

    right: Array
    seen: Array
    counts: Array
    row: np.ndarray[tuple[int], np.dtype[np.intp]]
    complete: bool

    @property
    def people(self) -> float:
        """How many people have an answer."""
        return float(self.counts.sum())

    def blocks(self) -> Iterator[slice]:
        """Yield slices of at most BLOCK patterns."""
        for start in range(0, len(self.counts), BLOCK):
            yield slice(start, start + BLOCK)


def collapse(answers: Array, *, counts: Array | None = None) -> Patterns:
    """Return the different rows of `answers`: (people, items) with 1, 0, or nan where there is no answer.

    `counts` says how many people a row stands for, 1 when left out.
    """
    seen = ~np.isnan(answers)
    codes = np.where(seen, answers, 2).astype(np.int8)
    answered = seen.any(axis=1)
    people = np.ones(len(answers)) if counts is None else np.asarray(counts, dtype=np.float64)
    rows, inverse = np.unique(codes[answered], axis=0, return_inverse=True)
    row = np.full(len(answers), -1, dtype=np.intp)
    row[answered] = inverse.ravel()
    return Patterns(
        right=(rows == 1).astype(np.float64),
        seen=(rows != 2).astype(np.float64),
        counts=np.bincount(inverse.ravel(), weights=people[answered], minlength=len(rows)).astype(np.float64),
        row=row,
        complete=bool((rows != 2).all()),
    )


def log_likelihoods(patterns: Patterns, block: slice, log_right: Array, log_wrong: Array) -> Array:
    """Return the logarithm of the chance of each pattern at each level: (patterns of the block, levels).

    `log_right` and `log_wrong` are the logarithms of P and 1 - P: (items, levels).
    """
    found = patterns.right[block] @ (log_right - log_wrong)
    if patterns.complete:
        found += log_wrong.sum(axis=0)
    else:
        found += patterns.seen[block] @ log_wrong
    return np.asarray(found)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Expectation:
    """What the answers say: `log_likelihood` of all people, and how many people had (`seen`) and solved
    (`right`) an item at each level of ability, as expected from their answers: (items, levels).
    """

    log_likelihood: float
    right: Array
    seen: Array


def posterior(
    patterns: Patterns, block: slice, log_right: Array, log_wrong: Array, log_weights: Array
) -> tuple[Array, Array]:
    """Return the share of each level for each pattern of the block, and the pattern's log likelihood."""
    table = log_likelihoods(patterns, block, log_right, log_wrong)
    table += log_weights
    top = table.max(axis=1)
    table -= top[:, None]
    np.exp(table, out=table)
    sums = table.sum(axis=1)
    table /= sums[:, None]
    return table, top + np.log(sums)


def expect(patterns: Patterns, log_right: Array, log_wrong: Array, grid: Grid) -> Expectation:
    """Return the expectation step of Bock and Aitkin (1981, Psychometrika 46, 443-459)."""
    log_weights = np.log(grid.weights)
    right, seen = np.zeros(log_right.shape), np.zeros(log_right.shape)
    total = 0.0
    for block in patterns.blocks():
        shares, logs = posterior(patterns, block, log_right, log_wrong, log_weights)
        counts = patterns.counts[block]
        total += float(counts @ logs)
        shares *= counts[:, None]
        right += patterns.right[block].T @ shares
        seen += shares.sum(axis=0) if patterns.complete else patterns.seen[block].T @ shares
    return Expectation(log_likelihood=total, right=right, seen=seen)
