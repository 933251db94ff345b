"""A merchant's day as it happens: seats, the promise, and who is on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import uuid
from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import db
from app.errors import NotFoundError
from app.permissions import Permission
from app.queries import live, seat_covers
from app.queries.live import PROMISED_SHARE, LiveBoard, SlotLine
from app.web import charts
from app.web.access import requires
from app.web.merchants import bp, merchant_id

HALF_HOURS_A_DAY = 48
# The chart shows at least the five points below 100 %; the lines on it stand for one point each, or for more.
LEAST_SPAN = 0.05
TICKS = 5
PEOPLE_SHOWN = 12


@dataclasses.dataclass(frozen=True, kw_only=True)
class LevelChart:
    """The 30-second level through the day: shapes, and the words of its axis."""

    line: str
    below: str
    promise: float
    ticks: Sequence[float]
    now: float | None


@bp.get("/live")
@requires(Permission.LIVE_READ)
def show_live() -> ResponseReturnValue:
    owner = merchant_id()
    now = clock.utc_now()
    today = now.astimezone(BUSINESS_ZONE).date()
    day = _asked_day() or today
    is_today = day == today
    project_id = _asked_project()
    projects = live.list_projects(db.session, merchant_id=owner)
    board = live.get_live_board(
        db.session,
        merchant_id=owner,
        project_id=project_id,
        day=day,
        moment=now if is_today else _end_of(day),
    )
    return render_template(
        "merchants/live.html",
        board=board,
        chart=_draw_level(board, is_today=is_today),
        slot=_current_slot(board.slots, now) if is_today else None,
        below=[start for start, answering in board.half_hours if answering.is_below],
        last_day=live.find_last_day(db.session, merchant_id=owner, before=now)
        if not board.today.contacts
        else None,
        covers=seat_covers.list_own_by_start(
            db.session,
            project_ids=[project_id] if project_id else [one for one, _ in projects],
            day_starts_at=board.starts_at,
            now=now,
        ),
        whole_percent=seat_covers.whole_percent,
        projects=projects,
        project_id=project_id,
        day=day,
        is_today=is_today,
        now=now,
        promised_share=PROMISED_SHARE,
        shows_all="all" in request.args,
        people_shown=PEOPLE_SHOWN,
    )


def _asked_day() -> dt.date | None:
    try:
        day = dt.date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
    return day if day.year in clock.YEARS else None


def _asked_project() -> uuid.UUID | None:
    asked = request.args.get("project")
    if not asked:
        return None
    try:
        return uuid.UUID(asked)
    except ValueError as error:
        raise NotFoundError(f"project {asked}") from error


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), BUSINESS_ZONE).astimezone(dt.UTC) + dt.timedelta(days=1)


def _current_slot(slots: Sequence[SlotLine], now: dt.datetime) -> SlotLine | None:
    return next((slot for slot in slots if slot.starts_at <= now < slot.ends_at), None)


def _draw_level(board: LiveBoard, *, is_today: bool) -> LevelChart | None:
    """Draw each half hour's level at its middle; None when no half hour has one."""
    levels = {start: answering.level for start, answering in board.half_hours if answering.level is not None}
    if not levels:
        return None
    span = max(LEAST_SPAN, 1 - min(levels.values()))
    low = max(0.0, 1 - math.ceil(span * 20 - 1e-9) / 20)
    scale = charts.Scale(low=low, high=1)
    points: list[charts.Point | None] = []
    for number in range(HALF_HOURS_A_DAY):
        level = levels.get(board.starts_at + number * live.HALF_HOUR)
        x = (number + 0.5) * 100 / HALF_HOURS_A_DAY
        points.append(None if level is None else (x, scale.height(level)))
    promise = scale.height(PROMISED_SHARE)
    passed = (board.moment - board.starts_at) / dt.timedelta(days=1) * 100
    return LevelChart(
        line=charts.line(points),
        below=charts.area(points, promise),
        promise=promise,
        ticks=scale.ticks(TICKS),
        now=round(passed, 2) if is_today else None,
    )
