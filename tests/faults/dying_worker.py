"""A worker that is killed with SIGKILL between claim and save, once for each topic.

Run as `python -m tests.faults.dying_worker QUEUE MARKERS`: MARKERS is a folder in which each topic that has
died leaves a file, so that the next worker lives through it. The next one is forked from this process at
once: there are many topics, and each start from nothing takes seconds.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from app import web  # noqa: F401 - read once, before the workers part from this process
from app.cli.processes import worker
from app.jobs import registry  # noqa: F401 - the same
from app.services import outbox
from app.services.outbox import Claim

_finish = outbox.finish_message


def die_once(markers: Path) -> None:
    """Make the first save of each topic the moment of death."""

    def finish(session: Any, claim: Claim, **values: Any) -> None:
        marker = markers / claim.topic
        try:
            marker.touch(exist_ok=False)
        except FileExistsError:
            _finish(session, claim, **values)
            return
        os.kill(os.getpid(), signal.SIGKILL)

    outbox.finish_message = finish


def keep_a_worker(queue: str, markers: Path) -> int:
    """Run a worker in a process of its own, and another when it is killed; return how the last one ended."""
    stop = {signal.SIGTERM}
    while True:
        signal.pthread_sigmask(signal.SIG_BLOCK, stop)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, stop)
            die_once(markers)
            worker(["--queue", queue], standalone_mode=True)
        signal.signal(signal.SIGTERM, lambda *_, child=child: os.kill(child, signal.SIGTERM))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, stop)
        # Not reaped yet, so that a signal passed on cannot reach a stranger.
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        signal.pthread_sigmask(signal.SIG_BLOCK, stop)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if ended != -signal.SIGKILL:
            return ended


if __name__ == "__main__":
    sys.exit(keep_a_worker(sys.argv[1], Path(sys.argv[2])))
