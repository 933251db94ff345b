"""Shifts in words, for the pages of an agent: what one pays, how its check-in stands, how a week looks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Collection, Iterable, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app import attendance_rules, pay_rules
from app.clock import BUSINESS_ZONE
from app.models import (
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Availability,
    PeakEvent,
    SeasonPhase,
    ServiceLine,
)
from app.web.i18n import locale_code
from app.words import date_text

SERVICE_LINES = {
    ServiceLine.PRESALES_CHAT: _l("售前文字"),
    ServiceLine.AFTERSALES_CHAT: _l("售后文字"),
    ServiceLine.HOTLINE: _l("热线"),
}
BLOCK = dt.timedelta(hours=4)
DAYS_SHOWN = 7


def local_day(moment: dt.datetime) -> dt.date:
    """Return the day of a moment in the business's zone."""
    return moment.astimezone(BUSINESS_ZONE).date()


def start_of(day: dt.date) -> dt.datetime:
    """Return the first moment of a day of the business's zone, in UTC."""
    return dt.datetime.combine(day, dt.time(0), tzinfo=BUSINESS_ZONE).astimezone(dt.UTC)


def hours_of(shift: Assignment, *, short: bool = False) -> str:
    """Return 20:00 – 24:00, or 20–24 where every hour is full and it should be short."""
    start, end = (moment.astimezone(BUSINESS_ZONE) for moment in (shift.starts_at, shift.ends_at))
    last_hour = end.hour or 24
    if short and start.minute == end.minute == 0:
        return f"{start:%H}–{last_hour:02d}"
    return f"{start:%H:%M} – {last_hour:02d}:{end:%M}"


def near_moment(moment: dt.datetime, *, now: dt.datetime) -> str:
    """Return a moment as people say it: today 12:00, tomorrow 12:00, else with its date."""
    time = f"{moment.astimezone(BUSINESS_ZONE):%H:%M}"
    away = (local_day(moment) - local_day(now)).days
    if away == 0:
        return str(_("今天 %(time)s", time=time))
    if away == 1:
        return str(_("明天 %(time)s", time=time))
    return f"{date_text(moment, locale_code(), today=now)} {time}"


