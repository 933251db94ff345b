from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import (
    BookingClosedError,
    NotFoundError,
    SeatsUnavailableError,
    SlotStartedError,
    StaleStateError,
)
from app.models import (
    AuditEntry,
    Booking,
    BookingLine,
    BookingStatus,
    Message,
    Notice,
    NoticeKind,
    PeakEvent,
    Project,
    SeatCell,
    ServiceLine,
    User,
)
from app.queries.bookings import find_seat_drift
from app.services import bookings
from tests.make import NOON, PEAK, SALE_ENDS, Make, shanghai

MINUTE = dt.timedelta(minutes=1)
MICROSECOND = dt.timedelta(microseconds=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shop:
    """A merchant with a project and a member, and two cells of its service line."""

    project: Project
    member_id: uuid.UUID
    event: PeakEvent
    evening: SeatCell
    night: SeatCell


@pytest.fixture
def shop(make: Make) -> Shop:
    membership = make.membership(user=make.user(email="owner@shop.example"))
    event = make.event()
    return Shop(
        project=make.project(merchant_id=membership.merchant_id),
        member_id=membership.user_id,
        event=event,
        evening=make.seat_cell(slot=make.slot(event=event), capacity=5, price_fen=19800),
        night=make.seat_cell(
            slot=make.slot(event=event, starts_at=shanghai(11, 0)), capacity=3, price_fen=23800
        ),
    )


def hold(
    session: Session,
    shop: Shop,
    cells: dict[uuid.UUID, int],
    *,
    now: dt.datetime = NOON,
    merchant_id: uuid.UUID | None = None,
) -> Booking:
    with transaction(session):
        return bookings.hold_seats(
            session,
            merchant_id=merchant_id or shop.project.merchant_id,
            project_id=shop.project.id,
            cells=cells,
            actor_user_id=shop.member_id,
            now=now,
            wall_now=now,
        )


def taken(session: Session) -> dict[uuid.UUID, int]:
    return {row.id: row.taken for row in session.execute(select(SeatCell.id, SeatCell.taken))}


class TestHoldSeats:
    def test_takes_all_cells_at_their_price(self, session: Session, shop: Shop) -> None:
        booking = hold(session, shop, {shop.evening.id: 5, shop.night.id: 1})

        assert taken(session) == {shop.evening.id: 5, shop.night.id: 1}
        assert booking.status is BookingStatus.HELD
        assert booking.hold_expires_at == NOON + 30 * MINUTE
        assert booking.deposit_fen == (5 * 19800 + 23800) * 30 // 100
        assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", booking.number)
        lines = session.scalars(select(BookingLine).where(BookingLine.booking_id == booking.id)).all()
        assert {(line.seat_cell_id, line.seats, line.price_fen) for line in lines} == {
            (shop.evening.id, 5, 19800),
            (shop.night.id, 1, 23800),
        }

    def test_one_seat_too_many_takes_none_and_names_the_short_cells(
        self, session: Session, shop: Shop
    ) -> None:
        hold(session, shop, {shop.night.id: 1})

        with pytest.raises(SeatsUnavailableError) as refusal:
            hold(session, shop, {shop.evening.id: 5, shop.night.id: 3})

        assert refusal.value.cells == ((shop.night.id, 3, 2),)
        assert taken(session) == {shop.evening.id: 0, shop.night.id: 1}

    def test_refused_it_leaves_nothing_even_in_a_transaction_that_goes_on(
        self, session: Session, shop: Shop
    ) -> None:
        with transaction(session), pytest.raises(SeatsUnavailableError):
            bookings.hold_seats(
                session,
                merchant_id=shop.project.merchant_id,
                project_id=shop.project.id,
                cells={shop.evening.id: 1, shop.night.id: 4},
                actor_user_id=shop.member_id,
                now=NOON,
                wall_now=NOON,
            )

        assert set(taken(session).values()) == {0}
        assert session.scalars(select(Booking)).all() == []

    @pytest.mark.parametrize("wanted", [6, 10**9, 10**12])
    def test_an_absurd_number_is_refused_like_any_other(
        self, session: Session, shop: Shop, wanted: int
    ) -> None:
        with pytest.raises(SeatsUnavailableError) as refusal:
            hold(session, shop, {shop.evening.id: wanted})

        assert refusal.value.cells == ((shop.evening.id, wanted, 5),)

    @pytest.mark.parametrize("seats", [0, -1])
    def test_no_seats_at_all_is_a_mistake_of_the_caller(
        self, session: Session, shop: Shop, seats: int
    ) -> None:
        with pytest.raises(ValueError, match="at least one"):
            hold(session, shop, {shop.evening.id: seats})

    def test_tells_the_members_and_the_audit(self, session: Session, shop: Shop) -> None:
        booking = hold(session, shop, {shop.evening.id: 2})

        notice = session.scalars(select(Notice)).one()
        assert (notice.user_id, notice.kind) == (shop.member_id, NoticeKind.BOOKING_HELD)
        assert notice.params["number"] == booking.number
        assert notice.params["expires"] == "10 月 20 日 12:30"
        assert booking.number in session.scalars(select(Message.body)).one()
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.subject_id, entry.actor_user_id) == (
            "booking.held",
            booking.id,
            shop.member_id,
        )

    @pytest.mark.parametrize(
        ("now", "is_open"),
        [
            (NOON - dt.timedelta(days=60), True),
            (NOON - dt.timedelta(days=60) - MICROSECOND, False),
            (SALE_ENDS - MICROSECOND, True),
            (SALE_ENDS, False),
        ],
    )
    def test_only_while_booking_is_open(
        self, session: Session, shop: Shop, now: dt.datetime, is_open: bool
    ) -> None:
        if is_open:
            hold(session, shop, {shop.evening.id: 1}, now=now)
        else:
            with pytest.raises(BookingClosedError):
                hold(session, shop, {shop.evening.id: 1}, now=now)

    def test_not_a_shift_that_has_begun(self, session: Session, make: Make) -> None:
        membership = make.membership()
        event = make.event(booking_closes_at=shanghai(13, 0))
        cell = make.seat_cell(slot=make.slot(event=event))
        shop = Shop(
            project=make.project(merchant_id=membership.merchant_id),
            member_id=membership.user_id,
            event=event,
            evening=cell,
            night=cell,
        )

        hold(session, shop, {cell.id: 1}, now=PEAK - MICROSECOND)
        with pytest.raises(SlotStartedError) as refusal:
            hold(session, shop, {cell.id: 1}, now=PEAK)

        assert refusal.value.cells == (cell.id,)

    def test_not_for_somebody_elses_project(self, session: Session, shop: Shop, make: Make) -> None:
        with pytest.raises(NotFoundError):
            hold(session, shop, {shop.evening.id: 1}, merchant_id=make.merchant().id)

    def test_not_cells_of_another_service_line_or_season(
        self, session: Session, shop: Shop, make: Make
    ) -> None:
        hotline = make.seat_cell(
            slot=make.slot(event=shop.event, starts_at=shanghai(12, 0)), service_line=ServiceLine.HOTLINE
        )
        elsewhere = make.seat_cell()

        for cell_id in (hotline.id, elsewhere.id, uuid.uuid4()):
            with pytest.raises(NotFoundError):
                hold(session, shop, {shop.evening.id: 1, cell_id: 1})
        assert taken(session)[shop.evening.id] == 0


