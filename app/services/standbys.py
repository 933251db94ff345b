"""Who stands by: as few people as make it likely enough that every booked seat of each project is worked.

How likely is reckoned by `scheduling.matching.pooled_cover`, from everybody's chance to be still here and to
come (`app.queries.chances`). In each slot a project is linked to a larger one with which it shares many
certified people; its standbys are chosen among those first, and help there when nobody is missing at home.
The matcher chooses, under the same hard rules as for seats; then whoever the target does not need is let go.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from app.clock import BUSINESS_ZONE
from app.pay_rules import STANDBY_FEN_AN_HOUR
from app.queries.chances import AgentChances
from app.queries.columns import MICROSECONDS_A_MINUTE, Column, places_of
from app.services.match_certificates import Certified
from app.services.match_pins import Held
from app.services.match_problem import STANDBY_POINTS, LoadedProblem, make_problem
from app.services.standby_links import find_links, is_certified
from app.services.standby_runs import keep_whole_runs
from scheduling.matching.pooled_cover import (
    NOBODY,
    People,
    Place,
    assess_cover,
    choose_standbys,
    size_cover,
)
from scheduling.matching.solution import Solution
from scheduling.matching.solver import solve

# What the matcher adds for a person's chance to come, and for the certificate of the linked project.
SURENESS_POINTS = 100
SHARED_POINTS = 60
# Parts of the time: what the first search could not find, or found too little of, is looked for again.
ROUNDS = (0.6, 0.4)
# Nobody is worth asking for a project that would need this many standbys beyond one a seat.
MOST_BEYOND_SEATS = 10
CLOSE_ENOUGH_GAP = 0.005


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class RotaCover:
    """Columns over the real demand rows: people in seats, standbys, how many would be needed if projects did
    not share them, the row they help next, the chance that all booked seats are worked, and what standing by
    will cost.
    """

    target: float
    seated: Column
    standbys: Column
    alone: Column
    helps: Column
    chance: Column
    cost_fen: Column

    @property
    def below(self) -> int:
        """How many rows do not reach the target."""
        return int((self.chance < self.target).sum())


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class StandbyPlan:
    """Who stands by where (agents and demand rows, by position), how many were wanted, what it comes to."""

    agent: Column
    row: Column
    wanted: int
    cover: RotaCover


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Roster:
    """People on demand rows, by position: in seats and standing by, live ones and planned ones alike."""

    seat_agent: Column
    seat_row: Column
    standby_agent: Column
    standby_row: Column

    def with_standbys(self, agent: Column, row: Column) -> Roster:
        return dataclasses.replace(
            self,
            standby_agent=np.concatenate([self.standby_agent, agent]),
            standby_row=np.concatenate([self.standby_row, row]),
        )


def live_roster(loaded: LoadedProblem) -> Roster:
    """Return the people of live shifts."""
    live = loaded.read.live
    agent = places_of(live["agent_id"], loaded.agent_ids)
    row = rows_of(loaded, live["project_id"], live["slot_id"])
    known, staffs = (agent >= 0) & (row >= 0), live["staffs"] == 1
    seated, standing_by = known & staffs, known & ~staffs
    return Roster(
        seat_agent=agent[seated],
        seat_row=row[seated],
        standby_agent=agent[standing_by],
        standby_row=row[standing_by],
    )


def rows_of(loaded: LoadedProblem, project_ids: Column, slot_ids: Column) -> Column:
    """Return the demand row of each project and slot, -1 for those that have none."""
    projects, slots = np.unique(loaded.project_ids), np.unique(loaded.slot_ids)
    keys = places_of(loaded.project_ids, projects) * len(slots) + places_of(loaded.slot_ids, slots)
    order = np.argsort(keys)
    project, slot = places_of(project_ids, projects), places_of(slot_ids, slots)
    wanted = np.where((project >= 0) & (slot >= 0), project * len(slots) + slot, -1)
    found = places_of(wanted, keys[order])
    return np.where(found >= 0, order[found], -1) if len(order) else found


def plan_standbys(
    loaded: LoadedProblem,
    solution: Solution,
    chances: AgentChances,
    *,
    target: float,
    seconds: float,
    seed: int,
    should_stop: Callable[[], bool],
) -> StandbyPlan:
    """Choose standbys among the people whom the plan leaves free.

    A row whose seats could not all be staffed gets standbys for those that are: whoever could stand by for an
    empty seat would have been given it.
    """
    real = solution.demand < loaded.rows
    roster = live_roster(loaded)
    roster = dataclasses.replace(
        roster,
        seat_agent=np.concatenate([roster.seat_agent, solution.agent[real]]),
        seat_row=np.concatenate([roster.seat_row, solution.demand[real]]),
    )
    staffed, most = _staffed(loaded, roster)
    typical = _typical(loaded, chances)
    alone = _alone(loaded, roster, chances, target=target, typical=typical)
    helps = find_links(loaded, alone)
    agents = rows = np.zeros(0, dtype=np.int64)
    missing = 0
    for part in ROUNDS:
        people = _people(loaded, roster, chances, helps)
        wanted = size_cover(staffed, helps, people, typical=typical, target=target, most=most)
        missing = int(wanted.sum())
        if not missing:
            break
        held = _held(loaded, solution.agent[real], solution.demand[real], agents, rows)
        agent, row = _search(
            loaded,
            chances,
            helps,
            wanted,
            held,
            seconds=seconds * part,
            seed=seed,
            should_stop=should_stop,
        )
        candidates = _standbys(loaded, agent, row, chances, helps)
        taken, _ = choose_standbys(staffed, helps, people, candidates, target=target)
        kept = keep_whole_runs(loaded.problem, held, agent, row, taken)
        missing = max(0, missing - len(taken)) + int(taken.sum() - kept.sum())
        agents, rows = np.concatenate([agents, agent[kept]]), np.concatenate([rows, row[kept]])
        roster = roster.with_standbys(agent[kept], row[kept])
    return StandbyPlan(
        agent=agents,
        row=rows,
        wanted=len(agents) + missing,
        cover=_assess(loaded, roster, chances, target=target, alone=alone, helps=helps),
    )


def assess_roster(
    loaded: LoadedProblem, roster: Roster, chances: AgentChances, *, target: float
) -> RotaCover:
    """Return how likely these people make it that all booked seats of each row are worked."""
    alone = _alone(loaded, roster, chances, target=target, typical=_typical(loaded, chances))
    return _assess(loaded, roster, chances, target=target, alone=alone, helps=find_links(loaded, alone))


def _staffed(loaded: LoadedProblem, roster: Roster) -> tuple[Column, Column]:
    """Return how many booked seats of each row somebody has, and the most standbys that are worth asking."""
    staffed = np.minimum(loaded.booked, np.bincount(roster.seat_row, minlength=loaded.rows))
    return staffed, np.where(staffed > 0, staffed + MOST_BEYOND_SEATS, 0)


def _alone(
    loaded: LoadedProblem, roster: Roster, chances: AgentChances, *, target: float, typical: Column
) -> Column:
    """Return how many standbys each row would need if no row helped another."""
    staffed, most = _staffed(loaded, roster)
    nobody = np.full(loaded.rows, NOBODY, dtype=np.int64)
    seats = _seats(loaded, roster, chances)
    return size_cover(staffed, nobody, seats, typical=typical, target=target, most=most)


def _assess(
    loaded: LoadedProblem,
    roster: Roster,
    chances: AgentChances,
    *,
    target: float,
    alone: Column,
    helps: Column,
) -> RotaCover:
    people = _people(loaded, roster, chances, helps)
    starts = loaded.read.demand["starts_at"][roster.standby_row]
    here = chances.to_stay(loaded.agent_ids[roster.standby_agent], starts)
    pay = here * _standby_fen(loaded)[roster.standby_row]
    return RotaCover(
        target=target,
        seated=_staffed(loaded, roster)[0],
        standbys=np.bincount(roster.standby_row, minlength=loaded.rows),
        alone=alone,
        helps=helps,
        chance=assess_cover(loaded.booked, helps, people).chance,
        cost_fen=np.rint(np.bincount(roster.standby_row, weights=pay, minlength=loaded.rows)).astype(
            np.int64
        ),
    )


def cover_totals(cover: RotaCover) -> dict[str, float]:
    """Return what a run's report keeps of its cover."""
    return {
        "target": cover.target,
        "rows": len(cover.chance),
        "below": cover.below,
        "standbys": int(cover.standbys.sum()),
        "alone": int(cover.alone.sum()),
        "cost_fen": int(cover.cost_fen.sum()),
    }


