"""Right answers that came too fast for the person who gave them.

The lognormal model of response times (W. J. van der Linden, 2006, Journal of Educational and Behavioral
Statistics 31, 181-204, eq. 1): ln t_ij is normal with mean beta_i - tau_j and precision alpha_i^2, where
beta_i is the time an item takes, alpha_i how much it tells, tau_j the person's speed, and tau normal around 0
with variance s^2. Parameters by EM, which is in closed form here. An answer is judged by what the person's
other answers lead to expect (W. J. van der Linden and F. Guo, 2008, Psychometrika 73, 365-384, eq. 13-15).

Two rules make sure that nobody is flagged for being slow, whatever the reason. Only answers that are fast
count. And where somebody is slower than the others, an answer is compared with the others' time, so that one
read without a screen reader's help is not "fast" among slow ones.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy.special import bdtrc, ndtr

from exams.integrity.control import false_discovery_limit
from exams.integrity.records import Array, Records, Rows

LEAST_TIMES = 30
"""Of an item: with fewer, what it usually takes is not known."""

LEAST_ANSWERS = 6
"""Of a person, with a time: with fewer, their own speed is not known."""

FAST = -2.0
"""Standard deviations: an answer below is fast. 2.3 % are by chance."""

LEAST_FAST = 3
"""Right answers that are fast: fewer are no sign."""

ROUNDS = 200
_CLOSE = 1e-5
_SHORTEST = 0.1
"""Seconds: what is shorter was not read, and its logarithm says nothing."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TimeModel:
    """`beta` (ln seconds) and `alpha` of each item, nan if not known; `spread` is s, that of the speeds."""

    beta: Array
    alpha: Array
    spread: float
    used: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class FastAnswer:
    """One answer beside what was to be expected, in seconds; `z` is in standard deviations of ln seconds."""

    item: str
    right: bool
    seconds: float
    expected_seconds: float
    z: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class SpeedFinding:
    """What the times of one person say.

    `fast` of their `right` answers with a time were fast; `p` is the chance of so many or more. `flagged`
    when that stands among all the people looked at. `guessed` instead: fast answers, most of them wrong,
    which is giving up on a question and no sign of knowing it beforehand.
    """

    person: str
    answers: tuple[FastAnswer, ...]
    right: int
    fast: int
    p: float
    flagged: bool
    guessed: bool


def fit_times(records: Records) -> TimeModel:
    """Return the model of all the times that can be used. Raises ValueError when no item has enough."""
    rows = _usable(records)
    items = len(records.items)
    counts = np.bincount(records.item[rows], minlength=items)
    known = counts >= LEAST_TIMES
    rows = rows[known[records.item[rows]]]
    if not len(rows):
        raise ValueError(f"no item has {LEAST_TIMES} times: nothing can be said about speed")
    person, item = records.person[rows], records.item[rows]
    logs = np.log(np.maximum(records.seconds[rows], _SHORTEST))
    counts = np.bincount(item, minlength=items)
    people = len(records.people)
    beta = np.bincount(item, logs, minlength=items) / np.maximum(counts, 1)
    variance = np.full(items, max(float(np.var(logs - beta[item])), 1e-4))
    spread = 0.3**2
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(ROUNDS):
            weight = 1 / variance[item]
            precision = 1 / spread + np.bincount(person, weight, minlength=people)
            speed = np.bincount(person, weight * (beta[item] - logs), minlength=people) / precision
            error = 1 / precision
            last = beta
            beta = np.bincount(item, logs + speed[person], minlength=items) / counts
            off = (logs - beta[item] + speed[person]) ** 2 + error[person]
            variance = np.maximum(np.bincount(item, off, minlength=items) / counts, 1e-4)
            sat = np.bincount(person, minlength=people) > 0
            spread = max(float((speed[sat] ** 2 + error[sat]).mean()), 1e-4)
            if np.nanmax(np.abs(beta - last)) < _CLOSE:
                break
    return TimeModel(
        beta=np.where(known, beta, np.nan),
        alpha=np.where(known, 1 / np.sqrt(variance), np.nan),
        spread=math.sqrt(spread),
        used=len(rows),
    )


