"""What a response is, and what it is worth.

Responses are plain values that fit a JSON column, one shape a kind:

    single        the option's id                       "b"
    multiple      the ids of the ticked options         ["a", "c"]
    true_false    true or false                         true
    short_answer  the words, as typed                   "七天"
    numeric       the number, as plain decimal digits   "129.5"
    ordering      the number given to each line         {"c": 1, "a": 2}
    matching      the option given to each prompt       {"p": "b", "q": "a"}
    typing        language, begin, end and text         see `exams.typewriting`
    chat          a play and its terms                  see `exams.chat.record`

None, or a question without a response, is not answered. `exams.responses.parse_response` makes them from what
a form sent; `mark` raises ResponseError for any other shape.

How much of its points an item earns:

    single, true_false, short_answer, numeric: all or nothing
    multiple: right ticked / right in all - wrong ticked / wrong in all, never below 0
    ordering: (pairs in the right order - pairs in the wrong order) / all pairs, never below 0
    matching: prompts with the right option / all prompts
    typing: speed / full speed, at most 1, x (accuracy - least) / (full - least accuracy), from 0 to 1
    chat: see `exams.chat.score`

so ticking everything earns nothing, and a person who finds two of three right options and no wrong one
earns 2/3.

The share of an ordering is Kendall's rank correlation with the key (M. G. Kendall, 1938, A new measure of
rank correlation, Biometrika 30). The order in which the lines are shown earns exactly 0 (`exams.forms`
draws only such orders), one exchange of neighbours in five lines costs 1/5. Orders drawn by lot earn 0 on
average before the floor, and with it 0.19, 0.16, 0.14 for 4, 5 and 6 lines. Lines that were given no number
earn nothing. A matching guessed by lot earns 1 / number of options on average.

The full speed of typing is divided by the person's time factor (`exams.timing.typing_time_factor`); where it
is None, accuracy alone is judged. A speed that hardly anybody reaches is told in the mark's `evidence`, for a
reviewer, and changes no points.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from statistics import variance
from typing import Any

from exams.bank import Bank
from exams.chat.record import Record
from exams.forms import Form
from exams.items import (
    ChatItem,
    ChoiceItem,
    Item,
    Kind,
    MatchingItem,
    MultipleItem,
    NumericItem,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    Text,
    Topic,
    TrueFalseItem,
    TypingItem,
)
from exams.responses import ResponseError, normalise, read_number
from exams.timing import NO_ACCOMMODATION, Accommodation, typing_time_factor
from exams.typewriting import FASTEST, measure, read_typed

NOT_ANSWERED = Text(zh="这道题没有作答。", en="You did not answer this question.")
WRONG_SHAPE = Text(
    zh="这个答案无法识别，请重新作答。", en="This answer cannot be read. Answer the question again."
)

Z_95 = 1.959964
"""The normal quantile for 95 %."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mark:
    """What one response earned. `feedback` is for the candidate, after the end.

    `evidence` holds what was measured on the way, for kinds that measure: plain values for a JSON column.
    """

    points: float
    max_points: int
    correct: bool
    feedback: Text
    evidence: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TopicScore:
    """The part of the score that one topic brought."""

    topic: Topic
    score: float
    max_score: int

    @property
    def percent(self) -> float:
        return 100 * self.score / self.max_score


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """What an attempt is worth.

    `standard_error` is in points: how far the score would typically move on another form of the same exam;
    None on a form of one question. `likely_percent` is the range (low, high) that holds the person's true
    percentage in about 95 of 100 cases. `passed` is None for practice. `marks` is by item id, in the form's
    order.
    """

    score: float
    max_score: int
    passed: bool | None
    by_topic: tuple[TopicScore, ...]
    standard_error: float | None
    likely_percent: tuple[float, float]
    marks: Mapping[str, Mark]

    @property
    def percent(self) -> float:
        return 100 * self.score / self.max_score

    @property
    def whole_percent(self) -> int:
        """The percentage to print: rounded down, so that a failed attempt never reads as the pass mark."""
        return math.floor(self.percent + 1e-6)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON column."""
        return {
            "score": self.score,
            "max_score": self.max_score,
            "percent": self.percent,
            "passed": self.passed,
            "standard_error": self.standard_error,
            "likely_percent": list(self.likely_percent),
            "by_topic": [
                {"topic": part.topic.value, "score": part.score, "max_score": part.max_score}
                for part in self.by_topic
            ],
            "marks": {
                item_id: {"points": mark.points, "max_points": mark.max_points, "correct": mark.correct}
                | ({"evidence": dict(mark.evidence)} if mark.evidence else {})
                for item_id, mark in self.marks.items()
            },
        }


@dataclasses.dataclass(frozen=True)
class Judgement:
    """The share of the points, 0 to 1, that a response earns, and what was measured to find it."""

    share: float
    evidence: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Marker:
    """How one kind is marked: `judge` takes the item, the response and the person's time factor."""

    judge: Callable[[Any, Any, float | None], Judgement]
    response_type: type


