"""The adaptive form of an exam with a blueprint: what it may ask, and whether that is enough.

A fixed form is worth the percent of its points. Whoever sits an adaptive exam has other questions, so their
ability is brought to that scale: the percent that somebody of this ability would have of a form by the
blueprint, all its questions all-or-nothing (the true score of the reference form, F. M. Lord, 1980,
Applications of item response theory, chapter 4). The pass mark stays the blueprint's.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from exams.bank import Bank
from exams.forms import Blueprint
from exams.irt.adaptive import Attempt, Exposure, Pool, Settings
from exams.irt.models import Array, Items
from exams.irt.simulate import WARM_UP_WEIGHT, simulate, summarise
from exams.items import Item, Topic

SE = 0.4
LEAST = 10
MOST = 30
EXPOSURE = 0.3

LEAST_SLOPE = 0.2
"""An item below this tells next to nothing, and one below 0 misleads."""

MOST_PREDICTED_SE = 0.42
"""A calibration is refused when the exam it makes would on average be less exact than this."""

NEAR = 0.5
"""How far from the pass mark, in abilities, is near it."""

PREDICTED_PEOPLE = 2000

ABILITIES = np.linspace(-6.0, 6.0, 1201)
"""Where the ability that belongs to a percent is sought: steps of 0.01."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemFigures:
    """The parameters of one version of an item, in the logistic metric."""

    item_id: str
    version: int
    a: float
    b: float
    c: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class TopicCover:
    """How many items of a topic have parameters, and how many the exam needs."""

    topic: Topic
    calibrated: int
    needed: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cover:
    """What a calibration offers an exam.

    outdated: items with figures of a version that is not asked any more, or of no item here. weak: items
    whose slope is below LEAST_SLOPE. empty_quotas: parts of the blueprint without any item.
    """

    topics: tuple[TopicCover, ...]
    outdated: int
    weak: int
    empty_quotas: tuple[str, ...]

    @property
    def short(self) -> tuple[TopicCover, ...]:
        """The topics with too few items."""
        return tuple(topic for topic in self.topics if topic.calibrated < topic.needed)

    @property
    def is_enough(self) -> bool:
        return not self.short and not self.empty_quotas


def settings_for(blueprint: Blueprint) -> Settings:
    """Return when the adaptive form ends; its topics keep the blueprint's shares."""
    shares: Counter[str] = Counter()
    for quota in blueprint.quotas:
        for topic in quota.topics:
            shares[topic.value] += quota.count / len(quota.topics)  # type: ignore[assignment]
    return Settings(se=SE, least=LEAST, most=MOST, exposure=EXPOSURE, shares=dict(shares))


def minutes_for(blueprint: Blueprint) -> int:
    """Return the time of the adaptive form: as much for each question as the fixed form gives, up to MOST."""
    return math.ceil(blueprint.minutes * MOST / blueprint.length)


