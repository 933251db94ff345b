"""Real connections, real commits: the database itself keeps a person from two places at once.

No lock and no check stands before these inserts: the exclusion constraint is the only guard, so the control
takes it away and must end with a double-booked person.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg.errors import DeadlockDetected
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.db import transaction
from app.models import (
    LIVE_STATUSES,
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    MatchRun,
    MatchStatus,
    PlannedSeat,
    Project,
    ShiftSlot,
)
from app.services import rota
from tests.conftest import fresh_database
from tests.make import NOON, Make, shanghai


@pytest.fixture
def engine() -> Iterator[Engine]:
    with fresh_database() as url:
        engine = create_engine(url, pool_size=4, max_overflow=0)
        yield engine
        engine.dispose()


class Place:
    """One agent, and two slots that overlap by two hours."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with Session(engine, expire_on_commit=False) as session:
            make = Make(session)
            self.event = make.event()
            self.agent: Agent = make.agent()
            self.project: Project = make.project()
            make.certificate(self.agent, project=self.project)
            self.slots: list[ShiftSlot] = [
                make.slot(event=self.event, starts_at=shanghai(11, hour)) for hour in (18, 20)
            ]

    def assignment(self, slot: ShiftSlot, status: AssignmentStatus = AssignmentStatus.OFFERED) -> Assignment:
        return Assignment(
            id=uuid.uuid4(),
            event_id=self.event.id,
            agent_id=self.agent.id,
            project_id=self.project.id,
            slot_id=slot.id,
            kind=AssignmentKind.FORMAL,
            status=status,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            offered_at=NOON,
            respond_by=NOON + dt.timedelta(days=1),
        )

    def assign_twice_at_once(self) -> list[str]:
        """Insert from two connections that both wait for each other before the insert."""
        meet = threading.Barrier(2, timeout=20)

        def assign(slot: ShiftSlot) -> str:
            with Session(self.engine) as session:
                session.execute(text("SELECT 1"))
                meet.wait()
                try:
                    with transaction(session):
                        session.add(self.assignment(slot))
                except IntegrityError as error:
                    return "refused" if "ex_assignment_agent_time" in str(error.orig) else str(error)
                except OperationalError as error:
                    # Both rows were in before either was checked: each check waits for the other, and
                    # PostgreSQL ends one of them.
                    deadlocked = isinstance(error.orig, DeadlockDetected)
                    by_the_check = "while checking exclusion constraint" in str(error.orig)
                    return "refused" if deadlocked and by_the_check else str(error)
                return "assigned"

        with ThreadPoolExecutor(2) as pool:
            return sorted(pool.map(assign, self.slots))

    def count_live(self) -> int:
        with Session(self.engine) as session:
            live = select(func.count()).where(Assignment.status.in_(LIVE_STATUSES))
            return session.scalars(live).one()

    def drop_constraint(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(text("ALTER TABLE assignment DROP CONSTRAINT ex_assignment_agent_time"))


@pytest.fixture
def place(engine: Engine) -> Place:
    return Place(engine)


def test_without_the_constraint_a_person_is_in_two_places(place: Place) -> None:
    """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
    place.drop_constraint()

    assert place.assign_twice_at_once() == ["assigned", "assigned"]
    assert place.count_live() == 2


def test_with_the_constraint_a_person_is_in_one(place: Place) -> None:
    assert place.assign_twice_at_once() == ["assigned", "refused"]
    assert place.count_live() == 1


def test_time_that_was_given_back_is_free(place: Place) -> None:
    with Session(place.engine) as session, transaction(session):
        session.add(place.assignment(place.slots[0], AssignmentStatus.DECLINED))

    with Session(place.engine) as session, transaction(session):
        session.add(place.assignment(place.slots[1]))

    assert place.count_live() == 1


def plan_both_slots(place: Place) -> MatchRun:
    """Save a plan with a seat in each of the two slots, as no matcher would make it."""
    with Session(place.engine, expire_on_commit=False) as session:
        make = Make(session)
        run = make.match_run(event_id=place.event.id, status=MatchStatus.PUBLISHING)
        for slot in place.slots:
            make.save(
                PlannedSeat(
                    id=uuid.uuid4(),
                    run_id=run.id,
                    agent_id=place.agent.id,
                    project_id=place.project.id,
                    slot_id=slot.id,
                )
            )
    return run


def offer_twice_at_once(place: Place, run: MatchRun) -> list[int]:
    """Offer the same plan from two workers at once; return how many offers each made."""
    meet = threading.Barrier(2, timeout=20)

    def offer(_: int) -> int:
        with Session(place.engine) as session:
            session.execute(text("SELECT 1"))
            meet.wait()
            with transaction(session):
                return len(rota.offer_seats(session, run, [place.agent.id], now=NOON))

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(offer, range(2)))


def test_two_workers_that_publish_the_same_plan_offer_each_seat_once(place: Place) -> None:
    run = plan_both_slots(place)

    assert offer_twice_at_once(place, run) == [0, 1]
    assert place.count_live() == 1


def test_without_the_constraint_both_overlapping_seats_are_offered(place: Place) -> None:
    """The control of the test above: the constraint, and nothing else, keeps the second seat back."""
    run = plan_both_slots(place)
    place.drop_constraint()

    assert sum(offer_twice_at_once(place, run)) == 2
