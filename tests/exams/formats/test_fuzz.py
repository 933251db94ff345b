"""Files changed at random: never a traceback, and every question in them is either taken or named."""

from __future__ import annotations

import io
import random
import re
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exams.bank import shipped_bank
from exams.formats.exporting import export_items
from exams.formats.gift_writer import write_gift
from exams.formats.importing import Import, import_questions
from exams.formats.moodle_writer import write_moodle_xml
from exams.formats.qti_writer import write_qti_package
from exams.formats.questions import Entry, Finding, FormatError, Question
from exams.formats.source import read_questions
from exams.items import Item, Kind
from tests.exams.formats.qti_make import MAP, choice, declare, manifest, mapping, package, qti_item, single

SEEDS = st.integers(min_value=0, max_value=2**32)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STRANGE = ["", " ", "-1", "1e400", "NaN", "Infinity", "0", "99999999999999999999", "true", "x" * 3000]
STRANGE += [
    "\u202e",
    "运费",
    "<b>",
    "&amp;",
    "a b c",
    "../..",
    "choice-1 choice-2",
    "RESPONSE",
    "SCORE",
    "1/0",
]
ENCODINGS = ["utf-8", "utf-16", "utf-16-le", "gb18030", "big5", "latin-1", "utf-8-sig", "utf-32"]


def two_of_each_kind() -> list[Item]:
    items = shipped_bank().current
    return [item for kind in Kind for item in [one for one in items if one.kind is kind][:2]]


ENTRIES, _ = export_items(two_of_each_kind())
with zipfile.ZipFile(io.BytesIO(write_qti_package(ENTRIES))) as _package:
    QTI = {name: _package.read(name) for name in _package.namelist()}
_RULES = (
    '<responseProcessing><responseCondition><responseIf><equal toleranceMode="absolute" tolerance="1 1">'
    '<correct identifier="RESPONSE"/><variable identifier="RESPONSE"/></equal>'
    '<setOutcomeValue identifier="SCORE"><sum><baseValue baseType="float">1</baseValue>'
    '<product><baseValue baseType="float">2</baseValue></product></sum>'
    "</setOutcomeValue></responseIf><responseElse><exitResponse/></responseElse></responseCondition>"
    '<setOutcomeValue identifier="FEEDBACK"><variable identifier="RESPONSE"/></setOutcomeValue>'
    "</responseProcessing>"
)
FOREIGN = [
    single(),
    qti_item(
        choice({"A": "1", "B": "2", "C": '3<feedbackInline identifier="C">No.</feedbackInline>'}, most=0),
        declare=declare(
            "A,B", cardinality="multiple", mapping=mapping({"A": "1", "B": "1"}, more='lowerBound="0"')
        ),
        scoring=MAP,
    ),
    qti_item(
        '<rubricBlock view="scorer"><p>So.</p></rubricBlock>'
        '<p>How many? <textEntryInteraction responseIdentifier="RESPONSE"/></p>',
        declare=declare("5", kind="float", mapping=mapping({"5": "1"})),
        scoring=_RULES,
        modal='<modalFeedback outcomeIdentifier="FEEDBACK" identifier="5">Yes.</modalFeedback>',
    ),
]


def change_tree(root: ElementTree.Element, source: random.Random) -> None:
    """Drop, double, move, rename or garble one to five things."""
    for _ in range(source.randint(1, 5)):
        nodes = list(root.iter())
        node = source.choice(nodes)
        other = source.choice(nodes)
        change = source.randrange(8)
        if change == 0 and len(node):
            node.remove(source.choice(list(node)))
        elif change == 1 and len(node):
            node.append(source.choice(list(node)))
        elif change == 2 and len(node) > 1:
            children = list(node)
            source.shuffle(children)
            node[:] = children
        elif change == 3 and node is not root:
            node.tag = other.tag if other is not root else "strange"
        elif change == 4 and node.attrib:
            name = source.choice(list(node.attrib))
            node.attrib[name] = source.choice([*STRANGE, *other.attrib.values()])
        elif change == 5 and node.attrib:
            del node.attrib[source.choice(list(node.attrib))]
        elif change == 6:
            node.text = source.choice(STRANGE)
        elif not any(one is node for one in other.iter()):
            node.extend([other])


def change_bytes(content: bytes, source: random.Random) -> bytes:
    """Cut, double, overwrite, or write in another encoding."""
    at, to = sorted(source.randrange(len(content) + 1) for _ in range(2))
    change = source.randrange(5)
    if change == 0:
        return content[:at]
    if change == 1:
        return content[:to] + content[at:]
    if change == 2:
        return content[:at] + source.randbytes(3) + content[at + 3 :]
    if change == 3:
        return content[:at] + content[to:]
    encoded = content.decode(errors="ignore").encode(source.choice(ENCODINGS), errors="replace")
    return encoded.replace(b"UTF-8", source.choice(ENCODINGS).encode()) if source.random() < 0.5 else encoded