def needed_items(blueprint: Blueprint) -> dict[Topic, int]:
    """Return how many items of each topic keep exposure below its limit if everybody had MOST questions."""
    settings = settings_for(blueprint)
    shares = settings.shares or {}
    whole = sum(shares.values())
    return {
        Topic(name): math.ceil(round(settings.most * share / whole / EXPOSURE, 6))
        for name, share in shares.items()
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """The items an adaptive exam chooses from, with what each weighs on the reference form."""

    pool: Pool
    versions: tuple[int, ...]
    weights: tuple[float, ...]
    settings: Settings
    minutes: int
    pass_percent: int

    @property
    def scale(self) -> Scale:
        return Scale(items=self.pool.items, weights=np.array(self.weights))

    def attempt(
        self, *, seed: int, usable: Sequence[str], answers: Sequence[tuple[str, bool]] = ()
    ) -> Attempt:
        """Return the adaptive attempt of somebody who may be given the items `usable`."""
        return Attempt(
            seed=seed,
            settings=self.settings,
            pool=self.pool,
            usable=tuple(usable),
            answers=tuple((name, bool(right)) for name, right in answers),
        )

    def version_of(self, item_id: str) -> int:
        """Return the version of an item that the parameters belong to."""
        return self.versions[self.pool.items.ids.index(item_id)]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON column; `from_json` gives the same plan back."""
        items = self.pool.items
        rows = zip(
            items.ids, self.versions, items.a, items.d, items.c, self.pool.topics, self.weights, strict=True
        )
        return {
            "items": [
                [name, version, float(a), float(d), float(c), topic, weight]
                for name, version, a, d, c, topic, weight in rows
            ],
            "settings": dataclasses.asdict(self.settings),
            "minutes": self.minutes,
            "pass_percent": self.pass_percent,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Plan:
        """Return the plan that `to_json` wrote."""
        ids, versions, a, d, c, topics, weights = zip(*stored["items"], strict=True)
        items = Items(
            ids=ids,
            a=np.array(a, dtype=np.float64),
            d=np.array(d, dtype=np.float64),
            c=np.array(c, dtype=np.float64),
            u=np.ones(len(ids)),
        )
        return cls(
            pool=Pool(items=items, topics=topics),
            versions=versions,
            weights=weights,
            settings=Settings(**stored["settings"]),
            minutes=stored["minutes"],
            pass_percent=stored["pass_percent"],
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scale:
    """Abilities as the percent that is expected on the reference form. `weights` sum to 1."""

    items: Items
    weights: Array

    def percent(self, theta: float) -> float:
        """Return the expected percent of somebody of this ability."""
        return 100 * float(self.weights @ self.items.probability(theta)[:, 0])

    def ability_at(self, percent: float) -> float | None:
        """Return the ability that is expected to have this percent; None when none from -6 to 6 has."""
        expected = 100 * self.weights @ self.items.probability(ABILITIES)
        if not expected[0] <= percent <= expected[-1]:
            return None
        return float(np.interp(percent, expected, ABILITIES))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Forecast:
    """What an exam by a plan would be, from made-up people of standard normal ability.

    cut: the ability at the pass mark, None when no ability reaches it. near_cut_se: mean standard error of
    the people near it. The other figures are those of `exams.irt.simulate.Summary`. `exposure` is where the
    counts of real attempts begin.
    """

    cut: float | None
    mean_items: float
    longest: int
    mean_se: float
    near_cut_se: float | None
    rmse: float
    precise_percent: float
    exposure_max: float
    exposure: Exposure

    @property
    def is_exact(self) -> bool:
        """Whether the exam would be exact enough to be held."""
        errors = [self.mean_se] if self.near_cut_se is None else [self.mean_se, self.near_cut_se]
        return self.cut is not None and max(errors) <= MOST_PREDICTED_SE

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON column."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Forecast:
        """Return what `to_json` made."""
        return cls(**{**stored, "exposure": Exposure(**stored["exposure"])})


def make_plan(bank: Bank, blueprint: Blueprint, figures: Iterable[ItemFigures]) -> tuple[Cover, Plan | None]:
    """Return what the figures cover of the exam and, if that is enough, the plan of its adaptive form.

    Figures count for the version they were found with: a changed question is another one. Quotas of any
    topic cannot be kept to, and are named as empty. ValueError for practice, which nobody passes.
    """
    if blueprint.pass_percent is None:
        raise ValueError(f"{blueprint.id} has no adaptive form: it needs a pass mark")
    open_quotas = tuple(str(quota) for quota in blueprint.quotas if not quota.topics)
    if open_quotas:
        return Cover(topics=(), outdated=0, weak=0, empty_quotas=open_quotas), None
    current = {item.id: item for item in bank.current if not item.practice}
    kept: list[tuple[Item, ItemFigures]] = []
    outdated = weak = 0
    for found in figures:
        item = current.get(found.item_id)
        if item is None or item.version != found.version:
            outdated += 1
        elif not any(quota.admits(item) for quota in blueprint.quotas):
            continue
        elif found.a < LEAST_SLOPE:
            weak += 1
        else:
            kept.append((item, found))
    counts = Counter(item.topic for item, _ in kept)
    items = [item for item, _ in kept]
    cover = Cover(
        topics=tuple(
            TopicCover(topic=topic, calibrated=counts[topic], needed=needed)
            for topic, needed in needed_items(blueprint).items()
        ),
        outdated=outdated,
        weak=weak,
        empty_quotas=tuple(
            str(quota) for quota in blueprint.quotas if not any(quota.admits(item) for item in items)
        ),
    )
    if not cover.is_enough:
        return cover, None
    plan = Plan(
        pool=Pool(
            items=Items.from_difficulties(
                [item.id for item in items],
                a=[found.a for _, found in kept],
                b=[found.b for _, found in kept],
                c=[found.c for _, found in kept],
            ),
            topics=tuple(item.topic.value for item in items),
        ),
        versions=tuple(item.version for item in items),
        weights=_weights(items, blueprint),
        settings=settings_for(blueprint),
        minutes=minutes_for(blueprint),
        pass_percent=blueprint.pass_percent,
    )
    return cover, plan


def _weights(items: Sequence[Item], blueprint: Blueprint) -> tuple[float, ...]:
    """Return how much of a form by the blueprint each item is expected to be; they sum to 1."""
    weights = np.zeros(len(items))
    for quota in blueprint.quotas:
        admitted = np.array([quota.admits(item) for item in items])
        weights[admitted] += quota.count / blueprint.length / admitted.sum()
    return tuple(weights.tolist())


def forecast(plan: Plan, *, seed: int, people: int = PREDICTED_PEOPLE) -> Forecast:
    """Hold the exam with made-up people and return how it went."""
    theta = np.random.default_rng(seed).normal(size=people)
    held = simulate(plan.pool, plan.settings, theta=theta, seed=seed)
    told = summarise(plan.pool, held)
    cut = plan.scale.ability_at(plan.pass_percent)
    near = np.zeros(people, dtype=np.bool_) if cut is None else np.abs(theta - cut) <= NEAR
    weight = WARM_UP_WEIGHT / people
    return Forecast(
        cut=cut,
        mean_items=told.mean_items,
        longest=told.longest,
        mean_se=told.mean_se,
        near_cut_se=float(held.se[near].mean()) if near.any() else None,
        rmse=told.rmse,
        precise_percent=told.precise_percent,
        exposure_max=told.exposure_max,
        exposure=Exposure(
            attempts=WARM_UP_WEIGHT,
            eligible={name: weight * count for name, count in held.exposure.eligible.items()},
            given={name: weight * count for name, count in held.exposure.given.items()},
        ),
    )
