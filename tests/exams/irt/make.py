"""Answers drawn from known parameters, and a likelihood that shares nothing with the one under test."""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import quad_vec

from exams.irt.models import Array, Items


def draw_answers(items: Items, people: int, seed: int, *, mean: float = 0.0) -> Array:
    """Return answers of people with normal abilities."""
    rng = np.random.default_rng(seed)
    chances = items.probability(rng.normal(mean, 1.0, people)).T
    return np.asarray((rng.random(chances.shape) < chances).astype(np.float64))


def integrate_log_likelihood(answers: Array, a: Array, d: Array, c: Array) -> float:
    """Return the marginal log likelihood, each different row integrated by adaptive quadrature."""
    rows, counts = np.unique(answers, axis=0, return_counts=True)

    def integrand(theta: float) -> Array:
        chance = c + (1 - c) / (1 + np.exp(-a * theta - d))
        each = np.where(np.isnan(rows), 1.0, np.where(rows == 1, chance, 1 - chance))
        return np.asarray(each.prod(axis=1) * math.exp(-0.5 * theta * theta) / math.sqrt(2 * math.pi))

    chances, _ = quad_vec(integrand, -9, 9, epsabs=1e-13, epsrel=1e-11)
    return float(counts @ np.log(chances))
