"""The season board: supply against bookings, the matcher, what is short and why, publishing."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import uuid
from collections.abc import Mapping, Sequence

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import db
from app.models import MatchRun, MatchStatus, PeakEvent, ServiceLine, Shortage
from app.permissions import Permission
from app.queries import matching as matching_queries
from app.queries import season_board, seasons, seat_covers
from app.queries.matching import PlanSize, ShortSlot
from app.queries.season_board import ProjectFigures, SlotFigures
from app.queries.seat_covers import CoverSum, ProjectCover
from app.web.access import requires
from app.web.operations import bp
from app.web.operations.match_texts import FAILURES, LINE_WORDS, PHASES, cause_sentence, cause_words
from app.web.operations.run_card import SECONDS, RunCard, RunForm, make_card
from app.web.operations.spreadsheets import csv_response, harmless

SHORTAGES_SHOWN = 20
# Shares of the fullest slot from which a cell is one shade darker.
SHADES = (0.045, 0.1, 0.22, 0.45)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Board:
    """Everything the season page shows."""

    event: PeakEvent
    slots: Sequence[SlotFigures]
    line: ServiceLine | None
    only_short: bool
    card: RunCard | None
    plan: MatchRun | None
    plan_size: PlanSize | None
    short_slots_by_cause: Sequence[ShortSlot]
    shortages: Sequence[Shortage]
    slot: SlotFigures | None
    projects: Sequence[ProjectFigures]
    covers: Mapping[uuid.UUID, CoverSum]
    project_covers: Mapping[uuid.UUID, ProjectCover]

    @property
    def booked(self) -> int:
        return sum(slot.booked for slot in self.slots)

    @property
    def staffed(self) -> int:
        return sum(slot.staffed for slot in self.slots)

    @property
    def short(self) -> int:
        return self.booked - self.staffed

    @property
    def short_slots(self) -> int:
        return sum(slot.short > 0 for slot in self.slots)

    @property
    def standbys(self) -> int:
        return sum(slot.standbys for slot in self.slots)

    @property
    def cover(self) -> CoverSum | None:
        """How sure the seats of all slots to come are; None before the first run."""
        return seat_covers.add_up(list(self.covers.values()))

    @property
    def available(self) -> int:
        return sum(slot.available for slot in self.slots)

    @property
    def is_staffed(self) -> bool:
        """Say whether anybody was planned yet: before that, every seat being empty tells nobody anything."""
        return self.plan is not None or self.staffed > 0

    @property
    def is_planned(self) -> bool:
        """Say whether the staffed seats are, in part, a plan that nobody was told of yet."""
        return self.plan is not None and self.plan.status is MatchStatus.DONE

    @property
    def worst(self) -> SlotFigures | None:
        short = [slot for slot in self.slots if slot.short > 0]
        return max(short, key=lambda slot: (slot.short, slot.starts_at)) if short else None

    @property
    def fullest(self) -> SlotFigures | None:
        return max(self.slots, key=lambda slot: slot.booked, default=None)

    @property
    def days(self) -> list[dt.date]:
        return sorted({slot.day for slot in self.slots if not self.only_short or self._is_short(slot.day)})

    @property
    def hours(self) -> list[tuple[int, int]]:
        return sorted({slot.hours for slot in self.slots})

    def _is_short(self, day: dt.date) -> bool:
        return any(slot.short > 0 for slot in self.slots if slot.day == day)

    @property
    def rows(self) -> list[tuple[tuple[int, int], list[SlotFigures | None]]]:
        """Return the heat map's rows: stretch of hours, and its slot on each day."""
        by_time = {(slot.day, slot.hours): slot for slot in self.slots}
        days = self.days
        return [(hours, [by_time.get((day, hours)) for day in days]) for hours in self.hours]

    def shade(self, slot: SlotFigures) -> int:
        """Return 1 to 5 by how much is booked, against the fullest slot."""
        most = max((other.booked for other in self.slots), default=0)
        share = slot.booked / most if most else 0
        return 1 + sum(share >= limit for limit in SHADES)


def find_event() -> PeakEvent | None:
    """Return the season that is on or comes next, or else the last one there was."""
    today = clock.utc_now().astimezone(BUSINESS_ZONE).date()
    return seasons.find_season(db.session, today=today) or matching_queries.find_last_season(db.session)


