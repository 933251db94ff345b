"""An exam that chooses each question by the answers before it.

Ability is the posterior mean on a fixed grid; the next item is the one that tells most at that ability
(F. M. Lord, 1980, chapter 10), from the topic that is furthest behind its share (G. G. Kingsbury and A. R.
Zara, 1989, Applied Measurement in Education 2, 359-375), among the items this attempt may use. Which these
are is drawn once, at the start, so that no item is seen by more than its share of people (W. J. van der
Linden and B. P. Veldkamp, 2004, Journal of Educational and Behavioral Statistics 29, 273-291).

An attempt is a value that fits JSON and holds all it needs: parameters as they were at its start, the items
it may use, its answers. What it does next follows from these alone.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from exams.irt.models import Array, Items, Mask
from exams.irt.patterns import normal_grid
from exams.irt.scoring import log_chances

Indices = np.ndarray[tuple[int], np.dtype[np.intp]]

AIM = 0.94
"""Share of the exposure limit that is aimed at: rates vary by chance, and the limit is to hold for each."""

CEILING = 0.98
"""Share of the limit at which an item rests until more attempts have been made."""

FIRST = 100
"""Rates of fewer attempts than these say nothing; no item rests for them."""


class Stop(enum.StrEnum):
    """Why an adaptive exam is over."""

    PRECISE = "precise"
    LENGTH = "length"
    NO_ITEM = "no-item"


class AdaptiveError(ValueError):
    """An answer that does not fit the attempt, or a pool that cannot fill an exam."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """When an exam ends and what it keeps to.

    se: it ends when the standard error is no larger. least, most: items. exposure: no item is to be seen by a
    larger share of the people; None is no limit. shares: part of the items by topic, any positive numbers;
    None takes items of any topic.
    """

    se: float = 0.4
    least: int = 1
    most: int = 30
    exposure: float | None = 0.3
    shares: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        """Refuse settings under which no exam can be held."""
        if not 0 < self.se < 1 or not 1 <= self.least <= self.most:
            raise AdaptiveError("an adaptive exam needs 0 < se < 1 and 1 <= least <= most")
        if self.exposure is not None and not 0 < self.exposure <= 1:
            raise AdaptiveError("the exposure limit is a share above 0, up to 1")
        if self.shares is not None and (not self.shares or min(self.shares.values()) <= 0):
            raise AdaptiveError("every topic needs a share above 0")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pool:
    """Items with parameters and their topics."""

    items: Items
    topics: tuple[str, ...]

    def check(self, settings: Settings) -> None:
        """Raise AdaptiveError when the pool has no item of a topic that is asked for."""
        missing = sorted(set(settings.shares or ()) - set(self.topics))
        if missing:
            raise AdaptiveError(f"no item of {', '.join(missing)} has parameters")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exposure:
    """How many attempts there were, how many of them could use each item (`eligible`), and how many were
    given it; by item id. Simulated attempts may count for less than one.
    """

    attempts: float
    eligible: Mapping[str, float]
    given: Mapping[str, float]

    def chances(self, ids: Sequence[str], limit: float | None) -> Array:
        """Return with what chance an attempt may use each item: limit * eligible / given, at most 1; 0 while
        an item has reached the limit.
        """
        if limit is None:
            return np.ones(len(ids))
        eligible = np.array([self.eligible.get(name, 0.0) for name in ids])
        given = np.array([self.given.get(name, 0.0) for name in ids])
        # One pseudo-attempt keeps the ratio finite; an item that nobody was given is free.
        chances = np.minimum(1.0, AIM * limit * (eligible + 1) / np.maximum(given, 1e-9))
        return np.where(given > CEILING * limit * max(self.attempts, FIRST), 0.0, chances)


NO_EXPOSURE = Exposure(attempts=0, eligible={}, given={})


class Chooser:
    """Selection for many attempts at once, so that an exam and its simulation do the same."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        pool.check(settings)
        self.items = pool.items
        self.settings = settings
        self.grid = normal_grid()
        self.names = sorted(settings.shares or {})
        self.shares = np.array([(settings.shares or {})[name] for name in self.names], dtype=np.float64)
        self.shares /= max(float(self.shares.sum()), 1e-300)
        self.topic = np.array(
            [self.names.index(t) if t in self.names else -1 for t in pool.topics], dtype=np.intp
        )

    def estimate(self, log_posterior: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of each row: (attempts, levels)."""
        shares = np.exp(log_posterior - log_posterior.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        mean = shares @ self.grid.levels
        spread = shares @ self.grid.levels**2 - mean**2
        return mean, np.sqrt(np.maximum(spread, 0.0))

    def prior(self, attempts: int) -> Array:
        """Return the logarithm of the prior, a row an attempt."""
        return np.tile(np.log(self.grid.weights), (attempts, 1))

    @functools.cached_property
    def tables(self) -> tuple[Array, Array]:
        """The logarithms of P and 1 - P of all items, for many attempts: one attempt needs but a few rows."""
        return log_chances(self.items, self.grid.levels)

    def learn(self, log_posterior: Array, item: Indices, right: Mask) -> None:
        """Add the answers to one item an attempt."""
        log_right, log_wrong = self.tables
        log_posterior += np.where(right[:, None], log_right[item], log_wrong[item])

    def choose(self, theta: Array, usable: Mask, by_topic: Array) -> Indices:
        """Return the next item of each attempt, -1 where none is left.

        usable: (attempts, items), not given yet and allowed. by_topic: (attempts, topics), given so far.
        """
        worth = np.where(usable, self.items.information(theta).T, -1.0)
        if self.names:
            lag = self.shares * (by_topic.sum(axis=1, keepdims=True) + 1) - by_topic
            for number in range(len(self.names)):
                left = (worth[:, self.topic == number] >= 0).any(axis=1)
                lag[~left, number] = -np.inf
            due = lag.argmax(axis=1)
            worth = np.where(self.topic[None, :] == due[:, None], worth, -1.0)
        best = worth.argmax(axis=1)
        return np.where(worth[np.arange(len(best)), best] >= 0, best, -1)

    def is_over(self, count: Array, se: Array) -> tuple[Mask, Mask]:
        """Return which attempts are precise enough and which are at their greatest length."""
        return (se <= self.settings.se) & (count >= self.settings.least), count >= self.settings.most


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standing:
    """Where an attempt stands: ability, its standard error, the next item, or why it is over."""

    theta: float
    se: float
    answered: int
    next_item: str | None
    stop: Stop | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attempt:
    """An adaptive exam of one person. `usable` are the items it may be given; `answers` pairs of item and
    right or wrong, in order.
    """

    seed: int
    settings: Settings
    pool: Pool
    usable: tuple[str, ...]
    answers: tuple[tuple[str, bool], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values, enough to go on with."""
        items = self.pool.items
        rows = zip(items.ids, items.a, items.d, items.c, items.u, self.pool.topics, strict=True)
        settings = dataclasses.asdict(self.settings)
        if self.settings.shares is not None:
            settings["shares"] = dict(self.settings.shares)
        return {
            "seed": self.seed,
            "settings": settings,
            "items": [
                [name, float(a), float(d), float(c), float(u), topic] for name, a, d, c, u, topic in rows
            ],
            "usable": list(self.usable),
            "answers": [[name, int(right)] for name, right in self.answers],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Attempt:
        """Return the attempt that `to_json` wrote down."""
        ids, a, d, c, u, topics = zip(*stored["items"], strict=True)
        items = Items(
            ids=tuple(ids),
            a=np.array(a, dtype=np.float64),
            d=np.array(d, dtype=np.float64),
            c=np.array(c, dtype=np.float64),
            u=np.array(u, dtype=np.float64),
        )
        return cls(
            seed=stored["seed"],
            settings=Settings(**stored["settings"]),
            pool=Pool(items=items, topics=tuple(topics)),
            usable=tuple(stored["usable"]),
            answers=tuple((name, bool(right)) for name, right in stored["answers"]),
        )


def start_attempt(pool: Pool, settings: Settings, *, seed: int, exposure: Exposure = NO_EXPOSURE) -> Attempt:
    """Return an attempt with its parameters frozen and its items drawn from the seed.

    exposure: counts of the attempts so far; begin with those of a simulation
    (`exams.irt.simulate.warm_up`), or the first hundred people see the same few items. Raises AdaptiveError
    when a topic has no item.
    """
    pool.check(settings)
    chances = exposure.chances(pool.items.ids, settings.exposure)
    drawn = np.random.default_rng(seed).random(len(chances)) < chances
    usable = tuple(name for name, may in zip(pool.items.ids, drawn, strict=True) if may)
    return Attempt(seed=seed, settings=settings, pool=pool, usable=usable)


def record_answer(attempt: Attempt, item_id: str, *, right: bool) -> Attempt:
    """Return the attempt with an answer to the item it is at; AdaptiveError for any other item."""
    asked = find_standing(attempt).next_item
    if item_id != asked:
        raise AdaptiveError(f"the attempt is at {asked or 'its end'}, not at {item_id}")
    return dataclasses.replace(attempt, answers=(*attempt.answers, (item_id, right)))


def find_standing(attempt: Attempt) -> Standing:
    """Return ability and next item after the answers so far."""
    chooser = Chooser(attempt.pool, attempt.settings)
    place = {name: at for at, name in enumerate(attempt.pool.items.ids)}
    given = np.array([place[name] for name, _ in attempt.answers], dtype=np.intp)
    right = np.array([answer for _, answer in attempt.answers], dtype=np.bool_)
    log_posterior = chooser.prior(1)
    log_right, log_wrong = log_chances(attempt.pool.items.pick(given), chooser.grid.levels)
    log_posterior += np.where(right[:, None], log_right, log_wrong).sum(axis=0)
    theta, se = chooser.estimate(log_posterior)
    usable = np.zeros((1, len(place)), dtype=np.bool_)
    usable[0, [place[name] for name in attempt.usable]] = True
    usable[0, given] = False
    by_topic = np.array(
        [[float((chooser.topic[given] == topic).sum()) for topic in range(len(chooser.names))]]
    )
    found = int(chooser.choose(theta, usable, by_topic)[0])
    precise, long = chooser.is_over(np.array([float(len(given))]), se)
    stop = None
    if precise[0]:
        stop = Stop.PRECISE
    elif long[0]:
        stop = Stop.LENGTH
    elif found < 0:
        stop = Stop.NO_ITEM
    return Standing(
        theta=float(theta[0]),
        se=float(se[0]),
        answered=len(given),
        next_item=None if stop else attempt.pool.items.ids[found],
        stop=stop,
    )


def count_exposure(attempts: Sequence[Attempt], *, before: Exposure = NO_EXPOSURE) -> Exposure:
    """Return the counts with these attempts added."""
    eligible, given = dict(before.eligible), dict(before.given)
    for attempt in attempts:
        for name in attempt.usable:
            eligible[name] = eligible.get(name, 0) + 1
        for name, _ in attempt.answers:
            given[name] = given.get(name, 0) + 1
    return Exposure(attempts=before.attempts + len(attempts), eligible=eligible, given=given)
