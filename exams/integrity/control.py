"""How many flags chance alone may raise, when many people or pairs are looked at together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def false_discovery_limit(p_values: ArrayLike, *, tests: int, rate: float) -> float:
    """Return the largest p value that is still a finding, 0 when none is.

    Y. Benjamini and Y. Hochberg, 1995, Journal of the Royal Statistical Society B 57, 289-300: of the
    findings, `rate` are chance on average. `tests` is how many were made; `p_values` may leave out those that
    are too large to matter.
    """
    if not 0 < rate < 1:
        raise ValueError(f"a rate of false findings is between 0 and 1, not {rate}")
    ordered: NDArray[np.float64] = np.sort(np.asarray(p_values, dtype=np.float64))
    if len(ordered) > tests:
        raise ValueError(f"{len(ordered)} p values of {tests} tests")
    allowed = rate * np.arange(1, len(ordered) + 1) / max(tests, 1)
    found = np.flatnonzero(ordered <= allowed)
    return float(ordered[found[-1]]) if len(found) else 0.0
