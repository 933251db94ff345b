"""Who can take one seat that somebody fell out of: everybody who may, best first, and why the others may not.

Nobody else is moved: each candidate's other shifts stay as they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from scheduling.matching.obstacles import Limits, Obstacle, Times, obstacles_of_time


@dataclasses.dataclass(frozen=True, kw_only=True)
class OpenSeat:
    """The seat, in whole minutes since a Monday 00:00 local time; `value` is what filling it is worth in
    points.
    """

    start: int
    end: int
    value: int

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"the seat ends at {self.end}, not after its start {self.start}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Candidate:
    """One agent who might step in. `held` are the shifts they work anyway, at least a week around the seat.

    `score` is None without a certificate for the project; `windows` hold (start, end, preference);
    `chance_to_show` is how likely they come when they said yes.
    """

    agent_id: str
    limits: Limits
    score: int | None
    windows: tuple[tuple[int, int, int], ...]
    held: tuple[Times, ...] = ()
    blocked: bool = False
    chance_to_show: float = 1.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Substitute:
    """An agent who may take the seat; `expected_points` are value, score and preference times the chance to
    show.
    """

    agent_id: str
    points: int
    expected_points: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ranking:
    """Those who may, best first, and for each of the others what stands in the way, in order."""

    substitutes: tuple[Substitute, ...]
    refused: dict[str, tuple[Obstacle, ...]]


def rank_substitutes(seat: OpenSeat, candidates: Iterable[Candidate]) -> Ranking:
    """Return who may take the seat under all hard rules; ties go by agent id."""
    able: list[Substitute] = []
    refused: dict[str, tuple[Obstacle, ...]] = {}
    for candidate in candidates:
        obstacles = obstacles_to(seat, candidate)
        if obstacles:
            refused[candidate.agent_id] = obstacles
            continue
        points = seat.value + (candidate.score or 0) + (_preference(seat, candidate) or 0)
        able.append(
            Substitute(
                agent_id=candidate.agent_id,
                points=points,
                expected_points=points * candidate.chance_to_show,
            )
        )
    able.sort(key=lambda substitute: (-substitute.expected_points, substitute.agent_id))
    return Ranking(substitutes=tuple(able), refused=refused)


def obstacles_to(seat: OpenSeat, candidate: Candidate) -> tuple[Obstacle, ...]:
    """Return every hard rule that keeps the candidate from the seat, in order."""
    found: list[Obstacle] = []
    if candidate.score is None:
        found.append(Obstacle.NOT_CERTIFIED)
    if candidate.blocked:
        found.append(Obstacle.BLOCKED)
    if _preference(seat, candidate) is None:
        found.append(Obstacle.NOT_AVAILABLE)
    return (*found, *obstacles_of_time(candidate.held, (seat.start, seat.end), candidate.limits))


def _preference(seat: OpenSeat, candidate: Candidate) -> int | None:
    """Return the best preference of the windows around the seat, or None when none holds it."""
    around = [points for start, end, points in candidate.windows if start <= seat.start and seat.end <= end]
    return max(around, default=None)
