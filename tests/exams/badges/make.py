"""A badge of an issuer who exists in tests only."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exams.badges.documents import (
    Achievement,
    Award,
    Document,
    Issuer,
    describe_award,
    describe_status_list,
    place_of,
)
from exams.badges.keys import BadgeKeys, describe_issuer, did_of
from exams.badges.status import Purpose, encode_list
from exams.badges.tokens import sign_token

SITE = "https://zuoxi.example"
DID = did_of(SITE)
SERIAL = 7
PLACE = place_of(SERIAL)[1]
# The second implementation looks at the real clock: these badges hold for as long as anybody runs the tests.
FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 11, 11, tzinfo=dt.UTC)
ISSUER = Issuer(did=DID, name="坐席 Zuoxi", url=SITE, email="help@zuoxi.example")


def make_keys(letter: str = "a") -> BadgeKeys:
    """Return keys that are the same in every run; another letter gives other ones."""
    return BadgeKeys(f"{letter}1:{base64.b64encode(letter.encode() * 32).decode()}")


def public(keys: BadgeKeys, did: str = DID) -> dict[str, Ed25519PublicKey]:
    return {f"{did}#{key_id}": key for key_id, key in keys.public.items()}


def make_credential(
    *,
    percent: int | None = 86,
    valid_from: dt.datetime = FROM,
    valid_until: dt.datetime = UNTIL,
    issuer: Issuer = ISSUER,
) -> Document:
    return describe_award(
        Award(
            id=f"{SITE}/certificates/ZX-26-7KQM-3WXA-P",
            subject="urn:uuid:6c1f1ac6-7f0b-4d4b-8d2e-2b6b0b0b0b0b",
            achievement=Achievement(
                id=f"{SITE}/certificates#base",
                name="基础认证 / Base certificate",
                description="可以进人才池。 / Opens the talent pool.",
                criteria="通过基础考试。 / Passed the base exam.",
            ),
            percent=percent,
            valid_from=valid_from,
            valid_until=valid_until,
            serial=SERIAL,
            status_url=f"{SITE}/badges/status",
        ),
        issuer,
    )


def make_list(
    keys: BadgeKeys, purpose: Purpose, set_bits: Sequence[int] = (), *, now: dt.datetime = FROM
) -> str:
    """Return a signed status list, good for as long as the badges."""
    document = describe_status_list(
        address=f"{SITE}/badges/status/{purpose}/0",
        purpose=purpose,
        encoded=encode_list(set_bits),
        issuer_did=DID,
        now=now,
        good_for=UNTIL - now,
    )
    return sign_token(document, keys)


def serve(keys: BadgeKeys, set_bits: Mapping[Purpose, Sequence[int]]) -> Callable[[str], bytes]:
    """Return a download that answers as the issuer's site would, and to no other address."""
    pages = {f"{SITE}/.well-known/did.json": json.dumps(describe_issuer(DID, keys.public)).encode()}
    for purpose in Purpose:
        address = f"{SITE}/badges/status/{purpose}/0"
        pages[address] = make_list(keys, purpose, set_bits.get(purpose, ())).encode()
    return pages.__getitem__