def _standby_fen(loaded: LoadedProblem) -> Column:
    """Return what standing by through each row's slot pays."""
    demand = loaded.read.demand
    minutes = (demand["ends_at"] - demand["starts_at"]) // MICROSECONDS_A_MINUTE
    fen: Column = (minutes * STANDBY_FEN_AN_HOUR + 30) // 60
    return fen


def _seats(loaded: LoadedProblem, roster: Roster, chances: AgentChances) -> People:
    starts = loaded.read.demand["starts_at"][roster.seat_row]
    return People.of(
        roster.seat_row, chances.to_work(loaded.agent_ids[roster.seat_agent], starts), int(Place.SEAT)
    )


def _people(loaded: LoadedProblem, roster: Roster, chances: AgentChances, helps: Column) -> People:
    standbys = _standbys(loaded, roster.standby_agent, roster.standby_row, chances, helps)
    return _seats(loaded, roster, chances).and_also(standbys)


def _standbys(
    loaded: LoadedProblem, agent: Column, row: Column, chances: AgentChances, helps: Column
) -> People:
    starts = loaded.read.demand["starts_at"]
    linked = helps[row]
    shared = (linked != NOBODY) & is_certified(loaded, agent, np.maximum(linked, 0))
    return People.of(
        row,
        chances.to_work(loaded.agent_ids[agent], starts[row]),
        np.where(shared, int(Place.SHARED), int(Place.OWN)),
    )


