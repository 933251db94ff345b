"""Seasons made up from a seed, for tests, benchmarks and rehearsals. The figures are invented but shaped like
life:

few large projects and many of two seats, an evening peak, a climb to two event days, people who are open for
some parts of the day only, limits that differ from person to person.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
from numpy.typing import NDArray

from scheduling.matching.problem import MINUTES_PER_DAY, NO_WEEKEND_LIMIT, Ints, Problem

FIRST_DAY = dt.datetime(2026, 10, 26)  # noqa: DTZ001 - a problem's times are local and carry no zone
HOUR = 60
GRID = tuple((hour * HOUR, 4 * HOUR) for hour in range(0, 24, 4))
"""Six slots a day: start and length in minutes."""
MIXED = (
    (8 * HOUR, 8 * HOUR),
    (9 * HOUR, 3 * HOUR),
    (12 * HOUR, 2 * HOUR),
    (13 * HOUR, 5 * HOUR),
    (18 * HOUR, 4 * HOUR),
    (20 * HOUR, 4 * HOUR),
    (22 * HOUR, 8 * HOUR),
)
"""Slots of several lengths that overlap and reach over midnight."""
DRAWN_TOGETHER = 10_000
"""So many agents draw their certificates at once."""
BUSY_HOURS = (0.45, 0.2, 0.45, 0.75, 0.8, 1.0)
"""Seats wanted in each four hours of the day, as a part of the busiest."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SeasonSize:
    """How large a season is and how hard to staff.

    `evenness` is what the quietest day needs as a part of the busiest; `openness` the chance that an agent is
    open at a time of day they like; `certificates` the most that one agent holds. No `day_hours`: no limit a
    day. With `day_rules` many want at least two or three days in a row, as many days off, or weekends off.
    """

    agents: int = 1_800
    projects: int = 60
    days: int = 18
    peak_seats: int = 200
    evenness: float = 0.1
    openness: float = 0.6
    certificates: int = 6
    week_hours: tuple[int, ...] = (20, 24, 32, 40, 40)
    day_hours: tuple[int, ...] = (4, 8, 8, 8, 12)
    day_rules: bool = False
    slots: tuple[tuple[int, int], ...] = GRID

    def __post_init__(self) -> None:
        if min(self.agents, self.projects, self.days, self.peak_seats) < 1:
            raise ValueError("agents, projects, days and peak_seats must be at least 1")


def generate_season(size: SeasonSize, *, seed: int) -> Problem:
    """Return a season of this size; the same seed gives the same season on every machine."""
    random = np.random.default_rng(seed)
    demand = _demand(size, random)
    certs = _certificates(size, random)
    windows = _windows(size, random)
    agents = size.agents
    rules = _day_rules(size, random) if size.day_rules else {}
    return Problem.from_arrays(
        origin=FIRST_DAY,
        agent_ids=[f"a{number:06d}" for number in range(agents)],
        max_week_minutes=random.choice(size.week_hours, agents) * HOUR,
        max_day_minutes=random.choice(size.day_hours, agents) * HOUR if size.day_hours else None,
        max_stretch_minutes=random.choice([4, 8, 8], agents) * HOUR,
        min_rest_minutes=np.full(agents, 11 * HOUR),
        max_consecutive_days=random.choice([5, 6, 6], agents),
        project_ids=[f"p{number:04d}" for number in range(size.projects)],
        cert_agent=certs[0],
        cert_project=certs[1],
        cert_score=certs[2],
        window_agent=windows[0],
        window_start=windows[1],
        window_end=windows[2],
        window_preference=windows[3],
        demand_ids=[f"d{number:06d}" for number in range(demand.shape[1])],
        demand_project=demand[0],
        demand_start=demand[1],
        demand_end=demand[2],
        demand_seats=demand[3],
        demand_value=demand[4],
        **rules,
    )


def _day_rules(size: SeasonSize, random: np.random.Generator) -> dict[str, Ints]:
    return {
        "min_consecutive_days": random.choice([1, 1, 2, 2, 3], size.agents),
        "min_days_off": random.choice([1, 1, 2, 2, 3], size.agents),
        "max_weekends": random.choice([NO_WEEKEND_LIMIT, NO_WEEKEND_LIMIT, 1, 2], size.agents),
    }


def _shares(size: SeasonSize) -> NDArray[np.float64]:
    """Return each project's part of the whole: the k-th largest in proportion to 1/(k + 3)."""
    weight = 1.0 / (np.arange(size.projects, dtype=np.float64) + 3.0)
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _demand(size: SeasonSize, random: np.random.Generator) -> Ints:
    climb = np.linspace(size.evenness, 0.6, size.days) * random.uniform(0.85, 1.15, size.days)
    climb[[size.days // 3, max(0, size.days - 3)]] = 0.8, 1.0
    rows = []
    for day in range(size.days):
        for start, length in size.slots:
            busy = BUSY_HOURS[start // (4 * HOUR) % 6]
            wanted = (
                size.peak_seats * climb[day] * busy * _shares(size) * random.uniform(0.7, 1.3, size.projects)
            )
            seats = np.floor(wanted + random.random(size.projects)).astype(np.int64)
            for project in np.flatnonzero(seats):
                begin = day * MINUTES_PER_DAY + start
                value = 1000 + 40 * (start == 0) + int(random.integers(0, 200))
                rows.append((project, begin, begin + length, seats[project], value))
    return np.array(rows, dtype=np.int64).reshape(-1, 5).T


def _certificates(size: SeasonSize, random: np.random.Generator) -> Ints:
    """Every agent holds one to six certificates, the large projects' more often."""
    shares = _shares(size)
    wanted = np.minimum(random.integers(1, size.certificates + 1, size.agents), size.projects)
    # Gumbel noise on the logarithms draws without replacement in proportion to the shares; some agents at a
    # time, for a line of all projects a person is more than a season of 180,000 people has room for.
    order = np.empty((size.agents, int(wanted.max())), dtype=np.int64)
    for first in range(0, size.agents, DRAWN_TOGETHER):
        drawn = order[first : first + DRAWN_TOGETHER]
        keys = np.log(shares)[None, :] + random.gumbel(size=(len(drawn), size.projects))
        drawn[:] = np.argsort(-keys, axis=1, kind="stable")[:, : drawn.shape[1]]
    agent = np.repeat(np.arange(size.agents), wanted)
    place = np.arange(len(agent)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    skill = random.normal(0, 60, size.agents)
    score = np.rint(500 + skill[agent] + random.normal(0, 60, len(agent))).astype(np.int64)
    return np.stack([agent, order[agent, place], np.clip(score, 200, 800)])


def _windows(size: SeasonSize, random: np.random.Generator) -> Ints:
    """Every agent likes some parts of the day; open parts that touch are one window."""
    parts = 6 * (size.days + 1)
    likes = random.random((size.agents, 6)) < np.array([0.25, 0.1, 0.6, 0.8, 0.8, 0.7])
    open_parts = np.tile(likes, (1, size.days + 1)) & (random.random((size.agents, parts)) < size.openness)
    padded = np.zeros((size.agents, parts + 2), dtype=np.int8)
    padded[:, 1:-1] = open_parts
    change = np.diff(padded, axis=1)
    agent, begin = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    length = 4 * HOUR
    return np.stack([agent, begin * length, end * length, random.integers(0, 101, len(agent))]).astype(
        np.int64
    )
