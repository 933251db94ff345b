"""Offers and shifts on their way through the queue: each promise done once, one fall leading to the next."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import db, transaction
from app.errors import LostClaimError
from app.jobs import assignments as jobs
from app.jobs import runner
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    AuditEntry,
    Notice,
    NoticeKind,
    OutboxMessage,
    Role,
    Topic,
)
from app.services import assignments, outbox
from app.services.outbox import Claim
from tests.make import NOON, PEAK, Make
from tests.small_season import SmallSeason

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)
    set_now(monkeypatch, NOON)


def set_now(monkeypatch: pytest.MonkeyPatch, now: dt.datetime) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: now)


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    season = SmallSeason(session, make)
    season.book(1)
    return season


def put(season: SmallSeason, agent: Agent, status: AssignmentStatus, **values: object) -> uuid.UUID:
    return season.make.assignment(
        agent=agent,
        project=season.project,
        slot=season.slot,
        status=status,
        **values,  # type: ignore[arg-type]
    ).id


def waiting(session: Session, topic: Topic) -> list[uuid.UUID]:
    return list(
        session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.topic == topic, OutboxMessage.done_at.is_(None))
        )
    )


def work(session: Session, topic: Topic) -> int:
    """Do what waits under a topic, each message delivered twice, and return how many there were."""
    messages = waiting(session, topic)
    for message_id in messages:
        for _ in range(2):
            runner.handle(message_id=str(message_id))
    session.expire_all()
    return len(messages)


def timed(session: Session, topic: Topic) -> None:
    """Let the timer ask for its round of work."""
    with transaction(session):
        outbox.promise(session, topic, now=NOON)
    work(session, topic)


def holders(session: Session) -> list[tuple[uuid.UUID, AssignmentStatus]]:
    rows = session.execute(
        select(Assignment.agent_id, Assignment.status).order_by(Assignment.offered_at, Assignment.status)
    )
    return [(agent_id, status) for agent_id, status in rows]


def test_a_declined_seat_goes_to_somebody_else(session: Session, season: SmallSeason) -> None:
    first, second = season.certified_agent(standing=80), season.certified_agent(standing=70)
    offer = put(season, first, AssignmentStatus.OFFERED)
    with transaction(session):
        assignments.decline_offer(session, offer, agent_id=first.id, now=NOON, wall_now=NOON)

    assert work(session, Topic.REFILL_SEAT) == 1

    assert holders(session) == [
        (first.id, AssignmentStatus.DECLINED),
        (second.id, AssignmentStatus.OFFERED),
    ]


def test_a_lapsed_seat_goes_on_and_on_until_nobody_is_left(
    session: Session, season: SmallSeason, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = make.user(role=Role.OPERATIONS)
    first, second = season.certified_agent(standing=80), season.certified_agent(standing=70)
    put(season, first, AssignmentStatus.OFFERED, respond_by=NOON)
    now = NOON
    for _ in range(2):
        timed(session, Topic.LAPSE_OFFERS)
        assert work(session, Topic.REFILL_SEAT) == 1
        now += dt.timedelta(days=2)
        set_now(monkeypatch, now)

    assert holders(session) == [(first.id, AssignmentStatus.LAPSED), (second.id, AssignmentStatus.LAPSED)]
    told = session.scalars(select(Notice).where(Notice.user_id == operator.id)).all()
    assert [notice.kind for notice in told] == [NoticeKind.SEAT_UNSTAFFED]
    assert waiting(session, Topic.REFILL_SEAT) == []


def test_a_missing_person_is_noticed_and_a_standby_called(
    session: Session, season: SmallSeason, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, standby = season.certified_agent(), season.certified_agent()
    shift = put(season, late, AssignmentStatus.ACCEPTED)
    put(season, standby, AssignmentStatus.ACCEPTED, kind=AssignmentKind.STANDBY)
    set_now(monkeypatch, PEAK + 6 * MINUTE)

    timed(session, Topic.WATCH_ATTENDANCE)
    assert work(session, Topic.REFILL_SEAT) == 1

    called = session.scalars(select(Assignment).where(Assignment.replaces_id == shift)).one()
    assert (called.agent_id, called.kind, called.called_at) == (
        standby.id,
        AssignmentKind.FORMAL,
        PEAK + 6 * MINUTE,
    )
    assert session.get_one(Assignment, shift).status is AssignmentStatus.MISSING


def test_who_was_called_and_does_not_come_is_replaced_too(
    session: Session, season: SmallSeason, monkeypatch: pytest.MonkeyPatch
) -> None:
    standbys = [season.certified_agent(standing=80), season.certified_agent(standing=70)]
    put(season, season.certified_agent(), AssignmentStatus.ACCEPTED)
    for standby in standbys:
        put(season, standby, AssignmentStatus.ACCEPTED, kind=AssignmentKind.STANDBY)
    for minutes in (6, 22):
        set_now(monkeypatch, PEAK + minutes * MINUTE)
        timed(session, Topic.WATCH_ATTENDANCE)
        assert work(session, Topic.REFILL_SEAT) == 1

    last = session.scalars(select(Assignment).where(Assignment.agent_id == standbys[1].id)).one()
    assert last.called_at == PEAK + 22 * MINUTE


def test_a_seat_given_back_by_the_merchant_is_left_alone(
    session: Session, season: SmallSeason, make: Make
) -> None:
    other = SmallSeason(session, make)
    agent = other.certified_agent()
    other.certified_agent()
    offer = put(other, agent, AssignmentStatus.OFFERED)
    with transaction(session):
        assignments.decline_offer(session, offer, agent_id=agent.id, now=NOON, wall_now=NOON)

    assert work(session, Topic.REFILL_SEAT) == 1

    assert holders(session) == [(agent.id, AssignmentStatus.DECLINED)]
    assert session.scalars(select(Notice)).all() == []


@pytest.mark.parametrize("job", [jobs.refill_seat, jobs.lapse_offers, jobs.watch_attendance])
def test_a_worker_that_lost_its_claim_saves_nothing(
    session: Session, season: SmallSeason, monkeypatch: pytest.MonkeyPatch, app: Flask, job: object
) -> None:
    """Each handler is run with a claim whose number is too old."""
    late = season.certified_agent()
    season.certified_agent()
    due = put(season, late, AssignmentStatus.DECLINED)
    other = SmallSeason(session, season.make)
    put(other, other.certified_agent(), AssignmentStatus.OFFERED, respond_by=NOON)
    put(other, other.certified_agent(), AssignmentStatus.ACCEPTED)
    set_now(monkeypatch, PEAK + 6 * MINUTE)
    with transaction(session):
        outbox.promise(session, Topic.REFILL_SEAT, now=NOON, assignment_id=str(due))
    message = session.scalars(select(OutboxMessage)).one()
    claim = Claim(message_id=message.id, attempt=7, topic=message.topic, payload={})
    arguments = {"assignment_id": str(due)} if job is jobs.refill_seat else {}

    with app.app_context():
        with pytest.raises(LostClaimError):
            job(claim, **arguments)  # type: ignore[operator]
        db.session.close()

    session.expire_all()
    assert session.scalars(select(AuditEntry.action)).all() == []
    assert session.scalars(select(Notice)).all() == []
    assert len(holders(session)) == 3
