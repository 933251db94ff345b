"""What cover promises comes true: people are drawn, their past tells the chances, and days are played."""

from __future__ import annotations

import numpy as np
import pytest

from scheduling.matching.pooled_cover import NOBODY, CoverChances, People, Place, choose_standbys
from scheduling.workforce.chances import Histories, learn_chances

TARGET = 0.95
PROJECTS, SPARE = 20, 6
SEASONS, DAYS = 80, 12
PAST_SHIFTS = 8
DAYS_AHEAD = 40.0
LEAVING = np.array([0.0035, 0.0012])


@pytest.mark.parametrize("seed", [1, 2])
def test_all_seats_are_worked_as_often_as_promised(seed: int) -> None:
    """Nobody's true chance is known to the plan: only eight past shifts of each, and how others left.

    Over eighty seasons the share of projects with all seats worked is what the plans said to within a
    hundredth - the chances are estimates, and what errs for everybody at once costs a little - and reaches
    the target.
    """
    random = np.random.default_rng(seed)
    said, came_true = np.zeros(SEASONS), np.zeros(SEASONS)
    for season in range(SEASONS):
        said[season], came_true[season] = _play_season(random)

    assert float(came_true.mean()) == pytest.approx(float(said.mean()), abs=0.01)
    assert float(came_true.mean()) >= TARGET


def _play_season(random: np.random.Generator) -> tuple[float, float]:
    """Return the mean chance that the plan gave its projects, and the share that had all seats worked."""
    needed = random.integers(1, 9, PROJECTS)
    later = np.arange(PROJECTS)[:, None] < np.arange(PROJECTS)
    helps = np.array([*(int(random.choice(np.flatnonzero(row))) for row in later[:-1]), NOBODY])
    home = np.append(np.repeat(np.arange(PROJECTS), needed), np.repeat(np.arange(PROJECTS), SPARE))
    seats, people = int(needed.sum()), len(home)
    shows, cohort = random.beta(18, 2, people), random.integers(0, 2, people)
    chances = _chances(random, random.binomial(PAST_SHIFTS, shows), cohort)
    place = np.where(helps[home[seats:]] == NOBODY, int(Place.OWN), int(Place.SHARED))
    in_seats = People.of(home[:seats], chances[:seats], int(Place.SEAT))
    candidates = People.of(home[seats:], chances[seats:], place)

    taken, cover = choose_standbys(needed, helps, in_seats, candidates, target=TARGET)

    assert (cover.chance >= TARGET).all()
    truly = shows * np.exp(-DAYS_AHEAD * LEAVING[cohort]) * np.append(np.ones(seats), taken)
    came = random.random((DAYS, people)) < truly
    return float(cover.chance.mean()), _share_worked(came, home, seats, needed, cover)


def _chances(random: np.random.Generator, worked: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """Learn from these people's shifts, and from two thousand more who were watched leaving."""
    others = 2000
    group = random.integers(0, 2, others)
    stayed, watched = random.exponential(1 / LEAVING[group]), random.uniform(60, 360, others)
    learnt = learn_chances(
        Histories(
            worked=np.append(worked, np.zeros(others)),
            missed=np.append(PAST_SHIFTS - worked, np.zeros(others)),
            tenure_days=np.append(np.full(len(worked), 100.0), np.minimum(stayed, watched)),
            left=np.append(np.zeros(len(worked)), stayed <= watched),
            cohort=np.append(cohort, group),
        )
    )
    return learnt.to_work(np.arange(len(worked)), np.full(len(worked), DAYS_AHEAD))


def _share_worked(
    came: np.ndarray, home: np.ndarray, seats: int, needed: np.ndarray, cover: CoverChances
) -> float:
    """Play the days: each project's own standbys first, then those that its helpers have left."""
    worked = 0
    for day in came:
        in_seats = np.bincount(home[:seats][day[:seats]], minlength=PROJECTS)
        standbys = np.bincount(home[seats:][day[seats:]], minlength=PROJECTS)
        arrived = np.zeros(PROJECTS, dtype=int)
        for project in range(PROJECTS):
            left = standbys[project] - max(0, needed[project] - in_seats[project] - arrived[project])
            worked += left >= 0
            if cover.helps[project] != NOBODY:
                arrived[cover.helps[project]] += max(0, left)
    return worked / (len(came) * PROJECTS)
