"""An installation whose parts are started and killed one by one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, create_app
from app.crypto import make_key_setting
from app.db import db, transaction
from app.demo.season import make_season
from app.embedded import EmbeddedValkey
from app.mail_sink import MailSink
from app.models import OutboxMessage
from app.settings import Settings
from exams.badges.keys import make_badge_key_setting
from tests.conftest import fresh_database
from tests.faults.hall import hall, rng  # noqa: F401 - fixtures
from tests.make import NOON

ROOT = Path(__file__).resolve().parents[2]
# What the product promises; the leases of these tests are shorter than in production only to save time.
RECOVERY_SECONDS = 120.0
LEASE_SECONDS = 3


@dataclasses.dataclass(kw_only=True)
class Plant:
    """Database, queue and mail that live, and processes that come and go."""

    app: Flask
    valkey: EmbeddedValkey
    mail: MailSink
    markers: Path
    environ: dict[str, str]
    log: Path
    running: dict[str, subprocess.Popen[bytes]]
    queue_was_away: bool = False

    def start(self, name: str, *arguments: str) -> None:
        """Start a process: a module of the tests, or one of zuoxi's commands."""
        with self.log.open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *arguments], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )

    def start_relay(self) -> None:
        self.start("relay", "app.cli", "relay")

    def start_worker(self, queue: str, *, dying: bool = False) -> None:
        if dying:
            self.start(queue, "tests.faults.dying_worker", queue, str(self.markers))
        else:
            self.start(queue, "app.cli", "worker", "--queue", queue)

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def restart_killed(self) -> list[str]:
        """Start again every worker that was killed; return their names.

        Any other end is a failure, unless the queue was away: then workers leave, and their service manager
        starts them again.
        """
        killed = []
        for name, process in list(self.running.items()):
            code = process.poll()
            if code is None:
                continue
            if self.queue_was_away and name != "relay":
                self.start_worker(name)
                continue
            assert code == -signal.SIGKILL, f"{name} ended with {code}: {self.log.read_text()[-2000:]}"
            killed.append(name)
            self.start_worker(name, dying=True)
        return killed

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, (
                f"{what}: not so after {RECOVERY_SECONDS:.0f} s; {self._state()}"
            )
            self.restart_killed()
            time.sleep(0.2)

    def _state(self) -> str:
        """Return what is unfinished, which processes live, and what they said last."""
        waiting = db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.done_at.is_(None)).order_by(OutboxMessage.created_at)
        )
        lines = [
            f"{one.topic} attempt {one.attempt} dispatches {one.dispatches} available {one.available_at} "
            f"dispatched {one.dispatched_at} leased until {one.leased_until} dead {one.dead_at} {one.failure}"
            for one in waiting
        ]
        lines += [f"{name}: {process.poll()}" for name, process in self.running.items()]
        return "\n".join([f"it is {clock.wall_now()}", *lines, self.log.read_text()[-4000:]])

    def set_time(self, moment: dt.datetime) -> None:
        clock.set_business_time(moment, Path(self.environ["ZUOXI_CLOCK_FILE"]))


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    clock_file = tmp_path / "clock"
    clock.set_business_time(NOON, clock_file)
    markers = tmp_path / "died"
    markers.mkdir()
    with fresh_database() as url, EmbeddedValkey(tmp_path / "valkey") as valkey:
        mail = MailSink(tmp_path / "mail")
        mail.start()
        environ = {
            **os.environ,
            "DATABASE_URL": url,
            "REDIS_URL": valkey.url,
            "SECRET_KEY": "for tests",
            "ZUOXI_ENCRYPTION_KEY": make_key_setting(),
            "ZUOXI_BADGE_KEYS": make_badge_key_setting(),
            "ZUOXI_CLOCK_FILE": str(clock_file),
            "ZUOXI_LEASE_SECONDS": str(LEASE_SECONDS),
            "SMTP_URL": mail.url,
            "ZUOXI_SMS_PROVIDER": "sandbox",
        }
        app = create_app(Settings.from_env(environ))
        plant = Plant(
            app=app,
            valkey=valkey,
            mail=mail,
            markers=markers,
            environ=environ,
            log=tmp_path / "log",
            running={},
        )
        with app.app_context():
            with transaction(db.session):
                make_season(db.session, scale=0.05, seed=4, progress=lambda *_: None)
            try:
                yield plant
            finally:
                for name in list(plant.running):
                    plant.stop(name)
                mail.stop()
                clock.use_shift_file(None)
                db.session.close()
                db.engine.dispose()
