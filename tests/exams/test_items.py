"""What an item must have, and that no key reaches a candidate."""

from __future__ import annotations

import dataclasses
import typing
from decimal import Decimal

import pytest

from exams.bank import shipped_bank
from exams.items import (
    ITEM_TYPES,
    KIND_NAMES,
    TOPIC_NAMES,
    CandidateItem,
    Difficulty,
    Item,
    ItemError,
    Kind,
    Option,
    Text,
    Topic,
)
from exams.marking import MARKERS
from tests.exams import make


def test_a_candidate_item_has_no_field_that_tells_the_key() -> None:
    secret = {"key", "rationale", "feedback", "tolerance", "difficulty"}

    assert secret.isdisjoint(field.name for field in dataclasses.fields(CandidateItem))
    assert {field.name for field in dataclasses.fields(Option)} == {"id", "text"}


@pytest.mark.parametrize("item", shipped_bank().items, ids=lambda item: item.id)
def test_what_is_shown_of_a_shipped_item_holds_no_explanation(item: Item) -> None:
    shown = repr(item.shown())

    assert item.stem.zh in shown
    for hidden in (item.rationale, item.feedback):
        assert hidden.zh not in shown
        assert hidden.en not in shown


def test_every_kind_has_a_class_a_marker_and_a_name() -> None:
    assert set(ITEM_TYPES) == set(MARKERS) == set(KIND_NAMES) == set(Kind)
    assert set(TOPIC_NAMES) == set(Topic)


def test_a_text_speaks_english_only_when_asked() -> None:
    text = Text(zh="您好", en="Hello")

    assert [text.in_language(code) for code in ("en", "en_GB", "en-US", "EN")] == ["Hello"] * 4
    assert [text.in_language(code) for code in ("zh", "zh_Hans_CN", "fr", "")] == ["您好"] * 4


def test_difficulty_guesses_are_in_order() -> None:
    assert Difficulty.EASY.logit < Difficulty.MEDIUM.logit < Difficulty.HARD.logit


def test_options_are_shown_in_the_order_asked_for() -> None:
    shown = make.single(ids="abcd").shown().with_option_order(("d", "b", "a", "c"))

    assert [option.id for option in shown.options] == ["d", "b", "a", "c"]


def test_a_number_is_shown_with_its_unit() -> None:
    assert make.numeric().shown().unit == Text(zh="元", en="yuan")


def long_target() -> Item:
    item = make.matching()
    [first, *others] = item.options
    return dataclasses.replace(
        item, options=(dataclasses.replace(first, text=Text(zh="长" * 25, en="long")), *others)
    )


@pytest.mark.parametrize(
    ("build", "fault"),
    [
        (lambda: make.single("Bad_ID"), "the id 'Bad_ID' is not usable"),
        (lambda: make.single(version=0), "version is 0: count versions from 1."),
        (lambda: make.single(points=0), "points is 0: give at least 1."),
        (lambda: make.single(ids="a"), "there are 1 options: give at least 2."),
        (lambda: make.single(ids="aab"), "two options have the same id"),
        (lambda: make.single(key="x"), "the key 'x' is not an option: choose one of a, b, c, d."),
        (lambda: make.multiple(key="a"), "fewer than two options are right"),
        (lambda: make.multiple(key="abcde"), "every option is right"),
        (lambda: make.multiple(key="aba"), "the key names an option twice"),
        (lambda: make.multiple(key="ax"), "the key 'x' is not an option"),
        (lambda: make.short_answer(key=()), "no answer is accepted"),
        (lambda: make.short_answer(key=("好", " ")), "an accepted answer is empty"),
        (lambda: make.ordering(key="ba", ids="ab"), "there are 2 lines: give 3 to 8."),
        (lambda: make.ordering(key="bacdefghi", ids="abcdefghi"), "there are 9 lines: give 3 to 8."),
        (lambda: make.ordering(key="dba"), "the key does not name each line once: order a, b, c, d."),
        (lambda: make.ordering(key="dbax"), "the key does not name each line once"),
        (lambda: make.ordering(key="dbac", ids="dbac"), "the lines stand in the right order already"),
        (lambda: make.ordering(key="abcd", ids="dbac"), "the ids give the right order away"),
        (lambda: make.ordering(shuffle=False), "the lines are always shuffled: remove shuffle."),
        (lambda: make.matching(prompts="kl", key={"k": "c", "l": "a"}), "there are 2 prompts: give 3 to 8."),
        (lambda: make.matching(prompts="kkm"), "two prompts have the same id"),
        (lambda: make.matching(prompts="k_m"), "the prompt id '_' is not usable"),
        (lambda: make.matching(ids="abcdefghijk"), "there are 11 options: give at most 10."),
        (lambda: make.matching(key={"k": "c", "l": "a"}), "the key does not name each prompt once"),
        (lambda: make.matching(key={"k": "c", "l": "a", "m": "x"}), "the key 'x' is not an option"),
        (lambda: make.matching(key=dict.fromkeys("klm", "a")), "every prompt has the same option"),
        (lambda: make.matching(key={"k": "a", "l": "b", "m": "d"}), "the options stand in the order of the"),
        (
            lambda: make.matching(key={"k": "a", "l": "b", "m": "c"}, ids="cbad"),
            "the ids give the pairs away",
        ),
        (lambda: long_target(), "option a.zh is longer than 24 characters: shorten it."),
        (lambda: make.numeric(key="NaN"), "the key is NaN: write a number."),
        (lambda: make.numeric(tolerance="-1"), "tolerance is -1: write 0 or more."),
    ],
)
def test_an_unusable_item_cannot_be_made(build: typing.Callable[[], Item], fault: str) -> None:
    with pytest.raises(ItemError) as refusal:
        build()

    assert any(fault in sentence for sentence in refusal.value.faults), refusal.value.faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (Text(zh="", en="words"), "stem.zh is empty: write it."),
        (Text(zh="文字", en=" words"), "stem.en begins or ends with a blank: remove it."),
        (Text(zh="文字", en="words 文字"), "stem.en holds Chinese characters: translate them."),
    ],
)
def test_a_text_is_complete_in_both_languages(text: Text, fault: str) -> None:
    assert list(text.faults("stem")) == [fault]


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ItemError) as refusal:
        dataclasses.replace(make.numeric(), version=0, tolerance=Decimal("NaN"))

    assert len(refusal.value.faults) == 2
