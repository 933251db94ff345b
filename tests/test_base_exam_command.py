"""`zuoxi base-exam`: parameters in, judged, adopted and left again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from app.models import Calibration, ExamSetting
from exams.adaptive_exam import ItemFigures
from tests.adaptive import figures
from tests.conftest import fresh_database, settings_for


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


def run(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "base-exam", *map(str, arguments)],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout


def write(folder: Path, found: list[ItemFigures]) -> Path:
    rows = [{"item_id": one.item_id, "a": one.a, "b": one.b, "c": one.c} for one in found]
    file = folder / "found.json"
    file.write_text(json.dumps({"model": "3pl", "people": 4000, "items": rows}), encoding="utf-8")
    return file


def settings_of(engine: Engine) -> list[bool]:
    """Return of each decision whether it was for the adaptive form."""
    with Session(engine) as session:
        rows = session.scalars(select(ExamSetting).order_by(ExamSetting.number)).all()
        return [row.plan is not None for row in rows]


def test_a_calibration_is_taken_in_checked_adopted_and_left(engine: Engine, tmp_path: Path) -> None:
    code, words = run("import", write(tmp_path, figures()))
    assert code == 0, words
    assert "Calibration 1: 204 items" in words

    code, words = run("adopt", 1, "--dry-run")
    assert code == 0, words
    assert "questions on average" in words
    assert settings_of(engine) == []

    assert run("adopt", 1)[0] == 0
    assert run("fixed") == (0, "New base exams are fixed forms.\n")
    assert settings_of(engine) == [True, False]


def test_what_is_too_little_is_refused_with_its_figures(engine: Engine, tmp_path: Path) -> None:
    assert run("import", write(tmp_path, figures()[:30]))[0] == 0

    code, words = run("adopt", 1)

    assert code == 1
    assert "tools: 0 items of 10 needed - too few" in words
    assert settings_of(engine) == []


def test_a_file_that_is_no_calibration_is_refused(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("item,a\nx,1\n", encoding="utf-8")
    code, words = run("import", file)
    assert code == 1
    assert "there is no column b" in words

    file.write_text("item,a,b\nx,1,0\n", encoding="utf-8")
    assert "none of the items in table.csv is in the bank" in run("import", file)[1]
    with Session(engine) as session:
        assert session.scalars(select(Calibration)).all() == []
