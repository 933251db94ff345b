"""What an adaptive attempt is worth: ability, the percent it stands for, and how sure that is."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from exams.adaptive_exam import Plan
from exams.irt.adaptive import Attempt, find_standing
from exams.items import Topic
from exams.marking import Z_95

LEAST_TOLD = 2
"""Questions of a topic from which on something is said about it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TopicStanding:
    """How somebody did in a topic: right of given, and how many people of their ability have right."""

    topic: Topic
    given: int
    right: int
    expected: float
    spread: float

    @property
    def leaning(self) -> int:
        """1: clearly better than the person's other topics, -1: clearly weaker, 0: as the others.

        One question says nothing of a topic.
        """
        if self.given < LEAST_TOLD or self.spread == 0 or abs(self.right - self.expected) < self.spread:
            return 0
        return 1 if self.right > self.expected else -1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an adaptive attempt is worth.

    theta, se: ability and its standard error. cut: the ability at the pass mark. percent: `theta` on the
    scale of the reference form. likely_percent: the same of theta -+ 1.96 se. answered: questions answered.
    unanswered: questions that were still to come when the person stopped; they count as wrong. stop: why the
    exam was over.
    """

    theta: float
    se: float
    cut: float | None
    percent: float
    likely_percent: tuple[float, float]
    passed: bool
    answered: int
    right: int
    unanswered: int
    stop: str | None
    topics: tuple[TopicStanding, ...]

    @property
    def whole_percent(self) -> int:
        """The percentage to print: rounded down, so that a failed attempt never reads as the pass mark."""
        return math.floor(self.percent + 1e-6)

    def as_result(self) -> dict[str, Any]:
        """Return plain values for a JSON column, under the names that the result of a fixed form has."""
        topics = [
            {"topic": part.topic.value, "given": part.given, "right": part.right, "leaning": part.leaning}
            for part in self.topics
        ]
        told = {
            name: getattr(self, name)
            for name in ("theta", "se", "cut", "answered", "right", "unanswered", "stop")
        }
        return {
            "percent": self.percent,
            "passed": self.passed,
            "likely_percent": list(self.likely_percent),
            "adaptive": told | {"topics": topics},
        }


def judge(plan: Plan, attempt: Attempt) -> Outcome:
    """Return what an attempt is worth.

    Whoever stops before the exam is over has the rest of it counted as wrong, as on a fixed form: the
    questions that would have come, each chosen after a wrong answer to the one before.
    """
    whole, unanswered = attempt, 0
    while (standing := find_standing(whole)).next_item is not None:
        whole = dataclasses.replace(whole, answers=(*whole.answers, (standing.next_item, False)))
        unanswered += 1
    scale = plan.scale
    percent = scale.percent(standing.theta)
    return Outcome(
        theta=standing.theta,
        se=standing.se,
        cut=scale.ability_at(plan.pass_percent),
        percent=percent,
        likely_percent=(
            scale.percent(standing.theta - Z_95 * standing.se),
            scale.percent(standing.theta + Z_95 * standing.se),
        ),
        passed=percent >= plan.pass_percent - 1e-6,
        answered=len(attempt.answers),
        right=sum(right for _, right in attempt.answers),
        unanswered=unanswered,
        stop=None if unanswered or standing.stop is None else standing.stop.value,
        # Beside what was really answered: questions that never came say nothing about topics.
        topics=_topics(attempt, find_standing(attempt).theta),
    )


def _topics(attempt: Attempt, theta: float) -> tuple[TopicStanding, ...]:
    place = {name: at for at, name in enumerate(attempt.pool.items.ids)}
    chances = attempt.pool.items.probability(theta)[:, 0]
    answers = [(place[name], right) for name, right in attempt.answers]
    found = []
    for topic in Topic:
        mine = [(at, right) for at, right in answers if attempt.pool.topics[at] == topic.value]
        if mine:
            p = np.array([chances[at] for at, _ in mine])
            found.append(
                TopicStanding(
                    topic=topic,
                    given=len(mine),
                    right=sum(right for _, right in mine),
                    expected=float(p.sum()),
                    spread=float(np.sqrt((p * (1 - p)).sum())),
                )
            )
    return tuple(found)
