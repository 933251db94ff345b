"""Who chose which option: counts by score group, and what that says about the options."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from exams.analysis import FEW_ANSWERS, SAME, Matrix

GROUP_NAMES = ("weakest third", "middle third", "strongest third")
IDLE_PERCENT = 2.0
"""An option that fewer choose distracts nobody."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Option:
    """One option of an item.

    groups: how many of the weakest, middle and strongest third by the rest of the attempt chose it.
    correlation: 100 times the correlation of choosing it with the rest; None where all are alike.
    """

    option: str
    is_key: bool
    count: int
    percent: float
    groups: tuple[int, int, int]
    correlation: float | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemOptions:
    """The options of one item, the key first, then by how often they were chosen; remarks in plain words."""

    item_id: str
    options: tuple[Option, ...]
    remarks: tuple[str, ...]


def count_options(
    choices: Sequence[Sequence[str]], points: Matrix, *, item_ids: Sequence[str], key: Mapping[str, str]
) -> tuple[ItemOptions, ...]:
    """Return the table of options of each item.

    choices: the option each attempt took, (attempts, items); what counts as no answer is nan in `points`,
    which holds 1 for the key and 0 for another option.
    """
    seen = ~np.isnan(points)
    filled = np.where(seen, points, 0.0)
    totals, counts = filled.sum(axis=1), seen.sum(axis=1)
    found = []
    for column, item_id in enumerate(item_ids):
        had = seen[:, column] & (counts > 1)
        rest = (totals - filled[:, column])[had] / (counts[had] - 1)
        taken = np.array([row[column] for row, mine in zip(choices, had, strict=True) if mine])
        found.append(_describe(item_id, taken, rest, key[item_id]))
    return tuple(found)


def _describe(
    item_id: str, taken: np.ndarray[tuple[int], np.dtype[np.str_]], rest: Matrix, key: str
) -> ItemOptions:
    # People with the same rest are in the same third, by the middle of their ranks.
    place = (_middle_ranks(np.round(rest, 9)) - 0.5) / max(len(rest), 1)
    thirds = (place > 1 / 3).astype(np.intp) + (place > 2 / 3)
    options = []
    for name in sorted({key, *(str(word) for word in taken)}):
        chose = taken == name
        groups = np.bincount(thirds[chose], minlength=3)
        options.append(
            Option(
                option=name,
                is_key=name == key,
                count=int(chose.sum()),
                percent=100 * float(chose.mean()) if len(chose) else 0.0,
                groups=(int(groups[0]), int(groups[1]), int(groups[2])),
                correlation=_correlate(chose.astype(np.float64), rest),
            )
        )
    options.sort(key=lambda option: (not option.is_key, -option.count, option.option))
    return ItemOptions(
        item_id=item_id,
        options=tuple(options),
        remarks=tuple(_remarks(options)) if len(taken) >= FEW_ANSWERS else (),
    )


def _middle_ranks(values: Matrix) -> Matrix:
    """Return the ranks from 1, those of equal values being the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Matrix = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks


def _correlate(chose: Matrix, rest: Matrix) -> float | None:
    if len(chose) < 2 or np.ptp(chose) < SAME or np.ptp(rest) < SAME:
        return None
    return 100 * float(np.corrcoef(chose, rest)[0, 1])


def _remarks(options: list[Option]) -> list[str]:
    key, others = options[0], options[1:]
    remarks = []
    for option in others:
        if option.groups[2] > key.groups[2]:
            remarks.append(f"the strongest choose {option.option} more often than the key: check the key")
        elif option.correlation is not None and option.correlation > 5:
            remarks.append(f"the stronger tend to choose {option.option}: check that it is wrong")
        elif option.percent < IDLE_PERCENT:
            remarks.append(f"hardly anybody chooses {option.option}: write another")
    return remarks
