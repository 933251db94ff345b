"""The season grid: pick cells and seats, read what they cost, go on to the booking.

Without script every press is a request that brings the whole page back; with htmx a change brings back only
the basket. Nothing here writes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.booking_rules import DEPOSIT_PERCENT, HOLD_TIME, MOST_SEATS, TRANSFER_TIME
from app.db import db
from app.errors import NotFoundError
from app.models import PeakEvent, Project, SeasonPhase
from app.permissions import Permission
from app.queries import projects as project_queries
from app.queries import seasons
from app.queries.seasons import CellOnSale, SoldOut
from app.seat_list import FaultKind, read_seat_list
from app.web.access import requires
from app.web.i18n import locale_code
from app.web.merchants import bp, merchant_id
from app.web.merchants.basket import Basket, empty_basket, make_basket, read_basket
from app.web.merchants.forms import SERVICE_LINES
from app.words import money_text

FAULTS_SHOWN = 100
MOST_LIST_BYTES = 1_000_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class DayRow:
    """A day of the grid: one cell, or none, for each column."""

    day: dt.date
    cells: Sequence[CellOnSale | None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PhaseRows:
    """The days of a phase; `phase` is None for days that belong to none."""

    phase: SeasonPhase | None
    days: Sequence[DayRow]


@dataclasses.dataclass(frozen=True, kw_only=True)
class DayNote:
    """What the calendar says of a day: seats in the basket, and whether a slot is sold out."""

    seats: int
    full: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class SeasonPage:
    """What every step of booking shows: the season, the project chosen and all of its cells."""

    event: PeakEvent
    projects: Sequence[Project]
    project: Project
    cells: Sequence[CellOnSale]
    now: dt.datetime

    @property
    def is_open(self) -> bool:
        return self.event.booking_opens_at <= self.now < self.event.booking_closes_at

    @property
    def columns(self) -> list[tuple[int, int]]:
        """Start and end hour of each slot of a day; an end at midnight is 24."""
        return sorted({(cell.hour, end_hour(cell)) for cell in self.cells})

    @property
    def phases(self) -> list[PhaseRows]:
        """Days grouped by phase, in the order of time."""
        hours = [start for start, _end in self.columns]
        by_time = {(cell.day, cell.hour): cell for cell in self.cells}
        groups: list[tuple[SeasonPhase | None, list[DayRow]]] = []
        for day in sorted({cell.day for cell in self.cells}):
            phase = next((one for one in self.event.phases if one.starts_on <= day <= one.ends_on), None)
            if not groups or groups[-1][0] is not phase:
                groups.append((phase, []))
            groups[-1][1].append(DayRow(day=day, cells=[by_time.get((day, hour)) for hour in hours]))
        return [PhaseRows(phase=phase, days=days) for phase, days in groups]

    @property
    def weeks(self) -> list[list[dt.date | None]]:
        """The season's days as weeks from Monday, with None where nothing is on sale."""
        days = sorted({cell.day for cell in self.cells})
        if not days:
            return []
        week, weeks = week_from(days[0]), []
        while week[0] <= days[-1]:
            weeks.append([day if day in days else None for day in week])
            week = week_from(week[-1] + dt.timedelta(days=1))
        return weeks

    @property
    def reasons(self) -> set[SoldOut]:
        """Why cells are sold out, each reason once."""
        return {cell.sold_out for cell in self.cells if cell.sold_out}


def week_from(day: dt.date) -> list[dt.date]:
    """Return Monday to Sunday of a day's week."""
    monday = day - dt.timedelta(days=day.weekday())
    return [monday + dt.timedelta(days=offset) for offset in range(7)]


def end_hour(cell: CellOnSale) -> int:
    """Return the hour at which a cell ends; midnight is 24."""
    return cell.ends_at.astimezone(clock.BUSINESS_ZONE).hour or 24


def hours_of(cell: CellOnSale) -> str:
    """Return 20–24."""
    return f"{cell.hour:02d}–{end_hour(cell):02d}"


