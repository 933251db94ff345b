"""Run the matcher over a season."""

from __future__ import annotations

import dataclasses
import os
import time
import uuid
from typing import Any

from flask import current_app

from app import clock
from app.db import db, transaction
from app.models import MatchRun, PeakEvent
from app.queries.chances import read_chances
from app.services import matching, outbox
from app.services.match_problem import LoadedProblem, load_problem
from app.services.match_reasons import report_on
from app.services.matching import FailureKind, Outcome, Step
from app.services.outbox import Claim
from app.services.run_hours import count_hours
from app.services.standbys import plan_standbys
from scheduling.matching.problem import ProblemError
from scheduling.matching.solution import Phase, Progress
from scheduling.matching.solver import solve

NOTE_EVERY_SECONDS = 1.0
# Below this many people two threads cost more in quality than they bring in time.
AGENTS_FOR_TWO_THREADS = 3000
STANDBY_SHARE = 0.1
# Closer than this to the best possible, waiting for more is a waste: a fiftieth of a percent.
GOOD_ENOUGH_GAP = 0.0002
LEAST_STANDBY_SECONDS = 2.0
SHOWN_FAULTS = 5


def run_match(claim: Claim, *, run_id: str) -> None:
    """Compute one run: read, solve with no transaction open, save plan and report under the claim."""
    run_uuid = uuid.UUID(run_id)
    with transaction(db.session):
        outbox.hold_claim(db.session, claim)
        run = matching.begin_run(db.session, run_uuid, now=clock.utc_now())
        if run is None:
            outbox.finish_message(db.session, claim, now=clock.wall_now())
    if run is None:
        return
    watch = _Watch(claim, run.id)
    try:
        outcome = _compute(watch, run)
    except ProblemError as error:
        faults = "; ".join(str(fault) for fault in error.faults[:SHOWN_FAULTS])
        with transaction(db.session):
            outbox.finish_message(db.session, claim, now=clock.wall_now())
            matching.fail_run(
                db.session, run_uuid, FailureKind.UNREADABLE, reason=faults, now=clock.utc_now()
            )
        return
    watch.enter(Step.SAVE)
    started = time.monotonic()
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
        saved = matching.save_outcome(db.session, run_uuid, outcome, now=clock.utc_now())
        db.session.flush()
        matching.note_seconds(saved, Step.SAVE, time.monotonic() - started)


def _compute(watch: _Watch, run: MatchRun) -> Outcome:
    started = time.monotonic()
    with transaction(db.session):
        event = db.session.get_one(PeakEvent, run.event_id)
        loaded = load_problem(db.session, event, now=clock.utc_now(), with_pins=True)
        chances = read_chances(db.session, now=clock.utc_now())
    # Solving takes a minute: the connection goes back to the pool meanwhile.
    db.session.close()
    read_seconds = time.monotonic() - started
    watch.start_solving(loaded)
    threads = min(2, os.cpu_count() or 1) if loaded.problem.agents >= AGENTS_FOR_TWO_THREADS else 1
    solution = solve(
        loaded.problem,
        seconds=run.seconds,
        gap=GOOD_ENOUGH_GAP,
        seed=run.seed,
        threads=threads,
        progress=watch.note,
        should_stop=watch.should_stop,
    )
    watch.enter(Step.STANDBY)
    standby_started = time.monotonic()
    standbys = plan_standbys(
        loaded,
        solution,
        chances,
        target=current_app.config["COVER_TARGET"],
        seconds=max(LEAST_STANDBY_SECONDS, run.seconds * STANDBY_SHARE),
        seed=run.seed,
        should_stop=lambda: False,
    )
    watch.enter(Step.HOURS)
    hours_started = time.monotonic()
    minutes = count_hours(loaded, solution)
    return Outcome(
        loaded=loaded,
        solution=solution,
        report=report_on(loaded, solution),
        standbys=standbys,
        seconds=time.monotonic() - started,
        minutes=minutes,
        steps={
            Step.READ: read_seconds,
            Step.STANDBY: hours_started - standby_started,
            Step.HOURS: time.monotonic() - hours_started,
        },
    )


class _Watch:
    """Writes progress down about once a second, and passes on the wish to stop."""

    def __init__(self, claim: Claim, run_id: uuid.UUID) -> None:
        self._claim, self._run_id = claim, run_id
        self._started = time.monotonic()
        self._next = self._started
        self._history: list[list[float | None]] = []
        self._last: dict[str, Any] = {}
        self._seats = self._unseen = 0
        self._stop = False

    def start_solving(self, loaded: LoadedProblem) -> None:
        """Count the seconds from here: what the run was given is for solving.

        People see booked seats; the solver's also stand for time that live shifts of any kind take.
        """
        self._started = self._next = time.monotonic()
        self._seats = int(loaded.booked.sum())
        self._unseen = len(loaded.held.agent) - int(loaded.staffed.sum())

    def enter(self, step: Step) -> None:
        """Say that the run has come to a step around the solving; the figures stay."""
        self._write({**self._last, "phase": step.value, "seconds": round(self._seconds(), 1)})

    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def note(self, progress: Progress) -> None:
        now = time.monotonic()
        is_last = progress.phase is Phase.IMPROVE and progress.share >= 1.0
        if now < self._next and not is_last:
            return
        self._next = now + NOTE_EVERY_SECONDS
        filled = max(0, progress.filled - self._unseen) if progress.value is not None else 0
        progress = dataclasses.replace(progress, filled=filled, seats=self._seats)
        self._write(matching.progress_of(progress, seconds=self._seconds(), history=self._history))

    def _write(self, plain: dict[str, Any]) -> None:
        self._last = plain
        with transaction(db.session):
            # A worker that was taken over learns it here, a second later, and stops computing for nobody.
            outbox.hold_claim(db.session, self._claim)
            self._stop = matching.note_progress(db.session, self._run_id, plain)
        db.session.close()

    def should_stop(self) -> bool:
        return self._stop
