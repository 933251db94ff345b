"""The schema comes from the migrations alone: one head, both directions, no difference from the models."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from app.cli.database import alembic_config
from tests.conftest import fresh_database

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def test_there_is_one_head() -> None:
    heads = ScriptDirectory(str(MIGRATIONS)).get_heads()

    assert len(heads) == 1


def test_the_models_and_the_schema_agree() -> None:
    with fresh_database() as url:
        command.check(alembic_config(url))


def test_every_migration_goes_down_and_up_again() -> None:
    with fresh_database() as url:
        revisions = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())
        for revision in revisions:
            before = str(revision.down_revision or "base")
            command.downgrade(alembic_config(url), before)
            command.upgrade(alembic_config(url), revision.revision)
            command.downgrade(alembic_config(url), before)
        engine = create_engine(url)
        assert inspect(engine).get_table_names() == ["alembic_version"]
        engine.dispose()

        command.upgrade(alembic_config(url), "head")
        command.check(alembic_config(url))


@pytest.mark.parametrize("table", ["audit_entry", "disclosure_entry"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_evidence_is_only_ever_added_to(table: str, statement: str) -> None:
    with fresh_database() as url:
        engine = create_engine(url)
        with engine.connect() as connection, pytest.raises(DBAPIError, match="only ever added"):
            connection.execute(text(statement.format(table)))
        engine.dispose()


def test_migrations_import_nothing_of_the_application() -> None:
    found = [
        path.name
        for path in (MIGRATIONS / "versions").glob("*.py")
        if "from app" in path.read_text() or "import app" in path.read_text()
    ]

    assert found == []


def test_squawk_finds_nothing_that_would_lock_a_full_table(tmp_path: Path) -> None:
    """The first migration makes the tables; what comes after it meets rows, and is linted."""
    later = [
        revision.revision
        for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions()
        if revision.down_revision is not None
    ]
    for revision in later:
        script = tmp_path / f"{revision}.sql"
        script.write_text(_sql_of(revision))
        squawk = Path(sys.executable).with_name("squawk")
        done = subprocess.run([str(squawk), str(script)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_an_index_made_beside_the_work_may_be_made_again() -> None:
    """What an interrupted run left is dropped before, and a repeated one does not stumble over the others."""
    for revision, indexes in _made_concurrently().items():
        sql = _sql_of(revision)
        for index in indexes:
            drop = f"DROP INDEX CONCURRENTLY IF EXISTS {index}"
            create = f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index}"
            assert 0 <= sql.find(drop) < sql.find(create), f"{revision}: {index}"


@pytest.mark.parametrize("revision", ["0007", "0008", "0013"])
def test_an_interrupted_migration_can_be_run_again(revision: str) -> None:
    with fresh_database() as url:
        config = alembic_config(url)
        command.downgrade(config, str(ScriptDirectory(str(MIGRATIONS)).get_revision(revision).down_revision))
        engine = create_engine(url)
        with _canceller(engine), pytest.raises(DBAPIError):
            command.upgrade(config, revision)
        left = _half_made(engine)

        command.upgrade(config, "head")

        # Without a half-made index the first run was interrupted too early to prove anything.
        assert left == _made_concurrently()[revision][:1]
        assert _half_made(engine) == []
        command.check(config)
        engine.dispose()


def test_a_check_that_was_added_and_not_validated_is_made_anew() -> None:
    with fresh_database() as url:
        config = alembic_config(url)
        command.downgrade(config, "0015")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(
                text(
                    "ALTER TABLE match_run ADD CONSTRAINT ck_match_run_begun "
                    "CHECK (started_at IS NOT NULL OR status IN ('waiting', 'failed')) NOT VALID"
                )
            )

        command.upgrade(config, "head")

        with engine.connect() as connection:
            left = connection.scalars(text("SELECT conname FROM pg_constraint WHERE NOT convalidated")).all()
        assert left == []
        engine.dispose()


@contextlib.contextmanager
def _canceller(engine: Engine) -> Iterator[None]:
    """Keep a snapshot open, which every new index waits for, and cancel whoever comes to wait for it."""
    done = threading.Event()

    def cancel() -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not done.wait(0.02):
                connection.execute(
                    text(
                        "SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index "
                        "WHERE datname = current_database() AND phase = 'waiting for old snapshots'"
                    )
                )

    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        reader.execute(text("SELECT 1"))
        thread = threading.Thread(target=cancel)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _half_made(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        found = connection.scalars(
            text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        )
        return sorted(found)


def _made_concurrently() -> dict[str, list[str]]:
    """Return the indexes of each migration that makes some without locking the table, in their order."""
    found = {
        revision.revision: re.findall(
            r"CREATE INDEX CONCURRENTLY (?:IF NOT EXISTS )?(\w+)", _sql_of(revision.revision)
        )
        for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    }
    return {revision: indexes for revision, indexes in found.items() if indexes}


def _sql_of(revision: str) -> str:
    """Return the statements of one migration, as PostgreSQL would get them."""
    config = alembic_config("postgresql+psycopg://nobody@/none")
    config.output_buffer = io.StringIO()
    before = ScriptDirectory(str(MIGRATIONS)).get_revision(revision).down_revision or "base"
    command.upgrade(config, f"{before}:{revision}", sql=True)
    return config.output_buffer.getvalue()
