"""Who holds what in a plan, looked up by agent and by demand row."""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np

from scheduling.matching.obstacles import Times
from scheduling.matching.problem import Ints, Problem
from scheduling.matching.solution import Solution


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Holdings:
    """A plan with its problem, sorted both ways once."""

    problem: Problem
    by_agent: Ints
    agent_first: Ints
    by_row: Ints
    row_first: Ints
    certified: Ints
    certified_first: Ints

    @classmethod
    def of(cls, problem: Problem, solution: Solution) -> Self:
        """Sort the plan and the certificates for look-ups."""
        order = np.lexsort((solution.demand, solution.agent))
        owner = np.repeat(np.arange(problem.agents), np.diff(problem.cert_first))
        by_project = np.argsort(problem.cert_project, kind="stable")
        return cls(
            problem=problem,
            by_agent=solution.demand[order],
            agent_first=np.searchsorted(solution.agent[order], np.arange(problem.agents + 1)),
            by_row=solution.agent,
            row_first=np.searchsorted(solution.demand, np.arange(problem.rows + 1)),
            certified=owner[by_project],
            certified_first=np.searchsorted(
                problem.cert_project[by_project], np.arange(len(problem.project_ids) + 1)
            ),
        )

    def rows_of(self, agent: int) -> Ints:
        """Return the demand rows that an agent works."""
        return self.by_agent[self.agent_first[agent] : self.agent_first[agent + 1]]

    def times_of(self, agent: int) -> list[Times]:
        """Return the times that an agent works."""
        rows = self.rows_of(agent)
        starts, ends = self.problem.demand_start[rows], self.problem.demand_end[rows]
        return list(zip(starts.tolist(), ends.tolist(), strict=True))

    def people_on(self, row: int) -> Ints:
        """Return the agents who work a demand row."""
        return self.by_row[self.row_first[row] : self.row_first[row + 1]]

    def certified_for(self, row: int) -> Ints:
        """Return the agents with a certificate for a row's project (and no block), in order."""
        project = self.problem.demand_project[row]
        return self.certified[self.certified_first[project] : self.certified_first[project + 1]]

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
