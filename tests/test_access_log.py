"""The lines that gunicorn writes about requests hold nobody's secret."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]

from app.cli import processes
from app.cli.access_log import AccessLogger

TOKEN = "Zq3-secret_token"


def write_line(uri: str, *, referer: str = "-") -> str:
    """Return the whole line, in gunicorn's own format, that one request leaves."""
    config = Config()
    path, _, query = uri.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": uri,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_REFERER": referer,
    }
    answer = SimpleNamespace(status="200 OK", sent=5, headers=[])
    atoms = AccessLogger(config).atoms(answer, SimpleNamespace(headers=[]), environ, dt.timedelta())
    assert TOKEN not in str(atoms)
    line: str = config.access_log_format % {**atoms, "u": "-"}
    return line


@pytest.mark.parametrize(
    "uri",
    [f"/calendar/{TOKEN}.ics", f"/calendar/{TOKEN}", f"/calendar//{TOKEN}.ics", f"/a?next=/calendar/{TOKEN}"],
)
def test_the_secret_of_a_calendar_is_not_written(uri: str) -> None:
    assert "/calendar/***" in write_line(uri)
    assert "/calendar/***" in write_line("/", referer=f"https://zuoxi.example{uri}")


@pytest.mark.parametrize(
    "uri", ["/agent/calendar", "/agent/calendar/address", "/calendars", "/sign-in?next=/"]
)
def test_other_addresses_are_written_in_full(uri: str) -> None:
    assert f'"GET {uri} HTTP/1.1" 200' in write_line(uri)


def test_the_web_process_writes_its_lines_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import gunicorn.app.wsgiapp  # type: ignore[import-untyped]

    seen: list[type] = []
    monkeypatch.setattr("sys.argv", ["zuoxi"])
    monkeypatch.setattr("app.cli.environment.configure_logs", lambda: None)
    monkeypatch.setattr(
        gunicorn.app.wsgiapp.WSGIApplication, "run", lambda self: seen.append(self.cfg.logger_class)
    )

    processes.serve.main([], standalone_mode=False)

    assert seen == [AccessLogger]
