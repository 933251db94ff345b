"""A season in which people with needs are exactly as good as the others, and offer the same hours.

Everybody's certificates, scores, windows and preferences are drawn alike, whatever their needs. Needs change
limits only; who works in writing only has chat projects in place of phone projects, as hard to staff.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np

from scheduling.matching.problem import MINUTES_PER_DAY, Ints, Problem

HOUR = 60
FIRST_DAY = dt.datetime(2026, 10, 26)  # noqa: DTZ001 - a problem's times are local and carry no zone
USUAL = {
    "max_week_minutes": 40 * HOUR,
    "max_day_minutes": 8 * HOUR,
    "max_stretch_minutes": 8 * HOUR,
    "min_rest_minutes": 11 * HOUR,
    "max_consecutive_days": 6,
}
NEEDS: dict[str, dict[str, int]] = {
    "short stretch": {"max_stretch_minutes": 4 * HOUR},
    "short day": {"max_day_minutes": 4 * HOUR},
    "short week": {"max_week_minutes": 20 * HOUR},
    "long rest": {"min_rest_minutes": 16 * HOUR},
    "days off": {"max_consecutive_days": 3},
    "text only": {},
    "several": {
        "max_stretch_minutes": 4 * HOUR,
        "max_day_minutes": 4 * HOUR,
        "max_week_minutes": 20 * HOUR,
        "min_rest_minutes": 16 * HOUR,
        "max_consecutive_days": 4,
    },
}
NONE = "none"
SLOTS = tuple(range(0, 24, 4))
BUSY = np.array([0.45, 0.2, 0.45, 0.75, 0.8, 1.0])
LIKES = np.array([0.25, 0.1, 0.6, 0.8, 0.8, 0.7])


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class FairSeason:
    """A problem, and the need of each agent (NONE for most)."""

    problem: Problem
    needs: tuple[str, ...]

    def groups(self) -> dict[tuple[str, str], list[int]]:
        """Return agents by need, and all who have one."""
        groups: dict[tuple[str, str], list[int]] = {}
        for place, need in enumerate(self.needs):
            groups.setdefault(("need", need), []).append(place)
            if need != NONE:
                groups.setdefault(("any need", "yes"), []).append(place)
        return groups


def make_fair_season(
    *,
    agents: int,
    seed: int,
    projects: int = 24,
    days: int = 14,
    tightness: float = 0.5,
    needy: float = 0.35,
    needs_bind: bool = True,
) -> FairSeason:
    """Return a season; `tightness` are the seats at the busiest time for each agent, in tenths, and `needy`
    the part of the people who have a need, each kind as often as another. Without `needs_bind` the same
    people are named, and none of their needs is applied.
    """
    random = np.random.default_rng(seed)
    kinds = [NONE, *NEEDS]
    drawn = random.choice(len(kinds), agents, p=[1 - needy, *([needy / len(NEEDS)] * len(NEEDS))])
    needs = tuple(kinds[kind] for kind in drawn)
    limits = {
        name: np.array(
            [NEEDS.get(need if needs_bind else NONE, {}).get(name, usual) for need in needs], dtype=np.int64
        )
        for name, usual in USUAL.items()
    }
    certs = _certificates(
        random, agents, projects, np.array([needs_bind and need == "text only" for need in needs])
    )
    demand = _demand(random, agents, projects, days, tightness)
    windows = _windows(random, agents, days)
    return FairSeason(
        needs=needs,
        problem=Problem.from_arrays(
            origin=FIRST_DAY,
            agent_ids=[f"a{number:05d}" for number in range(agents)],
            **limits,
            project_ids=[f"p{number:03d}" for number in range(projects)],
            cert_agent=certs[0],
            cert_project=certs[1],
            cert_score=certs[2],
            window_agent=windows[0],
            window_start=windows[1],
            window_end=windows[2],
            window_preference=windows[3],
            demand_ids=[f"d{number:05d}" for number in range(demand.shape[1])],
            demand_project=demand[0],
            demand_start=demand[1],
            demand_end=demand[2],
            demand_seats=demand[3],
            demand_value=demand[4],
        ),
    )


def _certificates(random: np.random.Generator, agents: int, projects: int, text_only: Ints) -> Ints:
    """Draw three projects for everybody; a fifth of them are phone projects."""
    phone = projects // 5
    rows = []
    for agent in range(agents):
        first = phone if text_only[agent] else 0
        for project in random.choice(np.arange(first, projects), size=3, replace=False):
            rows.append((agent, project, int(random.integers(0, 161))))
    return np.array(rows, dtype=np.int64).T


def _demand(random: np.random.Generator, agents: int, projects: int, days: int, tightness: float) -> Ints:
    climb = np.linspace(0.3, 1.0, days)
    rows = []
    for day in range(days):
        for slot, busy in zip(SLOTS, BUSY, strict=True):
            wanted = (
                agents * tightness / 10 * climb[day] * busy / projects * random.uniform(0.7, 1.3, projects)
            )
            seats = np.floor(wanted + random.random(projects)).astype(np.int64)
            start = day * MINUTES_PER_DAY + slot * HOUR
            rows += [
                (project, start, start + 4 * HOUR, seats[project], 1000 + int(random.integers(0, 200)))
                for project in np.flatnonzero(seats)
            ]
    return np.array(rows, dtype=np.int64).T


def _windows(random: np.random.Generator, agents: int, days: int) -> Ints:
    """Everybody likes some parts of the day, and is open in each of them on six days of ten."""
    likes = random.random((agents, len(SLOTS))) < LIKES
    opened = np.tile(likes, (1, days)) & (random.random((agents, days * len(SLOTS))) < 0.6)
    padded = np.zeros((agents, opened.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = opened
    change = np.diff(padded, axis=1)
    agent, begin = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    length = 4 * HOUR
    points = random.integers(0, 31, len(agent))
    return np.stack([agent, begin * length, end * length, points]).astype(np.int64)
