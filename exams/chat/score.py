"""What a chat simulation is worth, part by part, with the sentences that each part refers to.

Every part is a share from 0 to 1 for each consumer; the part's share is the mean over the three. The score
is the mean of the parts, weighted as the script says.

    first_response  1 up to L = 5 s x pace, then falling in a line to 0 at 6 L. Measured on the server from
                    the consumer's first message to the first message that was typed, less DELIVERY_SECONDS
                    for the way to the page. A quick phrase is not typed, and neither is one copied out.
                    0 when nothing was typed.
    ratio           r = messages of the candidate / times the consumer spoke and wanted an answer. Messages
                    in a row are one time; a message sent to this consumer before is not counted again.
                    1 from r = 1.2, 0.8 at r = 1, in a line between; below 1 in a line to 0 at r = 0.5.
    musts           points of what was said or asked / all points.
    promises        1, less 0.5 for each thing promised that must not be, or all of it when it is grave; 0
                    for a consumer who was not answered.
    tone            a quarter each for a greeting in the first two messages, thanks or a farewell in the last
                    two, no shouting, no blame; 0 for a consumer who was not answered.
    left_alone      w = the longest wait for an answer. 1 up to P = the consumer's patience x pace, then
                    falling in a line to 0 at 2 P, or when the consumer left.

Where the person's needs leave time out (`Terms.timed` False), first_response and left_alone are not scored
and their weight goes to the other parts in proportion; how many consumers come at once changes no formula.

Whatever the rules are not sure of counts for the person and is listed in `flags` for a reviewer: a promise
in a question, in a condition, in somebody else's words, under two negations or mistyped; a must found only
in weaker or mistyped words.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exams.chat.meaning import Doubt, Grade
from exams.chat.play import Conversation, Line, LineKind, Message, Terms, replay
from exams.chat.reading import bare
from exams.chat.script import (
    PART_NAMES,
    TIMED_PARTS,
    Consumer,
    End,
    Forbidden,
    Must,
    Part,
    Script,
    Wanted,
)
from exams.chat.tone import closes, find_blame, find_shouting, greets
from exams.chat.wording import Finding
from exams.items import Text

FIRST_RESPONSE_SECONDS = 5.0
DELIVERY_SECONDS = 1.5
"""What the page may take to show a message: it asks every second, and the answer has a way to go."""

AIMED_RATIO = 1.2
LONG_WAY = 6.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Note:
    """One finding: what it is about, whether it was well, and the candidate's sentences."""

    text: Text
    is_good: bool
    sentences: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flag:
    """Something the rules are not sure of, for a reviewer. It cost the person nothing."""

    part: Part
    consumer: str
    doubt: Doubt
    text: Text
    sentence: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConsumerScore:
    """One consumer's share in one part, and why."""

    consumer: str
    share: float
    notes: tuple[Note, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PartScore:
    """One part: `weight` after what time would have had was shared out; weights add up to 100."""

    part: Part
    weight: float
    share: float
    consumers: tuple[ConsumerScore, ...]

    @property
    def points(self) -> float:
        return self.weight * self.share


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """What a play is worth: `share` from 0 to 1, its parts, how each conversation ended, what to review."""

    script: str
    version: int
    share: float
    parts: tuple[PartScore, ...]
    ends: Mapping[str, End | None]
    flags: tuple[Flag, ...]

    def part(self, part: Part) -> PartScore:
        """Return one part. Raises StopIteration for one that was not scored."""
        return next(found for found in self.parts if found.part is part)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON column."""
        return {
            "script": self.script,
            "version": self.version,
            "share": self.share,
            "parts": [
                {
                    "part": part.part.value,
                    "weight": part.weight,
                    "share": part.share,
                    "consumers": {
                        scored.consumer: {
                            "share": scored.share,
                            "notes": [
                                {
                                    "zh": note.text.zh,
                                    "en": note.text.en,
                                    "good": note.is_good,
                                    "sentences": list(note.sentences),
                                }
                                for note in scored.notes
                            ],
                        }
                        for scored in part.consumers
                    },
                }
                for part in self.parts
            ],
            "ends": {consumer: end.value if end else None for consumer, end in self.ends.items()},
            "flags": [
                {
                    "part": flag.part.value,
                    "consumer": flag.consumer,
                    "doubt": flag.doubt.value,
                    "zh": flag.text.zh,
                    "en": flag.text.en,
                    "sentence": flag.sentence,
                }
                for flag in self.flags
            ],
        }


def score_play(
    script: Script, log: Sequence[Line], *, ended_at: float, terms: Terms, language: str
) -> Report:
    """Score what was played until `ended_at` seconds after the start."""
    play = replay(script, log, now=ended_at, terms=terms, language=language)
    flags: list[Flag] = []
    scored: dict[Part, list[ConsumerScore]] = {
        part: [] for part in Part if terms.timed or part not in TIMED_PARTS
    }
    for consumer in script.consumers:
        marker = _Marker(script, consumer, play.conversation(consumer.id), terms, ended_at, flags)
        for part, shares in scored.items():
            share, notes = marker.mark(part)
            shares.append(ConsumerScore(consumer=consumer.id, share=share, notes=tuple(notes)))
    whole = sum(script.weights[part] for part in scored)
    parts = tuple(
        PartScore(
            part=part,
            weight=100 * script.weights[part] / whole,
            share=math.fsum(one.share for one in shares) / len(shares),
            consumers=tuple(shares),
        )
        for part, shares in scored.items()
    )
    return Report(
        script=script.id,
        version=script.version,
        share=min(1.0, math.fsum(part.points for part in parts) / 100),
        parts=parts,
        ends={found.consumer: found.end for found in play.conversations},
        flags=tuple(flags),
    )


class _Marker:
    """Marks one consumer's conversation."""

    def __init__(
        self,
        script: Script,
        consumer: Consumer,
        conversation: Conversation,
        terms: Terms,
        ended_at: float,
        flags: list[Flag],
    ) -> None:
        self.script, self.consumer, self.conversation = script, consumer, conversation
        self.terms, self.ended_at, self.flags = terms, ended_at, flags
        self.mine = [message for message in conversation.messages if message.by_candidate]
        quick = {bare(words) for phrase in script.quick for words in (phrase.zh, phrase.en)}
        self.typed = [
            message
            for message in self.mine
            if message.kind is LineKind.TYPED and bare(message.text) not in quick
        ]

    def mark(self, part: Part) -> tuple[float, list[Note]]:
        if self.conversation.opened_at is None:
            return 0.0, [
                _note(False, "您结束得太早，这位顾客还没来。", "You ended before this customer came.")
            ]
        if not self.mine:
            return 0.0, [_note(False, "您没有回复这位顾客。", "You did not answer this customer.")]
        return {
            Part.FIRST_RESPONSE: self.mark_first_response,
            Part.RATIO: self.mark_ratio,
            Part.MUSTS: self.mark_musts,
            Part.PROMISES: self.mark_promises,
            Part.TONE: self.mark_tone,
            Part.LEFT_ALONE: self.mark_left_alone,
        }[part]()

    def mark_first_response(self) -> tuple[float, list[Note]]:
        assert self.conversation.opened_at is not None
        if not self.typed:
            words = "只发了快捷短语，没有亲手写的回复。", "Only quick phrases were sent; nothing was typed."
            return 0.0, [_note(False, *words)]
        waited = max(0.0, self.typed[0].at - self.conversation.opened_at - DELIVERY_SECONDS)
        limit = FIRST_RESPONSE_SECONDS * self.terms.pace
        share = _falling(waited, limit, LONG_WAY * limit)
        note = _note(
            share == 1.0,
            f"{waited:.1f} 秒后第一次人工回复，目标 {limit:g} 秒。",
            f"First typed reply after {waited:.1f} s; the aim is {limit:g} s.",
            self.typed[0].text,
        )
        return share, [note]

    def mark_ratio(self) -> tuple[float, list[Note]]:
        different = {bare(message.text) for message in self.mine}
        asked = max(1, self.conversation.asked)
        ratio = len(different) / asked
        if ratio >= AIMED_RATIO:
            share = 1.0
        elif ratio >= 1.0:
            share = 0.8 + 0.2 * (ratio - 1.0) / (AIMED_RATIO - 1.0)
        else:
            share = max(0.0, 0.8 * (ratio - 0.5) / 0.5)
        note = _note(
            ratio >= 1.0,
            f"顾客说了 {asked} 次，您回了 {len(different)} 条，答问比 {ratio:.2f}，目标 {AIMED_RATIO}。",
            f"Messages of the customer: {asked}; yours: {len(different)}; ratio {ratio:.2f}, "
            f"the aim is {AIMED_RATIO}.",
        )
        return share, [note]

    def mark_musts(self) -> tuple[float, list[Note]]:
        earned = 0
        notes = []
        for must in self.consumer.musts:
            found = self._look_for(must)
            earned += must.points if found is not None else 0
            notes.append(
                Note(
                    text=must.text,
                    is_good=found is not None,
                    sentences=_distinct(finding.sentence for finding in found or ()),
                )
            )
        return earned / sum(must.points for must in self.consumer.musts), notes

    def _look_for(self, must: Must) -> tuple[Finding, ...] | None:
        """Return what meets the must, flagged where it is doubtful; None when nothing does."""
        found = self._heard(must.when.intents)
        if must.when.is_met(frozenset(found)):
            used = _used(must.when, found)
            for finding in used:
                if finding.doubt in _COSTLY_DOUBTS:
                    self._flag(Part.MUSTS, must.text, finding.doubt, finding.sentence)
            return used
        weak = self._heard_weakly(must.when.intents) | found
        if not must.when.is_met(frozenset(weak)):
            return None
        used = _used(must.when, weak)
        self._flag(Part.MUSTS, must.text, Doubt.WEAK, used[0].sentence)
        return used

    def _heard(self, names: Sequence[str]) -> dict[str, Finding]:
        """Return what was said of these intents, at its least doubtful."""
        found: dict[str, Finding] = {}
        for message in self.mine:
            for name, finding in self.script.heard(message.text, names).items():
                is_better = name not in found or found[name].doubt in _COSTLY_DOUBTS
                if is_better and finding.grade is not Grade.DENIED:
                    found[name] = finding
        return found

    def _heard_weakly(self, names: Sequence[str]) -> dict[str, Finding]:
        found: dict[str, Finding] = {}
        for message in self.mine:
            for name in names:
                hint = self.script.intents[name].find_weakly(message.text)
                if hint is not None and hint.grade is not Grade.DENIED:
                    found.setdefault(name, hint)
        return found

    def mark_promises(self) -> tuple[float, list[Note]]:
        share = 1.0
        notes = []
        for forbidden in self.consumer.forbidden:
            broken = self._look_for_promise(forbidden)
            if broken:
                share -= 1.0 if forbidden.grave else 0.5
            notes.append(Note(text=forbidden.text, is_good=not broken, sentences=_distinct(broken)))
        return max(0.0, share), notes

    def _look_for_promise(self, forbidden: Forbidden) -> list[str]:
        """Return the sentences that say it plainly; the doubtful ones are flagged."""
        broken = []
        for message in self.mine:
            found = {
                name: finding
                for name, finding in self.script.heard(message.text, forbidden.when.intents).items()
                if finding.grade is not Grade.DENIED
            }
            if not forbidden.when.is_met(frozenset(found)):
                continue
            used = _used(forbidden.when, found)
            doubtful = next((finding for finding in used if finding.grade is Grade.UNSURE), None)
            if doubtful is None:
                broken.append(used[0].sentence)
            else:
                self._flag(Part.PROMISES, forbidden.text, doubtful.doubt, doubtful.sentence)
        return broken

    def mark_tone(self) -> tuple[float, list[Note]]:
        greeting = next((message.text for message in self.mine[:2] if greets(message.text)), None)
        closing = next((message.text for message in self.mine[-2:] if closes(message.text)), None)
        shouted = [message.text for message in self.mine if find_shouting(message.text)]
        blamed = []
        for message in self.mine:
            found = find_blame(message.text)
            if found is not None and found.grade is Grade.STATED:
                blamed.append(found.sentence)
            elif found is not None:
                words = Text(zh="可能是责怪顾客的话", en="Possibly words that blame the customer")
                self._flag(Part.TONE, words, found.doubt, found.sentence)
        notes = [
            _note(greeting is not None, "开头有问候", "A greeting at the start", *filter(None, [greeting])),
            _note(
                closing is not None,
                "结尾有感谢或道别",
                "Thanks or a farewell at the end",
                *filter(None, [closing]),
            ),
            _note(not shouted, "没有连串感叹号或大写喊话", "No shouting in marks or capitals", *shouted),
            _note(not blamed, "没有责怪顾客", "No blaming of the customer", *blamed),
        ]
        return sum(note.is_good for note in notes) / len(notes), notes

    def mark_left_alone(self) -> tuple[float, list[Note]]:
        if self.conversation.end is End.LEFT:
            return 0.0, [_note(False, "顾客等不到回复，走了。", "The customer left without an answer.")]
        waited = _longest_wait(self.conversation, self.ended_at)
        patience = self.consumer.patience * self.terms.pace
        share = _falling(waited, patience, 2 * patience)
        note = _note(
            share == 1.0,
            f"最长让顾客等了 {waited:.0f} 秒，对方的耐心是 {patience:.0f} 秒。",
            f"The longest wait was {waited:.0f} s; this customer's patience is {patience:.0f} s.",
        )
        return share, [note]

    def _flag(self, part: Part, text: Text, doubt: Doubt, sentence: str) -> None:
        flag = Flag(part=part, consumer=self.consumer.id, doubt=doubt, text=text, sentence=sentence)
        if flag not in self.flags:
            self.flags.append(flag)


_COSTLY_DOUBTS = frozenset((Doubt.SPELLING, Doubt.NEGATION))
"""A must may well be said in a question or a condition; these two leave open whether it was said."""


def _used(wanted: Wanted, found: Mapping[str, Finding]) -> tuple[Finding, ...]:
    """Return the findings of the first alternative that is met, without doubts if there is one."""
    met = [names for names in wanted.alternatives if set(names) <= set(found)]
    best = min(met, key=lambda names: sum(found[name].grade is not Grade.STATED for name in names))
    return tuple(found[name] for name in best)


def _longest_wait(conversation: Conversation, ended_at: float) -> float:
    """Return the longest time from a first unanswered message to the candidate's next, in seconds.

    A fragment of a row counts from the row's last; what the consumer says at the end waits for nothing.
    """
    longest = 0.0
    since: float | None = None
    for message in conversation.messages:
        if message.by_candidate:
            longest = max(longest, message.at - since) if since is not None else longest
            since = None
        elif since is None:
            since = max(other.at for other in conversation.messages if other.burst == message.burst)
    if since is not None and conversation.end is None:
        longest = max(longest, ended_at - since)
    return longest


def _falling(value: float, full_until: float, nothing_from: float) -> float:
    """Return 1 up to one value, 0 from another, and a line between."""
    return min(1.0, max(0.0, (nothing_from - value) / (nothing_from - full_until)))


def _distinct(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))


def _note(is_good: bool, zh: str, en: str, *sentences: str) -> Note:
    return Note(text=Text(zh=zh, en=en), is_good=is_good, sentences=_distinct(sentences))


__all__ = ["PART_NAMES", "Flag", "Message", "Note", "Report", "score_play"]