class TestExpireDueHolds:
    def expire(self, session: Session, now: dt.datetime, limit: int = 10) -> int:
        with transaction(session):
            return bookings.expire_due_holds(session, now=now, wall_now=now, limit=limit)

    def test_gives_back_seats_from_the_deadline_on(self, session: Session, shop: Shop) -> None:
        booking = hold(session, shop, {shop.evening.id: 2, shop.night.id: 1})

        assert self.expire(session, booking.hold_expires_at - MICROSECOND) == 0
        assert taken(session)[shop.evening.id] == 2
        assert self.expire(session, booking.hold_expires_at) == 1

        assert set(taken(session).values()) == {0}
        assert session.get_one(Booking, booking.id).status is BookingStatus.EXPIRED
        assert NoticeKind.BOOKING_EXPIRED in session.scalars(select(Notice.kind)).all()

    def test_twice_it_acts_once(self, session: Session, shop: Shop) -> None:
        hold(session, shop, {shop.evening.id: 2})
        later = NOON + 31 * MINUTE

        assert [self.expire(session, later), self.expire(session, later)] == [1, 0]
        assert find_seat_drift(session) == []

    def test_holds_of_the_same_cell_in_one_batch_go_back_together(self, session: Session, shop: Shop) -> None:
        for _ in range(3):
            hold(session, shop, {shop.evening.id: 1, shop.night.id: 1})

        assert self.expire(session, NOON + 31 * MINUTE, limit=2) == 2
        assert taken(session) == {shop.evening.id: 1, shop.night.id: 1}
        assert self.expire(session, NOON + 31 * MINUTE, limit=2) == 1
        assert set(taken(session).values()) == {0}

    def test_leaves_paid_bookings_alone(self, session: Session, shop: Shop) -> None:
        booking = hold(session, shop, {shop.evening.id: 2})
        with transaction(session):
            locked = bookings.lock_booking(session, booking.id)
            bookings.confirm_booking(session, locked, actor_user_id=None, now=NOON, wall_now=NOON)

        assert self.expire(session, NOON + dt.timedelta(days=300)) == 0
        assert taken(session)[shop.evening.id] == 2


