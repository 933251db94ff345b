"""Read the items of a QTI file: an item, a test with the items beside it, or a package with its manifest.

Which file is an item is decided by what it holds. The manifest (IMS Content Packaging) and the tests give the
order and the categories, and what they name but nobody finds is told. Nothing is ever unpacked to the disk.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from urllib.parse import unquote

from exams.formats.parts import Parts, resolve
from exams.formats.qti_reader import read_item
from exams.formats.questions import Entry, Finding, FormatError, Question, Watch, refuse
from exams.formats.xml_tree import Node, parse

MANIFEST = "imsmanifest.xml"
ROOTS = ("assessmentItem", "assessmentTest", "assessmentSection", "manifest")
FOREIGN_ROOTS = {
    "questestinterop": "it is QTI 1: export it as QTI 2.2",
    "qti-assessment-item": "it is QTI 3: export it as QTI 2.2",
    "qti-assessment-test": "it is QTI 3: export it as QTI 2.2",
}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_TEST_LOSSES = ("timeLimits", "preCondition", "branchRule", "selection", "itemSessionControl", "testFeedback")


@dataclasses.dataclass
class _Collection:
    """What has been found so far, by the name of the file."""

    parts: Parts
    entries: dict[str, Entry] = dataclasses.field(default_factory=dict)
    findings: dict[Finding, None] = dataclasses.field(default_factory=dict)
    order: dict[str, str] = dataclasses.field(default_factory=dict)

    def tell(self, line: int, message: str, part: str, *, harmless: bool = False) -> None:
        self.findings[Finding(line=line, title=None, message=message, part=part, harmless=harmless)] = None


def read_single(root: Node, parts: Parts, name: str) -> list[Entry]:
    """Return what an XML file holds whose root is one of ROOTS; `parts` are the files beside it."""
    if root.name == "assessmentItem":
        try:
            return [read_item(root, "")]
        except FormatError as error:
            return list(error.findings)
    found = _Collection(parts)
    waiting = [*_read_part(found, root, name)]
    _follow(found, waiting)
    return _finish(found)


def read_package(parts: Parts, watch: Watch = iter) -> list[Entry]:
    """Return what a package holds. Raises FormatError for one without any item."""
    found = _Collection(parts)
    names = parts.names()
    manifests = sorted(
        (name for name in names if name.rpartition("/")[2].lower() == MANIFEST),
        key=lambda one: one.count("/"),
    )
    if not manifests:
        found.tell(1, f"there is no {MANIFEST}: all its XML files are read.", "", harmless=True)
    xml = [name for name in names if name.lower().endswith(".xml")]
    _follow(found, [*manifests, *xml], watch)
    others = len(names) - len(xml)
    if others:
        message = f"{others} files that are no XML (pictures, styles) are not read."
        found.tell(1, message, "", harmless=True)
    for fault in parts.faults:
        found.tell(1, fault, "")
    entries = _finish(found)
    if not entries or all(isinstance(entry, Finding) and entry.harmless for entry in entries):
        raise refuse(1, "there is no QTI item in the package: give a package with QTI 2 items.")
    return entries


def _follow(found: _Collection, waiting: list[str], watch: Watch = iter) -> None:
    """Read each file once, and then those it names."""
    seen: set[str] = set()
    for name in watch(waiting):
        if name in seen:
            continue
        seen.add(name)
        try:
            root = parse(found.parts.read(name))
        except FormatError as error:
            first = error.findings[0]
            found.entries[name] = dataclasses.replace(first, part=name)
            continue
        waiting.extend(_read_part(found, root, name))


def _read_part(found: _Collection, root: Node, name: str) -> Iterator[str]:
    """Take in one file and yield the names of those it refers to."""
    if root.name == "assessmentItem":
        try:
            found.entries[name] = read_item(root, name)
        except FormatError as error:
            found.entries[name] = error.findings[0]
    elif root.name in ("assessmentTest", "assessmentSection"):
        yield from _read_test(found, root, name)
    elif root.name == "manifest":
        yield from _read_manifest(found, root, name)
    elif root.name in FOREIGN_ROOTS:
        found.tell(root.line, f"{FOREIGN_ROOTS[root.name]}.", name)
    elif root.name == "quiz":
        found.tell(root.line, "it is Moodle XML: give the file by itself.", name)
    elif name in found.order:
        found.tell(root.line, f"<{root.name[:60]}> is no QTI item: give <assessmentItem>.", name)


def _read_test(found: _Collection, root: Node, name: str) -> Iterator[str]:
    losses = sorted({f"<{node.name}>" for node in root.walk() if node.name in _TEST_LOSSES})
    if losses:
        found.tell(
            root.line,
            f"of the test only the questions are kept, not {', '.join(losses)}.",
            name,
            harmless=True,
        )
    waiting = [(root, "")]
    while waiting:
        node, category = waiting.pop()
        if node.name in ("assessmentItemRef", "assessmentSectionRef"):
            target = _target(found, node, node.get("href"), name)
            if target is not None:
                found.order[target] = found.order.get(target) or category
                yield target
        if node.name == "assessmentSection":
            title = node.get("title") or node.get("identifier")
            category = f"{category}/{title}" if category else title
        waiting.extend((child, category) for child in reversed(node.children))


def _read_manifest(found: _Collection, root: Node, name: str) -> Iterator[str]:
    for resources in root.each("resources"):
        for node in resources.each("resource"):
            files = [file.get("href") for file in node.each("file") if file.get("href")]
            href = node.get("href") or (files[0] if files else "")
            if not node.get("type").startswith("imsqti_") and not href.lower().endswith(".xml"):
                continue
            target = _target(found, node, resources.get("xml:base") + node.get("xml:base") + href, name)
            if target is not None:
                found.order.setdefault(target, "")
                yield target


def _target(found: _Collection, node: Node, href: str, base: str) -> str | None:
    """Return the name of a file that is there; what is not is told."""
    said = href[:120]
    if not href:
        found.tell(node.line, f"<{node.name}> names no file: give it an href.", base)
        return None
    if _SCHEME.match(href):
        found.tell(node.line, f"{said!r} lies outside the package: put the file into it.", base)
        return None
    path = resolve(base, unquote(href.partition("#")[0].partition("?")[0]))
    if path is None:
        found.tell(node.line, f"{said!r} leads out of the package: put the file into it.", base)
        return None
    name = found.parts.find(path)
    if name is None:
        found.tell(node.line, f"{said!r} is not there: put the file into the package, or remove it.", base)
    return name


def _finish(found: _Collection) -> list[Entry]:
    """Return everything in the order of the tests, then of the manifest, then of the names."""
    wanted = [name for name, category in found.order.items() if category]
    wanted += [name for name, category in found.order.items() if not category]
    entries: list[Entry] = []
    for name in dict.fromkeys([*wanted, *sorted(found.entries)]):
        entry = found.entries.get(name)
        if isinstance(entry, Question):
            category = found.order.get(name) or name.rpartition("/")[0]
            entries.append(dataclasses.replace(entry, category=category))
        elif entry is not None:
            entries.append(entry)
    return [*entries, *found.findings]
