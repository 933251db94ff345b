"""How many seats a flow of contacts needs: the Erlang C and Erlang A queues, over whole arrays at once.

Symbols as in Gans, Koole, Mandelbaum, "Telephone call centers: tutorial, review, and research prospects",
Manufacturing & Service Operations Management 5(2), 2003: arrival rate lambda, service rate mu, offered load
a = lambda / mu, n seats. Times are in seconds, rates per second.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

MOST_SEATS = 1_000_000
QUADRATURE_POINTS = 2_001


def offered_load(arrivals_per_second: ArrayLike, handling_seconds: ArrayLike) -> Floats:
    """Return the offered load in erlangs: the seats that would be busy if nobody ever waited."""
    arrivals, handling = _not_negative(arrivals_per_second), _not_negative(handling_seconds)
    return np.asarray(arrivals * handling, dtype=np.float64)


def blocking(load: ArrayLike, seats: ArrayLike) -> Floats:
    """Return the Erlang B probability that all n seats are busy when nobody may wait.

    Erlang 1917, by the recursion 1/B(n) = 1 + (n/a) / B(n-1), B(0) = 1, which is stable for any load.
    """
    a, n = np.broadcast_arrays(_not_negative(load), _whole(seats))
    inverse = np.ones(a.shape)
    answer = np.ones(a.shape)
    with np.errstate(divide="ignore", over="ignore"):
        for k in range(1, int(n.max(initial=0)) + 1):
            inverse = 1.0 + (k / a) * inverse
            answer = np.where(n == k, 1.0 / inverse, answer)
    return np.asarray(answer, dtype=np.float64)


def waiting_probability(load: ArrayLike, seats: ArrayLike) -> Floats:
    """Return the Erlang C probability that a contact waits: C = n B / (n - a (1 - B)); 1 when a >= n."""
    a, n = np.broadcast_arrays(_not_negative(load), _whole(seats))
    b = blocking(a, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        c = n * b / (n - a * (1.0 - b))
    return np.where(a == 0, 0.0, np.where(n > a, c, 1.0))


def service_level(
    arrivals_per_second: ArrayLike, handling_seconds: ArrayLike, seats: ArrayLike, *, within_seconds: float
) -> Floats:
    """Return the share answered within the time when everybody waits: 1 - C exp(-(n mu - lambda) t).

    Where the seats cannot carry the load the queue grows without end and the share is 0.
    """
    load = offered_load(arrivals_per_second, handling_seconds)
    handling = _not_negative(handling_seconds)
    n = _whole(seats)
    wait = waiting_probability(load, n)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        level = 1.0 - wait * np.exp(-(n - load) * within_seconds / handling)
    return np.where(load == 0, 1.0, np.where(n > load, level, 0.0))


def seats_for_level(
    arrivals_per_second: ArrayLike,
    handling_seconds: ArrayLike,
    *,
    level: float,
    within_seconds: float,
) -> Counts:
    """Return the fewest seats with which the share answered within the time reaches the level (Erlang C).

    No contacts need no seats. Raises ValueError for a level outside 0 to 1 (1 itself cannot be reached).
    """
    if not 0 <= level < 1:
        raise ValueError(f"level is {level}; it must be at least 0 and less than 1")
    load, handling = np.broadcast_arrays(
        offered_load(arrivals_per_second, handling_seconds), _not_negative(handling_seconds)
    )
    seats = np.zeros(load.shape, dtype=np.int64)
    waiting = load > 0
    inverse = np.ones(load.shape)
    n = 0
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        while waiting.any():
            n += 1
            if n > MOST_SEATS:
                raise ValueError(f"more than {MOST_SEATS} seats would be needed")
            inverse = 1.0 + (n / load) * inverse
            b = 1.0 / inverse
            c = n * b / (n - load * (1.0 - b))
            reached = 1.0 - c * np.exp(-(n - load) * within_seconds / handling)
            done = waiting & (n > load) & (reached >= level)
            seats[done] = n
            waiting &= ~done
    return seats


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class ImpatientQueue:
    """What happens with n seats when people hang up: shares of all contacts, and seconds of waiting on
    average.
    """

    waits: Floats
    abandons: Floats
    answered_within: Floats
    mean_wait_seconds: Floats


def impatient_queue(
    arrivals_per_second: ArrayLike,
    handling_seconds: ArrayLike,
    seats: ArrayLike,
    *,
    patience_seconds: float,
    within_seconds: float,
) -> ImpatientQueue:
    """Return the Erlang A measures, for exponential patience of the given mean.

    Palm 1957; Mandelbaum, Zeltyn, "The Palm/Erlang-A queue, with applications to call centers" (2005),
    section 4 for M/M/n+G: with H(x) = (1 - exp(-theta x)) / theta, J = integral of exp(lambda H(x) - n mu x)
    and epsilon = 1 / B(n - 1), P(wait) = lambda J / (epsilon + lambda J) and P(abandon) = (1 + (lambda - n
    mu) J) / (epsilon + lambda J). Raises ValueError for a patience that is not positive.
    """
    if patience_seconds <= 0:
        raise ValueError(f"patience_seconds is {patience_seconds}; it must be more than 0")
    lam, handling, n = np.broadcast_arrays(
        _not_negative(arrivals_per_second), _not_negative(handling_seconds), _whole(seats)
    )
    if (n < 1).any() or (handling <= 0).any():
        raise ValueError("seats must be at least 1 and handling_seconds more than 0")
    theta = 1.0 / patience_seconds
    mu = 1.0 / handling

    def exponent(x: Floats) -> Floats:
        return np.asarray(
            lam[..., None] * -np.expm1(-theta * x) / theta - (n * mu)[..., None] * x, dtype=np.float64
        )

    # The exponent is concave: it peaks where lambda exp(-theta x) = n mu, and falls from there on.
    with np.errstate(divide="ignore"):
        peak = np.maximum(0.0, np.log(lam / (n * mu)) / theta)
    peak = np.where(np.isfinite(peak), peak, 0.0)
    top = exponent(peak[..., None])[..., 0]
    # Beyond the reach the integrand is under exp(-40) of its peak: sharpness from slope and curvature alike.
    reach = peak + 40.0 / np.maximum(n * mu * (1 - np.exp(-1.0)), 1e-12) + 10.0 / np.sqrt(theta * n * mu)
    share = np.linspace(0.0, 1.0, QUADRATURE_POINTS) ** 2
    x = reach[..., None] * share
    density = np.exp(exponent(x) - top[..., None])
    scale = np.exp(-np.minimum(top, 700.0))
    j = np.trapezoid(density, x, axis=-1)
    epsilon = scale / blocking(lam * handling, n - 1)
    whole = epsilon + lam * j
    early = np.minimum(reach, within_seconds)[..., None] * share
    answered = np.trapezoid(np.exp(exponent(early) - top[..., None] - theta * early), early, axis=-1)
    abandons = np.clip((scale + (lam - n * mu) * j) / whole, 0.0, 1.0)
    return ImpatientQueue(
        waits=np.asarray(lam * j / whole),
        abandons=np.asarray(abandons),
        answered_within=np.asarray(np.clip((epsilon + lam * answered) / whole, 0.0, 1.0)),
        mean_wait_seconds=np.asarray(abandons * patience_seconds),
    )


def _not_negative(values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all() or (array < 0).any():
        raise ValueError("rates, times and loads must be finite and not negative")
    return array


def _whole(values: ArrayLike) -> Counts:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or (array < 0).any():
        raise ValueError("seats must be whole numbers, not negative")
    return array.astype(np.int64)
