"""Reading Moodle XML, and refusing what is no whole or no safe XML."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exams.formats.moodle_reader import read_moodle_xml
from exams.formats.questions import (
    Category,
    Choices,
    Description,
    Entry,
    Essay,
    Finding,
    FormatError,
    Lines,
    Markup,
    Numbers,
    Pairs,
    Question,
    ShortAnswers,
    Truth,
    Unsupported,
    Words,
)
from exams.formats.xml_tree import parse


def read(inner: str) -> list[Entry]:
    return read_moodle_xml(
        parse(f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{inner}\n</quiz>'.encode())
    )


def read_one(kind: str, inner: str) -> Question:
    (entry,) = read(
        f'<question type="{kind}"><name><text>A name</text></name>'
        f'<questiontext format="html"><text><![CDATA[<p>Why?</p>]]></text></questiontext>{inner}</question>'
    )
    assert isinstance(entry, Question)
    return entry


def test_what_every_question_has_is_read_with_its_line_and_category() -> None:
    category, question = read(
        '<question type="category"><category><text>$course$/Fees</text></category></question>\n\n'
        '<question type="truefalse">\n<name><text> T </text></name>\n'
        '<questiontext format="markdown"><text>*Is* it?</text></questiontext>'
        '<generalfeedback format="html"><text>So it is.</text></generalfeedback>'
        "<defaultgrade>2.0000000</defaultgrade><idnumber>q-7</idnumber>"
        "<tags><tag><text>one</text></tag><tag><text>two</text></tag></tags>"
        "<hint><text>Think.</text></hint>"
        '<answer fraction="0"><text>true</text><feedback><text>No.</text></feedback></answer>'
        '<answer fraction="100"><text>false</text></answer></question>'
    )

    assert category == Category(3, "$course$/Fees")
    assert isinstance(question, Question)
    assert (question.line, question.title, question.id) == (5, "T", "q-7")
    assert (question.category, question.tags) == ("$course$/Fees", ("one", "two"))
    assert (question.points, question.feedback) == (Decimal(2), Words("So it is.", Markup.HTML))
    assert question.stem == Words("*Is* it?", Markup.MARKDOWN)
    assert question.answer == Truth(False, Words("No."), None)
    assert question.lost == ("its hints are not kept.",)


def test_every_kind_that_the_bank_has_is_read() -> None:
    choices = read_one(
        "multichoice",
        "<single>false</single><shuffleanswers>0</shuffleanswers>"
        '<answer fraction="50"><text>a</text></answer><answer fraction="-100"><text>b</text></answer>',
    ).answer
    short = read_one(
        "shortanswer", '<usecase>1</usecase><answer fraction="100"><text>a</text></answer>'
    ).answer
    numbers = read_one(
        "numerical",
        '<answer fraction="100"><text>5</text><tolerance>0.5</tolerance></answer>'
        '<answer fraction="0"><text>*</text></answer>'
        "<units><unit><multiplier>1</multiplier><unit_name>kg</unit_name></unit></units>",
    ).answer
    pairs = read_one(
        "matching",
        '<subquestion format="html"><text>a</text><answer><text>1</text></answer></subquestion>'
        "<subquestion><text></text><answer><text>2</text></answer></subquestion>",
    ).answer
    lines = read_one(
        "ordering",
        '<selecttype>ALL</selecttype><answer fraction="9"><text>a</text></answer>'
        '<answer fraction="1"><text>b</text></answer>',
    ).answer

    assert isinstance(choices, Choices)
    assert (choices.single, choices.shuffle) == (False, False)
    assert [choice.percent for choice in choices.choices] == [50, -100]
    assert isinstance(short, ShortAnswers)
    assert short.case_counts
    assert isinstance(numbers, Numbers)
    assert [(one.low, one.high) for one in numbers.answers] == [
        (Decimal("4.5"), Decimal("5.5")),
        (None, None),
    ]
    assert numbers.units == ("kg",)
    assert pairs == Pairs(((Words("a", Markup.HTML), Words("1")), (Words(""), Words("2"))))
    assert lines == Lines((Words("a"), Words("b")), 2)


def test_what_the_bank_has_not_is_told_apart() -> None:
    cloze = read_one("cloze", "").answer

    assert read_one("essay", "").answer == Essay()
    assert read_one("description", "").answer == Description()
    assert cloze == Unsupported("is of the type 'cloze', which the bank has not.")
    assert read_one("essay", '<file name="a.png" encoding="base64">AAAA</file>').media == ("a.png",)


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        (b"<quiz>\n<question type='essay'>\n<name>", 3, "inside <name> of line 3): export the file again"),
        (b"<quiz>\n<a></b></quiz>", 2, "mismatched tag"),
        (b"<quiz>\n\xff</quiz>", 2, "not well-formed"),
        (b"<html/>", 1, "Moodle XML begins with <quiz>"),
        (b'<?xml version="1.0" encoding="nonsense"?><quiz/>', 1, "unknown encoding"),
        (b"<quiz>" + b"<a>" * 100, 1, "more than 60 deep"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_line_and_mend(
    content: bytes, line: int, sentence: str
) -> None:
    with pytest.raises(FormatError) as refused:
        read_moodle_xml(parse(content))

    (finding,) = refused.value.findings
    assert finding.line == line
    assert sentence in finding.message


@pytest.mark.parametrize(
    ("inner", "line", "sentence"),
    [
        ("<item/>", 5, "<item> is not known here"),
        ("<question/>", 5, "the question has no type"),
        ("<question type='numerical'>\n<answer><text>x</text></answer></question>", 6, "'x' is not a number"),
        (
            "<question type='truefalse'>\n<answer><text>ja</text></answer></question>",
            6,
            "'ja' is neither true nor false",
        ),
        ("<question type='truefalse'></question>", 5, "not clear whether the statement is true"),
        (
            "<question type='essay'><defaultgrade>1e999</defaultgrade></question>",
            5,
            "'1e999' is not a number",
        ),
        (
            "<question type='essay'><defaultgrade>1e-99</defaultgrade></question>",
            5,
            "'1e-99' is not a number",
        ),
    ],
)
def test_a_question_that_cannot_be_read_is_told_and_the_others_are_kept(
    inner: str, line: int, sentence: str
) -> None:
    essay = '<question type="essay"/>'
    first, finding, last = read(f"\n{essay}\n{inner}\n{essay}")

    assert isinstance(first, Question)
    assert isinstance(last, Question)
    assert isinstance(finding, Finding)
    assert finding.line == line
    assert sentence in finding.message


@pytest.mark.parametrize("encoding", ["gb2312", "GBK", "gb18030", "big5"])
def test_chinese_encodings_are_read_and_their_faults_told(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?>\n<quiz>\n<a>中文</a></quiz>"

    assert parse(text.encode(encoding)).children[0].text == "中文"
    with pytest.raises(FormatError) as refused:
        parse(text.encode(encoding).replace("中".encode(encoding), b"\xff"))

    (finding,) = refused.value.findings
    assert finding.line == 3
    assert f"bytes that are not {encoding}" in finding.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_any_entity_is_made(encoding: str) -> None:
    bomb = '<?xml version="1.0"?>\n<!DOCTYPE quiz [<!ENTITY a "aaaaaaaaaa">'
    for number in range(12):
        bomb += f'<!ENTITY {chr(98 + number)} "{f"&{chr(97 + number)};" * 10}">'
    bomb += "]>\n<quiz>&m;</quiz>"

    with pytest.raises(FormatError) as refused:
        parse(bomb.encode(encoding))

    (finding,) = refused.value.findings
    assert finding.line == 2
    assert "declares a document type" in finding.message
    assert "remove the declaration" in finding.message
