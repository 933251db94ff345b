"""`zuoxi accommodations`: all of a file or nothing, every reason with its line, and the way out again."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from app.models import AgentNeeds
from tests.conftest import fresh_database, settings_for
from tests.exams.test_pnp import file_of, record
from tests.make import Make

TIME = "<additional-testing-time><time-multiplier>1.5</time-multiplier></additional-testing-time>"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A database of its own, with one agent: the command commits."""
    with fresh_database() as url:
        settings = settings_for(url)
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("REDIS_URL", settings.redis_url)
        monkeypatch.setenv("SECRET_KEY", settings.secret_key)
        monkeypatch.setenv("ZUOXI_ENCRYPTION_KEY", settings.encryption_key)
        monkeypatch.setenv("ZUOXI_BADGE_KEYS", settings.badge_keys)
        engine = create_engine(url)
        with Session(engine, expire_on_commit=False) as session:
            make = Make(session)
            make.agent(user=make.user(mobile="13900000001"))
        yield engine
        engine.dispose()


def run(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "accommodations", *map(str, arguments)],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout


def multipliers(engine: Engine) -> list[float]:
    with Session(engine) as session:
        return [float(row) for row in session.scalars(select(AgentNeeds.exam_time_multiplier))]


def test_all_or_nothing_with_every_reason_and_out_again(engine: Engine, tmp_path: Path) -> None:
    file, out = tmp_path / "people.xml", tmp_path / "out.xml"
    file.write_bytes(file_of(record(TIME + "<braille/>"), record(TIME, person="13900000002")))

    status, said = run("import", file, "--consented")
    assert status == 1
    assert "people.xml:2: 13900000001: <braille> is nothing that an exam here can do." in said
    assert "people.xml:3: 13900000002: nobody here has this id" in said
    assert multipliers(engine) == []

    status, said = run("import", file, "--consented", "--skip")
    assert (status, said.splitlines()[-1]) == (0, "1 of 2 people served.")
    assert multipliers(engine) == [1.5]

    assert run("export", out)[0] == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert b"<time-multiplier>1.5</time-multiplier>" in out.read_bytes()


def test_a_file_that_is_none_is_refused_with_its_line(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "people.xml"
    file.write_bytes(b"<a>\n<b>")

    status, said = run("import", file)

    assert status == 1
    assert "people.xml:2: it is not whole XML" in said
    assert "nothing was changed" in said