def mark(item: Item, response: object, *, time_factor: float | None = 1.0) -> Mark:
    """Mark one response. Raises ResponseError for a value that is no response to this kind.

    `time_factor` is how many times as long as others the person may take where speed counts; None: speed
    does not count for them.
    """
    if _is_open(response):
        return Mark(points=0.0, max_points=item.points, correct=False, feedback=NOT_ANSWERED)
    marker = MARKERS[item.kind]
    # bool is checked by exact type: True would pass for an int in a later kind.
    if type(response) is not marker.response_type:
        raise ResponseError(WRONG_SHAPE)
    judgement = marker.judge(item, response, time_factor)
    return Mark(
        points=judgement.share * item.points,
        max_points=item.points,
        correct=judgement.share == 1.0,
        feedback=item.feedback,
        evidence=judgement.evidence,
    )


def _is_open(response: object) -> bool:
    if isinstance(response, dict) and response.get("text") == "":
        return True
    return response is None or response in ("", [], {})


def mark_attempt(
    form: Form,
    bank: Bank,
    responses: Mapping[str, object],
    *,
    accommodation: Accommodation = NO_ACCOMMODATION,
    granted: Collection[str] = (),
) -> Result:
    """Mark an attempt; `responses` are by item id, the accommodation is the person's.

    `granted` are items that count in full whatever was answered: an appeal has shown that they were wrong.

    Raises UnknownQuestionError for a response to an item that is not on the form, UnknownItemError when the
    bank lacks an item of the form, ResponseError for a response of the wrong shape.
    """
    for item_id in responses:
        form.question(item_id)
    items = [bank.item(question.item_id, question.version) for question in form.questions]
    time_factor = typing_time_factor(form.minutes, accommodation)
    marks = {item.id: mark(item, responses.get(item.id), time_factor=time_factor) for item in items}
    for item_id in granted:
        full = marks[item_id].max_points
        marks[item_id] = dataclasses.replace(marks[item_id], points=float(full), correct=True)
    score = math.fsum(mark.points for mark in marks.values())
    max_score = sum(mark.max_points for mark in marks.values())
    # Thirds do not add up exactly in floating point; nobody may fail by the last binary digit.
    enough = form.pass_percent is not None and 100 * score >= form.pass_percent * max_score - 1e-6
    return Result(
        score=score,
        max_score=max_score,
        passed=None if form.pass_percent is None else enough,
        by_topic=_score_topics(items, marks),
        standard_error=standard_error(list(marks.values())),
        likely_percent=likely_percent(list(marks.values())),
        marks=marks,
    )


def standard_error(marks: Sequence[Mark]) -> float | None:
    """Return the conditional standard error of the score in points, None for fewer than two marks.

    Lord's binomial error model (F. M. Lord, 1955, Estimating test reliability, Educational and Psychological
    Measurement 15): for x of n right it is sqrt(x (n - x) / (n - 1)). Written as the variance of the marks
    it also covers partial credit and weights. It is 0 for a perfect or an empty score, where
    `likely_percent` still says how sure one can be.
    """
    if len(marks) < 2:
        return None
    shares = [mark.points / mark.max_points for mark in marks]
    return math.sqrt(variance(shares) * sum(mark.max_points**2 for mark in marks))


