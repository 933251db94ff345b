"""Who may work in which project, and what they are worth there before anybody asks when.

A certificate counts for the shifts that lie wholly within its validity: a project is cut into as many parts
as its certificates' dates ask for.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from app.queries.columns import Column, places_of
from app.queries.match_input import LINES, MatchInput

POINTS_A_SHIFT_WORKED = 6
MOST_CONTINUITY_POINTS = 60


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Certified:
    """Who may work in which part of which project: `part` names the part, `score` the person's points."""

    agent: Column
    part: Column
    score: Column
    blocked_agent: Column
    blocked_part: Column
    row_part: Column
    parts: int


def certified_people(read: MatchInput) -> Certified:
    """Cut projects into parts in which every certificate holds wholly or not at all, and keep those pairs of
    agent and part that certificates, blocks and needs allow.
    """
    agents, demand, certificates = read.agents, read.demand, read.certificates
    projects, first = np.unique(demand["project_id"], return_index=True)
    rows = len(demand["project_id"])
    ends = np.append(first[1:], rows)
    agent = places_of(certificates["agent_id"], agents["id"])
    project = places_of(certificates["project_id"], projects)
    known = (agent >= 0) & (project >= 0)
    agent, project = agent[known], project[known]
    issued, expires = certificates["works_from"][known], certificates["expires_at"][known]
    fits = _fits_needs(read, agent, project, first)
    agent, project, issued, expires = agent[fits], project[fits], issued[fits], expires[fits]
    row_project = places_of(demand["project_id"], projects)
    low = _first_row(row_project, demand["starts_at"], project, issued, "left")
    high = _first_row(row_project, demand["ends_at"], project, expires, "right")
    low, high = np.maximum(low, first[project]), np.minimum(high, ends[project])
    covers = low < high
    agent, project, low, high = agent[covers], project[covers], low[covers], high[covers]
    cut = np.zeros(rows + 1, dtype=bool)
    cut[first] = cut[low] = cut[high] = True
    row_part = np.cumsum(cut[:rows]) - 1
    parts = int(cut[:rows].sum())
    part_first, part_last = row_part[low], row_part[high - 1]
    times = part_last - part_first + 1
    owner = np.repeat(np.arange(len(agent)), times)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(times) - times, times)
    merchants, merchant_of = np.unique(demand["merchant_id"][first], return_inverse=True)
    merchant = merchant_of.reshape(-1)[project]
    blocked = _is_blocked(read, agent, merchant, merchants)
    score = agents["standing"][agent] + _continuity(read, agent, merchant, merchants)
    part = part_first[owner] + step
    is_blocked = blocked[owner]
    return Certified(
        agent=agent[owner],
        part=part,
        score=score[owner],
        blocked_agent=agent[owner][is_blocked],
        blocked_part=part[is_blocked],
        row_part=row_part,
        parts=parts,
    )


def _fits_needs(read: MatchInput, agent: Column, project: Column, first: Column) -> Column:
    """Say of each certificate whether the project asks for no more than the person's needs allow."""
    agents, demand = read.agents, read.demand
    is_voice = np.array([line.is_voice for line in LINES])[demand["line"][first[project]]]
    too_many = demand["concurrent_chats"][first[project]] > agents["max_concurrent"][agent]
    # Conversations at the same time are a matter of chat: a call is one call.
    fits: Column = ~(is_voice & (agents["text_only"][agent] == 1)) & ~(too_many & ~is_voice)
    return fits


def _first_row(row_project: Column, row_time: Column, project: Column, time: Column, side: str) -> Column:
    """Return for each (project, time) its place among the rows, which are sorted by project and start."""
    every = np.unique(np.concatenate([row_time, time]))
    width = len(every) + 1
    # Ends rise with starts unless one slot holds another: the later rows then wait for the longest so far.
    keys = np.maximum.accumulate(row_project * width + np.searchsorted(every, row_time))
    places: Column = np.searchsorted(
        keys, project * width + np.searchsorted(every, time), side="left" if side == "left" else "right"
    )
    return places


def _is_blocked(read: MatchInput, agent: Column, merchant: Column, merchants: Column) -> Column:
    pairs = _pairs(read, read.blocks, merchants)
    return np.isin(agent * max(1, len(merchants)) + merchant, pairs)


def _continuity(read: MatchInput, agent: Column, merchant: Column, merchants: Column) -> Column:
    """Return the points for shifts worked for the merchant before."""
    keys = _pairs(read, read.worked, merchants)
    order = np.argsort(keys)
    found = places_of(agent * max(1, len(merchants)) + merchant, keys[order])
    shifts = (
        np.where(found >= 0, read.worked["shifts"][order][found], 0)
        if len(keys)
        else np.zeros(len(agent), dtype=np.int64)
    )
    points: Column = np.minimum(shifts * POINTS_A_SHIFT_WORKED, MOST_CONTINUITY_POINTS)
    return points


def _pairs(read: MatchInput, table: dict[str, Column], merchants: Column) -> Column:
    """Return (agent, merchant) as one number each; a negative one for people or merchants not here."""
    agent = places_of(table["agent_id"], read.agents["id"])
    merchant = places_of(table["merchant_id"], merchants)
    known = (agent >= 0) & (merchant >= 0)
    return np.where(known, agent * max(1, len(merchants)) + merchant, -1 - np.arange(len(agent)))
