"""The words of a trial's criteria, marks and verdicts, for the agent's pages and for operations'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.models import TrialStatus
from app.trial_rules import Criterion, Mark

CRITERIA: Mapping[Criterion, Any] = {
    Criterion.PROMPTNESS: _l("回得及时，按本人的需要算"),
    Criterion.FACTS: _l("答得准，不乱答应"),
    Criterion.MANNERS: _l("说话得体"),
    Criterion.PRIVACY: _l("守住顾客的资料"),
    Criterion.ESCALATION: _l("该转的时候转"),
}

MARKS: Mapping[Mark, Any] = {
    Mark.GOOD: _l("好"),
    Mark.ENOUGH: _l("够用"),
    Mark.LACKING: _l("不够"),
}

VERDICTS: Mapping[TrialStatus, Any] = {
    TrialStatus.SCHEDULED: _l("排好了"),
    TrialStatus.PASSED: _l("通过"),
    TrialStatus.AGAIN: _l("再试一次"),
    TrialStatus.FAILED: _l("不通过"),
    TrialStatus.MOVED: _l("改了时间"),
}
