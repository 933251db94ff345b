"""Reading QTI items: what each interaction means, and what is told with its line."""

from __future__ import annotations

import pytest

from exams.formats.questions import FormatError
from exams.items import MatchingItem, OrderingItem, SingleItem, TrueFalseItem
from tests.exams.formats.qti_make import (
    ABC,
    CORRECT,
    ENTRY,
    MAP,
    VARIABLE,
    choice,
    condition,
    declare,
    import_item,
    mapping,
    notes_of,
    one_item,
    qti_item,
    single,
)


@pytest.mark.parametrize("version", ["v2p0", "v2p1", "v2p2"])
def test_a_choice_of_one_is_read_in_every_version(version: str) -> None:
    item = one_item(single("A-7").replace("v2p2", version))

    assert isinstance(item, SingleItem)
    assert (item.id, item.key, item.shuffle, item.points) == ("a-7", "b", True, 1)
    assert item.stem.en == "Which?"
    assert [option.text.en for option in item.options] == ["one", "two", "three"]
    assert item.rationale.en == "Imported from q.xml:1 without a rationale."
    assert notes_of(single()) == []


def test_prefixed_elements_are_the_same_elements() -> None:
    words = single().replace("xmlns=", "xmlns:qti=").replace("</", "</qti:")
    for name in (
        "assessmentItem",
        "responseD",
        "outcomeD",
        "correctR",
        "value",
        "itemBody",
        "choiceI",
        "prompt",
    ):
        words = words.replace(f"<{name}", f"<qti:{name}")
    words = words.replace("<simpleChoice", "<qti:simpleChoice").replace(
        "<responseProcessing", "<qti:responseProcessing"
    )

    assert isinstance(one_item(words), SingleItem)


def test_a_fixed_option_keeps_all_in_their_order() -> None:
    words = single().replace('identifier="C"', 'identifier="C" fixed="true"')
    item = one_item(words)

    assert isinstance(item, SingleItem)
    assert not item.shuffle
    assert notes_of(words) == ["some of its options have a fixed place: all keep the order of the file here."]


def test_two_options_that_say_true_and_false_are_a_statement() -> None:
    item = one_item(qti_item(choice({"T": "True", "F": "False"}), declare=declare("F")))

    assert isinstance(item, TrueFalseItem)
    assert not item.key


def test_an_option_inside_a_sentence_is_a_choice_with_a_gap() -> None:
    inline = "".join(f'<inlineChoice identifier="{name}">{name}</inlineChoice>' for name in "ABC")
    item = one_item(
        qti_item(
            f'<p>Press <inlineChoiceInteraction responseIdentifier="RESPONSE">{inline}'
            "</inlineChoiceInteraction> to send.</p>",
            declare=declare("C"),
        )
    )

    assert isinstance(item, SingleItem)
    assert (item.stem.en, item.key) == ("Press _____ to send.", "c")


def test_lines_are_put_in_their_right_order() -> None:
    options = "".join(f'<simpleChoice identifier="{name}">{name}</simpleChoice>' for name in "ABCD")
    words = qti_item(
        f'<orderInteraction responseIdentifier="RESPONSE" shuffle="true"><prompt>Sort.</prompt>{options}'
        "</orderInteraction>",
        declare=declare("C,A,D,B", cardinality="ordered"),
        scoring=condition(f"<match>{VARIABLE}{CORRECT}</match>", "3"),
    )
    item = one_item(words)

    assert isinstance(item, OrderingItem)
    said = {option.id: option.text.en for option in item.options}
    assert ([said[one] for one in item.key], item.points) == (["C", "A", "D", "B"], 3)
    assert notes_of(words) == [
        "each pair of lines in the right order earns its share here, whatever the file says."
    ]


def match(first: str, second: str) -> str:
    sets = "".join(
        "<simpleMatchSet>"
        + "".join(
            f'<simpleAssociableChoice identifier="{name}" matchMax="4">{name}</simpleAssociableChoice>'
            for name in names
        )
        + "</simpleMatchSet>"
        for names in (first, second)
    )
    return (
        '<matchInteraction responseIdentifier="RESPONSE" shuffle="true" maxAssociations="9">'
        f"<prompt>Match.</prompt>{sets}</matchInteraction>"
    )


