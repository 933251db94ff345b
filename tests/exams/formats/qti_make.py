"""Small QTI items and packages for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from exams.formats.importing import Import, import_questions
from exams.formats.parts import FolderParts
from exams.formats.qti_package import read_single
from exams.formats.xml_tree import parse
from exams.items import Item, Topic

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_v2p2"
MATCH = (
    '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct"/>'
)
MAP = (
    '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response.xml"/>'
)

ABC = {"A": "one", "B": "two", "C": "three"}
ENTRY = '<p>How many? <textEntryInteraction responseIdentifier="RESPONSE"/></p>'
VARIABLE, CORRECT = '<variable identifier="RESPONSE"/>', '<correct identifier="RESPONSE"/>'


def qti_item(
    body: str,
    *,
    declare: str = "",
    scoring: str = MATCH,
    modal: str = "",
    identifier: str = "q",
    more: str = "",
    namespace: str = NAMESPACE,
) -> str:
    """Return an item; its body begins on line 3."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><assessmentItem xmlns="{namespace}" '
        f'identifier="{identifier}" title="A title" adaptive="false" timeDependent="false" {more}>\n'
        f'{declare}<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>\n'
        f"<itemBody>{body}</itemBody>{scoring}{modal}</assessmentItem>"
    )


def declare(right: str, *, kind: str = "identifier", cardinality: str = "single", mapping: str = "") -> str:
    """Return a response declaration; the right values are parted by commas."""
    values = "".join(f"<value>{one}</value>" for one in right.split(",") if one)
    correct = f"<correctResponse>{values}</correctResponse>" if right else ""
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{kind}">'
        f"{correct}{mapping}</responseDeclaration>"
    )


def mapping(entries: Mapping[str, str], *, more: str = "", each: str = "") -> str:
    """Return a mapping of keys to points."""
    rows = "".join(
        f'<mapEntry mapKey="{key}" mappedValue="{worth}" {each}/>' for key, worth in entries.items()
    )
    return f'<mapping defaultValue="0" {more}>{rows}</mapping>'


def choice(
    options: Mapping[str, str], *, most: int = 1, prompt: str = "Which?", shuffle: str = "true"
) -> str:
    """Return a choice interaction."""
    inner = "".join(
        f'<simpleChoice identifier="{one}">{words}</simpleChoice>' for one, words in options.items()
    )
    return (
        f'<choiceInteraction responseIdentifier="RESPONSE" shuffle="{shuffle}" maxChoices="{most}">'
        f"<prompt>{prompt}</prompt>{inner}</choiceInteraction>"
    )


def single(identifier: str = "q", prompt: str = "Which?") -> str:
    """Return a whole item that the bank can hold: the second of three options is right."""
    return qti_item(
        choice({"A": "one", "B": "two", "C": "three"}, prompt=prompt),
        declare=declare("B"),
        identifier=identifier,
    )


def manifest(*hrefs: str) -> str:
    """Return the manifest of a package."""
    resources = "".join(
        f'\n<resource identifier="r{number}" type="imsqti_item_xmlv2p2" href="{href}"/>'
        for number, href in enumerate(hrefs)
    )
    return (
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m"><organizations/>'
        f"<resources>{resources}</resources></manifest>"
    )


def package(files: Mapping[str, str | bytes]) -> bytes:
    """Return a zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name, words in files.items():
            target.writestr(name, words)
    return content.getvalue()


def import_item(words: str) -> Import:
    entries = read_single(parse(words.encode()), FolderParts(Path()), "q.xml")
    return import_questions(entries, file="q.xml", language=None, topic=Topic.TOOLS)


def one_item(words: str) -> Item:
    found = import_item(words)
    assert found.problems == ()
    (item,) = found.items
    return item


def notes_of(words: str) -> list[str]:
    usual = ("it has no feedback", "its texts are in one language", "it has no unit")
    return [note.message for note in import_item(words).notes if not note.message.startswith(usual)]


def condition(test: str, points: str = "1", *, more: str = "") -> str:
    return (
        f"<responseProcessing><responseCondition><responseIf>{test}"
        f'<setOutcomeValue identifier="SCORE"><baseValue baseType="float">{points}</baseValue>'
        "</setOutcomeValue>"
        f"</responseIf>{more}</responseCondition></responseProcessing>"
    )
