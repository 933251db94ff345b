"""What is stored of a code that was sent: a hash under a key that lies outside the database.

A million codes behind any hash without a key, slow ones too, are tried in less than the ten minutes that a
code lives by whoever owns enough machines. With a key that the reader of the table does not have there is
nothing to try, and it costs next to nothing when thousands sign up in the same minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid

_key = secrets.token_bytes(32)


def use_key(secret: str) -> None:
    """Hash under this installation's secret: each of its processes must know the others' codes."""
    global _key
    _key = hmac.digest(secret.encode(), b"codes that were sent", hashlib.sha256)


def hash_code(code: str, *, row_id: uuid.UUID) -> str:
    """Return what to store; only the same row's hash is comparable."""
    return hmac.new(_key, row_id.bytes + code.encode(), hashlib.sha256).hexdigest()


def code_matches(stored_hash: str, code: str, *, row_id: uuid.UUID) -> bool:
    """Say whether the code is the one behind the row's hash."""
    return hmac.compare_digest(stored_hash, hash_code(code, row_id=row_id))
