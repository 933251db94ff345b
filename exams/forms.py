"""From a blueprint and a seed to a form: which items, in which order, with their options in which order.

The same bank, blueprint and seed give the same form on every machine: all chance comes from SHA-256 over
the seed and the ids. A form is stored with its attempt (`Form.to_json`), so neither a changed blueprint nor
a new version of an item touches an open attempt.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exams.bank import Bank
from exams.items import (
    ASKED_BY_NAME,
    CandidateItem,
    ChoiceItem,
    Difficulty,
    Item,
    Kind,
    MatchingItem,
    OrderingItem,
    Text,
    Topic,
)

EXPOSURE_CAP = 0.3
"""The greatest share of all forms that an item may stand on, where the bank has others for its place."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quota:
    """So many items of any of these topics, kinds and difficulties. An empty tuple means any.

    Kinds in `exams.items.ASKED_BY_NAME` are never "any": a quota must name them.
    """

    count: int
    topics: tuple[Topic, ...] = ()
    kinds: tuple[Kind, ...] = ()
    difficulties: tuple[Difficulty, ...] = ()

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"a quota of {self.count} items is none: ask for at least 1")

    def admits(self, item: Item) -> bool:
        return (
            (not self.topics or item.topic in self.topics)
            and (item.kind in self.kinds if self.kinds else item.kind not in ASKED_BY_NAME)
            and (not self.difficulties or item.difficulty in self.difficulties)
        )

    def __str__(self) -> str:
        parts = ["/".join(names) for names in (self.topics, self.kinds, self.difficulties) if names]
        return " ".join(parts) or "any"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Blueprint:
    """An exam: what it is called, how long it lasts, what passes, and what its forms are made of.

    `pass_percent` None is practice: nothing is passed or failed, and only practice items are used.
    """

    id: str
    title: Text
    minutes: int
    pass_percent: int | None
    quotas: tuple[Quota, ...]

    def __post_init__(self) -> None:
        if self.minutes < 1:
            raise ValueError(f"blueprint {self.id} lasts {self.minutes} minutes: give at least 1")
        if self.pass_percent is not None and not 0 < self.pass_percent <= 100:
            raise ValueError(f"blueprint {self.id} passes at {self.pass_percent} %: give 1 to 100")
        if not self.quotas:
            raise ValueError(f"blueprint {self.id} has no quota: add one")

    @property
    def length(self) -> int:
        """How many items a form has."""
        return sum(quota.count for quota in self.quotas)

    @property
    def is_practice(self) -> bool:
        return self.pass_percent is None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gap:
    """What a bank lacks for a blueprint: `missing` more items that the quota admits."""

    quota: Quota
    missing: int


class BlueprintError(ValueError):
    """A bank that cannot fill a blueprint; `gaps` says what is missing."""

    def __init__(self, blueprint: Blueprint, gaps: Sequence[Gap]) -> None:
        lacking = "; ".join(f"{gap.missing} more of {gap.quota}" for gap in gaps)
        super().__init__(f"the bank cannot fill {blueprint.id}: it needs {lacking}")
        self.gaps = tuple(gaps)


