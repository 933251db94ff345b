"""Copying a text: what is kept of it, and how fast and how exactly it was done.

The clock is the server's. It begins when the person asks for the text and ends with the last save that
changed what was typed. Only committed text is ever saved: what an input method still composes is not typed.

The response to a typing question is

    {"language": "zh", "started": 61000, "ended": 240500, "text": "..."}

the language whose text was given, begin and end in milliseconds since the start of the attempt, and the text.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypedDict

MAX_TYPED_CHARACTERS = 1000

FASTEST = {"zh": 250, "en": 750}
"""Characters a minute above which a reviewer should look. 750 is 150 words a minute: 168,000 typists on the
web ranged from below 20 to above 120 (Dhakal et al., CHI 2018). The figure for Chinese is our own guess."""

FEWEST_TO_SUSPECT = 30
"""Characters: a word or two can be quick by chance."""

CHARACTERS_A_WORD = 5
"""A word by convention, when speed is told in words a minute."""

_SAME = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-"})


class TypedResponse(TypedDict):
    """What is kept of one person's copying."""

    language: str
    started: int
    ended: int
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measurement:
    """How a text was copied. `accuracy` is the share of characters that are right, 0 to 1.

    `is_improbable` says that hardly anybody types so fast: something for a reviewer to look at. A person who
    pastes, dictates or has a keyboard of their own may have every right to.
    """

    characters: int
    seconds: float
    characters_per_minute: float
    accuracy: float
    is_improbable: bool

    @property
    def words_per_minute(self) -> float:
        return self.characters_per_minute / CHARACTERS_A_WORD


def begin(*, language: str, at: int) -> TypedResponse:
    """Return what is kept when the text has been asked for, `at` milliseconds after the attempt's start."""
    return TypedResponse(language="en" if language.startswith("en") else "zh", started=at, ended=at, text="")


def go_on(kept: TypedResponse, *, text: str, at: int) -> TypedResponse:
    """Return what is kept after a save: the clock moves only with the text, and never back."""
    if text == kept["text"]:
        return kept
    return TypedResponse(
        language=kept["language"], started=kept["started"], ended=max(at, kept["started"]), text=text
    )


def read_typed(response: Mapping[str, Any]) -> TypedResponse | None:
    """Return the response when it has the shape of one, else None."""
    shape = {"language": str, "started": int, "ended": int, "text": str}
    if set(response) != set(shape) or any(type(response[name]) is not kind for name, kind in shape.items()):
        return None
    return TypedResponse(
        language=response["language"],
        started=response["started"],
        ended=response["ended"],
        text=response["text"],
    )


def measure(passage: str, response: TypedResponse) -> Measurement:
    """Measure the copy of a text.

    Accuracy is 1 - edit distance / length of the longer text, so leaving out, adding and changing a character
    cost the same, and an unfinished copy is not accurate. Speed counts no more characters than the text has.
    Width of letters, kinds of quotation marks and dashes, and line breaks make no difference, in Chinese
    neither do blanks; capitals do.
    """
    wanted, typed = (_comparable(words, response["language"]) for words in (passage, response["text"]))
    seconds = max(1.0, (response["ended"] - response["started"]) / 1000)
    characters = min(len(typed), len(wanted))
    speed = 60 * characters / seconds
    return Measurement(
        characters=characters,
        seconds=seconds,
        characters_per_minute=speed,
        accuracy=1 - edit_distance(wanted, typed) / max(len(wanted), len(typed), 1),
        is_improbable=characters >= FEWEST_TO_SUSPECT and speed > FASTEST[response["language"]],
    )


def edit_distance(left: str, right: str) -> int:
    """Return the least number of characters put in, taken out or changed that makes `left` into `right`.

    Bit-parallel: G. Myers, 1999, A fast bit-vector algorithm for approximate string matching based on dynamic
    programming, Journal of the ACM 46, in the form of H. Hyyrö, 2003. One column of the table is one number.
    """
    if not left:
        return len(right)
    where: dict[str, int] = {}
    for place, character in enumerate(left):
        where[character] = where.get(character, 0) | 1 << place
    everything, last = (1 << len(left)) - 1, 1 << (len(left) - 1)
    rises, falls, distance = everything, 0, len(left)
    for character in right:
        equal = where.get(character, 0)
        diagonal = (((equal & rises) + rises) ^ rises) | equal | falls
        rises_across = falls | (everything & ~(diagonal | rises))
        falls_across = rises & diagonal
        distance += bool(rises_across & last) - bool(falls_across & last)
        rises_across = rises_across << 1 | 1
        falls_across <<= 1
        rises = everything & (falls_across | ~(diagonal | rises_across))
        falls = everything & rises_across & diagonal
    return distance


def _comparable(words: str, language: str) -> str:
    folded = unicodedata.normalize("NFKC", words.translate(_SAME))
    return re.sub(r"\s+", " " if language == "en" else "", folded).strip()
