"""Check the scripts: what no play can reach, what no phrase can find, and whether full marks can be had.

`zuoxi exams check-chats` prints what this finds; the tests run it over what we ship.
"""

from __future__ import annotations

from collections.abc import Iterator

from exams.chat.loader import common_intents
from exams.chat.meaning import Grade
from exams.chat.play import REACTS_AFTER, Line, LineKind, Terms, replay, time_limit
from exams.chat.reading import read
from exams.chat.score import Report, score_play
from exams.chat.script import TURN_ENDS, Consumer, End, Part, Script
from exams.chat.wording import GAP, Phrase
from exams.items import Text

LANGUAGES = ("zh", "en")
LEAST_MODEL_SHARE = 0.95
SECONDS_A_MESSAGE = 4.0


def find_faults(script: Script) -> Iterator[str]:
    """Yield what is wrong with a script, one sentence each."""
    yield from _find_unused(script)
    yield from _find_dead_phrases(script)
    for consumer in script.consumers:
        yield from _find_unreachable(script, consumer)
        yield from _find_missing_words(script, consumer)
        yield from _find_weak_rules(script, consumer)
    for language in LANGUAGES:
        yield from _find_lost_marks(script, language)


def play_model(script: Script, language: str, terms: Terms | None = None) -> tuple[tuple[Line, ...], float]:
    """Play the script as a good agent would; return the log and when it ended.

    One message takes SECONDS_A_MESSAGE, as if three people answered the three consumers.
    """
    terms = terms or Terms()
    log: list[Line] = []
    for consumer in script.consumers:
        _play_consumer(script, consumer, log, terms, language)
    ended_at = max((line.at for line in log), default=0.0) + 30.0
    return tuple(sorted(log, key=lambda line: line.at)), ended_at


def score_model(script: Script, language: str, terms: Terms | None = None) -> Report:
    """Score the model play."""
    log, ended_at = play_model(script, language, terms)
    return score_play(script, log, ended_at=ended_at, terms=terms or Terms(), language=language)


def _play_consumer(script: Script, consumer: Consumer, log: list[Line], terms: Terms, language: str) -> None:
    limit = time_limit(script, terms) or 36000.0
    answered: set[str] = set()
    now = 0.0

    def write(texts: tuple[Text, ...]) -> None:
        nonlocal now
        for text in texts:
            now += SECONDS_A_MESSAGE
            line = Line(at=now, consumer=consumer.id, kind=LineKind.TYPED, text=text.in_language(language))
            log.append(line)

    while now < limit:
        conversation = replay(script, log, now=now, terms=terms, language=language).conversation(consumer.id)
        if conversation.end is not None:
            break
        if conversation.opened_at is not None and conversation.turn and conversation.turn not in answered:
            answered.add(conversation.turn)
            write(consumer.turn(conversation.turn).model)
            now += REACTS_AFTER
        else:
            now += 1.0
    now = max(now, conversation.ended_at or now)
    write((consumer.farewell,))


def _find_unused(script: Script) -> Iterator[str]:
    used = {
        name
        for consumer in script.consumers
        for wanted in (
            *(rule.when for turn in consumer.turns for rule in turn.rules),
            *(must.when for must in consumer.musts),
            *(forbidden.when for forbidden in consumer.forbidden),
        )
        for name in wanted.intents
    }
    for name in script.intents:
        if name not in used and name not in common_intents():
            yield f"{script.id}, intent {name}: nothing asks for it: use it or remove it."


def _find_dead_phrases(script: Script) -> Iterator[str]:
    for intent in script.intents.values():
        for phrase in (*intent.phrases, *intent.maybe):
            if not _matches_itself(phrase):
                yield f"{script.id}, intent {intent.id}: the phrase {phrase.written!r} matches nothing."


def _matches_itself(phrase: Phrase) -> bool:
    """Whether each way of writing the phrase is found where it stands alone."""
    for variant in phrase.variants:
        words = " ".join(word for word in variant if word != GAP)
        if next(phrase.findings(read(words)), None) is None:
            return False
    return True


def _find_unreachable(script: Script, consumer: Consumer) -> Iterator[str]:
    place = f"{script.id}, consumer {consumer.id}"
    reached, waiting = set(), [consumer.turns[0].id]
    ends: set[str] = set()
    while waiting:
        turn = consumer.turn(waiting.pop())
        if turn.id in reached:
            continue
        reached.add(turn.id)
        for goal in (
            turn.then,
            *(rule.go for rule in turn.rules),
            *(f.go for f in consumer.forbidden if f.go),
        ):
            if goal in TURN_ENDS:
                ends.add(goal)
            else:
                waiting.append(goal)
    for turn in consumer.turns:
        if turn.id not in reached:
            yield f"{place}, turn {turn.id}: nothing leads to it: let a rule go there or remove it."
    if End.CONTENT not in ends:
        yield f"{place}: nothing leads to a content end: let a rule go to {End.CONTENT}."


def _find_missing_words(script: Script, consumer: Consumer) -> Iterator[str]:
    place = f"{script.id}, consumer {consumer.id}"
    if not consumer.musts:
        yield f"{place}: nothing has to be said or asked: add a must."
    if not consumer.forbidden:
        yield f"{place}: nothing is forbidden: add what must not be promised."


def _find_weak_rules(script: Script, consumer: Consumer) -> Iterator[str]:
    """Yield where an example of something forbidden is not found, or its counterpart is."""
    for forbidden in consumer.forbidden:
        place = f"{script.id}, consumer {consumer.id}, forbidden {forbidden.id}"
        for language in LANGUAGES:
            stated = {}
            for kind, text in (("example", forbidden.example), ("counter", forbidden.counter)):
                found = script.heard(text.in_language(language), forbidden.when.intents)
                plain = {name for name, finding in found.items() if finding.grade is Grade.STATED}
                stated[kind] = forbidden.when.is_met(frozenset(plain))
            if not stated["example"]:
                yield f"{place}: its {language} example is not found: add a phrase."
            if stated["counter"]:
                yield f"{place}: its {language} counter-example is taken for a promise: narrow a phrase."


def _find_lost_marks(script: Script, language: str) -> Iterator[str]:
    report = score_model(script, language)
    place = f"{script.id}, {language} model"
    for consumer_id, end in report.ends.items():
        if end is not End.CONTENT:
            yield f"{place}: {consumer_id} ends {end or 'without an end'}, not content."
    for part in report.parts:
        if part.part in (Part.MUSTS, Part.PROMISES, Part.TONE):
            for scored in part.consumers:
                for note in scored.notes:
                    if not note.is_good:
                        yield f"{place}: {scored.consumer}, {part.part}: {note.text.en!r} {note.sentences}."
    if report.share < LEAST_MODEL_SHARE:
        parts = ", ".join(f"{part.part} {part.share:.2f}" for part in report.parts)
        yield f"{place}: it earns only {report.share:.0%} ({parts})."
    for flag in report.flags:
        doubt = f"{flag.part}, {flag.doubt}"
        yield f"{place}: {flag.consumer}: {flag.sentence!r} would be flagged ({doubt}): reword it."