def likely_percent(marks: Sequence[Mark]) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of the true percentage.

    E. B. Wilson, 1927, Probable inference, the law of succession, and statistical inference, JASA 22. With
    weights the number of items is replaced by the effective number (sum of weights squared over sum of
    squared weights).
    """
    weight = sum(mark.max_points for mark in marks)
    p = math.fsum(mark.points for mark in marks) / weight
    n = weight**2 / sum(mark.max_points**2 for mark in marks)
    z2 = Z_95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return 100 * max(0.0, centre - half), 100 * min(1.0, centre + half)


def _score_topics(items: Sequence[Item], marks: Mapping[str, Mark]) -> tuple[TopicScore, ...]:
    scores = []
    for topic in Topic:
        of_topic = [marks[item.id] for item in items if item.topic is topic]
        if of_topic:
            scores.append(
                TopicScore(
                    topic=topic,
                    score=math.fsum(mark.points for mark in of_topic),
                    max_score=sum(mark.max_points for mark in of_topic),
                )
            )
    return tuple(scores)


def _share_of_single(item: SingleItem, response: str) -> float:
    return float(_known(item, [response])[0] == item.key)


def _share_of_multiple(item: MultipleItem, response: list[str]) -> float:
    ticked = set(_known(item, response))
    right = set(item.key)
    wrong = set(item.option_ids) - right
    return max(0.0, len(ticked & right) / len(right) - len(ticked & wrong) / len(wrong))


def _share_of_true_false(item: TrueFalseItem, response: bool) -> float:
    return float(response is item.key)


def _share_of_short_answer(item: ShortAnswerItem, response: str) -> float:
    return float(normalise(response) in {normalise(answer) for answer in item.key})


def _share_of_numeric(item: NumericItem, response: str) -> float:
    return float(abs(read_number(response) - item.key) <= item.tolerance)


def _share_of_ordering(item: OrderingItem, response: dict[str, int]) -> float:
    _known(item, response)
    if any(type(place) is not int for place in response.values()):
        raise ResponseError(WRONG_SHAPE)
    return max(0.0, item.agreement(response) / item.pairs)


def _share_of_matching(item: MatchingItem, response: dict[str, str]) -> float:
    _known(item, response.values())
    if any(prompt_id not in item.prompt_ids for prompt_id in response):
        raise ResponseError(WRONG_SHAPE)
    right = sum(response.get(prompt_id) == option_id for prompt_id, option_id in item.key)
    return right / len(item.key)


def _judge_typing(item: TypingItem, response: dict[str, Any], time_factor: float | None) -> Judgement:
    typed = read_typed(response)
    if typed is None or typed["language"] not in FASTEST:
        raise ResponseError(WRONG_SHAPE)
    language = typed["language"]
    found = measure(item.passage.in_language(language), typed)
    span = item.full_accuracy - item.least_accuracy
    share = min(1.0, max(0.0, (100 * found.accuracy - item.least_accuracy) / span))
    if time_factor is not None:
        full_speed = item.full_speed.in_language(language) / time_factor
        share *= min(1.0, found.characters_per_minute / full_speed)
    return Judgement(
        share,
        {
            "language": language,
            "seconds": round(found.seconds, 1),
            "characters_per_minute": round(found.characters_per_minute, 1),
            "words_per_minute": round(found.words_per_minute, 1),
            "accuracy_percent": round(100 * found.accuracy, 1),
            "speed_counted": time_factor is not None,
            "improbable_speed": found.is_improbable,
        },
    )


def _share_of_chat(item: ChatItem, response: dict[str, Any]) -> float:
    try:
        record = Record.from_json(response)
    except (KeyError, TypeError, ValueError):
        raise ResponseError(WRONG_SHAPE) from None
    if record.script != item.script:
        raise ResponseError(WRONG_SHAPE)
    return record.score().share


def _by_share(share: Callable[[Any, Any], float]) -> Callable[[Any, Any, float | None], Judgement]:
    """Return the judge of a kind that needs neither clock nor evidence."""
    return lambda item, response, _time_factor: Judgement(share(item, response))


def _known(item: ChoiceItem, option_ids: Collection[str]) -> list[str]:
    """Return the ids, or refuse one that is not an option of the item."""
    if any(option_id not in item.option_ids for option_id in option_ids):
        raise ResponseError(WRONG_SHAPE)
    return list(option_ids)


MARKERS: Mapping[Kind, Marker] = {
    Kind.SINGLE: Marker(_by_share(_share_of_single), str),
    Kind.MULTIPLE: Marker(_by_share(_share_of_multiple), list),
    Kind.TRUE_FALSE: Marker(_by_share(_share_of_true_false), bool),
    Kind.SHORT_ANSWER: Marker(_by_share(_share_of_short_answer), str),
    Kind.NUMERIC: Marker(_by_share(_share_of_numeric), str),
    Kind.ORDERING: Marker(_by_share(_share_of_ordering), dict),
    Kind.MATCHING: Marker(_by_share(_share_of_matching), dict),
    Kind.TYPING: Marker(_judge_typing, dict),
    Kind.CHAT: Marker(_by_share(_share_of_chat), dict),
}
