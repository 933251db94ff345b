"""Bytes into lines of text, whatever editor or spreadsheet wrote them."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

CHUNK_BYTES = 1 << 16
# A line that is longer holds no contact: it is a file of another kind, or one quote that was never closed.
LONGEST_LINE = 100_000


class UnknownEncodingError(ValueError):
    """The bytes are text in no encoding that is read here."""


def detect_encoding(content: bytes) -> str:
    """Return the encoding of a file: UTF-8 (with or without its mark) or GB18030, which includes GBK.

    A file that is neither throughout is taken for UTF-8 with broken lines. Raises UnknownEncodingError for
    UTF-16 and UTF-32, which spreadsheets call "Unicode text".
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise UnknownEncodingError
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    for encoding in ("utf-8", "gb18030"):
        if _decodes(content, encoding):
            return encoding
    return "utf-8"


def _decodes(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    view = memoryview(content)
    try:
        for start in range(0, len(content), CHUNK_BYTES):
            decoder.decode(bytes(view[start : start + CHUNK_BYTES]))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def lines_of(content: bytes, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield each line's number and text without its end. Bytes that are no text become lone surrogates.

    A line of more than LONGEST_LINE characters comes cut, one character too long.
    """
    with io.TextIOWrapper(
        io.BytesIO(content), encoding=encoding, errors="surrogateescape", newline=None
    ) as text:
        number = 0
        while line := text.readline(LONGEST_LINE + 2):
            number += 1
            if len(line) > LONGEST_LINE + 1 and not line.endswith("\n"):
                _skip_rest(text)
                line = line[: LONGEST_LINE + 1]
            yield number, line.rstrip("\n")


def _skip_rest(text: io.TextIOWrapper) -> None:
    while rest := text.readline(LONGEST_LINE):
        if rest.endswith("\n"):
            return


def is_broken(line: str) -> bool:
    """Say whether a line holds bytes that are no text."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return True
    return False
