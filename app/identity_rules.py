"""What somebody's identity must be like before they work for pay."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

# The Labour Law's least age for work (article 15); the hours of those under 18 are limited (minor_rules.py).
LEAST_AGE = 16
OLDEST_AGE = 120

_NATIONAL = re.compile(r"\d{17}[\dX]")
_OTHER = re.compile(r"[A-Z0-9]{6,20}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Identity:
    """A name, a birth date and the number of a document, as the person wrote them."""

    name: str
    born_on: dt.date
    document: str


def age_on(day: dt.date, *, born_on: dt.date) -> int:
    """Return somebody's age in full years; who was born on 29 February has a birthday on 1 March else."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def normal_document(typed: str) -> str:
    """Return a document's number in its one form: capitals, without blanks and hyphens."""
    return re.sub(r"[\s-]", "", typed).upper()


def is_document(number: str) -> bool:
    """Say whether this can be a document's number: a national one by its check character (GB 11643), a
    passport or permit by its length.
    """
    if len(number) == 18 and number[:17].isdigit():
        return bool(_NATIONAL.fullmatch(number)) and number[17] == _check_character(number)
    return bool(_OTHER.fullmatch(number)) and any(character.isdigit() for character in number)


def birth_date_in(number: str) -> dt.date | None:
    """Return the birth date that a national number carries, None for other documents."""
    if not _NATIONAL.fullmatch(number):
        return None
    try:
        return dt.datetime.strptime(number[6:14], "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None


def _check_character(number: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return _CHECK_CHARACTERS[total % 11]
