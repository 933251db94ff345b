"""Password hashing: argon2id, one at a time and after everything else: a rush of sign-ins starves nobody."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MIN_LENGTH = 8
MAX_LENGTH = 128
# The kernel gives a thread of this niceness a tenth of what one of the usual niceness gets.
NICENESS = 10

# 19 MiB, two passes: the OWASP minimum, about 40 ms of one core.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_thread: ThreadPoolExecutor | None = None
_making = threading.Lock()

# Checked when no account exists, so that an unknown name takes as long as a wrong password.
NOBODYS_HASH = _hasher.hash("nobody has this password")


def use_cheap_hashing() -> None:
    """Make hashing nearly free, for tests: real passwords are never hashed like this."""
    global _hasher
    _hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hash_password(password: str) -> str:
    """Return the hash to store. Call it outside a transaction: others may be waiting for their turn."""
    return _background().submit(_hasher.hash, password).result()


def password_matches(stored_hash: str, password: str) -> bool:
    """Say whether the password is the one behind the hash; call it outside a transaction too."""
    try:
        return _background().submit(_hasher.verify, stored_hash, password).result()
    except (VerifyMismatchError, InvalidHashError):
        return False


def _background() -> ThreadPoolExecutor:
    """Return the thread that hashes: on Linux, saves of answers and pages come before it."""
    global _thread
    with _making:
        if _thread is None:
            _thread = ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=_come_last)
        return _thread


def _come_last() -> None:
    # Elsewhere niceness belongs to the whole process. A thread cannot get its old one back: hence its own.
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _forget_thread() -> None:
    """A forked process has no thread but the one that forked."""
    global _thread, _making
    _thread, _making = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_thread)
