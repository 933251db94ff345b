"""Goes over a plan from scratch: plain Python over ids and dates, sharing no code with what made the plan.

Each rule is a function named as people would say it, and yields what breaks it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

MINUTE = dt.timedelta(minutes=1)
SATURDAY = 6


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One agent's limits. `max_day_minutes` and `max_weekends` None mean no limit."""

    id: str
    max_week_minutes: int
    max_stretch_minutes: int
    min_rest_minutes: int
    max_consecutive_days: int
    max_day_minutes: int | None = None
    min_consecutive_days: int = 1
    min_days_off: int = 1
    max_weekends: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A time in which an agent may work, in local time."""

    start: dt.datetime
    end: dt.datetime
    preference: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """A demand row: so many seats of one project over one stretch of local time."""

    id: str
    project_id: str
    start: dt.datetime
    end: dt.datetime
    seats: int
    value: int

    @property
    def minutes(self) -> int:
        return (self.end - self.start) // MINUTE


@dataclasses.dataclass(frozen=True, kw_only=True)
class Season:
    """All that a plan is held against. `horizon` is its first and last day; None: the days of its shifts'
    first start and of their last.
    """

    people: Mapping[str, Person]
    scores: Mapping[tuple[str, str], int]
    windows: Mapping[str, Sequence[Window]]
    shifts: Mapping[str, Shift]
    blocked: frozenset[tuple[str, str]] = frozenset()
    pinned: tuple[tuple[str, str], ...] = ()
    horizon: tuple[dt.date, dt.date] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that a plan breaks, by whom, and with which demand rows."""

    rule: str
    agent_id: str | None
    demand_ids: tuple[str, ...]
    detail: str = ""


Pairs = Sequence[tuple[str, str]]
Rule = Callable[[Season, Pairs], Iterator[Violation]]


