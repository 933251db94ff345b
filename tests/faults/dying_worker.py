"""A worker that is killed with SIGKILL between claim and save, once for each topic.

Run as `python -m tests.faults.dying_worker QUEUE MARKERS`: MARKERS is a folder in which each topic that has
died leaves a file, so that the next worker lives through it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from app.cli.processes import worker
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


if __name__ == "__main__":
    die_once(Path(sys.argv[2]))
    worker(["--queue", sys.argv[1]], standalone_mode=True)
