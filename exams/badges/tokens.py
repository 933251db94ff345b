"""A credential as VC-JWT, as Open Badges 3.0 writes it: the claims are the credential's own members.

The algorithm is EdDSA with Ed25519 and no other: a token that asks for another one is refused before its
signature is looked at. `kid` names the key in the issuer's DID document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exams.badges.documents import Document, read_time
from exams.badges.keys import BadgeKeys

ALGORITHM = "EdDSA"
REGISTERED = ("iss", "jti", "sub", "nbf", "exp")


def sign_token(credential: Document, keys: BadgeKeys) -> str:
    """Return the signed token. Ed25519 has no chance in it: one credential and one key give one token."""
    # In one order, whatever order the credential's members come in.
    claims = json.loads(json.dumps({**credential, **_registered(credential)}, sort_keys=True))
    kid = f"{issuer_of(credential)}#{keys.current_id}"
    return jwt.encode(claims, keys.signing, algorithm=ALGORITHM, headers={"kid": kid})


def read_token(token: str, keys: Mapping[str, Ed25519PublicKey]) -> Document:
    """Return the credential in a token whose signature holds. `keys` go by their full ids (did#key).

    Times and status are not looked at. Raises ValueError with what is wrong.
    """
    try:
        header = jwt.get_unverified_header(token)
        key = keys.get(str(header.get("kid")))
        if key is None:
            raise ValueError(
                f"it was signed with the key {header.get('kid')!r}, which the issuer does not name"
            )
        # What the clock says about it is another question: an expired token has a good signature.
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as error:
        raise ValueError(f"the token's signature does not hold ({error})") from None
    credential = {name: value for name, value in claims.items() if name not in REGISTERED}
    if str(header["kid"]).partition("#")[0] != issuer_of(credential):
        raise ValueError("it names another issuer than the one whose key signed it")
    if {name: claims.get(name) for name in REGISTERED if name in claims} != _registered(credential):
        raise ValueError("the token's claims and the credential in it disagree")
    return credential


def issuer_of(credential: Document) -> str:
    """Return the issuer's id, which may stand alone or in a profile. Raises ValueError when there is none."""
    issuer = credential.get("issuer")
    found = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    if not isinstance(found, str):
        raise ValueError("the credential names no issuer")
    return found


def _registered(credential: Document) -> dict[str, Any]:
    claims: dict[str, Any] = {"iss": issuer_of(credential), "jti": credential.get("id")}
    subject = credential.get("credentialSubject")
    if isinstance(subject, Mapping) and "OpenBadgeCredential" in credential.get("type", []):
        claims["sub"] = subject.get("id")
    claims["nbf"] = int(read_time(credential.get("validFrom")).timestamp())
    if "validUntil" in credential:
        claims["exp"] = int(read_time(credential["validUntil"]).timestamp())
    return claims
