"""Certificate numbers that can be read aloud, and the digest that ties a certificate to its evidence.

A number looks like ZX-26-7KQM-3WXA-P: our mark, the year, eight characters, one check character. The 31
characters leave out 0, O, 1, I and L, so the alphanumeric system of ISO/IEC 7064, MOD 37,36, cannot be used:
its check character may be any of the 36. The check is built as that standard builds its pure systems: the
characters' values, weighted with powers of a radix, add up to 1 modulo M. Our M is 31, a prime, so that check
characters come from the same alphabet, and the radix 3 is a primitive root of it. Hence every single wrong
character is found, and every swap of two of the nine.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from exams.items import Text

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
MODULUS = len(ALPHABET)
RADIX = 3
BODY_LENGTH = 8
SPACE = MODULUS**BODY_LENGTH
"""How many numbers a year has: about 8.5e11, so that guessing one is hopeless."""

_SHAPE = re.compile(r"ZX(\d\d)([A-Z0-9]{8})([A-Z0-9])", re.ASCII)


class CertificateNumberError(ValueError):
    """What was typed is no certificate number; `sentence` says what to look at."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


def make_certificate_number(*, year: int, entropy: int) -> str:
    """Return the number for a year and a random integer from 0 to SPACE - 1.

    The caller draws the integer, and draws again when the number is taken.
    """
    if not 2000 <= year <= 2099:
        raise ValueError(f"the year {year} does not fit into two digits of this century")
    if not 0 <= entropy < SPACE:
        raise ValueError(f"entropy {entropy} is not from 0 to {SPACE - 1}")
    digits = []
    for _ in range(BODY_LENGTH):
        entropy, digit = divmod(entropy, MODULUS)
        digits.append(ALPHABET[digit])
    body = "".join(digits)
    return _write(year % 100, body, _check_character(year % 100, body))


def parse_certificate_number(words: str) -> str:
    """Return the number in its one written form, from what a person typed.

    Case, width, blanks and hyphens are free. Raises CertificateNumberError with a sentence that helps to find
    the typing error.
    """
    bare = "".join(
        character for character in unicodedata.normalize("NFKC", words).upper() if character.isalnum()
    )
    found = _SHAPE.fullmatch(bare) if len(words) <= 100 else None
    if found is None:
        raise CertificateNumberError(
            Text(
                zh="证书编号的样子是 ZX-26-XXXX-XXXX-X，请对照证书检查有没有漏字或多字。",
                en="A certificate number looks like ZX-26-XXXX-XXXX-X. "
                "Check that no character is missing or added.",
            )
        )
    year, body, check = int(found[1]), found[2], found[3]
    strange = [character for character in body + check if character not in ALPHABET]
    if strange:
        raise CertificateNumberError(
            Text(
                zh=f"证书编号里不会出现“{strange[0]}”（数字 0、1 和字母 O、I、L 都不用），请对照证书检查。",
                en=f"A certificate number never contains {strange[0]} (0, 1, O, I and L are not used). "
                "Compare it with the certificate.",
            )
        )
    if check != _check_character(year, body):
        raise CertificateNumberError(
            Text(
                zh="这个编号有一处输错了：某个字符不对，或相邻两个字符颠倒了，请对照证书检查。",
                en="There is a typing error in this number: a wrong character, or two swapped. "
                "Compare it with the certificate.",
            )
        )
    return _write(year, body, check)


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Return the one byte string for a value of objects, lists, texts, whole numbers, true, false and null.

    This is the part of RFC 8785 (JSON Canonicalization Scheme) on which all writers agree: keys are ASCII
    and sorted, no blanks, UTF-8, and no fractions - write those as text or in a smaller unit. Raises
    ValueError otherwise.
    """
    _refuse_ambiguous(value, "payload")
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def payload_digest(payload: Mapping[str, Any], *, previous_digest: str = "") -> str:
    """Return the SHA-256, in hex, that stands for the payload in the chain of evidence.

    `previous_digest` is the digest of the link before (the exam attempt's, for a certificate): a change
    anywhere in the chain changes every digest after it.
    """
    return hashlib.sha256(previous_digest.encode() + b"\n" + canonical_json(payload)).hexdigest()


def _write(year: int, body: str, check: str) -> str:
    return f"ZX-{year:02d}-{body[:4]}-{body[4:]}-{check}"


def _check_character(year: int, body: str) -> str:
    # The year's two digits are not of the alphabet, so they count as one value in front.
    values = [year, *(ALPHABET.index(character) for character in body)]
    total = sum(value * RADIX**power for power, value in enumerate(reversed(values), start=1))
    return ALPHABET[(1 - total) % MODULUS]


def _refuse_ambiguous(value: object, where: str) -> None:
    if value is None or isinstance(value, bool | int | str):
        return
    if isinstance(value, list | tuple):
        for position, entry in enumerate(value):
            _refuse_ambiguous(entry, f"{where}[{position}]")
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise ValueError(f"{where} has the key {key!r}: keys are ASCII text")
            _refuse_ambiguous(entry, f"{where}.{key}")
    else:
        raise ValueError(f"{where} is {value!r}: write it as text or as a whole number")
