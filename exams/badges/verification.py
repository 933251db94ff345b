"""Say of a badge's file whether to believe it, and why."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exams.badges.baking import extract_from_svg
from exams.badges.documents import Document, read_time
from exams.badges.integrity import check_proof
from exams.badges.status import Purpose, is_set
from exams.badges.tokens import issuer_of, read_token

Keys = Mapping[str, Ed25519PublicKey]

LookUp = Callable[[str, Purpose, int], bool]
"""Says whether a bit is set: the status list's address, what it means, the index. ValueError: cannot tell."""

LONGEST_FILE = 1024 * 1024


class Verdict(enum.StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET = "not-yet-valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    TAMPERED = "tampered"
    UNCERTAIN = "uncertain"


class NoBadgeError(ValueError):
    """The file is no badge at all; the message says what it lacks."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """What a badge is worth at a moment. `credential` is None unless its signature holds."""

    verdict: Verdict
    reason: str
    proof: str
    credential: Document | None = None


def check_badge(content: bytes, *, keys: Keys, look_up: LookUp, now: dt.datetime) -> Finding:
    """Check a file: a VC-JWT, a credential with a proof as JSON, or an SVG that carries either.

    `keys` are the issuer's, by their full ids. The signature is looked at first: nothing in a badge means
    anything before it holds. Raises NoBadgeError when the file is none of the three.
    """
    carried = unpack(content)
    is_json = carried.startswith("{")
    proof = "eddsa-rdfc-2022" if is_json else "VC-JWT"
    try:
        credential = check_proof(_read_json(carried), keys) if is_json else read_token(carried, keys)
        _check_type(credential)
        valid_from, valid_until = _read_window(credential)
    except NoBadgeError:
        raise
    except ValueError as error:
        return Finding(verdict=Verdict.TAMPERED, reason=str(error), proof=proof)
    verdict, reason = _read_status(credential, look_up)
    if verdict is not Verdict.REVOKED and now >= valid_until:
        verdict, reason = Verdict.EXPIRED, f"it was valid until {valid_until:%Y-%m-%d %H:%M}Z"
    elif verdict is Verdict.VALID and now < valid_from:
        verdict, reason = Verdict.NOT_YET, f"it is valid from {valid_from:%Y-%m-%d %H:%M}Z on"
    elif verdict is Verdict.VALID:
        reason = (
            f"signed by {issuer_of(credential)}, not withdrawn, valid until {valid_until:%Y-%m-%d %H:%M}Z"
        )
    return Finding(verdict=verdict, reason=reason, proof=proof, credential=credential)


def unpack(content: bytes) -> str:
    """Return the token or the JSON text in a file. Raises NoBadgeError when it holds neither."""
    if len(content) > LONGEST_FILE:
        raise NoBadgeError(f"the file is larger than {LONGEST_FILE // 1024} KiB, which no badge is")
    try:
        text = content.decode("utf-8-sig").strip()
        if text.startswith("<"):
            text = extract_from_svg(content)
    except UnicodeDecodeError:
        raise NoBadgeError("the file is no text: give the .jwt, the .json or the .svg of a badge") from None
    except ValueError as error:
        raise NoBadgeError(str(error)) from None
    if not text.startswith("{") and (text.count(".") != 2 or len(text.split()) != 1):
        raise NoBadgeError(
            "the file holds neither a token nor JSON: give the .jwt, the .json or the .svg of a badge"
        )
    return text


@dataclasses.dataclass(frozen=True, kw_only=True)
class StatusList:
    """A status list whose signature holds and whose time is not over."""

    address: str
    purpose: Purpose
    encoded: str


def read_status_list(content: bytes, *, keys: Keys, now: dt.datetime) -> StatusList:
    """Return a status list from its token. Raises ValueError for a forged, stale or malformed one."""
    credential = read_token(content.decode("ascii", "replace").strip(), keys)
    subject = credential.get("credentialSubject")
    if not isinstance(subject, Mapping) or "BitstringStatusListCredential" not in credential.get("type", []):
        raise ValueError("it is no status list")
    valid_from, valid_until = _read_window(credential)
    if not valid_from <= now < valid_until:
        raise ValueError(f"it is of {valid_from:%Y-%m-%d %H:%M}Z and stale: fetch it anew")
    return StatusList(
        address=str(credential["id"]),
        purpose=Purpose(str(subject.get("statusPurpose"))),
        encoded=str(subject.get("encodedList")),
    )


def look_up_in(lists: list[StatusList]) -> LookUp:
    """Return a look-up in these lists alone; a badge that names another one cannot be told."""
    known = {(status_list.address, status_list.purpose): status_list for status_list in lists}

    def look_up(address: str, purpose: Purpose, index: int) -> bool:
        found = known.get((address, purpose))
        if found is None:
            raise ValueError(f"the {purpose} list {address} is not at hand")
        return is_set(found.encoded, index)

    return look_up


def _read_json(text: str) -> Document:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise NoBadgeError("the file begins like JSON, but is not well-formed") from None
    if "credentialSubject" not in document:
        raise NoBadgeError("the JSON is no credential: it has no credentialSubject")
    return dict(document)


def _check_type(credential: Document) -> None:
    if "OpenBadgeCredential" not in credential.get("type", []):
        raise ValueError("it is signed, but no badge")


def _read_window(credential: Document) -> tuple[dt.datetime, dt.datetime]:
    return read_time(credential.get("validFrom")), read_time(credential.get("validUntil"))


def _read_status(credential: Document, look_up: LookUp) -> tuple[Verdict, str]:
    """Return REVOKED before SUSPENDED before UNCERTAIN before VALID, whatever their order in the badge."""
    entries = credential.get("credentialStatus") or []
    if not isinstance(entries, list):
        entries = [entries]
    verdicts = [(Verdict.VALID, "")]
    for entry in entries:
        try:
            purpose = Purpose(entry["statusPurpose"])
            bit = look_up(str(entry["statusListCredential"]), purpose, int(entry["statusListIndex"]))
        except (KeyError, TypeError, ValueError) as error:
            verdicts.append((Verdict.UNCERTAIN, f"its status cannot be told: {error}"))
            continue
        if bit:
            said = (Verdict.REVOKED, "the issuer has revoked it")
            held = (Verdict.SUSPENDED, "the issuer has suspended it for the time being")
            verdicts.append(said if purpose is Purpose.REVOCATION else held)
    order = [Verdict.REVOKED, Verdict.SUSPENDED, Verdict.UNCERTAIN, Verdict.VALID]
    return min(verdicts, key=lambda verdict: order.index(verdict[0]))
