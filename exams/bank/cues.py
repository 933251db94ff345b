"""Cues that let a test-wise person find keys without knowing the trade."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from exams.items import Item, SingleItem, TrueFalseItem

MOST_SHARE_LONGEST = 0.45
MOST_SHARE_OF_ONE_ID = 0.40
MOST_SHARE_TRUE = 0.65
FEWEST_TO_JUDGE = 10


def find_cues(items: Sequence[Item]) -> Iterator[str]:
    """Yield what gives keys away across the items, with the mend; nothing for a handful of items."""
    singles = [item for item in items if isinstance(item, SingleItem)]
    if len(singles) >= FEWEST_TO_JUDGE:
        for language in ("zh", "en"):
            longest = sum(_key_is_longest(item, language) for item in singles)
            if longest > MOST_SHARE_LONGEST * len(singles):
                yield (
                    f"in {longest} of {len(singles)} single-choice items the right option is the longest in "
                    f"{language}: lengthen wrong options."
                )
        option_id, count = Counter(item.key for item in singles).most_common(1)[0]
        if count > MOST_SHARE_OF_ONE_ID * len(singles):
            yield f"in {count} of {len(singles)} single-choice items the key is {option_id}: spread the keys."
    statements = [item for item in items if isinstance(item, TrueFalseItem)]
    if len(statements) >= FEWEST_TO_JUDGE:
        true = sum(item.key for item in statements)
        if not 1 - MOST_SHARE_TRUE <= true / len(statements) <= MOST_SHARE_TRUE:
            yield f"{true} of {len(statements)} statements are true: balance true and false."


def _key_is_longest(item: SingleItem, language: str) -> bool:
    lengths = {option.id: len(option.text.in_language(language)) for option in item.options}
    key_length = lengths.pop(item.key)
    # Options in a fixed order are figures, whose length tells nothing.
    return item.shuffle and key_length > max(lengths.values())
