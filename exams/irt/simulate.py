"""Hold adaptive exams with made-up people: how long they are, how exact, and how often items are seen."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from exams.irt.adaptive import NO_EXPOSURE, Chooser, Exposure, Pool, Settings
from exams.irt.models import Array

AT_ONCE = 25
"""People who begin together, before any of them is counted."""

WARM_UP_PEOPLE = 4000
WARM_UP_WEIGHT = 200
"""For how many real attempts the simulated ones count: soon the real people decide."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Simulated:
    """What happened to each person: `given` is (people, items), 1 where an item was given."""

    theta: Array
    estimate: Array
    se: Array
    given: Array
    precise: Array
    exposure: Exposure


@dataclasses.dataclass(frozen=True, kw_only=True)
class Summary:
    """Figures of a simulation.

    mean_items, longest: length. rmse, bias: of the estimate against the true ability. correlation: of both.
    mean_se: standard errors. precise_percent: attempts that reached the standard error asked for.
    exposure_max, exposure_mean: share of people who were given an item; the mean is over all items.
    unused: items nobody was given. overlap: mean share of a person's items that another person had too.
    topics: part of all items given, in percent.
    """

    people: int
    mean_items: float
    longest: int
    rmse: float
    bias: float
    correlation: float
    mean_se: float
    precise_percent: float
    exposure_max: float
    exposure_mean: float
    unused: int
    overlap: float
    topics: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)


def warm_up(pool: Pool, settings: Settings, *, seed: int, people: int = WARM_UP_PEOPLE) -> Exposure:
    """Return the exposure counts after simulated attempts: where the counts of real ones begin."""
    rng = np.random.default_rng(seed)
    found = simulate(pool, settings, theta=rng.normal(size=people), seed=seed + 1).exposure
    weight = WARM_UP_WEIGHT / people
    return Exposure(
        attempts=WARM_UP_WEIGHT,
        eligible={name: weight * count for name, count in found.eligible.items()},
        given={name: weight * count for name, count in found.given.items()},
    )


def simulate(
    pool: Pool, settings: Settings, *, theta: Array, seed: int, exposure: Exposure = NO_EXPOSURE
) -> Simulated:
    """Hold an exam with each of these people, in order; the same seed gives the same answers.

    exposure: counts to begin with. Raises AdaptiveError when the pool has no item of a topic.
    """
    chooser = Chooser(pool, settings)
    rng = np.random.default_rng(seed)
    count = len(pool.items)
    eligible = np.array([exposure.eligible.get(name, 0.0) for name in pool.items.ids])
    seen = np.array([exposure.given.get(name, 0.0) for name in pool.items.ids])

    def counts(attempts: int) -> Exposure:
        return Exposure(
            attempts=exposure.attempts + attempts,
            eligible=dict(zip(pool.items.ids, eligible.tolist(), strict=True)),
            given=dict(zip(pool.items.ids, seen.tolist(), strict=True)),
        )

    estimates, errors, ends = np.empty(len(theta)), np.empty(len(theta)), np.empty(len(theta))
    given = np.zeros((len(theta), count))
    for start in range(0, len(theta), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        chances = counts(start).chances(pool.items.ids, settings.exposure)
        usable = rng.random((len(theta[part]), count)) < chances
        eligible += usable.sum(axis=0)
        found = _hold(chooser, theta[part], usable, rng)
        estimates[part], errors[part], given[part], ends[part] = found
        seen += found[2].sum(axis=0)
    return Simulated(
        theta=theta,
        estimate=estimates,
        se=errors,
        given=given,
        precise=ends,
        exposure=counts(len(theta)),
    )


def _hold(
    chooser: Chooser, theta: Array, usable: np.ndarray[Any, np.dtype[np.bool_]], rng: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    people = len(theta)
    log_posterior = chooser.prior(people)
    given = np.zeros(usable.shape)
    by_topic = np.zeros((people, len(chooser.names)))
    running = np.ones(people, dtype=np.bool_)
    precise = np.zeros(people, dtype=np.bool_)
    chances = chooser.items.probability(theta).T
    while running.any():
        rows = np.flatnonzero(running)
        estimate, se = chooser.estimate(log_posterior[rows])
        enough, long = chooser.is_over(given[rows].sum(axis=1), se)
        item = chooser.choose(estimate, usable[rows] & (given[rows] == 0), by_topic[rows])
        over = enough | long | (item < 0)
        precise[rows[enough]] = True
        running[rows[over]] = False
        rows, item = rows[~over], item[~over]
        right = rng.random(len(rows)) < chances[rows, item]
        part = log_posterior[rows]
        chooser.learn(part, item, right)
        log_posterior[rows] = part
        given[rows, item] = 1.0
        if chooser.names:
            by_topic[rows, chooser.topic[item]] += 1
    estimate, se = chooser.estimate(log_posterior)
    return estimate, se, given, precise.astype(np.float64)


def summarise(pool: Pool, found: Simulated) -> Summary:
    """Return the figures of a simulation of at least two people."""
    people = len(found.theta)
    lengths = found.given.sum(axis=1)
    rates = found.given.mean(axis=0)
    away = found.estimate - found.theta
    # Pairs of people who share an item, over all pairs, as a share of the mean length (Chen et al., 2003).
    pairs = float((found.given.sum(axis=0) * (found.given.sum(axis=0) - 1)).sum()) / (people * (people - 1))
    topics = sorted(set(pool.topics))
    of_topic = {name: np.array([topic == name for topic in pool.topics]) for name in topics}
    return Summary(
        people=people,
        mean_items=float(lengths.mean()),
        longest=int(lengths.max()),
        rmse=float(np.sqrt((away**2).mean())),
        bias=float(away.mean()),
        correlation=float(np.corrcoef(found.estimate, found.theta)[0, 1]),
        mean_se=float(found.se.mean()),
        precise_percent=100 * float(found.precise.mean()),
        exposure_max=float(rates.max()),
        exposure_mean=float(rates.mean()),
        unused=int((rates == 0).sum()),
        overlap=pairs / float(lengths.mean()),
        topics={name: 100 * float(rates[mine].sum() / rates.sum()) for name, mine in of_topic.items()},
    )