def residuals(records: Records, model: TimeModel) -> tuple[Rows, Array, Array]:
    """Return the rows that can be judged, each one's z, and the ln seconds that were to be expected.

    The person's speed comes from their other answers; answers found fast at first do not count towards it
    the second time, or several of them would hide each other. Nobody's speed is taken below the others'.
    """
    rows = _usable(records)
    rows = rows[np.isfinite(model.beta[records.item[rows]])]
    people = len(records.people)
    enough = np.bincount(records.person[rows], minlength=people) >= LEAST_ANSWERS
    rows = rows[enough[records.person[rows]]]
    person, item = records.person[rows], records.item[rows]
    logs = np.log(np.maximum(records.seconds[rows], _SHORTEST))
    weight = model.alpha[item] ** 2
    pull = weight * (model.beta[item] - logs)
    counted = np.ones(len(rows), dtype=np.bool_)
    z, expected = np.zeros(len(rows)), np.zeros(len(rows))
    for _ in range(2):
        precision = 1 / model.spread**2 + np.bincount(person, weight * counted, minlength=people)
        total = np.bincount(person, pull * counted, minlength=people)
        precision_without = precision[person] - weight * counted
        speed = (total[person] - pull * counted) / precision_without
        expected = model.beta[item] - np.maximum(speed, 0.0)
        z = (logs - expected) / np.sqrt(1 / weight + 1 / precision_without)
        counted = z > FAST
    return rows, z, expected


def find_fast_answers(records: Records, *, rate: float = 0.05) -> tuple[SpeedFinding, ...]:
    """Return a finding for each person with fast answers enough, the least likely first.

    The number of fast ones among the right answers is binomial by chance. Its probability is Phi(-2), or the
    share found in the data where that is larger: times with a longer tail than the model's must not raise
    flags. `rate` is the share of flags that chance may raise among all people judged.
    """
    model = fit_times(records)
    rows, z, expected = residuals(records, model)
    people = len(records.people)
    person = records.person[rows]
    right = records.right[rows]
    is_fast = z < FAST
    chance = max(float(ndtr(FAST)), float(is_fast.mean()) if len(rows) else 0.0)
    right_count = np.bincount(person, right, minlength=people).astype(np.intp)
    fast_right = np.bincount(person, right & is_fast, minlength=people).astype(np.intp)
    fast_all = np.bincount(person, is_fast, minlength=people).astype(np.intp)
    judged = np.unique(person)
    p = np.asarray(bdtrc(fast_right - 1.0, right_count, chance), dtype=np.float64)
    limit = false_discovery_limit(p[judged], tests=len(judged), rate=rate) if len(judged) else 0.0
    found = []
    for who in judged:
        if fast_all[who] < LEAST_FAST:
            continue
        mine = np.flatnonzero(person == who)
        mostly_right = fast_right[who] * 2 > fast_all[who]
        found.append(
            SpeedFinding(
                person=records.people[who],
                answers=tuple(
                    FastAnswer(
                        item=records.items[records.item[rows[one]]],
                        right=bool(right[one]),
                        seconds=float(records.seconds[rows[one]]),
                        expected_seconds=float(np.exp(expected[one])),
                        z=float(z[one]),
                    )
                    for one in mine
                ),
                right=int(right_count[who]),
                fast=int(fast_right[who]),
                p=float(p[who]),
                flagged=bool(fast_right[who] >= LEAST_FAST and mostly_right and p[who] <= limit),
                guessed=not mostly_right,
            )
        )
    return tuple(sorted(found, key=lambda finding: (finding.p, finding.person)))


def _usable(records: Records) -> Rows:
    return np.flatnonzero(np.isfinite(records.seconds))
