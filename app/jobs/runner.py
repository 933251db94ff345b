"""Run one promised piece of work: claim it, hand it to its handler, retry or bury it when it fails."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask

from app import clock
from app.db import db, transaction
from app.errors import LostClaimError
from app.models import OutboxMessage, Topic
from app.services import dead_letters, outbox
from app.services.outbox import Claim

logger = structlog.get_logger(__name__)

Handler = Callable[..., None]

_app: Flask | None = None


def use_app(app: Flask) -> None:
    """Name the app whose settings and engine this worker process uses."""
    global _app
    _app = app


def handlers() -> Mapping[Topic, Handler]:
    """Return the handler of every topic. A handler takes the claim and the message's payload as keywords.

    It must call `outbox.finish_message` in the transaction that saves its effect.
    """
    from app.jobs import registry  # noqa: PLC0415 - handlers pull in the solver; other commands need not

    return registry.HANDLERS


def handle(*, message_id: str) -> None:
    """Entry point of every job. The queue may deliver it twice or late; the claim lets one through."""
    if _app is None:
        raise RuntimeError("use_app() comes first: the worker command does it")
    with _app.app_context():
        _handle(uuid.UUID(message_id), lease=dt.timedelta(seconds=_app.config["LEASE_SECONDS"]))


def _handle(message_id: uuid.UUID, *, lease: dt.timedelta) -> None:
    with transaction(db.session):
        buried = outbox.bury_worn_out(db.session, message_id, now=clock.wall_now())
        if buried is not None:
            _mark_failed(buried.topic, buried.payload, failure=outbox.WORN_OUT)
        claim = outbox.claim_message(db.session, message_id, lease=lease, now=clock.wall_now())
    if buried is not None:
        logger.error("job is dead: its workers died", message_id=str(message_id), topic=str(buried.topic))
    if claim is None:
        return
    log = logger.bind(message_id=str(message_id), topic=str(claim.topic), attempt=claim.attempt)
    try:
        with _renewed(claim, lease=lease):
            handlers()[claim.topic](claim, **claim.payload)
        _check_finished(claim)
    except LostClaimError:
        log.warning("claim lost to another worker")
    except Exception as error:
        log.exception("job failed")
        failure = f"{type(error).__name__}: {error}"
        try:
            with transaction(db.session):
                again = outbox.retry_message(db.session, claim, failure=failure, now=clock.wall_now())
                if not again:
                    _mark_failed(claim.topic, claim.payload, failure=failure)
            if not again:
                log.error("job is dead: it failed too often")
        except LostClaimError:
            log.warning("claim lost to another worker")
    else:
        log.info("job done")


def _mark_failed(topic: Topic, payload: Mapping[str, Any], *, failure: str) -> None:
    dead_letters.mark_failed(db.session, topic, payload, failure=failure, now=clock.utc_now())


@contextmanager
def _renewed(claim: Claim, *, lease: dt.timedelta) -> Iterator[None]:
    """Renew the lease from a thread for as long as this process works on the claim.

    A short lease then serves long work too: it runs out soon only when the process is gone.
    """
    app = _app
    assert app is not None
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(lease.total_seconds() / 3):
            with app.app_context():
                try:
                    with transaction(db.session):
                        outbox.renew_lease(db.session, claim, lease=lease, now=clock.wall_now())
                except LostClaimError:
                    return
                except Exception:
                    # The database may be away for a moment; the next round tries again.
                    logger.exception("lease not renewed", message_id=str(claim.message_id))

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _check_finished(claim: Claim) -> None:
    message = db.session.get(OutboxMessage, claim.message_id, populate_existing=True)
    unfinished = message is not None and message.done_at is None
    db.session.close()
    if unfinished:
        raise RuntimeError(f"the handler of {claim.topic} returned without finishing its message")
