"""The servers from the wheels: what is written stays, what is killed comes back, nobody else is harmed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from app import service_account
from app.child_process import end, processes_in, wait_until
from app.embedded import DATABASE, USER, EmbeddedPostgres, EmbeddedValkey, embedded_services
from app.embedded_server import EmbeddedServerError, StateInUseError
from app.service_account import Account, AccountError, choose_account, choose_home, choose_programs

# Started as a process of its own, so that it can be killed like one.
SERVE_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from app.embedded import embedded_services
with embedded_services(Path(sys.argv[1]), database_url=None, redis_url=None):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A directory that a system user can reach too, with a name that is easy to quote wrongly."""
    base = Path(tempfile.mkdtemp(prefix="zuoxi-test-"))
    base.chmod(0o755)
    yield base / "state of 坐席 'it'"
    shutil.rmtree(base)


@pytest.fixture
def postgres(state_dir: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(state_dir) as server:
        yield server


@pytest.fixture
def valkey(state_dir: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(state_dir) as server:
        yield server


def connect(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(host=str(server.sockets), user=USER, dbname=DATABASE, autocommit=True)


def write_note(server: EmbeddedPostgres, text: str) -> None:
    with connect(server) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text NOT NULL)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def read_notes(server: EmbeddedPostgres) -> list[str]:
    with connect(server) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM note ORDER BY text")]


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


class TestPostgres:
    def test_keeps_data_over_a_restart(self, state_dir: Path) -> None:
        with EmbeddedPostgres(state_dir) as first:
            write_note(first, "留言")

        with EmbeddedPostgres(state_dir) as second:
            assert read_notes(second) == ["留言"]

    def test_comes_back_at_the_same_address_after_kill_9(self, postgres: EmbeddedPostgres) -> None:
        write_note(postgres, "committed")
        address = postgres.url
        kill(postgres.pid)
        assert wait_until(lambda: postgres.pid is None, seconds=10)

        postgres.start()

        assert postgres.url == address
        assert read_notes(postgres) == ["committed"]

    def test_has_the_locale_encoding_and_extension_the_application_counts_on(
        self, postgres: EmbeddedPostgres
    ) -> None:
        with connect(postgres) as connection:
            connection.execute("CREATE EXTENSION btree_gist")
            settings = [
                connection.execute(f"SHOW {name}").fetchone()
                for name in ("server_encoding", "TimeZone", "fsync")
            ]

        assert settings == [("UTF8",), ("UTC",), ("on",)]

    def test_is_not_fooled_by_the_number_of_another_live_process(self, state_dir: Path) -> None:
        """After a reboot the number may be anybody's; here it is a sleep of the server's own user."""
        with EmbeddedPostgres(state_dir) as first:
            write_note(first, "kept")
            data = (state_dir / "postgres" / "data").resolve()
            sleeper = subprocess.Popen(["sleep", "600"], **choose_account().popen_options)
            try:
                lines = (data / "postmaster.pid").read_text().splitlines()
                kill(first.pid)
                assert wait_until(lambda: first.pid is None, seconds=10)
                (data / "postmaster.pid").write_text("\n".join([str(sleeper.pid), *lines[1:]]) + "\n")

                first.start()

                assert read_notes(first) == ["kept"]
                assert sleeper.poll() is None
            finally:
                end(sleeper, [(signal.SIGTERM, 5)])

    def test_what_is_not_durable_is_gone_after_the_stop(self, state_dir: Path) -> None:
        with EmbeddedPostgres(state_dir, durable=False) as server:
            write_note(server, "fleeting")
            home = (state_dir / "postgres").resolve()

        assert not home.exists()
        assert not (state_dir / "postgres").is_symlink()

    def test_that_cannot_start_says_what_the_server_said_and_lets_go(self, state_dir: Path) -> None:
        with EmbeddedPostgres(state_dir):
            pass
        version = (state_dir / "postgres" / "data" / "PG_VERSION").resolve()
        right = version.read_text()
        version.write_text("9.6\n")

        with pytest.raises(
            EmbeddedServerError, match=r"PostgreSQL did not start.*\n.*database files are incompat"
        ):
            EmbeddedPostgres(state_dir).start()

        version.write_text(right)
        with EmbeddedPostgres(state_dir) as mended:
            assert mended.pid is not None

    def test_finds_a_short_place_for_its_socket(
        self, state_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deep = state_dir / ("long" * 20)
        deep.mkdir(parents=True)
        monkeypatch.setattr(tempfile, "tempdir", str(deep))
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)

        with EmbeddedPostgres(state_dir) as server:
            assert server.sockets.parent == Path("/tmp")
            assert server.sockets.stat().st_mode & 0o077 == 0


class TestValkey:
    def test_keeps_keys_over_a_restart(self, state_dir: Path) -> None:
        with EmbeddedValkey(state_dir) as first, redis.Redis.from_url(first.url) as client:
            client.set("bell", "rung")

        with EmbeddedValkey(state_dir) as second, redis.Redis.from_url(second.url) as client:
            assert client.get("bell") == b"rung"

    def test_comes_back_at_the_same_address_after_kill_9(self, valkey: EmbeddedValkey) -> None:
        with redis.Redis.from_url(valkey.url) as client:
            client.set("bell", "rung")
            kill(valkey.pid)
            assert wait_until(lambda: valkey.pid is None, seconds=10)

            valkey.start()

            assert client.get("bell") == b"rung"


class TestOneAtATime:
    @pytest.mark.parametrize("kind", [EmbeddedPostgres, EmbeddedValkey])
    def test_a_second_server_on_the_same_directory_is_refused_in_a_sentence(
        self, state_dir: Path, kind: type[EmbeddedPostgres] | type[EmbeddedValkey]
    ) -> None:
        with kind(state_dir) as first:
            with pytest.raises(StateInUseError, match=f"in use by process {os.getpid()}"):
                kind(state_dir).start()

            assert first.pid is not None
            assert first.sockets.is_dir()

    def test_nothing_is_left_when_the_parent_is_killed_and_the_next_one_starts(self, state_dir: Path) -> None:
        parent = subprocess.Popen(
            [sys.executable, "-c", SERVE_UNTIL_KILLED, str(state_dir)], stdout=subprocess.PIPE
        )
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        homes = [(state_dir / name / "data").resolve() for name in ("postgres", "valkey")]
        assert all(processes_in(home) for home in homes)
        left_sockets = Path((state_dir / "postgres" / "sockets").read_text())

        parent.kill()
        parent.wait()
        parent.stdout.close()

        # No wait in between: the next start has to cope with servers that are still on their way out.
        with embedded_services(state_dir, database_url=None, redis_url=None) as services:
            with psycopg.connect(services.database_url.replace("+psycopg", "")) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            assert not left_sockets.exists()
        assert not any(processes_in(home) for home in homes)


class TestServices:
    def test_run_nothing_where_both_addresses_are_given(self, state_dir: Path) -> None:
        with embedded_services(
            state_dir, database_url="postgresql+psycopg://db/zuoxi", redis_url="redis://queue"
        ) as services:
            assert services.servers == ()
            assert services.database_url == "postgresql+psycopg://db/zuoxi"

        assert not state_dir.exists()

    def test_start_again_only_what_died(self, state_dir: Path) -> None:
        with embedded_services(state_dir, database_url="postgresql://db", redis_url=None) as services:
            assert services.restart_dead() == []
            kill(services.servers[0].pid)
            assert wait_until(lambda: services.servers[0].pid is None, seconds=10)

            assert services.restart_dead() == ["Valkey"]


class TestAccount:
    """Another user than ourselves, played by ourselves: the bits for everybody are what counts."""

    other = Account(uid=os.geteuid(), gid=os.getegid(), is_own=False)

    @pytest.fixture
    def private(self, state_dir: Path) -> Path:
        state_dir.mkdir()
        state_dir.chmod(0o700)
        return state_dir

    def test_data_goes_where_the_user_can_enter_and_is_found_again(
        self, private: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service_account, "REFUGE", private.parent / "refuge")

        home = choose_home(private / "postgres", account=self.other, throwaway=False)

        assert home.parent == private.parent / "refuge"
        assert choose_home(private / "postgres", account=self.other, throwaway=False) == home
        assert private.stat().st_mode & 0o777 == 0o700

    def test_data_stays_in_the_project_when_the_user_is_ourselves(self, private: Path) -> None:
        own = Account(uid=os.geteuid(), gid=os.getegid(), is_own=True)

        assert choose_home(private / "postgres", account=own, throwaway=False) == private / "postgres"

    def test_data_of_another_user_is_refused(self, private: Path) -> None:
        (private / "postgres").mkdir()
        (private / "postgres" / "data").touch()
        stranger = Account(uid=os.geteuid() + 1, gid=os.getegid(), is_own=True)

        with pytest.raises(AccountError, match="made by another user"):
            choose_home(private / "postgres", account=stranger, throwaway=False)

    def test_programs_are_copied_only_when_the_user_cannot_read_them(self, private: Path) -> None:
        for folder in ("server/bin", "server.libs"):
            (private / folder).mkdir(parents=True)
            (private / folder / "file").write_text("#!/bin/sh\n")
            (private / folder / "file").chmod(0o700)
        folders = ["server/bin", "server.libs"]
        home = private.parent / "home"
        home.mkdir()

        copy = choose_programs(private, folders, account=self.other, home=home, version="1")

        assert copy == home / "programs-1"
        assert [(copy / folder / "file").stat().st_mode & 0o777 for folder in folders] == [0o755, 0o755]
        assert choose_programs(copy, folders, account=self.other, home=home, version="2") == copy
