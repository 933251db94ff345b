"""What decisions and appeals are called, for the person and for operations."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models import AppealKind, AppealState
from app.queries.appeals import Decision
from app.web.i18n import locale_code
from exams.blueprints import BLUEPRINTS

KINDS: Mapping[AppealKind, object] = {
    AppealKind.EXAM_RESULT: _l("考试没有通过"),
    AppealKind.INTEGRITY: _l("一次考试的成绩不算数"),
    AppealKind.SUSPENSION: _l("认证停用"),
    AppealKind.REVOCATION: _l("认证撤销"),
    AppealKind.TRIAL: _l("试岗没有通过"),
}

STATES: Mapping[AppealState, object] = {
    AppealState.OPEN: _l("等答复"),
    AppealState.GRANTED: _l("同意了"),
    AppealState.REFUSED: _l("没有同意"),
}

# What follows when the appeal is granted: said before anybody presses a button.
EFFECTS: Mapping[AppealKind, object] = {
    AppealKind.EXAM_RESULT: _l("有问题的题给满分，重新算分；或者这一次不算，不用等就能再考。"),
    AppealKind.INTEGRITY: _l("成绩重新算数；因此撤销的认证恢复。"),
    AppealKind.SUSPENSION: _l("停用马上结束。已经给了别人的班不收回。"),
    AppealKind.REVOCATION: _l("认证恢复，编号不变。已经给了别人的班不收回。"),
    AppealKind.TRIAL: _l("申请重开，再排一次试岗，换一个人来带。"),
}


def subject_of(decision: Decision) -> str:
    """Return what a decision is about: the exam, the project, or the base certificate."""
    if decision.exam is not None:
        return BLUEPRINTS[decision.exam].title.in_language(locale_code())
    return decision.project or str(_("基础认证"))
