"""Play a script: a pure function of the script, what the candidate did, the person's terms and the time.

Nothing is kept between calls. The same log gives the same conversations at every moment and on every
machine, so whoever stores the candidate's lines has stored everything.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Iterable, Sequence
from typing import Any

from exams.chat.meaning import Grade
from exams.chat.reading import bare
from exams.chat.script import TURN_ENDS, Consumer, End, Rule, Script, Turn
from exams.items import Text
from exams.timing import MAX_MULTIPLIER

REACTS_AFTER = 3.0
"""Seconds after which a consumer answers what they understood."""

PONDERS = 9.0
"""Seconds a consumer waits for more before saying that they did not understand; times the pace."""

PONDERS_UNTIMED = 30.0

FRAGMENT_SECONDS = 2.0
"""Between two messages that a consumer sends in a row."""

NEXT_AFTER = 4.0
"""Seconds after the end of a conversation when the next consumer comes, where fewer than all come at once."""

HOLD = "hold"
GREETING = "greeting"
"""Intents that answer nothing but are an answer: the consumer waits on, after HOLD twice as long."""

_ENDS = {end.value: end for end in TURN_ENDS}

MAX_TEXT = 500
MAX_LINES = 300


@dataclasses.dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds for one person. `pace` multiplies all waits and limits.

    Not `timed`: nobody loses patience and no seconds are scored. `at_once` is how many consumers there are
    at one time.
    """

    pace: float = 1.0
    timed: bool = True
    at_once: int = 3

    def __post_init__(self) -> None:
        if not 1.0 <= self.pace <= 20.0:
            raise ValueError(f"the pace {self.pace} is not between 1 and 20")
        if not 1 <= self.at_once <= 3:
            raise ValueError(f"{self.at_once} consumers at once: choose 1 to 3")

    @classmethod
    def for_person(
        cls,
        *,
        time_multiplier: float = 1.0,
        response_allowance: float = 1.0,
        unlimited: bool = False,
        slow_input: bool = False,
        max_concurrent: int = 3,
    ) -> Terms:
        """Return the terms that a person's needs ask for.

        The larger of the two multipliers is the pace. Without a time limit, or where the hands or a screen
        reader set the speed (`slow_input`), seconds say nothing about the service and are not scored.
        """
        return cls(
            pace=min(max(1.0, time_multiplier, response_allowance), MAX_MULTIPLIER),
            timed=not (unlimited or slow_input),
            at_once=min(max(max_concurrent, 1), 3),
        )


class LineKind(enum.StrEnum):
    """What a candidate did: typed a message, sent a quick phrase, closed the conversation."""

    TYPED = "typed"
    QUICK = "quick"
    CLOSE = "close"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """One thing the candidate did, `at` seconds after the start by the server's clock."""

    at: float
    consumer: str
    kind: LineKind
    text: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Message:
    """One message of a conversation. `burst` counts a consumer's turns to speak; 0 for the candidate's."""

    at: float
    consumer: str
    by_candidate: bool
    text: str
    burst: int = 0
    kind: LineKind | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Conversation:
    """Where one consumer stands. `opened_at` None: they have not come yet; `end` None: it goes on.

    `waiting_since`: they said something that has no answer yet. `asked` counts their turns to speak that
    want an answer.
    """

    consumer: str
    opened_at: float | None
    messages: tuple[Message, ...]
    turn: str | None
    end: End | None
    ended_at: float | None
    waiting_since: float | None
    asked: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Play:
    """All conversations at one moment, in the script's order."""

    now: float
    conversations: tuple[Conversation, ...]

    @property
    def is_over(self) -> bool:
        """Whether every consumer has come and gone."""
        return all(conversation.end is not None for conversation in self.conversations)

    def conversation(self, consumer_id: str) -> Conversation:
        return next(found for found in self.conversations if found.consumer == consumer_id)


