"""Reads of promised work: what waits, what is in whose hands, what failed and what gave up."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.models import OutboxMessage

PAGE_ROWS = 50


class JobState(enum.StrEnum):
    """FAILED waits for its next try; DEAD failed too often and waits for somebody to mend it."""

    DEAD = "dead"
    FAILED = "failed"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"


def count_jobs(session: Session, *, wall_now: dt.datetime) -> Mapping[JobState, int]:
    """Return how much work is in each state."""
    state = case(
        *((_is(state, wall_now=wall_now), state.value) for state in JobState), else_=JobState.WAITING.value
    )
    counted = session.execute(select(state.label("state"), func.count().label("jobs")).group_by(state))
    found = {row.state: row.jobs for row in counted}
    return {state: found.get(state.value, 0) for state in JobState}


def list_jobs(
    session: Session, state: JobState, *, wall_now: dt.datetime, page: int
) -> Sequence[OutboxMessage]:
    """Return one page of the work in a state: what is done newest first, the rest oldest first."""
    order = OutboxMessage.done_at.desc() if state is JobState.DONE else OutboxMessage.created_at
    return session.scalars(
        select(OutboxMessage)
        .where(_is(state, wall_now=wall_now))
        .order_by(order, OutboxMessage.id)
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS)
    ).all()


def _is(state: JobState, *, wall_now: dt.datetime) -> ColumnElement[bool]:
    is_open = and_(OutboxMessage.done_at.is_(None), OutboxMessage.dead_at.is_(None))
    free = or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < wall_now)
    if state is JobState.DEAD:
        return OutboxMessage.dead_at.is_not(None)
    if state is JobState.DONE:
        return OutboxMessage.done_at.is_not(None)
    if state is JobState.RUNNING:
        return and_(is_open, OutboxMessage.leased_until >= wall_now)
    if state is JobState.FAILED:
        return and_(is_open, free, OutboxMessage.failure.is_not(None))
    return and_(is_open, free, OutboxMessage.failure.is_(None))
