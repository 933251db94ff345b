"""Who gets the hours: hours wished, hours that could be worked, hours given, by person and by group.

Minutes wished are those that somebody offered, within the season. Minutes workable are the most that they
could work of them under their own limits (stretch, rest, day, week, days in a row, days off, weekends) if
every slot of the season had a seat for them: what they can really offer. Minutes given are those of their
shifts. The share is given over workable, so that nobody looks favoured or wronged for limits of their own.

Minutes expected are what somebody would get at the rate of those whose certificates open as many seats. Held
against them, a difference that comes of certificates is told from one that comes of the matcher's choice.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from scheduling.matching.problem import Ints, Problem

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

LEAST_PEOPLE = 5
"""A group of fewer people is not shown: its figures would be those of persons."""

CLASS_PEOPLE, MOST_CLASSES = 50, 10
"""People whose certificates open about as many seats make a class; in a smaller one a group that is wronged
would be measured by itself."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Minutes:
    """Minutes by agent, in the order of the problem's agents."""

    wished: Ints
    workable: Ints
    given: Ints
    expected: Ints


class Sums(NamedTuple):
    """People and their minutes added up; `expected` is None where nobody reckoned it."""

    people: int
    wished: int
    workable: int
    given: int
    expected: int | None = None

    @property
    def share(self) -> float | None:
        """Return minutes given per minute that could be worked; None where nothing could be."""
        return self.given / self.workable if self.workable else None

    @property
    def expected_share(self) -> float | None:
        """Return the share that people with as many seats open to them get; None where it is not known."""
        return self.expected / self.workable if self.workable and self.expected is not None else None

    @property
    def beyond_expected(self) -> float | None:
        """Return how much more was given than expected, as a part of it; below 0 less."""
        return self.given / self.expected - 1 if self.expected else None


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
    return Minutes(
        wished=wished_minutes(problem),
        workable=workable_minutes(problem),
        given=given,
        expected=expected_minutes(problem, given),
    )


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
    spans, _ = _spans(problem, rows)
    return _best_plans(problem, spans, np.ones(spans.shape[1]))


def expected_minutes(
    problem: Problem, given: Ints, rows: Ints | None = None, seats: Ints | None = None
) -> Ints:
    """Return the minutes that each agent would be given at the rate of those with as many seats open to them.

    `given` are everybody's minutes in the plan, `rows` the season's demand rows (by position; None for all)
    and `seats` how many were booked in each (None: those of the problem).

    Seats open to somebody are the booked minutes of each project they may work in, divided among all who
    may. People are put into classes by them, of at least CLASS_PEOPLE each. Within a class, minutes given
    are shared out by what each could reach: the best plan under their own limits with each slot weighed by
    its seats for each person open then. (A day on which somebody who rests long could work by night alone
    counts as workable; that the night has few seats is no wrong.) This is indirect standardisation, as
    epidemiology has it.
    """
    spans, span_of = _spans(problem, rows)
    if seats is None:
        seats = problem.demand_seats if rows is None else problem.demand_seats[rows]
    opened = np.zeros(spans.shape[1], dtype=np.int64)
    for place, (start, end) in enumerate(spans.T):
        opened[place] = ((problem.window_start <= start) & (problem.window_end >= end)).sum()
    booked = np.bincount(span_of, weights=seats, minlength=spans.shape[1])
    reach = _best_plans(problem, spans, np.minimum(booked / np.maximum(opened, 1), 1.0))
    classes = _classes(_open_seats(problem, rows, seats), reach > 0)
    per_class = [np.bincount(classes, weights=minutes) for minutes in (given, reach)]
    rate = per_class[0] / np.maximum(per_class[1], 1)
    expected: Ints = np.rint(reach * rate[classes]).astype(np.int64)
    return expected


def _open_seats(problem: Problem, rows: Ints | None, seats: Ints) -> Floats:
    """Return for each agent the booked minutes of their projects, each divided among its certified."""
    starts, ends = _times(problem, rows)
    project = problem.demand_project if rows is None else problem.demand_project[rows]
    projects = len(problem.project_ids)
    minutes = np.zeros(projects)
    np.add.at(minutes, project, seats * (ends - starts))
    holders = np.bincount(problem.cert_project, minlength=projects)
    part = minutes / np.maximum(holders, 1)
    owner = np.repeat(np.arange(problem.agents), np.diff(problem.cert_first))
    found = np.zeros(problem.agents)
    np.add.at(found, owner, part[problem.cert_project])
    return found


def _classes(open_seats: Floats, counted: Bools) -> Ints:
    """Number people by how many seats are open to them, in classes of about as many of those `counted`.

    Those to whom none is open are class 0.
    """
    has_some = open_seats > 0
    counted = counted & has_some
    wanted = int(np.clip(counted.sum() // CLASS_PEOPLE, 1, MOST_CLASSES))
    cuts = np.quantile(open_seats[counted], np.arange(1, wanted) / wanted) if wanted > 1 else np.zeros(0)
    # Equals are never parted: sums of the same parts may differ in their last bits.
    classes: Ints = np.where(has_some, 1 + np.searchsorted(cuts * (1 + 1e-9), open_seats), 0)
    return classes


def _spans(problem: Problem, rows: Ints | None) -> tuple[Ints, Ints]:
    """Return the season's slots as [start, end] by column, and for each row which it is in."""
    spans, span_of = np.unique(np.stack(_times(problem, rows)), axis=1, return_inverse=True)
    return spans, span_of.reshape(-1)


def _best_plans(problem: Problem, spans: Ints, weight: Floats) -> Ints:
    """Return the minutes of each agent's best plan in these slots, a minute of a slot counting its weight.

    As if each slot had a seat for everybody, whatever their certificates.
    """
    minutes = np.zeros(problem.agents, dtype=np.int64)
    lengths = spans[1] - spans[0]
    if not len(lengths) or not problem.agents:
        return minutes
    everybody = np.arange(problem.agents)
    open_season = Problem.from_arrays(
        origin=problem.origin,
        agent_ids=problem.agent_ids,
        max_week_minutes=problem.max_week_minutes,
        max_day_minutes=problem.max_day_minutes,
        max_stretch_minutes=problem.max_stretch_minutes,
        min_rest_minutes=problem.min_rest_minutes,
        max_consecutive_days=problem.max_consecutive_days,
        min_consecutive_days=problem.min_consecutive_days,
        min_days_off=problem.min_days_off,
        max_weekends=problem.max_weekends,
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
    worth = (lengths * weight * plans.SCALE).astype(np.int64)
    prices.value_best_plans(frame, scratch, worth, everybody, minutes)
    in_minutes: Ints = minutes // plans.SCALE
    return in_minutes


def add_up(minutes: Minutes, members: Ints | None = None) -> Sums:
    """Add up the minutes of these agents (by position), or of all."""
    chosen = slice(None) if members is None else members
    wished = minutes.wished[chosen]
    return Sums(
        people=len(wished),
        wished=int(wished.sum()),
        workable=int(minutes.workable[chosen].sum()),
        given=int(minutes.given[chosen].sum()),
        expected=int(minutes.expected[chosen].sum()),
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
