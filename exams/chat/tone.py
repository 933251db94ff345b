"""Tone: greeting, closing, no shouting, no blaming. The words are in `common.toml`."""

from __future__ import annotations

import re
import unicodedata

from exams.chat.loader import common_intents
from exams.chat.meaning import Doubt, Grade
from exams.chat.wording import Finding

_MARKS = re.compile(r"!{3,}|[!?]{4,}")
_WORD = re.compile(r"[A-Za-z]{4,}")


def find_shouting(text: str) -> bool:
    """Whether a message shouts: three or more marks, or most of its words in capitals.

    Codes and sizes (SF1234, XL) are no words: only runs of at least four letters count, and two of them.
    """
    half = unicodedata.normalize("NFKC", text)
    if _MARKS.search(half):
        return True
    words = _WORD.findall(half)
    shouted = [word for word in words if word.isupper()]
    return len(shouted) >= 2 and 2 * len(shouted) > len(words)


def find_blame(text: str) -> Finding | None:
    """Return where a message blames, denied ones left out. A doubt of negation is none: "not your fault"."""
    found = common_intents()["blame"].find(text)
    if found is None or found.grade is Grade.DENIED or found.doubt is Doubt.NEGATION:
        return None
    return found


def greets(text: str) -> bool:
    return common_intents()["welcome"].find(text) is not None


def closes(text: str) -> bool:
    return common_intents()["closing"].find(text) is not None
