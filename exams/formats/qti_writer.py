"""Write questions as a package of QTI 2.2: an item a file, a test with a section a category, a manifest.

What QTI has no place for stands in a comment of the item that our reader knows. Both languages stand in each
item, each part with its xml:lang. The package of the same questions is the same to the byte.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import quoteattr

from exams.formats.qti_body import declare, flow, write_interaction
from exams.formats.qti_package import MANIFEST
from exams.formats.questions import Category, Question, write_extras

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_v2p2"
_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_PACKAGING = "http://www.imsglobal.org/xsd/imscp_v1p1"
_PACKAGING_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p2/qtiv2p2_imscpv1p2_v1p0.xsd"
_PACKAGE_NAME, _TEST_NAME, _PART_NAME = "zuoxi-bank", "assessment", "part"
_TEST_FILE = "assessment.xml"
_BEGINNING = '<?xml version="1.0" encoding="UTF-8"?>'
_NOT_NAME = re.compile(r"[^A-Za-z0-9_.-]")


def write_qti_package(entries: Sequence[Question | Category]) -> bytes:
    """Return the zip file."""
    sections: list[tuple[str, list[tuple[str, Question]]]] = []
    # Identifiers are unique in all of a manifest and in all of a test.
    taken = {_PACKAGE_NAME, _TEST_NAME, _PART_NAME}
    taken |= {_section_name(number) for number in range(1, len(entries) + 2)}
    for entry in entries:
        if isinstance(entry, Category):
            sections.append((entry.path.rpartition("/")[2], []))
        else:
            if not sections:
                sections.append(("questions", []))
            wanted = _identifier(entry.id or f"item-{len(sections)}-{len(sections[-1][1]) + 1}")
            name, number = wanted, 2
            while name in taken:
                name, number = f"{wanted}-{number}", number + 1
            taken.add(name)
            sections[-1][1].append((f"items/{_identifier(sections[-1][0])}/{name}.xml", entry))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        _add(package, MANIFEST, _manifest([name for _, items in sections for name, _ in items]))
        _add(package, _TEST_FILE, _test(sections))
        for _, items in sections:
            for name, question in items:
                _add(package, name, write_item(question, _stem_name(name)))
    return content.getvalue()


def _add(package: zipfile.ZipFile, name: str, lines: Sequence[str] | Iterator[str]) -> None:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    package.writestr(info, "\n".join([_BEGINNING, *lines, ""]))


def _section_name(number: int) -> str:
    return f"section-{number}"


def _stem_name(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".xml")


def _identifier(said: str) -> str:
    """Return a name that XML takes for an identifier."""
    name = _NOT_NAME.sub("_", said)
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"


def _manifest(names: Sequence[str]) -> Iterator[str]:
    yield (
        f'<manifest xmlns="{_PACKAGING}" xmlns:xsi="{_INSTANCE}" '
        f'xsi:schemaLocation="{_PACKAGING} {_PACKAGING_SCHEMA}" identifier="{_PACKAGE_NAME}">'
    )
    yield "  <metadata>"
    yield "    <schema>QTIv2.2 Package</schema>"
    yield "    <schemaversion>1.0.0</schemaversion>"
    yield "  </metadata>"
    yield "  <organizations/>"
    yield "  <resources>"
    yield f'    <resource identifier="{_TEST_NAME}" type="imsqti_test_xmlv2p2" href="{_TEST_FILE}">'
    yield f'      <file href="{_TEST_FILE}"/>'
    yield from (f'      <dependency identifierref="{_stem_name(name)}"/>' for name in names)
    yield "    </resource>"
    for name in names:
        yield f'    <resource identifier="{_stem_name(name)}" type="imsqti_item_xmlv2p2" href="{name}">'
        yield f'      <file href="{name}"/>'
        yield "    </resource>"
    yield "  </resources>"
    yield "</manifest>"


def _test(sections: Sequence[tuple[str, Sequence[tuple[str, Question]]]]) -> Iterator[str]:
    yield f'<assessmentTest {_root_attributes()} identifier="{_TEST_NAME}" title="Zuoxi">'
    yield f'  <testPart identifier="{_PART_NAME}" navigationMode="nonlinear" submissionMode="simultaneous">'
    for number, (title, items) in enumerate(sections, start=1):
        section = f'identifier="{_section_name(number)}" title={quoteattr(title)}'
        yield f'    <assessmentSection {section} visible="true">'
        yield from (
            f'      <assessmentItemRef identifier="{_stem_name(name)}" href="{name}"/>' for name, _ in items
        )
        yield "    </assessmentSection>"
    yield "  </testPart>"
    yield "</assessmentTest>"


def _root_attributes() -> str:
    return f'xmlns="{NAMESPACE}" xmlns:xsi="{_INSTANCE}" xsi:schemaLocation="{NAMESPACE} {_SCHEMA}"'


def write_item(question: Question, name: str) -> Iterator[str]:
    """Yield the lines of one assessmentItem."""
    yield (
        f"<assessmentItem {_root_attributes()} identifier={quoteattr(name)} "
        f'title={quoteattr(question.title or name)} adaptive="false" timeDependent="false" toolName="Zuoxi">'
    )
    extras = dict(question.extras) | ({"id": question.id} if question.id else {})
    yield f"  <!-- {write_extras(extras)} -->"
    declaration, scoring = declare(question)
    yield from declaration
    yield '  <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">'
    yield "    <defaultValue><value>0</value></defaultValue>"
    yield "  </outcomeDeclaration>"
    yield '  <outcomeDeclaration identifier="MAXSCORE" cardinality="single" baseType="float">'
    yield f"    <defaultValue><value>{question.points:f}</value></defaultValue>"
    yield "  </outcomeDeclaration>"
    if question.feedback is not None:
        # It has this value from the beginning, so it is shown after every answer.
        yield '  <outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier">'
        yield "    <defaultValue><value>after</value></defaultValue>"
        yield "  </outcomeDeclaration>"
    yield "  <itemBody>"
    yield f"    {flow(question.stem)}"
    yield from write_interaction(question)
    yield "  </itemBody>"
    yield from scoring
    if question.feedback is not None:
        yield '  <modalFeedback outcomeIdentifier="FEEDBACK" identifier="after" showHide="show">'
        yield f"    {flow(question.feedback)}"
        yield "  </modalFeedback>"
    yield "</assessmentItem>"