@pytest.mark.parametrize(
    ("body", "kind", "right"),
    [
        (match("abc", "xyz"), "directedPair", "a x,b y,c x"),
        (match("xyz", "abc"), "directedPair", "x a,y b,x c"),
    ],
)
def test_pairs_are_read_from_either_side(body: str, kind: str, right: str) -> None:
    mapped = mapping(dict.fromkeys(right.split(","), "1"))
    words = qti_item(
        body, declare=declare(right, kind=kind, cardinality="multiple", mapping=mapped), scoring=MAP
    )
    item = one_item(words)

    assert isinstance(item, MatchingItem)
    prompts = {prompt.id: prompt.text.en for prompt in item.prompts}
    options = {option.id: option.text.en for option in item.options}
    assert {prompts[left]: options[one] for left, one in item.key} == {"a": "x", "b": "y", "c": "x"}
    assert sorted(options.values()) == ["x", "y", "z"]
    assert item.points == 3
    assert notes_of(words) == []


def test_words_to_associate_become_prompts_and_options() -> None:
    choices = "".join(
        f'<simpleAssociableChoice identifier="{name}" matchMax="1">{name}</simpleAssociableChoice>'
        for name in "abcxyz"
    )
    item = one_item(
        qti_item(
            f'<associateInteraction responseIdentifier="RESPONSE" shuffle="true">{choices}'
            "<prompt>Pair.</prompt></associateInteraction>",
            declare=declare("x a,b y,c z", kind="pair", cardinality="multiple"),
        )
    )

    assert isinstance(item, MatchingItem)
    assert [prompt.text.en for prompt in item.prompts] == ["a", "b", "c"]


def test_feedback_goes_to_the_options_it_is_for_and_rubrics_to_the_rationale() -> None:
    rules = (
        "<responseProcessing>"
        f"<responseCondition><responseIf><match>{VARIABLE}{CORRECT}</match>"
        '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>'
        "</responseIf></responseCondition>"
        f'<setOutcomeValue identifier="FEEDBACK">{VARIABLE}</setOutcomeValue></responseProcessing>'
    )
    modal = (
        '<modalFeedback outcomeIdentifier="FEEDBACK" identifier="A" showHide="show">Too few.</modalFeedback>'
        '<modalFeedback outcomeIdentifier="OTHER" identifier="x" showHide="hide"><p>See rule 4.</p>'
        "</modalFeedback>"
    )
    body = (
        '<rubricBlock view="candidate"><p>Read well.</p></rubricBlock>'
        '<rubricBlock view="scorer author"><p>Rule 4 says two.</p></rubricBlock>'
        + choice(
            ABC
            | {"C": 'three<feedbackInline outcomeIdentifier="F" identifier="C">Too many.</feedbackInline>'}
        )
    )
    words = qti_item(body, declare=declare("B"), scoring=rules, modal=modal)
    item = one_item(words)

    assert isinstance(item, SingleItem)
    assert item.stem.en == "Read well.\nWhich?"
    assert item.options[2].text.en == "three"
    assert item.rationale.en == "Rule 4 says two."
    assert item.feedback.en == "See rule 4.\none: Too few.\nthree: Too many."
    assert notes_of(words) == []


def test_parts_in_two_languages_are_one_text_and_a_foreign_word_is_none() -> None:
    both = '<p xml:lang="zh-CN">几件？</p><p xml:lang="en-GB">How <b>many</b>?</p>'
    item = one_item(qti_item(both + choice(ABC, prompt=""), declare=declare("B"), more='xml:lang="zh"'))
    plain = one_item(
        qti_item(
            '<p>Say <i xml:lang="zh">hao</i> or <i xml:lang="en">good</i>.</p>' + choice(ABC, prompt=""),
            declare=declare("B"),
        )
    )

    assert (item.stem.zh, item.stem.en) == ("几件？", "How many?")
    assert plain.stem.en == "Say hao or good."


