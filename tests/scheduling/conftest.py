"""Public data for some tests: used where it is, and said where it is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("ZUOXI_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
NEEDED = {
    "demand/test_real_calls.py": DATA / "anonymous_bank_feb1999",
    "workforce/test_real_tenures.py": DATA / "turnover_survival",
}
MISSING = sorted(test for test, folder in NEEDED.items() if not folder.is_dir())
collect_ignore = MISSING


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for test in MISSING:
        terminalreporter.write_line(
            f"left out: tests/scheduling/{test}, no data at {NEEDED[test]} (set ZUOXI_DATA)"
        )


@pytest.fixture
def data() -> Path:
    """The folder of public data."""
    return DATA
