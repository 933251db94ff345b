"""Read GIFT, Moodle's text format for questions (docs.moodle.org, "GIFT format").

Own reader after the public description and Moodle's own habits: a blank line ends a question, a line that
begins with // is a comment (it may hold [id:...] and [tag:...] for the question after it), a backslash makes
~ = # { } : and itself plain and writes a line break as \\n. Braces are never nested.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from decimal import Decimal

from exams.formats.questions import (
    MISSING_WORD,
    Answer,
    Category,
    Choice,
    Choices,
    Description,
    Entry,
    Essay,
    FormatError,
    Lines,
    Markup,
    NumberAnswer,
    Numbers,
    Pairs,
    Question,
    ShortAnswers,
    Truth,
    Unsupported,
    Words,
    collect,
    read_extras,
    read_number,
    refuse,
)

LONGEST_LINE = 100_000

_ESCAPED = "\\~=#{}:n"
# An escaped character is held as one of a private plane until the structure is read, so that a plain search
# finds only the characters that mean something.
_PRIVATE = {character: chr(0x10FF00 + number) for number, character in enumerate(_ESCAPED)}
_PUBLIC = str.maketrans(
    {private: "\n" if character == "n" else character for character, private in _PRIVATE.items()}
)
_ESCAPE = re.compile(r"\\([\\~=#{}:n])")
_BRACE = re.compile("[{}]")
_ID = re.compile(r"\[id:([^\x00-\x1f\x7f\]]+)\]")
_TAG = re.compile(r"\[tag:([^\x00-\x1f\x7f\[\]]+)\]")
_MARKUP = re.compile(r"\s*\[(html|markdown|moodle|plain)\]")
_PERCENT = re.compile(r"\s*%([+-]?\d+(?:\.\d*)?)%")
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?"
_RANGE = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})")
_TOLERANCE = re.compile(rf"({_NUMBER})(?:\s*:\s*({_NUMBER})?)?")
_TRUTH = re.compile(r"(T|TRUE|F|FALSE)\s*(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_ORDERING = re.compile(r">[ \t]*(\d*)[ \t]*([A-Z_0-9 \t]*)\n(.*)", re.DOTALL)


@dataclasses.dataclass
class _Chunk:
    """The lines of one question with their numbers, comments taken out."""

    lines: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    comments: list[str] = dataclasses.field(default_factory=list)
    opened: int = 0
    fault: FormatError | None = None

    @property
    def line(self) -> int:
        return self.lines[0][0]

    @property
    def id(self) -> str | None:
        found = _ID.search(self._said)
        return found[1].strip() if found else None

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(tag.strip() for tag in _TAG.findall(self._said))

    @property
    def extras(self) -> dict[str, str]:
        return {name: value for comment in self.comments for name, value in read_extras(comment).items()}

    @property
    def _said(self) -> str:
        return " ".join(comment for comment in self.comments if not read_extras(comment))

    @property
    def begins_anew(self) -> bool:
        """Say whether these lines cannot belong to answers that were opened before them."""
        first = next((found[0] for _, line in self.lines for found in _BRACE.finditer(line)), "")
        return first == "{" or self.lines[0][1].lstrip().startswith("::")

    def take(self, number: int, line: str) -> None:
        """Take in one line; `opened` becomes the line of the brace that is still open, 0 without one."""
        self.lines.append((number, line))
        fault = _line_fault(number, line)
        for found in _BRACE.finditer(line):
            if found[0] == "{" and self.opened:
                fault = fault or _unclosed(self.opened, number)
            if found[0] == "}" and not self.opened:
                fault = fault or refuse(
                    number,
                    "there is a closing brace } without an opening one: open the answers with {, "
                    "or write \\} for a brace in a text.",
                )
            self.opened = number if found[0] == "{" else 0
        self.fault = self.fault or fault

    def join(self, later: _Chunk) -> None:
        """Take in what stands behind a blank line between the braces."""
        self.lines.append((later.line - 1, ""))
        for number, line in later.lines:
            self.take(number, line)
        self.comments += later.comments


def read_gift(words: str) -> list[Entry]:
    """Return what a file says, in its order; a question that cannot be told from the next is a finding."""
    return collect(_split(words), _read_question)


def _split(words: str) -> Iterator[_Chunk | Category]:
    """Yield the questions. Where a brace is never closed, the next question is read as if it were."""
    open_chunk: _Chunk | None = None
    for part in _read_parts(words):
        if open_chunk is not None and (isinstance(part, Category) or part.begins_anew):
            open_chunk.fault = open_chunk.fault or _unclosed(open_chunk.opened, part.line)
            yield open_chunk
            open_chunk = None
        if isinstance(part, Category):
            yield part
            continue
        if open_chunk is None:
            open_chunk = part
        else:
            open_chunk.join(part)
        if not open_chunk.opened or open_chunk.fault:
            yield open_chunk
            open_chunk = None
    if open_chunk is not None:
        open_chunk.fault = refuse(
            open_chunk.opened, "the brace { opened here is never closed: write } behind the answers."
        )
        yield open_chunk


def _read_parts(words: str) -> Iterator[_Chunk | Category]:
    """Yield the categories and what stands between blank lines; comments go with the lines behind them."""
    part = _Chunk()
    for number, line in enumerate(words.split("\n"), start=1):
        held = _ESCAPE.sub(lambda found: _PRIVATE[found[1]], line)
        bare = held.strip()
        if bare.startswith("//"):
            part.comments.append(line.strip())
        elif not part.lines and bare.startswith("$CATEGORY:"):
            yield Category(number, bare.removeprefix("$CATEGORY:").strip().translate(_PUBLIC))
        elif bare:
            if any(private in line for private in _PRIVATE.values()):
                part.fault = part.fault or refuse(
                    number, "there is a character of a private plane of Unicode: remove it."
                )
            part.take(number, held)
        elif part.lines:
            yield part
            part = _Chunk()
    if part.lines:
        yield part


def _line_fault(number: int, line: str) -> FormatError | None:
    if len(line) <= LONGEST_LINE:
        return None
    return refuse(
        number, f"the line has {len(line):,} characters: break it into lines of at most {LONGEST_LINE:,}."
    )


def _unclosed(opened: int, following: int) -> FormatError:
    return refuse(
        opened,
        f"the brace {{ opened here is not closed before the next question on line {following}: "
        "close it with }, or write \\{ for a brace in a text.",
    )


def _read_question(chunk: _Chunk) -> Question:
    if chunk.fault is not None:
        raise chunk.fault
    rest = "\n".join(line for _, line in chunk.lines).strip()
    title = None
    if rest.startswith("::"):
        said, ended, after = rest[2:].partition("::")
        if not ended:
            raise refuse(chunk.line, "the title is not closed: write :: behind it.")
        title, rest = said.strip().translate(_PUBLIC), after
    markup, rest = _take_markup(rest, Markup.MOODLE)
    before, braced, after = rest.partition("{")
    inner, _, behind = after.partition("}")
    common = _Common(chunk, title, markup)
    if not braced:
        return common.question(before, Description())
    if "{" in behind:
        return common.question(before, Unsupported("has several places to answer: split it into questions."))
    stem = f"{before.rstrip()} {MISSING_WORD} {behind.strip()}" if behind.strip() else before
    inner, marked, general = inner.partition("####")
    feedback = _take_words(general, markup) if marked else None
    return common.question(stem, _read_answer(inner.strip(), common), feedback)


@dataclasses.dataclass(frozen=True)
class _Common:
    """What is known of a question before its answers."""

    chunk: _Chunk
    title: str | None
    markup: Markup

    def question(self, stem: str, answer: Answer, feedback: Words | None = None) -> Question:
        return Question(
            line=self.chunk.line,
            title=self.title,
            id=self.chunk.id,
            tags=self.chunk.tags,
            extras=self.chunk.extras,
            stem=_words(stem, self.markup),
            answer=answer,
            feedback=feedback,
        )

    def number(self, said: str) -> Decimal:
        try:
            return read_number(said, self.chunk.line)
        except FormatError as error:
            raise self.fault(error.findings[0].message) from None

    def fault(self, message: str) -> FormatError:
        return refuse(self.chunk.line, message, title=self.title)


def _read_answer(inner: str, common: _Common) -> Answer:
    if not inner:
        return Essay()
    if inner.startswith("#"):
        return _read_numbers(inner[1:].strip(), common)
    truth = _TRUTH.fullmatch(inner)
    if truth is not None:
        return _read_truth(truth, common.markup)
    ordering = _ORDERING.fullmatch(inner)
    if ordering is not None:
        return _read_lines(ordering, common.markup)
    parts = _split_answers(inner if inner[0] in "=~" else f"={inner}")
    if all(sign == "=" and "->" in said for sign, said in parts):
        return Pairs(tuple(_read_pair(said, common.markup) for _, said in parts))
    choices = tuple(_read_choice(sign, said, common.markup) for sign, said in parts)
    if any(sign == "~" for sign, _ in parts):
        return Choices(choices, single=any(sign == "=" for sign, _ in parts))
    return ShortAnswers(choices)


def _read_truth(found: re.Match[str], markup: Markup) -> Truth:
    first, _, second = (found[2] or "").partition("#")
    return Truth(
        found[1].upper() in ("T", "TRUE"), _take_feedback(first, markup), _take_feedback(second, markup)
    )


def _read_lines(found: re.Match[str], markup: Markup) -> Lines:
    """Read what Moodle's type "ordering" writes: >COUNT SELECT LAYOUT GRADING, then the lines in order."""
    lines = tuple(_words(line, markup) for line in found[3].split("\n") if line.strip())
    whole = {"ALL", "EXACT"} & set(found[2].split())
    return Lines(lines, len(lines) if whole else min(len(lines), int(found[1] or 6)))


