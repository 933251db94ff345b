"""The day board: who is there, who is not, and one key to find somebody else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import attendance_rules, clock
from app.clock import BUSINESS_ZONE
from app.db import db, transaction
from app.errors import NoSubstituteError, NotFoundError
from app.models import Assignment, PeakEvent, ShiftSlot
from app.permissions import Permission
from app.queries import day_board
from app.queries.agents import get_agent
from app.queries.day_board import DayBoard
from app.services import refills
from app.web.access import requires
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from app.web.paging import page_number, pages_of
from app.words import moment_text

PEOPLE_ON_A_PAGE = 60
EMPTY_SEATS_SHOWN = 30
# More may have left than seats are empty: so many are read to find those that count.
EMPTY_SEATS_READ = 500


@bp.get("/day")
@requires(Permission.DAY_MANAGE)
def show_day() -> ResponseReturnValue:
    now = clock.utc_now()
    asked = request.args.get("slot", type=uuid.UUID)
    slot = day_board.find_slot(db.session, slot_id=asked, now=now)
    if slot is None:
        if asked is not None:
            raise NotFoundError(f"slot {asked}")
        return render_template("operations/no_day.html")
    project_id = request.args.get("project", type=uuid.UUID)
    board = day_board.get_day_board(db.session, slot_id=slot.id)
    page = page_number()
    people = day_board.list_people(
        db.session,
        slot_id=slot.id,
        project_id=project_id,
        limit=PEOPLE_ON_A_PAGE,
        offset=(page - 1) * PEOPLE_ON_A_PAGE,
    )
    count = day_board.count_people(db.session, slot_id=slot.id, project_id=project_id)
    empty = day_board.list_empty_seats(db.session, slot_id=slot.id, limit=EMPTY_SEATS_READ)
    day = slot.starts_at.astimezone(BUSINESS_ZONE).date()
    return render_template(
        "operations/day.html",
        now=now,
        slot=slot,
        is_running=slot.starts_at <= now < slot.ends_at,
        is_over=now >= slot.ends_at,
        is_closing=attendance_rules.is_too_late_to_refill(ends_at=slot.ends_at, now=now),
        is_urgent=attendance_rules.is_urgent(starts_at=slot.starts_at, now=now),
        board=board,
        empty_seats=_seats_that_count(board, empty)[:EMPTY_SEATS_SHOWN],
        people=people,
        successors=day_board.list_successors(db.session, [person.id for person in people]),
        chosen=next((line for line in board.lines if line.project_id == project_id), None),
        count=count,
        pages=pages_of(count, PEOPLE_ON_A_PAGE, page),
        day=day,
        slots=day_board.list_slots_of_day(db.session, event_id=slot.event_id, day=day),
        days=_days_around(slot.event, slot, day),
        next_busy=None if board.lines else day_board.find_next_busy_slot(db.session, after=slot.starts_at),
    )


@bp.post("/day/seats/<uuid:assignment_id>/refill")
@requires(Permission.DAY_MANAGE)
def refill_seat(assignment_id: uuid.UUID) -> ResponseReturnValue:
    """Call a standby, or ask the best substitute, for a seat that somebody left behind."""
    found = None
    try:
        with transaction(db.session):
            found = refills.refill_seat(
                db.session, assignment_id, actor_user_id=the_user().id, now=clock.utc_now()
            )
    except NoSubstituteError:
        flash(_("没有找到人：有认证、有空、歇够了的都问过了，候补也没有。可以从别的班次调人，或联系商家。"))
    else:
        flash(_say_found(found) if found else _("这个坐席不用再找人：已经有人接了，或者不再订了。"))
    seat = db.session.get_one(Assignment, assignment_id)
    return redirect(url_for("operations.show_day", slot=seat.slot_id))


def _say_found(found: Assignment) -> str:
    name = get_agent(db.session, found.agent_id).user.name
    if found.called_at is not None:
        return str(_("叫了候补 %(name)s，已经通知到本人。", name=name))
    until = moment_text(found.respond_by, locale_code())
    return str(_("邀约发给了 %(name)s，等答复到 %(until)s。", name=name, until=until))


def _seats_that_count(board: DayBoard, left: Sequence[Assignment]) -> list[Assignment]:
    """Return as many of those who left as their project has empty seats."""
    room = Counter({line.project_id: line.empty for line in board.lines})
    found = []
    for assignment in left:
        if room[assignment.project_id] > 0:
            room[assignment.project_id] -= 1
            found.append(assignment)
    return found


def _days_around(event: PeakEvent, slot: ShiftSlot, day: dt.date) -> list[tuple[dt.date, uuid.UUID | None]]:
    """Return the day before and the day after with the slot of the same hour; None outside the season."""
    return [
        (
            other,
            day_board.find_slot_on(db.session, event=event, day=other, like=slot.starts_at)
            if event.starts_on <= other <= event.ends_on
            else None,
        )
        for other in (day - dt.timedelta(days=1), day + dt.timedelta(days=1))
    ]