class TestConfirmBooking:
    def test_tells_it_at_the_business_time(self, session: Session, shop: Shop) -> None:
        booking = hold(session, shop, {shop.evening.id: 2})
        with transaction(session):
            locked = bookings.lock_booking(session, booking.id)
            bookings.confirm_booking(
                session, locked, actor_user_id=None, now=NOON + MINUTE, wall_now=NOON - 99 * MINUTE
            )

        told = select(Notice.created_at).where(Notice.kind == NoticeKind.BOOKING_CONFIRMED)
        assert session.scalars(told).one() == NOON + MINUTE

    def test_a_booking_is_confirmed_once(self, session: Session, shop: Shop) -> None:
        booking = hold(session, shop, {shop.evening.id: 2})
        with transaction(session):
            locked = bookings.lock_booking(session, booking.id)
            bookings.confirm_booking(session, locked, actor_user_id=None, now=NOON, wall_now=NOON)

        with pytest.raises(StaleStateError), transaction(session):
            locked = bookings.lock_booking(session, booking.id)
            bookings.confirm_booking(session, locked, actor_user_id=None, now=NOON, wall_now=NOON)

        assert taken(session)[shop.evening.id] == 2

    def test_members_read_it_in_their_language(self, session: Session, make: Make, shop: Shop) -> None:
        with transaction(session):
            session.get_one(User, shop.member_id).locale = "en"
        hold(session, shop, {shop.evening.id: 2})

        assert session.scalars(select(Notice)).one().params["expires"] == "20 October 12:30"


def test_only_one_module_changes_how_many_seats_are_taken() -> None:
    """A second way to take seats would be a way around the statement that cannot oversell."""
    app = Path(bookings.__file__).parents[1]
    writes = re.compile(r"SET taken|\.taken\s*[+-]?=[^=]|values\([^)]*\btaken=")
    found = [
        str(path.relative_to(app)) for path in sorted(app.rglob("*.py")) if writes.search(path.read_text())
    ]

    assert found == ["services/seat_cells.py"]
