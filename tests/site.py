"""A whole installation for tests: database, Valkey, web server, relay, workers, mail, a clock."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from flask import Flask

from app import clock, create_app
from app.embedded import EmbeddedValkey, Services
from app.mail_sink import MailSink
from app.settings import Settings
from app.supervisor import Supervisor
from tests.conftest import fresh_database

Found = TypeVar("Found")
PATIENCE_SECONDS = 120.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Site:
    """A running installation. `app` is this process's own view of the same database."""

    supervisor: Supervisor
    app: Flask
    clock_file: Path
    mail: MailSink
    valkey: EmbeddedValkey

    @property
    def address(self) -> str:
        return self.supervisor.base_url

    def set_time(self, moment: dt.datetime) -> None:
        """Make every process of the installation believe that it is this moment."""
        clock.set_business_time(moment, self.clock_file)

    def wait_for(self, find: Callable[[], Found | None], what: str) -> Found:
        """Poll until `find` returns something, keeping the processes alive meanwhile."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = find()
            if found:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {PATIENCE_SECONDS:.0f} s")
            self.supervisor.tend()
            time.sleep(0.1)


@contextmanager
def run_site(state: Path, *, now: dt.datetime, **environ: str) -> Iterator[Site]:
    """Run an installation on a fresh database until the block ends."""
    clock_file = state / "clock"
    state.mkdir(parents=True, exist_ok=True)
    clock.set_business_time(now, clock_file)
    with fresh_database() as database_url, EmbeddedValkey(state / "valkey", durable=True) as valkey:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        services = Services(database_url=database_url, redis_url=valkey.url, servers=(valkey,))
        settings = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ZUOXI_")},
            "ZUOXI_DEMO": "1",
            "ZUOXI_CLOCK_FILE": str(clock_file),
            **environ,
        }
        with Supervisor(state_dir=state, services=services, environ=settings, port=port) as supervisor:
            app = create_app(Settings.from_env(supervisor.environ))
            supervisor.start()
            supervisor.wait_healthy()
            assert supervisor.mail_sink is not None
            try:
                yield Site(
                    supervisor=supervisor,
                    app=app,
                    clock_file=clock_file,
                    mail=supervisor.mail_sink,
                    valkey=valkey,
                )
            finally:
                clock.use_shift_file(None)
                with app.app_context():
                    from app.db import db

                    db.engine.dispose()
