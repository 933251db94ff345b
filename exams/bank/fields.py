"""Turn one TOML value into the value of one field; what the item class declares decides how."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from exams.items import Difficulty, Option, Speed, Text

EnumT = TypeVar("EnumT", bound=enum.StrEnum)


class UnreadableError(ValueError):
    """A field that does not hold what it should. The message follows the field's name and says the mend."""


def read_choice(choices: type[EnumT], value: object) -> EnumT:
    """Return the member with this value."""
    for choice in choices:
        if choice == value:
            return choice
    said = "is missing" if value is None else f"is {value!r}"
    raise UnreadableError(f"{said}: choose one of {', '.join(choices)}.")


def read_field(hint: object, value: object) -> Any:
    """Return the TOML value as the type that the item class declares for the field."""
    return _READERS[hint](value)


def _read_difficulty(value: object) -> Difficulty:
    return read_choice(Difficulty, value)


def _read_str(value: object) -> str:
    if not isinstance(value, str):
        raise UnreadableError(f"is {value!r}: write text in quotation marks.")
    return value


def _read_int(value: object) -> int:
    # TOML's true is Python's True, which is an int.
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableError(f"is {value!r}: write a whole number.")
    return value


def _read_bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise UnreadableError(f"is {value!r}: write true or false, without quotation marks.")
    return value


def _read_decimal(value: object) -> Decimal:
    # A TOML float is binary: 129.1 would not be exactly 129.1.
    if isinstance(value, float):
        raise UnreadableError(
            f'is {value!r}: put the number in quotation marks, "{value!r}", to keep it exact.'
        )
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise UnreadableError(f'is {value!r}: write a number like "129.50".')
    try:
        return Decimal(value)
    except InvalidOperation:
        raise UnreadableError(f'is {value!r}: write a number like "129.50".') from None


def _read_strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise UnreadableError(f'is {value!r}: write a list of texts like ["a", "b"].')
    return tuple(value)


def _read_text(value: object) -> Text:
    if not isinstance(value, Mapping) or set(value) != {"zh", "en"}:
        raise UnreadableError('needs exactly zh and en: write { zh = "...", en = "..." }.')
    return Text(zh=_read_str(value["zh"]), en=_read_str(value["en"]))


def _read_options(value: object) -> tuple[Option, ...]:
    if not isinstance(value, list):
        raise UnreadableError('is not a list: write [{ id = "a", zh = "...", en = "..." }, ...].')
    options = []
    for number, entry in enumerate(value, start=1):
        if not isinstance(entry, Mapping) or set(entry) != {"id", "zh", "en"}:
            raise UnreadableError(f"has an entry {number} that needs exactly id, zh and en.")
        words = Text(zh=_read_str(entry["zh"]), en=_read_str(entry["en"]))
        options.append(Option(id=_read_str(entry["id"]), text=words))
    return tuple(options)


def _read_speed(value: object) -> Speed:
    if not isinstance(value, Mapping) or set(value) != {"zh", "en"}:
        raise UnreadableError("needs exactly zh and en: write { zh = 40, en = 150 }.")
    return Speed(zh=_read_int(value["zh"]), en=_read_int(value["en"]))


def _read_pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping) or not all(isinstance(entry, str) for entry in value.values()):
        raise UnreadableError(f'is {value!r}: write pairs of ids like {{ p = "b", q = "a" }}.')
    return tuple(value.items())


_READERS: Mapping[object, Callable[[object], object]] = {
    str: _read_str,
    int: _read_int,
    bool: _read_bool,
    Decimal: _read_decimal,
    Difficulty: _read_difficulty,
    Text: _read_text,
    tuple[str, ...]: _read_strings,
    tuple[Option, ...]: _read_options,
    tuple[tuple[str, str], ...]: _read_pairs,
    Speed: _read_speed,
}
