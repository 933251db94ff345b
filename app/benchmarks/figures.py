"""Percentiles, and processor time that a busy machine does not stretch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SHARES = (50, 95, 99, 100)
HEADING = f"{'':<44} {'n':>5} {'p50':>8} {'p95':>8} {'p99':>8} {'most':>8}"


def row_of(title: str, values: Sequence[float]) -> str:
    """Return a line of a table: how many, median, 95th and 99th percentile, the largest."""
    if not values:
        return f"{title:<44} {0:>5}"
    cells = " ".join(f"{value:>8.1f}" for value in np.percentile(values, SHARES))
    return f"{title:<44} {len(values):>5} {cells}"


class ProcessorClock:
    """Counts the processor seconds of this thread and of the database's process that works for it.

    On a shared machine a wall clock measures the neighbours too. Linux keeps the other process's time in
    nanoseconds; where that cannot be read, `is_whole` is False and only this thread's is counted.
    """

    def __init__(self, server_pid: int) -> None:
        self._path = Path(f"/proc/{server_pid}/schedstat")
        self.is_whole = self._path.exists()

    def seconds(self) -> float:
        server = int(self._path.read_text().split()[0]) / 1e9 if self.is_whole else 0.0
        return time.thread_time() + server
