"""The supervisor with real processes: what dies comes back, what is told to end ends, nothing is left."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from app import supervisor as supervisor_module
from app.child_process import processes_in, wait_until
from app.embedded import Services
from app.mail_sink import MailSink
from app.supervisor import Child, Supervisor, SupervisorError, keep_secret, pause_after

SERVICES = Services(database_url="postgresql+psycopg://db/zuoxi", redis_url="redis://queue", servers=())

ANSWER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(str(os.getpid()).encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
WRITE_ENVIRONMENT = (
    "import json, os, sys, time; print(json.dumps(dict(os.environ)), flush=True); time.sleep(600)"
)
FAIL = "raise SystemExit('the shelf is empty')"
IGNORE_SIGTERM = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.chdir(sys.argv[1])
time.sleep(600)
"""
# A supervisor as a process of its own, whose children work in a directory that gives them away.
SUPERVISE = """
import sys
from pathlib import Path
from app.embedded import Services
from app.supervisor import Child, Supervisor
state_dir, home, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
child = Child(name="sleeper", command=(sys.executable, "-c",
    "import os, sys, time; os.chdir(sys.argv[1]); time.sleep(600)", home))
services = Services(database_url="x", redis_url="y", servers=())
with Supervisor(state_dir=state_dir, services=services, environ={}, port=port, children=[child]) as one:
    one.start()
    print("ready", flush=True)
    print(one.run_until_signal().name, flush=True)
"""

MakeSupervisor = Callable[..., Supervisor]


def python(name: str, code: str, *arguments: str) -> Child:
    return Child(name=name, command=(sys.executable, "-c", code, *arguments))


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
    return number


@pytest.fixture
def supervise(tmp_path: Path, port: int) -> Iterator[MakeSupervisor]:
    made: list[Supervisor] = []

    def make(*children: Child, environ: dict[str, str] | None = None) -> Supervisor:
        supervisor = Supervisor(
            state_dir=tmp_path, services=SERVICES, environ=environ or {}, port=port, children=children
        )
        made.append(supervisor)
        return supervisor

    yield make
    for supervisor in made:
        supervisor.stop()


def test_starts_a_killed_process_again(supervise: MakeSupervisor, port: int) -> None:
    supervisor = supervise(python("web", ANSWER, str(port)))
    supervisor.start()
    supervisor.wait_healthy()
    first = supervisor.find_pid("web")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)

    assert supervisor.tend() == ["web"]

    supervisor.wait_healthy()
    assert supervisor.find_pid("web") not in (None, first)


@pytest.mark.parametrize(("deaths", "seconds"), [(1, 0.5), (2, 1.0), (6, 16.0), (7, 30.0), (50, 30.0)])
def test_waits_twice_as_long_after_each_death_in_a_row(deaths: int, seconds: float) -> None:
    assert pause_after(deaths) == seconds


def test_gives_up_on_a_process_that_keeps_ending_and_shows_its_words(
    supervise: MakeSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "SHORTEST_PAUSE", 0.01)
    supervisor = supervise(python("web", FAIL))
    supervisor.start()

    with pytest.raises(SupervisorError, match=r"'web' keeps ending[\s\S]*the shelf is empty"):
        supervisor.wait_healthy()


def test_says_so_when_the_port_is_taken(supervise: MakeSupervisor, port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(SupervisorError, match=f"Port {port} on 127.0.0.1 cannot be used"),
    ):
        supervise(python("web", ANSWER, str(port))).start()


def test_ends_a_process_that_does_not_listen(
    supervise: MakeSupervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "STOP_STEPS", ((signal.SIGTERM, 0.1),))
    home = tmp_path / "home"
    home.mkdir()
    supervisor = supervise(python("deaf", IGNORE_SIGTERM, str(home)))
    supervisor.start()
    assert wait_until(lambda: bool(processes_in(home)), seconds=20)

    supervisor.stop()

    assert processes_in(home) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_leaves_nothing_behind_whatever_ends_it(tmp_path: Path, port: int, number: signal.Signals) -> None:
    home = tmp_path / "home"
    home.mkdir()
    parent = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(tmp_path), str(home), str(port)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    assert wait_until(lambda: bool(processes_in(home)), seconds=20)

    parent.send_signal(number)

    said, _ = parent.communicate(timeout=60)
    assert said.decode() == ("" if number is signal.SIGKILL else f"{number.name}\n")
    assert wait_until(lambda: processes_in(home) == [], seconds=20)


class TestEnvironment:
    def test_is_what_a_process_needs_and_the_same_on_the_next_day(
        self, supervise: MakeSupervisor, tmp_path: Path
    ) -> None:
        supervisor = supervise(python("echo", WRITE_ENVIRONMENT), environ={"LANG": "C.UTF-8"})
        supervisor.start()
        log = tmp_path / "log" / "echo.log"
        assert wait_until(lambda: log.read_text().endswith("\n"), seconds=20)
        seen = json.loads(log.read_text())

        assert seen["DATABASE_URL"] == SERVICES.database_url
        assert seen["REDIS_URL"] == SERVICES.redis_url
        assert seen["LANG"] == "C.UTF-8"
        assert len(seen["SECRET_KEY"]) >= 32
        again = supervise(environ={"LANG": "C.UTF-8"})
        kept = ("SECRET_KEY", "ZUOXI_ENCRYPTION_KEY", "ZUOXI_BADGE_KEYS")
        assert [again.environ[name] for name in kept] == [seen[name] for name in kept]

    def test_takes_what_is_given_over_what_it_would_make(self, supervise: MakeSupervisor) -> None:
        given = {"SMTP_URL": "smtp://mail:25", "SECRET_KEY": "given", "ZUOXI_BASE_URL": "http://elsewhere"}

        supervisor = supervise(environ=given)

        assert given.items() <= supervisor.environ.items()
        assert supervisor.mail_sink is None

    def test_secrets_are_made_once_and_for_their_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "var" / "secret_key"

        assert keep_secret(path, lambda: "first") == "first"
        assert keep_secret(path, lambda: "second") == "first"
        assert path.stat().st_mode & 0o777 == 0o600
        assert list(path.parent.iterdir()) == [path]


class TestMailSink:
    @pytest.fixture
    def sink(self, tmp_path: Path) -> Iterator[MailSink]:
        sink = MailSink(tmp_path / "mail")
        sink.start()
        yield sink
        sink.stop()

    def test_keeps_what_is_sent_in_order(self, sink: MailSink) -> None:
        with smtplib.SMTP("127.0.0.1", int(sink.url.rpartition(":")[2]), timeout=20) as client:
            for number in range(3):
                message = EmailMessage()
                message["Subject"] = f"验证码 {number}"
                message["From"] = "坐席 <no-reply@zuoxi.example>"
                message["To"] = "agent@zuoxi.example"
                message.set_content(f"您的验证码是 {number}。\n")
                client.send_message(message)

        kept = sink.read_messages()

        assert [message["Subject"] for message in kept] == ["验证码 0", "验证码 1", "验证码 2"]
        assert kept[2].get_content().strip() == "您的验证码是 2。"

    def test_ends_while_somebody_is_connected(self, sink: MailSink) -> None:
        client = smtplib.SMTP("127.0.0.1", int(sink.url.rpartition(":")[2]), timeout=20)

        sink.stop()

        client.close()
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP("127.0.0.1", int(sink.url.rpartition(":")[2]), timeout=20)
