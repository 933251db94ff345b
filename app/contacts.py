"""E-mail addresses and mobile numbers in the one form in which they are stored."""

from __future__ import annotations

import re
import unicodedata

MOBILE = re.compile(r"1[3-9]\d{9}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def normalise_contact(text: str | None) -> str | None:
    """Return the e-mail in lower case or the mobile number as eleven digits, or None when it is neither.

    Full-width characters, blanks, dashes and the prefix +86 are accepted.
    """
    plain = unicodedata.normalize("NFKC", text or "").strip().lower()
    if EMAIL.fullmatch(plain):
        return plain
    digits = re.sub(r"[\s\-]", "", plain).removeprefix("+86").removeprefix("0086")
    return digits if MOBILE.fullmatch(digits) else None


def is_mobile(contact: str) -> bool:
    """Say whether a normalised contact is a mobile number."""
    return MOBILE.fullmatch(contact) is not None
