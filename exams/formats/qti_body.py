"""The parts of a QTI 2.2 item that depend on the kind of question: response, scoring and interaction.

The points are those of `exams.marking` where a mapping can say them: several right options earn equal shares
and wrong ones take theirs, each right pair earns its share. An order is right as a whole or not at all.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import quoteattr

from exams.formats.plain import to_plain
from exams.formats.qti_words import UNIT_CLASS
from exams.formats.questions import (
    Choice,
    Choices,
    Lines,
    Numbers,
    Pairs,
    Question,
    ShortAnswers,
    Truth,
    Words,
)

FULL = Decimal(100)
_TEMPLATES = "http://www.imsglobal.org/question/qti_v2p2/rptemplates/"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def declare(question: Question) -> tuple[list[str], list[str]]:
    """Return the lines of the response declaration and of the response processing."""
    answer, points = question.answer, question.points
    if isinstance(answer, Truth):
        return _declaration("single", "identifier", [str(answer.right).lower()], {}), _exactly(points)
    if isinstance(answer, Choices):
        ids = [(_letter(place), choice) for place, choice in enumerate(answer.choices)]
        right = [name for name, choice in ids if choice.worth > 0]
        if answer.single:
            return _declaration("single", "identifier", right, {}), _exactly(points)
        worths = {name: choice.worth * points / FULL for name, choice in ids}
        return _declaration("multiple", "identifier", right, worths, points), _mapped()
    if isinstance(answer, ShortAnswers):
        said = [_unstarred(choice) for choice in answer.choices if choice.worth > 0]
        return _declaration("single", "string", said[:1], dict.fromkeys(said, points)), _mapped()
    if isinstance(answer, Numbers):
        low, high = answer.answers[0].low or Decimal(0), answer.answers[0].high or Decimal(0)
        middle = format((low + high) / 2, "f")
        return _declaration("single", "float", [middle], {}), _within((high - low) / 2, points)
    if isinstance(answer, Pairs):
        pairs = [f"{prompt} {target}" for prompt, target in _pair_ids(answer)]
        share = points / len(pairs)
        return _declaration("multiple", "directedPair", pairs, dict.fromkeys(pairs, share), points), _mapped()
    if isinstance(answer, Lines):
        return _declaration("ordered", "identifier", _line_ids(answer), {}), _exactly(points)
    raise TypeError(f"{type(answer).__name__} is not exported")


def _declaration(
    cardinality: str,
    base_type: str,
    right: Sequence[str],
    worths: Mapping[str, Decimal],
    most: Decimal | None = None,
) -> list[str]:
    lines = [
        f'  <responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base_type}">',
        "    <correctResponse>",
        *(f"      <value>{text(one)}</value>" for one in right),
        "    </correctResponse>",
    ]
    if worths:
        bounds = "" if most is None else f' lowerBound="0" upperBound="{_short(most)}"'
        # Only words can differ in their capitals.
        case = ' caseSensitive="false"' if base_type == "string" else ""
        lines.append(f'    <mapping{bounds} defaultValue="0">')
        lines += [
            f'      <mapEntry mapKey={quoteattr(key)} mappedValue="{_short(worth)}"{case}/>'
            for key, worth in worths.items()
        ]
        lines.append("    </mapping>")
    return [*lines, "  </responseDeclaration>"]


def _exactly(points: Decimal) -> list[str]:
    if points == 1:
        return [f'  <responseProcessing template="{_TEMPLATES}match_correct"/>']
    return _condition(
        '<match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>', points
    )


def _within(tolerance: Decimal, points: Decimal) -> list[str]:
    size = format(tolerance, "f")
    return _condition(
        f'<equal toleranceMode="absolute" tolerance="{size} {size}"><correct identifier="RESPONSE"/>'
        '<variable identifier="RESPONSE"/></equal>',
        points,
    )


def _mapped() -> list[str]:
    return [f'  <responseProcessing template="{_TEMPLATES}map_response"/>']


def _condition(test: str, points: Decimal) -> list[str]:
    return [
        "  <responseProcessing>",
        "    <responseCondition>",
        f"      <responseIf>{test}",
        f'        <setOutcomeValue identifier="SCORE"><baseValue baseType="float">{points:f}</baseValue>'
        "</setOutcomeValue></responseIf>",
        "    </responseCondition>",
        "  </responseProcessing>",
    ]


def write_interaction(question: Question) -> Iterator[str]:
    """Yield the lines of the interaction."""
    answer = question.answer
    if isinstance(answer, Truth):
        yield '    <choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1">'
        for name, zh, en in (("true", "正确", "True"), ("false", "错误", "False")):
            yield f'      <simpleChoice identifier="{name}">{_paragraphs(zh, en)}</simpleChoice>'
        yield "    </choiceInteraction>"
    elif isinstance(answer, Choices):
        most = 1 if answer.single else 0
        yield (
            f'    <choiceInteraction responseIdentifier="RESPONSE" shuffle="{str(answer.shuffle).lower()}" '
            f'maxChoices="{most}">'
        )
        yield from (
            _option("simpleChoice", _letter(place), one.words) for place, one in enumerate(answer.choices)
        )
        yield "    </choiceInteraction>"
    elif isinstance(answer, ShortAnswers | Numbers):
        unit = ""
        if "unit_zh" in question.extras:
            unit = (
                f' <span class="{UNIT_CLASS}">'
                f'<span xml:lang="zh-CN">{text(question.extras["unit_zh"])}</span> '
                f'<span xml:lang="en">{text(question.extras["unit_en"])}</span></span>'
            )
        yield f'    <p><textEntryInteraction responseIdentifier="RESPONSE" expectedLength="20"/>{unit}</p>'
    elif isinstance(answer, Pairs):
        yield from _match_interaction(answer)
    elif isinstance(answer, Lines):
        yield '    <orderInteraction responseIdentifier="RESPONSE" shuffle="true">'
        yield from (
            _option("simpleChoice", name, words)
            for name, words in sorted(
                zip(_line_ids(answer), answer.lines, strict=True), key=lambda one: one[0]
            )
        )
        yield "    </orderInteraction>"


def _match_interaction(answer: Pairs) -> Iterator[str]:
    targets = _target_ids(answer)
    prompts = [prompt for prompt, _ in answer.pairs if prompt.text]
    yield (
        '    <matchInteraction responseIdentifier="RESPONSE" shuffle="true" '
        f'maxAssociations="{len(prompts)}">'
    )
    yield "      <simpleMatchSet>"
    for number, prompt in enumerate(prompts, start=1):
        yield _option("simpleAssociableChoice", f"p{number}", prompt, ' matchMax="1"')
    yield "      </simpleMatchSet>"
    yield "      <simpleMatchSet>"
    for words, name in targets.items():
        yield _option("simpleAssociableChoice", name, words, f' matchMax="{len(prompts)}"')
    yield "      </simpleMatchSet>"
    yield "    </matchInteraction>"


def _target_ids(answer: Pairs) -> dict[Words, str]:
    """Return an id for each target; in the order of their words, so that it tells nothing."""
    words = sorted({target for _, target in answer.pairs}, key=lambda one: one.text)
    return {one: f"t{number}" for number, one in enumerate(words, start=1)}


def _pair_ids(answer: Pairs) -> list[tuple[str, str]]:
    targets = _target_ids(answer)
    chosen = [targets[target] for prompt, target in answer.pairs if prompt.text]
    return [(f"p{number}", name) for number, name in enumerate(chosen, start=1)]


def _line_ids(answer: Lines) -> list[str]:
    """Return the ids of the lines, given in the order of their words, so that they tell nothing."""
    rising = sorted(range(len(answer.lines)), key=lambda place: answer.lines[place].text)
    return [_letter(rising.index(place)) for place in range(len(answer.lines))]


def _option(tag: str, name: str, words: Words, more: str = "") -> str:
    return f'      <{tag} identifier="{name}"{more}>{flow(words)}</{tag}>'


def flow(words: Words) -> str:
    """Return words as paragraphs, one for each language they have."""
    plain = to_plain(words)
    return _paragraphs(plain.zh, plain.en) if plain.multilingual else f"<p>{text(plain.zh)}</p>"


def _paragraphs(zh: str, en: str) -> str:
    return f'<p xml:lang="zh-CN">{text(zh)}</p><p xml:lang="en">{text(en)}</p>'


def text(words: str) -> str:
    """Return words as XML that shows every blank and line break."""
    escaped = html.escape(_NOT_XML.sub("", words), quote=False)
    escaped = escaped.replace("  ", "&#160; ").replace("  ", " &#160;")
    return escaped.replace("\n ", "\n&#160;").replace("\n", "<br/>")


def _letter(place: int) -> str:
    return f"choice-{place + 1}"


def _unstarred(choice: Choice) -> str:
    return choice.words.text.replace("\\*", "*")


def _short(number: Decimal) -> str:
    return format(round(number, 9).normalize(), "f")
