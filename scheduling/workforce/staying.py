"""The chance that a person is still here on a day to come, from how others like them stayed.

Leaving is taken as a rate a day that is constant within a stretch of tenure (the piecewise exponential model:
Holford, "The analysis of rates and of survivorship using log-linear models", Biometrics 36, 1980). Each
cohort's rate in a stretch - leavings over days lived through there - is drawn towards that of everybody, the
more so the fewer days it has: Marshall, "Mapping disease and mortality rates using empirical Bayes
estimators", Applied Statistics 40 (1991), section 2. Everybody's rate begins with the trade's.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRETCHES = (0.0, 60.0, 180.0)
"""Days of tenure at which a stretch begins: the first two months are the ones in which most people leave."""
TRADE_RATE = -math.log(1 - 0.1) / 30
"""The trade loses one person in ten within thirty days."""
TRADE_DAYS = 1 / TRADE_RATE
"""What the trade's rate weighs, in days of people: so many in which one person leaves."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class LeavingRates:
    """Leavings a day for each cohort (row) and stretch of tenure (column)."""

    a_day: Floats

    def chance_to_stay(self, cohort: ArrayLike, tenure_days: ArrayLike, days: ArrayLike) -> Floats:
        """Return the chance that people of these cohorts and tenures are still here so many days later.

        Negative days count as none. Raises ValueError for a tenure below 0.
        """
        group = np.asarray(cohort, dtype=np.int64)
        now = np.asarray(tenure_days, dtype=np.float64)
        if (now < 0).any():
            raise ValueError("nobody can have been here for less than 0 days")
        then = now + np.maximum(np.asarray(days, dtype=np.float64), 0.0)
        risk = np.zeros(np.broadcast_shapes(group.shape, then.shape))
        for stretch, (begins, ends) in enumerate(_bounds()):
            inside = np.clip(then, begins, ends) - np.clip(now, begins, ends)
            risk += self.a_day[group, stretch] * inside
        return np.asarray(np.exp(-risk), dtype=np.float64)


def learn_rates(tenure_days: ArrayLike, left: ArrayLike, cohort: ArrayLike, *, cohorts: int) -> LeavingRates:
    """Return the rates that people's tenures show: so far for those who are here, in all for those who left.

    `cohort` numbers each person's group from 0. Raises ValueError for tenures below 0, columns of different
    length or a cohort that is not among `cohorts`.
    """
    tenure, gone = np.asarray(tenure_days, dtype=np.float64), np.asarray(left).astype(bool)
    group = np.asarray(cohort, dtype=np.int64)
    if not tenure.shape == gone.shape == group.shape:
        raise ValueError("give one tenure, one event and one cohort a person")
    if (tenure < 0).any():
        raise ValueError("nobody can have been here for less than 0 days")
    if len(group) and not 0 <= int(group.min()) <= int(group.max()) < cohorts:
        raise ValueError(f"cohorts are numbered from 0 to {cohorts - 1}")
    rates = np.zeros((cohorts, len(STRETCHES)))
    for stretch, (begins, ends) in enumerate(_bounds()):
        days = np.bincount(group, weights=np.clip(tenure, begins, ends) - begins, minlength=cohorts)
        ended_here = gone & (tenure >= begins) & (tenure < ends)
        rates[:, stretch] = _shrunk(np.bincount(group[ended_here], minlength=cohorts), days)
    return LeavingRates(a_day=rates)


def _shrunk(leavings: NDArray[Any], days: NDArray[Any]) -> Floats:
    """Draw each cohort's rate towards that of all."""
    total = float(days.sum())
    everybody = (1.0 + float(leavings.sum())) / (TRADE_DAYS + total)
    rates = np.full(len(days), everybody)
    seen = days > 0
    if int(seen.sum()) < 2:
        return rates
    own = leavings[seen] / days[seen]
    mean = float(leavings.sum()) / total
    spread = float((days[seen] * (own - mean) ** 2).sum()) / total
    # Chance alone makes the rates of cohorts differ by mean / days; what is beyond that lies between them.
    between = max(0.0, spread - mean / float(days[seen].mean()))
    if between > 0:
        weight = between / (between + mean / days[seen])
        rates[seen] = everybody + weight * (own - everybody)
    return rates


def _bounds() -> list[tuple[float, float]]:
    return list(zip(STRETCHES, (*STRETCHES[1:], math.inf), strict=True))
