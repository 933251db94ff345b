"""Whether an item is harder for a group than for others who are as able: Mantel and Haenszel's comparison.

People are matched by their total. P. W. Holland and D. T. Thayer, 1988, Differential item performance and the
Mantel-Haenszel procedure; the error of the log odds ratio after J. Robins, N. Breslow and S. Greenland, 1986,
Biometrics 42, 311-323; the classes A, B and C are those of ETS (M. Zieky, 1993, in Holland and Wainer,
Differential item functioning).
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Matrix = NDArray[np.float64]
ETS_SCALE = -2.35
SLIGHT, LARGE = 1.0, 1.5
SURE = 1.645
"""One-sided 5 %: class C is surely above 1 on the delta scale, not only 1.5 by chance."""

MOST_ROUNDS = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class MantelHaenszel:
    """One item. odds_ratio above 1, delta below 0: harder for the group than for others with the same total.

    None where no total has answers of both groups, or all of them are alike.
    """

    item_id: str
    odds_ratio: float | None
    chi_square: float | None
    p: float | None
    delta: float | None
    delta_se: float | None
    ets_class: str | None


def compare_groups(
    right: Matrix,
    group: NDArray[np.bool_],
    *,
    item_ids: tuple[str, ...],
    strata: NDArray[np.intp] | None = None,
    purify: bool = True,
) -> tuple[MantelHaenszel, ...]:
    """Return the comparison of each item between the group and everybody else.

    right: (people, items) with 1, 0 or nan. group: who belongs to it. strata: who is matched with whom; when
    left out, by the number right of all items, the item itself among them, which needs a complete table.
    purify: match anew without the items of class B and C until these stay the same (never with `strata`).
    """
    if strata is not None:
        return tuple(_compare(right[:, at], group, strata, name) for at, name in enumerate(item_ids))
    if np.isnan(right).any():
        raise ValueError("people who had different items need strata")
    kept = np.ones(len(item_ids), dtype=np.bool_)
    for _ in range(MOST_ROUNDS):
        total = right[:, kept].sum(axis=1)
        found = []
        for at, name in enumerate(item_ids):
            mine = total if kept[at] else total + right[:, at]
            found.append(_compare(right[:, at], group, mine.astype(np.intp), name))
        fair = np.array([item.ets_class not in ("B", "C") for item in found])
        # Without at least two items to match by there is nothing to compare with.
        if not purify or (fair == kept).all() or fair.sum() < 2:
            break
        kept = fair
    return tuple(found)


def _compare(
    answers: Matrix, group: NDArray[np.bool_], strata: NDArray[np.intp], item_id: str
) -> MantelHaenszel:
    seen = ~np.isnan(answers)
    size = int(strata.max(initial=0)) + 1

    def count(who: NDArray[np.bool_], answer: float) -> Matrix:
        return np.bincount(strata[seen & who & (answers == answer)], minlength=size).astype(np.float64)

    a, b = count(~group, 1.0), count(~group, 0.0)
    c, d = count(group, 1.0), count(group, 0.0)
    total = a + b + c + d
    # A total that only one of the groups reached compares nothing.
    used = (a + b > 0) & (c + d > 0)
    a, b, c, d, total = a[used], b[used], c[used], d[used], total[used]
    variance = (
        float(((a + b) * (c + d) * (a + c) * (b + d) / (total**2 * (total - 1))).sum()) if len(a) else 0.0
    )
    r, s = a * d / total, b * c / total
    if variance == 0:
        return MantelHaenszel(
            item_id=item_id,
            odds_ratio=None,
            chi_square=None,
            p=None,
            delta=None,
            delta_se=None,
            ets_class=None,
        )
    away = abs(float(a.sum() - ((a + b) * (a + c) / total).sum()))
    value = max(0.0, away - 0.5) ** 2 / variance
    p = float(chdtrc(1, value))
    if r.sum() == 0 or s.sum() == 0:
        return MantelHaenszel(
            item_id=item_id, odds_ratio=None, chi_square=value, p=p, delta=None, delta_se=None, ets_class=None
        )
    ratio = float(r.sum() / s.sum())
    same, other = (a + d) / total, (b + c) / total
    error = math.sqrt(
        float((same * r).sum()) / (2 * float(r.sum()) ** 2)
        + float((same * s + other * r).sum()) / (2 * float(r.sum()) * float(s.sum()))
        + float((other * s).sum()) / (2 * float(s.sum()) ** 2)
    )
    delta, delta_se = ETS_SCALE * math.log(ratio), -ETS_SCALE * error
    return MantelHaenszel(
        item_id=item_id,
        odds_ratio=ratio,
        chi_square=value,
        p=p,
        delta=delta,
        delta_se=delta_se,
        ets_class=_classify(delta, delta_se, p),
    )


def _classify(delta: float, error: float, p: float) -> str:
    if abs(delta) < SLIGHT or p >= 0.05:
        return "A"
    return "C" if abs(delta) >= LARGE and abs(delta) - SLIGHT > SURE * error else "B"