def plan_names_known_agents_and_rows(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, demand_id in pairs:
        if agent_id not in season.people or demand_id not in season.shifts:
            yield Violation(
                rule="plan_names_known_agents_and_rows", agent_id=agent_id, demand_ids=(demand_id,)
            )


def agent_is_certified(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shift in _known(season, pairs):
        if (agent_id, shift.project_id) not in season.scores:
            yield Violation(
                rule="agent_is_certified", agent_id=agent_id, demand_ids=(shift.id,), detail=shift.project_id
            )


def agent_is_not_blocked(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shift in _known(season, pairs):
        if (agent_id, shift.project_id) in season.blocked:
            yield Violation(
                rule="agent_is_not_blocked",
                agent_id=agent_id,
                demand_ids=(shift.id,),
                detail=shift.project_id,
            )


def shift_lies_in_one_window(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shift in _known(season, pairs):
        if not _windows_around(season, agent_id, shift):
            yield Violation(rule="shift_lies_in_one_window", agent_id=agent_id, demand_ids=(shift.id,))


def agent_does_one_thing_at_a_time(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shifts in _by_agent(season, pairs):
        for earlier, later in _latest_before(shifts):
            if later.start < earlier.end:
                yield Violation(
                    rule="agent_does_one_thing_at_a_time",
                    agent_id=agent_id,
                    demand_ids=(earlier.id, later.id),
                )


def agent_rests_between_stretches(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shifts in _by_agent(season, pairs):
        rest = season.people[agent_id].min_rest_minutes * MINUTE
        for earlier, later in _latest_before(shifts):
            if earlier.end < later.start < earlier.end + rest:
                yield Violation(
                    rule="agent_rests_between_stretches",
                    agent_id=agent_id,
                    demand_ids=(earlier.id, later.id),
                    detail=f"{(later.start - earlier.end) // MINUTE} of {rest // MINUTE} minutes",
                )


def stretch_is_not_too_long(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shifts in _by_agent(season, pairs):
        limit = season.people[agent_id].max_stretch_minutes
        stretch: list[Shift] = []
        for shift in [*shifts, None]:
            if shift is not None and stretch and shift.start == stretch[-1].end:
                stretch.append(shift)
                continue
            worked = sum(part.minutes for part in stretch)
            if worked > limit:
                yield Violation(
                    rule="stretch_is_not_too_long",
                    agent_id=agent_id,
                    demand_ids=tuple(part.id for part in stretch),
                    detail=f"{worked} of {limit} minutes",
                )
            stretch = [] if shift is None else [shift]


def week_is_not_too_long(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shifts in _by_agent(season, pairs):
        limit = season.people[agent_id].max_week_minutes
        weeks = _grouped(shifts, lambda shift: shift.start.date().isocalendar()[:2])
        yield from _too_long("week_is_not_too_long", agent_id, weeks, limit)


def day_is_not_too_long(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shifts in _by_agent(season, pairs):
        limit = season.people[agent_id].max_day_minutes
        if limit is not None:
            yield from _too_long(
                "day_is_not_too_long", agent_id, _grouped(shifts, lambda shift: shift.start.date()), limit
            )


def agent_gets_a_day_off_in_time(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shifts in _by_agent(season, pairs):
        limit = season.people[agent_id].max_consecutive_days
        days = sorted({shift.start.date() for shift in shifts})
        run = 0
        before: dt.date | None = None
        for day in days:
            run = run + 1 if before is not None and day - before == dt.timedelta(days=1) else 1
            before = day
            if run == limit + 1:
                yield Violation(
                    rule="agent_gets_a_day_off_in_time",
                    agent_id=agent_id,
                    demand_ids=tuple(shift.id for shift in shifts if shift.start.date() == day),
                    detail=f"day {run} in a row of at most {limit}",
                )


def run_of_days_is_not_too_short(season: Season, pairs: Pairs) -> Iterator[Violation]:
    """A run that touches the horizon's first or last day may go on outside; a pinned day excuses its run."""
    edges, staying = _edges(season), _pinned_days(season)
    for agent_id, shifts in _by_agent(season, pairs):
        limit = season.people[agent_id].min_consecutive_days
        for run in _runs_of_days(shifts) if limit > 1 else ():
            if len(run) < limit and edges.isdisjoint(run) and staying[agent_id].isdisjoint(run):
                yield Violation(
                    rule="run_of_days_is_not_too_short",
                    agent_id=agent_id,
                    demand_ids=tuple(shift.id for shift in shifts if shift.start.date() in run),
                    detail=f"{len(run)} days in a row of at least {limit}",
                )


def agent_gets_enough_days_off_in_a_row(season: Season, pairs: Pairs) -> Iterator[Violation]:
    """The days between two runs; where the days on both sides are pinned nothing can be asked."""
    staying = _pinned_days(season)
    for agent_id, shifts in _by_agent(season, pairs):
        limit = season.people[agent_id].min_days_off
        runs = _runs_of_days(shifts) if limit > 1 else []
        for before, after in itertools.pairwise(runs):
            sides = {before[-1], after[0]}
            free = (after[0] - before[-1]).days - 1
            if free < limit and not sides <= staying[agent_id]:
                yield Violation(
                    rule="agent_gets_enough_days_off_in_a_row",
                    agent_id=agent_id,
                    demand_ids=tuple(shift.id for shift in shifts if shift.start.date() in sides),
                    detail=f"{free} days off in a row of at least {limit}",
                )


def agent_has_enough_weekends_off(season: Season, pairs: Pairs) -> Iterator[Violation]:
    for agent_id, shifts in _by_agent(season, pairs):
        limit = season.people[agent_id].max_weekends
        at_weekends = [shift for shift in shifts if shift.start.isoweekday() >= SATURDAY]
        weekends = {shift.start.isocalendar()[:2] for shift in at_weekends}
        if limit is not None and len(weekends) > limit:
            yield Violation(
                rule="agent_has_enough_weekends_off",
                agent_id=agent_id,
                demand_ids=tuple(shift.id for shift in at_weekends),
                detail=f"{len(weekends)} weekends of at most {limit}",
            )


def row_has_no_more_people_than_seats(season: Season, pairs: Pairs) -> Iterator[Violation]:
    taken = Counter(shift.id for _, shift in _known(season, pairs))
    for demand_id, people in sorted(taken.items()):
        seats = season.shifts[demand_id].seats
        if people > seats:
            yield Violation(
                rule="row_has_no_more_people_than_seats",
                agent_id=None,
                demand_ids=(demand_id,),
                detail=f"{people} people on {seats} seats",
            )


def pinned_assignment_stays(season: Season, pairs: Pairs) -> Iterator[Violation]:
    given = set(pairs)
    for agent_id, demand_id in season.pinned:
        if (agent_id, demand_id) not in given:
            yield Violation(rule="pinned_assignment_stays", agent_id=agent_id, demand_ids=(demand_id,))


HARD_RULES: tuple[Rule, ...] = (
    plan_names_known_agents_and_rows,
    agent_is_certified,
    agent_is_not_blocked,
    shift_lies_in_one_window,
    agent_does_one_thing_at_a_time,
    agent_rests_between_stretches,
    stretch_is_not_too_long,
    week_is_not_too_long,
    day_is_not_too_long,
    agent_gets_a_day_off_in_time,
    run_of_days_is_not_too_short,
    agent_gets_enough_days_off_in_a_row,
    agent_has_enough_weekends_off,
    row_has_no_more_people_than_seats,
    pinned_assignment_stays,
)


def check(season: Season, pairs: Pairs) -> list[Violation]:
    """Return every broken rule of a plan given as (agent id, demand id), in the order of the rules."""
    return [violation for rule in HARD_RULES for violation in rule(season, pairs)]


def value_of(season: Season, pairs: Pairs) -> int:
    """Return the points of a plan: value of the seat, score of the certificate, best preference of the
    windows around it.

    What is not allowed counts nothing.
    """
    total = 0
    for agent_id, shift in _known(season, pairs):
        around = _windows_around(season, agent_id, shift)
        score = season.scores.get((agent_id, shift.project_id))
        if around and score is not None:
            total += shift.value + score + max(window.preference for window in around)
    return total


def _known(season: Season, pairs: Pairs) -> Iterator[tuple[str, Shift]]:
    for agent_id, demand_id in pairs:
        if agent_id in season.people and demand_id in season.shifts:
            yield agent_id, season.shifts[demand_id]


def _windows_around(season: Season, agent_id: str, shift: Shift) -> list[Window]:
    windows = season.windows.get(agent_id, ())
    return [window for window in windows if window.start <= shift.start and shift.end <= window.end]


def _by_agent(season: Season, pairs: Pairs) -> Iterator[tuple[str, list[Shift]]]:
    shifts_of: dict[str, list[Shift]] = defaultdict(list)
    for agent_id, shift in _known(season, pairs):
        shifts_of[agent_id].append(shift)
    for agent_id, shifts in sorted(shifts_of.items()):
        yield agent_id, sorted(shifts, key=lambda shift: (shift.start, shift.end, shift.id))


def _edges(season: Season) -> set[dt.date]:
    """Return the first and the last day of the season."""
    if season.horizon is not None:
        return set(season.horizon)
    days = [shift.start.date() for shift in season.shifts.values()]
    return {min(days), max(days)} if days else set()


def _pinned_days(season: Season) -> Mapping[str, set[dt.date]]:
    """Return, by agent, the days on which a shift starts that they have whatever is planned."""
    days: dict[str, set[dt.date]] = defaultdict(set)
    for agent_id, demand_id in season.pinned:
        days[agent_id].add(season.shifts[demand_id].start.date())
    return days


def _runs_of_days(shifts: Sequence[Shift]) -> list[list[dt.date]]:
    """Return the days on which shifts start, put together where one follows the other."""
    runs: list[list[dt.date]] = []
    for day in sorted({shift.start.date() for shift in shifts}):
        if runs and day - runs[-1][-1] == dt.timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _latest_before(shifts: Sequence[Shift]) -> Iterator[tuple[Shift, Shift]]:
    """Yield each shift but the first with the one before it that ends last."""
    latest = shifts[0]
    for shift in shifts[1:]:
        yield latest, shift
        latest = max(latest, shift, key=lambda one: one.end)


def _grouped(shifts: Iterable[Shift], key: Callable[[Shift], object]) -> dict[object, list[Shift]]:
    groups: dict[object, list[Shift]] = defaultdict(list)
    for shift in shifts:
        groups[key(shift)].append(shift)
    return groups


def _too_long(
    rule: str, agent_id: str, groups: Mapping[object, list[Shift]], limit: int
) -> Iterator[Violation]:
    for shifts in groups.values():
        worked = sum(shift.minutes for shift in shifts)
        if worked > limit:
            yield Violation(
                rule=rule,
                agent_id=agent_id,
                demand_ids=tuple(shift.id for shift in shifts),
                detail=f"{worked} of {limit} minutes",
            )
