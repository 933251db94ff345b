"""Reviewers are told in sentences which items do not fit or are unfair, and nothing about persons."""

from __future__ import annotations

import json

import numpy as np

from exams.irt.models import Model
from exams.review import review
from tests.exams.test_dif import NAMES, draw_groups


def labels(group: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[str]:
    return ["more time" if mine else "none" for mine in group]


def test_an_unfair_item_is_flagged_with_its_evidence_and_what_to_check() -> None:
    right, group = draw_groups(3000, 0.4, harder=0.9, seed=3)

    found = review(right, item_ids=NAMES, groups=labels(group))

    assert [(flag.item_id, flag.kind) for flag in found.flags] == [("i00", "group")]
    sentence = found.flags[0].sentence
    assert "Item i00: people of group more time are right 1" in sentence
    assert (
        "points less often than those of group none with the same ability (Mantel-Haenszel delta -"
        in sentence
    )
    assert "class C, p < 0.001; comparison of curves p < 0.001;" in sentence
    assert "Check whether it asks for something that the work does not need." in sentence
    assert (found.groups[0].group, found.groups[0].reference) == ("more time", "none")
    assert found.model is Model.THREE_PL
    assert json.dumps(found.to_json())


def test_people_with_different_items_are_matched_by_their_ability() -> None:
    right, group = draw_groups(5000, 0.4, harder=1.2, seed=4)
    right[np.random.default_rng(1).random(right.shape) < 0.25] = np.nan

    found = review(right, item_ids=NAMES, groups=labels(group))

    assert "i00" in {flag.item_id for flag in found.flags}
    assert len({flag.item_id for flag in found.flags if flag.kind == "group"}) <= 2
    assert found.fits[0].s_x2 is None


def test_an_item_without_a_curve_is_flagged() -> None:
    right, _ = draw_groups(3000, 0.5, harder=0.0, seed=5, mean=0.0)
    total = right.sum(axis=1)
    odd = np.random.default_rng(3).random(3000) < np.where((total < 7) | (total > 14), 0.8, 0.3)
    right[:, 7] = odd

    found = review(right, item_ids=NAMES)

    assert [(flag.item_id, flag.kind) for flag in found.flags] == [("i07", "fit")]
    assert "Item i07 does not answer as one ability explains (S-X2 " in found.flags[0].sentence


def test_random_answers_are_flagged_under_rasch_too() -> None:
    right, _ = draw_groups(450, 0.5, harder=0.0, seed=5, mean=0.0)
    right[:, 7] = np.random.default_rng(3).random(450) < 0.5
    right[0, 0] = np.nan

    found = review(right, item_ids=NAMES)

    assert found.model is Model.RASCH
    assert "Answers to item i07 are more random than ability explains" in found.flags[0].sentence


def test_small_groups_show_nothing_and_few_people_prove_nothing() -> None:
    right, _ = draw_groups(400, 0.0, harder=0.0, seed=6)
    groups = ["none"] * 366 + ["breaks"] * 30 + ["large text"] * 4

    found = review(right, item_ids=NAMES, groups=groups)

    assert [comparison.group for comparison in found.groups] == ["breaks"]
    assert "large text: fewer than 5 people, so no figures." in found.warnings
    assert any(warning.startswith("breaks: only 30 people.") for warning in found.warnings)
    assert found.groups[0].reference_people == 366


def test_attempts_without_a_group_take_no_part_and_one_group_is_no_comparison() -> None:
    right, _ = draw_groups(300, 0.0, harder=0.0, seed=6)

    found = review(right, item_ids=NAMES, groups=["none"] * 200 + [""] * 100)

    assert found.groups == ()
    assert "There are no two groups to compare." in found.warnings


def test_items_with_points_between_are_left_out_and_named() -> None:
    right, _ = draw_groups(300, 0.0, harder=0.0, seed=6)
    right[0, 4] = 0.5

    found = review(right, item_ids=NAMES)

    assert "i04: not only 0 and 1, so left out of curves, fit and comparisons." in found.warnings
    assert [fit.item_id for fit in found.fits] == [name for name in NAMES if name != "i04"]


def test_answers_without_curves_still_make_a_review() -> None:
    found = review(np.array([[1.0, 1.0], [1.0, 1.0]]), item_ids=["a", "b"], groups=["x", "y"])

    assert found.model is None
    assert found.warnings[0].startswith("No item curves: Rasch needs at least 2 items")
