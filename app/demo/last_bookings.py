"""What the shops had booked last season: a seat for every shift, all of it paid."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict

from numpy.random import Generator
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo.calendar import price_fen, season_slots
from app.demo.copying import copy_rows
from app.demo.plans import new_id
from app.models import (
    Assignment,
    AssignmentKind,
    Booking,
    BookingLine,
    Payment,
    PeakEvent,
    Project,
    SeatCell,
    ServiceLine,
    ShiftSlot,
)

BOOKED_BEFORE = dt.timedelta(days=30)
UNSOLD_SEATS = 2


def book_shifts(session: Session, rng: Generator, event: PeakEvent) -> int:
    """Book, for every project, the seats of its shifts of a season that is over; return how many seats."""
    slots = session.execute(
        select(ShiftSlot.id, ShiftSlot.starts_at)
        .where(ShiftSlot.event_id == event.id)
        .order_by(ShiftSlot.starts_at)
    ).all()
    times = season_slots(event.starts_on, event.ends_on)
    price = {
        (slot.id, line): price_fen(line, time)
        for slot, time in zip(slots, times, strict=True)
        for line in ServiceLine
    }
    cell_ids = {key: new_id(rng) for key in price}
    wanted = _seats_by_project(session, event)
    taken: Counter[tuple[uuid.UUID, ServiceLine]] = Counter()
    bookings, lines, payments = [], [], []
    booked_at = slots[0].starts_at - BOOKED_BEFORE
    for number, ((project_id, merchant_id, line), seats) in enumerate(wanted.items(), start=1):
        booking_id, name = new_id(rng), f"B26-618-{number:05d}"
        total = sum(count * price[slot_id, line] for slot_id, count in seats.items())
        deposit = total * 3 // 10
        bookings.append(
            (
                *(booking_id, merchant_id, project_id, event.id, name, "confirmed", deposit),
                *(booked_at, booked_at + dt.timedelta(minutes=30), booked_at),
            )
        )
        for step, (amount, at) in enumerate(
            ((deposit, booked_at), (total - deposit, slots[-1].starts_at + dt.timedelta(days=7))), start=1
        ):
            payments.append(
                (new_id(rng), booking_id, "bank-transfer", "paid", amount, f"{name}-{step}", at, at)
            )
        for slot_id, count in seats.items():
            taken[slot_id, line] += count
            lines.append(
                (new_id(rng), booking_id, cell_ids[slot_id, line], count, count, price[slot_id, line])
            )
    copy_rows(
        session,
        SeatCell,
        ("id", "event_id", "slot_id", "service_line", "capacity", "taken", "price_fen"),
        (
            (cell_id, event.id, key[0], key[1].value, taken[key] + UNSOLD_SEATS, taken[key], price[key])
            for key, cell_id in cell_ids.items()
        ),
    )
    copy_rows(
        session,
        Booking,
        (
            *("id", "merchant_id", "project_id", "event_id", "number", "status", "deposit_fen"),
            *("created_at", "hold_expires_at", "confirmed_at"),
        ),
        bookings,
    )
    copy_rows(
        session,
        BookingLine,
        ("id", "booking_id", "seat_cell_id", "seats", "seats_at_first", "price_fen"),
        lines,
    )
    copy_rows(
        session,
        Payment,
        ("id", "booking_id", "provider", "status", "amount_fen", "reference", "created_at", "settled_at"),
        payments,
    )
    return taken.total()


def _seats_by_project(
    session: Session, event: PeakEvent
) -> dict[tuple[uuid.UUID, uuid.UUID, ServiceLine], dict[uuid.UUID, int]]:
    """Return seats by slot for each project, merchant and service line, whoever came or did not."""
    wanted: dict[tuple[uuid.UUID, uuid.UUID, ServiceLine], dict[uuid.UUID, int]] = defaultdict(dict)
    rows = session.execute(
        select(Project.id, Project.merchant_id, Project.service_line, Assignment.slot_id, func.count())
        .join(Project, Project.id == Assignment.project_id)
        .where(Assignment.event_id == event.id, Assignment.kind == AssignmentKind.FORMAL)
        .group_by(Project.id, Assignment.slot_id)
        .order_by(Project.name, Project.id, Assignment.slot_id)
    )
    for project_id, merchant_id, line, slot_id, count in rows:
        wanted[project_id, merchant_id, line][slot_id] = count
    return wanted
