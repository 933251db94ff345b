from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, update
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NotFoundError
from app.models import BookingStatus, PeakEvent, SeatCell
from app.queries.bookings import find_seat_drift, get_booking, list_bookings
from app.queries.seasons import SoldOut, find_season, list_cells
from app.services.seasons import DOUBLE_11_PHASES, set_phases
from app.settings import Settings
from tests.conftest import fresh_database, settings_for
from tests.make import NOON, Make, shanghai


class TestFindSeatDrift:
    def test_counts_held_and_confirmed_lines_and_no_others(self, session: Session, make: Make) -> None:
        cell = make.seat_cell(capacity=20, taken=7)
        for seats, status in (
            (4, BookingStatus.HELD),
            (3, BookingStatus.CONFIRMED),
            (5, BookingStatus.EXPIRED),
            (6, BookingStatus.CANCELLED),
        ):
            make.booking(cells={cell.id: seats}, event_id=cell.event_id, status=status)

        assert find_seat_drift(session) == []

    @pytest.mark.parametrize("taken", [0, 6, 8])
    def test_names_a_cell_that_differs(self, session: Session, make: Make, taken: int) -> None:
        make.seat_cell(taken=0)
        cell = make.seat_cell(capacity=20, taken=taken)
        make.booking(cells={cell.id: 7}, event_id=cell.event_id)

        (drift,) = find_seat_drift(session)

        assert (drift.cell_id, drift.taken, drift.booked, drift.capacity) == (cell.id, taken, 7, 20)


class TestBookings:
    def test_another_merchants_is_not_found(self, session: Session, make: Make) -> None:
        project, other = make.project(), make.project()
        booking = make.booking(project=project)

        assert get_booking(session, booking.id, merchant_id=project.merchant_id).number == booking.number
        with pytest.raises(NotFoundError):
            get_booking(session, booking.id, merchant_id=other.merchant_id)

    def test_are_summed_up_newest_first(self, session: Session, make: Make) -> None:
        project, event = make.project(), make.event()
        cells = [make.seat_cell(slot=make.slot(event=event, starts_at=shanghai(day, 20))) for day in (11, 10)]
        old = make.booking(project=project, cells={cells[0].id: 2, cells[1].id: 1}, event_id=event.id)
        new = make.booking(project=project, event_id=event.id, created_at=NOON + dt.timedelta(hours=1))

        first, second = list_bookings(session, merchant_id=project.merchant_id)

        assert (first.booking.id, first.seats, first.first_start) == (new.id, 0, None)
        assert (second.booking.id, second.seats, second.total_fen) == (old.id, 3, 3 * 15600)
        assert (second.first_start, second.last_start) == (shanghai(10, 20), shanghai(11, 20))


class TestSeasons:
    @pytest.mark.parametrize(
        ("today", "found"),
        [(dt.date(2026, 11, 13), True), (dt.date(2026, 11, 14), False), (dt.date(2026, 1, 1), True)],
    )
    def test_a_season_is_found_until_its_last_day(
        self, session: Session, make: Make, today: dt.date, found: bool
    ) -> None:
        make.event()

        assert (find_season(session, today=today) is not None) == found

    def test_cells_say_what_is_left_and_why_nothing_is(self, session: Session, make: Make) -> None:
        event = make.event()
        plans = [(10, 4, 2), (10, 10, 1), (10, 10, 0), (0, 0, 0)]
        for number, (capacity, taken, held) in enumerate(plans):
            slot = make.slot(event=event, starts_at=shanghai(11, 4 * number))
            cell = make.seat_cell(slot=slot, capacity=capacity, taken=taken)
            if held:
                make.booking(cells={cell.id: held}, event_id=event.id, status=BookingStatus.HELD)

        cells = list_cells(session, event_id=event.id, service_line=cell.service_line)

        assert [(one.left, one.held, one.sold_out) for one in cells] == [
            (6, 2, None),
            (0, 1, SoldOut.HELD),
            (0, 0, SoldOut.PAID),
            (0, 0, SoldOut.NOBODY),
        ]

    @pytest.mark.parametrize(
        ("capacity", "left", "scarce"), [(100, 9, True), (100, 10, False), (36, 9, False), (37, 9, True)]
    )
    def test_a_cell_is_scarce_below_ten_and_below_a_quarter(
        self, session: Session, make: Make, capacity: int, left: int, scarce: bool
    ) -> None:
        cell = make.seat_cell(capacity=capacity, taken=capacity - left)

        (read,) = list_cells(session, event_id=cell.event_id, service_line=cell.service_line)

        assert read.is_scarce == scarce

    def test_phases_may_not_overlap_nor_leave_the_season(self, session: Session, make: Make) -> None:
        event = make.event()
        with transaction(session):
            set_phases(session, session.get_one(PeakEvent, event.id), DOUBLE_11_PHASES)
        short = make.event(ends_on=dt.date(2026, 11, 12))

        with pytest.raises(ValueError, match="leaves"):
            set_phases(session, short, DOUBLE_11_PHASES)
        with pytest.raises(ValueError, match="overlap"):
            set_phases(session, event, [*DOUBLE_11_PHASES, DOUBLE_11_PHASES[1]])


def test_the_command_names_what_differs_and_leaves_with_one() -> None:
    with fresh_database() as url:
        engine = create_engine(url)
        with Session(engine, expire_on_commit=False) as session:
            cell = Make(session).seat_cell(capacity=20, taken=0)
        good = audit_seats(settings_for(url))
        with engine.begin() as connection:
            connection.execute(update(SeatCell).values(taken=3))
        bad = audit_seats(settings_for(url))
        engine.dispose()

    assert (good.returncode, good.stdout) == (0, "1 cells and 0 booked seats agree.\n")
    assert bad.returncode == 1
    assert f"taken 3, booked 0, capacity 20 (cell {cell.id})" in bad.stdout


def audit_seats(settings: Settings) -> subprocess.CompletedProcess[str]:
    """Run `zuoxi audit seats` as a process of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "ZUOXI_ENCRYPTION_KEY": settings.encryption_key,
        "ZUOXI_BADGE_KEYS": settings.badge_keys,
    }
    program = [sys.executable, "-c", "from app.cli import main; main()", "audit", "seats"]
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
