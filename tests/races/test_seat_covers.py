"""Two workers write one run's cover down at once, on real connections. The control lacks the lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.models import AssignmentStatus, MatchStatus, SeatCover
from app.services import copying, seat_covers
from tests.conftest import fresh_database
from tests.make import NOON, Make
from tests.small_season import SmallSeason

# Without the lock both come, however busy the machine is; behind it the other never comes.
UNLOCKED_PATIENCE_SECONDS = 60.0
LOCKED_PATIENCE_SECONDS = 1.0


@pytest.fixture
def engine() -> Iterator[Engine]:
    with fresh_database() as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def meet_before_writing(monkeypatch: pytest.MonkeyPatch, *, patience_seconds: float) -> None:
    """Make both workers wait for each other before they write, so long at most."""
    barrier = threading.Barrier(2)
    write: Callable[..., int] = copying.copy_columns

    def meet_and_write(*args: Any) -> int:
        try:
            barrier.wait(patience_seconds)
        except threading.BrokenBarrierError:
            pass
        return write(*args)

    monkeypatch.setattr(seat_covers, "copy_columns", meet_and_write)


def refresh_twice_at_once(engine: Engine) -> list[str]:
    with Session(engine, expire_on_commit=False) as session:
        season = SmallSeason(session, Make(session))
        season.book(1)
        season.make.assignment(
            agent=season.certified_agent(),
            project=season.project,
            slot=season.slot,
            status=AssignmentStatus.ACCEPTED,
        )
        season.make.match_run(event_id=season.event.id, status=MatchStatus.PUBLISHED)
        session.commit()

    def refresh(_: int) -> str:
        with Session(engine, expire_on_commit=False) as session:
            (run,) = seat_covers.list_runs_to_refresh(session, now=NOON)
            try:
                with transaction(session):
                    seat_covers.refresh_covers(session, run, target=0.98, now=NOON)
            except UniqueViolation:
                return "refused"
            return "written"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(refresh, range(2)))


def test_without_the_lock_one_of_them_fails(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
    monkeypatch.setattr(seat_covers, "_lock_covers", lambda *_: None)
    meet_before_writing(monkeypatch, patience_seconds=UNLOCKED_PATIENCE_SECONDS)

    assert refresh_twice_at_once(engine) == ["refused", "written"]


def test_with_the_lock_one_writes_after_the_other(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before_writing(monkeypatch, patience_seconds=LOCKED_PATIENCE_SECONDS)

    assert refresh_twice_at_once(engine) == ["written", "written"]
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(SeatCover)) == 1