@pytest.mark.parametrize(
    ("words", "line", "reason"),
    [
        (qti_item('<p>\n<img src="a.png" alt=""/></p>'), 4, "there is a picture (<img> a.png)"),
        (qti_item("<p>1</p>"), 1, "it is a text without a question"),
        (qti_item(choice(ABC) + "\n" + choice(ABC), declare=declare("A")), 4, "it has 2 places to answer"),
        (qti_item(choice(ABC), declare=declare("")), 2, "no answer earns points, as in a survey"),
        (qti_item(choice(ABC), declare=""), 3, "its response 'RESPONSE' is not declared"),
        (qti_item(choice({"A": "1", "B": "<math>x</math>"}), declare=declare("A")), 3, "a drawn formula"),
        (
            qti_item(choice(ABC), declare=declare("A,D", cardinality="multiple")),
            2,
            "names 'D', which is no option",
        ),
        (
            qti_item('<gapMatchInteraction responseIdentifier="RESPONSE"/>', declare=declare("A")),
            3,
            "it is answered by <gapMatchInteraction>, which the bank has not",
        ),
        (
            qti_item('<extendedTextInteraction responseIdentifier="RESPONSE"/>', declare=declare("")),
            1,
            "its stem is empty",
        ),
        (
            qti_item(
                '<p>Why?</p><extendedTextInteraction responseIdentifier="RESPONSE"/>', declare=declare("")
            ),
            1,
            "it is an essay",
        ),
        (qti_item(ENTRY, declare=declare("x", kind="float")), 2, "'x' is not a number"),
        (
            qti_item(ENTRY, declare=declare("5,7", kind="float", cardinality="multiple")),
            2,
            "no answer earns points",
        ),
        (
            qti_item(
                ENTRY, declare=declare("5", kind="float"), scoring=condition(f"<gt>{VARIABLE}{CORRECT}</gt>")
            ),
            3,
            "it gives points for numbers without end",
        ),
        (
            qti_item(
                ENTRY, declare=declare("a", kind="string", mapping=mapping({"a": "2", "b": "1"})), scoring=MAP
            ),
            1,
            "one of its answers earns 50 % of the points",
        ),
        (
            qti_item(
                ENTRY,
                declare=declare("a", kind="string"),
                scoring=condition(f'<stringMatch substring="true">{VARIABLE}{CORRECT}</stringMatch>'),
            ),
            3,
            "it accepts any words that contain the answer",
        ),
        (
            qti_item(
                ENTRY,
                declare=declare("a", kind="string"),
                scoring=condition(f"\n<patternMatch pattern='a+'>{VARIABLE}</patternMatch>"),
            ),
            4,
            "its scoring uses <patternMatch>, which is not known here",
        ),
        (
            qti_item(choice(ABC), declare=declare("A"), scoring='<responseProcessing template="my/own"/>'),
            3,
            "it is scored by the template 'own'",
        ),
        (
            qti_item(
                '<orderInteraction responseIdentifier="RESPONSE">'
                '<simpleChoice identifier="A">1</simpleChoice>'
                '<simpleChoice identifier="B">2</simpleChoice></orderInteraction>',
                declare=declare("A,B", cardinality="ordered"),
                scoring=condition(
                    f'<match>{VARIABLE}<ordered><baseValue baseType="identifier">B</baseValue>'
                    '<baseValue baseType="identifier">A</baseValue></ordered></match>'
                ),
            ),
            2,
            "no answer earns points",
        ),
        (single().replace('adaptive="false"', 'adaptive="true"'), 1, "it is adaptive"),
        (
            qti_item(
                match("abc", "xyz"),
                declare=declare("a x,a y,b x,c z", kind="directedPair", cardinality="multiple"),
            ),
            3,
            "several right answers",
        ),
        (single().replace("</itemBody>", "</itemBody"), 3, "it is not whole XML"),
    ],
)
def test_what_cannot_be_held_is_told_with_its_line(words: str, line: int, reason: str) -> None:
    try:
        found = import_item(words)
    except FormatError as error:
        (problem,) = error.findings
    else:
        assert found.items == ()
        (problem,) = found.problems
        assert problem.title == "A title"
    assert reason in problem.message
    assert problem.line == line