def _split_answers(inner: str) -> list[tuple[str, str]]:
    parts = re.split("([=~])", inner)
    signs = list(zip(parts[1::2], parts[2::2], strict=True))
    # "~=" is how some write a right answer among wrong ones.
    return [
        pair for place, pair in enumerate(signs) if pair != ("~", "") or signs[place + 1 : place + 2] == []
    ]


def _read_choice(sign: str, said: str, markup: Markup) -> Choice:
    percent, said = _take_percent(said)
    text, _, feedback = said.partition("#")
    return Choice(
        words=_take_words(text, markup),
        right=sign == "=",
        percent=percent,
        feedback=_take_feedback(feedback, markup),
    )


def _read_pair(said: str, markup: Markup) -> tuple[Words, Words]:
    prompt, _, answer = said.partition("->")
    return _take_words(prompt, markup), _words(answer, Markup.MOODLE)


def _read_numbers(inner: str, common: _Common) -> Numbers:
    if not inner:
        raise common.fault("the number that is right is missing: write it behind #.")
    parts = _split_answers(inner) if inner[0] in "=~" else [("=", inner)]
    return Numbers(tuple(_read_number(sign, said, common) for sign, said in parts))


def _read_number(sign: str, said: str, common: _Common) -> NumberAnswer:
    percent, said = _take_percent(said)
    text, _, feedback = said.partition("#")
    low, high = _read_range(text.strip().replace("\N{MINUS SIGN}", "-"), common)
    return NumberAnswer(
        low=low,
        high=high,
        right=sign == "=",
        percent=percent,
        feedback=_take_feedback(feedback, common.markup),
    )


