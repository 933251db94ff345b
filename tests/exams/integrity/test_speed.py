"""Flags for right answers that came too fast: seldom by chance, often when planted, never for the slow."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from exams.integrity.records import AnswerRecord, collect, spent_seconds
from exams.integrity.speed import FAST, find_fast_answers, fit_times, residuals
from tests.exams.integrity.make import draw, name


def test_the_model_finds_the_parameters_the_times_were_drawn_with() -> None:
    drawn = draw(1, people=2000, bank=30)

    model = fit_times(drawn.records)

    items = drawn.records.items
    beta = np.array([drawn.beta[item] for item in items])
    alpha = np.array([drawn.alpha[item] for item in items])
    # Speeds have the mean of those drawn, not 0: what is left is one shift of all items.
    assert np.std(model.beta - beta) < 0.02
    assert np.abs(model.alpha / alpha - 1).max() < 0.1
    assert model.spread == pytest.approx(np.hypot(0.3, 0.2), abs=0.03)


def test_residuals_are_standard_normal_for_people_as_fast_as_the_others() -> None:
    drawn = draw(2, people=2000)
    model = fit_times(drawn.records)

    rows, z, _ = residuals(drawn.records, model)

    # Fast people are judged by their own speed exactly; for slow ones the test is milder by design.
    person = drawn.records.person[rows]
    means = np.bincount(person, z) / np.bincount(person)
    assert (z < FAST).mean() <= binom.sf(0, 1, 0.0228) + 0.003
    assert means.min() > -1.0


def test_chance_alone_flags_hardly_anybody() -> None:
    flagged = sum(found.flagged for seed in range(6) for found in find_fast_answers(draw(seed).records))

    # Among people who all work by themselves, each run should have a flag in at most one of twenty.
    assert flagged <= 3


def test_the_chance_of_one_person_is_at_most_what_it_says() -> None:
    small = [
        found
        for seed in range(2)
        for found in find_fast_answers(draw(100 + seed, people=1000).records)
        if found.p <= 0.01
    ]

    assert len(small) <= 20


def test_items_known_beforehand_are_seen() -> None:
    drawn = draw(3, people=800, bank=40, knowing=20, known=8)

    flagged = {found.person for found in find_fast_answers(drawn.records) if found.flagged}

    planted = {name(person) for person in range(20)}
    assert len(flagged & planted) >= 12
    assert len(flagged - planted) <= 2


def test_nobody_is_flagged_for_being_slow_with_some_answers_at_the_usual_speed() -> None:
    """A screen reader takes four times as long, except for the three shortest questions."""
    drawn = draw(4, people=600, slow=60)

    flagged = {found.person for found in find_fast_answers(drawn.records) if found.flagged}

    assert not flagged & {name(person) for person in range(60)}


def test_a_person_with_double_time_throughout_is_judged_as_without_it() -> None:
    drawn = draw(5, people=400, knowing=1, known=8)
    records = [
        AnswerRecord(
            person=drawn.records.people[person],
            item=drawn.records.items[item],
            answer=str(answer),
            right=bool(right),
            seconds=float(seconds) * (8 if person == 7 else 1),
        )
        for person, item, answer, right, seconds in zip(
            drawn.records.person,
            drawn.records.item,
            drawn.records.answer,
            drawn.records.right,
            drawn.records.seconds,
            strict=True,
        )
    ]

    found = {finding.person for finding in find_fast_answers(collect(records))}

    assert name(7) not in found


def test_fast_wrong_answers_are_called_guessing_and_never_flagged() -> None:
    drawn = draw(6, people=400)
    records = []
    for row in range(len(drawn.records.person)):
        person, item = drawn.records.person[row], drawn.records.item[row]
        hurried = person == 3 and item < 8
        records.append(
            AnswerRecord(
                person=drawn.records.people[person],
                item=drawn.records.items[item],
                answer=str(drawn.records.answer[row]),
                right=False if hurried else bool(drawn.records.right[row]),
                seconds=float(drawn.records.seconds[row]) / (10 if hurried else 1),
            )
        )

    found = next(one for one in find_fast_answers(collect(records)) if one.person == name(3))

    assert found.guessed
    assert not found.flagged


def test_too_few_times_are_said_to_be_too_few() -> None:
    records = [
        AnswerRecord(person=name(one), item="i", answer="a", right=True, seconds=5) for one in range(29)
    ]

    with pytest.raises(ValueError, match="no item has 30 times"):
        find_fast_answers(collect(records))


class TestSpentSeconds:
    def test_time_belongs_to_the_item_that_changes_next(self) -> None:
        assert spent_seconds({"a": [10_000], "b": [25_000, 30_000], "c": [28_000]}) == {
            "a": 10.0,
            "b": 17.0,
            "c": 3.0,
        }

    def test_a_break_belongs_to_none(self) -> None:
        spent = spent_seconds({"a": [10_000], "b": [80_000]}, pauses=[(20_000, 60_000)])

        assert spent == {"a": 10.0, "b": 30.0}
