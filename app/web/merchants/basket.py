"""The basket of the season page: what a merchant ticked and typed, read anew from every request.

Nothing of it is kept on the server, so that it can neither grow old nor hold seats.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app import booking_rules
from app.booking_rules import MOST_SEATS, PricedSeats, Quote
from app.queries.seasons import CellOnSale


@dataclasses.dataclass(frozen=True, kw_only=True)
class BasketLine:
    """One chosen cell: what was typed, the seats that is (None when it is no number), and what is wrong."""

    cell: CellOnSale
    typed: str
    seats: int | None
    problem: str | None

    @property
    def amount_fen(self) -> int:
        return (self.seats or 0) * self.cell.price_fen


@dataclasses.dataclass(frozen=True, kw_only=True)
class Basket:
    """The chosen cells in the order of time, and what they cost together."""

    lines: Sequence[BasketLine]
    default_seats: str
    default_problem: str | None
    quote: Quote

    @property
    def chosen(self) -> Mapping[uuid.UUID, BasketLine]:
        return {line.cell.id: line for line in self.lines}

    @property
    def seats(self) -> dict[uuid.UUID, int]:
        """Seats by cell, of the lines that have a number."""
        return {line.cell.id: line.seats for line in self.lines if line.seats is not None}

    @property
    def has_problems(self) -> bool:
        return any(line.problem for line in self.lines)


def empty_basket(*, now: dt.datetime) -> Basket:
    """Return the basket of somebody who has chosen nothing yet."""
    return make_basket({}, cells=(), now=now)


def make_basket(
    typed: Mapping[uuid.UUID, str],
    *,
    cells: Sequence[CellOnSale],
    now: dt.datetime,
    default_seats: str = "1",
) -> Basket:
    """Return the basket of the cells in `typed`, with what was typed for each."""
    lines = [_line(cell, typed[cell.id], now=now) for cell in cells if cell.id in typed]
    priced = [
        PricedSeats(seats=line.seats, price_fen=line.cell.price_fen, starts_at=line.cell.starts_at)
        for line in lines
        if line.seats is not None
    ]
    return Basket(
        lines=lines,
        default_seats=default_seats,
        default_problem=None if read_seats(default_seats) else _not_a_number(),
        quote=booking_rules.quote_basket(priced, now=now),
    )


def read_basket(form: MultiDict[str, str], *, cells: Sequence[CellOnSale], now: dt.datetime) -> Basket:
    """Return the basket that a form describes.

    `cell` names the ticked cells, `seats-<cell>` the seats of each, `seats` the number for newly ticked ones.
    `step` is a press of one of the basket's buttons: more:<cell>, less:<cell>, drop:<cell> or all.
    """
    default_seats = form.get("seats", "1").strip()
    step, _colon, target = form.get("step", "").partition(":")
    ticked = set(form.getlist("cell"))
    if step == "drop":
        ticked.discard(target)
    typed = {}
    for cell in cells:
        name = str(cell.id)
        if name not in ticked:
            continue
        text = form.get(f"seats-{name}", default_seats).strip()
        if step == "all":
            text = default_seats
        elif target == name:
            text = _stepped(text, step)
        typed[cell.id] = text
    return make_basket(typed, cells=cells, now=now, default_seats=default_seats)


def read_seats(text: str) -> int | None:
    """Return a number of seats, or None when the text is none that anybody could book."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    seats = int(text)
    return seats if 1 <= seats <= MOST_SEATS else None


def _stepped(text: str, step: str) -> str:
    seats = read_seats(text)
    if seats is None or step not in ("more", "less"):
        return text
    return str(min(MOST_SEATS, seats + 1) if step == "more" else max(1, seats - 1))


def _line(cell: CellOnSale, typed: str, *, now: dt.datetime) -> BasketLine:
    seats = read_seats(typed)
    problem = None
    if cell.starts_at <= now:
        problem = _("这个班次已经开始，请移走它")
    elif seats is None:
        problem = _not_a_number()
    elif seats > cell.left:
        problem = _("你要 %(wanted)s 席，只剩 %(left)s 席", wanted=seats, left=cell.left)
    return BasketLine(cell=cell, typed=typed, seats=seats, problem=problem)


def _not_a_number() -> str:
    return str(_("请填 1 到 %(most)s 的整数", most=MOST_SEATS))
