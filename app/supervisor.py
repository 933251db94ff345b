"""All processes of an installation on one machine, for the demo and for trying things out.

In production the same processes (`zuoxi serve`, `zuoxi worker`, `zuoxi relay`) belong to the machine's own
service manager; nothing here knows anything that they need.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog

from app.child_process import end, read_tail, spawn
from app.crypto import make_key_setting
from app.embedded import Services
from app.mail_sink import MailSink
from exams.badges.keys import make_badge_key_setting

logger = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[1]
TEND_SECONDS = 0.25
# A child that dies is started again after a pause that doubles, until it has lived for a while.
SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
LIVED_SECONDS = 30.0
# A worker ends after its job on the first signal and at once on the second; its lease is taken over later.
STOP_STEPS = ((signal.SIGTERM, 8.0), (signal.SIGTERM, 4.0))
# Deaths in a row after which waiting for a healthy answer is hopeless.
HOPELESS_DEATHS = 3


class SupervisorError(Exception):
    """The installation cannot run; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A process to keep running; its name is also that of its log."""

    name: str
    command: tuple[str, ...]


def zuoxi_children(*, bind: str, workers: int = 1) -> list[Child]:
    """Return the site's processes: the web server, the relay, and so many workers of each queue."""
    zuoxi = str(Path(sys.executable).with_name("zuoxi"))
    children = [
        Child(name="web", command=(zuoxi, "serve", "--bind", bind)),
        Child(name="relay", command=(zuoxi, "relay")),
    ]
    for queue in ("quick", "long"):
        children += [
            Child(name=f"worker-{queue}-{number}", command=(zuoxi, "worker", "--queue", queue))
            for number in range(1, workers + 1)
        ]
    return children


class _Run:
    """One child's life over its restarts."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.deaths_in_a_row = 0
        self.start_again_at = 0.0

    def note_death(self, *, at: float) -> None:
        lived_well = at - self.started_at >= LIVED_SECONDS
        self.deaths_in_a_row = 1 if lived_well else self.deaths_in_a_row + 1
        self.start_again_at = at + pause_after(self.deaths_in_a_row)
        self.process = None


def pause_after(deaths_in_a_row: int) -> float:
    """Return how many seconds to wait before a child is started again after so many deaths in a row."""
    return float(min(SHORTEST_PAUSE * 2 ** (deaths_in_a_row - 1), LONGEST_PAUSE))


class Supervisor:
    """Starts the processes, restarts what dies, and ends them all.

    Use it from the main thread and as a context manager: `start`, `wait_healthy`, `run_until_signal`. Whoever
    does something else in between calls `tend` now and then.
    """

    def __init__(
        self,
        *,
        state_dir: Path,
        services: Services,
        environ: Mapping[str, str],
        port: int = 8000,
        children: Sequence[Child] | None = None,
    ) -> None:
        """Take what the children get as their environment; settings that it lacks are made or filled in.

        `state_dir` keeps logs, mail and the secrets, which are made once.
        """
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self.mail_sink = None if environ.get("SMTP_URL") else MailSink(state_dir / "mail")
        self._log_dir = state_dir / "log"
        self._services = services
        self._runs = [_Run(child) for child in children or zuoxi_children(bind=f"127.0.0.1:{port}")]
        self.environ = {
            "SECRET_KEY": keep_secret(state_dir / "secret_key", lambda: secrets.token_urlsafe(48)),
            "ZUOXI_ENCRYPTION_KEY": keep_secret(state_dir / "encryption_key", make_key_setting),
            "ZUOXI_BADGE_KEYS": keep_secret(state_dir / "badge_keys", make_badge_key_setting),
            "SMTP_URL": self.mail_sink.url if self.mail_sink else "",
            "ZUOXI_BASE_URL": self.base_url,
            # Browsers keep a secure cookie to themselves on a page that came without TLS.
            "ZUOXI_SECURE_COOKIES": "0",
            **{name: value for name, value in environ.items() if value},
            "DATABASE_URL": services.database_url,
            "REDIS_URL": services.redis_url,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything. Raises SupervisorError when the port is taken."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise SupervisorError(
                    f"Port {self.port} on 127.0.0.1 cannot be used ({error.strerror}). "
                    "End what listens there, or choose another port."
                ) from None
        if self.mail_sink:
            self.mail_sink.start()
        self.tend()

    def tend(self) -> list[str]:
        """Start what is due to run and does not; return the names of what was found dead."""
        dead = self._services.restart_dead()
        now = time.monotonic()
        for run in self._runs:
            code = run.process.poll() if run.process else None
            if code is not None:
                run.note_death(at=now)
                dead.append(run.child.name)
                logger.warning("process died", process=run.child.name, code=code)
            if run.process is None and now >= run.start_again_at:
                run.started_at = now
                run.process = spawn(
                    run.child.command,
                    log=self._log(run.child),
                    environ=self.environ,
                    cwd=ROOT,
                    parent_death_signal=signal.SIGTERM,
                )
        return dead

    def find_pid(self, name: str) -> int | None:
        """Return the process id of a running child, or None while it is down."""
        run = next(run for run in self._runs if run.child.name == name)
        return run.process.pid if run.process else None

    def wait_healthy(self, url: str | None = None, *, seconds: float = 60.0) -> None:
        """Wait until the address (default: /health) answers with success.

        Raises SupervisorError when it does not in time, or at once when a process keeps dying.
        """
        url = url or f"{self.base_url}/health"
        deadline = time.monotonic() + seconds
        while not _answers(url):
            self.tend()
            for run in self._runs:
                if run.deaths_in_a_row >= HOPELESS_DEATHS:
                    raise SupervisorError(self._describe(run.child, "keeps ending"))
            if time.monotonic() > deadline:
                raise SupervisorError(
                    self._describe(self._runs[0].child, f"gives no answer at {url} after {seconds:.0f} s")
                )
            time.sleep(TEND_SECONDS)

    def run_until_signal(self) -> signal.Signals:
        """Tend until SIGINT, SIGTERM or SIGHUP comes, and return which. `stop` is the caller's next step."""
        came: list[signal.Signals] = []
        woken = threading.Event()

        def note(number: int, _frame: object) -> None:
            came.append(signal.Signals(number))
            woken.set()

        awaited = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, note) for number in awaited}
        try:
            while not woken.wait(TEND_SECONDS):
                self.tend()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return came[0]

    def stop(self) -> None:
        """End every process; those that do not leave when asked are killed. Database and queue go on."""
        running = [run.process for run in self._runs if run.process]
        # All are asked first, so that they leave at the same time.
        for process in running:
            process.send_signal(STOP_STEPS[0][0])
        for process in running:
            end(process, STOP_STEPS)
        for run in self._runs:
            run.process = None
        if self.mail_sink:
            self.mail_sink.stop()
            self.mail_sink = None

    def _log(self, child: Child) -> Path:
        return self._log_dir / f"{child.name}.log"

    def _describe(self, child: Child, trouble: str) -> str:
        log = self._log(child)
        return f"The process {child.name!r} {trouble}. The end of {log}:\n{read_tail(log)}"


def keep_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret kept in a file that only its owner reads, making it the first time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    # Written beside and linked, so that two who start at once agree and nobody ever reads half of it.
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=".secret-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{make()}\n")
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    finally:
        Path(partial).unlink()
    return path.read_text().strip()


def _answers(url: str) -> bool:
    # A proxy from the environment has no business between us and our own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
