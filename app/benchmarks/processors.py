"""Which processes used the machine's processors, and how much of them: read from /proc, on Linux alone."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
OTHERS = "others"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample:
    """Seconds of processor time up to `at`, by group; `idle` and `waiting` (for disks) are the machine's."""

    at: float
    used: Mapping[str, float]
    machine: float
    idle: float
    waiting: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Share:
    """Processors in use between two samples, by group; `busy` is the share of the machine, from 0 to 1."""

    seconds: float
    cores: Mapping[str, float]
    busy: float
    waiting: float


class Processors:
    """Adds up processor time by groups of processes: each is a process with all that it has started."""

    def __init__(self, groups: Mapping[str, Callable[[], int | None]]) -> None:
        """Take a way to find each group's first process."""
        self._groups = groups
        self.count = os.cpu_count() or 1

    def sample(self, *, at: float) -> Sample:
        """Read where the counters stand."""
        parents, seconds = _read_processes()
        owners = {pid: name for name, find in self._groups.items() if (pid := find()) is not None}
        used = dict.fromkeys(self._groups, 0.0)
        for pid, spent in seconds.items():
            above: int | None = pid
            while above is not None and above not in owners:
                above = parents.get(above)
            if above is not None:
                used[owners[above]] += spent
        user, nice, system, idle, waiting, *rest = (
            int(field) / TICKS for field in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]
        )
        return Sample(
            at=at,
            used=used,
            machine=user + nice + system + sum(rest),
            idle=idle + waiting,
            waiting=waiting,
        )

    def share(self, before: Sample, after: Sample) -> Share:
        """Return what was used between two samples."""
        seconds = max(after.at - before.at, 1e-9)
        cores = {name: (after.used[name] - before.used[name]) / seconds for name in after.used}
        machine = after.machine - before.machine
        whole = machine + after.idle - before.idle
        cores[OTHERS] = max(0.0, machine / seconds - sum(cores.values()))
        return Share(
            seconds=seconds,
            cores=cores,
            busy=machine / whole if whole else 0.0,
            waiting=(after.waiting - before.waiting) / whole if whole else 0.0,
        )


def _read_processes() -> tuple[dict[int, int], dict[int, float]]:
    """Return every process's parent and its seconds, those of its ended children included."""
    parents: dict[int, int] = {}
    seconds: dict[int, float] = {}
    for pid, fields in _stat_lines():
        parents[pid] = int(fields[1])
        seconds[pid] = sum(int(field) for field in fields[11:15]) / TICKS
    return parents, seconds


def _stat_lines() -> Iterator[tuple[int, list[str]]]:
    for entry in os.listdir(PROC):
        if entry.isdigit():
            try:
                line = (PROC / entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            # The program's name stands in brackets and may hold blanks.
            yield int(entry), line.rpartition(")")[2].split()
