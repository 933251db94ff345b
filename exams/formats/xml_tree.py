"""A small XML reader that knows lines and refuses what could be used against it.

Python's own parsers expand entities, and a few lines of nested ones fill any memory. Here a document type is
refused the moment it is met, before anything in it is read.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from xml.parsers import expat

from exams.formats.questions import FormatError, refuse

DEEPEST = 60
_DECLARED = re.compile(rb"<\?xml[^>]{0,60}\sencoding=[\"'](gb2312|gbk|gb18030|big5)[\"']", re.IGNORECASE)


@dataclasses.dataclass
class Node:
    """One element: its line and what stands in it, texts and children in their order."""

    tag: str
    line: int
    attributes: dict[str, str]
    content: list[str | Node] = dataclasses.field(default_factory=list)
    comments: list[str] = dataclasses.field(default_factory=list)

    @property
    def name(self) -> str:
        """The tag without the prefix of its namespace."""
        return self.tag.rpartition(":")[2]

    @property
    def children(self) -> list[Node]:
        return [part for part in self.content if isinstance(part, Node)]

    @property
    def text(self) -> str:
        """Its own text, not that of its children."""
        return "".join(part for part in self.content if isinstance(part, str))

    def get(self, attribute: str, default: str = "") -> str:
        return self.attributes.get(attribute, default).strip()

    def each(self, tag: str) -> Iterator[Node]:
        return (child for child in self.children if child.name == tag)

    def first(self, tag: str) -> Node | None:
        return next(self.each(tag), None)

    def walk(self) -> Iterator[Node]:
        """Yield the node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


def parse(content: bytes) -> Node:
    """Return the root of a document. Raises FormatError with the line."""
    content, encoding = _recode(content)
    builder = _Builder(encoding)
    try:
        builder.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise refuse(
            error.lineno,
            f"it is not whole XML ({expat.errors.messages[error.code]}{builder.place}): "
            "export the file again or mend it there.",
        ) from None
    except FormatError:
        raise
    except (LookupError, ValueError) as error:
        raise refuse(1, f"its encoding is not known ({error}): save the file as UTF-8.") from None
    return builder.roots[0]


def _recode(content: bytes) -> tuple[bytes, str | None]:
    """Return a file in UTF-16 or a Chinese encoding as UTF-8, whatever expat makes of its first line."""
    declared = _DECLARED.match(content)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif declared is not None:
        encoding = declared[1].decode("ascii")
    else:
        return content, None
    try:
        return content.decode(encoding).encode(), "utf-8"
    except UnicodeError as error:
        begin = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = content[:begin].decode(encoding, errors="replace").count("\n") + 1
        raise refuse(
            line,
            f"there are bytes that are not {encoding} (the first is 0x{content[begin]:02x}), as the file "
            'says: save it as UTF-8, with encoding="UTF-8" in its first line.',
        ) from None


class _Builder:
    """Builds the nodes while expat reads."""

    def __init__(self, encoding: str | None) -> None:
        self.roots: list[Node] = []
        self.open_nodes: list[Node] = []
        self.parser = expat.ParserCreate(encoding)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._read_text
        self.parser.CommentHandler = self._read_comment
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype

    @property
    def place(self) -> str:
        """The element that is open, for a sentence."""
        return (
            f" inside <{self.open_nodes[-1].tag}> of line {self.open_nodes[-1].line}"
            if self.open_nodes
            else ""
        )

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        node = Node(tag, self.parser.CurrentLineNumber, attributes)
        if len(self.open_nodes) >= DEEPEST:
            raise refuse(
                node.line,
                f"elements lie more than {DEEPEST} deep: this is no export of questions; make a new one.",
            )
        if self.open_nodes:
            self.open_nodes[-1].content.append(node)
        else:
            self.roots.append(node)
        self.open_nodes.append(node)

    def _end(self, _tag: str) -> None:
        self.open_nodes.pop()

    def _read_text(self, text: str) -> None:
        self.open_nodes[-1].content.append(text)

    def _read_comment(self, text: str) -> None:
        if self.open_nodes:
            self.open_nodes[-1].comments.append(text)

    def _refuse_doctype(self, *_declaration: object) -> None:
        raise refuse(
            self.parser.CurrentLineNumber,
            "the file declares a document type (<!DOCTYPE ...>), in which entities could be made that fill "
            "the memory, so it is not read: remove the declaration and write its entities out.",
        )