class UnknownQuestionError(KeyError):
    """An item that is not on the form."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Question:
    """One place on a form. `option_ids` is the order in which its options are shown, if it has any."""

    item_id: str
    version: int
    option_ids: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Form:
    """One person's exam, in order, with the rules it is sat under.

    `most` is given where the exam is adaptive: the form grows by a question with each answer, up to so many.
    """

    exam_id: str
    seed: int
    minutes: int
    pass_percent: int | None
    questions: tuple[Question, ...]
    most: int | None = None

    def __post_init__(self) -> None:
        if len(self._by_id) < len(self.questions):
            raise ValueError(f"a form of {self.exam_id} asks the same item twice")

    @functools.cached_property
    def _by_id(self) -> Mapping[str, Question]:
        return {question.item_id: question for question in self.questions}

    def question(self, item_id: str) -> Question:
        """Return the question about this item. Raises UnknownQuestionError for an item not on the form."""
        try:
            return self._by_id[item_id]
        except KeyError:
            raise UnknownQuestionError(f"item {item_id} is not on this form") from None

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON column; `from_json` gives the same form back."""
        growing = {} if self.most is None else {"most": self.most}
        return growing | {
            "exam_id": self.exam_id,
            "seed": self.seed,
            "minutes": self.minutes,
            "pass_percent": self.pass_percent,
            "questions": [
                {"item_id": asked.item_id, "version": asked.version, "option_ids": list(asked.option_ids)}
                for asked in self.questions
            ],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Form:
        """Return the form that `to_json` wrote."""
        return cls(
            exam_id=value["exam_id"],
            seed=value["seed"],
            minutes=value["minutes"],
            pass_percent=value["pass_percent"],
            questions=tuple(
                Question(
                    item_id=asked["item_id"], version=asked["version"], option_ids=tuple(asked["option_ids"])
                )
                for asked in value["questions"]
            ),
            most=value.get("most"),
        )

    def with_question(self, question: Question) -> Form:
        """Return the form with one more question at its end."""
        return dataclasses.replace(self, questions=(*self.questions, question))


def show_question(bank: Bank, question: Question) -> CandidateItem:
    """Return what a page may show of the question, its options in the form's order."""
    return bank.item(question.item_id, question.version).shown().with_option_order(question.option_ids)


def assemble_form(
    bank: Bank,
    blueprint: Blueprint,
    seed: int,
    *,
    exposure: Mapping[str, int] | None = None,
    shares: Mapping[str, float] | None = None,
) -> Form:
    """Draw a form. Raises BlueprintError when the bank cannot fill the blueprint.

    `exposure` counts how often each item was used (see `count_exposure`); less used items come first and
    the seed decides among equals. Give a person's own earlier forms as exposure for a retake with as few
    repeats as possible. `shares` says on what part of everybody's recent forms an item stood: one at the cap
    comes last, so that it is used only where the bank has nothing else, and one near it comes seldom.
    """
    used, shared = exposure or {}, shares or {}
    candidates = sorted(
        (item for item in bank.current if item.practice == blueprint.is_practice),
        key=lambda item: (
            shared.get(item.id, 0.0) >= EXPOSURE_CAP,
            used.get(item.id, 0),
            _turn(seed, item.id, shared.get(item.id, 0.0)) if shared else 0.0,
            _rank(seed, "choice", item.id),
        ),
    )
    chosen, gaps = _choose(candidates, blueprint)
    if gaps:
        raise BlueprintError(blueprint, gaps)
    return Form(
        exam_id=blueprint.id,
        seed=seed,
        minutes=blueprint.minutes,
        pass_percent=blueprint.pass_percent,
        questions=tuple(
            make_question(item, seed)
            for item in sorted(chosen, key=lambda item: _rank(seed, "order", item.id))
        ),
    )


def make_question(item: Item, seed: int) -> Question:
    """Return the place of an item on the form of this seed, its options in the order the seed gives."""
    return Question(item_id=item.id, version=item.version, option_ids=_option_order(item, seed))


def assemble_parallel_forms(bank: Bank, blueprint: Blueprint, seed: int, *, count: int) -> tuple[Form, ...]:
    """Draw `count` forms of one blueprint that share as few items as the bank allows."""
    forms: list[Form] = []
    for number in range(count):
        forms.append(assemble_form(bank, blueprint, seed + number, exposure=count_exposure(forms)))
    return tuple(forms)


def count_exposure(forms: Iterable[Form]) -> dict[str, int]:
    """Return on how many of the forms each item stands; items on none are left out."""
    return dict(Counter(question.item_id for form in forms for question in form.questions))


def find_gaps(bank: Bank, blueprint: Blueprint) -> tuple[Gap, ...]:
    """Return what the bank lacks for the blueprint; nothing when a form can be drawn.

    The number of missing items is exact. Where quotas compete for the same items, another split of the same
    number may be possible.
    """
    return _choose([item for item in bank.current if item.practice == blueprint.is_practice], blueprint)[1]


def _choose(candidates: Sequence[Item], blueprint: Blueprint) -> tuple[list[Item], tuple[Gap, ...]]:
    """Fill the quotas, taking candidates as early in their order as can be.

    The sets of items that fit into the quotas together are the independent sets of a transversal matroid
    (Edmonds and Fulkerson, 1965, Transversals and matroid partition), so taking each item in turn whenever
    it still fits, with earlier ones moved to another quota if need be, gives the best choice for any order
    of preference.
    """
    held: list[list[Item]] = [[] for _ in blueprint.quotas]
    missing = blueprint.length
    for item in candidates:
        if missing == 0:
            break
        if _place(item, blueprint.quotas, held, tried=set()):
            missing -= 1
    gaps = tuple(
        Gap(quota=quota, missing=quota.count - len(items))
        for quota, items in zip(blueprint.quotas, held, strict=True)
        if len(items) < quota.count
    )
    return [item for items in held for item in items], gaps


def _place(item: Item, quotas: Sequence[Quota], held: list[list[Item]], tried: set[int]) -> bool:
    """Put the item into a quota, moving others along an augmenting path, or change nothing."""
    for index, quota in enumerate(quotas):
        if index in tried or not quota.admits(item):
            continue
        tried.add(index)
        if len(held[index]) < quota.count:
            held[index].append(item)
            return True
        for position, other in enumerate(held[index]):
            if _place(other, quotas, held, tried):
                held[index][position] = item
                return True
    return False


def _option_order(item: Item, seed: int) -> tuple[str, ...]:
    if not isinstance(item, ChoiceItem):
        return ()
    if not item.shuffle:
        return item.option_ids
    drawn = _shuffle(item, seed, item.id)
    if isinstance(item, OrderingItem | MatchingItem):
        draws = itertools.count(1)
        while not item.hides_key(drawn):
            drawn = _shuffle(item, seed, item.id, str(next(draws)))
    return drawn


def _shuffle(item: ChoiceItem, seed: int, *parts: str) -> tuple[str, ...]:
    return tuple(sorted(item.option_ids, key=lambda option_id: _rank(seed, *parts, option_id)))


def _turn(seed: int, item_id: str, share: float) -> float:
    """Return when the item's turn comes in a draw by weights, the smallest first.

    Draws without replacement by the smallest -ln(u) / weight (P. S. Efraimidis and P. G. Spirakis, 2006,
    Information Processing Letters 97, 181-185). Up to half the cap the weight is 1; from there it falls, so
    that what was drawn often lately is drawn less, and chance decides all the same (randomesque; G. G.
    Kingsbury and A. R. Zara, 1989, Applied Measurement in Education 2).
    """
    room = 1 - share / EXPOSURE_CAP
    weight = min(1.0, 2 * room) if room > 0 else EXPOSURE_CAP / share
    drawn = int.from_bytes(_rank(seed, "turn", item_id)[:6]) + 1
    return -math.log(drawn / 2**48) / weight


def _rank(seed: int, *parts: str) -> bytes:
    return hashlib.sha256(":".join((str(seed), *parts)).encode()).digest()
