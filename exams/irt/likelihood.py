"""The marginal likelihood of item parameters with its exact first and second derivatives.

Parameters of an item are the slope a, the intercept d and g = logit(c). The gradient follows from expected
counts at each level of ability (Bock and Aitkin, 1981); the second derivatives from the missing information
principle (T. A. Louis, 1982, Journal of the Royal Statistical Society B 44, 226-233), summed exactly over the
grid, so that standard errors are those of the observed information.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.special import expit, log_expit

from exams.irt.models import Array, Model
from exams.irt.patterns import Expectation, Grid, Patterns, expect, posterior


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prior:
    """A normal prior of logit(c): c is near 0.18, and nineteen of twenty guessing parameters within 0.08 and
    0.37.
    """

    mean: float = -1.5
    sd: float = 0.5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Curves:
    """Chances at each level of the grid and their derivatives by z = a theta + d and g: (items, levels)."""

    log_right: Array
    log_wrong: Array
    right: tuple[Array, Array]
    wrong: tuple[Array, Array]
    right_second: tuple[Array, Array, Array]
    wrong_second: tuple[Array, Array, Array]


def curves(parameters: Array, levels: Array) -> Curves:
    """Return the logarithms of P and 1 - P with their derivatives; `parameters` is (3, items): a, d, g.

    First derivatives by (z, g), second ones by (zz, zg, gg).
    """
    z = np.outer(parameters[0], levels) + parameters[1][:, None]
    c = expit(parameters[2])[:, None]
    left = expit(-parameters[2])[:, None]
    s = expit(z)
    rest = expit(-z)
    p = c + left * s
    # Without guessing log P is taken from z itself: it stays exact where P is next to nothing.
    log_right = np.where(c > 0, np.log(np.maximum(p, 1e-300)), -np.logaddexp(0.0, -z))
    log_wrong = log_expit(-parameters[2])[:, None] - np.logaddexp(0.0, z)
    knows = np.where(c > 0, left * s / np.maximum(p, 1e-300), 1.0)
    guesses = 1 - knows
    by_z, by_g = rest * knows, left * rest * guesses
    zz = by_z * (1 - 2 * s) - by_z**2
    zg = -guesses * left * s * rest - by_z * by_g
    gg = by_g * (1 - 2 * c) - by_g**2
    nothing = np.zeros_like(z)
    return Curves(
        log_right=log_right,
        log_wrong=log_wrong,
        right=(by_z, by_g),
        wrong=(-s, nothing - c),
        right_second=(zz, zg, gg),
        wrong_second=(-s * rest, nothing, nothing - c * left),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """Which numbers are free: `free` (3 items, parameters) times the free numbers plus `fixed` gives a, d, g
    one after the other.
    """

    free: Array
    fixed: Array

    @classmethod
    def of(cls, model: Model, items: int, *, guessing: Array | None = None) -> Layout:
        """Return the layout of a model.

        `guessing` (items) fixes c; nan leaves it free under 3PL. Without it Rasch and 2PL have c = 0.
        """
        eye = np.eye(items)
        lower = np.full(items, np.nan) if guessing is None else guessing.copy()
        if model is not Model.THREE_PL:
            lower[np.isnan(lower)] = 0.0
        free_guessing = np.isnan(lower)
        blocks = [np.ones((items, 1)) if model is Model.RASCH else eye, eye, eye[:, free_guessing]]
        free = np.zeros((3 * items, sum(block.shape[1] for block in blocks)))
        column = 0
        for row, block in enumerate(blocks):
            free[row * items : (row + 1) * items, column : column + block.shape[1]] = block
            column += block.shape[1]
        fixed = np.zeros(3 * items)
        with np.errstate(divide="ignore"):
            fixed[2 * items :] = np.where(free_guessing, 0.0, np.log(lower) - np.log1p(-lower))
        return cls(free=free, fixed=fixed)

    def expand(self, numbers: Array) -> Array:
        """Return a, d and g of every item, (3, items)."""
        return np.asarray((self.free @ numbers + self.fixed).reshape(3, -1))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Likelihood:
    """The logarithm of the marginal likelihood, plus that of the prior where there is one."""

    patterns: Patterns
    grid: Grid
    layout: Layout
    prior: Prior | None = None

    def expectation(self, numbers: Array) -> tuple[Curves, Expectation]:
        """Return the curves of these parameters and the expected counts under them."""
        drawn = curves(self.layout.expand(numbers), self.grid.levels)
        return drawn, expect(self.patterns, drawn.log_right, drawn.log_wrong, self.grid)

    def value(self, numbers: Array) -> tuple[float, Array]:
        """Return the value and its gradient by the free numbers."""
        drawn, found = self.expectation(numbers)
        gradient = self._first(drawn, found)
        total = found.log_likelihood
        if self.prior is not None:
            guessing = self.layout.expand(numbers)[2]
            away = np.where(np.isfinite(guessing), guessing - self.prior.mean, 0.0) / self.prior.sd
            total -= 0.5 * float(away @ away)
            gradient[2] -= away / self.prior.sd
        return total, self.layout.free.T @ gradient.ravel()

    def complete_information(self, numbers: Array) -> Array:
        """Return minus the second derivative for known abilities, with expected answers: never negative."""
        drawn, found = self.expectation(numbers)
        chance = np.exp(drawn.log_right)
        levels = self.grid.levels
        firsts = []
        for side in (drawn.right, drawn.wrong):
            firsts.append((side[0] * levels, side[0], side[1]))
        blocks = np.zeros((3, 3, chance.shape[0]))
        for left in range(3):
            for other in range(3):
                by_right = chance * firsts[0][left] * firsts[0][other]
                by_wrong = (1 - chance) * firsts[1][left] * firsts[1][other]
                blocks[left, other] = (found.seen * (by_right + by_wrong)).sum(axis=1)
        return self._project(_spread(blocks) + self._prior_information())

    def information(self, numbers: Array) -> Array:
        """Return minus the second derivative of the value by the free numbers, exactly."""
        drawn, found = self.expectation(numbers)
        levels = self.grid.levels
        right, wrong = found.right, found.seen - found.right
        blocks = np.zeros((3, 3, right.shape[0]))
        powers = ((2, 1, 1), (1, 0, 0), (1, 0, 0))
        kinds = ((0, 0, 1), (0, 0, 1), (1, 1, 2))
        for left in range(3):
            for other in range(3):
                kind, power = kinds[left][other], powers[left][other]
                curve = right * drawn.right_second[kind] + wrong * drawn.wrong_second[kind]
                blocks[left, other] = (curve * levels**power).sum(axis=1)
        return self._project(self._prior_information() - _spread(blocks) - self._score_variance(drawn))

    def _first(self, drawn: Curves, found: Expectation) -> Array:
        right, wrong = found.right, found.seen - found.right
        by_z = right * drawn.right[0] + wrong * drawn.wrong[0]
        by_g = right * drawn.right[1] + wrong * drawn.wrong[1]
        return np.stack([by_z @ self.grid.levels, by_z.sum(axis=1), by_g.sum(axis=1)])

    def _prior_information(self) -> Array:
        size = self.layout.free.shape[0]
        found = np.zeros((size, size))
        if self.prior is not None:
            where = np.arange(2 * size // 3, size)
            found[where, where] = 1 / self.prior.sd**2
        return found

    def _project(self, full: Array) -> Array:
        return np.asarray(self.layout.free.T @ full @ self.layout.free)

    def _score_variance(self, drawn: Curves) -> Array:
        """Return the sum over people of the variance of the complete-data score, given their answers."""
        levels, size = self.grid.levels, drawn.log_right.shape[0]
        guessing = 3 if np.isfinite(self.layout.expand(np.zeros(self.layout.free.shape[1]))[2]).any() else 2
        score_right = [drawn.right[0] * levels, drawn.right[0], drawn.right[1]][:guessing]
        score_wrong = [drawn.wrong[0] * levels, drawn.wrong[0], drawn.wrong[1]][:guessing]
        # The score is x (right - wrong) + seen * wrong.
        gain = np.stack([r - w for r, w in zip(score_right, score_wrong, strict=True)])
        base = np.stack(score_wrong)
        log_weights = np.log(self.grid.weights)
        total = np.zeros((3, size, 3, size))
        for block in self.patterns.blocks():
            shares, _ = posterior(self.patterns, block, drawn.log_right, drawn.log_wrong, log_weights)
            counts = self.patterns.counts[block]
            right, seen = self.patterns.right[block], self.patterns.seen[block]
            mean = np.stack(
                [right * (shares @ g.T) + seen * (shares @ w.T) for g, w in zip(gain, base, strict=True)]
            )
            flat = mean.transpose(1, 0, 2).reshape(len(right), -1)
            square = (flat * counts[:, None]).T @ flat
            total[:guessing, :, :guessing, :] -= square.reshape(guessing, size, guessing, size)
            shares *= counts[:, None]
            self._add_squares(total, shares, right, seen, gain, base)
        return total.reshape(3 * size, 3 * size)

    def _add_squares(
        self, total: Array, shares: Array, right: Array, seen: Array, gain: Array, base: Array
    ) -> None:
        """Add the expected squares of the scores of one block to `total`, level by level."""
        kinds = len(gain)
        for level in range(len(self.grid.levels)):
            weight = shares[:, level]
            if weight.max() < 1e-12:
                continue
            weighted = right * weight[:, None]
            both = weighted.T @ right
            if self.patterns.complete:
                one = np.repeat(weighted.sum(axis=0)[:, None], right.shape[1], axis=1)
                neither = np.full(both.shape, weight.sum())
            else:
                one = weighted.T @ seen
                neither = (seen * weight[:, None]).T @ seen
            for left in range(kinds):
                up, low = gain[left, :, level, None], base[left, :, level, None]
                first = up * both + low * one.T
                second = up * one + low * neither
                for other in range(kinds):
                    total[left, :, other, :] += first * gain[other, :, level] + second * base[other, :, level]


def _spread(blocks: Array) -> Array:
    """Return the square matrix with these (3, 3, items) numbers, which tie only parameters of one item."""
    size = blocks.shape[2]
    found = np.zeros((3, size, 3, size))
    where = np.arange(size)
    for left in range(3):
        for other in range(3):
            found[left, where, other, where] = blocks[left, other]
    return found.reshape(3 * size, 3 * size)
