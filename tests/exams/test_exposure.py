"""No item stands on more than its share of forms, where the bank has others for its place."""

from __future__ import annotations

import pytest

from exams.bank import Bank, shipped_bank
from exams.blueprints import BASE_EXAM, PROJECT_EXAMS, ServiceLine
from exams.forms import EXPOSURE_CAP, Blueprint, Form, Quota, assemble_form, count_exposure
from exams.items import Difficulty, Text
from tests.exams import make

FORMS = 1000
RECENT = 200
"""So many forms are counted for the next ones, and counting happens every 20 forms, as a timer would."""


def draw(bank: Bank, blueprint: Blueprint, *, capped: bool = True) -> dict[str, float]:
    """Return on what share of a thousand forms each item stands."""
    forms: list[Form] = []
    shares: dict[str, float] = {}
    for seed in range(FORMS):
        if capped and seed % 20 == 0 and seed:
            recent = forms[-RECENT:]
            shares = {item: count / len(recent) for item, count in count_exposure(recent).items()}
        forms.append(assemble_form(bank, blueprint, seed, shares=shares))
    return {item: count / FORMS for item, count in count_exposure(forms).items()}


@pytest.mark.parametrize("blueprint", [BASE_EXAM, PROJECT_EXAMS[ServiceLine.HOTLINE]])
def test_no_item_is_on_more_than_three_in_ten_forms(blueprint: Blueprint) -> None:
    assert max(draw(shipped_bank(), blueprint).values()) <= EXPOSURE_CAP


def test_where_the_bank_has_three_for_a_place_each_gets_a_third() -> None:
    shares = draw(shipped_bank(), PROJECT_EXAMS[ServiceLine.PRESALES_CHAT])

    over = {item: share for item, share in shares.items() if share > EXPOSURE_CAP}
    assert len(over) <= 3
    assert all("-chat-" in item for item in over)
    assert max(shares.values()) <= 0.36


def skewed() -> tuple[Bank, Blueprint]:
    """One item fits two places, so that a plain draw uses it most."""
    items = [make.single(f"e-{number}", difficulty=Difficulty.EASY) for number in range(3)]
    items += [make.single(f"h-{number}", difficulty=Difficulty.HARD) for number in range(3)]
    items += [make.single(f"m-{number}", difficulty=Difficulty.MEDIUM) for number in range(1)]
    easy, hard = (Difficulty.EASY, Difficulty.MEDIUM), (Difficulty.HARD, Difficulty.MEDIUM)
    blueprint = Blueprint(
        id="test",
        title=Text(zh="测试", en="Test"),
        minutes=10,
        pass_percent=70,
        quotas=(Quota(count=1, difficulties=easy), Quota(count=1, difficulties=hard)),
    )
    return Bank(tuple(items)), blueprint


def test_without_the_shares_the_cap_is_broken_and_with_them_it_holds() -> None:
    bank, blueprint = skewed()

    assert max(draw(bank, blueprint, capped=False).values()) > EXPOSURE_CAP
    assert max(draw(bank, blueprint).values()) <= EXPOSURE_CAP


def test_an_item_at_the_cap_is_used_when_there_is_nothing_else() -> None:
    bank, blueprint = skewed()
    shares = {item.id: 0.9 for item in bank.current}

    assert len(assemble_form(bank, blueprint, 1, shares=shares).questions) == 2


def test_the_same_shares_and_seed_give_the_same_form() -> None:
    shares = {item.id: place % 3 / 10 for place, item in enumerate(shipped_bank().current)}

    first = assemble_form(shipped_bank(), BASE_EXAM, 5, shares=shares)

    assert assemble_form(shipped_bank(), BASE_EXAM, 5, shares=shares) == first
    assert assemble_form(shipped_bank(), BASE_EXAM, 6, shares=shares) != first
