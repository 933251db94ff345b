"""Where exams are sat while parts of it are killed: gunicorn, a durable PostgreSQL, a wire, a browser.

Everything is real: commits reach the disk, Chromium has its profile there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import random
import re
import secrets
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from playwright.sync_api import Page, Playwright
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, create_app
from app.cli.database import alembic_config
from app.crypto import make_key_setting
from app.db import db, transaction
from app.embedded import EmbeddedPostgres
from app.models import AgentStatus, ChatLine, ChatSitting, ExamAnswer, ExamAttempt
from app.services import attempts, chats
from app.services.sessions import start_session
from app.settings import Settings
from app.web.identity import COOKIE
from exams.badges.keys import make_badge_key_setting
from exams.bank import shipped_bank
from exams.forms import Form, Question
from exams.items import Kind
from tests.browser import ARGUMENTS, CHROMIUM
from tests.faults.exam_load import Server, Wire
from tests.make import Make

BANK = shipped_bank()
PARTS = ["worker", "wire", "database", "server"]
CANDIDATES = 3
QUESTIONS = 6
WRITTEN = re.compile(r"第(\d+)次")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sitting:
    """A running exam of short answers, and the token of the person's sign-in."""

    attempt_id: uuid.UUID
    items: list[str]
    token: str
    started: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hall:
    """Where the exam is sat: each part can be killed."""

    app: Flask
    postgres: EmbeddedPostgres
    server: Server
    wire: Wire

    def start_sitting(self) -> Sitting:
        with self.app.app_context(), Session(db.engine, expire_on_commit=False) as session:
            make = Make(session)
            agent = make.agent(status=AgentStatus.NEW, joined_at=clock.utc_now())
            with transaction(session):
                attempt = attempts.start_attempt(
                    session,
                    agent_id=agent.id,
                    project_id=None,
                    bank=BANK,
                    seed=1,
                    actor_user_id=agent.user_id,
                    now=clock.utc_now(),
                )
                written = [item for item in BANK.current if item.kind is Kind.SHORT_ANSWER]
                questions = tuple(
                    Question(item_id=item.id, version=item.version) for item in written[:QUESTIONS]
                )
                form = dataclasses.replace(Form.from_json(attempt.form), questions=questions)
                attempt.form = form.to_json()
                token = start_session(session, user_id=agent.user_id, device="test", now=clock.wall_now())
        return Sitting(
            attempt_id=attempt.id,
            items=[question.item_id for question in questions],
            token=token,
            started=attempt.started_at.timestamp(),
        )

    def start_chat(self, item_id: str) -> Sitting:
        """Start a chat in which nobody is ever tired of waiting."""
        sitting = self.start_sitting()
        version = next(item.version for item in BANK.current if item.id == item_id)
        with self.app.app_context(), Session(db.engine) as session, transaction(session):
            attempt = session.get_one(ExamAttempt, sitting.attempt_id)
            question = Question(item_id=item_id, version=version)
            form = dataclasses.replace(Form.from_json(attempt.form), questions=(question,))
            attempt.form = form.to_json()
            session.flush()
            chats.start_chat(
                session,
                attempt_id=attempt.id,
                agent_id=attempt.agent_id,
                item_id=item_id,
                bank=BANK,
                language="zh",
                by_script=False,
                at_once=None,
                # The first customer is there already.
                now=attempt.started_at - dt.timedelta(minutes=1),
            )
        return dataclasses.replace(sitting, items=[item_id])

    def messages(self, sitting: Sitting) -> list[int]:
        """Return the numbers of the messages that the database keeps, in the order of the conversation."""
        with self.app.app_context(), Session(db.engine) as session:
            rows = session.scalars(
                select(ChatLine.text)
                .join(ChatSitting, ChatSitting.id == ChatLine.sitting_id)
                .where(ChatSitting.attempt_id == sitting.attempt_id)
                .order_by(ChatLine.sequence)
            )
            return [number_in(words) for words in rows]

    def answers(self, sitting: Sitting) -> dict[str, int]:
        """Return the number of the answer that the database keeps for each item."""
        with self.app.app_context(), Session(db.engine) as session:
            rows = session.scalars(select(ExamAnswer).where(ExamAnswer.attempt_id == sitting.attempt_id))
            return {row.item_id: number_in(str(row.response["value"])) for row in rows}

    def break_something(self, rng: random.Random, what: str) -> None:
        if what == "worker":
            self.server.kill_worker(rng)
        elif what == "server":
            self.server.kill_all()
            time.sleep(rng.uniform(0, 0.3))
            self.server.start()
        elif what == "database":
            assert self.postgres.pid is not None
            with self.app.app_context():
                # Our own connections would only be in the way afterwards.
                db.engine.dispose()
            os.kill(self.postgres.pid, signal.SIGKILL)
            while self.postgres.pid is not None:
                time.sleep(0.01)
            self.postgres.start()
        else:
            self.wire.cut()
            time.sleep(rng.uniform(0.05, 0.6))
            self.wire.mend()


def number_in(words: str) -> int:
    found = WRITTEN.fullmatch(words)
    return int(found[1]) if found else 0


@pytest.fixture(scope="package")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    state = tmp_path_factory.mktemp("hall")
    with EmbeddedPostgres(state / "postgres") as postgres:
        command.upgrade(alembic_config(postgres.url), "head")
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ZUOXI_")},
            "DATABASE_URL": postgres.url,
            "REDIS_URL": os.environ["TEST_REDIS_URL"],
            "SECRET_KEY": "for tests",
            "ZUOXI_ENCRYPTION_KEY": make_key_setting(),
            "ZUOXI_BADGE_KEYS": make_badge_key_setting(),
            "ZUOXI_SECURE_COOKIES": "0",
        }
        app = create_app(Settings.from_env(environ))
        server = Server(environ, state / "log")
        server.start()
        wire = Wire(server.port)
        try:
            yield Hall(app=app, postgres=postgres, server=server, wire=wire)
        finally:
            wire.close()
            server.stop()
            with app.app_context():
                db.engine.dispose()


@pytest.fixture
def rng() -> random.Random:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    return random.Random(seed)


class Chromium:
    """A browser with its profile on disk, to be killed and opened anew."""

    def __init__(self, playwright: Playwright, profile: Path) -> None:
        self._playwright, self._profile = playwright, profile
        self._process: subprocess.Popen[bytes] | None = None

    def open(self, address: str, token: str) -> Page:
        shutil.rmtree(self._profile / "DevToolsActivePort", ignore_errors=True)
        (self._profile / "DevToolsActivePort").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                *(str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", *ARGUMENTS),
                *("--remote-debugging-port=0", f"--user-data-dir={self._profile}", "about:blank"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A group of its own, so that all its processes can be killed at once.
            start_new_session=True,
        )
        port = wait_for(self._read_port)
        browser = self._playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        context = browser.contexts[0]
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        return context.new_page()

    def _read_port(self) -> int | None:
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            return int((self._profile / "DevToolsActivePort").read_text().splitlines()[0])
        return None

    def kill(self) -> None:
        """SIGKILL every process of the browser."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def wait_for(find: Callable[[], int | None]) -> int:
    patience = time.monotonic() + 30
    while (found := find()) is None:
        assert time.monotonic() < patience
        time.sleep(0.05)
    return found
