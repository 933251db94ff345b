"""What a chat simulation is made of. `exams.chat` shows a file; `exams.chat.loader` reads it.

A consumer is a small state machine. In each turn they wait until the candidate has said what one of the
turn's rules is about; then they say the rule's words and go on to another turn or to an end.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections.abc import Mapping, Sequence

from exams.chat.meaning import Grade
from exams.chat.wording import Finding, Phrase, find_first
from exams.items import Text, Topic


class End(enum.StrEnum):
    """How a conversation ended for the consumer. `closed`: the candidate closed it before they were done."""

    CONTENT = "content"
    UNHAPPY = "unhappy"
    LEFT = "left"
    CLOSED = "closed"


END_NAMES: Mapping[End, Text] = {
    End.CONTENT: Text(zh="满意地结束了", en="Ended content"),
    End.UNHAPPY: Text(zh="不满意地结束了", en="Ended unhappy"),
    End.LEFT: Text(zh="等不到回复，走了", en="Left without an answer"),
    End.CLOSED: Text(zh="您先结束了对话", en="You closed the conversation"),
}

TURN_ENDS: tuple[End, ...] = (End.CONTENT, End.UNHAPPY)
"""The ends that a rule may lead to."""


class Part(enum.StrEnum):
    """What the score is made of."""

    FIRST_RESPONSE = "first_response"
    RATIO = "ratio"
    MUSTS = "musts"
    PROMISES = "promises"
    TONE = "tone"
    LEFT_ALONE = "left_alone"


PART_NAMES: Mapping[Part, Text] = {
    Part.FIRST_RESPONSE: Text(zh="首次人工响应", en="First manual response"),
    Part.RATIO: Text(zh="答问比", en="Answer ratio"),
    Part.MUSTS: Text(zh="该说的、该问的", en="What had to be said or asked"),
    Part.PROMISES: Text(zh="不该承诺的", en="What must not be promised"),
    Part.TONE: Text(zh="语气", en="Tone"),
    Part.LEFT_ALONE: Text(zh="没让顾客干等", en="Nobody left waiting"),
}

TIMED_PARTS = frozenset((Part.FIRST_RESPONSE, Part.LEFT_ALONE))
"""The parts that measure seconds: left out where a person's needs put time out of the question."""

DEFAULT_WEIGHTS: Mapping[Part, int] = {
    Part.FIRST_RESPONSE: 15,
    Part.RATIO: 10,
    Part.MUSTS: 40,
    Part.PROMISES: 20,
    Part.TONE: 10,
    Part.LEFT_ALONE: 5,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Intent:
    """Something a candidate may mean. `maybe` holds weaker words, that give the benefit of the doubt."""

    id: str
    phrases: tuple[Phrase, ...]
    maybe: tuple[Phrase, ...] = ()

    def find(self, message: str) -> Finding | None:
        return _find(self, message)

    def find_weakly(self, message: str) -> Finding | None:
        """Return a place where the message may mean it in weaker words."""
        return find_first(self.maybe, message)


@functools.lru_cache(maxsize=32768)
def _find(intent: Intent, message: str) -> Finding | None:
    return find_first(intent.phrases, message)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wanted:
    """A combination of intents: any of the alternatives, each a set of intents that all have to be there."""

    alternatives: tuple[tuple[str, ...], ...]

    @property
    def intents(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names in self.alternatives for name in names))

    def is_met(self, heard: frozenset[str]) -> bool:
        return any(heard.issuperset(names) for names in self.alternatives)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """When the candidate has said this, the consumer says that and goes to a turn, or to an End."""

    when: Wanted
    say: tuple[Text, ...]
    go: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Turn:
    """What a consumer waits for. Not understood, they say `otherwise`, one after the other, then go `then`.

    `model` is what a good agent writes here, one text a message: the check plays it.
    """

    id: str
    rules: tuple[Rule, ...]
    otherwise: tuple[Text, ...]
    then: str
    then_say: tuple[Text, ...]
    model: tuple[Text, ...]


class MustKind(enum.StrEnum):
    SAY = "say"
    ASK = "ask"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Must:
    """Something the candidate has to say or ask."""

    id: str
    kind: MustKind
    when: Wanted
    text: Text
    points: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Forbidden:
    """Something the candidate must not promise or do.

    `grave` takes the whole part for this consumer, otherwise half. The consumer may react: `say`, `go`.
    The check finds `example` and must not find `counter`.
    """

    id: str
    when: Wanted
    text: Text
    grave: bool
    say: tuple[Text, ...]
    go: str | None
    example: Text
    counter: Text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Consumer:
    """One of the three. Seconds are for pace 1: `opens` after the start, `patience` without an answer."""

    id: str
    name: Text
    opens: int
    patience: int
    facts: tuple[Text, ...]
    opening: tuple[Text, ...]
    nudges: tuple[Text, ...]
    leaving: tuple[Text, ...]
    farewell: Text
    turns: tuple[Turn, ...]
    musts: tuple[Must, ...]
    forbidden: tuple[Forbidden, ...]

    def turn(self, turn_id: str) -> Turn:
        return next(turn for turn in self.turns if turn.id == turn_id)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Card:
    """One card of the shop's knowledge, for the candidate to read."""

    title: Text
    lines: tuple[Text, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Script:
    """A chat simulation. `topic` says for which line of service; `minutes` is the limit at pace 1."""

    id: str
    version: int
    topic: Topic
    practice: bool
    title: Text
    situation: Text
    minutes: int
    weights: Mapping[Part, int]
    cards: tuple[Card, ...]
    quick: tuple[Text, ...]
    hints: tuple[Text, ...]
    intents: Mapping[str, Intent]
    consumers: tuple[Consumer, ...]

    def consumer(self, consumer_id: str) -> Consumer:
        """Return the consumer. Raises UnknownConsumerError."""
        for consumer in self.consumers:
            if consumer.id == consumer_id:
                return consumer
        raise UnknownConsumerError(f"no consumer {consumer_id!r} in the script {self.id}")

    def heard(self, message: str, names: Sequence[str]) -> dict[str, Finding]:
        """Return what the message means of these intents, denied ones too."""
        found = {}
        for name in names:
            finding = self.intents[name].find(message)
            if finding is not None:
                found[name] = finding
        return found

    def means(self, message: str, names: Sequence[str]) -> frozenset[str]:
        """Return the intents that the message means and does not deny."""
        found = self.heard(message, names)
        return frozenset(name for name, finding in found.items() if finding.grade is not Grade.DENIED)


class UnknownConsumerError(KeyError):
    """A consumer that the script does not have."""

    def __str__(self) -> str:
        return str(self.args[0])
