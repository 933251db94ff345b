"""No index of the compiled code lies beyond its array."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("count", [6, pytest.param(600, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_no_index_lies_beyond_its_array_in_hostile_seasons(count: int) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.scheduling.matching.interpreted", "1", str(count)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr[-4000:]
    assert run.stdout.count(f": {count} seasons") == 4
