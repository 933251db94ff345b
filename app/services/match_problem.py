"""From the tables to the matcher's problem: who may sit where, and what each seat and person is worth.

The points, all whole numbers:

- a seat counts 1,000 + its price in yuan (at most 1,000): an empty seat always costs more than any choice
  between people, and where people are too few the dearer seat is filled first;
- the person counts their standing (0 to 100), 6 for each shift worked for this merchant before (up to 60),
  and 3 for each point of preference they gave the time (0 to 30).

Live shifts, offers among them, stay as they are: their seats are not in the problem any more, and they take
the person's time and count against every limit; of the days in a row and the days off that somebody wants
they excuse what they are part of. A season's first and last day are the horizon's, whoever and whatever is
read. Who may work where, and what their standing and their past
shifts are worth, is `app.services.match_certificates`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

import numpy as np
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.minor_rules import day_stretches
from app.models import PeakEvent, ServiceLine
from app.queries.columns import Column, minutes_since, places_of, uuid_of
from app.queries.match_input import LINES, MatchInput, read_match_input
from app.services.match_certificates import Certified, certified_people
from app.services.match_pins import NO_PINS, Held, Pins, drop_pins, drop_short_runs, read_pins
from app.services.time_rules import Days, most_weekends, season_days
from scheduling.matching.problem import MINUTES_PER_DAY, NO_WEEKEND_LIMIT, Problem, ProblemError

SEAT_POINTS = 1000
MOST_PRICE_POINTS = 1000
POINTS_A_PREFERENCE = 3
STANDBY_POINTS = 1000

HELD = "held"
# Shifts of the two weeks before the season still count for rest and for days in a row.
LOOK_BACK = dt.timedelta(days=14)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class LoadedProblem:
    """The problem with the way back to the tables.

    `rows` says how many demand rows are real: the rest stand for held time. `project_ids`, `slot_ids` and
    `lines` are those of the real rows; `booked` and `staffed` are their seats in all and those filled by live
    shifts. `frozen` counts people whose live shifts break their own limits: they get no further shift.
    `pins` are the people whom operations put on a seat; `pins_dropped` were left out since they break a rule.
    """

    problem: Problem
    rows: int
    agent_ids: Column
    project_ids: Column
    slot_ids: Column
    lines: Column
    booked: Column
    staffed: Column
    standing_by: Column
    held: Held
    frozen: int
    certified: Certified
    read: MatchInput
    pins: Pins
    pins_dropped: int

    def row_of(self, project_id: uuid.UUID, slot_id: uuid.UUID) -> int | None:
        """Return the demand row of a project and slot, or None when the problem has none."""
        name = row_name(project_id, slot_id)
        names = self.problem.demand_ids[: self.rows]
        return names.index(name) if name in names else None

    def line_of(self, row: int) -> ServiceLine:
        return LINES[int(self.lines[row])]


def row_name(project_id: uuid.UUID, slot_id: uuid.UUID) -> str:
    """Return the id of a demand row."""
    return f"{project_id}/{slot_id}"


def origin_of(event: PeakEvent) -> dt.datetime:
    """Return the Monday 00:00, in the business's zone, from which a season's minutes count."""
    first = event.starts_on - LOOK_BACK
    monday = first - dt.timedelta(days=first.weekday())
    return dt.datetime.combine(monday, dt.time(0), tzinfo=BUSINESS_ZONE)


def load_problem(
    session: Session,
    event: PeakEvent,
    *,
    now: dt.datetime,
    agent_ids: Sequence[uuid.UUID] | None = None,
    project_ids: Sequence[uuid.UUID] | None = None,
    without_run: uuid.UUID | None = None,
    with_pins: bool = False,
) -> LoadedProblem:
    """Read a season and make its problem; with `agent_ids` or `project_ids`, of these people or projects
    only; with `without_run`, as if that run's offers had not been made; with `with_pins`, with those whom
    operations put on a seat there to stay.

    Raises ProblemError when the tables hold what no problem can (an end before its start and the like).
    """
    origin = origin_of(event)
    read = read_match_input(
        session,
        event.id,
        since=origin.astimezone(dt.UTC),
        now=now,
        agent_ids=agent_ids,
        project_ids=project_ids,
        without_run=without_run,
    )
    pins = read_pins(session, event.id, read, now=now) if with_pins else NO_PINS
    return build_problem(read, origin=origin, season=season_days(event, origin), pins=pins)


def build_problem(
    read: MatchInput, *, origin: dt.datetime, season: Days, pins: Pins = NO_PINS
) -> LoadedProblem:
    """Make the problem of what was read.

    Pins that break a rule by now, or make no run of days as long as their person wants, are dropped. People
    whose live shifts break their own limits even so (a need written down after the shift was accepted) keep
    what they have and get nothing new.
    """
    names = [str(uuid_of(raw)) for raw in read.agents["id"]]
    rows = [
        row_name(uuid_of(project), uuid_of(slot))
        for project, slot in zip(read.demand["project_id"], read.demand["slot_id"], strict=True)
    ]
    frozen: set[str] = set()
    held = _held_time(read, origin=origin)
    kept = pins
    while True:
        kept = drop_short_runs(kept, read, held=held, origin=origin, season=season)
        try:
            loaded = _build(read, origin=origin, season=season, names=names, frozen=frozen, pins=kept)
        except ProblemError as error:
            found = {fault.agent_id for fault in error.faults if fault.agent_id}
            fewer = drop_pins(kept, error.faults, agents=names, rows=rows)
            is_mended = len(fewer.agent) < len(kept.agent) or bool(found - frozen)
            if any(fault.table != "pinned" for fault in error.faults) or not is_mended:
                raise
            if len(fewer.agent) == len(kept.agent):
                frozen |= found
            kept = fewer
        else:
            return dataclasses.replace(loaded, pins_dropped=len(pins.agent) - len(kept.agent))


def _build(
    read: MatchInput,
    *,
    origin: dt.datetime,
    season: Days,
    names: Sequence[str],
    frozen: set[str],
    pins: Pins,
) -> LoadedProblem:
    """Make the problem; raises ProblemError as `Problem` does."""
    held = _held_time(read, origin=origin)
    is_frozen = np.isin(np.array(names, dtype=object), list(frozen)) if frozen else np.zeros(len(names), bool)
    live_held = Held(
        agent=held.agent[~is_frozen[held.agent]],
        start=held.start[~is_frozen[held.agent]],
        end=held.end[~is_frozen[held.agent]],
    )
    certified = certified_people(read)
    allowed = ~is_frozen[certified.agent]
    certified = dataclasses.replace(
        certified,
        agent=certified.agent[allowed],
        part=certified.part[allowed],
        score=certified.score[allowed],
    )
    staffed = _live_on(read, staffs=True)
    demand = read.demand
    value = SEAT_POINTS + np.minimum(demand["price_fen"] // 100, MOST_PRICE_POINTS)
    problem = make_problem(
        read,
        origin=origin,
        season=season,
        certified=certified,
        held=live_held,
        seats=np.maximum(demand["seats"] - staffed, 0),
        value=value,
        pins=pins,
    )
    return LoadedProblem(
        problem=problem,
        rows=len(demand["seats"]),
        agent_ids=read.agents["id"],
        project_ids=demand["project_id"],
        slot_ids=demand["slot_id"],
        lines=demand["line"],
        booked=demand["seats"],
        staffed=np.minimum(staffed, demand["seats"]),
        standing_by=_live_on(read, staffs=False),
        held=live_held,
        frozen=len(frozen),
        certified=certified,
        read=read,
        pins=pins,
        pins_dropped=0,
    )


def make_problem(
    read: MatchInput,
    *,
    origin: dt.datetime,
    season: Days,
    certified: Certified,
    held: Held,
    seats: Column,
    value: Column,
    pins: Pins = NO_PINS,
) -> Problem:
    """Put the columns together; held time becomes pins on rows of its own, in windows of its own."""
    agents, demand = read.agents, read.demand
    windows = _windows(read, origin=origin)
    spans, span_of = np.unique(np.stack([held.start, held.end]), axis=1, return_inverse=True)
    span_of = span_of.reshape(-1)
    rows = len(demand["seats"])
    holders = np.unique(held.agent)
    names = [
        row_name(uuid_of(project), uuid_of(slot))
        for project, slot in zip(demand["project_id"], demand["slot_id"], strict=True)
    ]
    return Problem.from_arrays(
        origin=origin.replace(tzinfo=None),
        agent_ids=[str(uuid_of(raw)) for raw in agents["id"]],
        max_week_minutes=agents["max_week_minutes"],
        max_day_minutes=agents["max_day_minutes"],
        max_stretch_minutes=agents["max_stretch_minutes"],
        min_rest_minutes=agents["min_rest_minutes"],
        max_consecutive_days=agents["max_consecutive_days"],
        min_consecutive_days=agents["min_consecutive_days"],
        min_days_off=agents["min_days_off"],
        max_weekends=_most_weekends(agents["max_weekends"], held, season=season),
        project_ids=[*(f"part {part}" for part in range(certified.parts)), HELD],
        cert_agent=np.concatenate([certified.agent, holders]),
        cert_project=np.concatenate([certified.part, np.full(len(holders), certified.parts)]),
        cert_score=np.concatenate([certified.score, np.zeros(len(holders), dtype=np.int64)]),
        window_agent=np.concatenate([windows["agent"], held.agent]),
        window_start=np.concatenate([windows["start"], held.start]),
        window_end=np.concatenate([windows["end"], held.end]),
        window_preference=np.concatenate([windows["points"], np.zeros(len(held.agent), dtype=np.int64)]),
        demand_ids=[*names, *(f"{HELD}/{start}-{end}" for start, end in spans.T.tolist())],
        demand_project=np.concatenate([certified.row_part, np.full(spans.shape[1], certified.parts)]),
        demand_start=np.concatenate([minutes_since(demand["starts_at"], origin), spans[0]]),
        demand_end=np.concatenate([minutes_since(demand["ends_at"], origin), spans[1]]),
        demand_seats=np.concatenate([seats, np.bincount(span_of, minlength=spans.shape[1])]),
        demand_value=np.concatenate([value, np.zeros(spans.shape[1], dtype=np.int64)]),
        block_agent=certified.blocked_agent,
        block_project=certified.blocked_part,
        pin_agent=np.concatenate([held.agent, pins.agent]),
        pin_demand=np.concatenate([rows + span_of, pins.row]),
        horizon=season,
    )


def _most_weekends(own: Column, held: Held, *, season: Days) -> Column:
    """Return on how many weekends in all each agent may work, those outside the season among them."""
    most = own.copy()
    day = held.start // MINUTES_PER_DAY
    for agent in np.intersect1d(np.flatnonzero(own < NO_WEEKEND_LIMIT), held.agent).tolist():
        days = day[held.agent == agent].tolist()
        most[agent] = most_weekends(int(own[agent]), days, season=season)
    return most


def _windows(read: MatchInput, *, origin: dt.datetime) -> dict[str, Column]:
    offered = read.availability
    agent = places_of(offered["agent_id"], read.agents["id"])
    known = agent >= 0
    windows = {
        "agent": agent[known],
        "start": np.maximum(minutes_since(offered["starts_at"][known], origin), 0),
        "end": np.maximum(minutes_since(offered["ends_at"][known], origin), 1),
        "points": offered["preference"][known] * POINTS_A_PREFERENCE,
    }
    return _without_nights(windows, minutes_since(read.agents["minor_until"], origin))


def _without_nights(windows: dict[str, Column], minor_until: Column) -> dict[str, Column]:
    """Cut the nights out of the windows of those who are minors then: few people, so one by one."""
    of_minor = windows["start"] < minor_until[windows["agent"]]
    parts = [
        (place, start, end)
        for place in np.flatnonzero(of_minor).tolist()
        for start, end in day_stretches(
            int(windows["start"][place]),
            int(windows["end"][place]),
            until=int(minor_until[windows["agent"][place]]),
        )
    ]
    place, start, end = np.array(parts, dtype=np.int64).reshape(-1, 3).T
    whole = {name: column[~of_minor] for name, column in windows.items()}
    return {
        "agent": np.concatenate([whole["agent"], windows["agent"][place]]),
        "start": np.concatenate([whole["start"], start]),
        "end": np.concatenate([whole["end"], end]),
        "points": np.concatenate([whole["points"], windows["points"][place]]),
    }


def _held_time(read: MatchInput, *, origin: dt.datetime) -> Held:
    live = read.live
    agent = places_of(live["agent_id"], read.agents["id"])
    known = agent >= 0
    return Held(
        agent=agent[known],
        start=minutes_since(live["starts_at"][known], origin),
        end=minutes_since(live["ends_at"][known], origin),
    )


def minutes_held(loaded: LoadedProblem, *, first: int, last: int) -> Column:
    """Return each person's minutes of live formal shifts that begin from minute `first` to before `last`.

    Those of frozen people are among them.
    """
    origin = loaded.problem.origin.replace(tzinfo=BUSINESS_ZONE)
    held = _held_time(loaded.read, origin=origin)
    known = places_of(loaded.read.live["agent_id"], loaded.read.agents["id"]) >= 0
    staffs = loaded.read.live["staffs"][known] == 1
    counted = staffs & (held.start >= first) & (held.start < last)
    minutes = np.zeros(loaded.problem.agents, dtype=np.int64)
    np.add.at(minutes, held.agent[counted], held.end[counted] - held.start[counted])
    return minutes


def _live_on(read: MatchInput, *, staffs: bool) -> Column:
    """Return how many live shifts of people still with us each demand row has: in seats, or standing by."""
    demand, live = read.demand, read.live
    counts = np.zeros(len(demand["seats"]), dtype=np.int64)
    counted = (live["staffs"] == int(staffs)) & (places_of(live["agent_id"], read.agents["id"]) >= 0)
    if not counted.any() or not len(counts):
        return counts
    projects, slots = np.unique(demand["project_id"]), np.unique(demand["slot_id"])
    keys = places_of(demand["project_id"], projects) * len(slots) + places_of(demand["slot_id"], slots)
    project = places_of(live["project_id"][counted], projects)
    slot = places_of(live["slot_id"][counted], slots)
    wanted = (project * len(slots) + slot)[(project >= 0) & (slot >= 0)]
    order = np.argsort(keys)
    found = places_of(wanted, keys[order])
    np.add.at(counts, order[found[found >= 0]], 1)
    return counts
