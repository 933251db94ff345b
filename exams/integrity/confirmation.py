"""A second, shorter sitting beside the first: do the two results belong to one person's knowledge?"""

from __future__ import annotations

import dataclasses
import math

DIFFERS_BELOW = 0.01
"""A fall that chance brings to fewer than one in a hundred of those who knew it all the first time too."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """Right answers then and now. `p` is the chance of a fall so large or larger when nothing has changed."""

    first_right: int
    first_items: int
    second_right: int
    second_items: int
    p: float

    @property
    def agrees(self) -> bool:
        return self.p >= DIFFERS_BELOW


def compare_results(
    *, first_right: int, first_items: int, second_right: int, second_items: int
) -> Comparison:
    """Compare two sittings by Fisher's exact test, one-sided: only a fall says anything.

    R. A. Fisher, 1935, The design of experiments: given how many of all answers are right, how few of the
    second sitting's would be by chance. Exact for few items, where a normal test is not. Items of both are
    drawn by one blueprint, so that they are as hard as each other on average. Raises ValueError for counts
    that do not fit.
    """
    for right, items in ((first_right, first_items), (second_right, second_items)):
        if not 0 <= right <= items or items < 1:
            raise ValueError(f"{right} right of {items} items is no result")
    in_all = first_items + second_items
    right_in_all = first_right + second_right
    fewest = max(0, right_in_all - first_items)
    ways = sum(
        math.comb(right_in_all, right) * math.comb(in_all - right_in_all, second_items - right)
        for right in range(fewest, second_right + 1)
    )
    return Comparison(
        first_right=first_right,
        first_items=first_items,
        second_right=second_right,
        second_items=second_items,
        p=ways / math.comb(in_all, second_items),
    )
