"""Fells seats of a published season in every way there is, and times each replacement inside one process."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from app.benchmarks.figures import HEADING, ProcessorClock, row_of
from app.db import transaction
from app.errors import NoSubstituteError
from app.models import Assignment, AssignmentKind, AssignmentStatus
from app.services import refills

# Statements are prepared and caches filled before anything is counted, as in a worker that has run a while.
WARM_UP = 15
OFFERED, ACCEPTED = AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fall:
    """A way to lose a seat: from which state to which, and when, in minutes after the start (negative:
    before); None is any time between now and the start.
    """

    name: str
    before: AssignmentStatus
    after: AssignmentStatus
    minutes: tuple[int, int] | None


FALLS = (
    Fall(name="declined", before=OFFERED, after=AssignmentStatus.DECLINED, minutes=None),
    Fall(name="lapsed", before=OFFERED, after=AssignmentStatus.LAPSED, minutes=None),
    Fall(name="released", before=ACCEPTED, after=AssignmentStatus.RELEASED, minutes=None),
    Fall(name="sick call", before=ACCEPTED, after=AssignmentStatus.RELEASED, minutes=(-110, 4)),
    Fall(name="no-show", before=ACCEPTED, after=AssignmentStatus.MISSING, minutes=(6, 6)),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Replacement:
    """One measured replacement; times in milliseconds. `computing` is processor time up to the commit."""

    fall: str
    outcome: str
    computing: float
    elapsed: float
    commit: float
    statements: int


def replace_seats(engine: Engine, *, seats: int, seed: int, now: dt.datetime) -> list[Replacement]:
    """Fell so many random seats one after the other, and replace each; every change is saved."""
    rng = random.Random(seed)
    with Session(engine, expire_on_commit=False) as session:
        processor = ProcessorClock(session.scalars(select(func.pg_backend_pid())).one())
        waiting = {fall: _seats_in(session, fall.before, now=now, rng=rng) for fall in FALLS}
        statements = Counter[str]()
        event.listen(engine, "before_cursor_execute", lambda *_: statements.update(["all"]))
        measured = []
        for number in range(WARM_UP + seats):
            fall = FALLS[number % len(FALLS)]
            seat_id, moment = _fell(session, fall, waiting[fall], now=now, rng=rng)
            statements.clear()
            done = _replace(session, seat_id, processor, now=moment)
            if number >= WARM_UP:
                measured.append(dataclasses.replace(done, fall=fall.name, statements=statements["all"]))
    return measured


def _seats_in(
    session: Session, status: AssignmentStatus, *, now: dt.datetime, rng: random.Random
) -> Iterator[uuid.UUID]:
    found = session.scalars(
        select(Assignment.id)
        .where(
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status == status,
            Assignment.starts_at > now + dt.timedelta(hours=12),
        )
        .order_by(Assignment.id)
    ).all()
    return iter(rng.sample(found, len(found)))


def _fell(
    session: Session, fall: Fall, seats: Iterator[uuid.UUID], *, now: dt.datetime, rng: random.Random
) -> tuple[uuid.UUID, dt.datetime]:
    """Let the next of these seats fall, and return it with the moment of its fall."""
    with transaction(session):
        # Somebody may have been given the seat, or lost it, since the list was made.
        seat = next(
            seat for seat in (session.get_one(Assignment, key) for key in seats) if seat.status is fall.before
        )
        seat.status = fall.after
        if fall.minutes is None:
            moment = now + (seat.starts_at - now) * rng.uniform(0.0, 0.95)
        else:
            moment = seat.starts_at + dt.timedelta(minutes=rng.randint(*fall.minutes))
    session.expunge_all()
    return seat.id, moment


def _replace(
    session: Session, seat_id: uuid.UUID, processor: ProcessorClock, *, now: dt.datetime
) -> Replacement:
    started, computed = time.perf_counter(), processor.seconds()
    before_commit, computing = started, 0.0
    try:
        with transaction(session):
            found = refills.refill_seat(session, seat_id, actor_user_id=None, now=now)
            session.flush()
            before_commit, computing = time.perf_counter(), processor.seconds() - computed
        outcome = "nobody needed" if found is None else "standby called" if found.called_at else "offered"
    except NoSubstituteError:
        before_commit, computing = time.perf_counter(), processor.seconds() - computed
        outcome = "nobody left"
    return Replacement(
        fall="",
        outcome=outcome,
        computing=1000 * computing,
        elapsed=1000 * (before_commit - started),
        commit=1000 * (time.perf_counter() - before_commit),
        statements=0,
    )


def table_of(measured: Sequence[Replacement]) -> Iterator[str]:
    """Yield the lines of the report."""
    yield HEADING
    yield row_of("computing, ms of processor time", [one.computing for one in measured])
    for fall in FALLS:
        yield row_of(f"  {fall.name}", [one.computing for one in measured if one.fall == fall.name])
    yield row_of("the same by the wall clock, ms", [one.elapsed for one in measured])
    yield row_of("commit by the wall clock, ms", [one.commit for one in measured])
    yield row_of("statements", [one.statements for one in measured])
    outcomes = Counter(one.outcome for one in measured)
    yield "outcomes: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
