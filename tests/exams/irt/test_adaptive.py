"""Adaptive exams: the next item follows from what is stored, topics keep shares, no item is overseen."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from exams.irt.adaptive import (
    AdaptiveError,
    Attempt,
    Exposure,
    Pool,
    Settings,
    Stop,
    count_exposure,
    find_standing,
    record_answer,
    start_attempt,
)
from exams.irt.models import Items
from exams.irt.scoring import score_people
from exams.irt.simulate import simulate, summarise, warm_up


def make_pool(count: int = 90, seed: int = 1) -> Pool:
    rng = np.random.default_rng(seed)
    items = Items.from_difficulties(
        [f"i{at:03}" for at in range(count)],
        a=rng.uniform(0.8, 2.4, count),
        b=rng.normal(0, 1.2, count),
        c=rng.uniform(0.05, 0.3, count),
    )
    return Pool(items=items, topics=tuple(("manners", "rules", "prices")[at % 3] for at in range(count)))


POOL = make_pool()
FREE = Settings(exposure=None)


def sit(attempt: Attempt, answers: str) -> Attempt:
    for answer in answers:
        asked = find_standing(attempt).next_item
        assert asked is not None
        attempt = record_answer(attempt, asked, right=answer == "1")
    return attempt


def test_the_first_item_tells_most_about_the_middle_and_the_next_most_about_the_estimate() -> None:
    attempt = start_attempt(POOL, FREE, seed=1)
    for answer in (True, False, True):
        standing = find_standing(attempt)
        given = {name for name, _ in attempt.answers}
        information = POOL.items.information(standing.theta)[:, 0]
        best = max(
            (value, name)
            for value, name in zip(information, POOL.items.ids, strict=True)
            if name not in given
        )
        assert standing.next_item == best[1]
        attempt = record_answer(attempt, best[1], right=answer)


def test_ability_is_the_posterior_mean_of_the_answers() -> None:
    attempt = sit(start_attempt(POOL, FREE, seed=1), "1101")
    row = np.full((1, len(POOL.items)), np.nan)
    for name, right in attempt.answers:
        row[0, POOL.items.ids.index(name)] = right

    standing, scores = find_standing(attempt), score_people(POOL.items, row)

    assert standing.theta == pytest.approx(scores.theta[0], abs=1e-9)
    assert standing.se == pytest.approx(scores.se[0], abs=1e-9)


def test_a_stored_attempt_goes_on_as_it_would_have_with_its_own_parameters() -> None:
    settings = Settings(shares={"manners": 1, "rules": 2, "prices": 1})
    attempt = sit(start_attempt(POOL, settings, seed=7), "10110")

    again = Attempt.from_json(json.loads(json.dumps(attempt.to_json())))

    assert find_standing(again) == find_standing(attempt)
    assert again.to_json() == attempt.to_json()
    other = dataclasses.replace(attempt, pool=make_pool(seed=2))
    assert find_standing(other) != find_standing(attempt)


def test_the_same_seed_gives_the_same_items_and_another_others() -> None:
    exposure = Exposure(
        attempts=1000, eligible=dict.fromkeys(POOL.items.ids, 700), given=dict.fromkeys(POOL.items.ids, 280)
    )

    drawn = [start_attempt(POOL, Settings(), seed=seed, exposure=exposure).usable for seed in (3, 3, 4)]

    assert drawn[0] == drawn[1] != drawn[2]


def test_an_exam_ends_when_it_is_precise_at_its_length_or_without_items() -> None:
    for settings, stop in (
        (FREE, Stop.PRECISE),
        (Settings(exposure=None, most=3), Stop.LENGTH),
    ):
        attempt = start_attempt(POOL, settings, seed=1)
        while find_standing(attempt).stop is None:
            attempt = sit(attempt, "1" if len(attempt.answers) % 2 else "0")
        standing = find_standing(attempt)
        assert standing.stop is stop
        assert standing.next_item is None
        assert (standing.se <= 0.4) == (stop is Stop.PRECISE)
    few = Pool(items=POOL.items.pick([0, 1]), topics=POOL.topics[:2])
    assert find_standing(sit(start_attempt(few, FREE, seed=1), "10")).stop is Stop.NO_ITEM


def test_no_exam_ends_before_its_least_length() -> None:
    attempt = sit(start_attempt(POOL, Settings(exposure=None, se=0.9, least=4), seed=1), "101")

    assert find_standing(attempt).se < 0.9
    assert find_standing(attempt).stop is None
    assert find_standing(sit(attempt, "1")).stop is Stop.PRECISE


def test_an_answer_to_another_item_is_refused_and_the_attempt_unharmed() -> None:
    attempt = sit(start_attempt(POOL, FREE, seed=1), "1")
    first = attempt.answers[0][0]

    for strange in (first, "nowhere"):
        with pytest.raises(AdaptiveError, match="the attempt is at i"):
            record_answer(attempt, strange, right=True)

    assert len(attempt.answers) == 1


def test_every_part_of_an_exam_keeps_the_topics_shares() -> None:
    shares = {"manners": 0.5, "rules": 0.25, "prices": 0.25}
    attempt = sit(start_attempt(POOL, Settings(exposure=None, se=0.01, shares=shares), seed=1), "10110100")
    topic = dict(zip(POOL.items.ids, POOL.topics, strict=True))

    for length in range(1, 9):
        given = [topic[name] for name, _ in attempt.answers[:length]]
        for name, share in shares.items():
            assert abs(given.count(name) - share * length) <= 1


def test_a_topic_that_is_used_up_gives_way_and_others_are_never_asked_for() -> None:
    pool = Pool(
        items=POOL.items.pick([0, 1, 2, 3, 4]), topics=("rare", "common", "common", "common", "other")
    )
    settings = Settings(exposure=None, shares={"rare": 3, "common": 1}, se=0.01)

    attempt = sit(start_attempt(pool, settings, seed=1), "1010")

    assert find_standing(attempt).stop is Stop.NO_ITEM
    assert pool.items.ids[4] not in {name for name, _ in attempt.answers}


@pytest.mark.parametrize(
    "change",
    [
        {"se": 0},
        {"least": 3, "most": 2},
        {"exposure": 0},
        {"exposure": 1.5},
        {"shares": {}},
        {"shares": {"x": 0}},
    ],
)
def test_settings_under_which_no_exam_can_be_held_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(AdaptiveError):
        Settings(**change)  # type: ignore[arg-type]


def test_a_topic_without_items_is_named() -> None:
    with pytest.raises(AdaptiveError, match="no item of hotline has parameters"):
        start_attempt(POOL, Settings(shares={"rules": 1, "hotline": 1}), seed=1)


def test_no_item_is_seen_by_more_than_its_share_and_exams_grow_little_longer() -> None:
    theta = np.random.default_rng(5).normal(size=1200)
    shares = {"manners": 1.0, "rules": 1.0, "prices": 1.0}
    capped = Settings(exposure=0.3, shares=shares)
    free = Settings(exposure=None, shares=shares)

    before = warm_up(POOL, capped, seed=11, people=2000)
    controlled = summarise(POOL, simulate(POOL, capped, theta=theta, seed=12, exposure=before))
    plain = summarise(POOL, simulate(POOL, free, theta=theta, seed=12))

    assert plain.exposure_max == 1
    assert controlled.exposure_max <= 0.3
    assert controlled.mean_items < 1.5 * plain.mean_items
    assert controlled.precise_percent > 90
    for summary in (plain, controlled):
        assert summary.rmse < 0.42
        assert abs(summary.bias) < 0.05
        assert all(30 < part < 37 for part in summary.topics.values())


def test_a_simulated_person_is_given_what_a_real_one_would_be() -> None:
    # Somebody so able that the answers are known: all right.
    certain = Pool(items=dataclasses.replace(POOL.items, c=np.zeros(90)), topics=POOL.topics)
    attempt = start_attempt(certain, FREE, seed=1)
    while find_standing(attempt).stop is None:
        attempt = sit(attempt, "1")

    found = simulate(certain, FREE, theta=np.array([60.0]), seed=1)

    given = {name for name, times in zip(POOL.items.ids, found.given[0], strict=True) if times}
    assert given == {name for name, _ in attempt.answers}
    assert found.estimate[0] == pytest.approx(find_standing(attempt).theta)


def test_exposure_is_counted_from_attempts() -> None:
    first = sit(start_attempt(POOL, FREE, seed=1), "10")
    second = dataclasses.replace(sit(start_attempt(POOL, FREE, seed=2), "1"), usable=POOL.items.ids[:50])

    counted = count_exposure([second], before=count_exposure([first]))

    assert counted.attempts == 2
    assert counted.given[first.answers[0][0]] == 2
    assert counted.given[first.answers[1][0]] == 1
    assert (counted.eligible["i000"], counted.eligible["i089"]) == (2, 1)


def test_an_item_rests_at_its_limit_and_is_free_before_it_was_given() -> None:
    counts = Exposure(attempts=1000, eligible={"x": 900, "y": 900, "z": 10}, given={"x": 300, "y": 270})

    chances = counts.chances(["x", "y", "z"], 0.3)

    assert chances[0] == 0
    assert chances[1] == pytest.approx(0.94 * 0.3 * 901 / 270)
    assert chances[2] == 1
    assert counts.chances(["x"], None) == 1
