"""A rota is published while a refill gives one of its people another shift, on real connections."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app import clock, create_app
from app.db import db, transaction
from app.jobs import rota as jobs_rota
from app.jobs import runner
from app.models import (
    LIVE_STATUSES,
    Assignment,
    AssignmentStatus,
    MatchRun,
    MatchStatus,
    OutboxMessage,
    PlannedSeat,
    Topic,
)
from app.services import outbox, refills
from tests.conftest import fresh_database, settings_for
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason

# So long the refill waits for the publisher where it can get on; behind the lock it never does.
PATIENCE_SECONDS = 1.0


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)
    with fresh_database() as url:
        app = create_app(settings_for(url))
        monkeypatch.setattr(runner, "_app", app)
        monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)
        with app.app_context():
            yield app
            db.session.close()
            db.engine.dispose()


def publish_beside_a_refill(app: Flask, monkeypatch: pytest.MonkeyPatch) -> int:
    """Refill a seat by night with somebody whom the rota wants the evening before; count their shifts."""
    engine = create_engine(app.config["SQLALCHEMY_ENGINES"]["default"]["url"])
    with Session(engine, expire_on_commit=False) as session:
        season = SmallSeason(session, Make(session))
        night = season.make.slot(event=season.event, starts_at=shanghai(12, 4))
        for slot in (season.slot, night):
            season.book(slot=slot)
        fallen = season.make.assignment(
            agent=season.make.agent(),
            project=season.project,
            slot=night,
            status=AssignmentStatus.DECLINED,
        ).id
        agent = season.certified_agent().id
        run_id = plan_evening(season, agent)
        outbox.promise(session, Topic.PUBLISH_ROTA, now=clock.wall_now(), run_id=str(run_id))
        session.commit()
        message_id = session.scalars(select(OutboxMessage.id)).one()
    holding, looked = threading.Event(), threading.Event()
    pool = ThreadPoolExecutor(1)
    refilled: list[Future[None]] = []
    list_held_times, check_rota, is_outdated = (
        vars(refills)["list_held_times"],
        vars(jobs_rota)["check_rota"],
        vars(jobs_rota)["is_outdated"],
    )

    def refill() -> None:
        with Session(engine) as session, transaction(session):
            refills.refill_seat(session, fallen, actor_user_id=None, now=NOON)

    def read_then_wait(session: Session, agent_ids: Any, **options: Any) -> Any:
        held = list_held_times(session, agent_ids, **options)
        if session.in_nested_transaction():
            holding.set()
            looked.wait(PATIENCE_SECONDS)
        return held

    def check_then_let_the_refill_in(*arguments: Any) -> Any:
        checked = check_rota(*arguments)
        if not refilled:
            refilled.append(pool.submit(refill))
            assert holding.wait(20)
        return checked

    def look(*arguments: Any) -> bool:
        found: bool = is_outdated(*arguments)
        looked.set()
        return found

    monkeypatch.setattr(refills, "list_held_times", read_then_wait)
    monkeypatch.setattr(jobs_rota, "check_rota", check_then_let_the_refill_in)
    monkeypatch.setattr(jobs_rota, "is_outdated", look)

    runner.handle(message_id=str(message_id))

    refilled[0].result(20)
    pool.shutdown()
    with Session(engine) as session:
        assert session.get_one(MatchRun, run_id).status is MatchStatus.PUBLISHED
        live = session.scalars(
            select(Assignment.id).where(Assignment.agent_id == agent, Assignment.status.in_(LIVE_STATUSES))
        ).all()
    engine.dispose()
    return len(live)


def plan_evening(season: SmallSeason, agent_id: uuid.UUID) -> uuid.UUID:
    run = season.make.match_run(event_id=season.event.id, status=MatchStatus.PUBLISHING)
    season.make.save(
        PlannedSeat(
            id=uuid.uuid4(),
            run_id=run.id,
            agent_id=agent_id,
            project_id=season.project.id,
            slot_id=season.slot.id,
        )
    )
    return run.id


def test_without_the_lock_they_get_two_shifts_with_no_rest_between(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
    monkeypatch.setattr(jobs_rota, "lock_people", lambda *_: None)

    assert publish_beside_a_refill(app, monkeypatch) == 2


def test_with_it_the_rota_leaves_their_evening_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert publish_beside_a_refill(app, monkeypatch) == 1
