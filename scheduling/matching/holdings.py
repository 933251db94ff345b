"""Who holds what in a plan, looked up by agent and by demand row."""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np
from numpy.typing import NDArray

from scheduling.matching.obstacles import Times
from scheduling.matching.problem import Ints, Problem
from scheduling.matching.solution import Solution

Flags = NDArray[np.bool_]
NEVER_OPEN = -(1 << 40)
"""Stands for "no window holds it" among preferences."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Holdings:
    """A plan with its problem, sorted both ways once.

    `unfit` are pairs of agent and project that the agent's needs rule out whatever they are certified for.
    `filled` counts the people on each row, those whom the problem leaves out among them.
    """

    problem: Problem
    scaled_price: Ints
    by_agent: Ints
    agent_first: Ints
    by_row: Ints
    row_first: Ints
    certified: Ints
    certified_score: Ints
    certified_first: Ints
    window_agent: Ints
    unfit: frozenset[tuple[int, int]]
    filled: Ints

    @classmethod
    def of(
        cls,
        problem: Problem,
        solution: Solution,
        *,
        unfit: frozenset[tuple[int, int]] = frozenset(),
        filled: Ints | None = None,
    ) -> Self:
        """Sort the plan and the certificates for look-ups."""
        row_first: Ints = np.searchsorted(solution.demand, np.arange(problem.rows + 1))
        order = np.lexsort((problem.demand_start[solution.demand], solution.agent))
        agents = np.arange(problem.agents)
        owner = np.repeat(agents, np.diff(problem.cert_first))
        by_project = np.argsort(problem.cert_project, kind="stable")
        return cls(
            problem=problem,
            scaled_price=solution.scaled_price,
            by_agent=solution.demand[order],
            agent_first=np.searchsorted(solution.agent[order], np.arange(problem.agents + 1)),
            by_row=solution.agent,
            row_first=row_first,
            certified=owner[by_project],
            certified_score=problem.cert_score[by_project],
            certified_first=np.searchsorted(
                problem.cert_project[by_project], np.arange(len(problem.project_ids) + 1)
            ),
            window_agent=np.repeat(agents, np.diff(problem.window_first)),
            unfit=unfit,
            filled=np.diff(row_first) if filled is None else filled,
        )

    def rows_of(self, agent: int) -> Ints:
        """Return the demand rows that an agent works, in order of start."""
        return self.by_agent[self.agent_first[agent] : self.agent_first[agent + 1]]

    def times_of(self, agent: int) -> list[Times]:
        """Return the times that an agent works, in order."""
        return self.times(self.rows_of(agent))

    def times(self, rows: Ints) -> list[Times]:
        """Return the times of demand rows."""
        starts, ends = self.problem.demand_start[rows], self.problem.demand_end[rows]
        return list(zip(starts.tolist(), ends.tolist(), strict=True))

    def time_of(self, row: int) -> Times:
        """Return when a demand row is worked."""
        return int(self.problem.demand_start[row]), int(self.problem.demand_end[row])

    def pinned_rows_of(self, agent: int) -> Ints:
        """Return the demand rows that an agent has whatever is planned."""
        rows: Ints = self.problem.pin_demand[self.problem.pin_agent == agent]
        return rows

    def people_on(self, row: int) -> Ints:
        """Return the agents who work a demand row."""
        return self.by_row[self.row_first[row] : self.row_first[row + 1]]

    def empty_seats(self) -> Ints:
        """Return how many seats of each demand row nobody has."""
        return self.problem.demand_seats - self.filled

    def certified_for(self, row: int) -> Ints:
        """Return the agents with a certificate for a row's project (and no block), in order."""
        project = self.problem.demand_project[row]
        return self.certified[self.certified_first[project] : self.certified_first[project + 1]]

    def preferences(self, start: int, end: int) -> Ints:
        """Return by agent the best preference of their windows around a time, or NEVER_OPEN."""
        problem = self.problem
        around = (problem.window_start <= start) & (problem.window_end >= end)
        best: Ints = np.full(problem.agents, NEVER_OPEN, dtype=np.int64)
        np.maximum.at(best, self.window_agent[around], problem.window_preference[around])
        return best

    def eligible(self, row: int) -> tuple[Ints, Ints]:
        """Return who could sit in a row as far as certificates, blocks and windows go, and the points (score
        and preference) that each would bring.
        """
        project = self.problem.demand_project[row]
        held = slice(self.certified_first[project], self.certified_first[project + 1])
        people = self.certified[held]
        preference = self.preferences(*self.time_of(row))[people]
        is_open = preference > NEVER_OPEN
        return people[is_open], (self.certified_score[held] + preference)[is_open]

    def score(self, agent: int, row: int) -> int | None:
        """Return the agent's score in the row's project, or None without a certificate."""
        certs = slice(self.problem.cert_first[agent], self.problem.cert_first[agent + 1])
        held = self.problem.cert_project[certs] == self.problem.demand_project[row]
        return int(self.problem.cert_score[certs][held][0]) if held.any() else None

    def preference(self, agent: int, row: int) -> int | None:
        """Return the best preference of the agent's windows around the row, or None when none holds it."""
        problem = self.problem
        windows = slice(problem.window_first[agent], problem.window_first[agent + 1])
        around = (problem.window_start[windows] <= problem.demand_start[row]) & (
            problem.window_end[windows] >= problem.demand_end[row]
        )
        return int(problem.window_preference[windows][around].max()) if around.any() else None

    def points(self, agent: int, row: int) -> int | None:
        """Return what this agent would be worth in this row beside the seat's own value, or None."""
        score, preference = self.score(agent, row), self.preference(agent, row)
        return None if score is None or preference is None else score + preference
