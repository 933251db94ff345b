"""What we sign is verified by openbadgeslib, which shares no line of signing or checking with us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError, OB3Verifier

from exams.badges.baking import bake_svg
from exams.badges.documents import Document
from exams.badges.integrity import add_proof
from exams.badges.keys import BadgeKeys
from exams.badges.status import Purpose
from exams.badges.tokens import sign_token
from tests.exams.badges.make import DID, FROM, PLACE, make_credential, make_keys, serve

KEYS = make_keys()
CREDENTIAL = make_credential()
TOKEN = sign_token(CREDENTIAL, KEYS)
PROVED = add_proof(CREDENTIAL, KEYS, now=FROM)


def verify(badge: str | Document, withdrawn: dict[Purpose, list[int]] | None = None) -> Any:
    """Verify as a stranger does: keys and lists from the issuer's site, found by the badge's own words."""
    download = serve(KEYS, withdrawn or {})
    if isinstance(badge, str):
        reader = OB3Verifier.for_issuer_did(DID, download=download)
        return reader.verify(badge, check_status=True, download=download)
    return OB3LdpVerifier.for_issuer_did(DID, download=download).verify(
        badge, check_status=True, download=download
    )


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every text and number in a document."""
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from leaves(entry, (*path, name))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from leaves(entry, (*path, index))
    else:
        yield path


def replaced(document: Document, path: tuple[str | int, ...], value: Any) -> Document:
    """Return a copy with another value in one place."""
    copy: Any = json.loads(json.dumps(document))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return dict(copy)


def changed(document: Document, path: tuple[str | int, ...]) -> Document:
    """Return a copy with one text a letter longer."""
    place: Any = document
    for step in path:
        place = place[step]
    return replaced(document, path, f"{place}x")


@pytest.mark.parametrize("badge", [TOKEN, PROVED], ids=["VC-JWT", "eddsa-rdfc-2022"])
class TestBothProofs:
    def test_hold_and_say_what_we_said(self, badge: str | Document) -> None:
        seen = verify(badge)

        assert seen.id == CREDENTIAL["id"]
        assert seen.issuer.id == DID
        assert seen.achievement.name == "基础认证 / Base certificate"
        assert [result.value for result in seen.results] == ["86"]

    @pytest.mark.parametrize("purpose", list(Purpose))
    def test_are_refused_when_withdrawn(self, badge: str | Document, purpose: Purpose) -> None:
        with pytest.raises(OB3VerificationError, match=purpose):
            verify(badge, {purpose: [PLACE]})

    def test_do_not_mind_the_neighbours_bits(self, badge: str | Document) -> None:
        verify(badge, {purpose: [PLACE - 1, PLACE + 1] for purpose in Purpose})


@pytest.mark.parametrize("path", list(leaves(PROVED)), ids=lambda path: "/".join(map(str, path)))
def test_each_changed_field_is_found(path: tuple[str | int, ...]) -> None:
    with pytest.raises(OB3VerificationError):
        verify(changed(PROVED, path))


def test_a_key_that_the_issuer_does_not_name_is_refused() -> None:
    forged = sign_token(CREDENTIAL, BadgeKeys(f"{KEYS.current_id}:{'b' * 43}="))

    with pytest.raises(OB3VerificationError, match="Invalid signature"):
        verify(forged)


def test_the_picture_carries_the_token() -> None:
    picture = bake_svg(title="<基础> & Co", subtitle="坐席 Zuoxi", number="ZX-26", token=TOKEN)

    assert OB3Verifier.extract_token_from_svg(picture.encode()) == TOKEN
