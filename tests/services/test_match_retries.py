"""Another try for a run that failed, by hand or through its job."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.errors import MatchRunningError, StaleStateError
from app.models import MatchRun, MatchStatus, OutboxMessage, Topic
from app.services import dead_letters
from app.services.match_retries import resume_run, retry_run
from app.services.matching import begin_run
from tests.make import NOON, Make
from tests.small_season import SmallSeason


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


def read(session: Session, run: MatchRun) -> MatchRun:
    session.flush()
    return session.get_one(MatchRun, run.id, populate_existing=True)


def failed_run(
    season: SmallSeason,
    *,
    failure: str = "gave-up",
    number: int = 4,
    status: MatchStatus = MatchStatus.FAILED,
    **values: object,
) -> MatchRun:
    return season.make.match_run(
        event_id=season.event.id,
        number=number,
        status=status,
        seconds=30,
        seed=7,
        finished_at=NOON,
        stop_asked=True,
        failure="no memory",
        report={"failure": failure, "kept": 2},
        **values,
    )


def try_again(session: Session, season: SmallSeason, run: MatchRun) -> MatchRun:
    found = retry_run(
        session, run.id, actor_user_id=season.make.user().id, now=NOON, wall_now=clock.wall_now()
    )
    session.flush()
    return found


def dead_job(season: SmallSeason, run: MatchRun, topic: Topic) -> OutboxMessage:
    return season.make.save(
        OutboxMessage(
            id=uuid.uuid4(),
            topic=topic,
            payload={"run_id": str(run.id)},
            created_at=NOON,
            available_at=NOON,
            dispatches=1,
            attempt=8,
            dead_at=NOON,
        )
    )


@pytest.mark.parametrize("failure", ["gave-up", "unreadable"])
def test_a_run_without_a_plan_is_computed_anew(session: Session, season: SmallSeason, failure: str) -> None:
    run = failed_run(season, failure=failure)

    again = try_again(session, season, run)

    assert read(session, run).status is MatchStatus.FAILED
    assert (again.number, again.status, again.seconds, again.seed) == (5, MatchStatus.WAITING, 30, 7)
    assert session.scalars(select(OutboxMessage.topic)).all() == [Topic.RUN_MATCH]


def test_a_plan_that_broke_rules_is_computed_anew(session: Session, season: SmallSeason) -> None:
    run = failed_run(season, failure="rules-broken", filled=2)

    assert try_again(session, season, run).id != run.id


def test_publishing_that_gave_up_goes_on_with_the_same_plan(session: Session, season: SmallSeason) -> None:
    run = failed_run(season, filled=2)

    again = try_again(session, season, run)

    assert (again.id, again.status, again.failure) == (run.id, MatchStatus.PUBLISHING, None)
    assert again.report == {"kept": 2}
    assert session.scalars(select(OutboxMessage.topic)).all() == [Topic.PUBLISH_ROTA]


def test_a_plan_older_than_the_published_one_is_not_published_after_it(
    session: Session, season: SmallSeason
) -> None:
    run = failed_run(season, filled=2)
    failed_run(season, number=5, status=MatchStatus.PUBLISHED, filled=2, published_at=NOON)

    again = try_again(session, season, run)

    assert again.number == 6
    assert again.status is MatchStatus.WAITING
    resume_run(session, run, Topic.PUBLISH_ROTA)
    assert read(session, run).status is MatchStatus.FAILED


def test_only_a_failed_run_is_tried_again(session: Session, season: SmallSeason) -> None:
    run = failed_run(season, status=MatchStatus.DONE)

    with pytest.raises(StaleStateError):
        try_again(session, season, run)


def test_not_beside_another_run(session: Session, season: SmallSeason) -> None:
    run = failed_run(season, filled=2)
    try_again(session, season, failed_run(season, number=5))

    with pytest.raises(MatchRunningError):
        try_again(session, season, run)


@pytest.mark.parametrize(
    ("topic", "values", "status"),
    [
        (Topic.RUN_MATCH, {}, MatchStatus.WAITING),
        (Topic.PUBLISH_ROTA, {"filled": 2}, MatchStatus.PUBLISHING),
    ],
)
def test_a_revived_job_finds_its_run_waiting(
    session: Session, season: SmallSeason, topic: Topic, values: dict[str, Any], status: MatchStatus
) -> None:
    run = failed_run(season, **values)
    job = dead_job(season, run, topic)

    dead_letters.revive(session, job, now=clock.wall_now())

    revived = read(session, run)
    assert (revived.status, revived.failure, revived.stop_asked) == (status, None, False)
    if topic is Topic.RUN_MATCH:
        assert begin_run(session, run.id, now=NOON) is not None


def test_a_revived_job_leaves_a_run_alone_that_came_to_its_end(session: Session, season: SmallSeason) -> None:
    run = failed_run(season, filled=2, status=MatchStatus.PUBLISHED)
    job = dead_job(season, run, Topic.PUBLISH_ROTA)

    dead_letters.revive(session, job, now=clock.wall_now())

    assert read(session, run).status is MatchStatus.PUBLISHED
