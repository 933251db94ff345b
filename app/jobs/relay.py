"""Hand promised work to the queues, send lost work again, and promise what the clock asks for."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping

import structlog
from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import clock
from app.db import db, transaction
from app.models import OutboxMessage, Topic
from app.services import outbox
from app.task_queue import QUEUE_OF, ring

logger = structlog.get_logger(__name__)

BATCH_SIZE = 200
POLL_SECONDS = 0.2
SWEEP_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 5.0
# How often each piece of work comes, in seconds. Five seconds after a seat has fallen somebody else is to
# have the offer: those who let theirs lapse, or did not come, must be noticed well before.
TIMED_TOPICS: Mapping[Topic, float] = {
    Topic.EXPIRE_HOLDS: 5.0,
    Topic.LAPSE_OFFERS: 2.0,
    Topic.WATCH_ATTENDANCE: 2.0,
    Topic.CLOSE_ATTEMPTS: 5.0,
    Topic.REFRESH_COVER: 300.0,
    Topic.REMIND_OF_EXPIRY: 600.0,
    # Comes often and does something once a night, so that no night is missed.
    Topic.COMPUTE_FIGURES: 300.0,
    Topic.WATCH_EXAMS: 300.0,
}


def relay_waiting(session: Session, queues: Mapping[str, Queue], *, now: dt.datetime) -> int:
    """Enqueue a batch of waiting messages and return how many there were.

    A crash between enqueueing and commit sends a message twice, never zero times.
    """
    waiting = session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.dispatched_at.is_(None),
            OutboxMessage.done_at.is_(None),
            OutboxMessage.dead_at.is_(None),
            OutboxMessage.available_at <= now,
        )
        .order_by(OutboxMessage.available_at, OutboxMessage.created_at, OutboxMessage.id)
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    ).all()
    for message in waiting:
        message.dispatched_at = now
        message.dispatches += 1
        ring(queues[QUEUE_OF[message.topic]], str(message.id), dispatch=message.dispatches)
    return len(waiting)


def promise_timed_work(session: Session, *, now: dt.datetime) -> None:
    """Promise each piece of timed work once per interval, however many relays run and however often.

    What nobody has taken up yet is not promised again: after an outage the workers would have every interval
    of it to go through before anything else. Work in somebody's hands is, for they may have died over it.
    """
    untouched = set(
        session.scalars(
            select(OutboxMessage.topic).where(
                OutboxMessage.topic.in_(TIMED_TOPICS),
                OutboxMessage.done_at.is_(None),
                OutboxMessage.dead_at.is_(None),
                OutboxMessage.leased_until.is_(None),
            )
        )
    )
    for topic, seconds in TIMED_TOPICS.items():
        if topic not in untouched:
            tick = int(now.timestamp() // seconds)
            outbox.promise(session, topic, now=now, dedupe_key=f"{topic}:{tick}")


def run_relay(queues: Mapping[str, Queue], stop: threading.Event, *, resend_after: dt.timedelta) -> None:
    """Relay until `stop` is set. Survives the absence of the database or of the queue's server."""
    next_sweep = next_housekeeping = clock.wall_now()
    while not stop.is_set():
        sent = 0
        try:
            now = clock.wall_now()
            if now >= next_sweep:
                with transaction(db.session):
                    promise_timed_work(db.session, now=now)
                next_sweep = now + dt.timedelta(seconds=SWEEP_SECONDS)
            if now >= next_housekeeping:
                with transaction(db.session):
                    lost = outbox.resend_lost(db.session, after=resend_after, now=now)
                    outbox.forget_old(db.session, now=now)
                if lost:
                    logger.warning("lost work sent again", messages=lost)
                next_housekeeping = now + dt.timedelta(seconds=HOUSEKEEPING_SECONDS)
            with transaction(db.session):
                sent = relay_waiting(db.session, queues, now=now)
        except (RedisError, OperationalError) as error:
            logger.warning("relay waits for its servers", error=type(error).__name__)
            stop.wait(1)
        finally:
            db.session.close()
        if sent < BATCH_SIZE:
            stop.wait(POLL_SECONDS)
