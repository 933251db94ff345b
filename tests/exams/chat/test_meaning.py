"""What is read out of sentences: a table a language, hostile text, and the same reading in any writing."""

from __future__ import annotations

import random
import string

import pytest

from exams.chat.loader import get_script
from exams.chat.meaning import Doubt, Grade
from exams.chat.reading import bare, fold, read
from exams.chat.wording import Phrase, find_first
from tests.exams.chat.sentences import ARRIVAL, EN, ZH

LETTERS = {Grade.STATED: "S", Grade.DENIED: "D", Grade.UNSURE: "U"}


def grade(where: tuple[str, str], sentence: str) -> str:
    found = get_script(where[0]).intents[where[1]].find(sentence)
    return "-" if found is None else LETTERS[found.grade]


def test_the_table_holds_eighty_sentences_a_language() -> None:
    assert min(len({sentence for _, sentence, _ in table}) for table in (ZH, EN)) >= 80


@pytest.mark.parametrize("table", [ZH, EN], ids=["zh", "en"])
def test_sentences_mean_what_they_say(table: tuple[tuple[tuple[str, str], str, str], ...]) -> None:
    wrong = {
        sentence: (grade(where, sentence), expected)
        for where, sentence, expected in table
        if grade(where, sentence) != expected
    }

    assert wrong == {}


@pytest.mark.parametrize("table", [ZH, EN], ids=["zh", "en"])
def test_capitals_width_and_the_final_mark_change_nothing(
    table: tuple[tuple[tuple[str, str], str, str], ...],
) -> None:
    wide = str.maketrans(
        {letter: chr(ord(letter) + 0xFEE0) for letter in string.ascii_letters + string.digits}
    )
    for where, sentence, expected in table:
        for written in (sentence.upper(), sentence.translate(wide), f"  {sentence}  ", f"{sentence}\n"):
            assert grade(where, written) == expected, written


def test_the_sentence_quoted_is_the_candidate_s_own() -> None:
    message = "亲，您好！我保證明天送到～ 谢谢。"
    found = get_script(ARRIVAL[0]).intents[ARRIVAL[1]].find(message)

    assert found is not None
    assert found.sentence == "我保證明天送到～ 谢谢。"


def test_a_plain_promise_counts_whatever_else_is_denied() -> None:
    found = get_script(ARRIVAL[0]).intents[ARRIVAL[1]].find("我不能保证明天到。算了，明天一定到！")

    assert found is not None
    assert (found.grade, found.sentence) == (Grade.STATED, "算了，明天一定到！")


def test_one_slip_is_doubted_and_a_swapped_person_or_negation_is_none() -> None:
    phrase = Phrase("我们承担来回运费")

    assert find_first([phrase], "我们承但来回运费").doubt is Doubt.SPELLING  # type: ignore[union-attr]
    assert find_first([phrase], "您们承担来回运费") is None
    assert find_first([phrase], "我们不担来回运费") is None


def test_traditional_characters_read_as_simplified() -> None:
    assert fold("請問訂單號碼，運費由我們承擔") == "请问订单号码,运费由我们承担"


@pytest.mark.parametrize(
    "message",
    [
        "",
        " \n\t",
        "\x00\x01\ufeff\u202e",
        "\ud800",
        "!" * 100_000,
        "不" * 1_000_000,
        "保证明天到" * 200_000,
        "a" * 1_000_000,
        "'" * 1000,
        "can't " * 10_000,
        "👍" * 1000,
        "<script>alert(1)</script>" * 1000,
        "(a|b|c)*" * 100,
        "𠮷" * 500,
        "İ" * 500,
        "ﷺ" * 500,
    ],
    ids=lambda message: ascii(message[:8]),
)
def test_any_text_is_read_without_harm(message: str) -> None:
    assert len(read(message).tokens) <= 20_000
    bare(message)
    for name in ("promise-tomorrow", "apology", "hold"):
        found = get_script("aftersales-parcels").intents[name].find(message)
        assert found is None or found.sentence in message


def test_random_text_is_read_without_harm() -> None:
    seed = 20261122
    chance = random.Random(seed)
    letters = "不没能会保证明天到，。！？ can't will arrive tomorrow吗如果您'’\n" + "\u0300\u200d"
    for _ in range(300):
        message = "".join(chance.choice(letters) for _ in range(chance.randrange(120)))
        found = get_script(ARRIVAL[0]).intents[ARRIVAL[1]].find(message)
        assert found is None or found.sentence in message, f"seed {seed}: {message!r}"


@pytest.mark.parametrize("written", ["", "*", "()", "。！", "(|)"])
def test_a_phrase_without_a_word_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="holds no word"):
        Phrase(written)