def short_day(cell: CellOnSale) -> str:
    """Return 11/10, or 10 Nov in English."""
    return f"{cell.day:%-d %b}" if locale_code() == "en" else f"{cell.day.month}/{cell.day.day}"


def short_money(fen: int) -> str:
    """Return ¥156, or ¥156.50 when it is not whole yuan: a cell has little room."""
    return money_text(fen).removesuffix(".00")


def note_of(day: dt.date, page: SeasonPage, basket: Basket) -> DayNote:
    """Return what the calendar says of a day."""
    return DayNote(
        seats=sum(line.seats or 0 for line in basket.lines if line.cell.day == day),
        full=any(cell.sold_out for cell in page.cells if cell.day == day),
    )


def read_page(project_id: uuid.UUID | None) -> SeasonPage | None:
    """Return what the booking steps need, or None when there is no season or no project yet.

    Raises NotFoundError for a project that is not this merchant's.
    """
    now = clock.utc_now()
    event = seasons.find_season(db.session, today=now.astimezone(clock.BUSINESS_ZONE).date())
    projects = project_queries.list_projects(db.session, merchant_id=merchant_id())
    if project_id is not None and all(project.id != project_id for project in projects):
        raise NotFoundError(f"project {project_id}")
    if event is None or not projects:
        return None
    project = next((one for one in projects if one.id == project_id), projects[0])
    cells = seasons.list_cells(db.session, event_id=event.id, service_line=project.service_line)
    return SeasonPage(event=event, projects=projects, project=project, cells=cells, now=now)


def project_in(values: object) -> uuid.UUID | None:
    """Return the project id that a request names, or None when it names none; a broken one is not found."""
    if not values:
        return None
    try:
        return uuid.UUID(str(values))
    except ValueError:
        raise NotFoundError(f"project {values}") from None


@bp.get("/season")
@requires(Permission.BOOKING_CREATE)
def show_season() -> ResponseReturnValue:
    page = read_page(project_in(request.args.get("project")))
    if page is None:
        has_projects = bool(project_queries.list_projects(db.session, merchant_id=merchant_id()))
        return render_template("merchants/no_season.html", has_projects=has_projects)
    return show_grid(page, empty_basket(now=page.now), day=request.args.getlist("day"))


@bp.post("/season")
@requires(Permission.BOOKING_CREATE)
def pick_season() -> ResponseReturnValue:
    """The grid again with what was picked; for htmx only the basket."""
    page = read_page(project_in(request.form.get("project")))
    if page is None:
        return redirect(url_for("merchants.show_season"))
    basket = read_basket(request.form, cells=page.cells, now=page.now)
    if request.headers.get("HX-Request"):
        return render_basket("merchants/parts/basket_answer.html", page, basket, on_grid=True)
    # The form's own day comes first, the day that was pressed in the calendar last.
    return show_grid(page, basket, day=request.form.getlist("day")[-1:])


@bp.post("/season/review")
@requires(Permission.BOOKING_CREATE)
def review_season() -> ResponseReturnValue:
    """The basket alone on a page, before the seats are held."""
    page = read_page(project_in(request.form.get("project")))
    if page is None:
        return redirect(url_for("merchants.show_season"))
    basket = read_basket(request.form, cells=page.cells, now=page.now)
    if request.headers.get("HX-Request"):
        return render_basket("merchants/parts/basket_answer.html", page, basket, on_grid=False)
    return show_review(page, basket)


@bp.post("/season/import")
@requires(Permission.BOOKING_CREATE)
def import_cells() -> ResponseReturnValue:
    """Read a file of day, slot and seats into the basket; nothing of a file with faults."""
    page = read_page(project_in(request.form.get("project")))
    if page is None:
        return redirect(url_for("merchants.show_season"))
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _show_faults(page, error=_("请选一个 CSV 文件"))
    data = upload.read(MOST_LIST_BYTES + 1)
    if len(data) > MOST_LIST_BYTES:
        return _show_faults(page, error=_("文件最大 1 MB，一行一个班次就够了"))
    wanted = read_seat_list(
        data,
        {(cell.day, cell.hour): (end_hour(cell), cell.id) for cell in page.cells},
        most_seats=MOST_SEATS,
    )
    if wanted.faults:
        faults = [(fault.line, fault_words(fault.kind, fault.text)) for fault in wanted.faults]
        return _show_faults(page, faults=faults)
    typed = {cell_id: str(seats) for cell_id, seats in wanted.seats.items()}
    return show_review(page, make_basket(typed, cells=page.cells, now=page.now))


