"""SIGKILL between claim and save, for the job of every topic: nothing lost, nothing done twice."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import uuid
from collections import Counter

import pytest
import redis
from sqlalchemy import func, select

from app import clock
from app.contact_files import FileFormat
from app.db import db, transaction
from app.demo.season import OPERATIONS_EMAIL, find_demo_event
from app.jobs.relay import TIMED_TOPICS, promise_timed_work
from app.models import (
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    AttemptStatus,
    Badge,
    Booking,
    BookingStatus,
    Certificate,
    Contact,
    ExamAttempt,
    MatchRun,
    MatchStatus,
    Message,
    MessageChannel,
    MessageStatus,
    OutboxMessage,
    PlannedSeat,
    Project,
    SeatCell,
    Topic,
    User,
)
from app.queries.bookings import find_seat_drift
from app.services import assignments, bookings, certificates, imports, matching, messages, outbox, rota
from exams.bank import shipped_bank
from exams.blueprints import BASE_EXAM
from exams.forms import assemble_form
from tests.faults.conftest import Plant
from tests.make import NOON

pytestmark = pytest.mark.xdist_group("faults")

CONTACTS = 40


def operator() -> uuid.UUID:
    return db.session.scalars(select(User.id).where(User.email == OPERATIONS_EMAIL)).one()


def all_done(topic: Topic | None = None) -> bool:
    """Say whether nothing of this topic waits; the timer's own messages do not count."""
    db.session.expire_all()
    waiting = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.done_at.is_(None))
    waiting = waiting.where(
        OutboxMessage.topic == topic if topic else OutboxMessage.payload != {},
        OutboxMessage.dedupe_key.is_(None) | OutboxMessage.dedupe_key.not_like("%:1%"),
    )
    count = db.session.scalars(waiting).one()
    db.session.rollback()
    return count == 0


def promise_mail() -> None:
    messages.send_message(
        db.session,
        channel=MessageChannel.MAIL,
        recipient="somebody@zuoxi.example",
        subject="once",
        body="Exactly one letter, however often it is sent.",
        now=clock.wall_now(),
    )


def promise_import() -> uuid.UUID:
    project_id = db.session.scalars(select(Project.id).order_by(Project.name).limit(1)).one()
    lines = [
        json.dumps(
            {
                "external_id": f"kill-{number}",
                "channel": "chat",
                "started_at": "2026-10-19T10:00:00+08:00",
                "messages_in": 3,
                "messages_out": 4,
            }
        )
        for number in range(CONTACTS)
    ]
    imports.create_import(
        db.session,
        project_id=project_id,
        uploaded_by=operator(),
        file_name="contacts.jsonl",
        file_format=FileFormat.JSONL,
        content="\n".join(lines).encode(),
        skip_faulty_rows=False,
        started_on=None,
        now=NOON,
        wall_now=clock.wall_now(),
    )
    return project_id


def hold_seats_in_the_past() -> uuid.UUID:
    """Take seats with a hold that has run out by now."""
    project = db.session.scalars(select(Project).order_by(Project.name).limit(1)).one()
    cell_id = db.session.scalars(
        select(SeatCell.id)
        .where(SeatCell.service_line == project.service_line, SeatCell.capacity > SeatCell.taken + 2)
        .order_by(SeatCell.id)
        .limit(1)
    ).one()
    booking = bookings.hold_seats(
        db.session,
        merchant_id=project.merchant_id,
        project_id=project.id,
        cells={cell_id: 2},
        actor_user_id=operator(),
        now=NOON - dt.timedelta(hours=1),
        wall_now=clock.wall_now(),
    )
    return booking.id


def start_overdue_attempt() -> uuid.UUID:
    agent_id = db.session.scalars(select(Assignment.agent_id).order_by(Assignment.agent_id).limit(1)).one()
    attempt = ExamAttempt(
        id=uuid.uuid4(),
        agent_id=agent_id,
        exam="base",
        form=assemble_form(shipped_bank(), BASE_EXAM, 7).to_json(),
        accommodation={},
        status=AttemptStatus.RUNNING,
        started_at=NOON - dt.timedelta(hours=2),
        deadline_at=NOON - dt.timedelta(hours=1),
    )
    db.session.add(attempt)
    return attempt.id


