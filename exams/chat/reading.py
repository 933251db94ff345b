"""Make a message comparable: folded characters, words without endings, and where each came from."""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence

from exams.chat.characters import TO_SIMPLIFIED

READ_AT_MOST = 1000
"""Characters of one message that are read; a message of the exam is shorter, so only hostile text is cut."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Token:
    """A Han character, a word, a number, or a break ("." between sentences, "?" , "," between clauses)."""

    word: str
    start: int
    end: int

    @property
    def is_break(self) -> bool:
        return self.word in _BREAKS


_BREAKS = frozenset(".?,")
_BREAK_OF = {
    **dict.fromkeys("。.!;:\n…", "."),
    "?": "?",
    **dict.fromkeys(",、()[]—", ","),
}
_TOKEN = re.compile(r"[a-z]+(?:['’][a-z]+)*|\d+(?:\.\d+)?|[\u3400-\u9fff]|[。.!;\n…?,、:()\[\]—]")
HAN = re.compile(r"[\u3400-\u9fff]")

_WHOLE_WORDS = {
    "can't": "can not", "won't": "will not", "shan't": "shall not", "cannot": "can not", "cant": "can not",
    "wont": "will not", "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not",
    "arent": "are not", "wasnt": "was not", "wouldnt": "would not", "couldnt": "could not",
    "shouldnt": "should not", "hasnt": "has not", "havent": "have not", "im": "i am", "ive": "i have",
    "ill": "i will", "youre": "you are", "youve": "you have", "theyre": "they are", "thats": "that is",
    "pls": "please", "plz": "please", "u": "you", "ur": "your", "thx": "thanks", "ty": "thanks",
    "gonna": "going to", "wanna": "want to", "asap": "soon", "tmr": "tomorrow", "tmrw": "tomorrow",
}  # fmt: skip
_ENDINGS = {
    "n't": " not",
    "'ll": " will",
    "'re": " are",
    "'ve": " have",
    "'m": " am",
    "'d": " would",
    "'s": "",
}


@functools.lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return an English word without its ending; both sides of a comparison lose the same."""
    before = ""
    while word != before:
        before, word = word, _without_ending(word)
    return word


def _without_ending(word: str) -> str:
    if len(word) > 5 and word.endswith("ing"):
        word = word[:-3]
    elif len(word) > 4 and word.endswith("ed"):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiou":
        word = word[:-1]
    return word


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """A message made comparable. `at` gives for each character of `folded` its place in `original`."""

    original: str
    folded: str
    at: tuple[int, ...]
    tokens: tuple[Token, ...]
    words: frozenset[str]

    def sentence(self, first: int, last: int) -> str:
        """Return the original sentence or sentences that hold these tokens."""
        begin = last_break(self.tokens, first, ".?")
        until = next_break(self.tokens, last, ".?")
        start = self.tokens[begin].end if begin >= 0 else 0
        end = self.tokens[until].end if until < len(self.tokens) else len(self.folded)
        if not self.at:
            return ""
        return self.original[self.at[min(start, len(self.at) - 1)] : self.at[end - 1] + 1].strip()


@functools.lru_cache(maxsize=4096)
def read(message: str) -> Reading:
    """Return the message folded and cut into tokens. Only the first READ_AT_MOST characters are read."""
    original = message[:READ_AT_MOST]
    folded: list[str] = []
    at: list[int] = []
    for place, character in enumerate(original):
        for part in fold(character):
            folded.append(part)
            at.append(place)
    text = "".join(folded)
    tokens = tuple(cut(text))
    return Reading(
        original=original,
        folded=text,
        at=tuple(at),
        tokens=tokens,
        words=frozenset(token.word for token in tokens),
    )


def fold(text: str) -> str:
    """Return the text in half width, lower case and simplified characters, without what cannot be seen."""
    kept = []
    for character in unicodedata.normalize("NFKC", text).casefold().translate(TO_SIMPLIFIED):
        if character in "\n\r\u2028":
            kept.append("\n")
        elif unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Mn"):
            kept.append(character)
    return "".join(kept)


def bare(text: str) -> str:
    """Return only the letters, figures and characters of a text: what tells two messages apart."""
    return "".join(token.word for token in read(text).tokens if not token.is_break)


def cut(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        piece, start, end = found[0], found.start(), found.end()
        if piece in _BREAK_OF:
            yield Token(word=_BREAK_OF[piece], start=start, end=end)
        elif piece[0].isalpha() and not HAN.match(piece):
            for word in _spell_out(piece.replace("’", "'")).split():
                yield Token(word=stem(word), start=start, end=end)
        else:
            yield Token(word=piece, start=start, end=end)


def _spell_out(word: str) -> str:
    if word in _WHOLE_WORDS:
        return _WHOLE_WORDS[word]
    for ending, meaning in _ENDINGS.items():
        if word.endswith(ending):
            return word.removesuffix(ending) + meaning
    return word.replace("'", " ")


def last_break(tokens: Sequence[Token], index: int, breaks: str) -> int:
    """Return the last break before the index, -1 if there is none."""
    return next((i for i in range(index - 1, -1, -1) if tokens[i].word in breaks), -1)


def next_break(tokens: Sequence[Token], index: int, breaks: str) -> int:
    return next((i for i in range(index + 1, len(tokens)) if tokens[i].word in breaks), len(tokens))
