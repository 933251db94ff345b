"""What the work with customers is measured by, over plain columns; every measure comes with its interval.

Shares have Wilson's interval (Wilson, "Probable inference, the law of succession, and statistical inference",
JASA 22, 1927), quantiles that of order statistics (David, Nagaraja, "Order Statistics", 3rd ed. 2003, section
7.1), ratios that of the delta method (Cochran, "Sampling Techniques", 3rd ed. 1977, ch. 6). Where there is
nothing to measure the answer is None, never 0.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, ndtri

Floats = NDArray[np.float64]

QUICK_SECONDS = 5.0
"""A first manual response within this time counts as at once."""
PROMISED_SECONDS = 30.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measure:
    """A figure, the interval it lies in, and from how many contacts it comes."""

    value: float
    low: float
    high: float
    contacts: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Satisfaction:
    """The share of answers that are satisfied, and the share of contacts that were answered at all."""

    satisfied: Measure | None
    response: Measure | None


def share(count: int, contacts: int, *, confidence: float = 0.95) -> Measure | None:
    """Return a share with Wilson's interval; None for no contacts. Raises ValueError unless 0 <= count <=
    contacts.
    """
    if not 0 <= count <= contacts:
        raise ValueError(f"count is {count} of {contacts} contacts; it must lie between 0 and that")
    if contacts == 0:
        return None
    z = _z(confidence)
    value = count / contacts
    middle = (value + z * z / (2 * contacts)) / (1 + z * z / contacts)
    half = z / (1 + z * z / contacts) * np.sqrt(value * (1 - value) / contacts + z * z / (4 * contacts**2))
    low = 0.0 if count == 0 else max(0.0, float(middle - half))
    high = 1.0 if count == contacts else min(1.0, float(middle + half))
    return Measure(value=value, low=low, high=high, contacts=contacts)


def quantile(values: ArrayLike, part: float, *, confidence: float = 0.95) -> Measure | None:
    """Return a quantile of single values; see `quantile_of_counts`."""
    distinct, counts = np.unique(_finite(values), return_counts=True)
    return quantile_of_counts(distinct, counts, part, confidence=confidence)


def quantile_of_counts(
    values: ArrayLike, counts: ArrayLike, part: float, *, confidence: float = 0.95
) -> Measure | None:
    """Return the smallest value that `part` of all do not exceed, with the interval of order statistics.

    `counts` says how often each value was seen. None for no values at all. Where there are too few to reach
    the confidence, the interval ends at the least or greatest value. Raises ValueError unless 0 < part < 1.
    """
    if not 0 < part < 1:
        raise ValueError(f"part is {part}; it must lie between 0 and 1")
    order = np.argsort(_finite(values), kind="stable")
    ordered, seen = _finite(values)[order], np.cumsum(np.asarray(counts, dtype=np.int64)[order])
    count = int(seen[-1]) if len(seen) else 0
    if count == 0:
        return None

    def value_of_rank(rank: int) -> float:
        return float(ordered[np.searchsorted(seen, min(max(rank, 1), count), side="left")])

    tail = (1 - _within(confidence)) / 2
    # The r-th smallest lies above the quantile with the probability P(Binomial(count, part) < r).
    below = bdtr(np.arange(count, dtype=np.float64), count, part)
    return Measure(
        value=value_of_rank(math.ceil(count * part - 1e-9)),
        low=value_of_rank(int(np.searchsorted(below, tail, side="right"))),
        high=value_of_rank(int(np.searchsorted(below, 1 - tail, side="left")) + 1),
        contacts=count,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class FirstResponse:
    """Seconds to the first reply that a human wrote; contacts without one count in `at_once` only."""

    median_seconds: Measure | None
    p90_seconds: Measure | None
    at_once: Measure | None
    unanswered: int


def first_manual_response(seconds: ArrayLike, *, confidence: float = 0.95) -> FirstResponse:
    """Measure first manual responses; nan stands for a contact that got no reply written by a human.

    The share within five seconds is of all contacts, so not answering does not better it.
    """
    waited = np.asarray(seconds, dtype=np.float64)
    replied = waited[~np.isnan(waited)]
    return FirstResponse(
        median_seconds=quantile(replied, 0.5, confidence=confidence),
        p90_seconds=quantile(replied, 0.9, confidence=confidence),
        at_once=share(int((replied <= QUICK_SECONDS).sum()), len(waited), confidence=confidence),
        unanswered=len(waited) - len(replied),
    )


def question_answer_ratio(
    agent_messages: ArrayLike, customer_messages: ArrayLike, *, confidence: float = 0.95
) -> Measure | None:
    """Return agent messages per customer message over all contacts; None where customers wrote nothing.

    The sum over the sum, so long contacts count for more. The interval takes the contacts as the sample.
    """
    agent, customer = _finite(agent_messages), _finite(customer_messages)
    if agent.shape != customer.shape:
        raise ValueError(f"give both counts for each contact; got {len(agent)} and {len(customer)}")
    return ratio_of_sums(
        contacts=len(agent),
        agent=float(agent.sum()),
        customer=float(customer.sum()),
        agent_squared=float((agent**2).sum()),
        customer_squared=float((customer**2).sum()),
        product=float((agent * customer).sum()),
        confidence=confidence,
    )


def ratio_of_sums(
    *,
    contacts: int,
    agent: float,
    customer: float,
    agent_squared: float,
    customer_squared: float,
    product: float,
    confidence: float = 0.95,
) -> Measure | None:
    """Return the same from the sums over the contacts: of both counts, of their squares and of their product.

    A single contact says nothing of the spread: its interval has no upper end.
    """
    if customer <= 0:
        return None
    ratio = agent / customer
    if contacts < 2:
        return Measure(value=ratio, low=0.0, high=math.inf, contacts=contacts)
    residual = max(0.0, agent_squared - 2 * ratio * product + ratio**2 * customer_squared)
    half = _z(confidence) * math.sqrt(contacts / (contacts - 1) * residual) / customer
    return Measure(value=ratio, low=max(0.0, ratio - half), high=ratio + half, contacts=contacts)


def service_level(
    waited_seconds: ArrayLike, *, within_seconds: float = PROMISED_SECONDS, confidence: float = 0.95
) -> Measure | None:
    """Return the share of contacts answered within the time; nan stands for one that was never answered."""
    waited = np.asarray(waited_seconds, dtype=np.float64)
    return share(int((waited <= within_seconds).sum()), len(waited), confidence=confidence)


def satisfaction(scores: ArrayLike, *, satisfied_from: float, confidence: float = 0.95) -> Satisfaction:
    """Measure satisfaction; nan stands for a customer who gave no score; read it with the response."""
    given = np.asarray(scores, dtype=np.float64)
    answered = given[~np.isnan(given)]
    return Satisfaction(
        satisfied=share(int((answered >= satisfied_from).sum()), len(answered), confidence=confidence),
        response=share(len(answered), len(given), confidence=confidence),
    )


def resolution(resolved: ArrayLike, *, confidence: float = 0.95) -> Measure | None:
    """Return the share of contacts that ended with the matter resolved."""
    flags = np.asarray(resolved)
    return share(int(flags.astype(bool).sum()), len(flags), confidence=confidence)


def _z(confidence: float) -> float:
    return float(ndtri(0.5 + _within(confidence) / 2))


def _within(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must lie between 0 and 1")
    return confidence


def _finite(values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("values must be numbers")
    return array
