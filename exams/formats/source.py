"""Read a foreign file from the disk and find out which format it has."""

from __future__ import annotations

from pathlib import Path

from exams.formats.gift_reader import read_gift
from exams.formats.moodle_reader import read_moodle_xml
from exams.formats.questions import Category, Question, refuse

LARGEST_FILE = 50_000_000
_BINARY = {
    b"PK\x03\x04": "a zip or office file: unpack it first",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip file: unpack it first",
}


def read_questions(path: Path) -> tuple[str, list[Question | Category]]:
    """Return the format's name and what the file says. Raises FormatError.

    Moodle XML is what begins with "<" after blanks; everything else must be GIFT.
    """
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise refuse(1, f"the file has {size:,} bytes: split it into files of at most {LARGEST_FILE:,}.")
    content = path.read_bytes()
    for beginning, name in _BINARY.items():
        if content.startswith(beginning):
            raise refuse(1, f"it is {name}; give a GIFT or Moodle XML file.")
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise refuse(1, "the file is empty: export the questions again.")
    if _is_xml(content):
        return "Moodle XML", read_moodle_xml(content)
    return "GIFT", read_gift(decode(content))


def decode(content: bytes) -> str:
    """Return the text of UTF-8 (or UTF-16 with its mark), every line ended by a line feed."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        words = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refuse(
            line,
            f"there are bytes that are not {encoding.removesuffix('-sig').upper()} (the first is "
            f"0x{content[error.start]:02x}): save the file as UTF-8.",
        ) from None
    if "\0" in words:
        line = words.count("\n", 0, words.index("\0")) + 1
        raise refuse(line, "there is a NUL byte, so it is no text: give a GIFT or Moodle XML file.")
    return words.replace("\r\n", "\n").replace("\r", "\n")


def _is_xml(content: bytes) -> bool:
    head = content[:200].removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="ignore").lstrip().startswith("<?xml")
    stripped = head.lstrip()
    return stripped.startswith((b"<?xml", b"<quiz", b"<!DOCTYPE", b"<!--"))
