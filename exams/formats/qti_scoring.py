"""What a response to a QTI item is worth, found by running the item's own response processing.

The rules are those of IMS QTI 2.2, Assessment Test, Section and Item Information Model, "Response Processing"
and "Expressions". What is not among the expressions below is refused with its line: nothing is guessed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from exams.formats.qti_declarations import (
    NULL,
    NUMBERS,
    Declaration,
    Scalar,
    Value,
    read_declaration,
    read_scalar,
    read_values,
)
from exams.formats.questions import FormatError, read_number, refuse
from exams.formats.xml_tree import Node

MOST_RULES = 3_000
# The last three are those of Common Cartridge: full points are MAXSCORE, and they choose the feedback.
_TEMPLATES = ("match_correct", "map_response", "CC2_match", "CC2_match_basic", "CC2_map_response")


class _Exit(Exception):  # noqa: N818 - it is how exitResponse ends the rules, not an error
    pass


class Scoring:
    """The declarations and rules of one item."""

    def __init__(self, item: Node) -> None:
        self.responses = {
            one.identifier: one
            for one in (read_declaration(node) for node in item.each("responseDeclaration"))
        }
        self.outcomes = {node.get("identifier"): _begin(node) for node in item.each("outcomeDeclaration")}
        self.rules = item.first("responseProcessing")
        if self.rules is not None and sum(1 for _ in self.rules.walk()) > MOST_RULES:
            raise refuse(
                self.rules.line, f"its scoring has more than {MOST_RULES:,} elements: make it simpler."
            )

    def run(self, response: Declaration, things: Sequence[Scalar]) -> Mapping[str, Value]:
        """Return the outcomes for one response, all others left open."""
        state = _State(self, response, response.value(things))
        try:
            state.run()
        except ArithmeticError:
            line = self.rules.line if self.rules else response.line
            raise refuse(line, "its scoring makes numbers too large to count with: use points.") from None
        return state.outcomes

    def score(self, response: Declaration, things: Sequence[Scalar]) -> Decimal:
        """Return the points for one response."""
        found = self.run(response, things).get("SCORE", NULL).things
        return found[0] if found and isinstance(found[0], Decimal) else Decimal(0)

    def constants(self, base_types: Sequence[str]) -> Iterator[Scalar]:
        """Yield the values that the rules compare with."""
        for node in self.rules.walk() if self.rules else ():
            if node.name == "baseValue" and node.get("baseType") in base_types:
                yield read_scalar(node.text, node.get("baseType"), node.line)

    def tolerances(self) -> Iterator[tuple[str, Decimal]]:
        """Yield the mode (absolute, relative) and size of every tolerance in the rules."""
        for node in self.rules.walk() if self.rules else ():
            if node.name == "equal" and node.get("toleranceMode") in ("absolute", "relative"):
                for size in _tolerances(node):
                    yield node.get("toleranceMode"), size


@dataclasses.dataclass
class _State:
    """The variables while the rules run."""

    scoring: Scoring
    response: Declaration
    answer: Value
    outcomes: dict[str, Value] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.outcomes = dict(self.scoring.outcomes)

    def run(self) -> None:
        rules = self.scoring.rules
        template = rules.get("template").rpartition("/")[2].removesuffix(".xml") if rules else ""
        if rules is not None and rules.children:
            try:
                self._rules(rules.children)
            except _Exit:
                return
        elif template and template not in _TEMPLATES:
            known = ", ".join(_TEMPLATES)
            raise refuse(
                rules.line if rules else 1,
                f"it is scored by the template {template[:60]!r}: known are {known}; write the rules out.",
            )
        elif template.endswith("map_response") or (not template and self.response.mapped is not None):
            score = self._mapped(self.response)
            self._set(score, template, right=self.outcomes.get("MAXSCORE") == Value((score,)))
        else:
            right = bool(self.answer.things) and self.answer.same(self.response.correct)
            full = self.outcomes.get("MAXSCORE", NULL).things[:1] if template.startswith("CC2") else ()
            most = full[0] if full and isinstance(full[0], Decimal) else Decimal(1)
            self._set(most if right else Decimal(0), template, right=right)

    def _set(self, score: Decimal, template: str, *, right: bool) -> None:
        self.outcomes["SCORE"] = Value((score,))
        verdict = Value(("correct" if right else "incorrect",))
        if template == "CC2_match":
            self.outcomes["FEEDBACK"] = self.answer
        elif template == "CC2_map_response":
            self.outcomes["FEEDBACK"] = verdict
        elif template == "CC2_match_basic":
            self.outcomes["FEEDBACKBASIC"] = verdict

    def _mapped(self, response: Declaration) -> Decimal:
        if response.mapped is None:
            raise refuse(response.line, "it is scored by a mapping, but has none: add <mapping>.")
        return response.mapped.worth(self.answer if response is self.response else NULL)

    def _rules(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            if node.name == "responseCondition":
                self._condition(node)
            elif node.name == "responseProcessingFragment":
                self._rules(node.children)
            elif node.name == "setOutcomeValue":
                self.outcomes[node.get("identifier")] = self.value(_only(node))
            elif node.name == "exitResponse":
                raise _Exit
            else:
                raise _unknown(node)

    def _condition(self, node: Node) -> None:
        for branch in node.children:
            if branch.name in ("responseIf", "responseElseIf"):
                if not branch.children:
                    raise refuse(branch.line, f"<{branch.name}> is empty: say when points are given.")
                if self.value(branch.children[0]).things[:1] != (True,):
                    continue
                self._rules(branch.children[1:])
                return
            if branch.name != "responseElse":
                raise _unknown(branch)
            self._rules(branch.children)
            return

    def value(self, node: Node) -> Value:
        """Return what an expression comes to."""
        if node.name == "null":
            return NULL
        if node.name == "baseValue":
            return Value((read_scalar(node.text, node.get("baseType"), node.line),))
        if node.name in ("variable", "correct", "mapResponse"):
            return self._variable(node)
        inner = [self.value(child) for child in node.children]
        if node.name in ("multiple", "ordered"):
            return Value(tuple(one for value in inner for one in value.things), node.name == "ordered")
        if node.name == "isNull":
            return Value((not _one(inner, node).things,))
        operator = _OPERATORS.get(node.name)
        if operator is None:
            raise _unknown(node)
        if node.name not in ("and", "or") and any(not value.things for value in inner):
            return NULL
        if not inner:
            raise refuse(node.line, f"<{node.name}> is empty: say what it works on.")
        return Value((operator(node, inner),))

    def _variable(self, node: Node) -> Value:
        name = node.get("identifier")
        response = self.scoring.responses.get(name)
        if node.name == "variable" and response is None and name in self.outcomes:
            return self.outcomes[name]
        if response is None:
            raise refuse(node.line, f"<{node.name}> names {name[:60]!r}, which is not declared: declare it.")
        if node.name == "correct":
            return response.correct
        if node.name == "mapResponse":
            return Value((self._mapped(response),))
        return self.answer if response is self.response else NULL


def _begin(node: Node) -> Value:
    """Return what an outcome holds at first: numbers without a default are 0."""
    if node.first("defaultValue") is None and node.get("baseType") in NUMBERS:
        return Value((Decimal(0),))
    return read_values(node.first("defaultValue"), node.get("baseType"))


def _one(inner: Sequence[Value], node: Node) -> Value:
    if len(inner) != 1:
        raise refuse(node.line, f"<{node.name}> needs one value and has {len(inner)}: mend it.")
    return inner[0]


def _only(node: Node) -> Node:
    if len(node.children) != 1:
        raise refuse(node.line, f"<{node.name}> needs one value and has {len(node.children)}: mend it.")
    return node.children[0]


def _unknown(node: Node) -> FormatError:
    return refuse(
        node.line, f"its scoring uses <{node.name}>, which is not known here: score it by match or mapping."
    )


def _pair(node: Node, inner: Sequence[Value]) -> tuple[Value, Value]:
    if len(inner) != 2:
        raise refuse(node.line, f"<{node.name}> needs two values and has {len(inner)}: mend it.")
    return inner[0], inner[1]


def _numbers(node: Node, inner: Sequence[Value]) -> list[Decimal]:
    return [
        thing if isinstance(thing, Decimal) else read_number(str(thing), node.line)
        for value in inner
        for thing in value.things
    ]


def _two(node: Node, inner: Sequence[Value]) -> tuple[Decimal, Decimal]:
    numbers = _numbers(node, inner)
    if len(numbers) != 2:
        raise refuse(node.line, f"<{node.name}> needs two numbers and has {len(numbers)}: mend it.")
    return numbers[0], numbers[1]


def _match(node: Node, inner: Sequence[Value]) -> bool:
    first, second = _pair(node, inner)
    return first.same(second)


def _equal(node: Node, inner: Sequence[Value]) -> bool:
    right, said = _two(node, inner)
    if node.get("toleranceMode", "exact") not in ("absolute", "relative"):
        return right == said
    below, above = _tolerances(node)
    if node.get("toleranceMode") == "relative":
        below, above = abs(right) * below / 100, abs(right) * above / 100
    return -below <= said - right <= above


def _tolerances(node: Node) -> tuple[Decimal, Decimal]:
    sizes = [abs(read_number(size, node.line)) for size in node.get("tolerance").split()]
    if len(sizes) not in (1, 2):
        raise refuse(node.line, "its tolerance is missing: write one or two numbers.")
    if {"includeLowerBound", "includeUpperBound"} & node.attributes.keys() and "false" in (
        node.get("includeLowerBound"),
        node.get("includeUpperBound"),
    ):
        raise refuse(node.line, "its range leaves its ends out, and here they belong to it: let them.")
    return sizes[0], sizes[-1]


def _string_match(node: Node, inner: Sequence[Value]) -> bool:
    if node.get("substring") == "true":
        raise refuse(node.line, "it accepts any words that contain the answer: list the answers instead.")
    first, second = (str(value.things[0]) for value in _pair(node, inner))
    if node.get("caseSensitive") == "false":
        return first.lower() == second.lower()
    return first == second


def _member(node: Node, inner: Sequence[Value]) -> bool:
    first, second = _pair(node, inner)
    return first.things[0] in second.things


def _contains(node: Node, inner: Sequence[Value]) -> bool:
    first, second = _pair(node, inner)
    return all(first.things.count(thing) >= second.things.count(thing) for thing in second.things)


def _subtract(node: Node, inner: Sequence[Value]) -> Decimal:
    first, second = _two(node, inner)
    return first - second


def _divide(node: Node, inner: Sequence[Value]) -> Decimal:
    first, second = _two(node, inner)
    return first / second


def _product(node: Node, inner: Sequence[Value]) -> Decimal:
    product = Decimal(1)
    for number in _numbers(node, inner):
        product *= number
    return product


def _truths(inner: Sequence[Value]) -> list[bool]:
    return [value.things[:1] == (True,) for value in inner]


_OPERATORS: Mapping[str, Callable[[Node, Sequence[Value]], Scalar]] = {
    "and": lambda _node, inner: all(_truths(inner)),
    "or": lambda _node, inner: any(_truths(inner)),
    "not": lambda node, inner: not _truths([_one(inner, node)])[0],
    "match": _match,
    "equal": _equal,
    "stringMatch": _string_match,
    "member": _member,
    "contains": _contains,
    "gt": lambda node, inner: _two(node, inner)[0] > _two(node, inner)[1],
    "gte": lambda node, inner: _two(node, inner)[0] >= _two(node, inner)[1],
    "lt": lambda node, inner: _two(node, inner)[0] < _two(node, inner)[1],
    "lte": lambda node, inner: _two(node, inner)[0] <= _two(node, inner)[1],
    "sum": lambda node, inner: sum(_numbers(node, inner), Decimal(0)),
    "max": lambda node, inner: max(_numbers(node, inner)),
    "min": lambda node, inner: min(_numbers(node, inner)),
    "product": _product,
    "subtract": _subtract,
    "divide": _divide,
}
