"""People who sit an exam while everything around them breaks: the server, the network, the database."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Wire:
    """A network between browser and server that can be cut: in the middle of a request, or of its answer."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._cut = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and each new one, until `mend`."""
        self._cut.set()
        with self._guard:
            for end in self._open:
                # A reset, as when the cable goes: nothing that is on its way arrives.
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    end.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def mend(self) -> None:
        self._cut.clear()

    def close(self) -> None:
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if self._cut.is_set():
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._guard:
                self._open |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with self._guard:
                self._open.discard(end)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Server:
    """`zuoxi serve` with its gunicorn workers, to be killed in part or as a whole."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._environ, self._log = environ, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "app.cli",
                    "serve",
                    "--bind",
                    f"127.0.0.1:{self.port}",
                    "--workers",
                    "2",
                ],
                cwd=ROOT,
                env=self._environ,
                stdout=log,
                stderr=log,
            )
        self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        patience = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                with contextlib.closing(connection):
                    connection.request("GET", "/sign-in")
                    with connection.getresponse() as response:
                        if response.status == 200:
                            return
            assert time.monotonic() < patience, self._log.read_text()[-3000:]
            time.sleep(0.1)

    def kill_worker(self, rng: random.Random) -> None:
        """SIGKILL one gunicorn worker; its master starts another."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(rng.choice(children)), signal.SIGKILL)

    def kill_all(self) -> None:
        """SIGKILL master and workers at once."""
        assert self._process is not None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self.kill_all()


@dataclasses.dataclass(eq=False)
class Candidate(threading.Thread):
    """Somebody who answers at random moments, and sends again what was not acknowledged.

    `acknowledged` is the newest answer to each item that the server has said it keeps; `written` is the
    newest one written at all. Answers are numbered, so the newer of two is known by its words.
    """

    port: int
    attempt_id: str
    token: str
    cookie: str
    items: list[str]
    rng: random.Random
    started: float

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, int] = defaultdict(int)
        self.written: dict[str, int] = defaultdict(int)
        self.requests = self.failures = 0
        self.surprises: list[str] = []
        self.finish = threading.Event()
        self._csrf = ""
        self._jar = {self.cookie: self.token}

    def run(self) -> None:
        count = 0
        while not self.finish.is_set():
            count += 1
            item = self.rng.choice(self.items)
            self.written[item] = count
            sequence = int((time.time() - self.started) * 1000)
            # Sometimes the person goes on before the server has answered, and the older save is left.
            for _ in range(self.rng.choice((1, 3, 8))):
                if self._save(item, count, sequence):
                    self.acknowledged[item] = count
                    break
                time.sleep(self.rng.uniform(0.01, 0.1))
            time.sleep(self.rng.uniform(0, 0.03))

    def drain(self) -> None:
        """Send what was written last for each item until the server has it."""
        patience = time.monotonic() + 60
        for item, count in self.written.items():
            while self.acknowledged[item] < count:
                assert time.monotonic() < patience, f"{item} is not taken"
                if self._save(item, count, int((time.time() - self.started) * 1000)):
                    self.acknowledged[item] = count
                else:
                    time.sleep(0.1)

    def _save(self, item: str, count: int, sequence: int) -> bool:
        """Send one answer; return whether it was acknowledged."""
        self.requests += 1
        form = {"item_id": item, "answer": f"第{count}次", "sequence": sequence, "csrf_token": self._csrf}
        try:
            status, reply = self._ask("POST", f"/agent/attempts/{self.attempt_id}/answers", form)
            if status == 400:
                self._renew()
        except (OSError, http.client.HTTPException):
            self.failures += 1
            return False
        if status == 200:
            return "saved_at" in json.loads(reply)
        if status != 400 and status < 500:
            self.surprises.append(f"{status}: {reply[:200]!r}")
        return False

    def _renew(self) -> None:
        status, page = self._ask("GET", f"/agent/attempts/{self.attempt_id}")
        if status == 200:
            # Any other page says that something is away: the next save asks again.
            self._csrf = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]

    def _ask(self, method: str, path: str, form: dict[str, object] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._jar.items()),
            "Accept": "application/json" if form else "text/html",
        }
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Referer"] = f"http://127.0.0.1:{self.port}/"
        try:
            connection.request(
                method, path, urllib.parse.urlencode(form, doseq=True) if form else None, headers
            )
            with connection.getresponse() as response:
                for cookie in response.headers.get_all("Set-Cookie") or []:
                    name, value = cookie.split(";", 1)[0].split("=", 1)
                    self._jar[name] = value
                return response.status, response.read().decode()
        finally:
            connection.close()
