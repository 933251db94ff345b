"""What a trial shift is judged by, and which verdict the marks allow."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping

from app.models.trial_shift import TrialStatus

SHORTEST, LONGEST = dt.timedelta(hours=1), dt.timedelta(hours=8)


class Criterion(enum.StrEnum):
    """In the order in which a supervisor goes through them."""

    PROMPTNESS = "promptness"
    FACTS = "facts"
    MANNERS = "manners"
    PRIVACY = "privacy"
    ESCALATION = "escalation"


class Mark(enum.StrEnum):
    GOOD = "good"
    ENOUGH = "enough"
    LACKING = "lacking"


VERDICTS = (TrialStatus.PASSED, TrialStatus.AGAIN, TrialStatus.FAILED)


def verdict_contradicts(verdict: TrialStatus, marks: Mapping[Criterion, Mark]) -> bool:
    """Say whether the marks speak against the verdict: nobody passes with something lacking, and nobody who
    lacks nothing is held back.
    """
    lacks = Mark.LACKING in marks.values()
    return lacks if verdict is TrialStatus.PASSED else not lacks