def length_words(minutes: int) -> str:
    """Return 4 小时, 3 小时 40 分钟, or 40 分钟."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(_("%(minutes)s 分钟", minutes=rest))
    if not rest:
        return str(ngettext("%(num)s 小时", "%(num)s 小时", hours))
    return str(_("%(hours)s 小时 %(minutes)s 分钟", hours=hours, minutes=rest))


# What every template about shifts needs.
WORDS = {
    "hours_of": hours_of,
    "length_words": length_words,
    "near_moment": near_moment,
    "service_lines": SERVICE_LINES,
    "standby_fen_an_hour": pay_rules.STANDBY_FEN_AN_HOUR,
}


def paid_shift(
    assignment: Assignment, phases: Iterable[SeasonPhase], *, now: dt.datetime | None = None
) -> pay_rules.Shift:
    """Return what the pay rule needs of an assignment with its project.

    With `now`, for an offer: it would be accepted now.
    """
    day = local_day(assignment.starts_at)
    phase = next(
        (
            phase
            for phase in phases
            if phase.event_id == assignment.event_id and phase.starts_on <= day <= phase.ends_on
        ),
        None,
    )
    name = "" if phase is None else phase.name_en if locale_code() == "en" else phase.name_zh
    return pay_rules.Shift(
        starts_at=assignment.starts_at,
        ends_at=assignment.ends_at,
        is_standby=assignment.kind is AssignmentKind.STANDBY,
        pay_fen_an_hour=assignment.project.pay_fen_an_hour,
        called_at=assignment.called_at,
        accepted_at=now or assignment.responded_at,
        checked_in_at=assignment.checked_in_at,
        surcharge_percent=pay_rules.surcharge_percent(phase.highest_demand_percent) if phase else 0,
        phase=name,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Offer:
    """An offer with what it pays and until when it waits."""

    assignment: Assignment
    pay: pay_rules.ShiftPay
    respond_by: str

    @property
    def is_standby(self) -> bool:
        return self.pay.shift.is_standby


def offers_of(
    assignments: Sequence[Assignment], phases: Iterable[SeasonPhase], *, now: dt.datetime
) -> list[Offer]:
    """Return offers ready to be shown."""
    known = list(phases)
    return [
        Offer(
            assignment=assignment,
            pay=pay_rules.pay_of(paid_shift(assignment, known, now=now)),
            respond_by=near_moment(assignment.respond_by, now=now),
        )
        for assignment in assignments
    ]


class Arrival(enum.StrEnum):
    """How the check-in of the next shift stands."""

    EARLY = "early"
    OPEN = "open"
    LATE = "late"
    REPLACED = "replaced"
    PRESENT = "present"
    STANDBY = "standby"


@dataclasses.dataclass(frozen=True, kw_only=True)
class NextShift:
    """The next shift with its check-in: when it opens, until when it is on time, when it closes."""

    assignment: Assignment
    arrival: Arrival
    opens_at: dt.datetime
    on_time_until: dt.datetime
    closes_at: dt.datetime
    pay: pay_rules.ShiftPay
    minutes_to_start: int

    @property
    def can_check_in(self) -> bool:
        return self.arrival in (Arrival.OPEN, Arrival.LATE)

    @property
    def can_release(self) -> bool:
        return self.assignment.status is AssignmentStatus.ACCEPTED and self.minutes_to_start > 0


def next_shift_of(
    assignment: Assignment, phases: Iterable[SeasonPhase], *, is_replaced: bool, now: dt.datetime
) -> NextShift:
    """Say how the check-in of a shift stands; `is_replaced` when somebody else has the seat by now."""
    called_at, accepted_at = assignment.called_at, assignment.responded_at
    starts_at = assignment.starts_at
    opens_at, closes_at = attendance_rules.check_in_window(
        starts_at=starts_at, called_at=called_at, accepted_at=accepted_at
    )
    on_time = attendance_rules.on_time_until(
        starts_at=starts_at, called_at=called_at, accepted_at=accepted_at
    )
    if assignment.status is AssignmentStatus.PRESENT:
        arrival = Arrival.PRESENT
    elif assignment.kind is AssignmentKind.STANDBY:
        arrival = Arrival.STANDBY
    elif is_replaced:
        arrival = Arrival.REPLACED
    elif now < opens_at:
        arrival = Arrival.EARLY
    else:
        arrival = Arrival.OPEN if now <= on_time else Arrival.LATE
    return NextShift(
        assignment=assignment,
        arrival=arrival,
        opens_at=opens_at,
        on_time_until=on_time,
        closes_at=closes_at,
        pay=pay_rules.pay_of(paid_shift(assignment, phases)),
        minutes_to_start=-((now - starts_at) // pay_rules.MINUTE),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Day:
    """One line of the week: six blocks of four hours (on, standby, offer, off or free) and words beneath."""

    date: dt.date
    is_today: bool
    blocks: Sequence[str]
    words: str


def week_of(
    shifts: Sequence[Assignment],
    windows: Sequence[Availability],
    season: PeakEvent | None,
    *,
    today: dt.date,
) -> list[Day]:
    """Return seven days from today; outside the season nothing is said about time off."""
    days = [today + dt.timedelta(days=offset) for offset in range(DAYS_SHOWN)]
    return [
        _day_of(
            day,
            [shift for shift in shifts if local_day(shift.starts_at) == day],
            windows,
            in_season=season is not None and season.starts_on <= day <= season.ends_on,
            today=today,
        )
        for day in days
    ]


def _day_of(
    day: dt.date,
    shifts: Sequence[Assignment],
    windows: Collection[Availability],
    *,
    in_season: bool,
    today: dt.date,
) -> Day:
    blocks = []
    for number in range(int(dt.timedelta(days=1) / BLOCK)):
        start = start_of(day) + number * BLOCK
        end = start + BLOCK
        held = next((shift for shift in shifts if shift.starts_at < end and shift.ends_at > start), None)
        if held is not None:
            blocks.append(_block_of(held))
        elif in_season and not any(window.starts_at <= start and window.ends_at >= end for window in windows):
            blocks.append("off")
        else:
            blocks.append("")
    words = [_shift_words(shift) for shift in shifts]
    if not words:
        words = [_empty_words(blocks, in_season=in_season)]
    prefix = _("今天") + " " if day == today and shifts else ""
    return Day(date=day, is_today=day == today, blocks=blocks, words=prefix + _("，").join(words))


def _block_of(shift: Assignment) -> str:
    if shift.status is AssignmentStatus.OFFERED:
        return "offer"
    return "standby" if shift.kind is AssignmentKind.STANDBY else "on"


def _shift_words(shift: Assignment) -> str:
    place = f"{hours_of(shift, short=True)} {shift.project.name}"
    if shift.status is AssignmentStatus.OFFERED:
        return str(_("邀约 %(place)s", place=place))
    if shift.kind is AssignmentKind.STANDBY:
        return str(_("候补 %(place)s", place=place))
    if shift.status is AssignmentStatus.DONE:
        return str(_("%(place)s，上完了", place=place))
    if shift.status is AssignmentStatus.MISSING:
        return str(_("%(place)s，没报到", place=place))
    return place


def _empty_words(blocks: Sequence[str], *, in_season: bool) -> str:
    if not in_season:
        return str(_("不在大促里"))
    free = blocks.count("")
    if not free:
        return str(_("全天不排，你没写有空"))
    if free == len(blocks):
        return str(_("全天有空，还没排"))
    return str(_("有空 %(hours)s 小时，还没排", hours=free * int(BLOCK / dt.timedelta(hours=1))))
