"""What a QTI item declares of its responses: what kind of value, which is right, and the points of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

from exams.formats.questions import read_number, refuse
from exams.formats.xml_tree import Node

Scalar: TypeAlias = str | Decimal | bool
MOST_VALUES = 200
NUMBERS = ("float", "integer")


@dataclasses.dataclass(frozen=True)
class Value:
    """What a variable holds: nothing (NULL), one thing or several. `ordered`: their order counts."""

    things: tuple[Scalar, ...] = ()
    ordered: bool = False

    def same(self, other: Value) -> bool:
        if self.ordered or other.ordered:
            return self.things == other.things
        return sorted(map(str, self.things)) == sorted(map(str, other.things))


NULL = Value()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of a mapping."""

    key: Scalar
    worth: Decimal
    case_counts: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mapped:
    """The points of each value, and of every other one."""

    entries: tuple[Entry, ...]
    default: Decimal
    lowest: Decimal | None
    highest: Decimal | None

    def worth(self, value: Value) -> Decimal:
        total = sum((self._of(thing) for thing in dict.fromkeys(value.things)), Decimal(0))
        if self.lowest is not None:
            total = max(total, self.lowest)
        return total if self.highest is None else min(total, self.highest)

    def _of(self, thing: Scalar) -> Decimal:
        for entry in self.entries:
            alike = not entry.case_counts and str(thing).lower() == str(entry.key).lower()
            if thing == entry.key or alike:
                return entry.worth
        return self.default


@dataclasses.dataclass(frozen=True, kw_only=True)
class Declaration:
    """A response that the item declares."""

    line: int
    identifier: str
    cardinality: str
    base_type: str
    correct: Value
    mapped: Mapped | None

    @property
    def numeric(self) -> bool:
        return self.base_type in NUMBERS

    def value(self, things: Sequence[Scalar]) -> Value:
        return Value(tuple(things), self.cardinality == "ordered")


def read_declaration(node: Node) -> Declaration:
    """Return a responseDeclaration."""
    base_type = node.get("baseType")
    mapping = node.first("mapping")
    return Declaration(
        line=node.line,
        identifier=node.get("identifier"),
        cardinality=node.get("cardinality", "single"),
        base_type=base_type,
        correct=read_values(
            node.first("correctResponse"), base_type, ordered=node.get("cardinality") == "ordered"
        ),
        mapped=None if mapping is None else _mapped(mapping, base_type),
    )


def _mapped(node: Node, base_type: str) -> Mapped:
    entries = list(node.each("mapEntry"))
    _check_count(node, len(entries))
    return Mapped(
        entries=tuple(
            Entry(
                key=read_scalar(entry.get("mapKey"), base_type, entry.line),
                worth=read_number(entry.get("mappedValue"), entry.line),
                case_counts=entry.get("caseSensitive", "true") in ("true", "1"),
            )
            for entry in entries
        ),
        default=read_number(node.get("defaultValue", "0"), node.line),
        lowest=_bound(node, "lowerBound"),
        highest=_bound(node, "upperBound"),
    )


def _bound(node: Node, name: str) -> Decimal | None:
    return read_number(node.get(name), node.line) if node.get(name) else None


def read_values(node: Node | None, base_type: str, *, ordered: bool = False) -> Value:
    """Return the <value>s of an element, NULL without it."""
    values = [] if node is None else list(node.each("value"))
    if node is not None:
        _check_count(node, len(values))
    things = tuple(
        read_scalar(value.text, base_type or value.get("baseType"), value.line) for value in values
    )
    return Value(things, ordered)


def _check_count(node: Node, count: int) -> None:
    if count > MOST_VALUES:
        raise refuse(node.line, f"<{node.name}> has {count:,} values: give at most {MOST_VALUES}.")


def read_scalar(said: str, base_type: str, line: int) -> Scalar:
    """Return one value. The sides of a pair are put in alphabetical order, those of a directed one not."""
    if base_type in NUMBERS:
        return read_number(said, line)
    if base_type == "boolean":
        return said.strip() in ("true", "1")
    if base_type in ("pair", "directedPair"):
        sides = said.split()
        if len(sides) != 2:
            raise refuse(
                line, f"{said.strip()[:60]!r} is no pair: write two identifiers with a blank between."
            )
        return " ".join(sorted(sides) if base_type == "pair" else sides)
    return said.strip()