def read_board(event: PeakEvent) -> Board:
    """Read what the address asks for: ?line=, ?only=short and ?slot=."""
    line = next((one for one in ServiceLine if one.value == request.args.get("line")), None)
    latest = matching_queries.find_latest_run(db.session, event.id)
    plan = matching_queries.find_run_with_plan(db.session, event.id)
    plan_id = plan.id if plan else None
    now = clock.utc_now()
    slots = season_board.list_slots(db.session, event.id, run_id=plan_id, line=line)
    slot = next((one for one in slots if str(one.slot_id) == request.args.get("slot")), None)
    is_unpublished = plan is not None and plan.status is MatchStatus.DONE
    return Board(
        event=event,
        slots=slots,
        line=line,
        only_short=request.args.get("only") == "short",
        card=make_card(latest) if latest else None,
        plan=plan,
        plan_size=matching_queries.count_unpublished(db.session, plan.id)
        if plan is not None and is_unpublished
        else None,
        short_slots_by_cause=matching_queries.list_short_slots(
            db.session, plan.id, line=line, limit=SHORTAGES_SHOWN
        )
        if plan and not slot
        else [],
        shortages=matching_queries.list_shortages(
            db.session, plan.id, line=line, slot_id=slot.slot_id, limit=SHORTAGES_SHOWN
        )
        if plan and slot
        else [],
        slot=slot,
        projects=season_board.list_projects_of_slot(db.session, event.id, slot.slot_id, run_id=plan_id)
        if slot
        else [],
        covers=seat_covers.sum_by_slot(db.session, plan.id, now=now, line=line) if plan else {},
        project_covers=seat_covers.list_by_project(db.session, plan.id, slot_id=slot.slot_id, now=now)
        if plan and slot
        else {},
    )


def make_form() -> RunForm:
    """Return the form that starts a run, with the installation's usual time chosen."""
    usual = int(current_app.config["MATCH_SECONDS"])
    form = RunForm()
    if not form.is_submitted():
        form.seconds.data = min(SECONDS, key=lambda seconds: abs(seconds - usual))
    return form


def render_board(form: RunForm) -> str:
    """Show the season, or that there is none yet."""
    event = find_event()
    if event is None:
        return render_template("operations/no_season.html")
    return render_template(
        "operations/show_season.html",
        board=read_board(event),
        whole_percent=seat_covers.whole_percent,
        form=form,
        cause_words=cause_words,
        cause_sentence=cause_sentence,
        line_words=LINE_WORDS,
        phases=PHASES,
        failures=FAILURES,
    )


@bp.get("/season")
@requires(Permission.SEASON_READ)
def show_season() -> ResponseReturnValue:
    return render_board(make_form())


@bp.get("/season/shortages.csv")
@requires(Permission.SEASON_READ)
def export_shortages() -> ResponseReturnValue:
    """Every empty seat of the newest plan, by project, slot and cause, as a file for a spreadsheet."""
    event = find_event()
    plan = matching_queries.find_run_with_plan(db.session, event.id) if event else None
    rows = matching_queries.list_shortages(db.session, plan.id) if plan else []
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(
        [_("日期"), _("班次"), _("商家"), _("项目"), _("服务线"), _("缺"), _("原因"), _("有认证"), _("有空")]
    )
    for row in rows:
        start = row.slot.starts_at.astimezone(BUSINESS_ZONE)
        end = row.slot.ends_at.astimezone(BUSINESS_ZONE)
        writer.writerow(
            [
                start.date().isoformat(),
                f"{start:%H:%M}-{'24:00' if end.time() == dt.time(0) else f'{end:%H:%M}'}",
                harmless(row.project.merchant.name),
                harmless(row.project.name),
                str(LINE_WORDS[row.project.service_line]),
                row.seats,
                cause_sentence(row.cause, row.details),
                row.details.get("certified", ""),
                row.details.get("available", ""),
            ]
        )
    return csv_response(file, "zuoxi-shortages.csv")


def uuid_or_none(text: str | None) -> uuid.UUID | None:
    """Return an id from an address, or None for what is none."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
