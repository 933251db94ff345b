"""Reading GIFT: what each piece of a file means, and which files are refused with which sentence."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exams.formats.gift_reader import LONGEST_LINE, read_gift
from exams.formats.questions import (
    Category,
    Choices,
    Description,
    Essay,
    Finding,
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


def read_one(words: str) -> Question:
    (entry,) = read_gift(words)
    assert isinstance(entry, Question)
    return entry


def test_titles_comments_categories_ids_and_tags_belong_to_the_right_question() -> None:
    category, first, second = read_gift(
        "// a shop's questions\n\n$CATEGORY: $course$/top/Fees: new\n\n"
        "// [id:42] [tag:cash]\n// [tag:two words]\n::A title\\: with colons::Is cash taken?{T}\n"
        "\n\n// nothing for the next one\nAnd cards?\n{ FALSE }\n// the end"
    )

    assert category == Category(3, "$course$/top/Fees: new")
    assert isinstance(first, Question)
    assert isinstance(second, Question)
    assert (first.title, first.id, first.tags) == ("A title: with colons", "42", ("cash", "two words"))
    assert (first.line, first.category) == (7, "$course$/top/Fees: new")
    assert (second.title, second.id, second.tags, second.line) == (None, None, (), 11)
    assert (first.answer, second.answer) == (Truth(True), Truth(False))


def test_escapes_are_plain_characters_and_never_structure() -> None:
    question = read_one(r"Which is \{5\}? \\ a\:b\n{~\=4 \~ =\=5 \# five#said\: \} ~C:\temp}")

    assert isinstance(question.answer, Choices)
    assert question.stem.text == "Which is {5}? \\ a:b\n"
    assert [choice.words.text for choice in question.answer.choices] == ["=4 ~", "=5 # five", "C:\\temp"]
    assert question.answer.choices[1].feedback == Words("said: }")


def test_choices_have_their_own_shares_feedback_and_markup() -> None:
    question = read_one(
        "[html]<b>Pick</b>{\n  ~%50%one#[plain]good\n  ~%-33.5%[moodle]two\n  ~three#\n####[markdown]*all*\n}"
    )

    answer = question.answer
    assert isinstance(answer, Choices)
    assert not answer.single
    assert question.stem == Words("<b>Pick</b>", Markup.HTML)
    assert [choice.percent for choice in answer.choices] == [Decimal(50), Decimal("-33.5"), None]
    assert [choice.words.markup for choice in answer.choices] == [Markup.HTML, Markup.MOODLE, Markup.HTML]
    assert [choice.feedback for choice in answer.choices] == [Words("good", Markup.PLAIN), None, None]
    assert question.feedback == Words("*all*", Markup.MARKDOWN)


def test_one_right_answer_among_wrong_ones_is_a_single_choice_even_with_arrows() -> None:
    question = read_one("How?{~first -> second =second -> first}")

    assert isinstance(question.answer, Choices)
    assert question.answer.single
    assert [choice.right for choice in question.answer.choices] == [False, True]


@pytest.mark.parametrize(
    ("inner", "ranges"),
    [
        ("#7", [(7, 7)]),
        ("#-7.5:0.5", [(-8, -7)]),
        ("# 3.1 .. 3.2", [(Decimal("3.1"), Decimal("3.2"))]),
        ("#=5:1#about\n=%50%5:2\n~#no", [(4, 6), (3, 7), (None, None)]),
        ("#=1e2\n=.5", [(100, 100), (Decimal("0.5"), Decimal("0.5"))]),
    ],
)
def test_numbers_have_tolerances_ranges_and_alternatives(inner: str, ranges: list[object]) -> None:
    answer = read_one(f"How many?{{{inner}}}").answer

    assert isinstance(answer, Numbers)
    assert [(one.low, one.high) for one in answer.answers] == ranges


def test_true_or_false_has_words_for_both() -> None:
    assert read_one("It is.{FALSE#told true#told false####all}").answer == Truth(
        False, Words("told true"), Words("told false")
    )
    assert read_one("It is.{t# #told false}").answer == Truth(True, None, Words("told false"))


def test_pairs_keep_empty_prompts_and_a_missing_word_leaves_a_gap() -> None:
    pairs = read_one("Match.{=[plain]a -> 1\n=b->2\n= -> 3}")
    gap = read_one("Two and two are {=four =4}.")

    assert pairs.answer == Pairs(
        ((Words("a", Markup.PLAIN), Words("1")), (Words("b"), Words("2")), (Words(""), Words("3")))
    )
    assert gap.stem.text == "Two and two are _____ ."
    assert isinstance(gap.answer, ShortAnswers)
    assert [choice.words.text for choice in gap.answer.choices] == ["four", "4"]
    assert isinstance(read_one("Two and two are{four}").answer, ShortAnswers)


def test_essays_descriptions_orderings_and_several_gaps_are_told_apart() -> None:
    assert read_one("Write.{}").answer == Essay()
    assert read_one("Write.{####a hint}").answer == Essay()
    assert read_one("Only to read.").answer == Description()
    assert isinstance(read_one("One {=a} and two {=b}.").answer, Unsupported)
    assert read_one("Sort.{>2 ALL VERTICAL\nfirst\n second\n}").answer == Lines(
        (Words("first"), Words("second")), 2
    )
    some = read_one("Sort.{>2 RANDOM VERTICAL\na\nb\nc\n}").answer
    assert isinstance(some, Lines)
    assert some.shown == 2


def test_blank_lines_part_questions_but_not_answers() -> None:
    entries = read_gift("One?{T}\n   \nTwo?{\n\n=a\n\n=b\n}\nmore")

    assert [entry.line for entry in entries] == [1, 3]
    second = entries[1]
    assert isinstance(second, Question)
    assert second.stem.text == "Two? _____ more"


@pytest.mark.parametrize(
    ("words", "line", "sentence"),
    [
        ("Open?{~a =b\n", 3, "the brace { opened here is never closed"),
        ("Open?{~a =b\n\nmore words", 3, "the brace { opened here is never closed"),
        ("Open?{~a =b", 3, "not closed before the next question on line 6"),
        ("Open?{~a =b\n\n~c\n", 3, "not closed before the next question on line 9"),
        ("Open?\n{~a =b {~c}", 4, "not closed before the next question on line 4"),
        ("Well?{T}\nClosed?}", 4, "a closing brace } without an opening one"),
        ("Well?{T}\n" + "x" * (LONGEST_LINE + 1), 4, "break it into lines of at most 100,000"),
        ("A \U0010ff00 here?{T}", 3, "a character of a private plane"),
    ],
)
def test_a_question_without_a_clear_end_is_named_and_the_next_is_read(
    words: str, line: int, sentence: str
) -> None:
    behind = "" if "never" in sentence else "\n\n// [id:kept]\nNext?{F}\n"
    first, finding, *last = read_gift(f"Fine?{{T}}\n\n{words}{behind}")

    assert isinstance(first, Question)
    assert isinstance(finding, Finding)
    assert finding.line == line
    assert sentence in finding.message
    assert [one.id for one in last if isinstance(one, Question)] == (["kept"] if behind else [])
    assert len(last) == bool(behind)


@pytest.mark.parametrize("next_one", ["::Titled:: only a text", "$CATEGORY: parcels\n\nNext?{T}"])
def test_a_title_or_a_category_ends_a_question_that_was_left_open(next_one: str) -> None:
    finding, *others = read_gift(f"Open?{{~a =b\n\n{next_one}\n")

    assert isinstance(finding, Finding)
    assert finding.line == 1
    assert isinstance(others[-1], Question)
    assert others[-1].category == ("parcels" if "parcels" in next_one else "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("::No end{T}", "the title is not closed: write ::"),
        ("How many?{#seven}", "'seven' is not a number: write 5,"),
        ("How many?{#3,5}", "with a decimal point"),
        ("How many?{#}", "the number that is right is missing"),
    ],
)
def test_a_question_that_cannot_be_read_is_told_and_the_others_are_kept(words: str, sentence: str) -> None:
    first, finding, last = read_gift(f"Fine?{{T}}\n\n{words}\n\nFine too?{{F}}")

    assert isinstance(first, Question)
    assert isinstance(last, Question)
    assert isinstance(finding, Finding)
    assert finding.line == 3
    assert sentence in finding.message
