"""Who can step in for one seat."""

from __future__ import annotations

import dataclasses

import pytest

from scheduling.matching.obstacles import Limits, Obstacle
from scheduling.matching.replace import Candidate, OpenSeat, rank_substitutes

HOUR = 60
SEAT = OpenSeat(start=20 * HOUR, end=24 * HOUR, value=100)
LIMITS = Limits(
    max_week_minutes=2400,
    max_stretch_minutes=480,
    min_rest_minutes=660,
    max_consecutive_days=6,
    max_day_minutes=480,
)
ANN = Candidate(agent_id="ann", limits=LIMITS, score=50, windows=((0, 48 * HOUR, 7),))


def named(agent_id: str, **changes: object) -> Candidate:
    return dataclasses.replace(ANN, agent_id=agent_id, **changes)  # type: ignore[arg-type]


def test_the_most_expected_points_come_first_and_ties_go_by_id() -> None:
    ranking = rank_substitutes(
        SEAT, [named("d"), named("c"), named("b", score=90), named("unsure", score=90, chance_to_show=0.5)]
    )

    assert [(one.agent_id, one.points) for one in ranking.substitutes] == [
        ("b", 197),
        ("c", 157),
        ("d", 157),
        ("unsure", 197),
    ]
    assert ranking.substitutes[-1].expected_points == pytest.approx(98.5)
    assert ranking.refused == {}


@pytest.mark.parametrize(
    ("changes", "obstacles"),
    [
        ({"score": None}, (Obstacle.NOT_CERTIFIED,)),
        ({"blocked": True}, (Obstacle.BLOCKED,)),
        ({"windows": ((0, 23 * HOUR, 9),)}, (Obstacle.NOT_AVAILABLE,)),
        ({"held": ((22 * HOUR, 26 * HOUR),)}, (Obstacle.BUSY,)),
        ({"held": ((8 * HOUR, 12 * HOUR),)}, (Obstacle.REST,)),
        ({"held": ((14 * HOUR, 20 * HOUR),)}, (Obstacle.STRETCH, Obstacle.DAY_LIMIT)),
        ({"score": None, "windows": ()}, (Obstacle.NOT_CERTIFIED, Obstacle.NOT_AVAILABLE)),
    ],
)
def test_says_why_somebody_may_not(changes: dict[str, object], obstacles: tuple[Obstacle, ...]) -> None:
    ranking = rank_substitutes(SEAT, [named("bob", **changes), ANN])

    assert ranking.refused == {"bob": obstacles}
    assert [one.agent_id for one in ranking.substitutes] == ["ann"]


def test_the_best_window_around_the_seat_counts() -> None:
    ranking = rank_substitutes(SEAT, [named("eve", windows=((0, 48 * HOUR, 2), (20 * HOUR, 24 * HOUR, 30)))])

    assert ranking.substitutes[0].points == 180
