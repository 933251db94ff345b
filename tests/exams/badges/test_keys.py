"""Keys come from one setting, are changed without breaking what they signed, and are never shown."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.badges.base58 import decode_base58, encode_base58
from exams.badges.keys import (
    BadgeKeys,
    describe_issuer,
    describe_keys,
    did_of,
    make_badge_key_setting,
    read_issuer,
    read_multikey,
    write_multikey,
)
from exams.badges.tokens import read_token, sign_token
from tests.exams.badges.make import DID, make_credential, public

SECRET = base64.b64encode(b"s" * 32).decode()


def test_the_first_key_signs_and_all_are_believed() -> None:
    old, new = make_badge_key_setting(), make_badge_key_setting()
    signed_before = sign_token(make_credential(), BadgeKeys(old))
    keys = BadgeKeys(f"{new}, {old}")

    signed_now = sign_token(make_credential(), keys)

    assert (
        read_token(signed_before, public(keys)) == read_token(signed_now, public(keys)) == make_credential()
    )
    assert keys.current_id == new.partition(":")[0]


def test_a_key_that_only_stands_for_what_it_signed_needs_no_secret() -> None:
    old = BadgeKeys(f"old:{SECRET}")
    signed_before = sign_token(make_credential(), old)

    keys = BadgeKeys(f"{make_badge_key_setting()},old:{write_multikey(old.public['old'])}")

    assert read_token(signed_before, public(keys)) == make_credential()


def test_a_key_taken_out_is_believed_no_more() -> None:
    signed_before = sign_token(make_credential(), BadgeKeys(f"stolen:{SECRET}"))

    with pytest.raises(ValueError, match="does not name"):
        read_token(signed_before, public(BadgeKeys(make_badge_key_setting())))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (SECRET, "id:key"),
        (f"k 1:{SECRET}", "id:key"),
        ("k1:c2hvcnQ=", "32 bytes"),
        (f"k1:{SECRET[:-2]}?!", "32 bytes"),
        ("k1:", "32 bytes"),
        (f"k1:{SECRET},k1:{SECRET}", "two badge keys"),
        (f"k1:{write_multikey(BadgeKeys(f'a:{SECRET}').public['a'])}", "must be able to sign"),
        (f"k1:{SECRET},k2:z6Mkbroken", "no Ed25519 multikey"),
    ],
)
def test_a_bad_setting_is_told_in_words_without_the_secret(setting: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refusal:
        BadgeKeys(setting)

    assert SECRET[:20] not in str(refusal.value)


def test_secrets_are_not_shown() -> None:
    keys = BadgeKeys(f"k1:{SECRET}")
    documents = json.dumps([describe_issuer(DID, keys.public), describe_keys(DID, keys.public)])

    for shown in (repr(keys), documents):
        assert SECRET not in shown
        assert '"d"' not in shown


def test_published_keys_are_read_back() -> None:
    keys = BadgeKeys(f"k1:{SECRET},{make_badge_key_setting()}")
    document = describe_issuer(DID, keys.public)

    assert read_issuer(document) == public(keys)
    assert document["assertionMethod"] == list(public(keys))


@pytest.mark.parametrize(
    "document", [{}, {"verificationMethod": []}, {"verificationMethod": ["x", {"id": "y"}]}]
)
def test_an_issuer_without_keys_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="names no Ed25519 key"):
        read_issuer(document)


def test_the_did_is_the_sites_address() -> None:
    assert did_of("https://zuoxi.example") == "did:web:zuoxi.example"
    assert did_of("http://127.0.0.1:8000") == "did:web:127.0.0.1%3A8000"


@given(data=st.binary(max_size=80))
def test_base58_is_read_back(data: bytes) -> None:
    assert decode_base58(encode_base58(data)) == data


@given(text=st.text(max_size=60).filter(lambda text: not text.startswith("z6Mk")))
def test_whatever_is_typed_is_no_multikey(text: str) -> None:
    with pytest.raises(ValueError, match="no Ed25519 multikey"):
        read_multikey(text)
