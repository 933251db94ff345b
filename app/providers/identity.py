"""How we learn that somebody is who they say: one interface, a person's review and a sandbox behind it.

A provider that asks another house over the network would be called before the transaction, and its answer
passed in, as with payments.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

from app.identity_rules import Identity
from app.models.identity_check import IdentitySource, IdentityStatus

NOT_KNOWN = "0000"
MISMATCH = "姓名和证件号对不上 / name and document differ"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """What a provider says. WAITING: somebody has to look; a refusal has its reason."""

    status: IdentityStatus
    reason: str | None = None


class IdentityProvider(Protocol):
    """Says whether name, birth date and document belong together."""

    source: IdentitySource

    def check(self, identity: Identity) -> Finding:
        """Answer at once, or leave it to operations."""


class Review:
    """Somebody in operations looks at every one."""

    source = IdentitySource.REVIEW

    def check(self, identity: Identity) -> Finding:  # noqa: ARG002 - a person looks
        return Finding(status=IdentityStatus.WAITING)


class SandboxIdentity:
    """For demos and tests: everybody is known at once, but for documents that end in 0000."""

    source = IdentitySource.SANDBOX

    def check(self, identity: Identity) -> Finding:
        if identity.document.endswith(NOT_KNOWN):
            return Finding(status=IdentityStatus.REFUSED, reason=MISMATCH)
        return Finding(status=IdentityStatus.CONFIRMED)


def identity_provider(*, sandbox: bool) -> IdentityProvider:
    """Return the provider of this installation."""
    return SandboxIdentity() if sandbox else Review()
