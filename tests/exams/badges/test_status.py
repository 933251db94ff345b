"""One bit for each badge, each in a place of its own."""

from __future__ import annotations

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.badges.documents import place_of, serial_at
from exams.badges.status import LIST_BITS, LONGEST_BYTES, encode_list, is_set


@given(indices=st.sets(st.integers(0, LIST_BITS - 1), max_size=20))
def test_set_bits_are_set_and_their_neighbours_are_not(indices: set[int]) -> None:
    encoded = encode_list(indices)

    for index in indices:
        assert is_set(encoded, index)
        for neighbour in (index - 1, index + 1):
            assert neighbour in indices or not 0 <= neighbour < LIST_BITS or not is_set(encoded, neighbour)


def test_the_first_index_is_the_highest_bit_of_the_first_byte() -> None:
    packed = encode_list([0, 9])[1:]

    assert gzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))[:2] == b"\x80\x40"


def test_the_same_bits_give_the_same_text() -> None:
    assert encode_list([5, 3]) == encode_list([3, 5])


@pytest.mark.parametrize("index", [-1, LIST_BITS])
def test_an_index_outside_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="no index"):
        encode_list([index])
    with pytest.raises(ValueError, match="no index"):
        is_set(encode_list([]), index)


def packed(content: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "u",
        "u!!!!",
        "H4sIAAAA",
        packed(b"no gzip"),
        packed(gzip.compress(bytes(100))[:-9]),
        packed(gzip.compress(bytes(LONGEST_BYTES + 1))),
    ],
)
def test_a_malformed_or_endless_list_is_refused(encoded: str) -> None:
    with pytest.raises(ValueError, match="status list"):
        is_set(encoded, 0)


def test_every_serial_number_has_a_place_of_its_own() -> None:
    assert len({place_of(serial)[1] for serial in range(LIST_BITS)}) == LIST_BITS


@given(serial=st.integers(0, 10**12))
def test_a_place_leads_back_to_its_serial_number(serial: int) -> None:
    assert serial_at(*place_of(serial)) == serial


def test_who_came_next_does_not_stand_beside() -> None:
    assert min(abs(place_of(serial)[1] - place_of(serial + 1)[1]) for serial in range(1000)) > 1000
