"""Certificate numbers find every slip of one character and every swap; digests stand for one payload only."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.certificates import (
    ALPHABET,
    MODULUS,
    RADIX,
    SPACE,
    CertificateNumberError,
    canonical_json,
    make_certificate_number,
    parse_certificate_number,
    payload_digest,
)

NUMBER = make_certificate_number(year=2026, entropy=123_456_789_012)


def sample(count: int = 40) -> list[str]:
    draw = random.Random(26)
    return [make_certificate_number(year=2026, entropy=draw.randrange(SPACE)) for _ in range(count)]


def is_refused(number: str) -> bool:
    try:
        parse_certificate_number(number)
    except CertificateNumberError:
        return True
    return False


def test_the_alphabet_has_no_look_alikes_and_a_prime_size_with_a_primitive_root() -> None:
    assert set("0O1IL").isdisjoint(ALPHABET)
    assert len(set(ALPHABET)) == MODULUS == 31
    assert len({pow(RADIX, power, MODULUS) for power in range(30)}) == 30


def test_a_number_reads_in_groups_and_its_check_adds_up_to_one() -> None:
    mark, year, *groups, check = NUMBER.split("-")
    assert (mark, year, [len(group) for group in groups], len(check)) == ("ZX", "26", [4, 4], 1)

    # ISO/IEC 7064, pure systems: the weighted sum is 1 modulo M, the check character having weight 1.
    values = [26, *(ALPHABET.index(character) for character in "".join(groups) + check)]
    assert sum(value * RADIX**power for power, value in enumerate(reversed(values))) % MODULUS == 1


@given(year=st.integers(2000, 2099), entropy=st.integers(0, SPACE - 1))
def test_every_number_is_read_back(year: int, entropy: int) -> None:
    number = make_certificate_number(year=year, entropy=entropy)

    assert parse_certificate_number(number) == number


def test_different_entropy_gives_different_numbers() -> None:
    assert len({make_certificate_number(year=2026, entropy=entropy) for entropy in range(1000)}) == 1000
    assert make_certificate_number(year=2026, entropy=SPACE - 1)


def test_every_single_wrong_character_is_found() -> None:
    for number in sample():
        for position, right in enumerate(number):
            others = "0123456789" if position in (3, 4) else ALPHABET if position > 5 and right != "-" else ""
            for wrong in others:
                if wrong != right:
                    assert is_refused(number[:position] + wrong + number[position + 1 :]), (number, position)


def test_every_swap_of_two_characters_is_found() -> None:
    for number in sample():
        body = number.replace("-", "")
        for left in range(2, len(body)):
            for right in range(left + 1, len(body)):
                # A swap between the year and the rest is not among what the check promises to find.
                if body[left] == body[right] or left < 4 <= right:
                    continue
                swapped = list(body)
                swapped[left], swapped[right] = swapped[right], swapped[left]
                assert is_refused("".join(swapped)), (number, left, right)


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER.lower(),
        NUMBER.replace("-", ""),
        NUMBER.replace("-", " "),
        f"  {NUMBER}\n",
        "".join(chr(ord(character) + 0xFEE0) for character in NUMBER),
        NUMBER.replace("-", "—"),
    ],
)
def test_the_way_it_is_typed_makes_no_difference(typed: str) -> None:
    assert parse_certificate_number(typed) == NUMBER


@pytest.mark.parametrize(
    ("typed", "zh", "en"),
    [
        ("", "漏字或多字", "missing or added"),
        (NUMBER[:-1], "漏字或多字", "missing or added"),
        (NUMBER + "7", "漏字或多字", "missing or added"),
        (NUMBER + " " * 100, "漏字或多字", "missing or added"),
        ("Z" * 1_000_000, "漏字或多字", "missing or added"),
        (NUMBER[:6] + "O" + NUMBER[7:], "不会出现“O”", "never contains O"),
        (NUMBER[:-1] + "1", "不会出现“1”", "never contains 1"),
        (NUMBER[:-1] + ("2" if NUMBER[-1] != "2" else "3"), "有一处输错", "typing error"),
    ],
)
def test_a_typing_error_is_answered_with_a_sentence(typed: str, zh: str, en: str) -> None:
    with pytest.raises(CertificateNumberError) as refusal:
        parse_certificate_number(typed)

    assert zh in refusal.value.sentence.zh
    assert en in refusal.value.sentence.en


@given(typed=st.text(max_size=40))
def test_whatever_is_typed_is_a_number_or_a_sentence(typed: str) -> None:
    assert is_refused(typed) or parse_certificate_number(typed).startswith("ZX-")


@pytest.mark.parametrize(("year", "entropy"), [(1999, 0), (2100, 0), (2026, -1), (2026, SPACE)])
def test_a_number_outside_the_space_cannot_be_made(year: int, entropy: int) -> None:
    with pytest.raises(ValueError, match=r"year|entropy"):
        make_certificate_number(year=year, entropy=entropy)


class TestDigest:
    def test_order_of_keys_makes_no_difference_and_values_do(self) -> None:
        payload = {"number": NUMBER, "percent": 85, "name": "小满"}

        assert payload_digest(payload) == payload_digest(dict(reversed(payload.items())))
        assert payload_digest(payload) != payload_digest({**payload, "percent": 86})
        assert len(payload_digest(payload)) == 64

    def test_a_link_depends_on_the_one_before(self) -> None:
        first = payload_digest({"attempt": 1})

        assert payload_digest({"a": 1}, previous_digest=first) != payload_digest({"a": 1})

    def test_the_bytes_are_those_of_rfc_8785(self) -> None:
        value = {"b": [1, None, True], "a": '坐席 €\n"', "c": {"z": 0, "y": -1}}

        assert canonical_json(value) == ('{"a":"坐席 €\\n\\"","b":[1,null,true],"c":{"y":-1,"z":0}}'.encode())

    @pytest.mark.parametrize(
        "payload",
        [
            {"percent": 85.5},
            {"percent": float("nan")},
            {"姓名": "x"},
            {"deep": [{"x": 1.5}]},
            {"x": b"bytes"},
        ],
    )
    def test_what_could_be_written_in_two_ways_is_refused(self, payload: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="payload"):
            payload_digest(payload)
