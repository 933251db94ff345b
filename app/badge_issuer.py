"""Who signs the badges of this installation: its name, its address and its keys."""

from __future__ import annotations

import dataclasses

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.settings import Settings
from exams.badges.documents import Issuer
from exams.badges.keys import BadgeKeys, did_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class BadgeIssuer:
    """The issuer as badges name it, and the keys that sign for it."""

    profile: Issuer
    keys: BadgeKeys

    @property
    def public(self) -> dict[str, Ed25519PublicKey]:
        """The public keys by their full ids (did#key), as badges name them."""
        return {f"{self.profile.did}#{key_id}": key for key_id, key in self.keys.public.items()}


def make_badge_issuer(settings: Settings) -> BadgeIssuer:
    """Return the issuer of an installation: its DID is its address."""
    return BadgeIssuer(
        profile=Issuer(
            did=did_of(settings.base_url),
            name="坐席 Zuoxi",
            url=settings.base_url,
            email=settings.support_mail,
        ),
        keys=BadgeKeys(settings.badge_keys),
    )
