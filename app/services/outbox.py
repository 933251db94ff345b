"""Promise work in the same transaction as the change that calls for it, and claim, finish or retry it.

Every time in this module is wall-clock time.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import LostClaimError
from app.models import OutboxMessage, Topic

MAX_ATTEMPTS = 8
WORN_OUT = f"Each of {MAX_ATTEMPTS} workers died or stalled over it: it may need more memory than there is."
FIRST_RETRY = dt.timedelta(seconds=2)
LONGEST_RETRY = dt.timedelta(minutes=10)
# Done work of the timer is forgotten: it comes back every few seconds and tells nobody anything.
KEEP_TIMED = dt.timedelta(minutes=10)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Claim:
    """A worker's hold on a message: valid while the row still carries this attempt number."""

    message_id: uuid.UUID
    attempt: int
    topic: Topic
    payload: dict[str, Any]


def promise(
    session: Session,
    topic: Topic,
    *,
    now: dt.datetime,
    dedupe_key: str | None = None,
    delay: dt.timedelta = dt.timedelta(0),
    **payload: str | int,
) -> None:
    """Record work that the relay hands to the queue after commit.

    With a `dedupe_key`, a second promise under the same key is ignored for ever.
    """
    session.execute(
        insert(OutboxMessage)
        .values(
            id=uuid.uuid4(),
            topic=topic,
            payload=payload,
            dedupe_key=dedupe_key,
            created_at=now,
            # A business time that runs ahead of the machine's must not postpone the work.
            available_at=func.least(now, func.clock_timestamp()) + delay,
            dispatches=0,
            attempt=0,
        )
        .on_conflict_do_nothing(index_elements=[OutboxMessage.dedupe_key])
    )


def claim_message(
    session: Session, message_id: uuid.UUID, *, lease: dt.timedelta, now: dt.datetime
) -> Claim | None:
    """Take a message for this worker, or return None when it is done, dead, worn out or in other hands.

    A message whose lease is out belongs to a worker that died or stalled, and may be taken again.
    """
    row = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message_id,
            *_is_free(now),
            OutboxMessage.attempt < MAX_ATTEMPTS,
        )
        .values(attempt=OutboxMessage.attempt + 1, leased_until=now + lease)
        .returning(OutboxMessage.attempt, OutboxMessage.topic, OutboxMessage.payload)
    ).one_or_none()
    if row is None:
        return None
    return Claim(message_id=message_id, attempt=row.attempt, topic=row.topic, payload=row.payload)


def bury_worn_out(session: Session, message_id: uuid.UUID, *, now: dt.datetime) -> OutboxMessage | None:
    """Bury a message that is in nobody's hands after its last try, and return it; None for any other.

    Its workers died before they could say what went wrong: the work itself may kill them.
    """
    return session.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message_id,
            *_is_free(now),
            OutboxMessage.attempt >= MAX_ATTEMPTS,
        )
        .values(dead_at=now, leased_until=None, failure=WORN_OUT)
        .returning(OutboxMessage)
        .execution_options(populate_existing=True)
    )


def renew_lease(session: Session, claim: Claim, *, lease: dt.timedelta, now: dt.datetime) -> None:
    """Hold on for longer; raises LostClaimError when another worker has taken over."""
    _update_held(session, claim, leased_until=now + lease)


def finish_message(session: Session, claim: Claim, *, now: dt.datetime) -> None:
    """Mark the work done, in the transaction that saves its effect.

    Raises LostClaimError when another worker has taken over: the caller's transaction then saves nothing.
    """
    _update_held(session, claim, done_at=now, leased_until=None)


def hold_claim(session: Session, claim: Claim) -> None:
    """Lock the claim until the end of the transaction, for work that saves in several steps."""
    attempt = session.scalar(
        select(OutboxMessage.attempt)
        .where(
            OutboxMessage.id == claim.message_id,
            OutboxMessage.done_at.is_(None),
            OutboxMessage.dead_at.is_(None),
        )
        .with_for_update()
    )
    if attempt != claim.attempt:
        raise LostClaimError


def retry_message(session: Session, claim: Claim, *, failure: str, now: dt.datetime) -> bool:
    """Give the message back after a failure, or bury it; return whether it will be tried again."""
    if claim.attempt >= MAX_ATTEMPTS:
        _update_held(session, claim, dead_at=now, leased_until=None, failure=failure)
        return False
    wait = min(FIRST_RETRY * 4 ** (claim.attempt - 1), LONGEST_RETRY)
    _update_held(
        session, claim, dispatched_at=None, available_at=now + wait, leased_until=None, failure=failure
    )
    return True


def revive_message(session: Session, message_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Give a dead message a new life, when somebody has mended what killed it."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.dead_at.is_not(None))
        .values(dead_at=None, attempt=0, dispatched_at=None, available_at=now, leased_until=None)
    )


def resend_lost(session: Session, *, after: dt.timedelta, now: dt.datetime) -> int:
    """Put back what was sent so long ago but is in nobody's hands, and return how many messages that were.

    The queue has lost them (a flush, a restart), or their worker died and its lease is out.
    """
    return len(
        session.scalars(
            update(OutboxMessage)
            .where(
                OutboxMessage.done_at.is_(None),
                OutboxMessage.dead_at.is_(None),
                OutboxMessage.dispatched_at < now - after,
                or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < now),
            )
            .values(dispatched_at=None)
            .returning(OutboxMessage.id)
        ).all()
    )


def forget_old(session: Session, *, now: dt.datetime) -> None:
    """Delete the timer's finished messages, which are the ones with a dedupe key and no payload."""
    session.execute(
        delete(OutboxMessage).where(
            OutboxMessage.done_at < now - KEEP_TIMED,
            OutboxMessage.dedupe_key.is_not(None),
            OutboxMessage.payload == {},
        )
    )


def count_waiting(session: Session) -> int:
    """Return how many promises are neither done nor dead."""
    return session.scalars(
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.done_at.is_(None), OutboxMessage.dead_at.is_(None))
    ).one()


def _is_free(now: dt.datetime) -> list[ColumnElement[bool]]:
    return [
        OutboxMessage.done_at.is_(None),
        OutboxMessage.dead_at.is_(None),
        or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < now),
    ]


def _update_held(session: Session, claim: Claim, **values: Any) -> None:
    held = session.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == claim.message_id,
            OutboxMessage.attempt == claim.attempt,
            OutboxMessage.done_at.is_(None),
            OutboxMessage.dead_at.is_(None),
        )
        .values(**values)
        .returning(OutboxMessage.id)
    )
    if held is None:
        raise LostClaimError
