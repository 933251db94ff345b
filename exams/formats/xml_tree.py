"""A small XML reader that knows lines and refuses what could be used against it.

Python's own parsers expand entities, and a few lines of nested ones fill any memory. Here a document type is
refused the moment it is met, before anything in it is read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from xml.parsers import expat

from exams.formats.questions import FormatError, refuse

DEEPEST = 60


@dataclasses.dataclass
class Node:
    """One element: its line, its own text (not that of its children) and its children."""

    tag: str
    line: int
    attributes: dict[str, str]
    parts: list[str] = dataclasses.field(default_factory=list)
    children: list[Node] = dataclasses.field(default_factory=list)
    comments: list[str] = dataclasses.field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def each(self, tag: str) -> Iterator[Node]:
        return (child for child in self.children if child.tag == tag)

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
    builder = _Builder()
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


class _Builder:
    """Builds the nodes while expat reads."""

    def __init__(self) -> None:
        self.roots: list[Node] = []
        self.open_nodes: list[Node] = []
        self.parser = expat.ParserCreate()
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
        (self.open_nodes[-1].children if self.open_nodes else self.roots).append(node)
        self.open_nodes.append(node)

    def _end(self, _tag: str) -> None:
        self.open_nodes.pop()

    def _read_text(self, text: str) -> None:
        self.open_nodes[-1].parts.append(text)

    def _read_comment(self, text: str) -> None:
        if self.open_nodes:
            self.open_nodes[-1].comments.append(text)

    def _refuse_doctype(self, *_declaration: object) -> None:
        raise refuse(
            self.parser.CurrentLineNumber,
            "the file declares a document type (<!DOCTYPE ...>), in which entities could be made that fill "
            "the memory, so it is not read: remove the declaration and write its entities out.",
        )
