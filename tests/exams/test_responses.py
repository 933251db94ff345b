"""What a form sends becomes a response or a sentence, whatever is sent."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.items import Kind
from exams.responses import ResponseError, normalise, parse_response, read_number

OPTIONS = ("a", "b", "c", "d")
PROMPTS = ("k", "l", "m")


@pytest.mark.parametrize(
    ("kind", "values", "response"),
    [
        (Kind.SINGLE, ["b"], "b"),
        (Kind.MULTIPLE, ["c", "a", "c"], ["a", "c"]),
        (Kind.MULTIPLE, ["a"], ["a"]),
        (Kind.TRUE_FALSE, ["true"], True),
        (Kind.TRUE_FALSE, ["false"], False),
        (Kind.SHORT_ANSWER, ["  七天 "], "七天"),
        (Kind.SHORT_ANSWER, ["<b>仅退款</b>"], "<b>仅退款</b>"),
        (Kind.SHORT_ANSWER, ["a\nb\tc"], "a b c"),
        (Kind.SHORT_ANSWER, ["a\x00b\ud800c"], "abc"),
        (Kind.NUMERIC, ["１，２３４．５０元"], "1234.50"),
        (Kind.NUMERIC, ["0.00"], "0.00"),
        (Kind.ORDERING, ["c=1", "a=2", "d=4", "b=3"], {"c": 1, "a": 2, "d": 4, "b": 3}),
        (Kind.ORDERING, ["c=1", "", "d=4", ""], {"c": 1, "d": 4}),
        (Kind.MATCHING, ["k=b", "l=b", "m=a"], {"k": "b", "l": "b", "m": "a"}),
        (Kind.MATCHING, ["", "l=b", ""], {"l": "b"}),
        (Kind.TYPING, ["您好，\r\n在的\x00。 "], "您好，  在的。"),
    ],
)
def test_a_good_form_becomes_a_response(kind: Kind, values: list[str], response: object) -> None:
    found = parse_response(kind, values, option_ids=OPTIONS, prompt_ids=PROMPTS)

    assert found == response
    assert type(found) is type(response)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("values", [[], [""], ["  ", "\n"], ["\u3000"]])
def test_a_question_left_open_is_none(kind: Kind, values: list[str]) -> None:
    assert parse_response(kind, values, option_ids=OPTIONS, prompt_ids=PROMPTS) is None


def test_a_short_answer_of_nothing_storable_is_left_open() -> None:
    assert parse_response(Kind.SHORT_ANSWER, ["\x00\x01"]) is None


@pytest.mark.parametrize(
    ("kind", "values", "zh", "en"),
    [
        (Kind.SINGLE, ["a", "b"], "只能选一个", "Choose only one"),
        (Kind.SINGLE, ["x"], "不在这道题里", "not part of this question"),
        (Kind.SINGLE, ["a" * 1_000_000], "不在这道题里", "not part of this question"),
        (Kind.MULTIPLE, ["a", "x"], "不在这道题里", "not part of this question"),
        (Kind.MULTIPLE, ["a"] * 1000, "不在这道题里", "not part of this question"),
        (Kind.TRUE_FALSE, ["maybe"], "正确", "true or false"),
        (Kind.TRUE_FALSE, ["true", "false"], "正确", "true or false"),
        (Kind.SHORT_ANSWER, ["很" * 201], "200", "200"),
        (Kind.SHORT_ANSWER, ["很" * 1_000_000], "太长", "too long"),
        (Kind.NUMERIC, ["about 5"], "只写一个数字", "one number only"),
        (Kind.NUMERIC, ["5", "6"], "只写一个数字", "one number only"),
        (Kind.NUMERIC, ["1" * 1_000_000], "只写一个数字", "one number only"),
        (Kind.ORDERING, ["c=1", "a=1"], "同一个序号", "the same number"),
        (Kind.ORDERING, ["c=5"], "不在这道题里", "not part of this question"),
        (Kind.ORDERING, ["c=0"], "不在这道题里", "not part of this question"),
        (Kind.ORDERING, ["c=\u0661"], "不在这道题里", "not part of this question"),
        (Kind.ORDERING, ["x=1"], "不在这道题里", "not part of this question"),
        (Kind.ORDERING, ["c=1", "c=2"], "不在这道题里", "not part of this question"),
        (Kind.ORDERING, ["c"], "不在这道题里", "not part of this question"),
        (Kind.ORDERING, ["a=1"] * 1000, "不在这道题里", "not part of this question"),
        (Kind.TYPING, ["很" * 1001], "打的字太多", "too much text"),
        (Kind.MATCHING, ["k=x"], "不在这道题里", "not part of this question"),
        (Kind.MATCHING, ["x=a"], "不在这道题里", "not part of this question"),
        (Kind.MATCHING, ["k=a", "k=b"], "不在这道题里", "not part of this question"),
        (Kind.MATCHING, ["k=a=b"], "不在这道题里", "not part of this question"),
        (Kind.MATCHING, ["k" * 1_000_000 + "=a"], "不在这道题里", "not part of this question"),
    ],
)
def test_a_bad_shape_is_answered_with_a_sentence(kind: Kind, values: list[str], zh: str, en: str) -> None:
    with pytest.raises(ResponseError) as refusal:
        parse_response(kind, values, option_ids=OPTIONS, prompt_ids=PROMPTS)

    assert zh in refusal.value.sentence.zh
    assert en in refusal.value.sentence.en


def test_the_longest_short_answer_is_kept_whole() -> None:
    assert parse_response(Kind.SHORT_ANSWER, ["很" * 200]) == "很" * 200


@given(kind=st.sampled_from(list(Kind)), values=st.lists(st.text(max_size=300), max_size=5))
def test_whatever_is_sent_becomes_json_none_or_a_sentence(kind: Kind, values: list[str]) -> None:
    try:
        response = parse_response(kind, values, option_ids=OPTIONS, prompt_ids=PROMPTS)
    except ResponseError:
        return
    stored = json.dumps(response, ensure_ascii=False)
    assert "\\u0000" not in stored
    assert json.loads(stored.encode()) == response


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("七天", " 七 天。"),
        ("仅退款", "“仅退款”！"),
        ("Refund only", "refund-only"),
        ("ORDER NUMBER", "order　number."),
        ("１２３１５", "12315"),
        ("订单号", "《订单号》"),
        ("0.8", "０．８"),
        ("运费险", "运\u200b费险"),
        ("¥80", "80"),
    ],
)
def test_what_makes_no_difference_is_taken_away(left: str, right: str) -> None:
    assert normalise(left) == normalise(right)


@pytest.mark.parametrize(
    ("left", "right"), [("3.5", "35"), ("7-10", "710"), ("1:2", "12"), ("80%", "80"), ("不可以", "可以")]
)
def test_what_makes_a_difference_stays(left: str, right: str) -> None:
    assert normalise(left) != normalise(right)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("129.5", "129.5"),
        (" 129.50 元", "129.50"),
        ("￥129.5", "129.5"),
        ("¥1,299.00", "1299"),
        ("1299块钱", "1299"),
        ("RMB 30", "30"),
        ("30 Yuan", "30"),
        ("人民币30元。", "30"),
        ("－5", "-5"),
        ("−5", "-5"),
        ("+5", "5"),
        (".5", "0.5"),
        ("12.", "12"),
        ("90%", "90"),
    ],
)
def test_the_ways_people_write_numbers(words: str, number: str) -> None:
    assert read_number(words) == Decimal(number)


@pytest.mark.parametrize(
    "words", ["", "元", "1.2.3", "12,34", "1e9", "NaN", "Infinity", "1 or 2", "5万", "0x10", "--5", "1/2"]
)
def test_what_is_no_number_is_refused(words: str) -> None:
    with pytest.raises(ResponseError):
        read_number(words)