def _typical(loaded: LoadedProblem, chances: AgentChances) -> Column:
    """Return for each row the mean chance of those certified for it to come: mean show times mean stay."""
    certified, starts = loaded.certified, loaded.read.demand["starts_at"]
    show = chances.to_work(loaded.agent_ids, np.zeros(len(loaded.agent_ids), dtype=np.int64))
    people = np.bincount(certified.part, minlength=certified.parts)
    shows = np.bincount(certified.part, weights=show[certified.agent], minlength=certified.parts)
    times, time_of = np.unique(starts, return_inverse=True)
    stay = [
        float(chances.to_stay(loaded.agent_ids, np.full(len(loaded.agent_ids), time)).mean())
        if len(loaded.agent_ids)
        else 0.0
        for time in times.tolist()
    ]
    mean: Column = (shows / np.maximum(people, 1))[certified.row_part]
    return mean * np.array(stay)[time_of.reshape(-1)] if len(times) else mean


def _held(loaded: LoadedProblem, *placed: Column) -> Held:
    """Return the time that is taken: live shifts, and (agents, rows) placed since."""
    problem, held = loaded.problem, loaded.held
    agents, rows = np.concatenate(placed[::2]), np.concatenate(placed[1::2])
    return Held(
        agent=np.concatenate([held.agent, agents]),
        start=np.concatenate([held.start, problem.demand_start[rows]]),
        end=np.concatenate([held.end, problem.demand_end[rows]]),
    )


def _search(
    loaded: LoadedProblem,
    chances: AgentChances,
    helps: Column,
    wanted: Column,
    held: Held,
    *,
    seconds: float,
    seed: int,
    should_stop: Callable[[], bool],
) -> tuple[Column, Column]:
    """Let the matcher choose so many standbys of each row, sure and shared ones rather than others."""
    further = make_problem(
        loaded.read,
        origin=loaded.problem.origin.replace(tzinfo=BUSINESS_ZONE),
        season=(loaded.problem.first_day, loaded.problem.last_day),
        certified=_scored(loaded, chances, helps),
        held=held,
        seats=wanted,
        value=np.full(loaded.rows, STANDBY_POINTS, dtype=np.int64),
    )
    found = solve(further, seconds=seconds, gap=CLOSE_ENOUGH_GAP, seed=seed, should_stop=should_stop)
    chosen = found.demand < loaded.rows
    return found.agent[chosen], found.demand[chosen]


def _scored(loaded: LoadedProblem, chances: AgentChances, helps: Column) -> Certified:
    """Return who may stand by for what: one part for each pair of a row's part and its linked row's."""
    certified = loaded.certified
    linked_part = np.where(helps == NOBODY, -1, certified.row_part[np.maximum(helps, 0)])
    pairs, pair_of = np.unique(np.stack([certified.row_part, linked_part]), axis=1, return_inverse=True)
    sure = np.rint(
        SURENESS_POINTS * chances.to_work(loaded.agent_ids, np.zeros(len(loaded.agent_ids), dtype=np.int64))
    ).astype(np.int64)
    blocked = np.isin(
        certified.agent * max(1, certified.parts) + certified.part,
        certified.blocked_agent * max(1, certified.parts) + certified.blocked_part,
    )
    agent, part = certified.agent[~blocked], certified.part[~blocked]
    order = np.argsort(part, kind="stable")
    first = np.searchsorted(part[order], np.arange(certified.parts + 1))
    agents = [agent[order[first[own] : first[own + 1]]] for own in pairs[0].tolist()]
    scores = [
        sure[people] + SHARED_POINTS * np.isin(people, agent[order[first[link] : first[link + 1]]])
        if link >= 0
        else sure[people]
        for people, link in zip(agents, pairs[1].tolist(), strict=True)
    ]
    empty = np.zeros(0, dtype=np.int64)
    return Certified(
        agent=np.concatenate([empty, *agents]),
        part=np.repeat(np.arange(len(agents)), [len(people) for people in agents]),
        score=np.concatenate([empty, *scores]),
        blocked_agent=empty,
        blocked_part=empty,
        row_part=pair_of.reshape(-1),
        parts=len(agents),
    )
