"""A run from the wish to the plan, through the runner of the jobs."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.db import db, transaction
from app.errors import MatchRunningError
from app.jobs import matching as matching_job
from app.jobs import runner
from app.models import (
    Agent,
    AgentStatus,
    AssignmentStatus,
    AuditEntry,
    MatchRun,
    MatchStatus,
    Notice,
    NoticeKind,
    OutboxMessage,
    PlannedSeat,
    Role,
    SeatCover,
    Shortage,
    Topic,
)
from app.services import matching, outbox
from app.services.outbox import MAX_ATTEMPTS
from scheduling.matching import solver
from scheduling.matching.solution import Phase, Progress
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    # The renewing thread would need a second connection.
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)
    monkeypatch.setattr(matching_job, "LEAST_STANDBY_SECONDS", 0.3)


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


def ask_for_run(session: Session, season: SmallSeason) -> uuid.UUID:
    with transaction(session):
        run = matching.request_run(
            session,
            event_id=season.event.id,
            seconds=1,
            seed=0,
            actor_user_id=None,
            now=NOON,
            wall_now=clock.wall_now(),
        )
    session.expunge_all()
    return run.id


def the_message(session: Session) -> OutboxMessage:
    session.expire_all()
    return session.scalars(select(OutboxMessage).where(OutboxMessage.topic == Topic.RUN_MATCH)).one()


def read_run(session: Session, run_id: uuid.UUID) -> MatchRun:
    session.expire_all()
    return session.get_one(MatchRun, run_id)


def deliver(session: Session) -> None:
    runner.handle(message_id=str(the_message(session).id))


def test_saves_plan_shortages_and_report(session: Session, make: Make, season: SmallSeason) -> None:
    operations = make.user(role=Role.OPERATIONS)
    season.book(2)
    agent = season.certified_agent()
    run_id = ask_for_run(session, season)

    deliver(session)

    run = read_run(session, run_id)
    assert (run.status, run.seats, run.filled) == (MatchStatus.DONE, 2, 1)
    assert run.value is not None
    assert run.bound is not None
    assert run.value <= run.bound
    planned = session.scalars(select(PlannedSeat)).one()
    assert (planned.agent_id, planned.project_id, planned.slot_id, planned.is_standby) == (
        agent.id,
        season.project.id,
        season.slot.id,
        False,
    )
    shortage = session.scalars(select(Shortage)).one()
    assert (shortage.cause, shortage.seats) == ("nobody_certified", 1)
    assert shortage.details["certified"] == 1
    assert run.report is not None
    assert (run.report["offers"], run.report["people"], run.report["kept"]) == (1, 1, 0)
    assert run.progress is not None
    assert run.progress["share"] == 1.0
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.action)).all()
    assert actions == ["match_run.finished", "match_run.requested"]
    notice = session.scalars(select(Notice).where(Notice.user_id == operations.id)).one()
    assert (notice.kind, notice.params["filled"]) == (NoticeKind.MATCH_FINISHED, 1)


def test_progress_speaks_of_booked_seats(session: Session, make: Make, season: SmallSeason) -> None:
    """A live shift elsewhere takes time in the problem, and is no seat that this run has to staff."""
    season.book(2)
    season.certified_agent()
    make.assignment(project=season.project, slot=season.slot, status=AssignmentStatus.ACCEPTED)
    make.assignment(slot=make.slot(event=season.event, starts_at=shanghai(13, 8)))
    run_id = ask_for_run(session, season)

    deliver(session)

    progress = read_run(session, run_id).progress
    assert progress is not None
    assert (progress["filled"], progress["seats"]) == (2, 2)
    assert progress["history"][-1][3] == 2


def test_chooses_standbys_and_keeps_how_sure_the_seats_are(session: Session, season: SmallSeason) -> None:
    season.book(1)
    people = {season.certified_agent().id, season.certified_agent().id}
    run_id = ask_for_run(session, season)

    deliver(session)

    planned = session.scalars(select(PlannedSeat).where(PlannedSeat.run_id == run_id)).all()
    assert {row.agent_id for row in planned} == people
    assert sorted(row.is_standby for row in planned) == [False, True]
    cover = session.scalars(select(SeatCover).where(SeatCover.run_id == run_id)).one()
    assert (cover.project_id, cover.slot_id) == (season.project.id, season.slot.id)
    assert (cover.booked, cover.seated, cover.standbys, cover.target) == (1, 1, 1, 0.98)
    assert 0.9 < cover.chance < 0.98
    report = read_run(session, run_id).report
    assert report is not None
    assert report["cover"]["below"] == 1


def test_reckons_cover_anew_when_the_clock_asks(session: Session, season: SmallSeason) -> None:
    """Somebody planned leaves: five minutes later the seat is empty and makes no promise any more."""
    season.book(1)
    agent = season.certified_agent()
    run_id = ask_for_run(session, season)
    deliver(session)
    with transaction(session):
        session.execute(update(Agent).where(Agent.id == agent.id).values(status=AgentStatus.LEFT))
        outbox.promise(session, Topic.REFRESH_COVER, now=clock.wall_now())
    session.expunge_all()
    message = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == Topic.REFRESH_COVER)).one()

    runner.handle(message_id=str(message.id))

    session.expire_all()
    cover = session.scalars(select(SeatCover).where(SeatCover.run_id == run_id)).one()
    assert (cover.seated, cover.chance) == (0, 0.0)
    done = session.get_one(OutboxMessage, message.id)
    assert done.done_at is not None


def test_delivered_twice_it_computes_once(session: Session, season: SmallSeason) -> None:
    season.book()
    season.certified_agent()
    run_id = ask_for_run(session, season)

    for _ in range(2):
        deliver(session)

    assert len(session.scalars(select(PlannedSeat)).all()) == 1
    assert read_run(session, run_id).status is MatchStatus.DONE


def test_ids_that_end_in_zero_bytes_survive(session: Session, season: SmallSeason) -> None:
    agent_id = uuid.UUID("11111111-1111-4111-8111-111111110000")
    season.book()
    agent = season.make.agent()
    session.execute(update(Agent).where(Agent.id == agent.id).values(id=agent_id))
    agent.id = agent_id
    season.make.certificate(agent, project=season.project)
    season.make.availability(agent, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
    ask_for_run(session, season)

    deliver(session)

    assert session.scalars(select(PlannedSeat.agent_id)).all() == [agent_id]


def test_a_worker_that_lost_its_claim_saves_nothing(
    session: Session, season: SmallSeason, monkeypatch: pytest.MonkeyPatch
) -> None:
    season.book()
    season.certified_agent()
    run_id = ask_for_run(session, season)
    message_id = the_message(session).id

    def lose_then_solve(*arguments: object, **options: object) -> object:
        with transaction(db.session):
            later = clock.wall_now() + dt.timedelta(hours=2)
            assert outbox.claim_message(db.session, message_id, lease=dt.timedelta(seconds=30), now=later)
        return solver.solve(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(matching_job, "solve", lose_then_solve)

    deliver(session)

    run = read_run(session, run_id)
    assert (run.status, run.value) == (MatchStatus.RUNNING, None)
    assert session.scalars(select(PlannedSeat)).all() == []
    assert the_message(session).done_at is None


def test_the_next_worker_takes_a_run_over_from_a_dead_one(session: Session, season: SmallSeason) -> None:
    season.book()
    season.certified_agent()
    run_id = ask_for_run(session, season)
    with transaction(session):
        run = session.get_one(MatchRun, run_id)
        run.status, run.started_at = MatchStatus.RUNNING, NOON

    deliver(session)

    assert read_run(session, run_id).status is MatchStatus.DONE


def test_asked_to_stop_it_ends_with_what_it_has(session: Session, season: SmallSeason) -> None:
    season.book()
    season.certified_agent()
    user = season.make.user(role=Role.OPERATIONS)
    run_id = ask_for_run(session, season)
    with transaction(session):
        run = session.get_one(MatchRun, run_id)
        run.seconds = 200
        matching.stop_run(session, run_id, actor_user_id=user.id, now=NOON)

    deliver(session)

    run = read_run(session, run_id)
    assert (run.status, run.filled) == (MatchStatus.DONE, 1)


def test_between_tries_it_stays_running_and_in_the_end_it_fails_with_a_sentence(
    session: Session, season: SmallSeason, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(matching_job, "solve", break_down)
    season.book()
    season.certified_agent()
    run_id = ask_for_run(session, season)

    for _ in range(MAX_ATTEMPTS - 1):
        deliver(session)
    assert read_run(session, run_id).status is MatchStatus.RUNNING
    deliver(session)

    run = read_run(session, run_id)
    assert run.status is MatchStatus.FAILED
    assert "no memory" in (run.failure or "")
    assert the_message(session).dead_at is not None


def test_a_run_that_kills_its_workers_fails_and_leaves_room_for_the_next(
    session: Session, season: SmallSeason
) -> None:
    run_id = ask_for_run(session, season)
    with transaction(session):
        session.execute(update(OutboxMessage).values(attempt=MAX_ATTEMPTS))
        session.execute(update(MatchRun).values(status=MatchStatus.RUNNING, started_at=NOON))

    deliver(session)

    run = read_run(session, run_id)
    assert (run.status, run.failure) == (MatchStatus.FAILED, outbox.WORN_OUT)
    assert run.report == {"failure": "gave-up"}
    assert ask_for_run(session, season) != run_id


def test_a_second_run_waits_for_the_first(session: Session, season: SmallSeason) -> None:
    ask_for_run(session, season)

    with pytest.raises(MatchRunningError):
        ask_for_run(session, season)


def test_runs_are_numbered(session: Session, season: SmallSeason) -> None:
    first = ask_for_run(session, season)
    deliver(session)
    second = ask_for_run(session, season)

    assert [read_run(session, run_id).number for run_id in (first, second)] == [1, 2]


def test_progress_keeps_a_short_history() -> None:
    history: list[list[float | None]] = []
    for second in range(1000):
        plain = matching.progress_of(
            Progress(
                phase=Phase.IMPROVE,
                share=0.5,
                sweeps=1,
                value=second,
                bound=2000,
                gap=0.1,
                filled=1,
                seats=2,
            ),
            seconds=float(second),
            history=history,
        )

    assert len(plain["history"]) <= matching.MOST_HISTORY
    assert plain["history"][0] == [0.0, 0, 2000, 1]
    assert plain["history"][-1] == [999.0, 999, 2000, 1]
