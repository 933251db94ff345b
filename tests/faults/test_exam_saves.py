"""No acknowledged answer is lost, whatever is killed: workers, server, network, database, browser.

Everything is real: gunicorn, a PostgreSQL whose commits are durable, Chromium with its profile on disk.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import re
import secrets
import shutil
import signal
import subprocess
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from playwright.sync_api import Error, Page, Playwright, expect, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, create_app
from app.cli.database import alembic_config
from app.crypto import make_key_setting
from app.db import db, transaction
from app.embedded import EmbeddedPostgres
from app.models import AgentStatus, ExamAnswer
from app.services import attempts
from app.services.sessions import start_session
from app.settings import Settings
from app.web.identity import COOKIE
from exams.badges.keys import make_badge_key_setting
from exams.bank import shipped_bank
from exams.forms import Form, Question
from exams.items import Kind
from tests.browser import ARGUMENTS, CHROMIUM
from tests.faults.exam_load import Candidate, Server, Wire
from tests.make import Make

pytestmark = pytest.mark.xdist_group("exam-saves")

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


@pytest.fixture(scope="module")
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


@pytest.mark.parametrize("seconds", [5, pytest.param(180, marks=pytest.mark.slow)])
def test_what_the_server_acknowledged_is_kept_whatever_is_killed(
    hall: Hall, rng: random.Random, seconds: int
) -> None:
    sittings = [hall.start_sitting() for _ in range(CANDIDATES)]
    candidates = [
        Candidate(
            port=hall.wire.port,
            attempt_id=str(sitting.attempt_id),
            token=sitting.token,
            cookie=COOKIE,
            items=sitting.items,
            rng=random.Random(rng.getrandbits(32)),
            started=sitting.started,
        )
        for sitting in sittings
    ]
    for candidate in candidates:
        candidate.start()

    ends_at = time.monotonic() + seconds
    plan = rng.sample(PARTS, len(PARTS))
    broken = 0
    while plan or time.monotonic() < ends_at:
        time.sleep(rng.uniform(0.2, 0.8))
        hall.break_something(
            rng, plan.pop() if plan else rng.choice(["worker", "wire", "server", "database"])
        )
        broken += 1
        for sitting, candidate in zip(sittings, candidates, strict=True):
            promised = dict(candidate.acknowledged)
            assert not lost(promised, hall.answers(sitting))
    for candidate in candidates:
        candidate.finish.set()
    for candidate in candidates:
        candidate.join(timeout=30)
        assert not candidate.is_alive()
    acknowledged = [dict(candidate.acknowledged) for candidate in candidates]
    for sitting, promised in zip(sittings, acknowledged, strict=True):
        assert not lost(promised, hall.answers(sitting))

    # What was still waiting arrives when everything is back.
    for sitting, candidate in zip(sittings, candidates, strict=True):
        candidate.drain()
        assert hall.answers(sitting) == dict(candidate.written)
        assert candidate.surprises == []
    requests = sum(candidate.requests for candidate in candidates)
    failures = sum(candidate.failures for candidate in candidates)
    print(f"{broken} times broken, {requests} saves sent, {failures} cut off")  # noqa: T201 - as above
    # If nothing was cut off, nothing was tried.
    assert failures > 0


def lost(promised: dict[str, int], kept: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Return the items of which less is kept than was promised."""
    return {
        item: (number, kept.get(item, 0)) for item, number in promised.items() if kept.get(item, 0) < number
    }


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


@pytest.mark.browser
@pytest.mark.parametrize("lives", [3, pytest.param(25, marks=pytest.mark.slow)])
def test_what_the_browser_has_kept_arrives_though_it_is_killed(
    hall: Hall, rng: random.Random, tmp_path: Path, lives: int
) -> None:
    sitting = hall.start_sitting()
    address = f"http://127.0.0.1:{hall.wire.port}"
    url = f"{address}/agent/attempts/{sitting.attempt_id}"
    kept: dict[str, int] = defaultdict(int)
    count = 0
    with sync_playwright() as playwright:
        chromium = Chromium(playwright, tmp_path / "profile")
        try:
            for life in range(lives):
                page = chromium.open(address, sitting.token)
                visit(page, url)
                for _ in range(rng.randint(2, 5)):
                    count += 1
                    number = rng.randint(1, QUESTIONS)
                    # The first life is all offline: what it leaves behind is on the device alone.
                    if life == 0 or rng.random() < 0.4:
                        hall.wire.cut()
                    if rng.random() < 0.3:
                        hall.server.kill_worker(rng)
                    if write(page, number, count, wait=life == 0 or rng.random() < 0.7):
                        kept[sitting.items[number - 1]] = count
                    if life and rng.random() < 0.5:
                        hall.wire.mend()
                chromium.kill()
                if life == 0:
                    assert hall.answers(sitting) == {}
                hall.wire.mend()
                hall.server.wait()
            page = chromium.open(address, sitting.token)
            visit(page, url)
            patience = time.monotonic() + 60
            while missing := lost(kept, hall.answers(sitting)):
                assert time.monotonic() < patience, f"kept on the device, and never arrived: {missing}"
                time.sleep(0.1)
            # And the page shows what the server has.
            for number, item in enumerate(sitting.items, start=1):
                stored = hall.answers(sitting).get(item)
                field = page.locator(f"#question-{number} input[name=answer]")
                expect(field).to_have_value(f"第{stored}次" if stored else "", timeout=20_000)
        finally:
            chromium.kill()
    print(f"{lives} browsers killed, {count} answers written")  # noqa: T201 - as above
    assert kept


def visit(page: Page, url: str) -> None:
    """Open the exam; a worker that was killed a moment ago may take the first request along."""
    patience = time.monotonic() + 60
    while True:
        with contextlib.suppress(Error):
            page.goto(url)
            page.wait_for_selector("main[data-ready]", state="attached", timeout=20_000)
            return
        assert time.monotonic() < patience


def write(page: Page, number: int, count: int, *, wait: bool) -> bool:
    """Write an answer; return whether the page said that it is kept on this device."""
    before = page.evaluate("Number(document.getElementById('main').dataset.kept ?? 0)")
    page.locator(f"#places button[value='{number}']").click()
    page.locator(f"#question-{number} input[name=answer]").fill(f"第{count}次")
    if not wait:
        return False
    page.wait_for_function(
        "before => Number(document.getElementById('main').dataset.kept ?? 0) > before", arg=before
    )
    return True
