"""The files that belong together: those of a zip package, or those beside a file."""

from __future__ import annotations

import lzma
import posixpath
import zipfile
import zlib
from pathlib import Path
from typing import Protocol

from exams.formats.questions import refuse

LARGEST_PART = 5_000_000
ALL_PARTS = 500_000_000
MOST_PARTS = 50_000
_UTF8_NAME = 0x800
_LOCKED = 0x1
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class Parts(Protocol):
    """Files by name, with / between folders."""

    faults: list[str]

    def names(self) -> list[str]:
        """Return all names, in the order of the package."""

    def find(self, path: str) -> str | None:
        """Return the name of this file, None when there is none."""

    def read(self, name: str) -> bytes:
        """Return a file. Raises FormatError for one that is too large or damaged."""


def resolve(base: str, href: str) -> str | None:
    """Return the path that a file called `base` means by `href`, None for one that leads out."""
    href = href.replace("\\", "/")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), href))
    leads_out = href.startswith("/") or path == ".." or path.startswith("../") or "\0" in path
    return None if leads_out else path


class FolderParts:
    """The files of one folder, read only when something names them."""

    def __init__(self, folder: Path) -> None:
        self.faults: list[str] = []
        self._folder = folder.resolve()

    def names(self) -> list[str]:
        return []

    def find(self, path: str) -> str | None:
        try:
            target = (self._folder / path).resolve()
            return path if target.is_relative_to(self._folder) and target.is_file() else None
        except (OSError, ValueError, RuntimeError):
            return None

    def read(self, name: str) -> bytes:
        path = self._folder / name
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_PART + 1)
        except OSError as error:
            raise refuse(1, f"it cannot be read ({error.strerror}): mend that.") from None
        return _not_too_large(content)


class ZipParts:
    """The files of a zip package; sizes are counted while unpacking, whatever the package says of them."""

    def __init__(self, path: Path) -> None:
        self.faults: list[str] = []
        self._unpacked = 0
        try:
            self._zip = zipfile.ZipFile(path, metadata_encoding=_find_encoding(path))
        except _DAMAGE as error:
            raise refuse(1, f"it is a damaged zip file ({error}): make the package again.") from None
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        if len(infos) > MOST_PARTS:
            raise refuse(1, f"the package has {len(infos):,} files: split it, at most {MOST_PARTS:,} each.")
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            self._add(info)
        self._folded = {name.casefold(): name for name in self._infos}

    def _add(self, info: zipfile.ZipInfo) -> None:
        name = resolve("", info.filename)
        if name is None:
            self.faults.append(f"the name {info.filename[:120]!r} leads out of the package: rename the file.")
        elif name in self._infos:
            self.faults.append(f"{name[:120]!r} is in the package twice: keep one of them.")
        else:
            self._infos[name] = info

    def names(self) -> list[str]:
        return [name for name in self._infos if not name.startswith("__MACOSX/")]

    def find(self, path: str) -> str | None:
        return path if path in self._infos else self._folded.get(path.casefold())

    def read(self, name: str) -> bytes:
        info = self._infos[name]
        if info.flag_bits & _LOCKED:
            raise refuse(1, "it is locked with a password: make the package without one.")
        try:
            with self._zip.open(info) as file:
                content = file.read(LARGEST_PART + 1)
        except _DAMAGE as error:
            raise refuse(1, f"it cannot be unpacked ({error}): make the package again.") from None
        self._unpacked += len(content)
        if self._unpacked > ALL_PARTS:
            raise refuse(1, f"the package holds more than {ALL_PARTS:,} bytes: split it.")
        return _not_too_large(content)


def _not_too_large(content: bytes) -> bytes:
    if len(content) > LARGEST_PART:
        raise refuse(1, f"it has more than {LARGEST_PART:,} bytes: no question is as long; shorten it.")
    return content


def _find_encoding(path: Path) -> str | None:
    """Return the encoding of names that are not marked as UTF-8: Chinese systems write their own."""
    with zipfile.ZipFile(path) as package:
        names = [info.filename for info in package.infolist() if not info.flag_bits & _UTF8_NAME]
    try:
        raw = [name.encode("cp437") for name in names]
    except UnicodeEncodeError:
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            for name in raw:
                name.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None