def _read_range(text: str, common: _Common) -> tuple[Decimal | None, Decimal | None]:
    if text in ("", "*"):
        return None, None
    text = text.replace(_PRIVATE[":"], ":")
    between = _RANGE.fullmatch(text)
    if between is not None:
        return common.number(between[1]), common.number(between[2])
    around = _TOLERANCE.fullmatch(text)
    if around is None:
        shown = text[:40].translate(_PUBLIC)
        raise common.fault(
            f"{shown!r} is not a number: write 5, 5:0.1 (at most 0.1 away) or 4.9..5.1, with a decimal point."
        )
    number, tolerance = common.number(around[1]), abs(common.number(around[2] or "0"))
    return number - tolerance, number + tolerance


def _take_percent(said: str) -> tuple[Decimal | None, str]:
    found = _PERCENT.match(said)
    return (Decimal(found[1]), said[found.end() :]) if found else (None, said)


def _take_markup(said: str, markup: Markup) -> tuple[Markup, str]:
    found = _MARKUP.match(said)
    return (Markup(found[1]), said[found.end() :]) if found else (markup, said)


def _take_words(said: str, markup: Markup) -> Words:
    own, rest = _take_markup(said, markup)
    return _words(rest, own)


def _take_feedback(said: str, markup: Markup) -> Words | None:
    words = _take_words(said, markup)
    return words if words.text else None


def _words(held: str, markup: Markup) -> Words:
    text = held.strip()
    if markup is Markup.MOODLE:
        text = re.sub(r"\s+", " ", text)
    return Words(text.translate(_PUBLIC), markup)
