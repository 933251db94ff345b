"""The keys that sign badges: one to sign, and all whose signatures still count.

They come from one setting: one or more `id:key` pairs with commas between. The first one signs. A key is 32
random bytes in base64, or, for one that signs no more, its public half as a multikey (z6Mk...): what it
signed stays good. A key that was stolen is taken out, and what it signed is no longer believed.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from exams.badges.base58 import decode_base58, encode_base58

KEY_BYTES = 32
# The multicodec prefix of an Ed25519 public key (0xed as a varint): such multikeys begin with z6Mk.
ED25519_PREFIX = b"\xed\x01"

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)


class BadgeKeys:
    """Signs with a setting's first key; knows the public halves of all. Raises ValueError for a bad one."""

    def __init__(self, setting: str) -> None:
        self._signing: Ed25519PrivateKey | None = None
        self.public: dict[str, Ed25519PublicKey] = {}
        for pair in setting.split(","):
            key_id, _, text = pair.strip().partition(":")
            if not _KEY_ID.fullmatch(key_id):
                # The text may be a key without its id: it must not get into a log.
                raise ValueError("a badge key is id:key, and its id of letters, digits, - and _")
            if key_id in self.public:
                raise ValueError(f"two badge keys are called {key_id!r}")
            private = None if text.startswith("z6Mk") else _read_private(key_id, text)
            self.public[key_id] = private.public_key() if private else read_multikey(text)
            if len(self.public) == 1:
                if private is None:
                    raise ValueError(f"badge key {key_id!r} is a public one: the first must be able to sign")
                self._signing = private
        self.current_id = next(iter(self.public))

    def __repr__(self) -> str:
        return f"BadgeKeys({', '.join(self.public)})"

    @property
    def signing(self) -> Ed25519PrivateKey:
        """The private key that signs now, whose id is `current_id`."""
        assert self._signing is not None
        return self._signing


def make_badge_key_setting() -> str:
    """Return a fresh value for the setting; ids differ, so that a new pair can stand before the old one."""
    return f"b{secrets.token_hex(3)}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def write_multikey(key: Ed25519PublicKey) -> str:
    """Return a public key as a multikey (z6Mk...)."""
    return "z" + encode_base58(ED25519_PREFIX + key.public_bytes_raw())


def read_multikey(text: str) -> Ed25519PublicKey:
    """Return the public key of a multikey. Raises ValueError for anything else than an Ed25519 one."""
    try:
        raw = decode_base58(text.removeprefix("z"))
    except ValueError:
        raw = b""
    if not text.startswith("z") or not raw.startswith(ED25519_PREFIX) or len(raw) != KEY_BYTES + 2:
        raise ValueError(f"{text[:60]!r} is no Ed25519 multikey")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def describe_issuer(did: str, public: Mapping[str, Ed25519PublicKey]) -> dict[str, object]:
    """Return the DID document of did:web that names the issuer's keys, the one that signs first."""
    methods = [
        {
            "id": f"{did}#{key_id}",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": write_multikey(key),
        }
        for key_id, key in public.items()
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def describe_keys(did: str, public: Mapping[str, Ed25519PublicKey]) -> dict[str, object]:
    """Return the same keys as a JSON Web Key Set (RFC 7517, RFC 8037)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode(),
                "kid": f"{did}#{key_id}",
                "alg": "EdDSA",
                "use": "sig",
            }
            for key_id, key in public.items()
        ]
    }


def read_issuer(document: Mapping[str, object]) -> dict[str, Ed25519PublicKey]:
    """Return the keys of a DID document by their full ids. Raises ValueError when it has none of ours."""
    methods = document.get("verificationMethod")
    found: dict[str, Ed25519PublicKey] = {}
    for method in methods if isinstance(methods, list) else []:
        if isinstance(method, Mapping) and isinstance(method.get("publicKeyMultibase"), str):
            found[str(method.get("id"))] = read_multikey(method["publicKeyMultibase"])
    if not found:
        raise ValueError("the issuer's document names no Ed25519 key")
    return found


def did_of(base_url: str) -> str:
    """Return the did:web of a site (its host and port; the document lies in /.well-known/did.json)."""
    host = base_url.partition("://")[2].partition("/")[0]
    return "did:web:" + host.replace(":", "%3A")


def _read_private(key_id: str, text: str) -> Ed25519PrivateKey:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError(
            f"badge key {key_id!r} must be id:base64 of {KEY_BYTES} bytes, or a multikey z6Mk..."
        )
    return Ed25519PrivateKey.from_private_bytes(raw)
