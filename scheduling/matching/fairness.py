"""Who gets the hours: hours wished, hours that could be worked, hours given, by person and by group.

Minutes wished are those that somebody offered, within the season. Minutes workable are the most that they
could work of them under their own limits (stretch, rest, day, week, days in a row) if every slot of the
season had a seat for them: what they can really offer. Minutes given are those of their shifts. The share is
given over workable, so that nobody looks favoured or wronged for limits of their own.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from scheduling.matching.problem import Ints, Problem

LEAST_PEOPLE = 5
"""A group of fewer people is not shown: its figures would be those of persons."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Minutes:
    """Minutes by agent, in the order of the problem's agents."""

    wished: Ints
    workable: Ints
    given: Ints


class Sums(NamedTuple):
    """People and their minutes added up."""

    people: int
    wished: int
    workable: int
    given: int

    @property
    def share(self) -> float | None:
        """Return minutes given per minute that could be worked; None where nothing could be."""
        return self.given / self.workable if self.workable else None


@dataclasses.dataclass(frozen=True, kw_only=True)
class GroupShare:
    """One group of a kind. `sums` is None for a group that is too small to be shown."""

    kind: str
    group: str
    people: int
    sums: Sums | None


def count_minutes(problem: Problem, *, agent: Ints, demand: Ints) -> Minutes:
    """Count everybody's minutes in a plan: `agent[k]` works demand row `demand[k]`; pins are part of it."""
    lengths = problem.demand_end - problem.demand_start
    given = np.zeros(problem.agents, dtype=np.int64)
    np.add.at(given, agent, lengths[demand])
    return Minutes(wished=wished_minutes(problem), workable=workable_minutes(problem), given=given)


def wished_minutes(problem: Problem, rows: Ints | None = None) -> Ints:
    """Return the minutes that each agent offered between the first start and the last end of the season.

    The season are the demand rows `rows` (by position), or all of them.
    """
    wished = np.zeros(problem.agents, dtype=np.int64)
    starts, ends = _times(problem, rows)
    if not len(starts):
        return wished
    first, last = int(starts.min()), int(ends.max())
    owner = np.repeat(np.arange(problem.agents), np.diff(problem.window_first))
    start = np.clip(problem.window_start, first, last)
    end = np.clip(problem.window_end, first, last)
    # Windows of one person may overlap: what an earlier one reached counts once. They come sorted by start.
    width = last + 1
    reached = np.maximum.accumulate(owner * width + end) - owner * width
    before = np.zeros(len(owner), dtype=np.int64)
    before[1:] = np.where(owner[1:] == owner[:-1], reached[:-1], 0)
    np.add.at(wished, owner, np.maximum(end - np.maximum(start, before), 0))
    return wished


def _times(problem: Problem, rows: Ints | None) -> tuple[Ints, Ints]:
    chosen = slice(None) if rows is None else rows
    return problem.demand_start[chosen], problem.demand_end[chosen]


def workable_minutes(problem: Problem, rows: Ints | None = None) -> Ints:
    """Return the most minutes each agent could work in the season's slots under their own limits.

    As if each slot had a seat for everybody, whatever their certificates: what remains is each person's best
    plan. The season's slots are those of the demand rows `rows` (by position), or of all. Pins count nothing.
    """
    workable = np.zeros(problem.agents, dtype=np.int64)
    starts, ends = _times(problem, rows)
    if not len(starts) or not problem.agents:
        return workable
    spans = np.unique(np.stack([starts, ends]), axis=1)
    lengths = spans[1] - spans[0]
    everybody = np.arange(problem.agents)
    open_season = Problem.from_arrays(
        origin=problem.origin,
        agent_ids=problem.agent_ids,
        max_week_minutes=problem.max_week_minutes,
        max_day_minutes=problem.max_day_minutes,
        max_stretch_minutes=problem.max_stretch_minutes,
        min_rest_minutes=problem.min_rest_minutes,
        max_consecutive_days=problem.max_consecutive_days,
        project_ids=["any"],
        cert_agent=everybody,
        cert_project=np.zeros(problem.agents, dtype=np.int64),
        cert_score=np.zeros(problem.agents, dtype=np.int64),
        window_agent=np.repeat(everybody, np.diff(problem.window_first)),
        window_start=problem.window_start,
        window_end=problem.window_end,
        window_preference=np.zeros(len(problem.window_start), dtype=np.int64),
        demand_ids=[str(number) for number in range(len(lengths))],
        demand_project=np.zeros(len(lengths), dtype=np.int64),
        demand_start=spans[0],
        demand_end=spans[1],
        demand_seats=np.full(len(lengths), problem.agents),
        demand_value=lengths,
    )
    # Nobody competes for anything here: each person's best plan by itself is what they could work.
    # The compiled code is loaded when it is first used, so that importing this module stays cheap.
    layout = importlib.import_module("scheduling.matching.layout").lay_out(open_season)
    prices = importlib.import_module("scheduling.matching.prices")
    plans = importlib.import_module("scheduling.matching.plans")
    frame, scratch = plans.make_frame(layout, round_up=True), plans.make_scratch(layout)
    prices.value_best_plans(frame, scratch, lengths * plans.SCALE, everybody, workable)
    minutes: Ints = workable // plans.SCALE
    return minutes


def add_up(minutes: Minutes, members: Ints | None = None) -> Sums:
    """Add up the minutes of these agents (by position), or of all."""
    chosen = slice(None) if members is None else members
    wished = minutes.wished[chosen]
    return Sums(
        people=len(wished),
        wished=int(wished.sum()),
        workable=int(minutes.workable[chosen].sum()),
        given=int(minutes.given[chosen].sum()),
    )


def share_by_group(
    minutes: Minutes, groups: Mapping[tuple[str, str], Sequence[int]], *, least: int = LEAST_PEOPLE
) -> list[GroupShare]:
    """Return every group (kind, name) with its sums, by kind and name; `groups` names agents by position.

    Of small groups only the number of people is told, as `hide_small` has it.
    """
    sums = {key: add_up(minutes, np.asarray(members)) for key, members in groups.items()}
    return hide_small(((kind, group, found) for (kind, group), found in sums.items()), least=least)


def hide_small(rows: Iterable[tuple[str, str, Sums]], *, least: int = LEAST_PEOPLE) -> list[GroupShare]:
    """Take out the figures of groups (kind, name, sums) of fewer than `least` people.

    Where the hidden groups of a kind are together still fewer than that, the smallest of the others is hidden
    too: everybody less the shown would tell what is hidden.
    """
    by_kind: dict[str, list[tuple[str, Sums]]] = defaultdict(list)
    for kind, group, found in rows:
        by_kind[kind].append((group, found))
    result: list[GroupShare] = []
    for kind, members in sorted(by_kind.items()):
        by_size = sorted(members, key=lambda member: (member[1].people, member[0]))
        hidden: set[str] = set()
        people = 0
        for group, found in by_size:
            if found.people >= least and (people == 0 or people >= least):
                break
            hidden.add(group)
            people += found.people
        result += [
            GroupShare(kind=kind, group=group, people=found.people, sums=None if group in hidden else found)
            for group, found in sorted(members)
        ]
    return result
