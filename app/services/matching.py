"""Runs of the matcher: asked for, under way, saved, stopped, failed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import LostClaimError, MatchRunningError, NotFoundError, StaleStateError
from app.models import (
    MatchRun,
    MatchStatus,
    NoticeKind,
    PeakEvent,
    PlannedSeat,
    Role,
    Shortage,
    Topic,
    User,
)
from app.queries.columns import uuid_of
from app.services import audit, match_reasons, notices, outbox
from app.services.copying import as_ids, copy_columns, same_id
from app.services.match_problem import HELD, LoadedProblem
from app.services.run_hours import save_hours
from app.services.seat_covers import save_covers
from app.services.standbys import StandbyPlan, cover_totals
from scheduling.matching.fairness import Minutes
from scheduling.matching.report import Report
from scheduling.matching.solution import Progress, Solution

ACTIVE = (MatchStatus.WAITING, MatchStatus.RUNNING, MatchStatus.PUBLISHING)
MOST_HISTORY = 120


class Step(enum.StrEnum):
    """What a run does around the solving."""

    READ = "read"
    STANDBY = "standby"
    HOURS = "hours"
    SAVE = "save"


def request_run(
    session: Session,
    *,
    event_id: uuid.UUID,
    seconds: int,
    seed: int,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> MatchRun:
    """Ask for a run over a season.

    Raises NotFoundError for an unknown season, and MatchRunningError while another run of it waits, computes
    or is being published.
    """
    if session.get(PeakEvent, event_id) is None:
        raise NotFoundError(f"event {event_id}")
    last = session.scalar(select(func.max(MatchRun.number)).where(MatchRun.event_id == event_id))
    run = MatchRun(
        id=uuid.uuid4(),
        event_id=event_id,
        number=(last or 0) + 1,
        status=MatchStatus.WAITING,
        seconds=seconds,
        seed=seed,
        requested_by=actor_user_id,
        requested_at=now,
    )
    session.add(run)
    _flush_active(session)
    outbox.promise(session, Topic.RUN_MATCH, now=wall_now, run_id=str(run.id))
    audit.record(
        session,
        "match_run.requested",
        run,
        actor_user_id=actor_user_id,
        now=now,
        number=run.number,
        seconds=seconds,
        seed=seed,
    )
    return run


def stop_run(session: Session, run_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime) -> None:
    """Ask a run to stop with what it has. Raises StaleStateError when it no longer computes."""
    run = lock_run(session, run_id)
    if run.status not in (MatchStatus.WAITING, MatchStatus.RUNNING):
        raise StaleStateError
    run.stop_asked = True
    audit.record(
        session, "match_run.stop_asked", run, actor_user_id=actor_user_id, now=now, number=run.number
    )


def lock_run(session: Session, run_id: uuid.UUID) -> MatchRun:
    """Return the run, locked until the end of the transaction. Raises NotFoundError."""
    run = session.get(MatchRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise NotFoundError(f"match run {run_id}")
    return run


def begin_run(session: Session, run_id: uuid.UUID, *, now: dt.datetime) -> MatchRun | None:
    """Mark a run as computing; None when there is nothing left to compute.

    A run that is computing already belongs to a worker that died: it starts again from the beginning.
    """
    run = lock_run(session, run_id)
    if run.status not in (MatchStatus.WAITING, MatchStatus.RUNNING):
        return None
    run.status = MatchStatus.RUNNING
    run.started_at = now
    run.progress = None
    return run


def note_progress(session: Session, run_id: uuid.UUID, progress: dict[str, Any]) -> bool:
    """Write down how far a run is, and return whether somebody asked it to stop."""
    stop_asked: bool | None = session.scalar(
        update(MatchRun)
        .where(MatchRun.id == run_id, MatchRun.status == MatchStatus.RUNNING)
        .values(progress=progress)
        .returning(MatchRun.stop_asked)
    )
    if stop_asked is None:
        raise LostClaimError
    return stop_asked


def progress_of(progress: Progress, *, seconds: float, history: list[list[float | None]]) -> dict[str, Any]:
    """Return a run's progress as plain values; `history` holds [second, value, bound, filled],
    and is thinned here."""
    if progress.bound is not None:
        history.append([round(seconds, 1), progress.value, progress.bound, progress.filled])
        if len(history) > MOST_HISTORY:
            # Keep the first and the last: every other point between them tells the same curve.
            del history[1:-1:2]
    return {
        "phase": progress.phase.value,
        "share": progress.share,
        "sweeps": progress.sweeps,
        "value": progress.value,
        "bound": progress.bound,
        "gap": progress.gap,
        "filled": progress.filled,
        "seats": progress.seats,
        "seconds": round(seconds, 1),
        "history": history,
    }


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What a run found: seats and standbys as positions of agents and real demand rows, and the report."""

    loaded: LoadedProblem
    solution: Solution
    report: Report
    standbys: StandbyPlan
    minutes: Minutes
    seconds: float
    steps: Mapping[Step, float]


