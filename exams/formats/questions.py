"""What a question of a foreign file says, before it is asked whether our bank can hold it.

Readers of every format give these values and writers take them; `exams.formats.importing` turns them into
items and `exams.formats.exporting` makes them from items.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias, TypeVar

MISSING_WORD = "_____"
_Part = TypeVar("_Part")


class Markup(enum.StrEnum):
    """How a text is written. `moodle` is plain text in which tags may be used."""

    MOODLE = "moodle"
    HTML = "html"
    MARKDOWN = "markdown"
    PLAIN = "plain"


@dataclasses.dataclass(frozen=True)
class Words:
    """A text as the file has it, escapes undone, and its markup."""

    text: str
    markup: Markup = Markup.MOODLE


@dataclasses.dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer. `percent` of the points, None where the file only says right or wrong."""

    words: Words
    right: bool
    percent: Decimal | None = None
    feedback: Words | None = None

    @property
    def worth(self) -> Decimal:
        if self.percent is not None:
            return self.percent
        return Decimal(100 if self.right else 0)


@dataclasses.dataclass(frozen=True)
class Description:
    """A text without a question."""


@dataclasses.dataclass(frozen=True)
class Essay:
    """A free text, read by a person."""


@dataclasses.dataclass(frozen=True)
class Truth:
    """A statement that is right or wrong, with words for those who choose either."""

    right: bool
    true_feedback: Words | None = None
    false_feedback: Words | None = None


@dataclasses.dataclass(frozen=True)
class Choices:
    """Options to choose from: one (`single`) or several."""

    choices: tuple[Choice, ...]
    single: bool
    shuffle: bool = True


@dataclasses.dataclass(frozen=True)
class ShortAnswers:
    """Words to type; an unescaped * in an answer stands for any words, as in Moodle."""

    choices: tuple[Choice, ...]
    case_counts: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumberAnswer:
    """Numbers from `low` to `high`; both None: every other number."""

    low: Decimal | None
    high: Decimal | None
    right: bool = True
    percent: Decimal | None = None
    feedback: Words | None = None

    @property
    def worth(self) -> Decimal:
        if self.percent is not None:
            return self.percent
        return Decimal(100 if self.right else 0)


@dataclasses.dataclass(frozen=True)
class Numbers:
    """A number to type. `units` are names that may stand behind it."""

    answers: tuple[NumberAnswer, ...]
    units: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Prompts with their answers. An empty prompt makes its answer one that is only there to mislead."""

    pairs: tuple[tuple[Words, Words], ...]
    shuffle: bool = True


@dataclasses.dataclass(frozen=True)
class Lines:
    """Lines to put in order, given in the right one. `shown` is how many of them a person gets to see."""

    lines: tuple[Words, ...]
    shown: int


@dataclasses.dataclass(frozen=True)
class Unsupported:
    """A type of question that is not read; `reason` follows the question's name."""

    reason: str


Answer: TypeAlias = (
    Description | Essay | Truth | Choices | ShortAnswers | Numbers | Pairs | Lines | Unsupported
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Question:
    """One question. `line` is where it begins in the file, `category` the one in force there.

    `part` is the file inside a package that holds it, `language` what it says of itself ("" for either when
    it says nothing). `media` are files that come with it. `extras` is what only our own exports say, in a
    comment that others pass over. `lost` are sentences on what the format says and nobody reads.
    """

    line: int
    part: str = ""
    language: str = ""
    stem: Words
    answer: Answer
    title: str | None = None
    id: str | None = None
    tags: tuple[str, ...] = ()
    category: str = ""
    feedback: Words | None = None
    rationale: Words | None = None
    points: Decimal = Decimal(1)
    media: tuple[str, ...] = ()
    extras: Mapping[str, str] = dataclasses.field(default_factory=dict)
    lost: tuple[str, ...] = ()

    def words(self) -> Iterator[Words]:
        """Yield every text of the question."""
        yield self.stem
        feedback: list[Words | None] = [self.feedback, self.rationale]
        answer = self.answer
        if isinstance(answer, Truth):
            feedback += [answer.true_feedback, answer.false_feedback]
        elif isinstance(answer, Choices | ShortAnswers):
            yield from (choice.words for choice in answer.choices)
            feedback += [choice.feedback for choice in answer.choices]
        elif isinstance(answer, Numbers):
            yield from (Words(unit) for unit in answer.units)
            feedback += [one.feedback for one in answer.answers]
        elif isinstance(answer, Pairs):
            yield from (side for pair in answer.pairs for side in pair)
        elif isinstance(answer, Lines):
            yield from answer.lines
        yield from (words for words in feedback if words is not None)


@dataclasses.dataclass(frozen=True)
class Category:
    """The folder in which the questions after it lie."""

    line: int
    path: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to know about a file. `line` is 1 for the file as a whole; `part` as in a question.

    What is `harmless` costs no question. `zh` is the message in Chinese where a page shows it.
    """

    line: int
    title: str | None
    message: str
    part: str = ""
    harmless: bool = False
    zh: str = ""

    def told(self, file: str) -> str:
        """Return the sentence with its place."""
        title = f', "{self.title}"' if self.title else ""
        part = f", {self.part}" if self.part else ""
        return f"{file}{part}, line {self.line}{title}: {self.message}"


Entry: TypeAlias = Question | Category | Finding
"""What a reader gives for each thing in a file; a finding stands for a question that cannot be read."""


_EXTRAS = re.compile(r"zuoxi: (\{.*\})", re.DOTALL)


def read_extras(comment: str) -> dict[str, str]:
    """Return what one of our own exports wrote into a comment; nothing for any other comment."""
    found = _EXTRAS.search(comment)
    try:
        said = json.loads(found[1]) if found else {}
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in said.items() if isinstance(value, str)}


def write_extras(extras: Mapping[str, str]) -> str:
    """Return the comment's words, on one line and without what would end a comment in any format."""
    return "zuoxi: " + json.dumps(dict(extras), ensure_ascii=False).replace("--", "-\\u002d")


Watch: TypeAlias = Callable[[Sequence[Any]], Iterable[Any]]
"""Gives back what it is given, one by one, and shows a person how far that is."""


class FormatError(ValueError):
    """A file that cannot be read as a whole; `findings` say where and how to mend it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(finding.message for finding in findings))
        self.findings = tuple(findings)


def refuse(line: int, message: str, *, title: str | None = None, part: str = "", zh: str = "") -> FormatError:
    """Return the error with one finding."""
    return FormatError([Finding(line=line, title=title, message=message, part=part, zh=zh)])


def collect(parts: Iterable[Category | _Part], read: Callable[[_Part], Question]) -> list[Entry]:
    """Return what `read` makes of each part, in order and in the category before it.

    A part that cannot be read becomes its finding, so that the others can still be taken.
    """
    entries: list[Entry] = []
    category = ""
    for part in parts:
        if isinstance(part, Category):
            category = part.path
            entries.append(part)
            continue
        try:
            entries.append(dataclasses.replace(read(part), category=category))
        except FormatError as error:
            entries.append(error.findings[0])
    return entries


def read_number(said: str, line: int) -> Decimal:
    """Return a number of usual size. Raises FormatError."""
    try:
        number = Decimal(said.strip().replace("\N{MINUS SIGN}", "-"))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or len(said) > 100 or (number and abs(number.adjusted()) > 30):
        raise refuse(line, f"{said[:40]!r} is not a number: write one like 129.5.")
    return number if number else Decimal(0)
