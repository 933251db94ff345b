"""What the answers of a QTI item are worth: mappings, rules and templates, and the feedback they bring."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exams.items import MultipleItem, NumericItem, ShortAnswerItem, SingleItem
from tests.exams.formats.qti_make import (
    ABC,
    CORRECT,
    ENTRY,
    MAP,
    VARIABLE,
    choice,
    condition,
    declare,
    mapping,
    notes_of,
    one_item,
    qti_item,
)


def test_a_mapping_gives_several_right_options_their_shares_and_the_points() -> None:
    mapped = mapping({"A": "1", "B": "1", "C": "-2"}, more='lowerBound="0"')
    words = qti_item(
        choice(ABC, most=0), declare=declare("A,B", cardinality="multiple", mapping=mapped), scoring=MAP
    )

    item = one_item(words)

    assert isinstance(item, MultipleItem)
    assert (item.key, item.points) == (("a", "b"), 2)
    assert notes_of(words) == []
    assert notes_of(words.replace('"-2"', '"-1"')) == [
        "a wrong tick takes 100 % here, whatever the file says."
    ]


def test_all_or_nothing_and_a_limit_of_ticks_are_noted() -> None:
    words = qti_item(choice(ABC, most=2), declare=declare("A,B", cardinality="multiple"))

    assert isinstance(one_item(words), MultipleItem)
    assert notes_of(words) == [
        "the file lets people tick 2 options at most; here there is no limit.",
        "it earns all or nothing in the file; here each right tick earns its share.",
    ]


def test_words_to_type_are_found_in_mapping_and_correct_response() -> None:
    mapped = mapping({"York": "1", "Yorck": "1", "Lancaster": "0"}, each='caseSensitive="false"')
    words = qti_item(ENTRY, declare=declare("York", kind="string", mapping=mapped), scoring=MAP)
    item = one_item(words)
    star = one_item(qti_item(ENTRY, declare=declare("*5", kind="string")))

    assert isinstance(item, ShortAnswerItem)
    assert item.key == ("York", "Yorck")
    assert any("lists as wrong" in note for note in notes_of(words))
    assert not any("capital" in note for note in notes_of(words))
    assert item.stem.en == "How many? _____"
    assert isinstance(star, ShortAnswerItem)
    assert star.key == ("*5",)


def test_words_compared_in_rules_are_found_and_capitals_noted() -> None:
    string = '<baseValue baseType="string">{}</baseValue>'
    tests = "".join(
        f'<stringMatch caseSensitive="{case}">{VARIABLE}{string.format(word)}</stringMatch>'
        for word, case in (("seven", "false"), ("7", "true"))
    )
    words = qti_item(ENTRY, declare=declare("", kind="string"), scoring=condition(f"<or>{tests}</or>", "2"))
    item = one_item(words)

    assert isinstance(item, ShortAnswerItem)
    assert (item.key, item.points) == (("seven", "7"), 2)
    assert notes_of(words) == []
    assert notes_of(qti_item(ENTRY, declare=declare("York", kind="string"))) == [
        "capital and small letters count in the file, and never here."
    ]


@pytest.mark.parametrize(
    ("test", "kind", "key", "tolerance"),
    [
        (f"<match>{VARIABLE}{CORRECT}</match>", "float", "5", "0"),
        (f'<equal toleranceMode="exact">{VARIABLE}{CORRECT}</equal>', "float", "5", "0"),
        (f'<equal toleranceMode="absolute" tolerance="0.5">{CORRECT}{VARIABLE}</equal>', "float", "5", "0.5"),
        (
            f'<equal toleranceMode="absolute" tolerance="1 2">{CORRECT}{VARIABLE}</equal>',
            "float",
            "5.5",
            "1.5",
        ),
        (
            f'<equal toleranceMode="relative" tolerance="10 10">{CORRECT}{VARIABLE}</equal>',
            "float",
            "5",
            "0.5",
        ),
        (
            f'<and><gte>{VARIABLE}<baseValue baseType="float">4</baseValue></gte>'
            f'<lte>{VARIABLE}<baseValue baseType="float">4.5</baseValue></lte></and>',
            "float",
            "4.25",
            "0.25",
        ),
        (
            f'<and><gt>{VARIABLE}<baseValue baseType="integer">3</baseValue></gt>'
            f'<lt>{VARIABLE}<baseValue baseType="integer">7</baseValue></lt></and>',
            "integer",
            "5",
            "1",
        ),
    ],
)
def test_the_numbers_that_earn_points_are_found(test: str, kind: str, key: str, tolerance: str) -> None:
    item = one_item(qti_item(ENTRY, declare=declare("5", kind=kind), scoring=condition(test)))

    assert isinstance(item, NumericItem)
    assert (item.key, item.tolerance) == (Decimal(key), Decimal(tolerance))


def outcome(name: str, default: str, kind: str = "identifier", cardinality: str = "single") -> str:
    value = f"<defaultValue><value>{default}</value></defaultValue>" if default else ""
    return (
        f'<outcomeDeclaration identifier="{name}" cardinality="{cardinality}" baseType="{kind}">{value}'
        "</outcomeDeclaration>"
    )


def test_the_rules_of_authoring_tools_are_run() -> None:
    """As Onyx and OpenOlat write them: a sum for the score, a verdict, and feedback gathered by verdict."""

    def gather(verdict: str) -> str:
        identifier = '<baseValue baseType="identifier">{}</baseValue>'
        return (
            f"<responseCondition><responseIf><and><match>{identifier.format(verdict)}"
            '<variable identifier="BASIC"/></match></and><setOutcomeValue identifier="MODAL"><multiple>'
            f'<variable identifier="MODAL"/>{identifier.format(f"F-{verdict}")}</multiple></setOutcomeValue>'
            "</responseIf></responseCondition>"
        )

    def say(verdict: str) -> str:
        return (
            f'<setOutcomeValue identifier="BASIC"><baseValue baseType="identifier">{verdict}</baseValue>'
            "</setOutcomeValue>"
        )

    rules = (
        f"<responseProcessing><responseCondition><responseIf><isNull>{VARIABLE}</isNull>{say('empty')}"
        f"</responseIf><responseElseIf><match>{VARIABLE}{CORRECT}</match>"
        '<setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/>'
        f'<variable identifier="MAXSCORE"/></sum></setOutcomeValue>{say("correct")}</responseElseIf>'
        f"<responseElse>{say('incorrect')}</responseElse></responseCondition>"
        f"{gather('correct')}{gather('incorrect')}</responseProcessing>"
    )
    modal = "".join(
        f'<modalFeedback outcomeIdentifier="MODAL" identifier="F-{verdict}" showHide="show">{words}'
        "</modalFeedback>"
        for verdict, words in (("correct", "Well done."), ("incorrect", "Read rule 4."))
    )
    declared = (
        declare("B")
        + outcome("MAXSCORE", "2.0", "float")
        + outcome("BASIC", "empty")
        + outcome("MODAL", "", cardinality="multiple")
    )
    item = one_item(qti_item(choice(ABC), declare=declared, scoring=rules, modal=modal))
    number = declared.replace(">B<", ">5<").replace('baseType="identifier"', 'baseType="float"', 1)
    entry = qti_item(ENTRY, declare=number, scoring=rules, modal=modal)

    assert isinstance(item, SingleItem)
    assert (item.key, item.points) == ("b", 2)
    assert item.feedback.en == "one: Read rule 4.\ntwo: Well done.\nthree: Read rule 4."
    assert one_item(entry).feedback.en == "Well done.\nRead rule 4."
    assert one_item(entry.replace("Well done.", "Read rule 4.")).feedback.en == "Read rule 4."
    assert notes_of(entry) == [
        "some of its feedback depends on the answer in the file; all of it is shown after the end here."
    ]


@pytest.mark.parametrize(
    ("template", "outcome_name"),
    [("CC2_match", "FEEDBACK"), ("CC2_match_basic", "FEEDBACKBASIC"), ("CC2_map_response", "FEEDBACK")],
)
def test_the_templates_of_common_cartridge_are_run(template: str, outcome_name: str) -> None:
    shown = "B" if template == "CC2_match" else "correct"
    words = qti_item(
        choice(ABC),
        declare=declare("B", mapping=mapping({"B": "3"})) + outcome("MAXSCORE", "3", "float"),
        scoring=f'<responseProcessing template="http://www.imsglobal.org/x/{template}.xml"/>',
        modal=f'<modalFeedback outcomeIdentifier="{outcome_name}" identifier="{shown}">Yes.</modalFeedback>',
    )
    item = one_item(words)

    assert isinstance(item, SingleItem)
    assert (item.key, item.points, item.feedback.en) == ("b", 3, "two: Yes.")
