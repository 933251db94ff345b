"""When an agent may sit an exam again."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence


@dataclasses.dataclass(frozen=True, kw_only=True)
class RetakePolicy:
    """Waits after the first, second, ... failed attempt; when they run out, no attempt is left."""

    waits: tuple[dt.timedelta, ...]

    def __post_init__(self) -> None:
        if any(wait < dt.timedelta(0) for wait in self.waits):
            raise ValueError("a wait cannot be negative")

    @property
    def attempts(self) -> int:
        """How many attempts there are in all."""
        return len(self.waits) + 1


# People come for work and learn fast: a day to read up, then longer, so that the bank is not learnt by heart.
BASE_RETAKES = RetakePolicy(waits=(dt.timedelta(days=1), dt.timedelta(days=7), dt.timedelta(days=30)))
PROJECT_RETAKES = RetakePolicy(waits=(dt.timedelta(days=1), dt.timedelta(days=3)))

RETAKES: Mapping[str, RetakePolicy] = {
    "base": BASE_RETAKES,
    "project-presales-chat": PROJECT_RETAKES,
    "project-aftersales-chat": PROJECT_RETAKES,
    "project-hotline": PROJECT_RETAKES,
}
"""The policy of each scored exam, by the id of its blueprint. Practice has no limit, and a confirmation is
sat once, when it is asked for."""


def next_attempt_at(
    *, exam_opens_at: dt.datetime, failed_at: Sequence[dt.datetime], policy: RetakePolicy
) -> dt.datetime | None:
    """Return when the next attempt opens, or None when no attempt is left.

    `failed_at` holds the ends of the failed attempts, in any order. Leave out an attempt that was waived
    because of a technical failure: it then costs neither a wait nor an attempt.
    """
    if not failed_at:
        return exam_opens_at
    if len(failed_at) > len(policy.waits):
        return None
    return max(exam_opens_at, max(failed_at) + policy.waits[len(failed_at) - 1])