def show_grid(page: SeasonPage, basket: Basket, *, day: Sequence[str]) -> ResponseReturnValue:
    """Show the whole season; `day` is the one that a phone shows, when it is one of the season's."""
    days = sorted({cell.day for cell in page.cells})
    chosen_days = [line.cell.day for line in basket.lines]
    current = next((one for one in days if one.isoformat() in day), None)
    return render_basket(
        "merchants/show_season.html",
        page,
        basket,
        on_grid=True,
        current_day=current or next(iter([*chosen_days, *days]), None),
        week_days=week_from(days[0]) if days else [],
        day_notes={one: note_of(one, page, basket) for one in days},
        held_until=min((cell.held_until for cell in page.cells if cell.held_until), default=None),
    )


def show_review(page: SeasonPage, basket: Basket, *, refused: str | None = None) -> ResponseReturnValue:
    """Show the basket alone; `refused` says why it could not be held, with status 422."""
    wrong = refused or basket.has_problems
    body = render_basket("merchants/review_season.html", page, basket, on_grid=False, refused=refused)
    return body, 422 if wrong and refused else 200


def render_basket(template: str, page: SeasonPage, basket: Basket, *, on_grid: bool, **values: object) -> str:
    return render_template(
        template,
        page=page,
        basket=basket,
        basket_url=url_for("merchants.pick_season" if on_grid else "merchants.review_season"),
        on_grid=on_grid,
        hours_of=hours_of,
        short_day=short_day,
        short_money=short_money,
        deposit_percent=DEPOSIT_PERCENT,
        service_lines=SERVICE_LINES,
        hold_minutes=int(HOLD_TIME.total_seconds() // 60),
        transfer_days=TRANSFER_TIME.days,
        most_seats=MOST_SEATS,
        SoldOut=SoldOut,
        **values,
    )


def fault_words(kind: FaultKind, text: str) -> str:
    """Return what is wrong with a line, and how to mend it."""
    sentences = {
        FaultKind.NOT_TEXT: _("这不是 CSV 文本。请在表格软件里另存为 CSV（UTF-8）再上传。"),
        FaultKind.NO_LINES: _("表头下面没有内容。请每行写一个班次。"),
        FaultKind.TOO_MANY_LINES: _("超过 %(text)s 行。一季的班次没有这么多，请删掉多余的行。", text=text),
        FaultKind.NO_COLUMN: _("表头缺一列 %(text)s。第一行请写 day,slot,seats。", text=text),
        FaultKind.BAD_DAY: _("日期“%(text)s”读不懂。请写成 2026-11-11。", text=text),
        FaultKind.BAD_SLOT: _("班次“%(text)s”读不懂。请写成 20-24。", text=text),
        FaultKind.BAD_SEATS: _("席数“%(text)s”不行。请填 1 到 %(most)s 的整数。", text=text, most=MOST_SEATS),
        FaultKind.NO_SUCH_CELL: _("这一季没有“%(text)s”这个班次。请对照表格里的日期和时间。", text=text),
        FaultKind.TWICE: _("和第 %(text)s 行是同一个班次。请合成一行。", text=text),
    }
    return str(sentences[kind])


def _show_faults(
    page: SeasonPage, *, error: str | None = None, faults: Sequence[tuple[int, str]] = ()
) -> ResponseReturnValue:
    body = render_template(
        "merchants/import_cells.html",
        page=page,
        error=error,
        faults=faults[:FAULTS_SHOWN],
        fault_count=len(faults),
    )
    return body, 422
