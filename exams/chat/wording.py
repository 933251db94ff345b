"""Find what a candidate meant in what they typed: phrases, and whether they were meant as said.

A phrase is written as people write it. `*` stands for a few words between, `(a|b|)` for a choice, also of
nothing. Width, case, punctuation, traditional characters, contractions and endings of English words make no
difference; one mistyped character in four Chinese ones, or one letter in a longer English word, makes the
finding uncertain but does not hide it.

Rules read words, not minds. So each finding says whether it was STATED, DENIED ("I cannot promise ...") or
is UNSURE, with the doubt: two negations, a question, somebody else's words, a condition, a spelling, or only
weaker words. Whoever uses findings gives the person the benefit of every doubt.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections.abc import Iterator, Sequence

from exams.chat.meaning import NEGATORS_EN, NEGATORS_ZH, Doubt, Grade, judge
from exams.chat.reading import HAN, Reading, Token, cut, fold, read

GAP = "*"
GAP_TOKENS = 8
MAX_VARIANTS = 256

_NO_SLIPS: frozenset[int] = frozenset()
_PERSONS = frozenset("我你您他她它们咱谁")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """A phrase that was found. `sentence` is the candidate's own, as typed."""

    grade: Grade
    doubt: Doubt
    sentence: str


def find_first(phrases: Sequence[Phrase], message: str) -> Finding | None:
    """Return the finding that counts among those of all phrases: one that is stated before all others.

    None when no phrase is in the message.
    """
    reading = read(message)
    best: Finding | None = None
    for phrase in phrases:
        for finding in phrase.findings(reading):
            if best is None or _RANK[finding.grade, finding.doubt] < _RANK[best.grade, best.doubt]:
                best = finding
    return best


class Phrase:
    """One phrase of a script, ready to be looked for."""

    def __init__(self, written: str) -> None:
        self.written = written
        self.variants = tuple(dict.fromkeys(_variants(written)))
        # Looked at first: which words have to be there, and whether one of them may be mistyped.
        self._needs = tuple(
            (variant, frozenset(variant) - {GAP}, _slippable(variant)) for variant in self.variants
        )
        if not self.variants:
            raise ValueError(f"the phrase {written!r} holds no word: write one, or remove it.")

    def findings(self, reading: Reading) -> Iterator[Finding]:
        """Yield each place where the phrase was written, well before mistyped."""
        found = False
        for budget in (0, 1):
            if found:
                return
            for variant, words, slips in self._needs:
                if (budget and not slips) or len(words - reading.words) > budget:
                    continue
                for first, last, inside in _places(variant, reading, slips if budget else _NO_SLIPS):
                    found = True
                    grade, doubt = judge(reading, first, last, inside)
                    if budget and grade is not Grade.DENIED:
                        grade, doubt = Grade.UNSURE, Doubt.SPELLING
                    yield Finding(grade=grade, doubt=doubt, sentence=reading.sentence(first, last))


_RANK = {
    (Grade.STATED, Doubt.NONE): 0,
    (Grade.UNSURE, Doubt.CONDITION): 1,
    (Grade.UNSURE, Doubt.REPORTED): 2,
    (Grade.UNSURE, Doubt.QUESTION): 3,
    (Grade.UNSURE, Doubt.SPELLING): 4,
    (Grade.UNSURE, Doubt.NEGATION): 5,
    (Grade.DENIED, Doubt.NONE): 6,
}


def _variants(written: str) -> Iterator[tuple[str, ...]]:
    """Yield the token sequences a phrase stands for; GAP is a few words between."""
    parts = re.split(r"(\([^()]*\))", written)
    choices = [part[1:-1].split("|") if part.startswith("(") else [part] for part in parts]
    for words in itertools.islice(itertools.product(*choices), MAX_VARIANTS):
        sequence: list[str] = []
        for piece in re.split(r"(\*)", "".join(words)):
            if piece == GAP:
                sequence.append(GAP)
            else:
                sequence += [token.word for token in cut(fold(piece)) if not token.is_break]
        while sequence and sequence[0] == GAP:
            sequence.pop(0)
        while sequence and sequence[-1] == GAP:
            sequence.pop()
        if sequence:
            yield tuple(sequence)


def _places(
    variant: tuple[str, ...], reading: Reading, slips: frozenset[int]
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Yield (first token, last token, tokens in gaps) for each place, with one slip where slips may be."""
    for start, token in enumerate(reading.tokens):
        if 0 not in slips and token.word != variant[0]:
            continue
        match = _match(variant, 0, reading.tokens, start, slips)
        if match is not None and match[2] == bool(slips):
            yield start, match[0], match[1]


def _slippable(variant: Sequence[str]) -> frozenset[int]:
    """Return which words of the phrase may be mistyped and it is still known by the others.

    One of three characters in a row, or of two in a phrase of five or six in all; an English word of five
    letters that has company, or of eight: "morning" is no mistyped "moron".
    """
    english = [word for word in variant if word.isalpha() and not HAN.match(word)]
    least = 5 if len(english) > 1 else 8
    places = {
        place for place in range(len(variant)) if variant[place] in english and len(variant[place]) >= least
    }
    in_all = sum(1 for word in variant if HAN.match(word))
    for is_han, run in itertools.groupby(range(len(variant)), lambda place: bool(HAN.match(variant[place]))):
        characters = list(run)
        if is_han and in_all >= 4 and len(characters) >= (2 if in_all in (5, 6) else 3):
            places.update(characters)
    return frozenset(places)


def _match(
    variant: tuple[str, ...], place: int, tokens: Sequence[Token], index: int, slips: frozenset[int]
) -> tuple[int, tuple[int, ...], bool] | None:
    """Return (last token, tokens in gaps, slipped) when the rest of the sequence begins at the index."""
    slipped = False
    while place < len(variant):
        if variant[place] == GAP:
            between: list[int] = []
            for ahead in range(index, min(len(tokens), index + GAP_TOKENS + 1)):
                rest = _match(variant, place + 1, tokens, ahead, _NO_SLIPS if slipped else slips)
                if rest is not None:
                    return rest[0], (*between, *rest[1]), rest[2] or slipped
                if tokens[ahead].word in ".?":
                    return None
                between.append(ahead)
            return None
        if index >= len(tokens):
            return None
        if tokens[index].word != variant[place]:
            if slipped or place not in slips or not _is_slip(tokens[index].word, variant[place]):
                return None
            slipped = True
        index += 1
        place += 1
    return index - 1, (), slipped


@functools.lru_cache(maxsize=65536)
def _is_slip(typed: str, meant: str) -> bool:
    """Whether one word may be the other, mistyped: another Han character, or a letter or two amiss."""
    if HAN.match(meant):
        # "Not" for something else, or "you" for "we", is never a slip of the pen.
        meaningful = NEGATORS_ZH | _PERSONS
        return bool(HAN.match(typed)) and typed not in meaningful and meant not in meaningful
    if len(meant) < 5 or not typed.isalpha() or typed[0] != meant[0] or meant in NEGATORS_EN:
        return False
    return _distance_at_most(typed, meant, 2 if len(meant) >= 8 else 1)


def _distance_at_most(one: str, other: str, limit: int) -> bool:
    """Whether so many insertions, deletions, changes or swaps of neighbours make one of the other.

    The restricted edit distance of Damerau (1964), cut off at the limit.
    """
    if abs(len(one) - len(other)) > limit:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        previous, row = row, [i]
        for j, b in enumerate(other, start=1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return False
        before = previous
    return row[-1] <= limit
