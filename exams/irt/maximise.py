"""Climb to the highest point of the likelihood: EM first, then quasi-Newton, then Newton's exact steps."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize

from exams.irt.likelihood import Likelihood
from exams.irt.models import Array

EM_CYCLES = 8
MOST_STEPS = 1000
MOST_NEWTON = 12
CLOSE = 1e-7
"""Converged: a Newton step would raise the log likelihood by less than this."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Summit:
    """Where the climb ended. `covariance` is None where the top is flat in some direction."""

    numbers: Array
    value: float
    covariance: Array | None
    converged: bool


def climb(likelihood: Likelihood, start: Array) -> Summit:
    """Return the maximum that is reached from `start`.

    Each EM cycle is one step of Fisher scoring with the abilities as expected from the answers; it makes a
    bad start good. BFGS with limited memory goes on, in coordinates in which the complete-data information
    is the identity; Newton's steps with the observed information finish.
    """
    numbers = start
    for _ in range(EM_CYCLES):
        numbers = _score_step(likelihood, numbers)
    numbers = _quasi_newton(likelihood, numbers)
    value, gradient = likelihood.value(numbers)
    covariance = None
    gain = np.inf
    for _ in range(MOST_NEWTON):
        factor = _factor(likelihood.information(numbers))
        if factor is None:
            covariance, gain = None, np.inf
            break
        covariance = np.asarray(cho_solve(factor, np.eye(len(numbers))), dtype=np.float64)
        step: Array = np.asarray(covariance @ gradient, dtype=np.float64)
        gain = 0.5 * float(gradient @ step)
        if gain < CLOSE:
            break
        numbers, value, gradient, moved = _walk(likelihood, numbers, step, value, gradient)
        if not moved:
            break
    return Summit(numbers=numbers, value=value, covariance=covariance, converged=gain < CLOSE)


def _score_step(likelihood: Likelihood, numbers: Array) -> Array:
    value, gradient = likelihood.value(numbers)
    information = likelihood.complete_information(numbers)
    information[np.diag_indices_from(information)] += 1e-3 + 1e-3 * information.diagonal()
    step = np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)
    # A long step leaves the region in which the second derivative means anything.
    shorter = min(1.0, 2.0 / float(np.abs(step).max(initial=1e-9)))
    return _walk(likelihood, numbers, shorter * step, value, gradient)[0]


def _walk(
    likelihood: Likelihood, numbers: Array, step: Array, value: float, gradient: Array
) -> tuple[Array, float, Array, bool]:
    """Go along `step`, halving it until the value rises."""
    for _ in range(12):
        found, slope = likelihood.value(numbers + step)
        if found > value:
            return numbers + step, found, slope, True
        step = step / 2
    return numbers, value, gradient, False


def _quasi_newton(likelihood: Likelihood, numbers: Array) -> Array:
    information = likelihood.complete_information(numbers)
    information[np.diag_indices_from(information)] += 1e-6 + 1e-6 * information.diagonal()
    root = cholesky(information, lower=True)

    def fall(moved: Array) -> tuple[float, Array]:
        value, gradient = likelihood.value(
            numbers + solve_triangular(root, moved, lower=True, trans="T", check_finite=False)
        )
        return -value, -solve_triangular(root, gradient, lower=True, check_finite=False)

    found = minimize(
        fall,
        np.zeros(len(numbers)),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_STEPS, "maxfun": 2 * MOST_STEPS, "ftol": 1e-13, "gtol": 1e-4, "maxcor": 20},
    )
    return np.asarray(numbers + solve_triangular(root, found.x, lower=True, trans="T"))


def _factor(information: Array) -> tuple[Array, bool] | None:
    """Return the Cholesky factor; None when the matrix is not safely positive."""
    if not np.isfinite(information).all():
        return None
    scale = np.sqrt(np.maximum(information.diagonal(), 1e-12))
    try:
        if np.linalg.eigvalsh(information / np.outer(scale, scale))[0] < 1e-9:
            return None
        return cho_factor(information, lower=True)
    except LinAlgError:
        return None
