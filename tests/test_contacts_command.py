"""`zuoxi contacts import`: the command does the promised work and prints what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from app.models import Contact, OutboxMessage
from tests.conftest import fresh_database, settings_for
from tests.make import Make

HEADER = "external_id,agent,channel,started_at,messages_in,messages_out,satisfaction\n"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A database of its own: the command commits."""
    with fresh_database() as url:
        settings = settings_for(url)
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("REDIS_URL", settings.redis_url)
        monkeypatch.setenv("SECRET_KEY", settings.secret_key)
        monkeypatch.setenv("ZUOXI_ENCRYPTION_KEY", settings.encryption_key)
        monkeypatch.setenv("ZUOXI_BADGE_KEYS", settings.badge_keys)
        engine = create_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def project_id(engine: Engine) -> uuid.UUID:
    with Session(engine, expire_on_commit=False) as session:
        return Make(session).project().id


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own; `stdout` holds what it said on both streams."""
    return subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "contacts", *map(str, arguments)],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )


def count(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalars(select(func.count()).select_from(Contact)).one()


def test_a_good_file_is_taken_in_and_its_ratios_are_printed(
    engine: Engine, project_id: uuid.UUID, tmp_path: Path
) -> None:
    file = tmp_path / "chats.csv"
    file.write_text(HEADER + "a,,chat,2026-11-11 20:15,4,5,5\nb,,chat,2026-11-11 20:16,6,7,5\n")

    result = run("import", file, "--project", project_id)

    assert result.returncode == 0, result.stdout
    assert "2 lines read, 2 taken in, 0 faults" in result.stdout
    assert "1.20" in result.stdout
    assert count(engine) == 2
    with Session(engine) as session:
        assert session.scalars(select(OutboxMessage.done_at)).one() is not None


def test_faults_are_told_by_line_and_nothing_is_taken_in(
    engine: Engine, project_id: uuid.UUID, tmp_path: Path
) -> None:
    file = tmp_path / "chats.csv"
    file.write_text(HEADER + "a,,chat,2026-11-11 20:15,4,5,5\nb,,fax,2026-11-11 20:16,-1,7,11\n")

    result = run("import", file, "--project", project_id)

    assert result.returncode == 1
    assert "line 3, channel: “fax” is no channel" in result.stdout
    assert "line 3, messages_in" in result.stdout
    assert "line 3, satisfaction" in result.stdout
    assert "nothing was taken in" in result.stdout
    assert count(engine) == 0

    skipped = run("import", file, "--project", project_id, "--skip-faulty")

    assert skipped.returncode == 0, skipped.stdout
    assert count(engine) == 1


def test_dialogues_without_times_need_a_day(engine: Engine, project_id: uuid.UUID, tmp_path: Path) -> None:
    file = tmp_path / "dialogues.jsonl"
    turns = [{"role": 1, "handoff": 0}, {"role": 0, "handoff": 0}]
    file.write_text(json.dumps({"sid": "d1", "score": 2, "turns": turns}) + "\n")

    refused = run("import", file, "--project", project_id, "--format", "taobao")
    taken = run("import", file, "--project", project_id, "--format", "taobao", "--started-on", "2026-11-10")

    assert refused.returncode == 2
    assert "--started-on" in refused.stdout
    assert taken.returncode == 0, taken.stdout
    assert "1.00" in taken.stdout
    assert count(engine) == 1


def test_an_unknown_project_is_one_sentence(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "chats.csv"
    file.write_text(HEADER)

    result = run("import", file, "--project", uuid.uuid4())

    assert result.returncode == 1
    assert "there is no project" in result.stdout
