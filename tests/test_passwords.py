"""Hashing has a thread of its own that comes last, in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import passwords

ROOT = Path(__file__).resolve().parents[1]
# The web server forks its processes, perhaps from one that has hashed already.
FORKED = """
import os
from app import passwords

passwords.use_cheap_hashing()
stored = passwords.hash_password("a password")
pid = os.fork()
if pid == 0:
    os._exit(0 if passwords.password_matches(stored, "a password") else 3)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere niceness is the whole process's")
def test_whoever_waits_for_a_page_comes_before_whoever_signs_in() -> None:
    hashing = passwords._background().submit(os.getpriority, os.PRIO_PROCESS, 0).result()

    assert hashing == os.getpriority(os.PRIO_PROCESS, 0) + passwords.NICENESS


def test_a_forked_process_hashes_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED], cwd=ROOT, timeout=60, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
