"""A person's shifts for their calendar program, which cannot sign in: the address itself is the secret."""

from __future__ import annotations

import datetime as dt

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.calendar_feed import CalendarEvent, EventStatus, write_calendar
from app.db import db
from app.models import Assignment, AssignmentKind, AssignmentStatus
from app.queries.assignments import list_calendar
from app.web.access import public
from app.web.public import bp

# Shifts of the last weeks stay on the calendar; older ones the phone may forget.
LOOK_BACK = dt.timedelta(days=30)

WORDS = {
    "zh": {
        "name": "坐席：我的班",
        "shift": "坐席·{project}",
        "standby": "坐席候补·{project}",
        "given_up": "已放出·{project}",
        "note": "{merchant}\n开班前 30 分钟起可以报到，开班后 5 分钟内算准时。",
        "standby_note": "{merchant}\n候补：请留意手机，叫到再报到。",
        "alarm": "30 分钟后开班：{project}",
    },
    "en": {
        "name": "Zuoxi: my shifts",
        "shift": "Zuoxi shift, {project}",
        "standby": "Zuoxi standby, {project}",
        "given_up": "Given up, {project}",
        "note": "{merchant}\nCheck in from 30 minutes before the start; up to 5 minutes after it is on time.",
        "standby_note": "{merchant}\nStandby: keep an eye on your phone and check in when you are called.",
        "alarm": "Your shift starts in 30 minutes: {project}",
    },
}


@bp.get("/calendar/<string:token>.ics")
@public
def show_calendar_feed(token: str) -> ResponseReturnValue:
    owner, shifts = list_calendar(db.session, token=token, since=clock.utc_now() - LOOK_BACK)
    words = WORDS["en" if owner.locale == "en" else "zh"]
    text = write_calendar((_event(shift, words) for shift in shifts), name=words["name"])
    return Response(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": 'inline; filename="zuoxi.ics"',
            # The address is a secret: no search engine may keep it.
            "X-Robots-Tag": "noindex, nofollow",
        },
    )


def _event(shift: Assignment, words: dict[str, str]) -> CalendarEvent:
    project, merchant = shift.project.name, shift.project.merchant.name
    given_up = shift.status is AssignmentStatus.RELEASED
    is_standby = shift.kind is AssignmentKind.STANDBY
    if given_up:
        status, summary = EventStatus.CANCELLED, words["given_up"]
    elif is_standby:
        status, summary = EventStatus.TENTATIVE, words["standby"]
    else:
        status, summary = EventStatus.CONFIRMED, words["shift"]
    changes = (shift.offered_at, shift.responded_at, shift.called_at, shift.checked_in_at)
    return CalendarEvent(
        uid=f"{shift.id}@zuoxi",
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        changed_at=max(moment for moment in changes if moment is not None),
        summary=summary.format(project=project),
        description=words["standby_note" if is_standby else "note"].format(merchant=merchant),
        url=url_for("agents.show_shift", assignment_id=shift.id, _external=True),
        status=status,
        alarm=None if given_up else words["alarm"].format(project=project),
    )