def save_outcome(session: Session, run_id: uuid.UUID, outcome: Outcome, *, now: dt.datetime) -> MatchRun:
    """Save a run's plan and shortages and mark it done; tell operations.

    The caller finishes the claim in the same transaction.
    """
    run = lock_run(session, run_id)
    if run.status is not MatchStatus.RUNNING:
        raise StaleStateError
    loaded, solution = outcome.loaded, outcome.solution
    real = solution.demand < loaded.rows
    _copy_plan(session, run_id, loaded, solution.agent[real], solution.demand[real], is_standby=False)
    _copy_plan(session, run_id, loaded, outcome.standbys.agent, outcome.standbys.row, is_standby=True)
    save_covers(session, run_id, loaded, outcome.standbys.cover, now=now)
    save_hours(session, run_id, loaded, outcome.minutes)
    match_reasons.save_prices(session, run_id, loaded, solution)
    session.add_all(_shortages(run_id, outcome))
    kept = int(loaded.staffed.sum())
    run.status = MatchStatus.DONE
    run.finished_at = now
    run.value, run.bound = solution.value, solution.bound
    run.seats = int(loaded.booked.sum())
    run.filled = kept + int(real.sum())
    run.report = report_of(outcome)
    audit.record(
        session,
        "match_run.finished",
        run,
        actor_user_id=None,
        now=now,
        number=run.number,
        seats=run.seats,
        filled=run.filled,
        gap=round(solution.gap, 6),
    )
    tell_operations(
        session,
        NoticeKind.MATCH_FINISHED,
        now=now,
        number=run.number,
        seats=run.seats,
        filled=run.filled,
        gap=f"{solution.gap:.2%}",
    )
    return run


def note_seconds(run: MatchRun, step: Step, seconds: float) -> None:
    """Add to a finished run's report how long one of its steps took."""
    report = run.report or {}
    run.report = {**report, "seconds": {**report.get("seconds", {}), step.value: round(seconds, 3)}}


class FailureKind(enum.StrEnum):
    """Why a run ended without a plan: its input, the machine, or the rules its plan broke."""

    UNREADABLE = "unreadable"
    GAVE_UP = "gave-up"
    RULES_BROKEN = "rules-broken"


def fail_run(
    session: Session,
    run_id: uuid.UUID,
    kind: FailureKind,
    *,
    reason: str,
    now: dt.datetime,
    **details: Any,
) -> None:
    """Give a run up. `reason` is the technical one; pages say it in a sentence by its kind.

    `details` are added to the run's report.
    """
    run = lock_run(session, run_id)
    if run.status not in ACTIVE:
        return
    run.status = MatchStatus.FAILED
    run.finished_at = now
    run.failure = reason
    run.report = (run.report or {}) | {"failure": kind.value} | details
    audit.record(
        session, "match_run.failed", run, actor_user_id=None, now=now, number=run.number, reason=kind.value
    )
    tell_operations(session, NoticeKind.MATCH_FAILED, now=now, number=run.number)


def tell_operations(session: Session, kind: NoticeKind, *, now: dt.datetime, **params: str | int) -> None:
    """Send a notice to everybody in operations."""
    people = session.scalars(
        select(User.id).where(User.role == Role.OPERATIONS, User.is_active).order_by(User.id)
    ).all()
    for user_id in people:
        notices.notify(session, user_id=user_id, kind=kind, now=now, wall_now=None, **params)


def mark_active(session: Session, run: MatchRun, status: MatchStatus) -> None:
    """Move a run into an active status; raises MatchRunningError when another run of the season is active."""
    run.status = status
    _flush_active(session)


