"""What one interaction of a QTI item asks, with what each answer is worth."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from exams.formats.qti_declarations import NULL, Declaration, Scalar
from exams.formats.qti_scoring import Scoring
from exams.formats.qti_words import FEEDBACK, words_of
from exams.formats.questions import (
    Answer,
    Choice,
    Choices,
    Essay,
    FormatError,
    Lines,
    Markup,
    NumberAnswer,
    Numbers,
    Pairs,
    ShortAnswers,
    Words,
    refuse,
)
from exams.formats.xml_tree import Node

MOST_CHOICES = 100
FULL = Decimal(100)
_NOTHING = Words("", Markup.HTML)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """An interaction with the response it fills.

    `probes` are responses that show when feedback appears, `lost` sentences on what is not kept.
    """

    node: Node
    response: Declaration
    scoring: Scoring
    modal: Sequence[Node]
    probes: list[tuple[Scalar, ...]] = dataclasses.field(default_factory=list)
    lost: list[str] = dataclasses.field(default_factory=list)

    def score(self, *things: Scalar) -> Decimal:
        return self.scoring.score(self.response, things)

    def shown(self, things: Sequence[Scalar]) -> list[Node]:
        """Return the modal feedback that appears after a response."""
        outcomes = self.scoring.run(self.response, things)

        def appears(node: Node) -> bool:
            held = outcomes.get(node.get("outcomeIdentifier"), NULL).things
            named = node.get("identifier") in [str(thing) for thing in held]
            return named == (node.get("showHide", "show") != "hide")

        return [node for node in self.modal if appears(node)]

    def fault(self, message: str) -> FormatError:
        return refuse(self.node.line, message)


def read_answer(asked: Asked) -> tuple[Answer, Decimal]:
    """Return what is asked and the points of the best answer. Raises FormatError for what is not known."""
    reader = _READERS.get(asked.node.name)
    if reader is None:
        known = ", ".join(_READERS)
        raise asked.fault(
            f"it is answered by <{asked.node.name}>, which the bank has not; known are {known}."
        )
    return reader(asked)


def _choices(asked: Asked) -> tuple[Answer, Decimal]:
    name = "inlineChoice" if asked.node.name == "inlineChoiceInteraction" else "simpleChoice"
    nodes = _options(asked, asked.node, name)
    ids = [node.get("identifier") for node in nodes]
    shuffle = asked.node.get("shuffle", "false") in ("true", "1")
    if shuffle and any(node.get("fixed") in ("true", "1") for node in nodes):
        shuffle = False
        asked.lost.append("some of its options have a fixed place: all keep the order of the file here.")
    if asked.response.cardinality == "single":
        worths, best = _single_worths(asked, ids)
    else:
        worths, best = _multiple_worths(asked, ids)
    choices = tuple(
        Choice(
            words=words_of([node], without=FEEDBACK) or _NOTHING,
            right=worth > 0,
            percent=worth,
            feedback=words_of([child for child in node.walk() if child.name in FEEDBACK]),
        )
        for node, worth in zip(nodes, worths, strict=True)
    )
    return Choices(choices, asked.response.cardinality == "single", shuffle), best


def _options(asked: Asked, node: Node, name: str) -> list[Node]:
    nodes = list(node.each(name))
    ids = [one.get("identifier") for one in nodes]
    strange = [one for one in node.children if one.name not in (name, "prompt", "simpleMatchSet")]
    if strange:
        raise refuse(strange[0].line, f"<{strange[0].name}> is not known inside <{node.name}>: remove it.")
    if len(nodes) > MOST_CHOICES:
        raise asked.fault(f"it has {len(nodes):,} options: give at most {MOST_CHOICES}.")
    if "" in ids or len(set(ids)) < len(ids):
        raise asked.fault("two of its options have the same identifier, or one has none: give each its own.")
    if not nodes:
        raise asked.fault("it has no options: add them.")
    return nodes


def _single_worths(asked: Asked, ids: Sequence[str]) -> tuple[list[Decimal], Decimal]:
    asked.probes.extend((one,) for one in ids)
    scores = [asked.score(one) for one in ids]
    best = _best(asked, scores)
    if any(score < 0 for score in scores):
        asked.lost.append("its wrong options take points in the file; here they earn none.")
    return [max(score, Decimal(0)) * FULL / best for score in scores], best


def _multiple_worths(asked: Asked, ids: Sequence[str]) -> tuple[list[Decimal], Decimal]:
    """Return the share of each option: what it adds alone, or what a wrong one takes from the right ones."""
    right = _right(asked, ids)
    best = _best(asked, [asked.score(*right)])
    asked.probes.extend([tuple(right), *((one,) for one in ids)])
    most = asked.node.get("maxChoices", "1")
    if most.isdecimal() and 0 < int(most) < len(ids):
        asked.lost.append(f"the file lets people tick {most[:9]} options at most; here there is no limit.")
    wrong = [one for one in ids if one not in right]
    alone = {one: asked.score(one) for one in ids}
    if len(right) > 1 and not any(alone.values()):
        asked.lost.append("it earns all or nothing in the file; here each right tick earns its share.")
        shares = {one: FULL / len(right) for one in right} | {one: -FULL / len(wrong) for one in wrong}
    else:
        shares = {one: alone[one] * FULL / best for one in right}
        shares |= {
            one: (alone[one] if alone[one] > 0 else asked.score(*right, one) - best) * FULL / best
            for one in wrong
        }
    return [shares[one] for one in ids], best


def _right(asked: Asked, ids: Sequence[str]) -> list[str]:
    """Return the right options: as declared, else those with points in the mapping."""
    said = [str(thing) for thing in asked.response.correct.things]
    if not said and asked.response.mapped is not None:
        said = [str(entry.key) for entry in asked.response.mapped.entries if entry.worth > 0]
    strange = [one for one in said if one not in ids]
    if strange:
        raise refuse(
            asked.response.line, f"its right answer names {strange[0][:60]!r}, which is no option: mend it."
        )
    return list(dict.fromkeys(said))


def _best(asked: Asked, scores: Sequence[Decimal]) -> Decimal:
    best = max(scores, default=Decimal(0))
    if best <= 0:
        raise refuse(
            asked.response.line,
            "no answer earns points, as in a survey: say which is right with <correctResponse> or <mapping>.",
        )
    return best


def _entry(asked: Asked) -> tuple[Answer, Decimal]:
    return _numbers(asked) if asked.response.numeric else _short(asked)


def _short(asked: Asked) -> tuple[Answer, Decimal]:
    mapped = asked.response.mapped
    said = [
        *asked.response.correct.things,
        *(entry.key for entry in (mapped.entries if mapped else ())),
        *asked.scoring.constants(("string", "identifier")),
    ]
    answers = list(dict.fromkeys(one for one in said if isinstance(one, str) and one))
    _check_few(asked, len(answers))
    asked.probes.extend((one,) for one in answers)
    scores = [asked.score(one) for one in answers]
    best = _best(asked, scores)
    if asked.score("\N{OBJECT REPLACEMENT CHARACTER}") > 0:
        raise asked.fault("it gives points for any words: list the answers that are right.")
    if any(asked.score(one.swapcase()) != score for one, score in zip(answers, scores, strict=True)):
        asked.lost.append("capital and small letters count in the file, and never here.")
    return ShortAnswers(
        tuple(
            # A star would stand for any words.
            Choice(
                words=Words(one.replace("*", "\\*"), Markup.PLAIN),
                right=score > 0,
                percent=score * FULL / best,
            )
            for one, score in zip(answers, scores, strict=True)
        )
    ), best


def _check_few(asked: Asked, count: int) -> None:
    if count > MOST_CHOICES:
        raise asked.fault(f"it compares with {count:,} answers: give at most {MOST_CHOICES}.")


def _numbers(asked: Asked) -> tuple[Answer, Decimal]:
    """Find the ranges that earn points: between two numbers of the rules nothing changes."""
    samples = _samples(asked)
    scores = [max(asked.score(one), Decimal(0)) for one, _ in samples]
    best = _best(asked, scores)
    asked.probes.extend((one,) for one, _ in samples)
    if scores[0] > 0 or scores[-1] > 0:
        raise asked.fault("it gives points for numbers without end: give it a lowest and a highest one.")
    answers = []
    begun = 0
    for place in range(1, len(samples)):
        if scores[place] == scores[begun]:
            continue
        if scores[begun] > 0:
            (low, low_named), (high, high_named) = samples[begun], samples[place - 1]
            if not (low_named and high_named):
                raise asked.fault(
                    "its range leaves its ends out, and here they belong to it: use gte and lte."
                )
            answers.append(NumberAnswer(low=low, high=high, percent=scores[begun] * FULL / best))
        begun = place
    return Numbers(tuple(answers)), best


def _samples(asked: Asked) -> list[tuple[Decimal, bool]]:
    """Return numbers to try in rising order: those that the rules name (True), and one between any two."""
    mapped = asked.response.mapped
    said = [
        *asked.response.correct.things,
        *(entry.key for entry in (mapped.entries if mapped else ())),
        *asked.scoring.constants(("float", "integer")),
    ]
    centres = {one for one in said if isinstance(one, Decimal)}
    tolerances = set(asked.scoring.tolerances())
    _check_few(asked, len(centres) * (1 + len(tolerances)))
    named = set(centres)
    for mode, size in tolerances:
        share = size / FULL
        for one in centres:
            if mode == "absolute":
                named |= {one - size, one + size}
            else:
                named |= {one * (1 - share), one * (1 + share)}
                named |= {one / factor for factor in (1 - share, 1 + share) if factor}
    if not named:
        raise asked.fault("no number is right: say which with <correctResponse>.")
    whole = asked.response.base_type == "integer"
    if whole:
        named |= {one + step for one in named for step in (-1, 1)}
    rising = sorted(named)
    samples = [(rising[0] - 1, False)]
    for one, following in zip(rising, [*rising[1:], rising[-1] + 2], strict=True):
        samples += [(one, True), ((one + following) / 2, False)]
    return [(one, sure) for one, sure in samples if not whole or one == one.to_integral_value()]


def _lines(asked: Asked) -> tuple[Answer, Decimal]:
    nodes = {node.get("identifier"): node for node in _options(asked, asked.node, "simpleChoice")}
    order = _right(asked, list(nodes))
    if len(order) < len(nodes):
        raise asked.fault(
            f"its right order names {len(order)} of {len(nodes)} lines, and here all have a place: name all."
        )
    best = _best(asked, [asked.score(*order)])
    asked.probes.extend([tuple(order), tuple(reversed(order))])
    lines = tuple(words_of([nodes[one]], without=FEEDBACK) or _NOTHING for one in order)
    asked.lost.append("each pair of lines in the right order earns its share here, whatever the file says.")
    return Lines(lines, len(lines)), best


def _match(asked: Asked) -> tuple[Answer, Decimal]:
    sets = list(asked.node.each("simpleMatchSet"))
    if len(sets) != 2:
        raise asked.fault(f"it has {len(sets)} sets to match: give two.")
    first, second = (
        {node.get("identifier"): node for node in _options(asked, one, "simpleAssociableChoice")}
        for one in sets
    )
    pairs, best = _right_pairs(asked)
    if len({left for left, _ in pairs}) < len(pairs) or {left for left, _ in pairs} < first.keys():
        # Seen from the other side each may have exactly one.
        first, second = second, first
        pairs = [(right, left) for left, right in pairs]
    return _paired(asked, first, second, pairs), best


def _associate(asked: Asked) -> tuple[Answer, Decimal]:
    nodes = {node.get("identifier"): node for node in _options(asked, asked.node, "simpleAssociableChoice")}
    pairs, best = _right_pairs(asked)
    prompts = {left: nodes[left] for left, _ in pairs if left in nodes}
    targets = {name: node for name, node in nodes.items() if name not in prompts}
    asked.lost.append("all its words stand in one list in the file; here one of each pair is given.")
    return _paired(asked, prompts, targets, pairs), best


def _right_pairs(asked: Asked) -> tuple[list[tuple[str, str]], Decimal]:
    mapped = asked.response.mapped
    said = [str(thing) for thing in asked.response.correct.things]
    said = said or [str(entry.key) for entry in (mapped.entries if mapped else ()) if entry.worth > 0]
    best = _best(asked, [asked.score(*said)])
    asked.probes.extend([tuple(said), *((one,) for one in said)])
    alone = {asked.score(one) for one in said}
    if len(alone) > 1 or (mapped is None and len(said) > 1):
        asked.lost.append("each right pair earns the same share here, whatever the file says.")
    pairs = [(one.partition(" ")[0], one.partition(" ")[2]) for one in dict.fromkeys(said)]
    if asked.response.base_type not in ("pair", "directedPair"):
        raise refuse(asked.response.line, "its response is no pair: write baseType directedPair.")
    return pairs, best


def _paired(
    asked: Asked, prompts: Mapping[str, Node], targets: Mapping[str, Node], pairs: Sequence[tuple[str, str]]
) -> Answer:
    if any(left not in prompts or right not in targets for left, right in pairs):
        raise refuse(asked.response.line, "its right pairs name something that is not there: mend them.")
    right = dict(pairs)
    if len(right) < len(pairs):
        raise asked.fault("one of its prompts has several right answers, and here each has one: split it.")
    if len(right) < len(prompts):
        raise asked.fault("one of its prompts has no right answer, and here each has one: leave it out.")
    words = {
        name: words_of([node], without=FEEDBACK) or _NOTHING
        for name, node in [*prompts.items(), *targets.items()]
    }
    used = set(right.values())
    return Pairs(
        (
            *((words[name], words[right[name]]) for name in prompts),
            *((_NOTHING, words[name]) for name in targets if name not in used),
        ),
        asked.node.get("shuffle", "false") in ("true", "1"),
    )


_READERS: Mapping[str, Callable[[Asked], tuple[Answer, Decimal]]] = {
    "choiceInteraction": _choices,
    "inlineChoiceInteraction": _choices,
    "textEntryInteraction": _entry,
    "orderInteraction": _lines,
    "matchInteraction": _match,
    "associateInteraction": _associate,
    "extendedTextInteraction": lambda _asked: (Essay(), Decimal(1)),
}
