"""What a plan comes to: points, bound, gap, and for every empty seat one cause and how many people it
concerns.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduling.matching.advice import Remedies
from scheduling.matching.generate import SeasonSize, generate_season
from scheduling.matching.holdings import Flags, Holdings
from scheduling.matching.problem import Ints, Problem
from scheduling.matching.solution import Solution
from scheduling.matching.solver import solve


class Cause(enum.StrEnum):
    """Why a seat is empty."""

    NOBODY_CERTIFIED = "nobody_certified"
    NOBODY_AVAILABLE = "nobody_available"
    REST = "rest"
    STRETCH = "stretch"
    DAY_LIMIT = "day_limit"
    WEEK_LIMIT = "week_limit"
    DAYS_IN_A_ROW = "days_in_a_row"
    SHORT_RUN = "short_run"
    DAYS_OFF = "days_off"
    WEEKENDS = "weekends"
    DEARER_SEATS = "dearer_seats"
    NOT_WORTH_IT = "not_worth_it"


# By the numbers of room.CODES: a shift that is too long for somebody is a matter of the stretch.
_CAUSES = np.array(
    [
        Cause.NOT_WORTH_IT,
        Cause.STRETCH,
        Cause.DEARER_SEATS,
        Cause.REST,
        Cause.STRETCH,
        Cause.DAY_LIMIT,
        Cause.WEEK_LIMIT,
        Cause.DAYS_IN_A_ROW,
        Cause.SHORT_RUN,
        Cause.DAYS_OFF,
        Cause.WEEKENDS,
    ],
    dtype=object,
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shortage:
    """Empty seats of one demand row with one cause.

    `certified` people hold the certificate, `available` of them are open at that time, `working` of those are
    on this very row, and `held_back` counts the rest by what keeps them (an agent with two reasons counts
    under the first). `price` is what one more seat here would be worth, in points: about nothing while seats
    stay empty.
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
    remedies: Remedies

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
            if field.name not in ("shortages", "seconds", "gap", "remedies")
        }
        details = [
            {
                **dataclasses.asdict(shortage),
                "cause": shortage.cause.value,
                "held_back": _plain(shortage.held_back),
                "remedies": dataclasses.asdict(self.remedies.rows[shortage.demand]),
            }
            for shortage in self.shortages
        ]
        return {
            **plain,
            "gap": round(self.gap, 8),
            "seconds": dict(self.seconds),
            "shortages_by_cause": _plain(self.seats_by_cause()),
            "shortages": details,
            "advice": [
                {
                    "kind": remedy.kind.value,
                    "project_id": remedy.project_id,
                    "people": remedy.people,
                    "fills": remedy.fills,
                    "agents": sorted({agent_id for agent_id, _ in remedy.named}),
                    "seats": remedy.seats(),
                }
                for remedy in self.remedies.advice
            ],
        }


def _plain(counts: Mapping[Cause, int]) -> dict[str, int]:
    return {cause.value: count for cause, count in counts.items()}


def build_report(
    problem: Problem,
    solution: Solution,
    *,
    peak_mb: int | None = None,
    group_of: Ints | None = None,
    may_learn: Callable[[int], Flags] | None = None,
) -> Report:
    """Return the report on a plan; `peak_mb` is measured by the process that solved.

    The other arguments are those of `remedies.find_remedies`.
    """
    # Both are compiled: whoever only reads reports does not wait for them.
    room = importlib.import_module("scheduling.matching.room")
    remedies = importlib.import_module("scheduling.matching.remedies")
    holdings = Holdings.of(problem, solution)
    short = np.flatnonzero(holdings.empty_seats() > 0)
    shortages: list[Shortage] = []
    if len(short):
        left = room.Room(holdings, short)
        for row in short.tolist():
            codes = left.obstacles(row)
            shortages += _find_shortages(
                holdings,
                row,
                price=int(solution.price[row]),
                causes=_CAUSES[codes],
                is_open=left.is_open(row),
            )
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
        remedies=remedies.find_remedies(holdings, group_of=group_of, may_learn=may_learn),
    )


def _find_shortages(
    holdings: Holdings, row: int, *, price: int, causes: NDArray[np.object_], is_open: Flags
) -> list[Shortage]:
    """Return the causes of a row's empty seats.

    Seats beyond the number of certified people lack certificates; of the others, those beyond the number of
    certified people who are open then lack availability; what is left is down to what keeps most of these
    people. `causes` and `is_open` are by agent.
    """
    problem = holdings.problem
    seats = int(problem.demand_seats[row])
    certified = holdings.certified_for(row)
    open_people = certified[is_open[certified]]
    working = holdings.people_on(row)
    held_back = Counter(causes[np.setdiff1d(open_people, working)].tolist())
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


def warm_report() -> None:
    """Compile what reports and explanations need beyond the solver."""
    problem = generate_season(SeasonSize(agents=20, projects=4, days=2, peak_seats=60), seed=1)
    build_report(problem, solve(problem, effort=2))
