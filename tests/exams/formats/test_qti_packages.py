"""QTI packages and tests: order, categories, what is missing, and files made to do harm."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from exams.bank import load_bank, shipped_bank
from exams.commands import exams_group
from exams.formats import parts
from exams.formats.exporting import export_items
from exams.formats.qti_writer import write_qti_package
from exams.formats.questions import Question
from tests.exams.formats.qti_make import manifest, package, qti_item, single

TEST = (
    '<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="t" title="T">\n'
    '<testPart identifier="p" navigationMode="linear" submissionMode="individual">{}</testPart>'
    "</assessmentTest>"
)


def section(title: str, *hrefs: str, inner: str = "") -> str:
    refs = "".join(f'<assessmentItemRef identifier="r" href="{href}"/>' for href in hrefs)
    return (
        f'<assessmentSection identifier="s" title="{title}" visible="true">{refs}{inner}</assessmentSection>'
    )


def run(file: Path, content: bytes, *more: str) -> Result:
    file.write_bytes(content)
    arguments = ["import", str(file), "-o", str(file.parent / "bank"), *more]
    return CliRunner().invoke(exams_group, arguments)


def names(folder: Path) -> dict[str, str]:
    return {item.id: item.topic.value for item in load_bank(folder / "bank").items}


def test_a_package_is_read_whatever_the_order_and_folders_of_its_files(tmp_path: Path) -> None:
    files = {
        "deep/er/three.xml": single("three"),
        "one.xml": single("one"),
        "two%20words.xml": single("unused"),
        "two words.xml": single("two"),
        "style.css": "p {}",
        "imsmanifest.xml": manifest(
            "deep/er/three.xml", "./one.xml", "two%20words.xml#top", "tests/test.xml"
        ),
        "tests/test.xml": TEST.format(
            section("Tools", "../ONE.xml", inner=section("Privacy and anti-fraud", "../deep/er/three.xml"))
        ),
    }

    for order in (files, dict(reversed(files.items()))):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        done = run(folder / "set.zip", package(order), "--topic", "hotline")

        assert done.exit_code == 0, done.output
        assert "QTI package, language en: 4 of 4 questions can be held (4 single)" in done.output
        assert (
            "note: set.zip, line 1: 1 files that are no XML (pictures, styles) are not read." in done.output
        )
        assert names(folder) == {"one": "tools", "three": "privacy", "two": "hotline", "unused": "hotline"}


def test_what_a_package_names_and_lacks_is_told_and_the_rest_is_taken_when_asked(tmp_path: Path) -> None:
    content = package(
        {
            "imsmanifest.xml": manifest(
                "good.xml", "gone.xml", "../../etc/passwd", "http://a.b/c.xml", "broken.xml"
            ),
            "good.xml": single("good"),
            "broken.xml": single().replace("</itemBody>", ""),
            "old.xml": "<questestinterop/>",
            "picture.xml": qti_item('<p><img src="a.png"/></p>', identifier="picture"),
        }
    )

    refused = run(tmp_path / "set.zip", content)

    assert refused.exit_code == 1
    assert not (tmp_path / "bank").exists()
    for sentence in (
        "set.zip, imsmanifest.xml, line 3: 'gone.xml' is not there",
        "set.zip, imsmanifest.xml, line 4: '../../etc/passwd' leads out of the package",
        "set.zip, imsmanifest.xml, line 5: 'http://a.b/c.xml' lies outside the package",
        "set.zip, broken.xml, line 3: it is not whole XML",
        "set.zip, old.xml, line 1: it is QTI 1: export it as QTI 2.2.",
        'set.zip, picture.xml, line 3, "A title": there is a picture',
        "6 of 7 questions cannot be held; nothing was written. --skip leaves them out.",
    ):
        assert sentence in refused.output

    skipped = run(tmp_path / "set.zip", content, "--skip-unsupported")

    assert skipped.exit_code == 3
    assert names(tmp_path) == {"good": "manners"}


def test_a_test_takes_the_items_beside_it_and_none_from_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "out.xml").write_text(single("out"), encoding="utf-8")
    (folder / "beside.xml").write_text(single("beside"), encoding="utf-8")
    (folder / "link.xml").symlink_to(tmp_path / "out.xml")
    words = TEST.format(section("Tools", "beside.xml", "../out.xml", "link.xml"))

    done = run(folder / "test.xml", words.encode(), "--skip")

    assert done.exit_code == 3
    assert "test.xml, test.xml, line 2: '../out.xml' leads out of the package" in done.output
    assert "test.xml, test.xml, line 2: 'link.xml' is not there" in done.output
    assert names(folder) == {"beside": "tools"}


def test_time_limits_of_a_test_are_noted(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(single("a"), encoding="utf-8")
    words = TEST.format('<timeLimits maxTime="60"/>' + section("Tools", "a.xml"))

    done = run(tmp_path / "test.xml", words.encode())

    assert done.exit_code == 0, done.output
    assert (
        "note: test.xml, test.xml, line 1: of the test only the questions are kept, not <timeLimits>."
        in done.output
    )


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_in_the_encoding_of_another_system_are_found(encoding: str, tmp_path: Path) -> None:
    # A name of as many bytes stands in until the package is made: zipfile itself only writes UTF-8.
    name = "题目.xml".encode(encoding)
    stand_in = "x" * len(name)
    raw = package({"imsmanifest.xml": manifest("题目.xml"), stand_in: single("a")}).replace(
        stand_in.encode(), name
    )

    done = run(tmp_path / "set.zip", raw)

    assert done.exit_code == 0, done.output
    assert names(tmp_path) == {"a": "manners"}


def twice() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        target.writestr("a.xml", single("a"))
        with pytest.warns(UserWarning, match="Duplicate name"):
            target.writestr("a.xml", single("b"))
    return content.getvalue()


def damaged() -> bytes:
    content = bytearray(package({"a.xml": single("a")}))
    content[60:70] = b"\xff" * 10
    return bytes(content)


def locked() -> bytes:
    content = bytearray(package({"a.xml": single("a")}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


ENTITIES = single().replace(
    "<assessmentItem", '\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><assessmentItem'
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (package({}), "line 1: there is no QTI item in the package"),
        (package({"word/document.xml": "<document/>"}), "line 1: there is no QTI item in the package"),
        (package({"a.xml": single()})[:-30], "line 1: it is a damaged zip file"),
        (twice(), "'a.xml' is in the package twice: keep one of them."),
        (damaged(), "a.xml, line 1: it cannot be unpacked"),
        (locked(), "a.xml, line 1: it is locked with a password"),
        (package({"../a.xml": single()}), "the name '../a.xml' leads out of the package: rename the file."),
        (package({"/a.xml": single()}), "the name '/a.xml' leads out of the package: rename the file."),
        (package({"a.xml": b"<a>" + b" " * 6_000_000}), "a.xml, line 1: it has more than 5,000,000 bytes"),
        (package({"a.xml": ENTITIES}), "a.xml, line 2: the file declares a document type"),
        (ENTITIES.encode(), "line 2: the file declares a document type"),
        (b"<qti-assessment-item/>", "line 1: it is QTI 3: export it as QTI 2.2."),
        (single().encode("utf-16")[:-9], "line 3: there are bytes that are not utf-16"),
        (
            single().replace("UTF-8", "gb18030").replace("one", "\udcff").encode(errors="surrogateescape"),
            "gb18030",
        ),
    ],
)
def test_files_made_to_do_harm_are_refused_with_a_sentence(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    refused = run(tmp_path / "bad.zip", content)

    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit)
    assert sentence in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["bad.zip"]


def test_a_package_that_unpacks_without_end_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "ALL_PARTS", 10_000)
    content = package({f"{number}.xml": single(f"q{number}", "Which? " * 200) for number in range(9)})

    refused = run(tmp_path / "bomb.zip", content)

    assert refused.exit_code == 1
    assert "the package holds more than 10,000 bytes: split it." in refused.output


def test_a_package_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_PARTS", 2)

    refused = run(tmp_path / "many.zip", package({name: single(name) for name in ("a", "b", "c")}))

    assert refused.exit_code == 1
    assert "the package has 3 files: split it, at most 2 each." in refused.output


def test_the_manifest_gives_the_order_where_no_test_does(tmp_path: Path) -> None:
    files = {f"{name}.xml": single(name) for name in "abc"} | {"imsmanifest.xml": manifest("c.xml", "a.xml")}

    done = run(tmp_path / "set.zip", package(files))

    assert done.exit_code == 0, done.output
    assert list(names(tmp_path)) == ["c", "a", "b"]


def count(files: Mapping[str, str], tmp_path: Path) -> Result:
    return run(tmp_path / "set.zip", package(files), "--dry-run")


def test_a_test_that_names_itself_ends(tmp_path: Path) -> None:
    words = TEST.format(section("Tools", "test.xml", "a.xml", "a.xml"))

    done = count({"test.xml": words, "a.xml": single("a")}, tmp_path)

    assert done.exit_code == 0, done.output
    assert "1 of 1 questions can be held" in done.output


def test_the_manifest_of_an_export_is_whole_by_the_rules_of_content_packaging() -> None:
    """IMS CP 1.2: metadata, organizations, resources in this order; ids once; all that is named is there."""
    entries, _ = export_items(shipped_bank().current)
    clashing = [dataclasses.replace(one, id="assessment") for one in entries if isinstance(one, Question)][:2]
    with zipfile.ZipFile(io.BytesIO(write_qti_package([*entries, *clashing]))) as file:
        names = file.namelist()
        root = ElementTree.fromstring(file.read("imsmanifest.xml"))
        test = ElementTree.fromstring(file.read("assessment.xml"))

    space = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
    assert root.tag == f"{space}manifest"
    assert [child.tag for child in root] == [
        f"{space}{one}" for one in ("metadata", "organizations", "resources")
    ]
    assert [(child.tag, child.text) for child in root[0]] == [
        (f"{space}schema", "QTIv2.2 Package"),
        (f"{space}schemaversion", "1.0.0"),
    ]
    resources = list(root[2])
    identifiers = [root.attrib["identifier"], *(one.attrib["identifier"] for one in resources)]
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", one, re.ASCII) for one in identifiers)
    assert {one.attrib["type"] for one in resources} == {"imsqti_test_xmlv2p2", "imsqti_item_xmlv2p2"}
    for resource in resources:
        tags = [child.tag.removeprefix(space) for child in resource]
        assert tags == ["file", *["dependency"] * (len(tags) - 1)]
        assert resource[0].attrib == {"href": resource.attrib["href"]}
        assert {child.attrib["identifierref"] for child in resource[1:]} <= set(identifiers)
    assert sorted(names) == sorted(["imsmanifest.xml", *(one.attrib["href"] for one in resources)])
    within = [one.attrib["identifier"] for one in test.iter() if "identifier" in one.attrib]
    assert len(set(within)) == len(within)
