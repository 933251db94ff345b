"""What a shift pays, line by line. Money is whole fen, times are aware UTC.

The rule:

- A formal shift pays each minute from its start to its end, at the project's pay for an hour. Who checks in
  later than counts as on time is paid from the check-in on. Who was called, or said yes, after the start is
  paid from then.
- On days whose phase brings at least 6 times the contacts of an ordinary day, 30 % is added; at least 8
  times, 40 %. A day's phase is that of the shift's start.
- A standby pays 6 yuan for each hour, called or not. From the call on the formal shift's pay takes its place.
- Nothing is ever taken off. A shift that was missed or given up pays nothing and costs nothing.

Every amount is rounded once, for one shift, to the nearest fen: so the lines always add up to the total.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

from app.attendance_rules import on_time_until

STANDBY_FEN_AN_HOUR = 600
# From so many percent of an ordinary day's contacts, so many percent are added; the highest first.
SURCHARGES = ((800, 40), (600, 30))

MINUTE = dt.timedelta(minutes=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shift:
    """What one shift's pay depends on. `phase` names the days whose surcharge it gets."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    is_standby: bool
    pay_fen_an_hour: int
    called_at: dt.datetime | None = None
    accepted_at: dt.datetime | None = None
    checked_in_at: dt.datetime | None = None
    surcharge_percent: int = 0
    phase: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShiftPay:
    """One shift's pay with its parts."""

    shift: Shift
    minutes: int
    basic_fen: int
    surcharge_fen: int
    standby_minutes: int
    standby_fen: int

    @property
    def total_fen(self) -> int:
        return self.basic_fen + self.surcharge_fen + self.standby_fen

    @property
    def came_late(self) -> bool:
        """Whether minutes are missing because of a late check-in."""
        return _is_late(self.shift)


@dataclasses.dataclass(frozen=True, kw_only=True)
class BasicLine:
    """So many shifts of the same length at the same pay; `came_late` says why they are shorter."""

    shifts: int
    minutes: int
    pay_fen_an_hour: int
    came_late: bool
    fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class SurchargeLine:
    """What the days of one phase add."""

    phase: str
    percent: int
    shifts: int
    fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Earnings:
    """What some shifts pay together. The lines add up to `total_fen`."""

    shifts: Sequence[ShiftPay]
    basics: Sequence[BasicLine]
    surcharges: Sequence[SurchargeLine]
    standbys: int
    standby_fen: int
    total_fen: int


def surcharge_percent(highest_demand_percent: int) -> int:
    """Return what days with so much demand (percent of an ordinary day) add to the pay, in percent."""
    return next((added for least, added in SURCHARGES if highest_demand_percent >= least), 0)


def pay_of(shift: Shift) -> ShiftPay:
    """Return what a finished shift pays; of one to come, what it will pay if all goes well."""
    begins_at = shift.ends_at if shift.is_standby else _paid_from(shift)
    minutes = _minutes(begins_at, shift.ends_at)
    basic = _by_the_hour(minutes, shift.pay_fen_an_hour)
    stood_by = 0
    if shift.is_standby:
        stood_by = _minutes(shift.starts_at, shift.ends_at)
    elif shift.called_at is not None:
        stood_by = _minutes(shift.starts_at, shift.called_at)
    return ShiftPay(
        shift=shift,
        minutes=minutes,
        basic_fen=basic,
        surcharge_fen=(basic * shift.surcharge_percent + 50) // 100,
        standby_minutes=stood_by,
        standby_fen=_by_the_hour(stood_by, STANDBY_FEN_AN_HOUR),
    )


def add_up(shifts: Iterable[Shift]) -> Earnings:
    """Return the pay of many shifts, with one line for everything that is alike."""
    paid = [pay_of(shift) for shift in shifts]
    basics: dict[tuple[bool, int, int], list[ShiftPay]] = {}
    surcharges: dict[tuple[str, int], list[ShiftPay]] = {}
    for pay in paid:
        if pay.minutes:
            key = (pay.came_late, -pay.minutes, pay.shift.pay_fen_an_hour)
            basics.setdefault(key, []).append(pay)
        if pay.surcharge_fen:
            surcharges.setdefault((pay.shift.phase, pay.shift.surcharge_percent), []).append(pay)
    return Earnings(
        shifts=paid,
        basics=[
            BasicLine(
                shifts=len(group),
                minutes=-minutes,
                pay_fen_an_hour=pay_fen,
                came_late=came_late,
                fen=sum(pay.basic_fen for pay in group),
            )
            for (came_late, minutes, pay_fen), group in sorted(basics.items())
        ],
        surcharges=[
            SurchargeLine(
                phase=phase, percent=percent, shifts=len(group), fen=sum(pay.surcharge_fen for pay in group)
            )
            for (phase, percent), group in surcharges.items()
        ],
        standbys=sum(pay.standby_minutes > 0 for pay in paid),
        standby_fen=sum(pay.standby_fen for pay in paid),
        total_fen=sum(pay.total_fen for pay in paid),
    )


def _paid_from(shift: Shift) -> dt.datetime:
    begins_at = max([shift.starts_at, *(late for late in (shift.called_at, shift.accepted_at) if late)])
    if _is_late(shift) and shift.checked_in_at is not None:
        return max(begins_at, shift.checked_in_at)
    return begins_at


def _is_late(shift: Shift) -> bool:
    return shift.checked_in_at is not None and shift.checked_in_at > on_time_until(
        starts_at=shift.starts_at, called_at=shift.called_at, accepted_at=shift.accepted_at
    )


def _minutes(start: dt.datetime, end: dt.datetime) -> int:
    """Return the whole minutes from start to end; a minute begun counts, none when end is not after start."""
    return max(0, -((start - end) // MINUTE))


def _by_the_hour(minutes: int, fen_an_hour: int) -> int:
    return (minutes * fen_an_hour + 30) // 60
