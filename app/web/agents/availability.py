"""When I can work: a week of the season as days x slots, saved as stretches of time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import db, transaction
from app.models import Availability, ShiftSlot
from app.permissions import Permission
from app.queries import availability as availability_queries
from app.queries import seasons as season_queries
from app.services import availability
from app.services.availability import CAN, WANT, WANTED_FROM, Window
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id, the_user


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """One slot of one day; `state` is "want", "can" or empty, as it is saved."""

    slot: ShiftSlot
    state: str
    is_past: bool

    @property
    def name(self) -> str:
        return f"slot-{int(self.slot.starts_at.timestamp())}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Week:
    """The slots of one week, Monday to Sunday, that lie in the season."""

    monday: dt.date
    slots: Sequence[ShiftSlot]

    @property
    def last_day(self) -> dt.date:
        return self.slots[-1].starts_at.astimezone(BUSINESS_ZONE).date()

    @property
    def first_day(self) -> dt.date:
        return self.slots[0].starts_at.astimezone(BUSINESS_ZONE).date()


@bp.route("/availability", methods=["GET", "POST"])
@requires(Permission.AVAILABILITY_MANAGE)
def edit_availability() -> ResponseReturnValue:
    now = clock.utc_now()
    season = season_queries.find_season(db.session, today=now.astimezone(BUSINESS_ZONE).date())
    slots = availability_queries.list_slots(db.session, season.id) if season else []
    weeks = _weeks(slots)
    if not weeks:
        return render_template("agents/availability.html", weeks=[])
    index = _chosen(weeks, now=now)
    form = FlaskForm()
    if form.validate_on_submit():
        copies = request.form.get("action") == "copy" and index + 1 < len(weeks)
        with transaction(db.session):
            _save(weeks[index], now=now)
            if copies:
                _copy(weeks[index], weeks[index + 1], now=now)
        if copies:
            index += 1
            flash(_("已保存，并照抄到下一周。这就是下一周。"))
        else:
            flash(_("已保存。排班从现在起按它办。"))
        return redirect(url_for("agents.edit_availability", week=weeks[index].monday.isoformat()))
    week = weeks[index]
    windows = availability_queries.list_windows(
        db.session, the_agent_id(), starts_at=week.slots[0].starts_at, ends_at=week.slots[-1].ends_at
    )
    return render_template(
        "agents/availability.html",
        form=form,
        season=season,
        weeks=weeks,
        week=week,
        following=weeks[index + 1] if index + 1 < len(weeks) else None,
        hours=sorted({slot.starts_at.astimezone(BUSINESS_ZONE).hour for slot in slots}),
        days=_by_day(week, windows, now=now),
        shifts_outside=availability_queries.list_shifts_outside(db.session, the_agent_id(), now=now),
    )


def _weeks(slots: Sequence[ShiftSlot]) -> list[Week]:
    by_monday: dict[dt.date, list[ShiftSlot]] = {}
    for slot in slots:
        by_monday.setdefault(_monday(slot.starts_at), []).append(slot)
    return [Week(monday=monday, slots=held) for monday, held in by_monday.items()]


def _monday(moment: dt.datetime) -> dt.date:
    day = moment.astimezone(BUSINESS_ZONE).date()
    return day - dt.timedelta(days=day.weekday())


def _chosen(weeks: Sequence[Week], *, now: dt.datetime) -> int:
    """Return the place of the asked week; without one, of the first that is not over."""
    wanted = request.args.get("week")
    if wanted is not None:
        for index, week in enumerate(weeks):
            if week.monday.isoformat() == wanted:
                return index
        abort(404)
    return next((index for index, week in enumerate(weeks) if week.slots[-1].ends_at > now), len(weeks) - 1)


def _by_day(
    week: Week, windows: Sequence[Availability], *, now: dt.datetime
) -> Mapping[dt.date, Sequence[Cell]]:
    days: dict[dt.date, list[Cell]] = {}
    for slot in week.slots:
        day = slot.starts_at.astimezone(BUSINESS_ZONE).date()
        cell = Cell(slot=slot, state=_state(slot, windows), is_past=slot.starts_at <= now)
        days.setdefault(day, []).append(cell)
    return days


def _state(slot: ShiftSlot, windows: Sequence[Availability]) -> str:
    """Return how willing the person is in the whole slot: its least wanted part counts."""
    covered, points = dt.timedelta(0), []
    for window in windows:
        shared = min(window.ends_at, slot.ends_at) - max(window.starts_at, slot.starts_at)
        if shared > dt.timedelta(0):
            covered += shared
            points.append(window.preference)
    if covered < slot.ends_at - slot.starts_at:
        return ""
    return "want" if min(points) >= WANTED_FROM else "can"


def _save(week: Week, *, now: dt.datetime) -> None:
    """Save what is ticked; slots that have begun stay as they are."""
    ahead = [slot for slot in week.slots if slot.starts_at > now]
    chosen = {
        slot: _points(request.form.getlist(f"slot-{int(slot.starts_at.timestamp())}")) for slot in ahead
    }
    _replace(ahead, {slot: points for slot, points in chosen.items() if points is not None}, now=now)


def _points(ticked: Sequence[str]) -> int | None:
    if "want" in ticked:
        return WANT
    return CAN if "can" in ticked else None


def _copy(source: Week, target: Week, *, now: dt.datetime) -> None:
    """Give each slot of the next week what the same weekday and hour have in this one."""
    windows = availability_queries.list_windows(
        db.session, the_agent_id(), starts_at=source.slots[0].starts_at, ends_at=source.slots[-1].ends_at
    )
    pattern = {_place(slot): _state(slot, windows) for slot in source.slots}
    # A weekday that the season's first week lacks gives no pattern: the next week keeps it as it is.
    ahead = [slot for slot in target.slots if slot.starts_at > now and _place(slot) in pattern]
    chosen = {slot: _points([pattern[_place(slot)]]) for slot in ahead}
    _replace(ahead, {slot: points for slot, points in chosen.items() if points is not None}, now=now)


def _place(slot: ShiftSlot) -> tuple[int, int]:
    local = slot.starts_at.astimezone(BUSINESS_ZONE)
    return local.weekday(), local.hour


def _replace(slots: Sequence[ShiftSlot], points: Mapping[ShiftSlot, int], *, now: dt.datetime) -> None:
    if not slots:
        return
    availability.replace_availability(
        db.session,
        agent_id=the_agent_id(),
        starts_at=slots[0].starts_at,
        ends_at=slots[-1].ends_at,
        windows=[
            Window(starts_at=slot.starts_at, ends_at=slot.ends_at, preference=value)
            for slot, value in points.items()
        ],
        actor_user_id=the_user().id,
        now=now,
    )
