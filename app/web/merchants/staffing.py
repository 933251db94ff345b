"""How the seats of a booking are staffed, and why some are not yet, in words for a merchant.

Nothing of single people is told: neither who, nor what anybody needs.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.models import Booking, BookingStatus, Shortage
from app.queries import run_plans
from app.queries.run_plans import Staffing
from scheduling.matching.report import Cause

_FEW_CERTIFIED = _l("考过你这个项目的人不够")
_FEW_OPEN = _l("考过你这个项目的人里，报了这个时间的不够")
_ALL_BUSY = _l("考过你这个项目、有空的人，这时都在别的坐席上，或要歇息")
_LOOKING = _l("有人来不了，正在找人接上")

# What keeps single people (rest, hours, needs) is nobody's business but theirs: one sentence for all of it.
CAUSES: Mapping[str, object] = {
    Cause.NOBODY_CERTIFIED: _FEW_CERTIFIED,
    Cause.NOBODY_AVAILABLE: _FEW_OPEN,
    Cause.REST: _ALL_BUSY,
    Cause.STRETCH: _ALL_BUSY,
    Cause.DAY_LIMIT: _ALL_BUSY,
    Cause.WEEK_LIMIT: _ALL_BUSY,
    Cause.DAYS_IN_A_ROW: _ALL_BUSY,
    Cause.SHORT_RUN: _ALL_BUSY,
    Cause.DAYS_OFF: _ALL_BUSY,
    Cause.WEEKENDS: _ALL_BUSY,
    Cause.DEARER_SEATS: _ALL_BUSY,
    Cause.NOT_WORTH_IT: _LOOKING,
}
ASK = _l("能补上的办法：请考过的人加开这个时间。")
TRAIN = _l("能补上的办法：让这时有空的人来考你这个项目。")
WAIT = _l("能补上的办法：等新的人报这个时间；开班前有人空出来，先问他们。")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LineStaffing:
    """How one slot of a booking stands; `cause` and `remedy` are None where nothing is short."""

    staffing: Staffing
    cause: object | None
    remedy: object | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class BookingStaffing:
    """How a booking's slots stand, by slot."""

    lines: Mapping[uuid.UUID, LineStaffing]

    @property
    def short(self) -> int:
        return sum(line.staffing.short for line in self.lines.values())

    @property
    def full_slots(self) -> int:
        return sum(not line.staffing.short for line in self.lines.values())

    @property
    def waiting(self) -> int:
        """How many people have still to answer, in slots where every seat has somebody."""
        return sum(line.staffing.offered for line in self.lines.values() if not line.staffing.short)


def read_staffing(session: Session, booking: Booking) -> BookingStaffing | None:
    """Return how a paid booking's seats are staffed, with all of its project's seats in the same slots; None
    before a rota is published. Four statements.
    """
    if booking.status is not BookingStatus.CONFIRMED:
        return None
    run = run_plans.find_published_run(session, booking.event_id)
    if run is None:
        return None
    standing = run_plans.list_staffing(session, project_id=booking.project_id, event_id=booking.event_id)
    shortages = run_plans.list_project_shortages(session, run.id, project_id=booking.project_id)
    slot_ids = {line.seat_cell.slot_id for line in booking.lines if line.seats}
    return BookingStaffing(
        lines={
            slot_id: _line(standing[slot_id], shortages.get(slot_id))
            for slot_id in slot_ids
            if slot_id in standing
        }
    )


def _line(staffing: Staffing, shortage: Shortage | None) -> LineStaffing:
    if not staffing.short:
        return LineStaffing(staffing=staffing, cause=None, remedy=None)
    found = shortage.details.get("remedies", {}) if shortage is not None else {}
    remedy = ASK if found.get("askable") else TRAIN if found.get("trainable") else WAIT
    cause = CAUSES.get(shortage.cause, _LOOKING) if shortage is not None else _LOOKING
    return LineStaffing(staffing=staffing, cause=cause, remedy=remedy)
