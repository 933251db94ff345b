"""What becomes an item, what is named instead, and what a person is told to look at."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exams.formats.gift_reader import read_gift
from exams.formats.importing import Import, import_questions
from exams.formats.moodle_reader import read_moodle_xml
from exams.formats.texts import NO_FEEDBACK, NO_UNIT
from exams.formats.xml_tree import parse
from exams.items import (
    Item,
    MatchingItem,
    MultipleItem,
    NumericItem,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    Text,
    Topic,
    TrueFalseItem,
)


def import_gift(words: str, *, language: str | None = None, topic: Topic | None = Topic.TOOLS) -> Import:
    return import_questions(read_gift(words), file="fees.gift", language=language, topic=topic)


def one_item(words: str, *, language: str | None = None) -> Item:
    found = import_gift(words, language=language)
    assert found.problems == ()
    (item,) = found.items
    return item


def notes_of(words: str) -> list[str]:
    return [note.message for note in import_gift(words).notes]


def test_english_words_stand_in_both_languages_and_a_note_asks_for_the_chinese_ones() -> None:
    found = import_gift("\n::Fee 1::What is it?{~10 =20 ~30#too much ####Look it up.}")

    (item,) = found.items
    assert found.language == "en"
    assert isinstance(item, SingleItem)
    assert (item.id, item.version, item.topic, item.points) == ("fee-1", 1, Topic.TOOLS, 1)
    assert item.stem == Text(zh="What is it?", en="What is it?")
    assert [option.text.en for option in item.options] == ["10", "20", "30"]
    assert item.key == "b"
    assert item.feedback.en == "Look it up.\n30: too much"
    assert item.rationale.en == "Imported from fees.gift:2 without a rationale."
    (note,) = found.notes
    assert (note.line, note.title) == (2, "Fee 1")
    assert note.message == "its texts are in one language: write the Chinese ones before anybody sits it."


def test_chinese_words_get_placeholders_where_english_must_stand() -> None:
    found = import_gift("运费是多少？{~十元 =二十元 ~30}")

    (item,) = found.items
    assert found.language == "zh"
    assert isinstance(item, SingleItem)
    assert item.id == "fees-1"
    assert item.stem == Text(zh="运费是多少？", en="[to be translated: question]")
    assert [option.text.en for option in item.options] == [
        "[to be translated: option 1]",
        "[to be translated: option 2]",
        "30",
    ]
    assert item.feedback == NO_FEEDBACK
    assert [note.message for note in found.notes] == [
        "its texts are in one language: write the English ones before anybody sits it.",
        "it has no feedback: write what a candidate should read afterwards.",
    ]


def test_the_language_can_be_said() -> None:
    assert (
        import_gift("So?{T}", language="zh")
        .notes[0]
        .message.startswith("its texts are in one language: write the English ones")
    )


def test_the_category_chooses_the_topic_else_the_option_else_a_note_tells() -> None:
    words = "$CATEGORY: $course$/top/After-sales rules\n\nA?{T}\n\n$CATEGORY: other\n\nB?{T}"
    chosen = import_gift(words, topic=Topic.HOTLINE)
    unsaid = import_gift(words, topic=None)

    assert [item.topic for item in chosen.items] == [Topic.AFTER_SALES, Topic.HOTLINE]
    assert [item.topic for item in unsaid.items] == [Topic.AFTER_SALES, Topic.MANNERS]
    assert unsaid.notes[-1].message == (
        "1 questions have no topic of ours and go to manners: --topic chooses another."
    )


def test_ids_come_from_the_file_and_are_never_twice_the_same() -> None:
    found = import_gift("// [id:A 7]\nA?{T}\n\n::A 7::B?{T}\n\n::运费 7::C?{T}\n\nD?{T}")

    assert [item.id for item in found.items] == ["a-7", "a-7-2", "fees-3", "fees-4"]


def test_several_right_options_need_equal_shares_and_a_note_tells_of_another_penalty() -> None:
    item = one_item("Which?{~%50%a ~%50%b ~%-100%c}")

    assert isinstance(item, MultipleItem)
    assert item.key == ("a", "b")
    assert "a wrong tick takes 100 % here, whatever the file says." in notes_of("Which?{~%50%a ~%50%b ~%0%c}")
    assert not any("tick" in note for note in notes_of("Which?{~%50%a ~%50%b ~%-100%c}"))


def test_a_penalty_of_a_single_choice_is_told() -> None:
    found = import_gift("Which?{=a ~%-50%b ~c}")

    assert len(found.items) == 1
    assert "a wrong answer takes nothing here, whatever the file says." in [
        one.message for one in found.notes
    ]


def test_shares_that_were_rounded_are_equal() -> None:
    item = one_item("Which?{~%33.3%a ~%33.3%b ~%33.4%c ~%-100%d}")

    assert isinstance(item, MultipleItem)
    assert item.key == ("a", "b", "c")


def test_numbers_have_a_middle_a_tolerance_and_a_unit() -> None:
    item = one_item("How many?{#4..5.50#good}")

    assert isinstance(item, NumericItem)
    assert (item.key, item.tolerance, item.unit) == (Decimal("4.75"), Decimal("0.75"), NO_UNIT)
    assert item.feedback.en == "4.75: good"


def test_two_options_are_a_choice_and_two_that_say_true_and_false_are_a_statement() -> None:
    either = one_item("When?{~before lunch =after lunch}")
    english, chinese = one_item("So?{~True =False}"), one_item("是吗？{=对 ~错}")

    assert isinstance(either, SingleItem)
    assert [option.text.en for option in either.options] == ["before lunch", "after lunch"]
    assert either.key == "b"
    assert isinstance(english, TrueFalseItem)
    assert not english.key
    assert isinstance(chinese, TrueFalseItem)
    assert chinese.key


def test_short_answers_take_a_star_that_is_none_and_leave_wrong_ones_out() -> None:
    item = one_item("Which key?{=\\\\*# ok =star =%0%hash}")

    assert isinstance(item, ShortAnswerItem)
    assert item.key == ("*", "star")


def test_pairs_and_lines_are_arranged_so_that_their_order_tells_nothing() -> None:
    pairs = one_item("Match.{=a -> one\n=b -> two\n=c -> three\n=d -> one\n= -> four}")
    lines = one_item("Sort.{>4 ALL\nfirst\nsecond\nthird\nfourth\n}")

    assert isinstance(pairs, MatchingItem)
    words = {option.id: option.text.en for option in pairs.options}
    prompts = {prompt.id: prompt.text.en for prompt in pairs.prompts}
    assert {prompts[left]: words[right] for left, right in pairs.key} == {
        "a": "one",
        "b": "two",
        "c": "three",
        "d": "one",
    }
    assert sorted(words.values()) == ["four", "one", "three", "two"]
    assert isinstance(lines, OrderingItem)
    said = {option.id: option.text.en for option in lines.options}
    assert [said[one] for one in lines.key] == ["first", "second", "third", "fourth"]
    assert lines.hides_key(lines.option_ids)


def test_an_english_answer_too_long_for_a_chinese_one_gets_a_placeholder() -> None:
    item = one_item("Match.{=a -> an answer that is rather long\n=b -> two\n=c -> three}")

    assert isinstance(item, MatchingItem)
    long = next(option.text for option in item.options if option.text.en.startswith("an answer"))
    assert long.zh == "［待翻译：选项 1］"


def test_what_is_said_to_either_answer_of_a_statement_goes_into_the_feedback() -> None:
    item = one_item("So?{TRUE#well done#look again####It is.}")

    assert isinstance(item, TrueFalseItem)
    assert item.feedback.en == 'It is.\n"True": well done\n"False": look again'
    assert item.feedback.zh.startswith("It is.\n选“正确”：")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Write.{}", "it is an essay"),
        ("Read.", "it is a text without a question"),
        ("One {=a}, two {=b}.", "it has several places to answer"),
        ("Which?{~%100%a}", "fewer than two options are right"),
        ("Which?{=a ~%50%b ~c}", "one of its options earns 50 % of the points"),
        ("Which?{=a =b ~c}", "2 of its options are right: mark exactly one"),
        ("Which?{~%40%a ~%60%b ~c}", "its right options earn different shares"),
        ("Which?{~%25%a ~%25%b ~c}", "its right options earn 50 % together"),
        ("Which?{~%100%a ~b ~c}", "fewer than two options are right"),
        ("Which?{~a ~ =c}", "its option is empty"),
        ("Which?{=a =%50%b}", "one of its answers earns 50 % of the points"),
        ("Which?{=a*}", "its answer 'a*' holds *"),
        ("How many?{#=1 =2}", "it accepts 2 numbers or ranges"),
        ("How many?{#*}", "it accepts every number"),
        ("How many?{#5..4}", "its range goes from 5 down to 4"),
        ("Match.{=a -> b}", "there are 1 prompts: give 3 to 8."),
        ("Sort.{>2 RANDOM\na\nb\nc\nd\n}", "it shows 2 of its 4 lines"),
        ("Sort.{>2 ALL\na\nb\n}", "there are 2 lines: give 3 to 8."),
        ("Which?{=a ~%150%b ~c}", "one of its options earns 150 % of the points"),
        ("How many?{#1e999}", "'1e999' is not a number"),
        ("How many?{#5:1e200}", "'1e200' is not a number"),
        ("[html]Which <script>alert(1)</script>?{T}", "its stem holds <script>"),
        ("Is $$x^2$$ right?{T}", "its stem holds $$x^2$$"),
        ("[html]<p>Is</p> \\\\(x\\\\) right?{T}", "its stem holds \\(x\\)"),
        ('[html]Which <img src\\="map.png">?{T}', "its stem holds <img> map.png"),
        ("x" * 10_001 + "{T}", "one of its texts has more than 10,000 characters"),
    ],
)
def test_what_the_bank_cannot_hold_is_named_with_line_title_and_mend(words: str, reason: str) -> None:
    found = import_gift(f"Fine?{{T}}\n\n::The title::{words}")

    assert [item.id for item in found.items] == ["fees-1"]
    (problem,) = found.problems
    assert (problem.line, problem.title) == (3, "The title")
    assert reason in problem.message


@pytest.mark.parametrize(
    ("kind", "inner", "reason"),
    [
        ("cloze", "", "it is of the type 'cloze', which the bank has not."),
        ("essay", '<file name="a.png">AAAA</file>', "it comes with the file a.png"),
        ("shortanswer", "<usecase>1</usecase>", "capital and small letters count"),
        (
            "numerical",
            "<units><unit><multiplier>1000</multiplier><unit_name>g</unit_name></unit></units>",
            "it is answered in several units",
        ),
    ],
)
def test_what_only_moodle_xml_can_say_is_named_too(kind: str, inner: str, reason: str) -> None:
    content = (
        f'<quiz><question type="{kind}"><questiontext><text>Why?</text></questiontext>{inner}'
        "</question></quiz>"
    )
    found = import_questions(
        read_moodle_xml(parse(content.encode())), file="a.xml", language=None, topic=None
    )

    (problem,) = found.problems
    assert problem.title == "Why?"
    assert reason in problem.message


def test_points_are_whole_and_units_and_order_are_kept() -> None:
    content = (
        '<quiz><question type="numerical"><questiontext><text>How heavy?</text></questiontext>'
        "<defaultgrade>2.5</defaultgrade><answer fraction='100'><text>5</text></answer>"
        "<units><unit><multiplier>1</multiplier><unit_name>kg</unit_name></unit></units></question>"
        '<question type="multichoice"><questiontext><text>Size?</text></questiontext>'
        "<shuffleanswers>false</shuffleanswers><answer fraction='100'><text>S</text></answer>"
        "<answer fraction='0'><text>M</text></answer><answer fraction='0'><text>L</text></answer>"
        "</question></quiz>"
    )
    found = import_questions(
        read_moodle_xml(parse(content.encode())), file="a.xml", language=None, topic=None
    )

    weight, size = found.items
    assert isinstance(weight, NumericItem)
    assert (weight.points, weight.unit.en) == (2, "kg")
    assert any("worth 2.5 points in the file and 2 here" in note.message for note in found.notes)
    assert isinstance(size, SingleItem)
    assert not size.shuffle