def report_of(outcome: Outcome) -> dict[str, Any]:
    """Return what the pages show of a run beside its own columns, as plain values."""
    loaded, solution = outcome.loaded, outcome.solution
    real = solution.demand < loaded.rows
    agents, rows = solution.agent[real], solution.demand[real]
    known, wished = _quality(loaded, agents, rows)
    return {
        "kept": int(loaded.staffed.sum()),
        "offers": len(agents),
        "people": len(np.unique(agents)),
        "standbys": len(outcome.standbys.agent),
        "standbys_wanted": outcome.standbys.wanted,
        "cover": cover_totals(outcome.standbys.cover),
        "agents": loaded.problem.agents,
        "frozen": loaded.frozen,
        "pinned": len(loaded.pins.agent),
        "pins_dropped": loaded.pins_dropped,
        "known_to_merchant": known,
        "wished_for": wished,
        "sweeps": solution.sweeps,
        "chains": solution.chains,
        "seconds": {
            **solution.seconds,
            **{step.value: round(seconds, 3) for step, seconds in outcome.steps.items()},
        },
        "total_seconds": round(outcome.seconds, 1),
        "stopped_early": solution.stopped_early,
        "advice": match_reasons.advice_of(loaded, outcome.report),
        "seats_by_cause": {cause.value: seats for cause, seats in outcome.report.seats_by_cause().items()},
    }


def _quality(loaded: LoadedProblem, agents: Any, rows: Any) -> tuple[int, int]:
    """Return how many seats go to somebody who worked for the merchant before, and to somebody who asked
    for that time.
    """
    problem, certified = loaded.problem, loaded.certified
    keys = certified.agent * max(1, certified.parts) + certified.part
    order = np.argsort(keys)
    wanted = agents * max(1, certified.parts) + certified.row_part[rows]
    at = order[np.searchsorted(keys[order], wanted)] if len(wanted) else np.zeros(0, dtype=np.int64)
    known = certified.score[at] > loaded.read.agents["standing"][agents]
    # Every seat beside every window of its person.
    windows = problem.window_first[agents + 1] - problem.window_first[agents]
    seat = np.repeat(np.arange(len(agents)), windows)
    window = np.arange(len(seat)) - np.repeat(np.cumsum(windows) - windows, windows)
    window += problem.window_first[agents][seat]
    wished = (
        (problem.window_start[window] <= problem.demand_start[rows][seat])
        & (problem.window_end[window] >= problem.demand_end[rows][seat])
        & (problem.window_preference[window] > 0)
    )
    return int(known.sum()), len(np.unique(seat[wished]))


def _copy_plan(
    session: Session, run_id: uuid.UUID, loaded: LoadedProblem, agents: Any, rows: Any, *, is_standby: bool
) -> None:
    copy_columns(
        session,
        PlannedSeat,
        {
            "run_id": same_id(run_id, len(agents)),
            "agent_id": as_ids(loaded.agent_ids[agents]),
            "project_id": as_ids(loaded.project_ids[rows]),
            "slot_id": as_ids(loaded.slot_ids[rows]),
            "is_standby": np.full(len(agents), is_standby),
        },
    )


def _shortages(run_id: uuid.UUID, outcome: Outcome) -> list[Shortage]:
    """Return the seats that nobody was found for, as rows."""
    loaded = outcome.loaded
    seats: Counter[tuple[int, str]] = Counter()
    details: dict[tuple[int, str], dict[str, Any]] = defaultdict(dict)
    for found in outcome.report.shortages:
        if found.demand_id.startswith(f"{HELD}/"):
            continue
        key = (found.demand, found.cause.value)
        seats[key] += found.seats
        details[key] = {
            "certified": found.certified,
            "available": found.available,
            "working": found.working,
            "held_back": {cause.value: people for cause, people in found.held_back.items()},
            "booked": int(loaded.booked[found.demand]),
            "price": found.price,
            "remedies": match_reasons.row_remedies(loaded, outcome.report, found.demand),
        }
    return [
        Shortage(
            id=uuid.uuid4(),
            run_id=run_id,
            project_id=uuid_of(loaded.project_ids[row]),
            slot_id=uuid_of(loaded.slot_ids[row]),
            cause=cause,
            seats=count,
            details=details[row, cause],
        )
        for (row, cause), count in seats.items()
    ]


def _flush_active(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        if "uq_match_run_active" in str(error.orig):
            raise MatchRunningError from error
        raise
