"""The loader names every fault; the shipped bank is complete, right in its sums and gives no key away."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from exams.bank import Bank, BankError, UnknownItemError, load_bank, shipped_bank
from exams.bank.cues import find_cues
from exams.items import (
    Difficulty,
    Item,
    Kind,
    MatchingItem,
    MultipleItem,
    NumericItem,
    OrderingItem,
    SingleItem,
    Text,
    Topic,
    TrueFalseItem,
)
from exams.responses import read_number
from tests.exams import make

GOOD = """
topic = "tools"

[[item]]
id = "t-one"
version = 1
kind = "single"
difficulty = "easy"
stem = { zh = "题目", en = "stem" }
options = [
  { id = "a", zh = "甲", en = "one" },
  { id = "b", zh = "乙", en = "two" },
  { id = "c", zh = "丙", en = "three" },
]
key = "b"
rationale = { zh = "理由", en = "why" }
feedback = { zh = "反馈", en = "what" }
"""


PROMPTS = ", ".join(f'{{ id = "{one}", zh = "{one}", en = "{one}" }}' for one in "klm")


def load(folder: Path, words: str, *, name: str = "tools.toml") -> Bank:
    (folder / name).write_text(words, encoding="utf-8")
    return load_bank(folder)


def test_a_good_file_becomes_items(tmp_path: Path) -> None:
    [item] = load(tmp_path, GOOD).items

    assert isinstance(item, SingleItem)
    assert (item.id, item.topic, item.key, item.practice) == ("t-one", Topic.TOOLS, "b", False)
    assert [option.text.en for option in item.options] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('key = "b"', 'key = "z"', 4, "the key 'z' is not an option: choose one of a, b, c."),
        ('key = "b"', "", 4, "key is missing: a single item needs it."),
        ('key = "b"', "key = 2", 4, "key is 2: write text in quotation marks."),
        ('kind = "single"', 'kind = "essay"', 4, "kind is 'essay': choose one of single, multiple, "),
        ('kind = "single"', "", 4, "kind is missing: choose one of single, multiple, "),
        (
            'difficulty = "easy"',
            'difficulty = "so-so"',
            4,
            "difficulty is 'so-so': choose one of easy, medium,",
        ),
        (
            "rationale =",
            "rationle =",
            4,
            "'rationle' is not a field of a single item: did you mean rationale?",
        ),
        ("version = 1", "version = true", 4, "version is True: write a whole number."),
        ("version = 1", 'version = 1\npractice = "yes"', 4, "practice is 'yes': write true or false"),
        ('{ zh = "题目", en = "stem" }', '"stem"', 4, "stem needs exactly zh and en"),
        (
            '{ id = "b", zh = "乙", en = "two" }',
            '{ id = "b", zh = "乙" }',
            4,
            "options has an entry 2 that needs",
        ),
        ('topic = "tools"', 'topic = "cooking"', 1, "topic is 'cooking': choose one of manners, "),
        ('topic = "tools"', "", 1, "topic is missing"),
        ('topic = "tools"', 'topic = "tools"\nauthor = "me"', 1, "'author' is not known here"),
        ("[[item]]", "[[item]", 1, "it is not readable TOML"),
    ],
)
def test_a_fault_names_file_line_item_and_mend(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    with pytest.raises(BankError) as refusal:
        load(tmp_path, GOOD.replace(old, new, 1))

    first = refusal.value.faults[0]
    assert (first.file, first.line) == ("tools.toml", line)
    assert message in first.message
    assert str(first).startswith(f"tools.toml, line {line}")
    if line == 4:
        assert first.item_id == "t-one"


def test_the_faults_of_all_items_and_files_are_named_at_once(tmp_path: Path) -> None:
    second = GOOD.replace('key = "b"', 'key = "y"').replace("t-one", "t-two").replace('topic = "tools"', "")
    (tmp_path / "a.toml").write_text(GOOD.replace("version = 1", "version = 0") + second, encoding="utf-8")

    with pytest.raises(BankError) as refusal:
        load(tmp_path, GOOD.replace('en = "stem"', 'en = "题目"'), name="b.toml")

    found = [(fault.file, fault.line, fault.item_id) for fault in refusal.value.faults]
    assert found == [("a.toml", 4, "t-one"), ("a.toml", 21, "t-two"), ("b.toml", 4, "t-one")]


def test_the_same_version_twice_is_a_fault_and_a_new_version_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(
        BankError, match=r"b\.toml, line 4, item t-one: version 1 is already at a\.toml, line 4"
    ):
        load(tmp_path, GOOD, name="b.toml")

    bank = load(tmp_path, GOOD.replace("version = 1", "version = 2"), name="b.toml")

    assert [item.version for item in bank.current] == [2]
    assert bank.item("t-one", 1).version == 1


@pytest.mark.parametrize("words", ["", 'topic = "tools"', 'topic = "tools"\nitem = []'])
def test_a_file_without_items_is_a_fault(tmp_path: Path, words: str) -> None:
    with pytest.raises(BankError):
        load(tmp_path, words)


def test_an_empty_folder_and_a_file_in_another_encoding_are_faults(tmp_path: Path) -> None:
    with pytest.raises(BankError, match=r"there is no \.toml file here"):
        load_bank(tmp_path)
    (tmp_path / "gbk.toml").write_bytes(GOOD.encode("gb18030"))

    with pytest.raises(BankError, match="not readable TOML in UTF-8"):
        load_bank(tmp_path)


def test_numbers_are_exact_and_a_binary_fraction_is_refused(tmp_path: Path) -> None:
    numeric = (
        GOOD.replace('kind = "single"', 'kind = "numeric"')
        .replace('key = "b"', 'key = "129.10"\nunit = { zh = "元", en = "yuan" }')
        .replace(GOOD[GOOD.index("options") : GOOD.index("key")], "")
    )
    [item] = load(tmp_path, numeric).items
    assert isinstance(item, NumericItem)
    assert item.key == Decimal("129.10")

    with pytest.raises(BankError, match="put the number in quotation marks"):
        load(tmp_path, numeric.replace('"129.10"', "129.10"))
    with pytest.raises(BankError, match="write a number like"):
        load(tmp_path, numeric.replace('"129.10"', '"a lot"'))


def test_lines_and_pairs_are_read(tmp_path: Path) -> None:
    ordering = GOOD.replace('kind = "single"', 'kind = "ordering"').replace(
        '{ id = "c", zh = "丙", en = "three" },',
        '{ id = "c", zh = "丙", en = "three" },\n  { id = "d", zh = "丁", en = "four" },',
    )
    matching = GOOD.replace('kind = "single"', 'kind = "matching"\nprompts = [' + PROMPTS + "]")
    [steps] = load(tmp_path, ordering.replace('key = "b"', 'key = ["d", "b", "a", "c"]')).items
    [pairs] = load(tmp_path, matching.replace('key = "b"', 'key = { k = "b", l = "c", m = "a" }')).items

    assert isinstance(steps, OrderingItem)
    assert steps.key == ("d", "b", "a", "c")
    assert isinstance(pairs, MatchingItem)
    assert dict(pairs.key) == {"k": "b", "l": "c", "m": "a"}
    assert pairs.prompt_ids == ("k", "l", "m")
    for wrong in ("2", '["b", "c", "a"]', "{ k = 1 }"):
        with pytest.raises(BankError, match="write pairs of ids like"):
            load(tmp_path, matching.replace('key = "b"', f"key = {wrong}"))


def test_a_retired_item_is_not_current_but_can_still_be_marked() -> None:
    bank = Bank((make.single("one"), make.single("one", version=2, retired=True), make.single("two")))

    assert [item.id for item in bank.current] == ["two"]
    assert bank.item("one", 2).retired
    with pytest.raises(UnknownItemError, match="item one version 3 is not in the bank"):
        bank.item("one", 3)


class TestShippedBank:
    """Content that people will sit."""

    def test_there_is_enough_of_it(self) -> None:
        scored = [item for item in shipped_bank().current if not item.practice]

        assert len(scored) >= 240
        assert {item.kind for item in scored} == set(Kind)

    @pytest.mark.parametrize("topic", Topic)
    def test_each_topic_feeds_parallel_forms_of_every_difficulty(self, topic: Topic) -> None:
        counts = Counter(
            item.difficulty for item in shipped_bank().current if item.topic is topic and not item.practice
        )

        assert counts.total() >= 25
        assert set(counts) == set(Difficulty)
        assert min(counts.values()) >= 0.2 * counts.total()

    def test_practice_shows_every_kind(self) -> None:
        practice = [item for item in shipped_bank().current if item.practice]

        assert {item.kind for item in practice} == set(Kind) - {Kind.CHAT}
        assert len(practice) >= 8

    def test_keys_cannot_be_guessed_from_their_looks(self) -> None:
        assert list(find_cues([item for item in shipped_bank().current if not item.practice])) == []

    @pytest.mark.parametrize(
        ("language", "word"), [("zh", "应"), ("zh", "可以"), ("en", " should "), ("en", " may ")]
    )
    def test_no_word_of_a_statement_tells_whether_it_is_true(self, language: str, word: str) -> None:
        keys = [
            item.key
            for item in shipped_bank().current
            if isinstance(item, TrueFalseItem) and word in item.stem.in_language(language)
        ]

        assert len(keys) >= 10
        assert 0.3 <= sum(keys) / len(keys) <= 0.7

    def test_no_option_of_multiple_choice_is_nearly_always_right(self) -> None:
        items = [item for item in shipped_bank().items if isinstance(item, MultipleItem)]
        counts = Counter(option_id for item in items for option_id in item.key)

        assert max(counts.values()) <= 0.8 * len(items)

    def test_no_stem_is_asked_twice(self) -> None:
        stems = Counter(item.stem.zh for item in shipped_bank().current)

        assert [stem for stem, count in stems.items() if count > 1] == []

    @pytest.mark.parametrize(
        "item",
        [item for item in shipped_bank().items if isinstance(item, NumericItem)],
        ids=lambda item: item.id,
    )
    def test_the_sums_written_in_the_rationale_are_right_and_end_in_the_key(self, item: Item) -> None:
        assert isinstance(item, NumericItem)
        sums = sums_in(item.rationale.en)

        assert sums, item.rationale.en
        for left, right in sums:
            assert abs(left - right) <= Decimal("0.005"), item.rationale.en
        assert any(right == item.key for _, right in sums), item.rationale.en

    @pytest.mark.parametrize(
        "item",
        [item for item in shipped_bank().items if isinstance(item, NumericItem)],
        ids=lambda item: item.id,
    )
    def test_the_key_may_be_typed_with_the_unit_that_the_page_shows(self, item: NumericItem) -> None:
        for language in ("zh", "en"):
            assert read_number(f"{item.key} {item.unit.in_language(language)}") == item.key


def sums_in(words: str) -> list[tuple[Decimal, Decimal]]:
    """Work out the equations "a - b x c = d" of a sentence, with x and / before + and -."""
    number = r"\d[\d,]*(?:\.\d+)?"
    found = []
    for match in re.finditer(rf"({number}(?: [-+x/] {number})+) = ({number})", words):
        parts = match[1].replace(",", "").split(" ")
        terms = [Decimal(parts[0])]
        for operator, operand in zip(parts[1::2], map(Decimal, parts[2::2]), strict=True):
            if operator == "x":
                terms[-1] *= operand
            elif operator == "/":
                terms[-1] /= operand
            else:
                terms.append(operand if operator == "+" else -operand)
        found.append((sum(terms, Decimal(0)), Decimal(match[2].replace(",", ""))))
    return found


def longest_key(item_id: str, key: str, *, longest: bool) -> SingleItem:
    """An item whose right option is the longest in English, or the shortest."""
    item = make.single(item_id, key=key)
    options = tuple(
        dataclasses.replace(
            option,
            text=Text(zh=option.text.zh, en="x" * (1 + 9 * ((option.id == key) is longest)) + option.id),
        )
        for option in item.options
    )
    return dataclasses.replace(item, options=options)


class TestCues:
    def test_keys_that_are_always_the_same_option_are_named(self) -> None:
        items = [make.single(f"s-{number}", key="b") for number in range(10)]

        assert any("the key is b: spread the keys" in cue for cue in find_cues(items))

    def test_right_options_that_are_often_the_longest_are_named_with_the_language(self) -> None:
        items = [longest_key(f"s-{number}", "abcd"[number % 4], longest=number < 5) for number in range(10)]

        assert list(find_cues(items)) == [
            "in 5 of 10 single-choice items the right option is the longest in en: lengthen wrong options."
        ]
        assert list(find_cues([longest_key(item.id, item.key, longest=False) for item in items])) == []

    def test_figures_in_a_fixed_order_are_left_alone(self) -> None:
        items = [
            dataclasses.replace(longest_key(f"s-{number}", "abcd"[number % 4], longest=True), shuffle=False)
            for number in range(10)
        ]

        assert list(find_cues(items)) == []

    def test_statements_that_are_nearly_all_true_are_named(self) -> None:
        items = [make.true_false(f"t-{number}", key=number > 0) for number in range(10)]

        assert list(find_cues(items)) == ["9 of 10 statements are true: balance true and false."]

    def test_balanced_keys_are_left_alone(self) -> None:
        items = [make.true_false(f"t-{number}", key=number % 2 == 0) for number in range(10)]

        assert list(find_cues(items)) == []