def promise_badge() -> uuid.UUID:
    certificate_id = db.session.scalars(select(Certificate.id).order_by(Certificate.number).limit(1)).one()
    certificates.promise_proof(db.session, certificate_id, wall_now=clock.wall_now())
    return certificate_id


def request_match() -> uuid.UUID:
    event = find_demo_event(db.session)
    assert event is not None
    run = matching.request_run(
        db.session,
        event_id=event.id,
        seconds=2,
        seed=1,
        actor_user_id=operator(),
        now=clock.utc_now(),
        wall_now=clock.wall_now(),
    )
    return run.id


def test_work_survives_the_death_of_its_worker_between_claim_and_save(plant: Plant) -> None:
    with transaction(db.session):
        promise_mail()
        promise_import()
        booking_id = hold_seats_in_the_past()
        attempt_id = start_overdue_attempt()
        run_id = request_match()
        certificate_id = promise_badge()
    plant.start_relay()
    for queue in ("quick", "long"):
        plant.start_worker(queue, dying=True)

    plant.wait_until(lambda: all_done(), "the first work is done")
    plant.wait_until(lambda: (plant.markers / Topic.EXPIRE_HOLDS).exists(), "the timer's work is tried")

    assert [mail["Message-ID"] for mail in plant.mail.read_messages() if mail["Subject"] == "once"]
    assert len({mail["Message-ID"] for mail in plant.mail.read_messages() if mail["Subject"] == "once"}) == 1
    letter = db.session.scalars(select(Message).where(Message.subject == "once")).one()
    assert letter.status is MessageStatus.SENT
    imported = select(func.count()).select_from(Contact).where(Contact.external_id.like("kill-%"))
    assert db.session.scalars(imported).one() == CONTACTS
    run = db.session.get_one(MatchRun, run_id, populate_existing=True)
    assert run.status is MatchStatus.DONE
    planned = select(func.count()).where(PlannedSeat.run_id == run_id, ~PlannedSeat.is_standby)
    assert db.session.scalars(planned).one() == run.filled
    db.session.rollback()

    plant.wait_until(lambda: _has_badge(certificate_id), "the badge is proven")
    plant.wait_until(lambda: _status(Booking, booking_id) is BookingStatus.EXPIRED, "the hold is given back")
    assert find_seat_drift(db.session) == []
    plant.wait_until(
        lambda: _status(ExamAttempt, attempt_id) is AttemptStatus.SUBMITTED, "the attempt is handed in"
    )
    db.session.rollback()

    with transaction(db.session):
        rota.request_publish(
            db.session,
            run_id,
            actor_user_id=operator(),
            now=clock.utc_now(),
            wall_now=clock.wall_now(),
        )
    plant.wait_until(lambda: all_done(Topic.PUBLISH_ROTA), "the rota is published")
    offers = db.session.scalars(
        select(Assignment).where(Assignment.run_id == run_id, Assignment.kind == AssignmentKind.FORMAL)
    ).all()
    assert len(offers) == run.filled
    assert max(Counter((offer.agent_id, offer.slot_id) for offer in offers).values()) == 1
    declined = offers[0]
    db.session.rollback()

    with transaction(db.session):
        assignments.decline_offer(
            db.session,
            declined.id,
            agent_id=declined.agent_id,
            now=clock.utc_now(),
            wall_now=clock.wall_now(),
        )
    plant.wait_until(lambda: all_done(Topic.REFILL_SEAT), "the declined seat is refilled")
    replacements = select(func.count()).where(Assignment.replaces_id == declined.id)
    assert db.session.scalars(replacements).one() <= 1
    db.session.rollback()

    plant.set_time(declined.starts_at + dt.timedelta(minutes=6))
    plant.wait_until(
        lambda: _count(AssignmentStatus.OFFERED, before=declined.starts_at) == 0, "late offers lapse"
    )
    died = {marker.name for marker in plant.markers.iterdir()}
    assert died == {str(topic) for topic in Topic}
    assert db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.dead_at.is_not(None))).all() == []


