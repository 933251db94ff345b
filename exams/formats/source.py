"""Read a foreign file from the disk and find out which format it has."""

from __future__ import annotations

import re
from pathlib import Path

from exams.formats.gift_reader import read_gift
from exams.formats.moodle_reader import read_moodle_xml
from exams.formats.parts import FolderParts, ZipParts
from exams.formats.qti_package import FOREIGN_ROOTS, ROOTS, read_package, read_single
from exams.formats.questions import Entry, Watch, refuse
from exams.formats.xml_tree import parse

LARGEST_FILE = 50_000_000
FORMATS = "GIFT, Moodle XML or QTI 2"
_BINARY = {
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip file: unpack it first",
}
_ROOT = re.compile(rf"<(?:[\w.-]+:)?(?:{'|'.join(['quiz', *ROOTS, *FOREIGN_ROOTS])})[\s/>]".encode())


def read_questions(path: Path, watch: Watch = iter) -> tuple[str, list[Entry]]:
    """Return the format's name and what the file says. Raises FormatError.

    A zip file is a QTI package, what begins with "<?xml" or a root that we know is told apart by its root,
    and everything else must be GIFT.
    """
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise refuse(1, f"the file has {size:,} bytes: split it into files of at most {LARGEST_FILE:,}.")
    content = path.read_bytes()
    for beginning, name in _BINARY.items():
        if content.startswith(beginning):
            raise refuse(1, f"it is {name}; give a {FORMATS} file.")
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise refuse(1, "the file is empty: export the questions again.")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "QTI package", read_package(ZipParts(path), watch)
    if not _is_xml(content):
        return "GIFT", read_gift(decode(content))
    root = parse(content)
    if root.name in ROOTS:
        return "QTI", read_single(root, FolderParts(path.parent), path.name)
    if root.name in FOREIGN_ROOTS:
        raise refuse(root.line, f"{FOREIGN_ROOTS[root.name]}.")
    return "Moodle XML", read_moodle_xml(root)


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
        raise refuse(line, f"there is a NUL byte, so it is no text: give a {FORMATS} file.")
    return words.replace("\r\n", "\n").replace("\r", "\n")


def _is_xml(content: bytes) -> bool:
    head = content[:200].removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head[: len(head) // 2 * 2].decode("utf-16", errors="ignore").encode()
    stripped = head.lstrip()
    return stripped.startswith((b"<?xml", b"<!DOCTYPE", b"<!--")) or _ROOT.match(stripped) is not None
