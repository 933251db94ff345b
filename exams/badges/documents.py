"""What a badge says: the OpenBadgeCredential as plain data, before anybody signs it.

Sources: Open Badges 3.0 (1EdTech), Verifiable Credentials Data Model 2.0 and Bitstring Status List 1.0 (W3C).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from exams.badges.status import LIST_BITS, Purpose

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXTS = [VC_CONTEXT, BADGE_CONTEXT]

Document = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Issuer:
    """Who gives badges: a DID, a name, a site and an address to write to."""

    did: str
    name: str
    url: str
    email: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Achievement:
    """What somebody has shown to be able to do. `id` is a URI that is the same for everybody who did."""

    id: str
    name: str
    description: str
    criteria: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Award:
    """One achievement of one person, from when until when.

    `subject` is a URI that stands for the holder and tells nothing; `percent` (0 to 100) is left out where it
    is None; `serial` counts all awards from 0 and says where the status lists keep theirs.
    """

    id: str
    subject: str
    achievement: Achievement
    percent: int | None
    valid_from: dt.datetime
    valid_until: dt.datetime
    serial: int
    status_url: str


def describe_award(award: Award, issuer: Issuer) -> Document:
    """Return the unsigned OpenBadgeCredential."""
    achievement: Document = {
        "id": award.achievement.id,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "inLanguage": "zh-CN",
        "name": award.achievement.name,
        "description": award.achievement.description,
        "criteria": {"narrative": award.achievement.criteria},
    }
    subject: Document = {"id": award.subject, "type": ["AchievementSubject"], "achievement": achievement}
    if award.percent is not None:
        scale = f"{award.achievement.id}{'-' if '#' in award.achievement.id else '#'}score"
        achievement["resultDescription"] = [
            {
                "id": scale,
                "type": ["ResultDescription"],
                "name": "分数 / Score",
                "resultType": "Percent",
                "valueMin": "0",
                "valueMax": "100",
            }
        ]
        subject["result"] = [{"type": ["Result"], "resultDescription": scale, "value": str(award.percent)}]
    return {
        "@context": CONTEXTS,
        "id": award.id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.achievement.name,
        "issuer": {
            "id": issuer.did,
            "type": ["Profile"],
            "name": issuer.name,
            "url": issuer.url,
            "email": issuer.email,
        },
        "validFrom": write_time(award.valid_from),
        "validUntil": write_time(award.valid_until),
        "credentialSubject": subject,
        "credentialStatus": [_describe_entry(award, purpose) for purpose in Purpose],
    }


def _describe_entry(award: Award, purpose: Purpose) -> Document:
    list_number, index = place_of(award.serial)
    address = f"{award.status_url}/{purpose}/{list_number}"
    return {
        "id": f"{address}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose.value,
        "statusListIndex": str(index),
        "statusListCredential": address,
    }


# Odd, so that its multiples reach every place of a list exactly once.
STEP = 50_021


def place_of(serial: int) -> tuple[int, int]:
    """Return the number of the list and the index in it for an award's serial number.

    The places of a list are taken with long strides, so that a place does not tell which award came before
    another, as the standard asks (Bitstring Status List 1.0, 5.2 Herd Privacy).
    """
    list_number, rank = divmod(serial, LIST_BITS)
    return list_number, rank * STEP % LIST_BITS


def serial_at(list_number: int, index: int) -> int:
    """Return the serial number that has this place: `place_of` the other way round."""
    return list_number * LIST_BITS + index * pow(STEP, -1, LIST_BITS) % LIST_BITS


def describe_status_list(
    *, address: str, purpose: Purpose, encoded: str, issuer_did: str, now: dt.datetime, good_for: dt.timedelta
) -> Document:
    """Return the unsigned BitstringStatusListCredential that is served at the address."""
    return {
        "@context": [VC_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_did,
        "validFrom": write_time(now),
        "validUntil": write_time(now + good_for),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose.value,
            "encodedList": encoded,
        },
    }


def write_time(moment: dt.datetime) -> str:
    """Return an aware moment as the data model writes it: UTC, whole seconds, Z."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: object) -> dt.datetime:
    """Return the moment behind the text. Raises ValueError for one that is malformed or has no zone."""
    moment = dt.datetime.fromisoformat(text) if isinstance(text, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{text!r} is no moment with a zone")
    return moment
