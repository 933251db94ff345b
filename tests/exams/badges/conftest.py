"""The W3C's test vectors: used where they are, and said where they are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("ZUOXI_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))
VECTORS = DATA / "openbadges" / "TestVectors"
collect_ignore = [] if VECTORS.is_dir() else ["test_vectors.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for test in collect_ignore:
        terminalreporter.write_line(
            f"left out: tests/exams/badges/{test}, no data at {VECTORS} (set ZUOXI_DATA)"
        )


@pytest.fixture
def vectors() -> Path:
    """The folder of test vectors of the W3C Recommendation on EdDSA cryptosuites."""
    return VECTORS