def read(content: bytes, suffix: str) -> tuple[list[Entry], Import] | None:
    """Return what a file gives, None when it is refused as a whole, with a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"set{suffix}"
        path.write_bytes(content)
        try:
            _, entries = read_questions(path)
        except FormatError as error:
            refused = error.findings
        else:
            refused = ()
    if refused:
        assert all(finding.line >= 1 and finding.message for finding in refused)
        return None
    found = import_questions(entries, file=path.name, language=None, topic=None)
    asked = sum(
        isinstance(one, Question) or (isinstance(one, Finding) and not one.harmless) for one in entries
    )
    assert len(found.items) + len(found.problems) == asked
    assert all(finding.line >= 1 and finding.message for finding in found.problems)
    return entries, found


@FEW
@given(SEEDS)
def test_a_changed_qti_item_is_taken_or_named(seed: int) -> None:
    source = random.Random(seed)
    content = source.choice(
        [*(words.encode() for words in FOREIGN), *(QTI[name] for name in QTI if "items/" in name)]
    )
    root = ElementTree.fromstring(content)
    change_tree(root, source)
    done = read(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True), ".xml")

    assert done is not None
    assert len(done[1].items) + len(done[1].problems) == 1


@FEW
@given(SEEDS)
def test_no_item_of_a_changed_package_is_lost(seed: int) -> None:
    source = random.Random(seed)
    files = dict(source.sample(sorted(QTI.items()), len(QTI)))
    for name in source.sample(sorted(files), 3):
        if source.random() < 0.3:
            files[name] = change_bytes(files[name], source)
        elif name.endswith("imsmanifest.xml") and source.random() < 0.3:
            files[name] = manifest(*source.sample(sorted(files), 4)).encode()
        else:
            root = ElementTree.fromstring(files[name])
            change_tree(root, source)
            files[name] = ElementTree.tostring(root)
    done = read(package(files), ".zip")

    assert done is not None
    told = {
        one.part
        for one in done[0]
        if not (isinstance(one, Finding) and one.harmless) and hasattr(one, "part")
    }
    assert {
        name for name in files if name.startswith("items/") and b"assessmentItem" in files[name][:200]
    } <= told


@FEW
@given(SEEDS)
def test_a_changed_zip_is_read_or_refused(seed: int) -> None:
    source = random.Random(seed)
    content = package(dict(list(QTI.items())[:6]))
    for _ in range(source.randint(1, 3)):
        content = change_bytes(content, source)
    read(b"PK\x03\x04" + content[4:], ".zip")


@FEW
@given(SEEDS)
def test_no_question_of_changed_moodle_xml_is_lost(seed: int) -> None:
    source = random.Random(seed)
    root = ElementTree.fromstring(write_moodle_xml(ENTRIES))
    change_tree(root, source)
    asked = sum(not (node.tag == "question" and node.get("type") == "category") for node in root)
    done = read(ElementTree.tostring(root), ".xml")

    assert done is not None
    assert len(done[1].items) + len(done[1].problems) == asked


@FEW
@given(SEEDS)
def test_no_question_of_changed_gift_is_lost(seed: int) -> None:
    source = random.Random(seed)
    chunks = write_gift(ENTRIES).strip().split("\n\n")
    source.shuffle(chunks)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(chunks))
        lines = chunks[at].split("\n")
        place = source.randrange(len(lines))
        lines[place] = source.choice(
            ["", "~", "= a", "\t=1 -> 2", "{", "}", "####", "//", lines[place][:20], "=%50%b"]
        )
        chunks[at] = "\n".join(line for line in lines if line.strip())
    words = "\n\n".join(chunks)
    done = read(words.encode(), ".gift")

    if done is not None:
        bare = [[one for one in chunk.split("\n") if not one.startswith("//")] for chunk in chunks]
        asked = sum(
            not "".join(chunk[:1]).startswith("$CATEGORY") for chunk in bare if "".join(chunk).strip()
        )
        assert len(done[1].items) + len(done[1].problems) == asked


@pytest.mark.parametrize("suffix", [".gift", ".xml", ".zip"])
@FEW
@given(content=st.binary(max_size=300))
@example(content=b"<?xml version='1.0'?><assessmentItem/>")
@example(content=b"<assessmentTest><assessmentItemRef href='\x00'/></assessmentTest>")
@example(content=b"<manifest><resources><resource href='%00.xml'/></resources></manifest>")
@example(content=b"<assessmentTest><assessmentItemRef href='//[x'/></assessmentTest>")
def test_any_bytes_are_read_or_refused(suffix: str, content: bytes) -> None:
    read(content, suffix)


def test_there_is_something_to_change() -> None:
    assert len([name for name in QTI if re.match("items/", name)]) == 14
