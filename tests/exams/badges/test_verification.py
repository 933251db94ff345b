"""What our own check says of a badge's file, and why; nothing that was changed passes."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exams.badges.baking import bake_svg
from exams.badges.documents import Document, Issuer
from exams.badges.integrity import add_proof
from exams.badges.status import Purpose
from exams.badges.tokens import sign_token
from exams.badges.verification import (
    LONGEST_FILE,
    Finding,
    LookUp,
    NoBadgeError,
    Verdict,
    check_badge,
    look_up_in,
    read_status_list,
)
from tests.exams.badges.make import (
    DID,
    FROM,
    NOW,
    PLACE,
    UNTIL,
    make_credential,
    make_keys,
    make_list,
    public,
)
from tests.exams.badges.test_second_implementation import changed, leaves, replaced

KEYS = make_keys()
CREDENTIAL = make_credential()
TOKEN = sign_token(CREDENTIAL, KEYS)
PROVED = add_proof(CREDENTIAL, KEYS, now=FROM)
PICTURE = bake_svg(title="基础认证", subtitle="坐席", number="ZX-26", token=TOKEN)
SECOND = dt.timedelta(seconds=1)
FILES = {
    "jwt": TOKEN.encode(),
    "json": json.dumps(PROVED).encode(),
    "svg": PICTURE.encode(),
    "jwt with blanks": b"\xef\xbb\xbf" + TOKEN.encode() + b"\n\n",
}


def lists(**set_bits: list[int]) -> LookUp:
    found = [make_list(KEYS, purpose, set_bits.get(purpose, [])) for purpose in Purpose]
    return look_up_in([read_status_list(text.encode(), keys=public(KEYS), now=NOW) for text in found])


def check(content: bytes | str | Document, look_up: LookUp | None = None, now: dt.datetime = NOW) -> Finding:
    if isinstance(content, dict):
        content = json.dumps(content)
    content = content.encode() if isinstance(content, str) else content
    return check_badge(content, keys=public(KEYS), look_up=look_up or lists(), now=now)


@pytest.mark.parametrize("kind", FILES)
class TestWhatItIsWorth:
    def test_valid(self, kind: str) -> None:
        finding = check(FILES[kind])

        assert finding.verdict is Verdict.VALID
        assert finding.credential == CREDENTIAL
        assert DID in finding.reason

    def test_revoked_counts_before_suspended_and_expired(self, kind: str) -> None:
        look_up = lists(revocation=[PLACE], suspension=[PLACE])

        assert check(FILES[kind], look_up).verdict is Verdict.REVOKED
        assert check(FILES[kind], look_up, UNTIL).verdict is Verdict.REVOKED

    def test_suspended(self, kind: str) -> None:
        assert check(FILES[kind], lists(suspension=[PLACE])).verdict is Verdict.SUSPENDED

    def test_expired_to_the_second(self, kind: str) -> None:
        assert check(FILES[kind], now=UNTIL - SECOND).verdict is Verdict.VALID
        assert check(FILES[kind], now=UNTIL).verdict is Verdict.EXPIRED

    def test_not_yet_valid_to_the_second(self, kind: str) -> None:
        assert check(FILES[kind], now=FROM - SECOND).verdict is Verdict.NOT_YET
        assert check(FILES[kind], now=FROM).verdict is Verdict.VALID

    def test_uncertain_without_its_lists(self, kind: str) -> None:
        finding = check(FILES[kind], look_up_in([]))

        assert finding.verdict is Verdict.UNCERTAIN
        assert "not at hand" in finding.reason


@pytest.mark.parametrize("path", list(leaves(PROVED)), ids=lambda path: "/".join(map(str, path)))
def test_each_changed_field_of_the_document_is_found(path: tuple[str | int, ...]) -> None:
    assert check(changed(PROVED, path)).verdict is Verdict.TAMPERED


@pytest.mark.parametrize("path", list(leaves(CREDENTIAL)), ids=lambda path: "/".join(map(str, path)))
def test_each_changed_field_of_the_token_is_found(path: tuple[str | int, ...]) -> None:
    header, _, signature = TOKEN.split(".")
    claims = jwt.decode(TOKEN, options={"verify_signature": False})
    forged = base64.urlsafe_b64encode(json.dumps(changed(claims, path)).encode()).rstrip(b"=").decode()

    assert check(f"{header}.{forged}.{signature}").verdict is Verdict.TAMPERED


@pytest.mark.parametrize(
    "addition",
    [
        {"honours": "summa cum laude"},
        {"credentialSubject": {**CREDENTIAL["credentialSubject"], "honours": "summa cum laude"}},
        {"@context": [*CREDENTIAL["@context"], {"@vocab": "https://elsewhere.example/#"}], "honours": "yes"},
        {"@context": [CREDENTIAL["@context"][0]]},
        {"credentialStatus": []},
        {"@included": [{"id": CREDENTIAL["id"], "name": "Other"}]},
    ],
    ids=["unknown word", "unknown word inside", "own vocabulary", "less vocabulary", "no status", "included"],
)
def test_what_canonical_rdf_would_leave_out_is_found(addition: dict[str, Any]) -> None:
    """A signature over RDF does not cover words that the vocabulary does not know; the check must."""
    assert check({**PROVED, **addition}).verdict is Verdict.TAMPERED


@given(
    path=st.sampled_from([path[:length] for path in leaves(PROVED) for length in range(1, len(path) + 1)]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.sampled_from(["", "_:b0", "@id", "@json", "urn:x"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["@id", "@type", "@value", "@list", "@context", "id", "type", "x"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=5,
    ),
)
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_a_place_is_found_and_breaks_nothing(
    path: tuple[str | int, ...], value: Any
) -> None:
    document = replaced(PROVED, path, value)

    assert document == PROVED or check(document).verdict is Verdict.TAMPERED


def test_one_written_as_a_list_of_one_is_the_same() -> None:
    assert check({**PROVED, "issuer": [PROVED["issuer"]]}).verdict is not Verdict.VALID
    status = {**PROVED, "name": [PROVED["name"]]}
    assert check(status).verdict is Verdict.VALID


class TestWhoSigned:
    def test_an_unknown_key(self) -> None:
        finding = check(sign_token(CREDENTIAL, make_keys("b")))

        assert finding.verdict is Verdict.TAMPERED
        assert f"{DID}#b1" in finding.reason

    @pytest.mark.parametrize("sign", [sign_token, lambda badge, keys: add_proof(badge, keys, now=FROM)])
    def test_another_issuer_with_a_key_that_we_know(self, sign: Any) -> None:
        """Keys of two issuers are at hand: neither may speak for the other."""
        other = make_keys("b")
        stranger = Issuer(
            did="did:web:other.example", name="Other", url="https://other.example", email="a@b.example"
        )
        badge = sign(make_credential(issuer=stranger), other)
        keys = public(KEYS) | public(other, "did:web:other.example")
        text = badge if isinstance(badge, str) else json.dumps(badge)
        stolen = text.replace("did:web:other.example#b1", f"{DID}#a1")

        assert check_badge(text.encode(), keys=keys, look_up=lists(), now=NOW).verdict is Verdict.VALID
        if not isinstance(badge, str):
            assert (
                check_badge(stolen.encode(), keys=keys, look_up=lists(), now=NOW).verdict is Verdict.TAMPERED
            )

    def test_a_token_for_another_issuer_under_our_key(self) -> None:
        stranger = Issuer(
            did="did:web:other.example", name="Other", url="https://a.example", email="a@b.example"
        )
        token = sign_token(make_credential(issuer=stranger), make_keys("b"))
        claims = jwt.decode(token, options={"verify_signature": False})
        ours = jwt.encode(claims, KEYS.signing, "EdDSA", {"kid": f"{DID}#a1"})

        finding = check(ours)

        assert finding.verdict is Verdict.TAMPERED
        assert "another issuer" in finding.reason

    def test_a_token_whose_claims_name_another(self) -> None:
        claims = jwt.decode(TOKEN, options={"verify_signature": False})
        for name, value in (
            ("iss", "did:web:other.example"),
            ("jti", "urn:x"),
            ("sub", "urn:x"),
            ("exp", 1),
            ("nbf", 1),
        ):
            forged = jwt.encode({**claims, name: value}, KEYS.signing, "EdDSA", {"kid": f"{DID}#a1"})
            assert check(forged).verdict is Verdict.TAMPERED, name

    @pytest.mark.parametrize("algorithm", ["none", "HS256"])
    def test_a_token_that_chooses_its_algorithm(self, algorithm: str) -> None:
        secret = "" if algorithm == "none" else "x" * 32
        forged = jwt.encode(CREDENTIAL, secret, algorithm, {"kid": f"{DID}#a1"})

        assert check(forged).verdict is Verdict.TAMPERED

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("proofPurpose", "authentication"),
            ("cryptosuite", "eddsa-jcs-2022"),
            ("type", "Ed25519Signature2020"),
            ("proofValue", "z"),
            ("proofValue", "0OIl"),
            ("proofValue", "z" + "2" * 5000),
        ],
    )
    def test_a_proof_of_another_kind(self, name: str, value: str) -> None:
        assert check({**PROVED, "proof": {**PROVED["proof"], name: value}}).verdict is Verdict.TAMPERED

    def test_a_proof_that_is_missing_or_double(self) -> None:
        assert check(CREDENTIAL).verdict is Verdict.TAMPERED
        assert check({**PROVED, "proof": [PROVED["proof"]] * 2}).verdict is Verdict.TAMPERED

    def test_a_signed_status_list_is_no_badge(self) -> None:
        assert check(make_list(KEYS, Purpose.REVOCATION)).verdict is Verdict.TAMPERED


class TestStatusLists:
    def test_a_stale_one_is_refused(self) -> None:
        text = make_list(KEYS, Purpose.REVOCATION).encode()

        with pytest.raises(ValueError, match="stale"):
            read_status_list(text, keys=public(KEYS), now=UNTIL)

    def test_a_forged_one_is_refused(self) -> None:
        with pytest.raises(ValueError, match="does not name"):
            read_status_list(
                make_list(make_keys("b"), Purpose.REVOCATION).encode(), keys=public(KEYS), now=NOW
            )

    def test_a_badge_is_no_list(self) -> None:
        with pytest.raises(ValueError, match="no status list"):
            read_status_list(TOKEN.encode(), keys=public(KEYS), now=NOW)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "neither a token nor JSON"),
        (b"hello", "neither a token nor JSON"),
        (b"{", "not well-formed"),
        (b"[" * 100_000, "neither"),
        (b'{"a": ' + b"[" * 100_000, "not well-formed"),
        (b"{}", "no credentialSubject"),
        (b"\xff\xfe\x00", "no text"),
        (b"\x89PNG\r\n", "no text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "carries no badge"),
        (b"<svg", "no well-formed SVG"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "no well-formed SVG"),
        (PICTURE.replace(TOKEN, "").encode(), "empty"),
        (b" " * (LONGEST_FILE + 1), "larger than"),
    ],
)
def test_what_is_no_badge_is_told_in_words(content: bytes, said: str) -> None:
    with pytest.raises(NoBadgeError, match=said):
        check(content)


@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_file_is_taken_for_a_badge_by_chance(content: bytes) -> None:
    try:
        assert (
            check_badge(content, keys=public(KEYS), look_up=look_up_in([]), now=NOW).verdict
            is Verdict.TAMPERED
        )
    except NoBadgeError:
        pass
