"""Real connections, real commits: a season has one active run, whoever presses the button."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import MatchRunningError
from app.models import MatchRun, OutboxMessage
from app.services import matching
from tests.conftest import fresh_database
from tests.make import NOON, Make


@pytest.fixture
def engine() -> Iterator[Engine]:
    with fresh_database() as url:
        engine = create_engine(url, pool_size=4, max_overflow=0)
        yield engine
        engine.dispose()


def request_twice_at_once(engine: Engine, event_id: uuid.UUID) -> list[str]:
    """Ask for a run from two connections that wait for each other first."""
    meet = threading.Barrier(2, timeout=20)

    def ask(_: int) -> str:
        with Session(engine) as session:
            session.execute(text("SELECT 1"))
            meet.wait()
            try:
                with transaction(session):
                    matching.request_run(
                        session,
                        event_id=event_id,
                        seconds=10,
                        seed=0,
                        actor_user_id=None,
                        now=NOON,
                        wall_now=NOON,
                    )
            except MatchRunningError:
                return "running"
            return "started"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(ask, range(2)))


@pytest.fixture
def event_id(engine: Engine) -> uuid.UUID:
    with Session(engine, expire_on_commit=False) as session:
        return Make(session).event().id


def test_without_the_index_two_runs_start(engine: Engine, event_id: uuid.UUID) -> None:
    """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX uq_match_run_active"))

    assert request_twice_at_once(engine, event_id) == ["started", "started"]


def test_with_the_index_one_run_starts_and_promises_its_work(engine: Engine, event_id: uuid.UUID) -> None:
    assert request_twice_at_once(engine, event_id) == ["running", "started"]
    with Session(engine) as session:
        assert len(session.scalars(select(MatchRun)).all()) == 1
        assert len(session.scalars(select(OutboxMessage)).all()) == 1
