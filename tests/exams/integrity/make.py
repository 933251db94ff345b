"""Simulated answers: Rasch people, lognormal times, three wrong answers an item."""

from __future__ import annotations

import dataclasses

import numpy as np

from exams.integrity.records import AnswerRecord, Records, collect


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drawn:
    """What was drawn: `beta` and `alpha` of the items by name, and the records."""

    records: Records
    beta: dict[str, float]
    alpha: dict[str, float]


def name(person: int) -> str:
    return f"p{person:05d}"


def draw(
    seed: int,
    *,
    people: int = 500,
    items: int = 20,
    bank: int = 20,
    knowing: int = 0,
    known: int = 0,
    copying: int = 0,
    copied: int = 0,
    slow: int = 0,
) -> Drawn:
    """Return answers to forms of `items` drawn from a bank.

    The first `knowing` people know `known` items beforehand: right, in a quarter of the time. The last
    2 x `copying` are pairs in which one took over `copied` answers. The first `slow` people need four times
    as long for every item but the shortest three, which they answer as fast as anybody.
    """
    rng = np.random.default_rng(seed)
    difficulty = rng.normal(0.0, 1.0, bank)
    beta, deviation = rng.normal(3.3, 0.4, bank), rng.uniform(0.3, 0.6, bank)
    theta = rng.normal(0.0, 1.0, people)
    speed = rng.normal(0.0, 0.3, people) + 0.2 * theta
    wrong = rng.dirichlet([2.0, 2.0, 2.0], bank)
    table: dict[tuple[int, int], tuple[str, bool, float]] = {}
    for person in range(people):
        mine = np.sort(rng.choice(bank, items, replace=False))
        for item in mine:
            right = bool(rng.random() < 1 / (1 + np.exp(difficulty[item] - theta[person])))
            answer = "key" if right else "abc"[rng.choice(3, p=wrong[item])]
            seconds = float(np.exp(rng.normal(beta[item] - speed[person], deviation[item])))
            table[person, item] = (answer, right, seconds)
        if person < knowing:
            for item in rng.choice(mine, known, replace=False):
                table[person, item] = ("key", True, table[person, item][2] / 4)
        if person < slow:
            shortest = set(mine[np.argsort(beta[mine])[:3]])
            for item in mine:
                if item not in shortest:
                    answer, right, seconds = table[person, item]
                    table[person, item] = (answer, right, seconds * 4)
    for pair in range(copying):
        source, copier = people - 1 - 2 * pair, people - 2 - 2 * pair
        shared = [item for item in range(bank) if (source, item) in table and (copier, item) in table]
        for item in rng.choice(shared, min(copied, len(shared)), replace=False):
            answer, right, _ = table[source, item]
            table[copier, item] = (answer, right, table[copier, item][2])
    records = collect(
        AnswerRecord(person=name(person), item=f"i{item:03d}", answer=answer, right=right, seconds=seconds)
        for (person, item), (answer, right, seconds) in table.items()
    )
    return Drawn(
        records=records,
        beta={f"i{item:03d}": float(beta[item]) for item in range(bank)},
        alpha={f"i{item:03d}": float(1 / deviation[item]) for item in range(bank)},
    )
