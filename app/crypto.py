"""Encryption of single fields: AES-256-GCM with a key id, bound to the row by its id.

Keys come from one setting, `ZUOXI_ENCRYPTION_KEY`: one or more `id:base64` pairs with commas between; the
first one encrypts, all of them decrypt, so a key can be changed without a pause.
"""

from __future__ import annotations

import base64
import binascii
import os
import uuid

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32


class FieldCipher:
    """Encrypts and decrypts fields; raises ValueError at once for a malformed key setting."""

    def __init__(self, setting: str) -> None:
        self._keys: dict[str, AESGCM] = {}
        for pair in setting.split(","):
            key_id, _, encoded = pair.strip().partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error as error:
                raise ValueError(f"encryption key {key_id!r} is not base64") from error
            if not key_id or len(key) != KEY_BYTES:
                raise ValueError(f"encryption key {key_id!r} must be id:base64 of {KEY_BYTES} bytes")
            self._keys[key_id] = AESGCM(key)
        self.current_key_id = next(iter(self._keys))

    def encrypt(self, text: str, *, row_id: uuid.UUID) -> bytes:
        """Return nonce and ciphertext; only the same row id decrypts it."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._keys[self.current_key_id].encrypt(nonce, text.encode(), row_id.bytes)

    def decrypt(self, ciphertext: bytes, *, row_id: uuid.UUID, key_id: str) -> str:
        """Return the text; raises cryptography's InvalidTag unless row, key and bytes belong together."""
        nonce, sealed = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
        return self._keys[key_id].decrypt(nonce, sealed, row_id.bytes).decode()


def make_key_setting() -> str:
    """Return a fresh value for ZUOXI_ENCRYPTION_KEY."""
    return f"k1:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"
