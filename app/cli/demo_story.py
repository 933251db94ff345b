"""Tell the demo season through the real parts: made, matched by the worker, published, answered."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select

from app import clock
from app.db import db, transaction
from app.demo import answers, passage
from app.demo.season import OPERATIONS_EMAIL, Made, find_demo_event, make_season
from app.models import MatchRun, MatchStatus, SeatCell, User
from app.services import matching, rota

MATCH_SECONDS_AT_SCALE_1 = 8
LONGEST_MATCH_SECONDS = 45
SMALL_SEASON_SEATS = 5_000
PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.3


class StoryError(Exception):
    """The story got stuck; the message is a sentence for the person at the terminal."""


class Story:
    """The steps of the demo, each done once for a database however often the demo is run."""

    def __init__(self, app: Flask, console: Console, tend: Callable[[], object]) -> None:
        """Take the app, where to print, and what keeps the other processes alive while we wait."""
        self._app = app
        self._console = console
        self._tend = tend

    def season_exists(self) -> bool:
        with self._app.app_context():
            return find_demo_event(db.session) is not None

    def set_clock(self, moment: dt.datetime, clock_file: Path) -> None:
        """Start the demo's clock at this moment; it runs on from there."""
        clock_file.parent.mkdir(parents=True, exist_ok=True)
        clock.set_business_time(moment, clock_file)

    def catch_up(self) -> None:
        """Let the people of a season made before live through what has passed since the demo was ended."""
        with self._app.app_context(), transaction(db.session):
            passage.let_time_pass(db.session, now=clock.utc_now())

    def make_season(self, *, scale: float, seed: int) -> Made:
        """Make people, shops, bookings and a history."""
        with self._bar() as bar, self._app.app_context():
            task = bar.add_task("Season", total=None, figure="")

            def show(what: str, done: int, of: int) -> None:
                bar.update(task, total=of, completed=done, figure=what)

            with transaction(db.session):
                return make_season(db.session, scale=scale, seed=seed, progress=show)

    def match_and_publish(self, *, seed: int) -> uuid.UUID:
        """Run the matcher by the worker and publish its plan, unless that was done before; return the run."""
        with self._app.app_context():
            published = db.session.scalar(
                select(MatchRun.id)
                .where(MatchRun.status == MatchStatus.PUBLISHED)
                .order_by(MatchRun.number.desc())
                .limit(1)
            )
        if published:
            return published
        run_id = self._find_started() or self._request(seed)
        self._watch(run_id, "Matcher", until=(MatchStatus.DONE,))
        with self._app.app_context(), transaction(db.session):
            rota.request_publish(
                db.session,
                run_id,
                actor_user_id=self._operator(),
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
        self._watch(run_id, "Publishing", until=(MatchStatus.PUBLISHED,))
        self._let_people_answer(run_id)
        return run_id

    def _find_started(self) -> uuid.UUID | None:
        with self._app.app_context():
            return db.session.scalar(
                select(MatchRun.id).where(MatchRun.status.in_((MatchStatus.WAITING, MatchStatus.RUNNING)))
            )

    def _request(self, seed: int) -> uuid.UUID:
        with self._app.app_context(), transaction(db.session):
            event = find_demo_event(db.session)
            assert event is not None
            seats = db.session.scalars(
                select(func.sum(SeatCell.taken)).where(SeatCell.event_id == event.id)
            ).one()
            run = matching.request_run(
                db.session,
                event_id=event.id,
                seconds=MATCH_SECONDS_AT_SCALE_1 if seats <= SMALL_SEASON_SEATS else LONGEST_MATCH_SECONDS,
                seed=seed,
                actor_user_id=self._operator(),
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
            return run.id

    def _operator(self) -> uuid.UUID:
        return db.session.scalars(select(User.id).where(User.email == OPERATIONS_EMAIL)).one()

    def _watch(self, run_id: uuid.UUID, title: str, *, until: tuple[MatchStatus, ...]) -> None:
        """Show a run's progress with its figures until it is there."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self._bar() as bar:
            task = bar.add_task(title, total=100, figure="waiting for the worker")
            while True:
                with self._app.app_context():
                    run = db.session.get_one(MatchRun, run_id)
                    status, progress, failure = run.status, run.progress or {}, run.failure
                if status in until:
                    bar.update(task, completed=100, figure=_figure(progress))
                    return
                if status is MatchStatus.FAILED:
                    raise StoryError(f"{title} failed: {failure}")
                if time.monotonic() > deadline:
                    raise StoryError(f"{title} is not done after {PATIENCE_SECONDS:.0f} s; see var/log.")
                bar.update(task, completed=100 * float(progress.get("share", 0)), figure=_figure(progress))
                self._tend()
                time.sleep(POLL_SECONDS)

    def _let_people_answer(self, run_id: uuid.UUID) -> None:
        """Let most of the made-up people accept, so that the first look shows a season under way."""
        with self._app.app_context(), transaction(db.session):
            visitor_id = answers.give_login_a_rota(db.session, run_id)
            answers.let_people_answer(db.session, visitor_id, now=clock.utc_now())

    def _bar(self) -> Progress:
        return Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[figure]}"),
            console=self._console,
        )


def _figure(progress: dict[str, object]) -> str:
    """Put a run's progress into a few words."""
    parts = []
    if progress.get("phase"):
        parts.append(str(progress["phase"]))
    if progress.get("seats"):
        parts.append(f"{progress.get('filled', 0):,} of {progress['seats']:,} seats")
    if isinstance(progress.get("gap"), float):
        parts.append(f"gap {progress['gap']:.3%}")
    return ", ".join(parts)
