"""Item response models for answers that are right or wrong, in the logistic metric (no factor 1.7).

With z = a * theta + d the chance to be right is P = c + (u - c) / (1 + exp(-z)): a is the slope
(discrimination), d the intercept, b = -d / a the difficulty, c what guessing gives, u the chance of somebody
who knows. Rasch is one common slope, 2PL a slope of each item's own, 3PL a guessing parameter besides
(A. Birnbaum in Lord and Novick, 1968, Statistical theories of mental test scores). Estimation keeps to slopes
and intercepts: a difficulty runs away as its slope nears 0, an intercept does not, and nothing is clamped.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Model(enum.StrEnum):
    """How many parameters an item has."""

    RASCH = "rasch"
    TWO_PL = "2pl"
    THREE_PL = "3pl"


MODEL_NAMES = {Model.RASCH: "Rasch", Model.TWO_PL: "2PL", Model.THREE_PL: "3PL"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Items:
    """Parameters of several items: `a`, `d`, `c` and `u` have one entry an item, in the order of `ids`."""

    ids: tuple[str, ...]
    a: Array
    d: Array
    c: Array
    u: Array

    @classmethod
    def from_difficulties(
        cls,
        ids: Sequence[str],
        *,
        a: ArrayLike,
        b: ArrayLike,
        c: ArrayLike = 0.0,
        u: ArrayLike = 1.0,
    ) -> Items:
        """Return the items with these slopes and difficulties; a single number holds for all of them.

        Raises ValueError when the counts differ, or a number is not finite or no chance.
        """
        shape = (len(ids),)
        slope, difficulty, lower, upper = (
            np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), shape)) for value in (a, b, c, u)
        )
        for name, values in (("a", slope), ("b", difficulty), ("c", lower), ("d", upper)):
            if not np.isfinite(values).all():
                raise ValueError(f"{name} of item {ids[int(np.argmin(np.isfinite(values)))]} is not a number")
        wrong = (lower < 0) | (upper > 1) | (lower >= upper)
        if wrong.any():
            raise ValueError(f"item {ids[int(np.argmax(wrong))]} needs 0 <= c < upper limit <= 1")
        return cls(ids=tuple(ids), a=slope, d=-slope * difficulty, c=lower, u=upper)

    @property
    def b(self) -> Array:
        """Difficulties; nan where a slope is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.a == 0, np.nan, -self.d / self.a)

    def __len__(self) -> int:
        return len(self.ids)

    def pick(self, rows: Sequence[int] | NDArray[np.intp]) -> Items:
        """Return some of the items, in the order asked for."""
        where = np.asarray(rows, dtype=np.intp)
        return Items(
            ids=tuple(self.ids[row] for row in where),
            a=self.a[where],
            d=self.d[where],
            c=self.c[where],
            u=self.u[where],
        )

    def probability(self, theta: ArrayLike) -> Array:
        """Return the chance to be right: (items, abilities)."""
        levels = np.atleast_1d(np.asarray(theta, dtype=np.float64))
        logistic = expit(np.outer(self.a, levels) + self.d[:, None])
        return np.asarray(self.c[:, None] + (self.u - self.c)[:, None] * logistic)

    def information(self, theta: ArrayLike) -> Array:
        """Return Fisher's information P'^2 / (P (1 - P)) of each item: (items, abilities).

        F. M. Lord, 1980, Applications of item response theory, chapter 5.
        """
        levels = np.atleast_1d(np.asarray(theta, dtype=np.float64))
        logistic = expit(np.outer(self.a, levels) + self.d[:, None])
        span = (self.u - self.c)[:, None]
        right = self.c[:, None] + span * logistic
        # 1 - P without cancellation where P is next to 1.
        wrong = 1 - self.u[:, None] + span * (1 - logistic)
        slope = self.a[:, None] * span * logistic * (1 - logistic)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = slope**2 / (right * wrong)
        return np.asarray(np.where(np.isfinite(found), found, 0.0))

    def expected_percent(self, theta: float) -> float:
        """Return what somebody of this ability would have of all the items, in percent: the scale of a pass
        mark.
        """
        return 100 * float(self.probability(theta).mean())