def _has_badge(certificate_id: uuid.UUID) -> bool:
    badges = db.session.scalars(select(Badge.id).where(Badge.certificate_id == certificate_id)).all()
    db.session.rollback()
    return bool(badges)


def _status(table: type[Booking] | type[ExamAttempt], row_id: uuid.UUID) -> object:
    status = db.session.scalars(select(table.status).where(table.id == row_id)).one()
    db.session.rollback()
    return status


def _count(status: AssignmentStatus, *, before: dt.datetime) -> int:
    count = db.session.scalars(
        select(func.count()).where(Assignment.status == status, Assignment.respond_by < before)
    ).one()
    db.session.rollback()
    return count


def test_a_flush_of_the_queue_loses_nothing(plant: Plant) -> None:
    with transaction(db.session):
        for _ in range(30):
            promise_mail()
    plant.start_relay()
    plant.wait_until(_all_sent_out, "all messages are in the queue")

    redis.Redis.from_url(plant.valkey.url).flushall()
    assert not all_done()
    plant.start_worker("quick")

    plant.wait_until(lambda: all_done(Topic.DELIVER_MESSAGE), "every letter is sent after the flush")
    letters = [mail["Message-ID"] for mail in plant.mail.read_messages()]
    assert len(letters) == len(set(letters)) == 30


def _all_sent_out() -> bool:
    waiting = db.session.scalars(
        select(func.count()).where(
            OutboxMessage.topic == Topic.DELIVER_MESSAGE, OutboxMessage.dispatched_at.is_(None)
        )
    ).one()
    db.session.rollback()
    return waiting == 0


def test_the_queues_server_may_be_killed_and_come_back(plant: Plant) -> None:
    plant.start_relay()
    plant.start_worker("quick")
    with transaction(db.session):
        for _ in range(5):
            promise_mail()
    plant.wait_until(lambda: all_done(Topic.DELIVER_MESSAGE), "letters are sent")

    assert plant.valkey.pid
    plant.queue_was_away = True
    os.kill(plant.valkey.pid, signal.SIGKILL)
    with transaction(db.session):
        for _ in range(5):
            promise_mail()
    assert not all_done(Topic.DELIVER_MESSAGE)
    plant.valkey.start()

    plant.wait_until(lambda: all_done(Topic.DELIVER_MESSAGE), "letters are sent after the pause")
    letters = [mail["Message-ID"] for mail in plant.mail.read_messages()]
    assert len(letters) == len(set(letters)) == 10


def test_timed_work_is_promised_once_however_many_relays_run(plant: Plant) -> None:
    now = clock.wall_now()
    with transaction(db.session):
        promise_timed_work(db.session, now=now)
        promise_timed_work(db.session, now=now)

    timed = db.session.scalars(select(OutboxMessage.topic).where(OutboxMessage.payload == {})).all()
    assert sorted(timed) == sorted(TIMED_TOPICS)
    assert outbox.count_waiting(db.session) == len(TIMED_TOPICS)


def test_timed_work_does_not_pile_up_while_nobody_takes_it(plant: Plant) -> None:
    """Sooner or later every interval is over, and still there is one of each: until it is taken up."""
    start = clock.wall_now()
    for minutes in range(0, 60, 10):
        with transaction(db.session):
            promise_timed_work(db.session, now=start + dt.timedelta(minutes=minutes))
    assert outbox.count_waiting(db.session) == len(TIMED_TOPICS)

    taken, done = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.topic.in_([Topic.EXPIRE_HOLDS, Topic.LAPSE_OFFERS]))
    ).all()
    later = start + dt.timedelta(hours=1)
    lease = dt.timedelta(seconds=30)
    with transaction(db.session):
        outbox.claim_message(db.session, taken.id, lease=lease, now=later)
        claim = outbox.claim_message(db.session, done.id, lease=lease, now=later)
        assert claim
        outbox.finish_message(db.session, claim, now=later)
    with transaction(db.session):
        promise_timed_work(db.session, now=later + lease * 2)

    assert outbox.count_waiting(db.session) == len(TIMED_TOPICS) + 1
