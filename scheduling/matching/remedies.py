"""What would fill empty seats: train people, ask people for a time they did not offer, or raise the offer.

Training and asking are proven by construction: the people counted keep every shift of the plan and can work
the seats counted, every hard rule kept. Raising is proven too: beyond the points named, moving the people
counted is worth more than what they give up. docs/measures.md has the definitions.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from scheduling.matching.advice import Remedies, Remedy, RemedyKind, RowRemedies
from scheduling.matching.bids import Bids
from scheduling.matching.explain import POINT
from scheduling.matching.holdings import Flags, Holdings
from scheduling.matching.obstacles import Times, limits_of, obstacles_of_time
from scheduling.matching.problem import Ints
from scheduling.matching.room import FREE, TOO_LONG, Room

MOST_BIDS = 20_000
"""Most bids asked for in one report: about three seconds of computing."""
TRIED_A_SEAT = 5
TRIED_AT_LEAST = 50
"""How many people are tried for a project's empty seats: those who could work most of its rows come first."""

MayLearn = Callable[[int], Flags]


def find_remedies(
    holdings: Holdings,
    *,
    group_of: Ints | None = None,
    may_learn: MayLearn | None = None,
    most_bids: int = MOST_BIDS,
) -> Remedies:
    """Find what would fill the empty seats of a plan.

    `group_of` names the project by demand row where one project is several in the problem; `may_learn` says
    of a row's project, by agent, who may be certified for it (everybody not blocked, when not given).
    """
    finder = _Finder(holdings, group_of, may_learn)
    if not len(finder.short):
        return Remedies(rows={}, advice=())
    raises = finder.raises(most_bids)
    return Remedies(
        rows={
            row: RowRemedies(
                empty=int(finder.empty[row]),
                trainable=len(finder.people(RemedyKind.TRAIN, row)),
                askable=len(finder.people(RemedyKind.ASK, row)),
                movable=raises[row].movable,
                raise_first=raises[row].first,
                raise_all=raises[row].all,
            )
            for row in finder.short.tolist()
        },
        advice=finder.advice(),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Raise:
    movable: int
    first: int | None = None
    all: int | None = None


class _Finder:
    """Knows who could work each short row, and tries sets of people."""

    def __init__(self, holdings: Holdings, group_of: Ints | None, may_learn: MayLearn | None) -> None:
        problem = holdings.problem
        self.holdings, self.problem = holdings, problem
        self.group_of = problem.demand_project if group_of is None else group_of
        self.empty = holdings.empty_seats()
        self.short = np.flatnonzero(self.empty > 0)
        self._room = Room(holdings, self.short)
        self._may_learn = may_learn or (lambda _: np.ones(problem.agents, dtype=bool))
        self._people: dict[tuple[RemedyKind, int], Ints] = {}
        self._worths: dict[int, tuple[Ints, int]] = {}

    def people(self, kind: RemedyKind, row: int) -> Ints:
        """Return who could work a row beside their plan once they are certified, or offer the time."""
        key = kind, row
        if key not in self._people:
            certified = np.zeros(self.problem.agents, dtype=bool)
            certified[self.holdings.certified_for(row)] = True
            fits, is_open = self._room.obstacles(row) == FREE, self._room.is_open(row)
            if kind is RemedyKind.TRAIN:
                may = is_open & ~certified & self._may_learn(row) & ~self._blocked(row)
            else:
                may = certified & ~is_open
            self._people[key] = np.flatnonzero(fits & may)
        return self._people[key]

    def _blocked(self, row: int) -> Flags:
        blocked = np.zeros(self.problem.agents, dtype=bool)
        is_project = self.problem.block_project == self.problem.demand_project[row]
        blocked[self.problem.block_agent[is_project]] = True
        return blocked

    def raises(self, most_bids: int) -> dict[int, _Raise]:
        """Return for each short row what its seats would have to be worth more, emptiest rows first while the
        bids last.
        """
        bids: Bids | None = None
        found = {}
        for row in sorted(self.short.tolist(), key=lambda row: (-self.empty[row], row)):
            certified = self.holdings.certified_for(row)
            people = certified[self._room.is_open(row)[certified]]
            fits = self._room.obstacles(row)[people] != TOO_LONG
            movable = np.setdiff1d(people[fits], self.holdings.people_on(row))
            most_bids -= len(movable)
            if most_bids < 0 or not len(movable):
                found[row] = _Raise(movable=len(movable))
                continue
            bids = bids or Bids(self.problem, self.holdings.scaled_price)
            costs = [self._cost(bids, agent, row) for agent in movable.tolist()]
            known = sorted(cost for cost in costs if cost is not None)
            wanted = int(self.empty[row])
            found[row] = _Raise(
                movable=len(known),
                first=known[0] if known else None,
                all=known[wanted - 1] if len(known) >= wanted else None,
            )
        return found

    def _cost(self, bids: Bids, agent: int, row: int) -> int | None:
        """Return how many points somebody gives up for a row beyond what they bring there; None where shifts
        that stay leave no room for it.
        """
        own, worth = self._own(agent)
        with_it = bids.best_with(agent, row, own)
        return None if with_it is None else max(0, worth - with_it // POINT)

    def _own(self, agent: int) -> tuple[Ints, int]:
        """Return the rows that the plan gives somebody beside what stays, and their worth in points."""
        if agent not in self._worths:
            own = np.setdiff1d(self.holdings.rows_of(agent), self.holdings.pinned_rows_of(agent))
            points = sum(self.holdings.points(agent, other) or 0 for other in own.tolist())
            self._worths[agent] = own, points + int(self.problem.demand_value[own].sum())
        return self._worths[agent]

    def advice(self) -> tuple[Remedy, ...]:
        """Return what to do, best first: always the remedy that fills most of what is still empty."""
        rows_of: dict[int, list[int]] = defaultdict(list)
        for row in self.short.tolist():
            rows_of[int(self.group_of[row])].append(row)
        left = {row: int(self.empty[row]) for row in self.short.tolist()}
        added: dict[int, list[Times]] = {}
        # What a remedy fills only shrinks as others come before it, so an old figure is a limit.
        queue = [
            (-sum(left[row] for row in rows), place, project)
            for project, rows in rows_of.items()
            for place, _ in enumerate(RemedyKind)
        ]
        heapq.heapify(queue)
        found = []
        while queue:
            _, place, project = heapq.heappop(queue)
            kind = tuple(RemedyKind)[place]
            trial = _fill(self, kind, rows_of[project], left, added)
            if not trial:
                continue
            fills = sum(len(rows) for rows in trial.values())
            if queue and -queue[0][0] > fills:
                heapq.heappush(queue, (-fills, place, project))
                continue
            pairs = [(agent, row) for agent, rows in trial.items() for row in rows]
            for agent, row in pairs:
                added.setdefault(agent, []).append(self.holdings.time_of(row))
                left[row] -= 1
            agent_ids, demand_ids = self.problem.agent_ids, self.problem.demand_ids
            found.append(
                Remedy(
                    kind=kind,
                    project_id=self.problem.project_ids[self.problem.demand_project[rows_of[project][0]]],
                    pairs=tuple(pairs),
                    named=tuple((agent_ids[agent], demand_ids[row]) for agent, row in pairs),
                )
            )
        return tuple(found)


def _fill(
    finder: _Finder,
    kind: RemedyKind,
    rows: Sequence[int],
    left: Mapping[int, int],
    added: Mapping[int, Sequence[Times]],
) -> dict[int, list[int]]:
    """Return people with the rows each could work, few people first: those who can work most."""
    open_rows = [row for row in rows if left[row] > 0]
    able = {row: finder.people(kind, row) for row in open_rows}
    if not open_rows:
        return {}
    rows_each = np.bincount(np.concatenate(list(able.values())), minlength=finder.problem.agents)
    most = TRIED_AT_LEAST + TRIED_A_SEAT * sum(left[row] for row in open_rows)
    tried = np.zeros(len(rows_each), dtype=bool)
    tried[np.argsort(-rows_each, kind="stable")[:most]] = True
    rows_for: dict[int, list[int]] = defaultdict(list)
    for row in sorted(open_rows, key=lambda row: finder.holdings.time_of(row)):
        for agent in able[row][tried[able[row]]].tolist():
            rows_for[agent].append(row)
    room = {row: left[row] for row in open_rows}
    queue = [(-len(mine), agent) for agent, mine in rows_for.items()]
    heapq.heapify(queue)
    chosen: dict[int, list[int]] = {}
    while queue and any(room.values()):
        _, agent = heapq.heappop(queue)
        mine = _fitting(finder.holdings, agent, (row for row in rows_for[agent] if room[row]), added)
        if not mine:
            continue
        if queue and -queue[0][0] > len(mine):
            heapq.heappush(queue, (-len(mine), agent))
            continue
        chosen[agent] = mine
        for row in mine:
            room[row] -= 1
    return chosen


def _fitting(
    holdings: Holdings, agent: int, rows: Iterable[int], added: Mapping[int, Sequence[Times]]
) -> list[int]:
    """Return which of the rows one agent can work together beside what they hold, taken in turn: whether the
    remedies before this one are applied or not. What these add may fill a break that is too short otherwise.
    """
    alone = holdings.times_of(agent)
    plans = [alone, [*alone, *added[agent]]] if agent in added else [alone]
    limits = limits_of(holdings.problem, agent)
    taken = []
    for row in rows:
        wanted = holdings.time_of(row)
        if not any(obstacles_of_time(held, wanted, limits) for held in plans):
            for held in plans:
                held.append(wanted)
            taken.append(row)
    return taken
