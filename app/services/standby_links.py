"""Which projects share standbys: those that many of the same people are certified for."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from app.queries.columns import Column, places_of
from app.services.match_problem import LoadedProblem
from scheduling.matching.pooled_cover import NOBODY

# Fewer people certified for both make no link: they may all be busy.
FEWEST_SHARED = 3
# So much of a project's standbys is left to help, more or less; a row that needs less than this needs nobody.
SPARE_SHARE = 0.8
LEAST_NEED = 0.5


def find_links(loaded: LoadedProblem, alone: Column) -> Column:
    """Return for each demand row the row of its slot whose project its standbys help next, or NOBODY.

    `alone` is how many standbys each row would need if nobody helped. Going from the smallest rows to the
    largest, so that no circle can come about, each that still needs standbys is linked to the later row with
    which it shares most certified people, among those that still need help; what it can spare is taken off
    that row's need.
    """
    projects, project_of = np.unique(loaded.project_ids, return_inverse=True)
    project_of = project_of.reshape(-1)
    shared = _shared_people(loaded, project_of, len(projects))
    helps = np.full(loaded.rows, NOBODY, dtype=np.int64)
    slots = np.unique(loaded.slot_ids, return_inverse=True)[1].reshape(-1)
    # Rows of one size in their own order.
    order = np.lexsort((np.arange(loaded.rows), loaded.booked, slots))
    for rows in np.split(order, np.flatnonzero(np.diff(slots[order])) + 1):
        own = project_of[rows]
        people = shared[np.ix_(own, own)]
        need = alone[rows].astype(np.float64)
        for place in range(len(rows) - 1):
            standbys = round(need[place])
            if standbys <= 0:
                continue
            later = people[place, place + 1 :]
            waiting = np.where(need[place + 1 :] >= LEAST_NEED, later, 0)
            best = int((waiting if waiting.max() >= FEWEST_SHARED else later).argmax())
            if later[best] < FEWEST_SHARED:
                continue
            helps[rows[place]] = rows[place + 1 + best]
            need[place + 1 + best] -= SPARE_SHARE * standbys
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
