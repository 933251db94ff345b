"""Which projects share standbys: those that many of the same people are certified for."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from app.queries.columns import Column, places_of
from app.services.match_problem import LoadedProblem
from scheduling.matching.pooled_cover import NOBODY

# Fewer people certified for both make no link: they may all be busy.
FEWEST_SHARED = 3


def find_links(loaded: LoadedProblem) -> Column:
    """Return for each demand row the row of its slot whose project its standbys help next, or NOBODY.

    That is the larger project (more seats booked in this slot) with which it shares most certified people. So
    links always lead to larger projects, and never in a circle.
    """
    projects, project_of = np.unique(loaded.project_ids, return_inverse=True)
    project_of = project_of.reshape(-1)
    shared = _shared_people(loaded, project_of, len(projects))
    helps = np.full(loaded.rows, NOBODY, dtype=np.int64)
    slots = np.unique(loaded.slot_ids, return_inverse=True)[1].reshape(-1)
    # The largest first; rows of one size in their own order.
    order = np.lexsort((np.arange(loaded.rows), -loaded.booked, slots))
    borders = np.flatnonzero(np.diff(slots[order])) + 1
    for rows in np.split(order, borders):
        if len(rows) < 2:
            continue
        own = project_of[rows]
        people = np.tril(shared[np.ix_(own, own)], -1)
        best = people.argmax(axis=1)
        enough = people[np.arange(len(rows)), best] >= FEWEST_SHARED
        helps[rows[enough]] = rows[best[enough]]
    return helps


def is_certified(loaded: LoadedProblem, agents: Column, rows: Column) -> Column:
    """Say of each agent and row whether certificate, needs and blocks let the person work there."""
    certified = loaded.certified
    width = max(1, certified.parts)
    wanted = agents * width + certified.row_part[rows] if len(rows) else agents
    return (places_of(wanted, np.unique(certified.agent * width + certified.part)) >= 0) & (
        places_of(wanted, np.unique(certified.blocked_agent * width + certified.blocked_part)) < 0
    )


def _shared_people(loaded: LoadedProblem, project_of: Column, projects: int) -> Column:
    """Return how many people are certified for each two projects."""
    certified = loaded.certified
    project_of_part = np.zeros(certified.parts, dtype=np.int64)
    project_of_part[certified.row_part] = project_of
    pairs = np.unique(np.stack([certified.agent, project_of_part[certified.part]]), axis=1)
    holds = csr_array(
        (np.ones(pairs.shape[1], dtype=np.int32), (pairs[0], pairs[1])),
        shape=(loaded.problem.agents, projects),
    )
    people: Column = (holds.T @ holds).toarray()
    return people