class LineError(ValueError):
    """A line that cannot be taken; `sentence` tells the candidate why and what to do."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


EMPTY_LINE = Text(zh="还没有写内容。写好再发送。", en="There is nothing to send yet. Write something first.")
TOO_LONG = Text(
    zh=f"这条消息太长，请写在 {MAX_TEXT} 个字以内，分几条发。",
    en=f"This message is too long. Write at most {MAX_TEXT} characters, in several messages.",
)
TOO_MANY = Text(
    zh=f"这次模拟最多发 {MAX_LINES} 条消息，已经发满了。请结束模拟。",
    en=f"A simulation takes at most {MAX_LINES} messages and you have sent them all. Finish it.",
)
NOT_HERE_YET = Text(
    zh="这位顾客还没来。等对方说话后再回复。",
    en="This customer is not here yet. Answer when they have written.",
)
GONE = Text(
    zh="这位顾客已经离开，发不出去了。请接待其他顾客。",
    en="This customer has left, so nothing can be sent. Serve the others.",
)
CLOSED_ALREADY = Text(
    zh="您已经结束了和这位顾客的对话。", en="You have closed the conversation with this customer."
)


def clean(text: str) -> str:
    """Return the text as it is stored: no control characters, no blanks around. Raises LineError.

    Markup stays what was typed; a page shows it as text.
    """
    if len(text) > 4 * MAX_TEXT:
        raise LineError(TOO_LONG)
    kept = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or (character.isprintable() and not 0xD800 <= ord(character) <= 0xDFFF)
    ).strip()
    if not bare(kept):
        raise LineError(EMPTY_LINE)
    if len(kept) > MAX_TEXT:
        raise LineError(TOO_LONG)
    return kept


def check_line(script: Script, log: Sequence[Line], line: Line, terms: Terms, *, language: str) -> None:
    """Refuse a line that cannot be taken at its time. Raises LineError, UnknownConsumerError."""
    script.consumer(line.consumer)
    if len(log) >= MAX_LINES:
        raise LineError(TOO_MANY)
    if any(other.consumer == line.consumer and other.kind is LineKind.CLOSE for other in log):
        raise LineError(CLOSED_ALREADY)
    conversation = replay(script, log, now=line.at, terms=terms, language=language).conversation(
        line.consumer
    )
    if conversation.opened_at is None:
        raise LineError(NOT_HERE_YET)
    if conversation.end is End.LEFT:
        raise LineError(GONE)


def time_limit(script: Script, terms: Terms) -> float | None:
    """Return the seconds a play lasts at most; None without a limit.

    Fewer consumers at once get as much longer as it takes to serve them in turn.
    """
    if not terms.timed:
        return None
    return script.minutes * 60 * terms.pace * math.ceil(len(script.consumers) / terms.at_once)


def replay(script: Script, log: Sequence[Line], *, now: float, terms: Terms, language: str) -> Play:
    """Return every conversation as it stands `now` seconds after the start."""
    lines = sorted((line for line in log if line.at <= now), key=lambda line: line.at)
    running: list[float] = []
    conversations = []
    for consumer in script.consumers:
        opens = consumer.opens * terms.pace
        if len(running) >= terms.at_once:
            free = min(running)
            running.remove(free)
            opens = max(opens, free + NEXT_AFTER)
        mine = [line for line in lines if line.consumer == consumer.id]
        conversation = _Conversing(script, consumer, terms, language, now).run(opens, mine)
        conversations.append(conversation)
        running.append(math.inf if conversation.ended_at is None else conversation.ended_at)
    return Play(now=now, conversations=tuple(conversations))


def advance(
    script: Script, log: Sequence[Line], *, since: float, now: float, terms: Terms, language: str
) -> tuple[Message, ...]:
    """Return what the consumers say after `since` and until `now`, in order."""
    play = replay(script, log, now=now, terms=terms, language=language)
    said = [
        message
        for conversation in play.conversations
        for message in conversation.messages
        if not message.by_candidate and message.at > since
    ]
    return tuple(sorted(said, key=lambda message: message.at))


class _Conversing:
    """One consumer, from their opening to the end or to now: always the earliest thing that happens next."""

    def __init__(self, script: Script, consumer: Consumer, terms: Terms, language: str, now: float) -> None:
        self.script, self.consumer, self.terms = script, consumer, terms
        self.language, self.now = language, now
        self.messages: list[Message] = []
        self.bursts = 0
        self.asked = 0
        self.turn: Turn | None = None
        self.end: End | None = None
        self.ended_at: float | None = None
        self.waiting_since: float | None = None
        self.heard: frozenset[str] = frozenset()
        self.unclear = 0
        self.puzzled_since: float | None = None
        self.nudged = 0
        self.patient_from = 0.0
        self.stretch = 1.0
        self.promised: set[str] = set()
        self.pending: tuple[float, tuple[Text, ...], str | None] | None = None

    def run(self, opens: float, lines: Sequence[Line]) -> Conversation:
        if opens > self.now:
            return self._result(None)
        self._enter(self.consumer.turns[0].id)
        self._say(opens, self.consumer.opening, wants_answer=True)
        queue = [line for line in lines if line.at >= opens]
        while True:
            at, happens = self._next_event()
            if queue and queue[0].at <= at:
                self._take(queue.pop(0))
            elif at <= self.now:
                happens(at)
            else:
                return self._result(opens)

    def _result(self, opened_at: float | None) -> Conversation:
        shown = [message for message in self.messages if message.at <= self.now]
        return Conversation(
            consumer=self.consumer.id,
            opened_at=opened_at,
            messages=tuple(sorted(shown, key=lambda message: message.at)),
            turn=self.turn.id if self.turn else None,
            end=self.end,
            ended_at=self.ended_at,
            waiting_since=self.waiting_since if self.end is None else None,
            asked=self.asked,
        )

    def _next_event(self) -> tuple[float, Any]:
        if self.end is not None:
            return math.inf, None
        if self.pending is not None:
            return self.pending[0], self._react
        events: list[tuple[float, Any]] = [(math.inf, None)]
        if self.puzzled_since is not None:
            wait = PONDERS * self.terms.pace if self.terms.timed else PONDERS_UNTIMED * self.terms.pace
            events.append((self.puzzled_since + wait, self._say_unclear))
        if self.terms.timed:
            patience = self.consumer.patience * self.terms.pace * self.stretch
            events.append((self.patient_from + patience, self._lose_patience))
        return min(events, key=lambda event: event[0])

    def _take(self, line: Line) -> None:
        if line.kind is LineKind.CLOSE:
            if self.end is None:
                self._finish(End.CLOSED, line.at)
            return
        self.messages.append(
            Message(at=line.at, consumer=line.consumer, by_candidate=True, text=line.text, kind=line.kind)
        )
        self.waiting_since = None
        self.patient_from = line.at
        self.stretch = 1.0
        self.nudged = 0
        if self.end is not None or self.turn is None:
            return
        reaction = self._reaction(line)
        if reaction is not None:
            self.pending = self.pending or (line.at + REACTS_AFTER, *reaction)
            self.puzzled_since = None
            return
        means = self.script.means(line.text, (HOLD, GREETING))
        if HOLD in means:
            self.stretch = 2.0
            self.puzzled_since = None
        elif self.puzzled_since is not None or GREETING not in means or len(bare(line.text)) > 24:
            self.puzzled_since = line.at

    def _reaction(self, line: Line) -> tuple[tuple[Text, ...], str | None] | None:
        assert self.turn is not None
        for forbidden in self.consumer.forbidden:
            if forbidden.id in self.promised or not (forbidden.say or forbidden.go):
                continue
            found = self.script.heard(line.text, forbidden.when.intents)
            stated = frozenset(name for name, finding in found.items() if finding.grade is Grade.STATED)
            if forbidden.when.is_met(stated):
                self.promised.add(forbidden.id)
                return forbidden.say, forbidden.go
        names = tuple(dict.fromkeys(name for rule in self.turn.rules for name in rule.when.intents))
        self.heard |= self.script.means(line.text, names)
        rule = _first_met(self.turn.rules, self.heard)
        return None if rule is None else (rule.say, rule.go)

    def _react(self, at: float) -> None:
        assert self.pending is not None
        _at, say, go = self.pending
        self.pending = None
        self._go(at, say, go)

    def _go(self, at: float, say: tuple[Text, ...], go: str | None) -> None:
        end = _ENDS.get(go) if go else None
        last = self._say(at, say, wants_answer=end is None)
        if end is not None:
            self._finish(end, last)
        elif go is not None:
            self._enter(go)

    def _say_unclear(self, at: float) -> None:
        assert self.turn is not None
        self.puzzled_since = None
        if self.unclear < len(self.turn.otherwise):
            self.unclear += 1
            self._say(at, self.turn.otherwise[self.unclear - 1 : self.unclear], wants_answer=True)
        else:
            self._go(at, self.turn.then_say, self.turn.then)

    def _lose_patience(self, at: float) -> None:
        if self.nudged < len(self.consumer.nudges):
            nudge = self.consumer.nudges[self.nudged : self.nudged + 1]
            self.nudged += 1
            waited = self.waiting_since
            self._say(at, nudge, wants_answer=True)
            # They have waited since their first question, not since they asked again.
            self.waiting_since = waited if waited is not None else self.waiting_since
            self.stretch = 1.0
        else:
            self._finish(End.LEFT, self._say(at, self.consumer.leaving, wants_answer=False))

    def _say(self, at: float, texts: Iterable[Text], *, wants_answer: bool) -> float:
        said = [text.in_language(self.language) for text in texts]
        if not said:
            return at
        self.bursts += 1
        for number, text in enumerate(said):
            self.messages.append(
                Message(
                    at=at + number * FRAGMENT_SECONDS * self.terms.pace,
                    consumer=self.consumer.id,
                    by_candidate=False,
                    text=text,
                    burst=self.bursts,
                )
            )
        last = self.messages[-1].at
        self.patient_from = last
        if wants_answer:
            self.asked += 1
            self.waiting_since = last
        return last

    def _enter(self, turn_id: str) -> None:
        self.turn = self.consumer.turn(turn_id)
        self.heard = frozenset()
        self.unclear = 0
        self.puzzled_since = None

    def _finish(self, end: End, at: float) -> None:
        self.end, self.ended_at = end, at
        self.pending = None
        self.puzzled_since = None


def _first_met(rules: Sequence[Rule], heard: frozenset[str]) -> Rule | None:
    return next((rule for rule in rules if rule.when.is_met(heard)), None)
