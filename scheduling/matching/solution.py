"""What the solver answers, and what it says on the way."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping

from scheduling.matching.problem import Ints, Problem


class Phase(enum.StrEnum):
    """The parts of a solve, in their order."""

    PREPARE = "prepare"
    PRICE = "price"
    BUILD = "build"
    IMPROVE = "improve"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a solve is. `value` and `gap` are None until there is a plan, `bound` till there are prices."""

    phase: Phase
    share: float
    sweeps: int
    value: int | None
    bound: int | None
    gap: float | None
    filled: int
    seats: int


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """A plan and its proof: `agent[k]` works a seat of demand row `demand[k]`; sorted by demand, then agent.

    `price` is what a seat of each demand row is worth to the market, in points; `value` <= best possible <=
    `bound`.
    """

    agent: Ints
    demand: Ints
    price: Ints
    scaled_price: Ints
    value: int
    bound: int
    seats: int
    filled: int
    sweeps: int
    chains: int
    seconds: Mapping[str, float]
    stopped_early: bool

    @property
    def gap(self) -> float:
        """How much better a plan could be at most, as a part of the bound."""
        return gap_between(self.value, self.bound)

    def pairs(self, problem: Problem) -> list[tuple[str, str]]:
        """Return the plan as (agent id, demand id)."""
        plan = zip(self.agent, self.demand, strict=True)
        return [(problem.agent_ids[agent], problem.demand_ids[row]) for agent, row in plan]


def gap_between(value: int, bound: int) -> float:
    """Return (bound - value) as a part of the bound; 0 when they meet."""
    return 0.0 if bound == value else (bound - value) / max(1, abs(bound))
