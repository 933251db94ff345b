"""The chance that a person works a shift to come: still here on the day, and there when it begins.

Both parts are estimated from what is known now and taken as independent of each other and between people.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scheduling.workforce.attendance import Prior, chances_to_show, learn_prior
from scheduling.workforce.staying import LeavingRates, learn_rates

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Histories:
    """What is known of each person: shifts worked and missed, days of tenure (up to the leaving of those who
    left), and the number of their cohort from 0.
    """

    worked: ArrayLike
    missed: ArrayLike
    tenure_days: ArrayLike
    left: ArrayLike
    cohort: ArrayLike


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class PeopleChances:
    """Everybody's chances, in the order of the histories; `show` is given that the person is here."""

    prior: Prior
    rates: LeavingRates
    show: Floats
    _tenure: Floats
    _here: NDArray[np.bool_]
    _cohort: NDArray[np.int64]

    def to_stay(self, people: ArrayLike, days: ArrayLike) -> Floats:
        """Return the chances that these people (by position) are still here so many days from now."""
        who = np.asarray(people, dtype=np.int64)
        stay = self.rates.chance_to_stay(self._cohort[who], self._tenure[who], days)
        return np.asarray(np.where(self._here[who], stay, 0.0), dtype=np.float64)

    def to_work(self, people: ArrayLike, days: ArrayLike) -> Floats:
        """Return the chances that these people work a shift so many days from now."""
        who = np.asarray(people, dtype=np.int64)
        return np.asarray(self.to_stay(who, days) * self.show[who], dtype=np.float64)


def learn_chances(histories: Histories) -> PeopleChances:
    """Fit what people have in common, and return each person's own chances. Raises ValueError for negative
    counts or tenures.
    """
    tenure = np.asarray(histories.tenure_days, dtype=np.float64)
    gone = np.asarray(histories.left).astype(bool)
    cohort = np.asarray(histories.cohort, dtype=np.int64)
    prior = learn_prior(histories.worked, histories.missed)
    cohorts = int(cohort.max()) + 1 if len(cohort) else 0
    return PeopleChances(
        prior=prior,
        rates=learn_rates(tenure, gone, cohort, cohorts=cohorts),
        show=chances_to_show(histories.worked, histories.missed, prior=prior),
        _tenure=tenure,
        _here=~gone,
        _cohort=cohort,
    )
