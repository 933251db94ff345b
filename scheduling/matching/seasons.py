"""A problem as the plain records that the checker, substitutes and explanations read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scheduling.matching.checker import Person, Season, Shift, Violation, Window, check
from scheduling.matching.units import MINUTES_PER_DAY, NO_WEEKEND_LIMIT

if TYPE_CHECKING:
    from scheduling.matching.problem import Problem


def season_of(problem: Problem, *, agents: Iterable[int] | None = None) -> Season:
    """Return the problem as records, of all agents or only of those at the given positions."""
    chosen = range(problem.agents) if agents is None else sorted(set(agents))
    local, agent_ids, project_ids = problem.local_time, problem.agent_ids, problem.project_ids
    people, scores, windows = {}, {}, {}
    for agent in chosen:
        name = agent_ids[agent]
        people[name] = Person(
            id=name,
            max_week_minutes=int(problem.max_week_minutes[agent]),
            max_day_minutes=int(problem.max_day_minutes[agent]),
            max_stretch_minutes=int(problem.max_stretch_minutes[agent]),
            min_rest_minutes=int(problem.min_rest_minutes[agent]),
            max_consecutive_days=int(problem.max_consecutive_days[agent]),
            min_consecutive_days=int(problem.min_consecutive_days[agent]),
            min_days_off=int(problem.min_days_off[agent]),
            max_weekends=None
            if problem.max_weekends[agent] == NO_WEEKEND_LIMIT
            else int(problem.max_weekends[agent]),
        )
        for cert in range(problem.cert_first[agent], problem.cert_first[agent + 1]):
            scores[name, project_ids[problem.cert_project[cert]]] = int(problem.cert_score[cert])
        windows[name] = [
            Window(
                start=local(problem.window_start[row]),
                end=local(problem.window_end[row]),
                preference=int(problem.window_preference[row]),
            )
            for row in range(problem.window_first[agent], problem.window_first[agent + 1])
        ]
    shifts = {
        demand_id: Shift(
            id=demand_id,
            project_id=project_ids[problem.demand_project[row]],
            start=local(problem.demand_start[row]),
            end=local(problem.demand_end[row]),
            seats=int(problem.demand_seats[row]),
            value=int(problem.demand_value[row]),
        )
        for row, demand_id in enumerate(problem.demand_ids)
    }
    blocks = zip(problem.block_agent, problem.block_project, strict=True)
    return Season(
        people=people,
        scores=scores,
        windows=windows,
        shifts=shifts,
        blocked=frozenset((agent_ids[agent], project_ids[project]) for agent, project in blocks),
        pinned=tuple(pinned_pairs(problem)),
        horizon=None
        if problem.horizon is None
        else (
            local(problem.first_day * MINUTES_PER_DAY).date(),
            local(problem.last_day * MINUTES_PER_DAY).date(),
        ),
    )


def pinned_pairs(problem: Problem) -> list[tuple[str, str]]:
    """Return the pins as (agent id, demand id)."""
    pins = zip(problem.pin_agent, problem.pin_demand, strict=True)
    return [(problem.agent_ids[agent], problem.demand_ids[row]) for agent, row in pins]


def find_pin_violations(problem: Problem) -> list[Violation]:
    """Return the hard rules that the pins break by themselves; such a problem has no plan at all."""
    if not len(problem.pin_agent):
        return []
    return check(season_of(problem, agents=problem.pin_agent.tolist()), pinned_pairs(problem))
