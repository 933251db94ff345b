"""Password hashing: argon2id, a few at a time, so that a rush of sign-ins cannot take every core."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MIN_LENGTH = 8
MAX_LENGTH = 128

# 19 MiB, two passes: the OWASP minimum, about 40 ms of one core.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turns = threading.BoundedSemaphore(2)


def use_cheap_hashing() -> None:
    """Make hashing nearly free, for tests: real passwords are never hashed like this."""
    global _hasher
    _hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hash_password(password: str) -> str:
    """Return the hash to store."""
    with _turns:
        return _hasher.hash(password)


def password_matches(stored_hash: str, password: str) -> bool:
    """Say whether the password is the one behind the hash."""
    with _turns:
        try:
            return _hasher.verify(stored_hash, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


# Checked when no account exists, so that an unknown name takes as long as a wrong password.
NOBODYS_HASH = hash_password("nobody has this password")
