"""The timer's job gives back every hold that is due, however often and by whomever it is delivered."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.errors import LostClaimError
from app.jobs import holds, runner
from app.models import Booking, BookingStatus, OutboxMessage, SeatCell, Topic
from app.queries.bookings import find_seat_drift
from app.services import outbox
from tests.make import NOON, Make

HOLDS = 5


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    # The renewing thread would need a second connection; the tests below are shorter than any lease.
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)
    monkeypatch.setattr(holds, "BATCH_SIZE", 2)


def hold_some(make: Make) -> None:
    cell = make.seat_cell(capacity=20, taken=HOLDS + 1)
    for number in range(HOLDS):
        make.booking(
            cells={cell.id: 1},
            event_id=cell.event_id,
            status=BookingStatus.HELD,
            created_at=NOON + dt.timedelta(seconds=number),
        )
    make.booking(cells={cell.id: 1}, event_id=cell.event_id)


def run(session: Session, *, times: int = 1) -> OutboxMessage:
    with transaction(session):
        outbox.promise(session, Topic.EXPIRE_HOLDS, now=clock.wall_now())
    message_id = session.scalars(
        select(OutboxMessage.id).where(
            OutboxMessage.topic == Topic.EXPIRE_HOLDS, OutboxMessage.done_at.is_(None)
        )
    ).one()
    for _ in range(times):
        runner.handle(message_id=str(message_id))
    session.expire_all()
    return session.get_one(OutboxMessage, message_id)


def statuses(session: Session) -> list[BookingStatus]:
    return sorted(session.scalars(select(Booking.status)))


@pytest.mark.parametrize("times", [1, 2])
def test_everything_due_is_given_back_in_batches(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    hold_some(make)
    monkeypatch.setattr(clock, "utc_now", lambda: NOON + dt.timedelta(hours=1))

    message = run(session, times=times)

    assert message.done_at is not None
    assert statuses(session) == [BookingStatus.CONFIRMED, *[BookingStatus.EXPIRED] * HOLDS]
    assert session.scalars(select(SeatCell.taken)).one() == 1
    assert find_seat_drift(session) == []


def test_only_what_is_due(session: Session, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_some(make)
    monkeypatch.setattr(clock, "utc_now", lambda: NOON + dt.timedelta(minutes=30, seconds=2))

    run(session)

    assert statuses(session).count(BookingStatus.EXPIRED) == 3
    assert session.scalars(select(SeatCell.taken)).one() == HOLDS + 1 - 3


def test_a_worker_that_lost_its_claim_saves_nothing(
    app: Flask, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_some(make)
    monkeypatch.setattr(clock, "utc_now", lambda: NOON + dt.timedelta(hours=1))
    with transaction(session):
        outbox.promise(session, Topic.EXPIRE_HOLDS, now=clock.wall_now())
    message_id = session.scalars(select(OutboxMessage.id)).one()
    lease = dt.timedelta(seconds=30)
    claims = []
    for now in (clock.wall_now(), clock.wall_now() + 2 * lease):
        with transaction(session):
            claims.append(outbox.claim_message(session, message_id, lease=lease, now=now))
    late, current = claims
    assert late is not None
    assert current is not None

    with app.app_context():
        with pytest.raises(LostClaimError):
            holds.expire_holds(late)
        assert BookingStatus.EXPIRED not in statuses(session)
        holds.expire_holds(current)

    session.expire_all()
    assert statuses(session).count(BookingStatus.EXPIRED) == HOLDS
