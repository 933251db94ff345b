"""People whom operations put on seats, as positions in a problem."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

import numpy as np
from sqlalchemy.orm import Session

from app.queries.columns import Column, minutes_since, places_of, read_columns
from app.queries.match_input import MatchInput
from app.queries.seat_pins import open_pins
from app.services.time_rules import Days, runs_of
from scheduling.matching.faults import Fault
from scheduling.matching.problem import MINUTES_PER_DAY


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Pins:
    """Agent and demand row of each pin, by position."""

    agent: Column
    row: Column


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Held:
    """Time that is taken: agent (by position), start and end in minutes."""

    agent: Column
    start: Column
    end: Column


NO_PINS = Pins(agent=np.zeros(0, dtype=np.int64), row=np.zeros(0, dtype=np.int64))


def read_pins(session: Session, event_id: uuid.UUID, read: MatchInput, *, now: dt.datetime) -> Pins:
    """Read a season's open pins; those of people or seats that are not in the problem are left out."""
    pins, demand = read_columns(session, open_pins(event_id, now=now)), read.demand
    if not len(pins["agent_id"]) or not len(demand["seats"]):
        return NO_PINS
    projects, slots = np.unique(demand["project_id"]), np.unique(demand["slot_id"])
    keys = places_of(demand["project_id"], projects) * len(slots) + places_of(demand["slot_id"], slots)
    order = np.argsort(keys)
    project, slot = places_of(pins["project_id"], projects), places_of(pins["slot_id"], slots)
    found = places_of(project * len(slots) + slot, keys[order])
    agent = places_of(pins["agent_id"], read.agents["id"])
    known = (agent >= 0) & (project >= 0) & (slot >= 0) & (found >= 0)
    return Pins(agent=agent[known], row=order[found[known]])


def drop_pins(pins: Pins, faults: Sequence[Fault], *, agents: Sequence[str], rows: Sequence[str]) -> Pins:
    """Return the pins without those that faults are about: a person's, or a demand row's."""
    named = {fault.agent_id for fault in faults if fault.agent_id}
    full = {fault.demand_id for fault in faults if not fault.agent_id}
    kept = [
        place
        for place, (agent, row) in enumerate(zip(pins.agent.tolist(), pins.row.tolist(), strict=True))
        if agents[agent] not in named and rows[row] not in full
    ]
    return Pins(agent=pins.agent[kept], row=pins.row[kept])


def drop_short_runs(pins: Pins, read: MatchInput, *, held: Held, origin: dt.datetime, season: Days) -> Pins:
    """Return the pins without those of a person who wants more days in a row than the pins make.

    Pins are made one by one, so a first one may stand alone for a while: it counts once its neighbours are
    pinned too, or beside a shift that its person has, or on the season's first or last day.
    """
    least = read.agents["min_consecutive_days"]
    day = minutes_since(read.demand["starts_at"], origin)[pins.row] // MINUTES_PER_DAY
    dropped: set[int] = set()
    for agent in np.unique(pins.agent[least[pins.agent] > 1]).tolist():
        own = np.flatnonzero(pins.agent == agent)
        stays = set((held.start[held.agent == agent] // MINUTES_PER_DAY).tolist())
        for run in runs_of({*day[own].tolist(), *stays}):
            if len(run) < least[agent] and {*stays, *season}.isdisjoint(run):
                dropped.update(place for place in own.tolist() if day[place] in run)
    kept = [place for place in range(len(pins.agent)) if place not in dropped]
    return Pins(agent=pins.agent[kept], row=pins.row[kept])
