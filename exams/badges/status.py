"""Bitstring Status List 1.0 (W3C): one bit for each badge, in a list so long that nobody's bit stands out."""

from __future__ import annotations

import base64
import enum
import gzip
import zlib
from collections.abc import Iterable

LIST_BITS = 131_072
"""The shortest list that the standard allows: 16 KiB, a few hundred bytes when hardly any bit is set."""

LONGEST_BYTES = 5 * 1024 * 1024


class Purpose(enum.StrEnum):
    """What a set bit means: for ever, or until it is cleared again."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"


def encode_list(indices: Iterable[int], *, size: int = LIST_BITS) -> str:
    """Return the list with these bits set, index 0 being the highest bit of the first byte.

    gzip writes no time, so the same bits give the same text. Raises ValueError for an index outside the list.
    """
    bits = bytearray(size // 8)
    for index in indices:
        if not 0 <= index < size:
            raise ValueError(f"the status list has no index {index}: it ends at {size - 1}")
        bits[index // 8] |= 0x80 >> (index % 8)
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def is_set(encoded: str, index: int) -> bool:
    """Say whether the list has this bit set. Raises ValueError for a malformed list or a wrong index."""
    if not encoded.startswith("u"):
        raise ValueError("a status list begins with u, for base64url")
    text = encoded[1:]
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj(wbits=31)
        # A few kilobytes may unpack to gigabytes: more than this is nobody's list.
        bits = unpacking.decompress(packed, LONGEST_BYTES)
    except (ValueError, zlib.error) as error:
        raise ValueError(f"the status list cannot be unpacked: {error}") from None
    if not unpacking.eof:
        raise ValueError("the status list ends too early or is far too long")
    if not 0 <= index < len(bits) * 8:
        raise ValueError(f"the status list has no index {index}: it ends at {len(bits) * 8 - 1}")
    return bool(bits[index // 8] & (0x80 >> (index % 8)))
