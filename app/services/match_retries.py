"""A run that failed is tried again: by whoever looks at the run, or by reviving the job that gave up."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import StaleStateError
from app.models import MatchRun, MatchStatus, Topic
from app.services import audit, outbox
from app.services.matching import FailureKind, lock_run, mark_active, request_run


def retry_run(
    session: Session, run_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime, wall_now: dt.datetime
) -> MatchRun:
    """Try a failed run again, and return the run that does it.

    Publishing that gave up goes on where it stood, as the same run, unless a later run was published since.
    Anything else is computed anew, as a new run with the same time and seed: a plan that broke rules would
    only break them again.

    Raises StaleStateError when the run has not failed, and MatchRunningError while another one is active.
    """
    run = lock_run(session, run_id)
    if run.status is not MatchStatus.FAILED:
        raise StaleStateError
    if has_plan(run) and failure_of(run) is FailureKind.GAVE_UP and not _is_outdated(session, run):
        resume_run(session, run, Topic.PUBLISH_ROTA)
        outbox.promise(session, Topic.PUBLISH_ROTA, now=wall_now, run_id=str(run.id))
        audit.record(
            session, "rota.publish_asked", run, actor_user_id=actor_user_id, now=now, number=run.number
        )
        return run
    return request_run(
        session,
        event_id=run.event_id,
        seconds=run.seconds,
        seed=run.seed,
        actor_user_id=actor_user_id,
        now=now,
        wall_now=wall_now,
    )


def resume_run(session: Session, run: MatchRun, topic: Topic) -> None:
    """Wake a failed run whose job gets another life; left alone is one that has not failed, and a plan older
    than the published one.

    Raises MatchRunningError while another run of the season is active.
    """
    if run.status is not MatchStatus.FAILED or (has_plan(run) and _is_outdated(session, run)):
        return
    run.finished_at = run.finished_at if has_plan(run) else None
    run.failure = None
    run.stop_asked = False
    run.report = {name: value for name, value in (run.report or {}).items() if name != "failure"} or None
    waits_for = MatchStatus.PUBLISHING if topic is Topic.PUBLISH_ROTA else MatchStatus.WAITING
    mark_active(session, run, waits_for)


def _is_outdated(session: Session, run: MatchRun) -> bool:
    """Say whether a later run of the season was published: an older plan must not go out after it."""
    later = select(MatchRun.id).where(
        MatchRun.event_id == run.event_id,
        MatchRun.number > run.number,
        MatchRun.published_at.is_not(None),
    )
    return session.scalars(select(later.exists())).one()


def has_plan(run: MatchRun) -> bool:
    """Say whether a run got as far as a plan, whatever became of it."""
    return run.filled is not None


def failure_of(run: MatchRun) -> FailureKind | None:
    """Return why a run failed; None when it has not."""
    kind = (run.report or {}).get("failure")
    return FailureKind(kind) if kind else None
