"""What a plan comes to: points, bound, gap, and for every empty seat one cause and how many people it
concerns.
"""

from __future__ import annotations

import dataclasses
import enum
from collections import Counter
from collections.abc import Mapping
from typing import Any

from scheduling.matching.holdings import Holdings
from scheduling.matching.obstacles import Obstacle, limits_of, obstacles_of_time
from scheduling.matching.problem import Problem
from scheduling.matching.solution import Solution


class Cause(enum.StrEnum):
    """Why a seat is empty."""

    NOBODY_CERTIFIED = "nobody_certified"
    NOBODY_AVAILABLE = "nobody_available"
    REST = "rest"
    STRETCH = "stretch"
    DAY_LIMIT = "day_limit"
    WEEK_LIMIT = "week_limit"
    DAYS_IN_A_ROW = "days_in_a_row"
    DEARER_SEATS = "dearer_seats"
    NOT_WORTH_IT = "not_worth_it"


_CAUSE_OF = {
    Obstacle.BUSY: Cause.DEARER_SEATS,
    Obstacle.REST: Cause.REST,
    Obstacle.STRETCH: Cause.STRETCH,
    Obstacle.DAY_LIMIT: Cause.DAY_LIMIT,
    Obstacle.WEEK_LIMIT: Cause.WEEK_LIMIT,
    Obstacle.DAYS_IN_A_ROW: Cause.DAYS_IN_A_ROW,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shortage:
    """Empty seats of one demand row with one cause.

    `certified` people hold the certificate, `available` of them are open at that time, `working` of those are
    on this very row, and `held_back` counts the rest by what keeps them (an agent with two reasons counts
    under the first). `price` is what one more seat-filler here would be worth, in points.
    """

    demand: int
    demand_id: str
    project_id: str
    cause: Cause
    seats: int
    certified: int
    available: int
    working: int
    held_back: Mapping[Cause, int]
    price: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of a solve. `gap` is how much better any plan could be, as a part of `bound`."""

    value: int
    bound: int
    gap: float
    seats: int
    filled: int
    sweeps: int
    chains: int
    seconds: Mapping[str, float]
    peak_mb: int | None
    shortages: tuple[Shortage, ...]

    def seats_by_cause(self) -> dict[Cause, int]:
        """Return how many seats are empty for each cause, most first."""
        seats: Counter[Cause] = Counter()
        for shortage in self.shortages:
            seats[shortage.cause] += shortage.seats
        return dict(sorted(seats.items(), key=lambda item: (-item[1], item[0])))

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values, for report.json."""
        plain = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("shortages", "seconds", "gap")
        }
        details = [
            {
                **dataclasses.asdict(shortage),
                "cause": shortage.cause.value,
                "held_back": _plain(shortage.held_back),
            }
            for shortage in self.shortages
        ]
        return {
            **plain,
            "gap": round(self.gap, 8),
            "seconds": dict(self.seconds),
            "shortages_by_cause": _plain(self.seats_by_cause()),
            "shortages": details,
        }


def _plain(counts: Mapping[Cause, int]) -> dict[str, int]:
    return {cause.value: count for cause, count in counts.items()}


def build_report(problem: Problem, solution: Solution, *, peak_mb: int | None = None) -> Report:
    """Return the report on a plan; `peak_mb` is measured by the process that solved."""
    holdings = Holdings.of(problem, solution)
    shortages: list[Shortage] = []
    for row in range(problem.rows):
        if problem.demand_seats[row] > len(holdings.people_on(row)):
            shortages += find_shortages(holdings, row, price=int(solution.price[row]))
    return Report(
        value=solution.value,
        bound=solution.bound,
        gap=solution.gap,
        seats=solution.seats,
        filled=solution.filled,
        sweeps=solution.sweeps,
        chains=solution.chains,
        seconds=solution.seconds,
        peak_mb=peak_mb,
        shortages=tuple(shortages),
    )


def find_shortages(holdings: Holdings, row: int, *, price: int) -> list[Shortage]:
    """Return the causes of a row's empty seats.

    Seats beyond the number of certified people lack certificates; of the others, those beyond the number of
    certified people who are open then lack availability; what is left is down to what keeps most of these
    people.
    """
    problem = holdings.problem
    seats = int(problem.demand_seats[row])
    certified = holdings.certified_for(row).tolist()
    open_people = [agent for agent in certified if holdings.preference(agent, row) is not None]
    working = set(holdings.people_on(row).tolist())
    held_back = Counter(_cause(holdings, agent, row) for agent in open_people if agent not in working)
    empty = {
        Cause.NOBODY_CERTIFIED: max(0, seats - len(certified)),
        Cause.NOBODY_AVAILABLE: min(seats, len(certified)) - min(seats, len(open_people)),
    }
    left = min(seats, len(open_people)) - len(working)
    if left > 0:
        commonest = min(held_back, key=lambda cause: (-held_back[cause], cause))
        empty[commonest] = left
    return [
        Shortage(
            demand=row,
            demand_id=problem.demand_ids[row],
            project_id=problem.project_ids[problem.demand_project[row]],
            cause=cause,
            seats=count,
            certified=len(certified),
            available=len(open_people),
            working=len(working),
            held_back=dict(sorted(held_back.items())),
            price=price,
        )
        for cause, count in empty.items()
        if count > 0
    ]


def _cause(holdings: Holdings, agent: int, row: int) -> Cause:
    """Return what keeps a certified, open agent from a row."""
    problem = holdings.problem
    wanted = int(problem.demand_start[row]), int(problem.demand_end[row])
    limits = limits_of(problem, agent)
    if wanted[1] - wanted[0] > limits.max_stretch_minutes:
        return Cause.STRETCH
    obstacles = obstacles_of_time(holdings.times_of(agent), wanted, limits)
    return _CAUSE_OF[obstacles[0]] if obstacles else Cause.NOT_WORTH_IT
