"""Blueprints as plain values, and what a bank makes of one: gaps, parallel forms, overlap and exposure."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from exams.bank import Bank
from exams.forms import Blueprint, BlueprintError, Gap, Quota, assemble_form, count_exposure, find_gaps
from exams.items import Difficulty, Kind, Text, Topic

MOST_PARALLEL = 12
"""More forms without a common item are not counted: nobody needs them."""

SAMPLE = 40
"""Forms that are drawn to see how much two of them share."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pool:
    """A quota and how many items of the bank it admits."""

    quota: Quota
    items: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class BankReport:
    """What the bank makes of a blueprint.

    parallel: forms in a row without a common item, at most MOST_PARALLEL. overlap: the part of one person's
    items that another has too, on average over SAMPLE forms of different people; exposure: the largest share
    of these forms with the same item, and which item that is. All None or 0 while there are gaps.
    """

    gaps: tuple[Gap, ...]
    pools: tuple[Pool, ...]
    parallel: int
    overlap: float | None
    exposure: float | None
    most_exposed: str | None


def check_blueprint(bank: Bank, blueprint: Blueprint) -> BankReport:
    """Return what the bank makes of the blueprint."""
    usable = [item for item in bank.current if item.practice == blueprint.is_practice]
    pools = tuple(
        Pool(quota=quota, items=sum(quota.admits(item) for item in usable)) for quota in blueprint.quotas
    )
    gaps = find_gaps(bank, blueprint)
    if gaps:
        return BankReport(gaps=gaps, pools=pools, parallel=0, overlap=None, exposure=None, most_exposed=None)
    forms = [assemble_form(bank, blueprint, seed) for seed in range(SAMPLE)]
    seen = count_exposure(forms)
    most = max(sorted(seen), key=lambda item_id: seen[item_id])
    drawn = [{question.item_id for question in form.questions} for form in forms]
    shared = [len(one & other) / len(one) for one, other in itertools.combinations(drawn, 2)]
    return BankReport(
        gaps=(),
        pools=pools,
        parallel=_count_parallel(bank, blueprint),
        overlap=sum(shared) / len(shared),
        exposure=seen[most] / len(forms),
        most_exposed=most,
    )


def _count_parallel(bank: Bank, blueprint: Blueprint) -> int:
    left = bank
    for count in range(MOST_PARALLEL):
        try:
            form = assemble_form(left, blueprint, count)
        except BlueprintError:
            return count
        used = {question.item_id for question in form.questions}
        left = Bank(tuple(item for item in left.current if item.id not in used))
    return MOST_PARALLEL


def write_blueprint(blueprint: Blueprint) -> dict[str, Any]:
    """Return the blueprint as plain values for JSON."""
    return {
        "id": blueprint.id,
        "title": {"zh": blueprint.title.zh, "en": blueprint.title.en},
        "minutes": blueprint.minutes,
        "pass_percent": blueprint.pass_percent,
        "quotas": [
            {
                "count": quota.count,
                "topics": [topic.value for topic in quota.topics],
                "kinds": [kind.value for kind in quota.kinds],
                "difficulties": [one.value for one in quota.difficulties],
            }
            for quota in blueprint.quotas
        ],
    }


def read_blueprint(value: Mapping[str, Any]) -> Blueprint:
    """Return the blueprint that `write_blueprint` wrote. Raises ValueError for what is none."""
    return Blueprint(
        id=value["id"],
        title=Text(**value["title"]),
        minutes=value["minutes"],
        pass_percent=value["pass_percent"],
        quotas=tuple(read_quota(one) for one in value["quotas"]),
    )


def read_quota(value: Mapping[str, Any]) -> Quota:
    """Return a quota from plain values. Raises ValueError for a count below 1 or an unknown word."""
    return Quota(
        count=value["count"],
        topics=_members(Topic, value["topics"]),
        kinds=_members(Kind, value["kinds"]),
        difficulties=_members(Difficulty, value["difficulties"]),
    )


def _members(words: type[Any], values: Sequence[str]) -> tuple[Any, ...]:
    return tuple(words(value) for value in values)
