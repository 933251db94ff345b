"""Base58 as Bitcoin writes it, which multibase calls `z`: for keys and for the values of proofs."""

from __future__ import annotations

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LONGEST = 200


def encode_base58(data: bytes) -> str:
    """Return the bytes in base58; each leading zero byte is a leading 1."""
    number = int.from_bytes(data)
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(digits))


def decode_base58(text: str) -> bytes:
    """Return the bytes behind base58 text. Raises ValueError for other characters and for very long texts."""
    # The arithmetic is quadratic: a key or a signature has fewer than a hundred characters.
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters are too many for a key or a signature")
    number = 0
    for character in text:
        number = number * 58 + ALPHABET.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
