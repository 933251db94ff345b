"""Figures from forms of their own: what was put into simulated answers is found again, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from exams.bank import Bank, shipped_bank
from exams.bank_figures import BankFigure, FlagKind, Sitting, compute_figures
from exams.items import Item, SingleItem

SEED = 20261122
ITEMS = [item for item in shipped_bank().current if isinstance(item, SingleItem) and not item.practice][:16]
BANK = shipped_bank()
HARDNESS = np.linspace(-1.5, 1.5, len(ITEMS))


def simulate(
    people: int,
    *,
    length: int = 10,
    harder_with_needs: int | None = None,
    wrong_key: int | None = None,
    noise: int | None = None,
    needs: float = 0.2,
) -> list[Sitting]:
    """Return sittings of people of normal ability who drew `length` of the items each."""
    rng = np.random.default_rng(SEED)
    found = []
    for person in range(people):
        theta, has_needs = rng.normal(), bool(rng.random() < needs)
        points, responses = {}, {}
        for place in sorted(rng.choice(len(ITEMS), length, replace=False)):
            item = ITEMS[place]
            z = 1.2 * (theta - HARDNESS[place])
            z -= 1.6 if place == harder_with_needs and has_needs else 0.0
            z = -z if place == wrong_key else 0.0 if place == noise else z
            right = rng.random() < 1 / (1 + np.exp(-z))
            wrong = [one for one in item.option_ids if one != item.key]
            key = (item.id, item.version)
            points[key] = float(item.points if right else 0)
            # Where the key is wrong the strong choose the first of the others.
            other = wrong[0] if place == wrong_key else wrong[int(rng.integers(len(wrong)))]
            responses[key] = item.key if right else other
        found.append(
            Sitting(
                exam="base",
                started=float(person),
                points=points,
                responses=responses,
                accommodated=has_needs,
                language="en" if rng.random() < 0.3 else "zh",
            )
        )
    return found


def by_id(figures: list[BankFigure]) -> Mapping[str, BankFigure]:
    return {figure.item_id: figure for figure in figures}


def kinds(figure: BankFigure) -> set[FlagKind]:
    return {flag.kind for flag in figure.flags}


def test_fair_items_are_not_flagged_and_their_difficulty_is_found() -> None:
    figures = by_id(compute_figures(simulate(600), BANK))

    assert [figure for figure in figures.values() if figure.flags] == []
    b = [figures[item.id].b for item in ITEMS]
    assert all(value is not None for value in b)
    assert np.corrcoef(np.array(b, dtype=float), HARDNESS)[0, 1] > 0.97
    easy, hard = figures[ITEMS[0].id], figures[ITEMS[-1].id]
    assert easy.facility is not None
    assert hard.facility is not None
    assert easy.facility > 0.7 > 0.4 > hard.facility
    assert easy.exposure == pytest.approx(10 / 16, abs=0.06)


def test_an_item_that_is_harder_with_an_accommodation_is_flagged() -> None:
    figures = by_id(compute_figures(simulate(900, harder_with_needs=5), BANK))

    assert kinds(figures[ITEMS[5].id]) == {FlagKind.ACCOMMODATION}
    [flag] = figures[ITEMS[5].id].flags
    assert flag.details["delta"] < 0
    assert flag.details["points"] < -10
    assert [figure.item_id for figure in figures.values() if figure.flags] == [ITEMS[5].id]


def test_too_few_people_with_accommodations_are_not_compared() -> None:
    figures = compute_figures(simulate(400, harder_with_needs=5, needs=0.05), BANK)

    assert all(FlagKind.ACCOMMODATION not in kinds(figure) for figure in figures)


def test_a_wrong_key_is_flagged_by_direction_and_by_the_option_the_strong_choose() -> None:
    figures = by_id(compute_figures(simulate(600, wrong_key=8), BANK))

    assert {FlagKind.NEGATIVE, FlagKind.DISTRACTOR} <= kinds(figures[ITEMS[8].id])


def test_an_item_of_chance_hardly_tells_strong_from_weak() -> None:
    figures = by_id(compute_figures(simulate(600, noise=8), BANK))

    assert kinds(figures[ITEMS[8].id]) & {FlagKind.LOW, FlagKind.NEGATIVE}


@pytest.mark.parametrize(("people", "model"), [(30, None), (200, "rasch"), (900, "2pl"), (1800, "3pl")])
def test_the_model_is_as_rich_as_the_answers(people: int, model: str | None) -> None:
    """10 of 16 items each: 18, 125, 560 and 1,120 answers an item."""
    figures = compute_figures(simulate(people), BANK)

    assert {figure.model for figure in figures} == {model}


def test_options_are_counted_by_strength() -> None:
    figure = by_id(compute_figures(simulate(600), BANK))[ITEMS[7].id]

    key, *others = figure.options
    assert key["is_key"]
    assert key["groups"][2] > key["groups"][0]
    assert sum(option["count"] for option in figure.options) == figure.answers
    assert len(others) == len(ITEMS[7].options) - 1


def test_each_version_has_figures_of_its_own_and_unknown_ones_have_none() -> None:
    item: Item = ITEMS[0]
    sitting = Sitting(
        exam="base",
        started=0.0,
        points={(item.id, 1): 1.0, ("gone", 1): 1.0},
        responses={},
        accommodated=False,
        language="zh",
    )

    assert [(one.item_id, one.version, one.answers) for one in compute_figures([sitting], BANK)] == [
        (item.id, 1, 1)
    ]
    assert compute_figures([], Bank(())) == []
