"""How long people stay: the Kaplan-Meier curve, with people who are still there counted as far as they have
come.

Kaplan, Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958); variance by Greenwood,
"The natural duration of cancer" (1926); the intervals are on the log(-log) scale, as in Kalbfleisch,
Prentice, "The Statistical Analysis of Failure Time Data" (2nd ed. 2002), section 1.4, so that they stay
between 0 and 1.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class RetentionCurve:
    """The share still there from each time on, in the unit of the durations; `times` begin with 0.

    At each time `at_risk` people had come that far and `left` of them left. Where the curve has reached 0 the
    interval is (0, 0); before the first leaving it is (1, 1).
    """

    times: Floats
    staying: Floats
    low: Floats
    high: Floats
    at_risk: Counts
    left: Counts
    confidence: float

    @property
    def people(self) -> int:
        return int(self.at_risk[0])

    @property
    def leavers(self) -> int:
        return int(self.left.sum())

    def staying_at(self, time: float) -> float:
        """Return the share still there at a time. Raises ValueError for a time before 0."""
        return float(self.staying[self._place(time)])

    def interval_at(self, time: float) -> tuple[float, float]:
        """Return the interval of that share."""
        place = self._place(time)
        return float(self.low[place]), float(self.high[place])

    def median(self) -> float | None:
        """Return the first time at which at most half are still there; None when more stay on."""
        return _first_at_or_below(self.times, self.staying, 0.5)

    def median_interval(self) -> tuple[float | None, float | None]:
        """Return the times between which the median lies; None where the curve's interval does not get to a
        half.
        """
        return (
            _first_at_or_below(self.times, self.low, 0.5),
            _first_at_or_below(self.times, self.high, 0.5),
        )

    def _place(self, time: float) -> int:
        if time < 0:
            raise ValueError(f"time is {time}; it cannot be before 0")
        return int(np.searchsorted(self.times, time, side="right")) - 1


def retention_curve(durations: ArrayLike, left: ArrayLike, *, confidence: float = 0.95) -> RetentionCurve:
    """Return the curve for people who stayed `durations` long, `left` true for those who have gone.

    Raises ValueError for no people, a duration that is negative or not a number, columns of different length,
    or a confidence that is not between 0 and 1.
    """
    times, gone = np.asarray(durations, dtype=np.float64), np.asarray(left).astype(bool)
    if times.ndim != 1 or times.shape != gone.shape or len(times) == 0:
        raise ValueError(f"give one duration and one event a person; got {times.shape} and {gone.shape}")
    if not np.isfinite(times).all() or (times < 0).any():
        raise ValueError("durations must be numbers of 0 or more")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must lie between 0 and 1")
    moments = np.unique(np.concatenate([[0.0], times]))
    place = np.searchsorted(moments, times)
    ended = np.bincount(place, minlength=len(moments))
    leaving = np.bincount(place[gone], minlength=len(moments))
    at_risk = len(times) - np.concatenate([[0], np.cumsum(ended)[:-1]])
    staying = np.cumprod(1.0 - leaving / at_risk)
    low, high = _log_log_interval(staying, leaving, at_risk, confidence)
    return RetentionCurve(
        times=moments,
        staying=staying,
        low=low,
        high=high,
        at_risk=at_risk.astype(np.int64),
        left=leaving.astype(np.int64),
        confidence=confidence,
    )


def retention_by_group(
    durations: ArrayLike, left: ArrayLike, groups: Sequence[str], *, confidence: float = 0.95
) -> dict[str, RetentionCurve]:
    """Return one curve a group, in order of the groups' names. Raises ValueError like `retention_curve`."""
    times, gone, names = np.asarray(durations), np.asarray(left), np.asarray(groups, dtype=object)
    if names.shape != times.shape:
        raise ValueError(f"give one group a person; got {names.shape} groups for {times.shape} durations")
    return {
        str(name): retention_curve(times[names == name], gone[names == name], confidence=confidence)
        for name in sorted(set(groups))
    }


def _log_log_interval(
    staying: Floats, leaving: Counts, at_risk: Counts, confidence: float
) -> tuple[Floats, Floats]:
    z = float(ndtri(0.5 + confidence / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(leaving / (at_risk * (at_risk - leaving)))
        logarithm = np.log(staying)
        spread = z * np.sqrt(greenwood) / np.abs(logarithm)
        low, high = staying ** np.exp(spread), staying ** np.exp(-spread)
    inside = (staying > 0) & (staying < 1)
    return np.where(inside, low, staying), np.where(inside, high, staying)


def _first_at_or_below(times: Floats, curve: Floats, share: float) -> float | None:
    # Half of an even number of people is reached exactly; rounding in the product must not miss it.
    reached = np.flatnonzero(curve <= share + 1e-12)
    return float(times[reached[0]]) if len(reached) else None
